"""One view → its plan: the lens of its own steps, stacked on what its base has become."""

from __future__ import annotations

from bxc import model
from bxc.diagnostic import Diagnostic, Severity, has_errors
from bxc.expr import Column, Expr, columns, conjoin, conjuncts, substitute
from bxc.flatten import findings
from bxc.flatten.contradiction import contradictions
from bxc.flatten.key import ViewKey, find_key
from bxc.flatten.values import Level, determined, insert_values, layers
from bxc.lens.dependency import closure
from bxc.lens.facts import may_be_null, not_null_if_not_false, not_null_if_true, pinned
from bxc.lens.key import Columns, implications
from bxc.lens.nesting import nesting, overnested
from bxc.lens.pipeline import Lens, lens_of, unsupported
from bxc.lens.size import oversized, size
from bxc.plan import (
    Constant,
    DeletePolicy,
    DeleteRow,
    FromView,
    Match,
    RejectDelete,
    SetColumn,
    ViewColumn,
    ViewPlan,
)


def flatten_view(
    view: model.View, source: model.Source, below: ViewPlan | None, *, shared: bool
) -> tuple[ViewPlan | None, list[Diagnostic]]:
    """The plan of a view of ``source``, or of the view ``below`` on it; None where there is an error.

    In a view that no share rests on, what is not proved is a warning: its own peer alone can meet it.
    """
    if (beyond := _beyond(view, below)) is not None:
        return None, [beyond]
    severity = Severity.ERROR if shared else Severity.WARNING
    found: list[Diagnostic] = []
    lens = lens_of(view, _base_columns(source, below))
    own = None if lens.condition is None else _over_source(lens.condition, below)
    lower = None if below is None else below.predicate
    predicate = conjoin([e for e in (lower, own) if e is not None])
    not_null = _not_null(source, predicate)
    view_columns = _columns(lens, below, not_null)
    facts = Columns(
        stored=tuple(c.source for c in view_columns if c.source),
        read=frozenset(name for c in view_columns if not c.source for name in columns(c.value)),
        pinned=frozenset(pinned(predicate)),
        not_null=not_null,
    )
    key, diagnostics = find_key(lens, source, view_columns, facts, severity)
    found.extend(diagnostics)
    if key.columns and key.grouped and predicate is not None:
        found.extend(_split_groups(lens, source, key, predicate, severity))
    level = Level(source, lens, below, view_columns, own, predicate, key)
    values = insert_values(level)
    found.extend(_undetermined(level))
    stacked = layers(level, values)
    found.extend(contradictions(level, values, stacked, severity))
    policy, diagnostics = _on_delete(level, severity)
    found.extend(diagnostics)
    if has_errors(found):
        return None, found
    constants = pinned(predicate)
    names = {c.source: c.name for c in view_columns if c.source}
    plan = ViewPlan(
        id=view.id,
        peer=view.peer,
        base=view.base,
        source=source.name,
        columns=view_columns,
        key=tuple(names[c] for c in key.columns),
        grouped=key.grouped,
        predicate=predicate,
        layers=stacked,
        match=(
            *(Match(c, FromView(names[c])) for c in key.columns),
            *(Match(c, Constant(constants[c])) for c in key.pinned),
        ),
        inserts=values,
        determined=determined(level),
        on_delete=policy,
        shares=(),
    )
    return plan, found


def _beyond(view: model.View, below: ViewPlan | None) -> Diagnostic | None:
    """What of a view cannot be emitted: a step, or an expression that is too large or nested too deep as SQL."""
    if (step := unsupported(view)) is not None:
        return findings.unsupported(step)
    sizes = {} if below is None else {c.name: size(c.value) for c in below.columns}
    if (large := oversized(view, sizes)) is not None:
        return findings.too_large(large)
    depths = {} if below is None else {c.name: nesting(c.value) for c in below.columns}
    if (deep := overnested(view, depths)) is not None:
        return findings.too_deep(deep.span)
    return None


# --- columns --------------------------------------------------------------------------------------------------------


