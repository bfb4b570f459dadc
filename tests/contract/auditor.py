"""A share rebuilt from its events alone, as somebody does who trusts nobody's reads: shares no code with the model.

Each event comes with the number and the time of its block. The chain of update hashes is computed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from .state import ZERO, Address, Event

LINK = ["bytes32", "uint256", "uint256", "address", "uint256", "uint256", "bytes32"]


class Forged(Exception):  # noqa: N818
    """The history contradicts itself."""


@dataclass(slots=True)
class Rebuilt:
    """What the events told so far; ``places`` are members by index."""

    number: int
    chain: bytes
    authority: Address = ZERO
    opener: Address = ZERO
    seconds: int = 0
    policy: int = 0
    attribute_count: int = 0
    places: dict[int, Address] = field(default_factory=dict)
    rights: dict[Address, tuple[int, int]] = field(default_factory=dict)
    columns: dict[Address, int] = field(default_factory=dict)
    version: int = 0
    committed: int = 0
    awaited: set[Address] = field(default_factory=set)
    requester: Address = ZERO
    block: int = 0
    time: int = 0
    closed: bool = False

    def state(self) -> tuple[Any, ...]:
        """As `shareState` gives it."""
        pending = sum(1 << index for index, peer in self.places.items() if peer in self.awaited)
        members = sum(1 << index for index in self.places)
        due = self.time + self.seconds if self.awaited and self.seconds else 0
        heads = (self.version, self.committed, pending, members, self.authority, self.requester)
        return (*heads, self.block, due, self.chain)

    def terms(self) -> tuple[Any, ...]:
        return (self.opener, self.seconds, self.policy, self.attribute_count)

    def authority_of(self, peer: Address) -> int:
        if self.closed:
            return 0
        if peer != self.authority:
            return self.columns.get(peer, 0)
        return ((1 << self.attribute_count) - 1) & ~sum(self.columns.values())


def rebuild(spec_hash: bytes, number: int, history: Iterable[tuple[Event, int, int]]) -> Rebuilt:
    """Fold a share's events, oldest first; Forged if a hash does not follow from what was before."""
    it = Rebuilt(number, keccak(encode(["bytes32", "uint256"], [spec_hash, number])))
    for event, block, time in history:
        share, *args = event.args
        assert share == number
        _FOLDS[event.name](it, block, time, *args)
    return it


def _declared(it: Rebuilt, block: int, time: int, *terms: Any) -> None:
    it.authority, it.opener, it.seconds, it.policy, it.attribute_count, _schema = terms


def _joined(it: Rebuilt, block: int, time: int, peer: Address, index: int) -> None:
    if index in it.places or peer in it.places.values():
        raise Forged("a place is taken")
    it.places[index] = peer


def _rights(it: Rebuilt, block: int, time: int, peer: Address, attributes: int, operations: int, by: Address) -> None:
    it.rights[peer] = (attributes, operations)


def _requested(
    it: Rebuilt, block: int, time: int, version: int, by: Address, attributes: int, operations: int, content: bytes,
    update_hash: bytes,
) -> None:  # fmt: skip
    held = it.rights.get(by, (0, 0))
    if it.awaited or version != it.version + 1 or attributes & ~held[0] or operations & ~held[1]:
        raise Forged("a request that was not allowed")
    words = [it.chain, it.number, version, by, attributes, operations, content]
    if keccak(encode(LINK, words)) != update_hash:
        raise Forged("a link does not follow")
    it.chain, it.version, it.requester, it.block, it.time = update_hash, version, by, block, time
    it.awaited = set(it.places.values()) - {by}


def _opened(it: Rebuilt, block: int, time: int, version: int, by: Address, content: bytes, update_hash: bytes) -> None:
    _requested(it, block, time, version, by, 0, 0, content, update_hash)


def _acked(it: Rebuilt, block: int, time: int, version: int, peer: Address) -> None:
    if version != it.version or peer not in it.awaited:
        raise Forged("an ack of nothing")
    it.awaited.remove(peer)


def _committed(it: Rebuilt, block: int, time: int, version: int, update_hash: bytes) -> None:
    if it.awaited or (version, update_hash) != (it.version, it.chain) or version == it.committed:
        raise Forged("a commit without every ack")
    it.committed = version


def _ended(it: Rebuilt, block: int, time: int, version: int, *why: Any) -> None:
    if version != it.version or not it.awaited:
        raise Forged("an end of nothing")
    it.awaited = set()


def _gone(it: Rebuilt, block: int, time: int, peer: Address, *by: Address) -> None:
    it.places = {index: other for index, other in it.places.items() if other != peer}
    it.awaited.discard(peer)
    it.rights.pop(peer, None)
    it.columns.pop(peer, None)
    if it.opener == peer:
        it.opener = it.authority
    if it.requester == peer:
        it.requester = ZERO


def _handed(it: Rebuilt, block: int, time: int, giver: Address, to: Address, attributes: int) -> None:
    if giver != ZERO and it.authority_of(giver) != attributes:
        raise Forged("more is handed over than there was")
    if giver == it.authority:
        it.authority = to
    own = it.columns.pop(to, 0) | it.columns.pop(giver, 0)
    if to != it.authority:
        it.columns[to] = own | attributes


def _closed(it: Rebuilt, block: int, time: int, by: Address) -> None:
    it.places, it.rights, it.columns, it.awaited, it.closed = {}, {}, {}, set(), True


def _told(it: Rebuilt, block: int, time: int, *args: Any) -> None:
    """Of no effect on what is read."""


_FOLDS = {
    "ShareDeclared": _declared,
    "MemberJoined": _joined,
    "RightsSet": _rights,
    "UpdateRequested": _requested,
    "ShareOpened": _opened,
    "Acked": _acked,
    "Committed": _committed,
    "Rejected": _ended,
    "Cancelled": _ended,
    "PeerExcluded": _gone,
    "MemberLeft": _gone,
    "AuthorityAccepted": _handed,
    "AuthorityOffered": _told,
    "MemberInvited": _told,
    "InvitationWithdrawn": _told,
    "ShareMigrated": _told,
    "ShareClosed": _closed,
}
