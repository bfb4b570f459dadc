"""Any chain with Ethereum's JSON-RPC, as one peer's `Chain`; transactions are signed here, never by the node."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from bxc_runtime.chains import fees
from bxc_runtime.chains.abi import call_data, error_name, read_event, read_share_state, share_state_data
from bxc_runtime.chains.protocol import (
    Block,
    Call,
    ChainError,
    NonceUsedError,
    RevertedError,
    ShareHead,
    Signed,
    UnderpricedError,
)
from bxc_runtime.records import EventRecord

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

TIMEOUT = 20  # seconds for one answer of the node
GAS_MARGIN = 1.25  # the last ack costs more than others: who is last is known in the block only
KNOWN = re.compile(r"already known|already imported|known transaction|already exists", re.IGNORECASE)
CHEAP = re.compile(r"underpriced|less than block base fee|fee too low|gas price too low", re.IGNORECASE)
USED = re.compile(r"nonce (is )?too low|old nonce|nonce already used", re.IGNORECASE)

Ask = Callable[[str, Sequence[Any]], dict[str, Any]]
"""A method and its parameters → the node's answer, with `result` or `error`."""


P = ParamSpec("P")
R = TypeVar("R")


def _readable(method: Callable[P, R]) -> Callable[P, R]:
    """ChainError where a node's answer has not the form that it should have."""

    @wraps(method)
    def reading(*args: P.args, **more: P.kwargs) -> R:
        try:
            return method(*args, **more)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, DecodingError) as error:
            raise ChainError("the node gave an answer that cannot be read") from error

    return reading


