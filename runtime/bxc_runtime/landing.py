"""A version of another peer → the rows of this one: tried before it is acknowledged, put once it is committed.

Both run the same code; the trial's transaction is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from itertools import islice
from operator import or_

from bxc_runtime import machine
from bxc_runtime.content_hash import EMPTY, ContentState
from bxc_runtime.delta import (
    NOTHING,
    Clash,
    Delta,
    DeltaError,
    Edit,
    Key,
    Lookup,
    Row,
    applied,
    composed,
    extent_of,
    extents,
    inverse,
)
from bxc_runtime.edits import BACK, absorb
from bxc_runtime.local import NO_LOCAL, OWN_REASONS, Landing, Local, freed, given_back, landed
from bxc_runtime.machine import OVER
from bxc_runtime.moves import (
    advance,
    base_of,
    change_of,
    content_digest,
    hasher,
    keep_local,
    read_local,
    settle,
)
from bxc_runtime.parts import MOST_EDITS
from bxc_runtime.recent import Recent
from bxc_runtime.records import Conflict, InboxEntry, ShareRecord
from bxc_runtime.site import ShareEnd
from bxc_runtime.sorting import in_order, missing
from bxc_runtime.stores.connection import PutRefusedError
from bxc_runtime.stores.store import Store
from bxc_runtime.wire import (
    LEAST,
    MOST_REMEMBERED,
    WireError,
    read_row,
    remember_packed,
    row_text,
    unpack,
    value_text,
)

ACK = "ack"
BATCH = 5_000  # rows
MOST_OCTETS = 2**30  # of another peer's delta, unpacked


class UnfitError(Exception):
    """A version that this peer does not accept. ``code`` is the reason that the chain is told."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def judge(store: Store, share: int) -> str:
    """Decide on a fetched request, keep the answer, and give it: `ack`, or the reason for a reject."""
    it, entry = store.ledger.share(share), store.ledger.inbox(share)
    assert it is not None
    assert entry is not None
    answer = entry.answer or _opinion(store, it, entry)
    with store.transaction("judge"):
        it = store.ledger.share(share)
        assert it is not None
        store.ledger.keep_inbox(replace(entry, answer=answer))
        advance(store, it, machine.Judged())
    return answer


def _opinion(store: Store, it: ShareRecord, entry: InboxEntry) -> str:
    end = store.site.shares[it.id]
    try:
        if entry.opening:
            _check_opening(store, it, end, entry)
            with store.transaction("trial", keep=False, source=end.view.source):
                _put_content(store, it, end, told=False)
            return ACK
        delta = _checked_delta(store, it, end, entry)
        with store.transaction("trial", keep=False, source=end.view.source):
            for other, captured in store.lens.capture().items():
                absorb(store, other, captured)
            local = read_local(store, it.id)
            base = _base_of(store, end, local, delta)
            local = given_back(local, base, end.shape)  # an own request that came too late
            cascaded = _put(store, end, landed(local, delta, base, end.shape))
            _check_cascade(store, cascaded)
    except UnfitError as unfit:
        return unfit.code
    except (DeltaError, PutRefusedError) as refused:
        return refused.code
    return ACK


def _checked_delta(store: Store, it: ShareRecord, end: ShareEnd, entry: InboxEntry) -> Delta:
    """The delta of a request, if it is what the chain says of it."""
    assert entry.delta is not None
    asked = (store.site.peer, end.schema_hash, it.salt, it.lanes, replace(entry, answer="", due=0))
    if (known := next((delta for same, delta in _CHECKED.latest_first() if same == asked), None)) is not None:
        return known  # it was judged, of the same content
    try:
        delta = unpack(entry.delta, end.shape, MOST_OCTETS, MOST_EDITS)
    except WireError as error:
        raise UnfitError("delta") from error
    change = change_of(store, end, it, delta)
    if content_digest(end, change.lanes, entry.version) != entry.content_hash:
        raise UnfitError("hash")
    does, computed = extents(delta, change.gone, change.made), end.computed_at(store.site.name_of(entry.by))
    if not reduce(or_, does, NOTHING).declared_by(entry.extent, computed):
        raise UnfitError("extent")
    octets = len(entry.delta) + change.octets
    _CHECKED.add((asked, delta), octets + LEAST)
    if len(entry.delta) <= change.octets:  # else it is not what `pack` makes, and is not to be kept in the history
        remember_packed(delta, entry.delta, end.shape, octets)
    return delta


