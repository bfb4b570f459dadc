"""A compiled contract on py-evm: calls by any sender, in any block and at any time, decoded into the model's words.

Messages run on the machine's state itself, without transactions and blocks around them: many times the steps a second.
`test_blocks.py` and `test_anvil.py` show that blocks change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from eth.constants import BLANK_ROOT_HASH, CREATE_CONTRACT_ADDRESS
from eth.db.atomic import AtomicDB
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.prague.state import PragueState
from eth.vm.message import Message
from eth_abi.abi import decode, encode
from eth_typing import BlockNumber, Hash32
from eth_utils.crypto import keccak

from .signing import CHAIN_ID
from .state import ZERO, Address, Env, Event, Refused

GAS = 16_777_216  # what a transaction may take at most on a chain with EIP-7825
PANIC = keccak(text="Panic(uint256)")[:4]


@dataclass(frozen=True, slots=True)
class Done:
    """``results`` as the ABI has them."""

    events: tuple[Event, ...]
    results: tuple[Any, ...]


def kind(part: dict[str, Any]) -> str:
    """A type as encoders take it, structs by their members."""
    if not part["type"].startswith("tuple"):
        return str(part["type"])
    return f"({','.join(map(kind, part['components']))}){part['type'].removeprefix('tuple')}"


def signature(part: dict[str, Any]) -> str:
    return f"{part['name']}({','.join(map(kind, part['inputs']))})"


def plain(value: Any) -> Any:
    """A value of the model as encoders take it."""
    if is_dataclass(value):
        return tuple(plain(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


class Abi:
    """Calls, events and errors of a contract, by their selectors."""

    def __init__(self, abi: Sequence[dict[str, Any]]) -> None:
        named = [part for part in abi if "name" in part]
        self.functions = {part["name"]: part for part in named if part["type"] == "function"}
        self.errors = {keccak(text=signature(p))[:4]: p for p in named if p["type"] == "error"}
        self.events = {keccak(text=signature(p)): p for p in named if p["type"] == "event"}
        self.constructor: dict[str, Any] = next(part for part in abi if part["type"] == "constructor")
        self._selectors = {name: keccak(text=signature(part))[:4] for name, part in self.functions.items()}

    def data(self, name: str, args: Iterable[Any]) -> bytes:
        kinds = list(map(kind, self.functions[name]["inputs"]))
        return self._selectors[name] + encode(kinds, plain(list(args)))

    def results(self, name: str, data: bytes) -> tuple[Any, ...]:
        return tuple(decode(list(map(kind, self.functions[name]["outputs"])), data))

    def error(self, data: bytes) -> Refused:
        """The error that a call reverted with; `?` for what is none of the contract's."""
        part = self.errors.get(data[:4])
        if part is None:
            return Refused("?", "Panic" if data[:4] == PANIC else "", data.hex())
        return Refused(part["name"], *decode(list(map(kind, part["inputs"])), data[4:]))

    def event(self, topics: Sequence[bytes], data: bytes) -> Event:
        part = self.events[topics[0]]
        shown = iter(decode([kind(p) for p in part["inputs"] if not p["indexed"]], data))
        indexed = iter(topics[1:])
        values = (decode([kind(p)], next(indexed))[0] if p["indexed"] else next(shown) for p in part["inputs"])
        return Event(part["name"], tuple(values))


class Chain:
    """One contract, deployed."""

    def __init__(self, abi: Abi, chain_id: int = CHAIN_ID) -> None:
        self.abi = abi
        self.address: Address = "0x" + "c0" * 20
        self._chain_id = chain_id
        self._state = PragueState(AtomicDB(), self._context(1, 1), BLANK_ROOT_HASH)
        self._code = b""
        self._now = (1, 1)

    def deploy(self, code: bytes, args: Sequence[Any], env: Env) -> Done | Refused:
        """Run the constructor: EIP-170 and EIP-3860 hold."""
        data = code + encode(list(map(kind, self.abi.constructor["inputs"])), plain(list(args)))
        target = _octets(self.address)
        message = Message(
            gas=GAS, to=CREATE_CONTRACT_ADDRESS, sender=_octets(env.caller), value=0, data=b"", code=data,
            create_address=target,
        )  # fmt: skip
        done = self._run(message, env, self._state.computation_class.apply_create_message)
        self._code = self._state.get_code(target)
        return done if isinstance(done, Refused) else Done(done[0], ())

    def send(self, env: Env, name: str, args: Iterable[Any]) -> Done | Refused:
        """Call and keep what it does."""
        self._now = (env.block, env.time)
        done = self._run(self._message(env, name, args), env, self._state.computation_class.apply_message)
        return done if isinstance(done, Refused) else Done(done[0], self.abi.results(name, done[1]))

    def read(self, name: str, *args: Any) -> tuple[Any, ...]:
        """Ask a view, as a stranger in the block of the last call; Refused is raised."""
        env = Env("0x" + "ee" * 20, *self._now)
        message = self._message(env, name, args, static=True)
        done = self._run(message, env, self._state.computation_class.apply_message)
        if isinstance(done, Refused):
            raise done
        return self.abi.results(name, done[1])

    def snapshot(self) -> Any:
        return self._state.snapshot()

    def revert(self, snapshot: Any) -> None:
        self._state.revert(snapshot)

    def store(self, slot: int, value: int) -> None:
        """Put a word into storage: states that no test can reach by calls."""
        self._state.set_storage(_octets(self.address), slot, value)

    def stored(self, slot: int) -> int:
        return self._state.get_storage(_octets(self.address), slot)

    # --- py-evm ---

    def _message(self, env: Env, name: str, args: Iterable[Any], *, static: bool = False) -> Message:
        target = _octets(self.address)
        return Message(
            gas=GAS, to=target, sender=_octets(env.caller), value=0, data=self.abi.data(name, args), code=self._code,
            is_static=static,
        )  # fmt: skip

    def _run(self, message: Message, env: Env, apply: Callable[..., Any]) -> tuple[tuple[Event, ...], bytes] | Refused:
        self._state.execution_context = self._context(env.block, env.time)
        origin = _octets(env.caller)
        computation = apply(self._state, message, CancunTransactionContext(gas_price=0, origin=origin))
        if computation.is_error:
            return self.abi.error(bytes(computation.output))
        own = _octets(self.address)
        events = []
        for emitter, topics, data in computation.get_log_entries():
            assert emitter == own
            events.append(self.abi.event([topic.to_bytes(32, "big") for topic in topics], data))
        return tuple(events), bytes(computation.output)

    def _context(self, block: int, time: int) -> ExecutionContext:
        return ExecutionContext(
            coinbase=_octets(ZERO), timestamp=time, block_number=BlockNumber(block), difficulty=0,
            mix_hash=Hash32(bytes(32)), gas_limit=2 * GAS, prev_hashes=(), chain_id=self._chain_id,
            base_fee_per_gas=0, excess_blob_gas=0,
        )  # fmt: skip


def _octets(address: Address) -> Any:
    return bytes.fromhex(address[2:])
