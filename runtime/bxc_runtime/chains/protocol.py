"""What the runtime asks of a chain; `docs/contract.md` says what the calls and events mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bxc_runtime.records import EventRecord


class ChainError(Exception):
    """The node cannot be reached or refuses: to be tried again later."""


class RevertedError(Exception):
    """The contract refuses a call, now. ``name`` is its error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class UnderpricedError(ChainError):
    """The node does not take a transaction for the fee that it pays."""


class NonceUsedError(Exception):
    """The nonce of a signed transaction has been used by another one: it can never be in a block."""


@dataclass(frozen=True, slots=True)
class Request:
    """One update to ask for."""

    share: int
    version: int
    attributes: int
    operations: int
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class RequestUpdates:
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class OpenShare:
    share: int
    version: int
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Ack:
    share: int
    version: int
    update_hash: bytes


@dataclass(frozen=True, slots=True)
class Acks:
    acks: tuple[Ack, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    share: int
    version: int
    update_hash: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Cancel:
    share: int
    version: int


@dataclass(frozen=True, slots=True)
class Exclude:
    share: int
    version: int
    peer: str


@dataclass(frozen=True, slots=True)
class JoinShare:
    share: int


Call = RequestUpdates | OpenShare | Acks | Reject | Cancel | Exclude | JoinShare


def purpose(call: Call) -> str:
    """A call as its transaction's record names it: the function, then `share:version` of each part."""
    match call:
        case RequestUpdates(requests=requests):
            return " ".join(["request", *(f"{r.share}:{r.version}" for r in requests)])
        case OpenShare():
            return f"request {call.share}:{call.version}"
        case Acks(acks=acks):
            return " ".join(["answer", *(f"{a.share}:{a.version}" for a in acks)])
        case Reject():
            return f"answer {call.share}:{call.version}"
        case Cancel():
            return f"cancel {call.share}:{call.version}"
        case Exclude():
            return f"exclude {call.share}:{call.version}"
        case JoinShare():
            return f"join {call.share}:0"


@dataclass(frozen=True, slots=True)
class Block:
    number: int
    hash: str
    time: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction that anyone may send, any number of times: its nonce lets it have one effect at most."""

    hash: str
    nonce: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class ShareHead:
    """What the contract says of a share now; the masks have members' bits."""

    version: int
    committed: int
    pending: int
    members: int
    due: int
    chain_hash: bytes


class Chain(Protocol):
    """A chain for one peer. Addresses are in lower case; ChainError wherever the node is in the way."""

    @property
    def address(self) -> str:
        """The peer's own address."""

    def head(self) -> Block:
        """The newest block."""

    def block(self, number: int) -> Block | None:
        """The block of a number on the chain as it is now."""

    def events(self, first: int, last: int) -> list[EventRecord]:
        """The contract's events in these blocks, in order."""

    def share(self, number: int) -> ShareHead:
        """A share as it is in the newest block."""

    def nonce(self) -> int:
        """How many transactions of the own address are in blocks."""

    def check(self, call: Call) -> None:
        """RevertedError if the contract would refuse a call in the newest block."""

    def sign(self, call: Call, nonce: int) -> Signed:
        """A transaction for a call; nothing is sent. RevertedError if the contract would refuse it."""

    def send(self, raw: bytes) -> None:
        """Hand a signed transaction to the node, again if need be. NonceUsedError if another one has used its nonce."""

    def raised(self, raw: bytes) -> Signed | None:
        """The same transaction for a higher fee; None if its nonce is used, or a still higher fee would be no help."""

    def outcome(self, transaction: str) -> bool | None:
        """Whether a transaction had its effect; None as long as it is in no block."""