_CHECKED: Recent[tuple[object, Delta]] = Recent(MOST_REMEMBERED)


def fits(store: Store, it: ShareRecord, entry: InboxEntry) -> bool:
    """Whether a fetched delta is the one that the chain has the hash of."""
    try:
        _checked_delta(store, it, store.site.shares[it.id], entry)
    except (UnfitError, DeltaError):
        return False
    return True


def _check_cascade(store: Store, cascaded: Mapping[int, Delta]) -> None:
    """What the put changes in other shares must be this peer's right there: else it could never be told to them."""
    for number, captured in cascaded.items():
        it = store.ledger.share(number)
        if it is None or it.phase in OVER or it.agreed == 0:
            continue
        end, local = store.site.shares[number], read_local(store, number)
        base = base_of(store, end, local, captured)
        shown = applied(local.free, applied(local.fixed, base, end.shape), end.shape)
        own = end.computed_at(store.site.peer)
        if any(does.asked_with(it.rights, own) is None for does in {extent_of(edit, shown) for edit in captured}):
            raise UnfitError("cascade")


def apply(store: Store, share: int) -> Mapping[int, int] | None:
    """Put a committed version: by share, the edits that it brings about. None if the database refuses the put."""
    it, entry = store.ledger.share(share), store.ledger.inbox(share)
    assert it is not None
    assert entry is not None
    try:
        try:
            return _land(store, it, entry, give_way=False)
        except PutRefusedError:
            return _land(store, it, entry, give_way=True)  # without the local edits, which become conflicts
    except (PutRefusedError, DeltaError, UnfitError) as refused:
        with store.transaction("stuck"):
            now = store.ledger.share(share)
            assert now is not None
            trouble = f"version {entry.version} cannot be put: {refused.code}"
            advance(store, now, machine.Refused(), trouble=trouble)
        return None


def _land(store: Store, it: ShareRecord, entry: InboxEntry, *, give_way: bool) -> Mapping[int, int]:
    end = store.site.shares[it.id]
    if entry.opening:
        if content_digest(end, it.lanes, entry.version) != entry.content_hash:
            raise UnfitError("hash")
        with store.transaction("apply", source=end.view.source):
            _captured(store, it.id)
            cascaded = _put_content(store, it, end, told=True)
            return _finish(store, it, entry.version, (), cascaded)
    delta = _checked_delta(store, it, end, entry)
    with store.transaction("apply", source=end.view.source):
        _captured(store, None)
        local = read_local(store, it.id)
        base = _base_of(store, end, local, delta)
        plan = landed(local, delta, base, end.shape)
        if give_way and local.free:
            plan = _without_local(local, delta, base, end)
        cascaded = _put(store, end, plan)
        keep_local(store, it.id, freed(plan.local, lambda reason: reason in OWN_REASONS))  # of another content now
        it = settle(store, end, it, entry.version, delta)
        return _finish(store, it, entry.version, _conflicts(plan.clashes, end, entry.version), cascaded)


def _base_of(store: Store, end: ShareEnd, local: Local, delta: Delta) -> Lookup:
    """The content on which a delta meets local edits; where there are none nobody looks at it."""
    return base_of(store, end, local, delta) if local != NO_LOCAL else _unread


def _unread(_: Key) -> Row | None:
    raise AssertionError("a delta that meets no local edits is put as it is")


def _captured(store: Store, but: int | None) -> None:
    for other, captured in store.lens.capture().items():
        if other != but:
            absorb(store, other, captured)


