"""Conflicts and held edits, and what an operator does about them: by edits of the view, through its own put."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bxc.types import Value
from bxc_runtime.delta import Delta, Edit, Row, applied, composed, inverse
from bxc_runtime.edits import absorb
from bxc_runtime.landing import gone_with_rows
from bxc_runtime.local import freed
from bxc_runtime.moves import base_of, keep_local, read_local
from bxc_runtime.records import Conflict, OutboxState
from bxc_runtime.site import ShareEnd
from bxc_runtime.stores.store import Store
from bxc_runtime.wire import edit_text, read_row

LOCAL, AGREED = "local", "agreed"


class ResolveError(Exception):
    """A conflict that cannot be settled so. The text says why."""


@dataclass(frozen=True, slots=True)
class HeldEdit:
    """A local edit that is not published, and why: `BXC13` for want of a right, else what the share's peers said."""

    share: str
    reason: str
    edit: str


def held_edits(store: Store) -> list[HeldEdit]:
    """All local edits that are not published."""
    found = []
    for number, end in store.site.shares.items():
        for entry in store.ledger.outbox(number):
            if entry.state is OutboxState.HELD:
                found += [HeldEdit(end.name, entry.reason, edit_text(edit)) for edit in entry.delta]
    return found


def resolve(store: Store, number: int, side: str) -> None:
    """Settle a conflict: `agreed` leaves things as they are, `local` makes the local value an edit of this peer again.

    ResolveError if there is no such conflict, or its row has gone. PutRefusedError if the database refuses the value.
    """
    conflict = next((it for it in store.archive.conflicts() if it.id == number), None)
    if conflict is None:
        raise ResolveError(f"there is no open conflict {number}")
    with store.transaction("resolve", source=store.site.shares[conflict.share].view.source):
        if side == LOCAL:
            _redo(store, conflict)
        store.archive.resolve(number, side)


def _redo(store: Store, conflict: Conflict) -> None:
    end = store.site.shares[conflict.share]
    for other, captured in store.lens.capture().items():
        absorb(store, other, captured)
    key = read_row(conflict.key, [end.shape.types[place] for place in end.shape.key])
    local = read_local(store, conflict.share)
    base = base_of(store, end, local, (Edit(key, None),))
    shown = applied(local.free, applied(local.fixed, base, end.shape), end.shape)
    edit = _edit(conflict, end, key, shown(key))
    if edit is None:
        return
    store.lens.put_delta(end, (edit,))
    _take_up(store, end, store.lens.changes(None))


def _edit(conflict: Conflict, end: ShareEnd, key: Row, now: Row | None) -> Edit | None:
    """The edit that makes a local value true again; None if it is."""
    if conflict.column:
        if now is None:
            raise ResolveError("the row of this conflict has gone")
        place = end.shape.columns.index(conflict.column)
        value: Value = read_row(f"[{conflict.local}]", [end.shape.types[place]])[0]
        row = tuple(value if i == place else old for i, old in enumerate(now))
        return None if row == now else Edit(key, row)
    wanted = None if json.loads(conflict.local) is None else read_row(conflict.local, end.shape.types)
    if wanted == now:
        return None
    return Edit(None if now is None else key, wanted)


def revert(store: Store, share: int) -> int:
    """Undo all held edits of a share: the view shows the agreed content there again; how many were undone.

    PutRefusedError if the database refuses.
    """
    end = store.site.shares[share]
    with store.transaction("revert", source=end.view.source):
        for other, captured in store.lens.capture().items():
            absorb(store, other, captured)
        local = read_local(store, share)
        base = base_of(store, end, local)
        held: Delta = tuple(edit for _, delta in local.held for edit in delta)
        if not held:
            return 0
        middle = applied(local.fixed, base, end.shape)
        shown = applied(local.free, middle, end.shape)
        back = composed(inverse(local.free, middle, end.shape), local.waiting, shown, end.shape)
        store.lens.put_delta(end, back)
        found = store.lens.changes(None)
        found.pop(share, None)
        keep_local(store, share, replace(local, held=()))
        _take_up(store, end, found)
    return len(held)


def _take_up(store: Store, end: ShareEnd, found: Mapping[int, Delta]) -> None:
    """What a put through one share's view has changed in others: local values there that go with a row are told."""
    for other, captured in found.items():
        if other != end.id:
            store.archive.add_conflicts(gone_with_rows(store, end, other, captured))
        absorb(store, other, captured)


def retry(store: Store, share: int) -> int:
    """Let the held edits of a share be asked for again; how many there were."""
    with store.transaction("retry"):
        local = read_local(store, share)
        keep_local(store, share, freed(local, lambda _: True))
    return sum(len(delta) for _, delta in local.held)