class _RefusalError(Exception):
    """The node's error; ``data`` is what a reverted call gave."""

    def __init__(self, message: str, data: bytes | None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


@dataclass(slots=True)
class RpcChain:
    """See `Chain`. ``contract`` is the registry's address; outcomes count once they are ``confirmations`` deep.

    ``seen`` is the newest block that the node has told of.
    """

    ask: Ask
    contract: str
    account: LocalAccount
    chain_id: int
    confirmations: int = 1
    seen: Block | None = None

    @property
    def address(self) -> str:
        """See `Chain`."""
        return str(self.account.address).lower()

    @property
    def newest(self) -> int | None:
        """The number of the newest block that the node has told of."""
        return None if self.seen is None else self.seen.number

    # --- reading ------------------------------------------------------------------------------------------------------

    @_readable
    def head(self) -> Block:
        """See `Chain`."""
        found = self._block("latest")
        if found is None:
            raise ChainError("the node has no block")
        self.seen = found
        return found

    @_readable
    def surroundings(self) -> tuple[int, int, bool]:
        """The node's chain, the number of its newest block, and whether the contract is there."""
        chain, newest = int(self._result("eth_chainId"), 16), int(self._result("eth_blockNumber"), 16)
        return chain, newest, len(_octets(self._result("eth_getCode", self.contract, "latest"))) > 0

    @_readable
    def block(self, number: int) -> Block | None:
        """See `Chain`."""
        return self._block(hex(number))

    @_readable
    def events(self, first: int, last: int) -> list[EventRecord]:
        """See `Chain`. ChainError if the chain changed while it was read."""
        wanted = {"address": self.contract, "fromBlock": hex(first), "toBlock": hex(last)}
        found, blocks = [], dict[int, Block | None]()
        for log in self._result("eth_getLogs", wanted):
            number = int(log["blockNumber"], 16)
            if str(log.get("address", self.contract)).lower() != self.contract.lower() or not first <= number <= last:
                raise ChainError("the node gave logs that were not asked for")
            event = read_event([_octets(topic) for topic in log["topics"]], _octets(log["data"]))
            if number not in blocks:
                blocks[number] = self.block(number)
            block = blocks[number]
            if block is None or block.hash != log["blockHash"]:
                raise ChainError("the chain changed while it was read")
            if event is not None:
                name, values = event
                share = values.pop("share")
                assert isinstance(share, int)
                found.append(EventRecord(number, int(log["logIndex"], 16), block.time, share, name, values))
        return sorted(found, key=lambda event: (event.block, event.index))

    @_readable
    def share(self, number: int) -> ShareHead:
        """See `Chain`."""
        answer = self._call(share_state_data(number))
        version, committed, pending, members, _, _, _, due, chain_hash = read_share_state(answer)
        return ShareHead(version, committed, pending, members, due, chain_hash)

    @_readable
    def nonce(self) -> int:
        """See `Chain`."""
        return int(self._result("eth_getTransactionCount", self.account.address, "latest"), 16)

    @_readable
    def check(self, call: Call) -> None:
        """See `Chain`."""
        self._call(call_data(call), {"from": self.account.address})

    # --- writing ------------------------------------------------------------------------------------------------------

    @_readable
    def sign(self, call: Call, nonce: int) -> Signed:
        """See `Chain`."""
        data = call_data(call)
        message = {"from": self.account.address, "to": self.contract, "data": "0x" + data.hex()}
        try:
            gas = int(self._result("eth_estimateGas", message), 16)
        except _RefusalError as failure:
            raise _reverted(failure) from failure
        transaction: dict[str, Any] = {
            "to": _checksum(self.contract),
            "data": message["data"],
            "nonce": nonce,
            "chainId": self.chain_id,
            "gas": int(gas * GAS_MARGIN),
            "value": 0,
            **self._fees(),
        }
        signed = self.account.sign_transaction(cast("Any", transaction))
        return Signed("0x" + bytes(signed.hash).hex(), nonce, bytes(signed.raw_transaction))

    def _fees(self) -> dict[str, int]:
        """What a transaction pays; chains without a base fee take the older form."""
        base = self._result("eth_getBlockByNumber", "latest", False).get("baseFeePerGas")
        if base is None:
            return {"gasPrice": int(self._result("eth_gasPrice"), 16)}
        try:
            tip = int(self._result("eth_maxPriorityFeePerGas"), 16)
        except _RefusalError:
            tip = 10**9
        return {"type": 2, "maxFeePerGas": 2 * int(base, 16) + tip, "maxPriorityFeePerGas": tip}

    @_readable
    def raised(self, raw: bytes) -> Signed | None:
        """See `Chain`."""
        fields, usual = fees.read(raw), self._fees()
        if fields["nonce"] < self.nonce() or not fees.raise_(fields, usual):
            return None
        signed = self.account.sign_transaction(cast("Any", {**fields, "chainId": self.chain_id}))
        return Signed("0x" + bytes(signed.hash).hex(), fields["nonce"], bytes(signed.raw_transaction))

    def send(self, raw: bytes) -> None:
        """See `Chain`."""
        try:
            self._result("eth_sendRawTransaction", "0x" + raw.hex())
        except _RefusalError as failure:
            if KNOWN.search(failure.message):
                return
            if USED.search(failure.message):
                if self._result("eth_getTransactionReceipt", "0x" + keccak(raw).hex()) is not None:
                    return  # by this very transaction: it is in a block, if not deep enough yet
                raise NonceUsedError(failure.message) from failure
            kind = UnderpricedError if CHEAP.search(failure.message) else ChainError
            raise kind(f"the node refused a transaction: {failure.message}") from failure

    @_readable
    def outcome(self, transaction: str) -> bool | None:
        """See `Chain`."""
        receipt = self._result("eth_getTransactionReceipt", transaction)
        if receipt is None or receipt.get("blockNumber") is None:
            return None
        deep = int(self._result("eth_blockNumber"), 16) - int(receipt["blockNumber"], 16) + 1
        return int(receipt["status"], 16) == 1 if deep >= self.confirmations else None

    # --- the node -----------------------------------------------------------------------------------------------------

    def _call(self, data: bytes, sender: Mapping[str, str] = MappingProxyType({})) -> bytes:
        """Ask the contract; reads are asked by nobody, who needs no money on any chain."""
        message = {**sender, "to": self.contract, "data": "0x" + data.hex()}
        try:
            return _octets(self._result("eth_call", message, "latest"))
        except _RefusalError as failure:
            raise _reverted(failure) from failure

    def _block(self, which: str) -> Block | None:
        found = self._result("eth_getBlockByNumber", which, False)
        return None if found is None else Block(int(found["number"], 16), found["hash"], int(found["timestamp"], 16))

    def _result(self, method: str, *parameters: Any) -> Any:
        answer = self.ask(method, parameters)
        if "error" in answer and answer["error"] is not None:
            error = answer["error"]
            message = str(error.get("message", error)) if isinstance(error, dict) else str(error)
            data = error.get("data") if isinstance(error, dict) else None
            data = data.get("data") if isinstance(data, dict) else data
            if method in ("eth_call", "eth_estimateGas", "eth_sendRawTransaction", "eth_maxPriorityFeePerGas"):
                raise _RefusalError(message, _octets(data) if isinstance(data, str) and data.startswith("0x") else None)
            raise ChainError(f"the node refused {method}: {message}")
        return answer.get("result")


def _reverted(failure: _RefusalError) -> Exception:
    if failure.data is None:
        if "revert" in failure.message:
            return RevertedError("?")
        return ChainError(f"the node refused a call: {failure.message}")
    return RevertedError(error_name(failure.data))


def _octets(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _checksum(address: str) -> str:
    from eth_utils.address import to_checksum_address

    return to_checksum_address(address)


def http_node(endpoint: str) -> Ask:
    """How to ask a node by HTTP; what goes wrong is told without the endpoint's path, where providers' keys stand."""
    import requests
    from web3 import HTTPProvider
    from web3.types import RPCEndpoint

    provider = HTTPProvider(endpoint, request_kwargs={"timeout": TIMEOUT}, exception_retry_configuration=None)
    parts = urlsplit(endpoint)
    place = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")

    def ask(method: str, parameters: Sequence[Any]) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", provider.make_request(RPCEndpoint(method), list(parameters)))
        except requests.exceptions.RequestException as error:
            raise ChainError(f"cannot reach {place}") from error
        except ValueError as error:
            raise ChainError(f"{place} gave an answer that cannot be read") from error

    return ask
