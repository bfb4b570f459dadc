"""Defaults of hidden columns with which no row can be in the view: inserts or revivals that are always refused."""

from __future__ import annotations

from bxc.diagnostic import Diagnostic, Severity
from bxc.expr import Literal, columns, conjuncts
from bxc.flatten import findings
from bxc.flatten.values import Level
from bxc.lens.possible import can_be_true
from bxc.lens.shape import Hidden
from bxc.plan import Assignment, Constant, Layer
from bxc.text import Span


def contradictions(
    level: Level, inserts: tuple[Assignment, ...], layers: tuple[Layer, ...], severity: Severity
) -> list[Diagnostic]:
    """A finding (BX207) for each column hidden here whose default makes a condition of the stack untrue.

    Only a default that the view declares or that a revival gives is at fault: a view that says neither may well be one
    into which nobody inserts.
    """
    constants = {a.column: a.value.value for a in inserts if isinstance(a.value, Constant)}
    revived = {a.column for layer in layers if layer.on_hidden == "revive" for a in layer.revives}
    found = []
    for column, hidden in level.hidden_here().items():
        place = _place(level, hidden, revived=column in revived)
        if place is None or column not in constants or hidden.determined_by:
            continue
        reading = (part for part in conjuncts(level.predicate) if column in columns(part))
        if not all(can_be_true(part, constants) for part in reading):
            found.append(findings.contradicts(level.lens, hidden.column, place, level.source.column(column), severity))
    return found


def _place(level: Level, hidden: Hidden, *, revived: bool) -> Span | None:
    """What in the view asks for rows with the column's default; None if nothing does."""
    if isinstance(hidden.default, Literal) and hidden.span is not None:
        return hidden.span
    if not revived:
        return None
    view = level.lens.view
    return view.span if level.lens.on_hidden is None else level.lens.on_hidden.span
