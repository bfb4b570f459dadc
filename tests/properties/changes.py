"""Edits of a source, one after the other → the net delta of each view since the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bxc import model as m

from .evaluator import Key, Staged, difference, key_of, same_row
from .expressions import Row, same
from .stack import Stack


@dataclass
class Life:
    """A source row through its updates: as it was at first (None: it was inserted), as it is (None: deleted)."""

    first: Row | None
    now: Row | None
    moves: list[tuple[str | None, Row, Row]] = field(default_factory=list)


class History:
    """The lives of a source's rows; those that live stand in the order of the rows.

    ``twins``: a row became in one edit what another row was until then. The captured edits do not tell two rows that
    change places from one that went and came back.
    """

    def __init__(self, rows: list[Row]) -> None:
        self.twins = False
        self.living = [Life(row, row) for row in rows]
        self.dead: list[Life] = []

    @property
    def lives(self) -> list[Life]:
        return [*self.living, *self.dead]

    def record(self, effects: Mapping[int, Row | None], created: list[Row], via: str | None) -> None:
        """One edit of several rows at once, by the rows' positions; new rows come behind the others."""
        before = [self.living[index].now for index in effects]
        self.twins |= any(
            a is not None and any(b is not None and same_row(a, b) for b in before) for a in effects.values()
        )
        for index, after in effects.items():
            life = self.living[index]
            if after is not None and life.now is not None:
                life.moves.append((via, life.now, after))
            life.now = after
        self.dead += [life for life in self.living if life.now is None and life.first is not None]
        self.living = [life for life in self.living if life.now is not None] + [Life(None, row) for row in created]


def by_primary_key(source: m.Source, before: list[Row], after: list[Row]) -> tuple[dict[int, Row | None], list[Row]]:
    """Two contents of a source as an edit that a comparison by primary key sees: effects by position, new rows."""

    def key(row: Row) -> Key:
        return tuple(row[name] for name in source.primary_key)

    new = {key(row): row for row in after}
    effects = {i: new.get(key(row)) for i, row in enumerate(before)}
    changed = {i: row for i, row in effects.items() if row is None or not same_row(before[i], row)}
    old = {key(row) for row in before}
    return changed, [row for k, row in new.items() if k not in old]


def net_delta(stack: Stack, history: History) -> tuple[list[Staged], bool]:
    """The view's net delta, and whether there is no other: two groups may both claim to be the rename of one."""
    delta, sure = keyed_delta(stack, history) if stack.keyed else grouped_delta(stack, history)
    return delta, sure and not history.twins


def keyed_delta(stack: Stack, history: History) -> tuple[list[Staged], bool]:
    left: dict[Key, Row] = {}
    entered: dict[Key, Row] = {}
    delta: list[Staged] = []
    for life in history.lives:
        old, new = view_row(stack, life.first), view_row(stack, life.now)
        if old is not None and new is not None:
            if not same_row(old, new):
                delta.append(Staged("update", key_of(stack, old), new))
        elif old is not None:
            left[key_of(stack, old)] = old
        elif new is not None:
            entered[key_of(stack, new)] = new
    delta += difference(stack, list(left.values()), list(entered.values()))
    return delta, True


def view_row(stack: Stack, row: Row | None) -> Row | None:
    return None if row is None else stack.show(row)[0]


def grouped_delta(stack: Stack, history: History) -> tuple[list[Staged], bool]:
    old = {key_of(stack, row): row for life in history.lives if (row := view_row(stack, life.first)) is not None}
    new = {key_of(stack, row): row for life in history.lives if (row := view_row(stack, life.now)) is not None}
    renames = {
        (key_of(stack, a), key_of(stack, b))
        for life in history.lives
        if (a := view_row(stack, life.first)) is not None and (b := view_row(stack, life.now)) is not None
        if renamed_by_view(stack, life)
    }
    renames = {(a, b) for a, b in renames if a not in new and b not in old}
    sure = len({a for a, _ in renames}) == len({b for _, b in renames}) == len(renames)
    gone, come = {a for a, _ in renames}, {b for _, b in renames}
    delta = [Staged("update", a, new[b]) for a, b in sorted(renames, key=repr)]
    return delta + difference(
        stack, [row for k, row in old.items() if k not in gone], [row for k, row in new.items() if k not in come]
    ), sure


def renamed_by_view(stack: Stack, life: Life) -> bool:
    """Whether a row changed its group, and only by puts through this view."""
    moves = [(via, a, b) for via, a, b in life.moves if not all(same(a[s], b[s]) for s in stack.source_key)]
    return bool(moves) and all(via == stack.name for via, _, _ in moves)


def apply_delta(stack: Stack, rows: list[Row], delta: list[Staged]) -> list[Row]:
    """A view's content after a delta; AssertionError if the delta does not fit it."""
    by_key = {key_of(stack, row): row for row in rows}
    for staged in delta:
        if staged.op in ("update", "delete"):
            assert staged.old in by_key, f"the delta speaks of the key {staged.old}, which was not there"
            del by_key[staged.old]
    for staged in delta:
        if staged.op in ("update", "insert"):
            key = key_of(stack, staged.row)
            assert key not in by_key, f"the delta gives the key {key} to a second row"
            by_key[key] = staged.row
    return list(by_key.values())
