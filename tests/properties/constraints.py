"""Rows before and after an edit of a source → the constraints that the edit breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bxc import model as m
from bxc.types import Value

from .expressions import Row, fits, reads, same, value

Touched = Sequence[tuple[Row | None, Row | None]]
"""Source rows before and after; None before is a new row, None after a deleted one."""


def broken_constraints(
    spec: m.Spec, source: m.Source, database: Mapping[str, list[Row]], touched: Touched, after: list[Row]
) -> set[str]:
    """The texts of the constraints that an edit breaks: those that read what it changes and do not hold afterwards.

    ``database`` is as before the edit, ``after`` the source's rows after it. Each touched row that remains must be one
    of ``after`` (the same object).
    """
    broken: set[str] = set()
    for before, now in touched:
        if now is not None:
            changed = {name for name in now if before is None or not same(before[name], now[name])}
            broken |= broken_by_row(source, now, after, changed)
            for key in source.foreign_keys:
                if key.column in changed and not refers(key, now, source, database, after):
                    broken.add(f"references {key.target}({key.target_column})")
    return broken | dangling(spec, source, database, touched, after)


def broken_by_row(source: m.Source, row: Row, after: list[Row], changed: set[str]) -> set[str]:
    """CHECK, keys and dependencies that a row breaks, of those that read a changed column."""
    broken: set[str] = set()
    others = [other for other in after if other is not row]
    for check in source.checks:
        if reads(check.condition) & changed and value(check.condition, row) is False:
            broken.add(f"check {check.name}")
    for columns in (source.primary_key, *(unique.columns for unique in source.uniques)):
        reads_change = set(columns) & changed and all(row[name] is not None for name in columns)
        if reads_change and any(agree(row, other, columns) for other in others):
            broken.add(f"unique ({', '.join(columns)})")
    for fd in source.dependencies:
        rivals = [other for other in others if agree(row, other, fd.left) and not agree(row, other, fd.right)]
        if rivals and {*fd.left, *fd.right} & changed:
            broken.add(f"determines {', '.join(fd.left)} -> {', '.join(fd.right)}")
    return broken


def agree(a: Row, b: Row, columns: Iterable[str]) -> bool:
    return all(same(a[name], b[name]) for name in columns)


def refers(key: m.ForeignKey, row: Row, source: m.Source, database: Mapping[str, list[Row]], after: list[Row]) -> bool:
    """Whether a row's reference is NULL or finds its row after the edit."""
    targets = after if key.target == source.name else database[key.target]
    wanted = row[key.column]
    return wanted is None or any(same(wanted, target[key.target_column]) for target in targets)


def dangling(
    spec: m.Spec, source: m.Source, database: Mapping[str, list[Row]], touched: Touched, after: list[Row]
) -> set[str]:
    """The foreign keys on this source whose rows lose what they refer to."""
    broken: set[str] = set()
    for child in spec.sources:
        rows = after if child.name == source.name else database[child.name]
        for key in child.foreign_keys:
            if key.target != source.name:
                continue
            kept: list[Value] = [row[key.target_column] for row in after]
            lost = [b[key.target_column] for b, _ in touched if b is not None and b[key.target_column] not in kept]
            if any(row[key.column] is not None and row[key.column] in lost for row in rows):
                broken.add(f"{child.name} references {source.name}({key.target_column})")
    return broken


def is_valid(spec: m.Spec, database: Mapping[str, list[Row]]) -> bool:
    """Whether every row of every source obeys its types, NOT NULL and all constraints."""
    for source in spec.sources:
        rows = database[source.name]
        for row in rows:
            for column in source.columns:
                v = row[column.name]
                if not column.nullable if v is None else not fits(column.type, v):
                    return False
        if broken_constraints(spec, source, database, [(None, row) for row in rows], rows):
            return False
    return True
