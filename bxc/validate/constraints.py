"""When a row breaks a constraint that an engine enforces itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bxc.laws.term import FALSE, Term, not_, or_
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.database import State, StoredRow
from bxc.validate.expressions import Expressions
from bxc.validate.scope import NOWHERE, Frame
from bxc.validate.simplify import meet
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value


def refuse_row(expressions: Expressions, table: s.CreateTable, new: tuple[Value, ...], guard: Term) -> None:
    """Refuses a row with a NULL where there must be none, or one for which a CHECK is false."""
    broken = [value.null for column, value in zip(table.columns, new, strict=True) if column.not_null]
    scope = NOWHERE.inner(Frame([(table.name, c.name) for c in table.columns]), new)
    broken += [v.rails(expressions.value(check, scope, guard))[1] for check in table.checks]
    expressions.state.refuse("constraint", meet(guard, or_(*broken)))


def conflicts(
    state: State, table: s.CreateTable, new: Sequence[Value], own: int | None, keys: Sequence[tuple[str, ...]]
) -> Term:
    """When another row of the table has the same values in one of the keys; NULL is like nothing."""
    found = FALSE
    for key in keys:
        places = [n for n, c in enumerate(table.columns) if c.name in key]
        for row in state.rows[table.name]:
            if row.id != own:
                same = v.conjunction([v.equal(new[n], row.values[n]) for n in places]).term
                found = or_(found, meet(row.present, same))
    return found


def broken_references(state: State, before: Mapping[str, tuple[StoredRow, ...]]) -> Term:
    """When a row refers to none, and did not before."""
    found = FALSE
    for table in state.tables.values():
        for key in table.foreign_keys:
            rows, old_rows = state.rows[table.name], before.get(table.name, ())
            if key.target not in state.tables:  # which comes later in the file
                if rows:
                    raise Unsupported("foreign key", f"{table.name} refers to {key.target}, which is not there")
                continue
            targets, old_targets = state.rows[key.target], before.get(key.target, ())
            if rows is old_rows and targets is old_targets:
                continue
            old = {row.id: row for row in old_rows}
            for row in rows:
                dangling = _dangling(state, table, key, row, targets)
                if dangling is not FALSE and row.id in old:
                    dangling = meet(dangling, not_(_dangling(state, table, key, old[row.id], old_targets)))
                found = or_(found, dangling)
    return found


def _dangling(
    state: State, table: s.CreateTable, key: s.ForeignKey, row: StoredRow, targets: Sequence[StoredRow]
) -> Term:
    mine = [row.values[n] for n in _places(table, key.columns)]
    theirs = _places(state.tables[key.target], key.target_columns)
    hits = []
    for target in targets:
        same = v.conjunction([v.equal(a, target.values[n]) for a, n in zip(mine, theirs, strict=True)]).term
        hits.append(meet(target.present, same))
    return meet(row.present, *(not_(value.null) for value in mine), not_(or_(*hits)))


def _places(table: s.CreateTable, names: Sequence[str]) -> list[int]:
    order = [c.name for c in table.columns]
    return [order.index(name) for name in names]
