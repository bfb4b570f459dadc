"""An event of the state machine → all records that change with it, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from bxc_runtime.content_hash import EMPTY, ContentState, RowHash, digest
from bxc_runtime.delta import Delta, Edit, Images, Key, Lookup, Row, images, octets_in
from bxc_runtime.local import NO_LOCAL, Local, all_keys, entries_of, given_back, keys_of, local_of
from bxc_runtime.machine import Effect, Ended, Event, Failed, State, step
from bxc_runtime.recent import Recent, octets_of
from bxc_runtime.records import Conflict, ShareRecord
from bxc_runtime.site import ShareEnd
from bxc_runtime.stores.store import Store
from bxc_runtime.wire import LEAST, MOST_REMEMBERED, pack, pack_kept, row_text

FREED = "the share has ended for this peer"


def hasher(end: ShareEnd, it: ShareRecord) -> RowHash:
    """What hashes the rows of a share; its salt has to be known."""
    return RowHash(end.shape.types, it.salt)


def content_digest(end: ShareEnd, lanes: bytes, version: int) -> bytes:
    """What the chain holds for a content at a version."""
    return digest(ContentState(lanes), end.schema_hash, end.id, version)


def lanes_after(end: ShareEnd, it: ShareRecord, gone: list[Row], made: list[Row]) -> bytes:
    """The content state when rows have gone and others come."""
    return hasher(end, it).update(ContentState(it.lanes), gone, made).lanes


@dataclass(frozen=True, slots=True)
class Change:
    """What a delta does to the agreed content: the rows that go and those that come, as `images`; the state after.

    ``octets`` is about how much memory it all takes.
    """

    gone: list[Row]
    made: list[Row]
    lanes: bytes
    octets: int


def change_of(store: Store, end: ShareEnd, it: ShareRecord, delta: Delta, found: Images | None = None) -> Change:
    """What a delta does to the agreed content of a share; DeltaError if it is none of that.

    It is asked at each step of a version, so some are remembered: the state says which content it was. ``found``
    are its `images`, where the caller has them.
    """
    for known, number, salt, lanes, change in _CHANGES.latest_first():
        if known is delta and (number, salt, lanes) == (end.id, it.salt, it.lanes):
            return change
    gone, made = found or images(delta, base_of(store, end, NO_LOCAL, delta), end.shape)
    change = Change(gone, made, lanes_after(end, it, gone, made), octets_of(gone) + octets_in(delta))
    _CHANGES.add((delta, end.id, it.salt, it.lanes, change), change.octets + LEAST)
    return change


_CHANGES: Recent[tuple[Delta, int, bytes, bytes, Change]] = Recent(MOST_REMEMBERED)


def read_local(store: Store, share: int) -> Local:
    """The local edits of a share."""
    return local_of(store.ledger.outbox(share))


def keep_local(store: Store, share: int, local: Local) -> None:
    """Write the local edits of a share."""
    store.ledger.keep_outbox(share, entries_of(share, local))


def base_of(store: Store, end: ShareEnd, local: Local, *more: Delta) -> Lookup:
    """The agreed rows that local edits and other deltas speak of."""
    keys: set[Key] = all_keys(local, end.shape) | keys_of(more, end.shape)
    return store.ledger.lookup(end.id, keys)


def advance(store: Store, it: ShareRecord, event: Event, **changes: object) -> ShareRecord:
    """The share after an event, kept with all that the event brings; ``changes`` are other fields of its record."""
    state, effects = step(State(it.phase, it.own, it.agreed > 0), event)
    reason = event.reason if isinstance(event, Failed | Ended) else FREED
    for effect in effects:
        match effect:
            case Effect.REQUEUE:
                it = _give_back(store, it, "")
            case Effect.HOLD:
                it = _give_back(store, it, reason)
            case Effect.ADOPT:
                it = _adopt(store, it)
            case Effect.FORGET:
                it = _forget(store, it)
            case _:
                assert_never(effect)
    it = replace(it, phase=state.phase, own=state.own, **changes)  # type: ignore[arg-type]
    store.ledger.keep_share(it)
    return it


def _give_back(store: Store, it: ShareRecord, reason: str) -> ShareRecord:
    end = store.site.shares[it.id]
    if it.agreed == 0:  # an opening: the view still has all rows
        store.ledger.clear_agreed(it.id)
        keep_local(store, it.id, Local(None, (), ()))
        return replace(it, lanes=EMPTY.lanes, trouble=reason)
    local = read_local(store, it.id)
    store.archive.add_conflicts(_gone_meanwhile(it, local, end))
    keep_local(store, it.id, given_back(local, base_of(store, end, local), end.shape, reason))
    return it


def _gone_meanwhile(it: ShareRecord, local: Local, end: ShareEnd) -> Iterator[Conflict]:
    """Frozen values that nobody will ask for again, as a put of another share has taken their rows away since."""
    deleted = {edit.old for edit in local.free if edit.new is None} if local.cause else set()
    for edit in local.fixed:
        if edit.new is not None and (key := end.shape.key_of(edit.new)) in deleted:
            yield Conflict(0, it.id, it.version, row_text(key), "", row_text(edit.new), "null")


def _adopt(store: Store, it: ShareRecord) -> ShareRecord:
    """A version of this peer's own is committed: its rows are the agreed ones."""
    end, local = store.site.shares[it.id], read_local(store, it.id)
    assert local.frozen is not None
    entry = local.frozen
    keep_local(store, it.id, replace(local, frozen=None))
    if it.agreed == 0:
        return replace(it, agreed=entry.version, trouble="")
    return settle(store, end, it, entry.version, entry.delta)


def settle(store: Store, end: ShareEnd, it: ShareRecord, version: int, delta: Delta) -> ShareRecord:
    """Make a delta part of the agreed content, and keep it with the rows that it takes away in the history."""
    change = change_of(store, end, it, delta)
    store.ledger.replace_agreed(it.id, change.gone, change.made)
    known = store.archive.version(it.id, version)
    assert known is not None
    before, packed = pack(Edit(None, row) for row in change.gone), pack_kept(delta, end.shape)
    store.archive.keep_version(replace(known, outcome="committed", delta=packed, before=before))
    if store.keep_versions:
        store.archive.forget_deltas(it.id, version - store.keep_versions + 1)
    return replace(it, agreed=version, lanes=change.lanes, trouble="")


def _forget(store: Store, it: ShareRecord) -> ShareRecord:
    entry = store.ledger.inbox(it.id)
    store.ledger.forget_inbox(it.id)
    if it.agreed == 0 and entry is not None and entry.opening:
        store.ledger.clear_agreed(it.id)
        return replace(it, lanes=EMPTY.lanes)
    return it