def _finish(
    store: Store, it: ShareRecord, version: int, conflicts: Iterable[Conflict], cascaded: Mapping[int, Delta]
) -> Mapping[int, int]:
    store.archive.add_conflicts(conflicts)
    for other, captured in cascaded.items():
        store.archive.add_conflicts(gone_with_rows(store, store.site.shares[it.id], other, captured))
        absorb(store, other, captured, f"{it.name} {version}")
    advance(store, replace(it, agreed=version, trouble=""), machine.Applied())
    return {other: len(captured) for other, captured in cascaded.items()}


def gone_with_rows(store: Store, end: ShareEnd, number: int, captured: Delta) -> Iterator[Conflict]:
    """Local values of another share whose rows a put takes away. What the put's own view shows was settled there."""
    it, deleted = store.ledger.share(number), {edit.old for edit in captured if edit.new is None}
    if it is None or not deleted:
        return
    other, local = store.site.shares[number], read_local(store, number)
    base = applied(local.fixed, base_of(store, other, local), other.shape)
    apart = [place for place, name in enumerate(other.shape.columns) if name not in end.shape.columns]
    for edit in local.free:
        if edit.new is None or (key := other.shape.key_of(edit.new)) not in deleted:
            continue
        was = None if edit.old is None else base(edit.old)
        if any(edit.new[place] is not None if was is None else edit.new[place] != was[place] for place in apart):
            yield _conflict(number, it.version, other, Clash(key, None, edit.new, None))


def _without_local(local: Local, delta: Delta, base: Lookup, end: ShareEnd) -> Landing:
    """The landing on which all local edits of the share give way."""
    back = inverse(local.free, base, end.shape)
    put = composed(back, delta, applied(local.free, base, end.shape), end.shape)
    content = applied(delta, base, end.shape)
    clashes = []
    for edit in local.free:
        key = end.shape.key_of(edit.new) if edit.new is not None else edit.old
        assert key is not None
        clashes.append(Clash(key, None, edit.new, content(edit.old if edit.old is not None else key)))
    return Landing(put, Local(None, (), ()), tuple(clashes), alone=False)


def _put(store: Store, end: ShareEnd, plan: Landing) -> Mapping[int, Delta]:
    """Put what a landing says; which edits that makes of other shares."""
    if not plan.put:
        return {}
    store.lens.put_delta(end, plan.put)
    return store.lens.changes(store.site.cascades[end.id] if plan.alone else None, but=end.id)


# --- whole contents: the first version, and the content that a new member takes over ----------------------------------


def _check_opening(store: Store, it: ShareRecord, end: ShareEnd, entry: InboxEntry) -> None:
    if entry.by != it.opener:
        raise UnfitError("opener")
    if content_digest(end, it.lanes, entry.version) != entry.content_hash:
        raise UnfitError("hash")
    if not end.adopt and not _empty_or_equal(store, it, end):
        raise UnfitError("content")


def _empty_or_equal(store: Store, it: ShareRecord, end: ShareEnd) -> bool:
    shown = view_state(store, it, end)
    return shown in (EMPTY, ContentState(it.lanes))


def view_state(store: Store, it: ShareRecord, end: ShareEnd) -> ContentState:
    """The content state of what the view shows now."""
    return hasher(end, it).state(store.lens.rows(end))


def _put_content(store: Store, it: ShareRecord, end: ShareEnd, *, told: bool) -> Mapping[int, Delta]:
    """Put the agreed content as a whole; which edits of other shares that makes. What it replaces is a conflict."""
    shown = view_state(store, it, end)
    if shown == ContentState(it.lanes):
        return {}
    if told and shown != EMPTY:
        store.archive.add_conflicts(_replaced(store, it, end))
    if it.lanes == EMPTY.lanes:
        store.lens.put_delta(end, (Edit(end.shape.key_of(row), None) for row in store.lens.rows(end)))
    else:
        store.lens.put_whole(end, store.ledger.agreed_rows(it.id))
    return store.lens.changes(None, but=it.id)


