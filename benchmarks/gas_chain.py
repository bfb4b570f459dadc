"""The permission contract and its rivals on a chain of the benchmark's own: who pays how much gas for what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_keys.datatypes import PrivateKey
from eth_tester import EthereumTester, PyEVMBackend
from eth_utils.crypto import keccak
from web3 import EthereumTesterProvider, Web3

from bxc.codegen.evm import SOLIDITY
from bxc.codegen.solidity import contract
from bxc.compile import check
from bxc.solc import Compiled, compile_contract

FOLDER = Path(__file__).parent
CONTRACTS = FOLDER / "contracts"
PACKAGES = FOLDER.parent / "contracts" / "npm" / "node_modules"
MOST_GAS = 16_000_000
UPDATE, INSERT = 1, 2

_IMPORT = re.compile(r'^import \{[^}]*\} from "([^"]+)";\n', re.MULTILINE)
_HEAD = re.compile(r"^(// SPDX|pragma ).*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shape:
    """A share of so many peers and attributes."""

    peers: int
    attributes: int

    @property
    def name(self) -> str:
        return f"{self.peers}x{self.attributes}"


def spec_text(shapes: Sequence[Shape]) -> str:
    """A spec with a share of each shape; the first peer has all rights but delete."""
    most = max(shape.peers for shape in shapes)
    lines = ["spec gas version 1", *(f"peer P{peer}" for peer in range(most))]
    for shape in shapes:
        columns = [f"c{column}" for column in range(shape.attributes)]
        for peer in range(shape.peers):
            body = "".join(f"  {column} text\n" for column in columns[1:])
            lines.append(f"source S{shape.name}_{peer} at P{peer} {{\n  c0 int primary key\n{body}}}")
            lines.append(f"view V{shape.name}_{peer} from S{shape.name}_{peer} {{\n  keep {', '.join(columns)}\n}}")
        ends = " <-> ".join(f"V{shape.name}_{peer}" for peer in range(shape.peers))
        rights = f"  update {', '.join(columns)} by P0\n  insert by P0\n"
        lines.append(f"share s{shape.name} = {ends} {{\n  authority P0\n{rights}  ack within 7d\n}}")
    return "\n".join(lines) + "\n"


def registry(text: str, folder: Path) -> tuple[Compiled, int]:
    """The contract of a spec, compiled, and how many peers it has."""
    path = folder / "spec.bxc"
    path.write_text(text, encoding="utf-8")
    checked = check(path, proving=None)
    assert checked.spec is not None, checked.diagnostics
    made = contract(checked.spec, checked.plan)
    return compile_contract(made.text, made.name), len(checked.spec.peers)


def rival(name: str) -> Compiled:
    """A contract of `benchmarks/contracts`, with what it imports from npm in the same file."""
    parts = [*_sources(CONTRACTS / f"{name}.sol", set())]
    text = f"// SPDX-License-Identifier: Apache-2.0\npragma solidity {SOLIDITY};\n{''.join(parts)}"
    return compile_contract(text, name)


def _sources(path: Path, seen: set[Path]) -> Iterator[str]:
    """A file without its imports, behind the files that it imports."""
    path = path.resolve()
    if path in seen:
        return
    seen.add(path)
    text = path.read_text(encoding="utf-8")
    for target in _IMPORT.findall(text):
        yield from _sources(PACKAGES / target if target.startswith("@") else path.parent / target, seen)
    yield _HEAD.sub("", _IMPORT.sub("", text))


class Ledger:
    """A chain that makes a block of each transaction, with accounts that can pay."""

    def __init__(self, accounts: int) -> None:
        backend = PyEVMBackend.from_mnemonic("test " * 11 + "junk", num_accounts=1)
        tester = EthereumTester(backend)
        self.web3 = Web3(EthereumTesterProvider(tester))
        rich = self.web3.eth.accounts[0]
        self.keys = [PrivateKey(keccak(b"gas of peer %d" % number)) for number in range(accounts)]
        self.accounts = [key.public_key.to_checksum_address() for key in self.keys]
        for key, account in zip(self.keys, self.accounts, strict=True):
            tester.add_account(key.to_hex())
            self.web3.eth.send_transaction({"from": rich, "to": account, "value": Web3.to_wei(10, "ether")})

    def deploy(self, compiled: Compiled, *arguments: object) -> tuple[Any, int]:
        """The contract, and the gas of its deployment."""
        factory = self.web3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode)
        receipt = self._receipt(factory.constructor(*arguments), 0)
        assert receipt.contractAddress is not None
        return self.web3.eth.contract(receipt.contractAddress, abi=compiled.abi), receipt.gasUsed

    def pay(self, call: Any, account: int = 0) -> int:
        """The gas of a call by an account."""
        return int(self._receipt(call, account).gasUsed)

    def floor(self, call: Any, account: int, loads: int, stores: int) -> tuple[int, int]:
        """The gas of a call, and what is left of it if only these loads of words and changes of words were to pay.

        And the transaction, its data, and its events.
        """
        receipt = self._receipt(call, account)
        data = self.web3.eth.get_transaction(receipt.transactionHash)["input"]
        least = 21_000 + sum(16 if octet else 4 for octet in bytes(data)) + 2_100 * loads + 2_900 * stores
        least += sum(375 + 375 * len(log["topics"]) + 8 * len(bytes(log["data"])) for log in receipt.logs)
        return int(receipt.gasUsed), least

    def _receipt(self, call: Any, account: int) -> Any:
        sent = call.transact({"from": self.accounts[account], "gas": MOST_GAS})
        receipt = self.web3.eth.wait_for_transaction_receipt(sent)
        assert receipt["status"] == 1
        return receipt


# --- the contract -----------------------------------------------------------------------------------------------------


def measure(ledger: Ledger, made: Any, share: int, shape: Shape) -> dict[str, int]:
    """The gas of each step of an update in a share, when it is not the first one; opening it comes before."""
    call = made.functions
    attributes = min(3, (1 << shape.attributes) - 1)
    last = shape.peers - 1
    found = {"open": ledger.pay(call.openShare(share, content(0)))}
    ledger.pay(relay(ledger, made, share, range(1, shape.peers)))
    ledger.pay(call.requestUpdate(share, attributes, UPDATE, content(1)))
    found["relayed"] = ledger.pay(relay(ledger, made, share, range(1, shape.peers))) // last
    asked = call.requestUpdate(share, attributes, UPDATE, content(2))
    found["request"], found["request_floor"] = ledger.floor(asked, 0, loads=3, stores=2)
    version, update = pending(made, share)
    ack = call.ack(share, version, update)
    if last > 1:
        found["ack"], found["ack_floor"] = ledger.floor(ack, 1, loads=3, stores=1)
    if last > 2:
        ledger.pay(relay(ledger, made, share, range(2, last)))
    found["commit"], found["commit_floor"] = ledger.floor(ack, last, loads=3, stores=1)
    return found


def pending(made: Any, share: int) -> tuple[int, bytes]:
    """The version and the update hash that members acknowledge."""
    state = made.functions.shareState(share).call()
    return state[0], state[8]


def content(number: int) -> bytes:
    """A content hash, none of whose octets is zero, so that all cost the same."""
    return bytes(octet or 1 for octet in keccak(b"content %d" % number))


def relay(ledger: Ledger, made: Any, share: int, peers: Iterable[int]) -> Any:
    """The call that hands in what these peers sign."""
    version, update = pending(made, share)
    _, name, number, chain, address, *_ = made.functions.eip712Domain().call()
    words = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
    domain = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    ack = b"Ack(uint256 share,uint256 version,bytes32 updateHash)"
    encode: Callable[..., bytes] = ledger.web3.codec.encode
    separator = encode(words, [keccak(domain), keccak(text=name), keccak(text=number), chain, address])
    message = encode(["bytes32", "uint256", "uint256", "bytes32"], [keccak(ack), share, version, update])
    digest = keccak(b"\x19\x01" + keccak(separator) + keccak(message))
    signed = [ledger.keys[peer].sign_msg_hash(digest) for peer in peers]
    short = [(one.r.to_bytes(32, "big"), (one.v << 255 | one.s).to_bytes(32, "big")) for one in signed]
    return made.functions.ackBySignature(share, version, update, short)
