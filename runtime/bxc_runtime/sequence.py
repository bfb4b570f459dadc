"""Whether the events that a node gives follow from what is known: a node may err, leave out, invent, or repeat.

Each request bears the hash of all requests of its share before it, so none can be changed, left out or moved alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bxc_runtime.links import first_link, link
from bxc_runtime.records import EventRecord
from bxc_runtime.stores.store import Store

ALL = 2**31
ENDS = ("Committed", "Rejected", "Cancelled")


class SequenceError(Exception):
    """Events that cannot have happened one after the other."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """A share as the last known event leaves it."""

    chain: bytes
    version: int
    pending: bool


def check_sequence(store: Store, events: Iterable[EventRecord]) -> None:
    """SequenceError if new events do not follow from those that are followed or queued."""
    known: dict[int, _Standing | None] = {}
    place = (-1, -1)
    for event in events:
        if (event.block, event.index) <= place:
            raise SequenceError("two events at one place")
        place = (event.block, event.index)
        if event.share not in known:
            known[event.share] = _standing(store, event.share)
        known[event.share] = _after(known[event.share], event, store.site.digest)


def _standing(store: Store, share: int) -> _Standing | None:
    it = store.ledger.share(share)
    standing = None
    if it is not None:
        last = store.archive.version(share, it.version)
        standing = _Standing(it.chain_hash, it.version, last is not None and last.outcome == "pending")
    for event in store.ledger.events(share, ALL):
        standing = _after(standing, event, store.site.digest)
    return standing


def _after(it: _Standing | None, event: EventRecord, digest: str) -> _Standing:
    try:
        return _moved(it, event, digest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SequenceError(f"{event.name} without what belongs to it") from error


def _moved(it: _Standing | None, event: EventRecord, digest: str) -> _Standing:
    given = event.arguments
    if event.name == "ShareDeclared":
        _must(it is None, event)
        return _Standing(first_link(bytes.fromhex(digest), event.share), 0, pending=False)
    if it is None:
        raise SequenceError(f"{event.name} of a share that is not declared")
    if event.name in ("UpdateRequested", "ShareOpened"):
        masks = (given.get("attributes", 0), given.get("operations", 0))
        wanted = link(it.chain, event.share, given["version"], given["by"], *masks, given["contentHash"])  # type: ignore[arg-type]
        _must(not it.pending and given["version"] == it.version + 1 and given["updateHash"] == wanted, event)
        return replace(it, chain=wanted, version=it.version + 1, pending=True)
    if event.name in (*ENDS, "Acked"):
        _must(it.pending and given["version"] == it.version, event)
        _must(given.get("updateHash", it.chain) == it.chain, event)
        return replace(it, pending=event.name == "Acked")
    return it


def _must(holds: bool, event: EventRecord) -> None:
    if not holds:
        raise SequenceError(f"{event.name} in block {event.block} does not follow from the events before")
