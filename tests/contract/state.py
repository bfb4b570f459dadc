"""What the registry holds, as `docs/contract.md` tells it: values of the reference model, and nothing that acts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

Address = str
"""`0x` and 40 hexadecimal digits in lower case."""

ZERO: Address = "0x" + "00" * 20
UPDATE, INSERT, DELETE = 1, 2, 4
STALL, EXCLUDE, CANCEL = 0, 1, 2
MAX_MEMBERS = 64
MAX_ATTRIBUTES = 240
MAX_DEADLINE = 2**40 - 1
MAX_VERSION = 2**32 - 1
MAX_UNCOMMITTED = 2**24 - 1


@dataclass(frozen=True, slots=True)
class Event:
    """What a call tells the world: the name, and the arguments in the order of the page."""

    name: str
    args: tuple[Any, ...]


class Refused(Exception):  # noqa: N818
    """A call reverts with a named error and its arguments."""

    def __init__(self, name: str, *args: Any) -> None:
        super().__init__(name, *args)
        self.name = name
        self.arguments = args


@dataclass(frozen=True, slots=True)
class Rights:
    attributes: int = 0
    operations: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    peer: Address
    rights: Rights


@dataclass(frozen=True, slots=True)
class Request:
    share: int
    attributes: int
    operations: int
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Ack:
    """What a peer says by an ack, and what it signs."""

    share: int
    version: int
    update_hash: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """ERC-2098: the highest bit of ``vs`` is the parity, the rest is `s`."""

    r: bytes
    vs: bytes


Judge = Callable[[Signature, Ack], Address | None]
"""Who has signed this ack for this registry: None if the signature is no signature at all."""


def nobody(signature: Signature, ack: Ack) -> Address | None:
    return None


@dataclass(frozen=True, slots=True)
class Env:
    """By whom, in which block and at what time a call is made, and who judges signatures."""

    caller: Address
    block: int
    time: int
    judge: Judge = nobody


@dataclass(frozen=True, slots=True)
class Share:
    """A share. ``members`` by index; ``columns`` are those whose authority is another peer than the share's.

    ``awaited`` has the bits of the members that have not acknowledged; 0 if nothing is pending. ``offers`` leads from
    who offers to whom it is offered. ``deadline`` is in seconds, 0 if there is none.
    """

    id: int
    authority: Address
    opener: Address
    deadline: int
    policy: int
    attribute_count: int
    members: tuple[Member | None, ...]
    chain: bytes
    columns: Mapping[Address, int] = field(default_factory=dict)
    version: int = 0
    committed: int = 0
    awaited: int = 0
    requester: Address = ZERO
    last_block: int = 0
    last_time: int = 0
    offers: Mapping[Address, Address] = field(default_factory=dict)
    invitations: Mapping[Address, Rights] = field(default_factory=dict)
    closed: bool = False

    @property
    def mask(self) -> int:
        return sum(1 << index for index, member in enumerate(self.members) if member is not None)

    @property
    def due(self) -> int:
        """The time after which the pending update's deadline has passed; 0: never, or nothing is pending."""
        return self.last_time + self.deadline if self.awaited and self.deadline else 0

    def index(self, peer: Address) -> int | None:
        for index, member in enumerate(self.members):
            if member is not None and member.peer == peer:
                return index
        return None

    def rights(self, peer: Address) -> Rights:
        return next((m.rights for m in self.members if m is not None and m.peer == peer), Rights())

    def awaits(self, peer: Address) -> bool:
        index = self.index(peer)
        return index is not None and bool(self.awaited >> index & 1)

    def columns_of(self, peer: Address) -> int:
        """The columns that are the peer's to grant."""
        if self.closed:
            return 0
        if peer != self.authority:
            return self.columns.get(peer, 0)
        everything = (1 << self.attribute_count) - 1
        return everything & ~sum(self.columns.values())

    def rules(self, peer: Address) -> bool:
        """Whether the peer has any authority."""
        return peer == self.authority or self.columns_of(peer) != 0


@dataclass(frozen=True, slots=True)
class Registry:
    """A deployed contract."""

    address: Address
    spec_hash: bytes
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """A share as the spec declares it: the constructor's part."""

    members: tuple[Address, ...]
    rights: tuple[Rights, ...]
    authority: Address
    opener: Address
    columns: Mapping[Address, int]
    deadline: int
    policy: int
    attribute_count: int
    schema_hash: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    registry: Registry
    events: tuple[Event, ...] = ()
    result: int | None = None


def first_link(spec_hash: bytes, share: int) -> bytes:
    return keccak(encode(["bytes32", "uint256"], [spec_hash, share]))


LINK = ("bytes32", "uint256", "uint256", "address", "uint256", "uint256", "bytes32")


def link(
    chain: bytes, share: int, version: int, by: Address, attributes: int, operations: int, content: bytes
) -> bytes:
    """The update hash of a request that follows ``chain``."""
    return keccak(encode(LINK, (chain, share, version, by, attributes, operations, content)))


def without(peers: Mapping[Address, Any], *gone: Address) -> dict[Address, Any]:
    return {peer: value for peer, value in peers.items() if peer not in gone}


def lowest_free(members: Iterable[Member | None]) -> int:
    return next((index for index, member in enumerate(members) if member is None), -1)
