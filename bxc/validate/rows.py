"""Which rows of a relation are kept: one of those that are equal, or one of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bxc.laws.term import FALSE, Term, not_, or_
from bxc.validate import values as v
from bxc.validate.scope import Row
from bxc.validate.simplify import meet
from bxc.validate.values import Value

Doubt = Callable[[Term], None]
"""Hears where SQL leaves open which row is kept."""


def without_repeats(rows: Sequence[Row]) -> list[Row]:
    """Each row where no equal one comes before it."""
    found: list[Row] = []
    for index, (present, cells) in enumerate(rows):
        kept = present
        for other, earlier in rows[:index]:
            if kept is FALSE:
                break
            kept = meet(kept, not_(meet(other, v.identical_rows(cells, earlier))))
        if kept is not FALSE:
            found.append((kept, cells))
    return found


def one(rows: Sequence[Row], guard: Term, doubt: Doubt) -> list[Row]:
    """One of the rows: which, is left open where they differ."""
    return first_of_each(rows, [()] * len(rows), guard, doubt)


def first_of_each(rows: Sequence[Row], keys: Sequence[Sequence[Value]], guard: Term, doubt: Doubt) -> list[Row]:
    """One row for each key: which, is left open where they differ."""
    kept: list[Row] = []
    for index, (present, cells) in enumerate(rows):
        earlier = []
        for (other, second), key in zip(rows[:index], keys[:index], strict=True):
            same = v.identical_rows(keys[index], key)
            both = meet(guard, present, other, same)
            if both is not FALSE:
                doubt(meet(both, not_(v.identical_rows(cells, second))))
            earlier.append(meet(other, same))
        first = meet(present, not_(or_(*earlier)))
        if first is not FALSE:
            kept.append((first, cells))
    return kept
