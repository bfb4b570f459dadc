"""Joins of symbolic rows; a row that finds at most one partner stays one row, however many it may find it in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bxc.laws.term import FALSE, Term, any_, not_
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.scope import Frame, Row, Scope
from bxc.validate.simplify import meet
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value, missing


def at_most_one(join: s.Join, left: Frame, right: Frame) -> bool:
    """Whether each row on the left finds at most one on the right: it equates columns that are unique there."""
    fixed: set[int] = set()
    for part in _conjuncts(join.on):
        if isinstance(part, s.Call) and part.function == "=":
            a, b = (_place(side, left, right) for side in part.args)
            for mine, other in ((a, b), (b, a)):
                if mine is not None and mine >= 0 and other == -1:
                    fixed.add(mine)
    return any(key <= fixed for key in right.unique)


def _conjuncts(e: s.Expr | None) -> Iterator[s.Expr]:
    if isinstance(e, s.Call) and e.function == "and":
        for part in e.args:
            yield from _conjuncts(part)
    elif e is not None:
        yield e


def _place(e: s.Expr, left: Frame, right: Frame) -> int | None:
    """The number of a column on the right, -1 for a column from elsewhere, None for what is no column."""
    if not isinstance(e, s.Name):
        return None
    try:
        if left.find(e.qualifier, e.name) is not None:
            return -1
        found = right.find(e.qualifier, e.name)
    except Unsupported:
        return None
    return -1 if found is None else found


def merged(
    rows: Sequence[Row],
    others: Sequence[Row],
    pairs: Sequence[Sequence[Term]],
    padding: tuple[Value, ...],
    *,
    outer: bool,
) -> list[Row]:
    """Each row beside its one partner, or, in an outer join, beside the padding."""
    found: list[Row] = []
    for (present, cells), line in zip(rows, pairs, strict=True):
        partner = padding
        for condition, (_, more) in zip(line, others, strict=True):
            if condition is not FALSE:
                partner = tuple(v.choose(condition, a, b) for a, b in zip(more, partner, strict=True))
        kept = present if outer else meet(present, any_(line))
        if kept is not FALSE:
            found.append((kept, cells + partner))
    return found


def merged_right(rows: Sequence[Row], others: Sequence[Row], pairs: Sequence[Sequence[Term]], left: Frame) -> list[Row]:
    """Each row on the right behind its one partner."""
    turned = [[line[n] for line in pairs] for n in range(len(others))]
    width = len(left.columns)
    found = merged(others, rows, turned, tuple(map(missing, left.kinds)), outer=False)
    return [(p, cells[len(cells) - width :] + cells[: len(cells) - width]) for p, cells in found]


def halved(rows: Sequence[Row], pairs: Sequence[Sequence[Term]], *, anti: bool) -> list[Row]:
    """The rows that find a partner, or those that find none."""
    found = []
    for (present, cells), line in zip(rows, pairs, strict=True):
        partner = any_(line)
        kept = meet(present, not_(partner) if anti else partner)
        if kept is not FALSE:
            found.append((kept, cells))
    return found


def lateral(
    join: s.Join,
    frame: Frame,
    rows: Sequence[Row],
    scope: Scope,
    guard: Term,
    source: Callable[[s.Table | s.Derived, Scope, Term], tuple[Frame, Sequence[Row]]],
) -> tuple[Frame, Sequence[Row]]:
    """Each row beside those that a query makes for it."""
    if join.kind != "cross" or join.on is not None:
        raise Unsupported("join", "lateral, and not cross")
    nothing = scope.inner(frame, tuple(map(missing, frame.kinds)))
    right, _ = source(join.table, nothing, FALSE)
    found: list[Row] = []
    for present, cells in rows:
        _, others = source(join.table, scope.inner(frame, cells), meet(guard, present))
        found += [(meet(present, p), cells + more) for p, more in others]
    return frame.beside(right), [(p, cells) for p, cells in found if p is not FALSE]