def _base_columns(source: model.Source, below: ViewPlan | None) -> tuple[Column, ...]:
    base = source.columns if below is None else below.columns
    return tuple(Column(c.name, c.type, c.nullable) for c in base)


def _over_source(expr: Expr, below: ViewPlan | None) -> Expr:
    if below is None:
        return expr
    values = {c.name: c.value for c in below.columns}
    return substitute(expr, lambda column: values[column.name])


def _not_null(source: model.Source, predicate: Expr | None) -> frozenset[str]:
    """The source columns that are not NULL in a visible row: as declared, by CHECKs, by `where`."""
    declared = frozenset(c.name for c in source.columns if not c.nullable)
    checked = (not_null_if_not_false(c.condition) for c in source.checks)
    return declared.union(not_null_if_true(predicate), *checked)


def _columns(lens: Lens, below: ViewPlan | None, not_null: frozenset[str]) -> tuple[ViewColumn, ...]:
    sources = {} if below is None else {c.name: c.source for c in below.columns}
    found = []
    for column in lens.columns:
        value = _over_source(column.value, below)
        source = None if column.stored is None else sources.get(column.stored, column.stored)
        found.append(ViewColumn(column.name, column.type, may_be_null(value, not_null), value, source))
    return tuple(found)


# --- groups ---------------------------------------------------------------------------------------------------------


def _split_groups(
    lens: Lens, source: model.Source, key: ViewKey, predicate: Expr, severity: Severity
) -> list[Diagnostic]:
    """A finding if the condition may show some rows of a group and hide others."""
    known = closure({*key.columns, *key.pinned}, implications(source, frozenset()))
    loose = sorted(set(columns(predicate)) - known)
    return [findings.splits_group(lens, source, loose, severity)] if loose else []


def _undetermined(level: Level) -> list[Diagnostic]:
    """A finding for each `determined by` whose columns the view does not keep."""
    stored = {c.source for c in level.columns if c.source}
    steps = [s for s in level.lens.view.steps if isinstance(s, model.Drop) and s.determined_by]
    hidden = [h for h in level.lens.hidden if h.determined_by]
    return [
        findings.determinant_not_kept(level.lens, step)
        for step, dropped in zip(steps, hidden, strict=True)
        if any(level.source_column(c) not in stored for c in dropped.determined_by)
    ]


# --- deletes --------------------------------------------------------------------------------------------------------


def _on_delete(level: Level, severity: Severity) -> tuple[DeletePolicy, list[Diagnostic]]:
    """What a vanished view row does to the source, through all views of the stack."""
    declared = level.lens.on_delete
    match declared.policy if declared is not None else _default_policy(level):
        case "delete":
            return (DeleteRow() if level.below is None else level.below.on_delete), []
        case "reject":
            return RejectDelete(), []
        case _:
            return _set_column(level, declared, severity)


def _default_policy(level: Level) -> str:
    """`delete` where a view row stands for one row of the base, else `reject`."""
    not_null = _not_null(level.source, level.predicate)
    fixed = {*level.key.columns, *pinned(level.predicate)}
    known = closure(fixed, implications(level.source, not_null))
    if level.below is None:
        base_key = set(level.source.primary_key)
    else:
        base_key = {c.source for name in level.below.key if (c := level.below.column(name)).source}
    return "delete" if base_key <= known else "reject"


def _set_column(
    level: Level, declared: model.OnDelete | None, severity: Severity
) -> tuple[DeletePolicy, list[Diagnostic]]:
    assert declared is not None
    assert declared.column is not None
    assert declared.value is not None
    column = level.source_column(declared.column)
    reading = [part for part in conjuncts(level.own) if column in set(columns(part))]
    if column is None or level.own is None or not reading:
        return RejectDelete(), [findings.cannot_leave(level.lens, declared, severity)]
    if all(pinned(part).get(column) == declared.value for part in reading):
        return RejectDelete(), [findings.stays(level.lens, declared, severity)]
    stays = None if level.below is None else level.below.predicate
    return SetColumn(column, declared.value, level.own, stays), []
