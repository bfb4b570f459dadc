"""The key of a view, with the findings about it."""

from __future__ import annotations

from bxc import model
from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic, Severity
from bxc.flatten import findings
from bxc.lens.dependency import closure
from bxc.lens.key import Columns, Found, determines_all, implications, infer_key
from bxc.lens.pipeline import Lens
from bxc.plan import ViewColumn
from bxc.types import Real


@dataclass(frozen=True, slots=True)
class ViewKey:
    """Source columns that find the rows behind a view row: kept key columns, and columns that `where` pins.

    No columns: the view has no key and can only be read. ``grouped``: there may be many rows behind one.
    """

    columns: tuple[str, ...]
    pinned: tuple[str, ...]
    grouped: bool


def find_key(
    lens: Lens, source: model.Source, view_columns: tuple[ViewColumn, ...], facts: Columns, severity: Severity
) -> tuple[ViewKey, list[Diagnostic]]:
    """The declared key, else the inferred one, else none; with all that is wrong with it.

    A key that something is wrong with is none: the view can only be read.
    """
    found: list[Diagnostic] = []
    names = {c.source: c.name for c in view_columns if c.source}
    if lens.key is not None:
        columns, findings_of_key = _declared(lens, lens.key, source, view_columns, facts, severity)
        found.extend(findings_of_key)
    else:
        outcome = infer_key(source, facts)
        columns = outcome.columns if isinstance(outcome, Found) else ()
        if not isinstance(outcome, Found):
            found.append(findings.no_key(lens, source, outcome, names, severity))
    for column in columns:
        if column not in facts.not_null:
            found.append(findings.nullable_key(lens, source, names[column], column, severity))
        if isinstance(source.column(column).type, Real):
            found.append(findings.real_key(lens, names[column]))
    return _anchored(() if found else columns, source, facts), found


def _declared(
    lens: Lens,
    declared: model.Key,
    source: model.Source,
    view_columns: tuple[ViewColumn, ...],
    facts: Columns,
    severity: Severity,
) -> tuple[tuple[str, ...], list[Diagnostic]]:
    stored = {c.name: c.source for c in view_columns}
    key = tuple(column for name in declared.columns if (column := stored.get(name)))
    if len(key) < len(declared.columns):
        return key, [findings.key_not_stored(declared, name) for name in declared.columns if not stored.get(name)]
    if not determines_all(source, key, facts):
        return key, [findings.key_not_implied(lens, declared, source, severity)]
    return key, []


def _anchored(columns: tuple[str, ...], source: model.Source, facts: Columns) -> ViewKey:
    """The key with those pinned columns on which it rests, and whether it finds one row.

    Pinned columns that are not needed go one by one, in the order of the source, those of its primary key last.
    """
    if not columns:
        return ViewKey((), (), grouped=True)
    implied = implications(source, facts.not_null)
    known = closure(set(columns) | facts.pinned, implied)
    grouped = not set(source.primary_key) <= known
    goal = (facts.shown - facts.pinned) | (set() if grouped else set(source.primary_key))
    needed = facts.pinned - set(columns)
    in_order = [c.name for c in source.columns if c.name in needed]
    for column in sorted(in_order, key=lambda name: name in source.primary_key):
        if goal <= closure(set(columns) | (needed - {column}), implied):
            needed -= {column}
    return ViewKey(columns, tuple(sorted(needed)), grouped)
