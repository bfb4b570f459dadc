"""The local edits of a share, as values: frozen, waiting and held ones, and how they move when something happens.

The view at this peer always shows: the agreed content, then the frozen edits, then the waiting and the held ones. All
functions are pure; ``base`` is the agreed content, looked up by key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from bxc_runtime.delta import (
    NOTHING,
    Clash,
    Delta,
    DeltaError,
    Edit,
    Extent,
    Images,
    Key,
    Lookup,
    Shape,
    applied,
    composed,
    extent_of,
    extents,
    inverse,
    rebased,
    sorted_delta,
    unclashed,
)
from bxc_runtime.records import OutboxEntry, OutboxState

NO_RIGHT = "BXC13"
CROWDED = "BXC10"
OWN_REASONS = (NO_RIGHT, CROWDED)  # this peer's own: it sees itself when they do not hold any more


@dataclass(frozen=True, slots=True)
class Local:
    """``frozen`` as it is kept, if there is any; ``held`` by reason. Waiting and held edits have no row in common."""

    frozen: OutboxEntry | None
    waiting: Delta
    held: tuple[tuple[str, Delta], ...]
    cause: str = ""

    @property
    def fixed(self) -> Delta:
        """The delta of the request that is being made."""
        return () if self.frozen is None else self.frozen.delta

    @property
    def free(self) -> Delta:
        """Waiting and held edits together, of the content after the frozen ones."""
        if not self.held:
            return self.waiting
        return sorted_delta([*self.waiting, *(edit for _, delta in self.held for edit in delta)])


NO_LOCAL = Local(None, (), ())


def local_of(entries: Iterable[OutboxEntry]) -> Local:
    """The local edits of an outbox."""
    frozen: OutboxEntry | None = None
    waiting: Delta = ()
    cause = ""
    held: list[tuple[str, Delta]] = []
    for entry in entries:
        match entry.state:
            case OutboxState.FROZEN:
                frozen = entry
            case OutboxState.WAITING:
                waiting, cause = entry.delta, entry.cause
            case OutboxState.HELD:
                held.append((entry.reason, entry.delta))
    return Local(frozen, waiting, tuple(held), cause)


def entries_of(share: int, local: Local) -> tuple[OutboxEntry, ...]:
    """The outbox of local edits."""
    found = [] if local.frozen is None else [local.frozen]
    if local.waiting:
        found.append(OutboxEntry(share, OutboxState.WAITING, local.waiting, cause=local.cause))
    found += [OutboxEntry(share, OutboxState.HELD, delta, reason) for reason, delta in local.held if delta]
    return tuple(found)


def keys_of(deltas: Iterable[Iterable[Edit]], shape: Shape) -> set[Key]:
    """All keys that deltas speak of: what has to be known of the base."""
    found: set[Key] = set()
    for delta in deltas:
        found.update([edit.old for edit in delta if edit.old is not None])
        found.update(shape.keys_of([edit.new for edit in delta if edit.new is not None]))
    return found


def all_keys(local: Local, shape: Shape) -> set[Key]:
    """The keys that local edits speak of."""
    return keys_of((local.fixed, local.free), shape)


def absorbed(local: Local, captured: Delta, base: Lookup, shape: Shape, cause: str = "") -> Local:
    """With newly captured edits: a held edit whose row was edited again gets another chance."""
    middle = applied(local.fixed, base, shape)
    total = composed(local.free, captured, middle, shape)
    return replace(_split(local, total), cause=cause or local.cause)


def _split(local: Local, total: Delta) -> Local:
    """Edits that are held as they are stay held, all others wait."""
    if not local.held:
        return replace(local, waiting=total)
    held, rest = [], set(total)
    for reason, delta in local.held:
        same = tuple(edit for edit in dict.fromkeys(delta) if edit in rest)
        rest.difference_update(same)
        held.append((reason, same))
    return replace(local, waiting=sorted_delta(rest), held=tuple((r, d) for r, d in held if d))


def given_back(local: Local, base: Lookup, shape: Shape, reason: str = "") -> Local:
    """Without frozen edits: they wait again, or are held for a reason unless their row was edited meanwhile."""
    if local.frozen is None:
        return local
    total = composed(local.fixed, local.free, base, shape)
    held = local.held if not reason else _with(local.held, reason, local.fixed)
    return _split(Local(None, (), held, local.cause), total)


def freed(local: Local, which: Callable[[str], bool]) -> Local:
    """Edits held for some reasons wait again."""
    again = [edit for reason, delta in local.held if which(reason) for edit in delta]
    if not again:
        return local
    kept = tuple((reason, delta) for reason, delta in local.held if not which(reason))
    return replace(local, waiting=sorted_delta([*local.waiting, *again]), held=kept)


def publishable(
    local: Local, rights: Extent, base: Lookup, shape: Shape, computed: int = 0, found: Images | None = None
) -> tuple[Delta, Extent, Local]:
    """The waiting edits that can be asked for, what the request declares, and the local edits without them.

    ``computed`` are the columns that this peer's end computes, ``found`` the `images` of the waiting edits, if these
    have any. Edits beyond this peer's rights are held, as are those that do not fit without edits that are held.
    """
    if found is not None:
        does = extents(local.waiting, *found)
        declared = [it.asked_with(rights, computed) for it in does]
        if None not in declared:
            return local.waiting, _all(declared), Local(None, (), local.held, local.cause)
    return _publishable_of(local, rights, base, shape, computed)


def _publishable_of(
    local: Local, rights: Extent, base: Lookup, shape: Shape, computed: int
) -> tuple[Delta, Extent, Local]:
    """`publishable` where not all edits are."""
    may: list[Edit] = []
    beyond: list[Edit] = []
    asked: list[Extent] = []
    allowed: dict[Extent, Extent | None] = {}
    for edit in local.waiting:
        try:
            does = extent_of(edit, base)
        except DeltaError:
            beyond.append(edit)
            continue
        if does not in allowed:
            allowed[does] = does.asked_with(rights, computed)
        extent = allowed[does]
        if extent is None:
            beyond.append(edit)
            continue
        may.append(edit)
        asked.append(extent)
    fit, crowded = unclashed(may if beyond else local.waiting, base, shape)
    out = set(crowded)
    total = _all(extent for edit, extent in zip(may, asked, strict=True) if edit not in out)
    held = _with(_with(local.held, NO_RIGHT, beyond), CROWDED, crowded)
    return fit, total, Local(None, (), held, local.cause)


def _all(extents: Iterable[Extent | None]) -> Extent:
    return reduce(or_, (extent for extent in dict.fromkeys(extents) if extent is not None), NOTHING)


def _with(held: tuple[tuple[str, Delta], ...], reason: str, more: Iterable[Edit]) -> tuple[tuple[str, Delta], ...]:
    """Held edits, and more of them for a reason for which some may be held."""
    added = tuple(more)
    if not added:
        return held
    same = [edit for known, delta in held if known == reason for edit in delta]
    return (*(it for it in held if it[0] != reason), (reason, sorted_delta([*same, *added])))


@dataclass(frozen=True, slots=True)
class Landing:
    """A version of another peer, as it meets local edits: what to put, what is left of them, what gave way.

    ``alone``: there were none.
    """

    put: Delta
    local: Local
    clashes: tuple[Clash, ...]
    alone: bool


def landed(local: Local, agreed: Delta, base: Lookup, shape: Shape) -> Landing:
    """How an agreed delta, which is one of ``base``, is put where there are local edits, none of them frozen."""
    assert local.frozen is None
    if not local.free:
        return Landing(agreed, local, (), alone=True)
    moved, clashes = rebased(local.free, agreed, base, shape)
    shown = applied(local.free, base, shape)  # what the view shows now
    back = inverse(local.free, base, shape)
    put = composed(composed(back, agreed, shown, shape), moved, shown, shape)
    left = _relocated(local, agreed, moved, base, shape)
    return Landing(put, left, clashes, alone=False)


def _relocated(local: Local, agreed: Delta, moved: Delta, base: Lookup, shape: Shape) -> Local:
    """The moved edits, held where they were held before."""
    rest = set(moved)
    held = []
    for reason, delta in local.held:
        alone, _ = rebased(delta, agreed, base, shape)
        same = tuple(edit for edit in alone if edit in rest)
        rest.difference_update(same)
        held.append((reason, same))
    return Local(None, sorted_delta(rest), tuple((r, d) for r, d in held if d), local.cause)