def _replaced(store: Store, it: ShareRecord, end: ShareEnd) -> Iterator[Conflict]:
    """Rows of this peer that the agreed content does not have."""
    rows = store.lens.rows(end)
    while batch := {end.shape.key_of(row): row for row in islice(rows, BATCH)}:
        agreed = store.ledger.agreed(it.id, batch)
        for key, row in batch.items():
            if agreed.get(key) != row:
                yield _conflict(it.id, it.version, end, Clash(key, None, row, agreed.get(key)))


def come_back(store: Store, it: ShareRecord) -> None:
    """Note, in the caller's transaction, what a peer that joins again has changed since it was a member.

    That gives way to the content that it takes over; the rows that it still has from then are merely old.
    """
    end = store.site.shares[it.id]
    store.archive.add_conflicts(_replaced(store, it, end))
    store.archive.add_conflicts(_deleted(store, it, end))
    keep_local(store, it.id, Local(None, (), ()))
    store.ledger.keep_setting(f"{BACK}{it.id}", "yes")


def _deleted(store: Store, it: ShareRecord, end: ShareEnd) -> Iterator[Conflict]:
    """Agreed rows that this peer does not have."""
    types = [end.shape.types[place] for place in end.shape.key]
    with (
        in_order(_keys(store.lens.rows(end), end)) as shown,
        in_order(_keys(store.ledger.agreed_rows(it.id), end)) as all_,
    ):
        gone = (read_row(text, types) for text in missing(all_, shown))
        while keys := list(islice(gone, BATCH)):
            rows = store.ledger.agreed(it.id, keys)
            yield from (_conflict(it.id, it.version, end, Clash(key, None, None, rows[key])) for key in keys)


def _keys(rows: Iterable[Row], end: ShareEnd) -> Iterator[str]:
    return (row_text(end.shape.key_of(row)) for row in rows)


def _announce(store: Store, share: int, me: str) -> None:
    """A request that was made while the content was on its way is this peer's to answer, too."""
    it = store.ledger.share(share)
    assert it is not None
    last = store.archive.version(share, it.version)
    if last is None or last.outcome != "pending":
        return
    due = last.time + it.deadline if it.deadline else 0
    entry = InboxEntry(
        share, last.version, last.update_hash, last.by, last.extent, last.content_hash, opening=False, due=due
    )
    store.ledger.keep_inbox(entry)
    advance(store, it, machine.Requested(mine=last.by == me, known=False))


def take_over(store: Store, share: int, version: int, me: str) -> bool:
    """Put the content that a new member has fetched; False if its own rows or its database are in the way."""
    it = store.ledger.share(share)
    assert it is not None
    end, back = store.site.shares[share], store.ledger.setting(f"{BACK}{share}") == "yes"
    try:
        if not end.adopt and not back and not _empty_or_equal(store, it, end):
            raise UnfitError("content")
        with store.transaction("apply", source=end.view.source):
            _captured(store, None)
            cascaded = _put_content(store, it, end, told=not back)
            store.ledger.keep_setting(f"{BACK}{share}", "no")
            _finish(store, it, version, (), cascaded)
            _announce(store, share, me)
    except (PutRefusedError, UnfitError) as refused:
        with store.transaction("stuck"):
            store.ledger.keep_share(replace(it, trouble=f"the content cannot be taken over: {refused.code}"))
        return False
    return True


def _conflicts(clashes: tuple[Clash, ...], end: ShareEnd, version: int) -> Iterator[Conflict]:
    for clash in clashes:
        yield _conflict(end.id, version, end, clash)


def _conflict(share: int, version: int, end: ShareEnd, clash: Clash) -> Conflict:
    if clash.column is None:
        column, local, agreed = "", _row_or_null(clash.local), _row_or_null(clash.agreed)
    else:
        column = end.shape.columns[clash.column]
        assert not isinstance(clash.local, tuple)
        assert not isinstance(clash.agreed, tuple)
        local, agreed = value_text(clash.local), value_text(clash.agreed)
    return Conflict(0, share, version, row_text(clash.key), column, local, agreed)


def _row_or_null(row: object) -> str:
    if row is None:
        return "null"
    assert isinstance(row, tuple)
    return row_text(row)
