"""Lens steps, one after the other: each turns the columns in scope into those of the next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from bxc import model, syntax
from bxc.diagnostic import Label
from bxc.expr import Literal
from bxc.resolve import combine
from bxc.resolve.checks import narrowed
from bxc.resolve.defaults import determined_by, hidden_default
from bxc.resolve.expressions import resolve_condition, resolve_value
from bxc.resolve.names import LONGEST_COLUMN, appearance, check_name, report_collision, without_repeats
from bxc.resolve.ranges import interval
from bxc.resolve.scope import Attribute, Relation, Scope, World

Transforming = (
    syntax.Where | syntax.Keep | syntax.Drop | syntax.Rename | syntax.Add | syntax.Join | syntax.Union | syntax.Minus
)
Outcome = tuple[Scope, model.Step | None]


def resolve_step(step: Transforming, scope: Scope, base: Relation, world: World) -> Outcome:
    """The columns after a step and the resolved step, None where it has an error."""
    match step:
        case syntax.Where():
            return _where(step, scope, world)
        case syntax.Keep():
            return _keep(step, scope, world)
        case syntax.Drop():
            return _drop(step, scope, world)
        case syntax.Rename():
            return _rename(step, scope, world)
        case syntax.Add():
            return _add(step, scope, world)
        case syntax.Join():
            resolved = model.Join(step.other.text, tuple(n.text for n in step.on), step.delete, step.span)
            return combine.join(base, scope, step, world), resolved
        case syntax.Union():
            return combine.union(base, scope, step, world), model.Union(step.other.text, step.insert_into, step.span)
        case syntax.Minus():
            return combine.minus(base, scope, step, world), model.Minus(step.other.text, step.span)
        case _:
            assert_never(step)


def _where(step: syntax.Where, scope: Scope, world: World) -> Outcome:
    typed = resolve_condition(step.condition, scope, world.findings, "`where`")
    if typed is None:
        return scope, None
    return narrowed(scope, typed.expr), model.Where(typed.expr, step.span)


def _keep(step: syntax.Keep, scope: Scope, world: World) -> Outcome:
    findings = world.findings
    kept: dict[str, Attribute] = {}
    for name in without_repeats(step.columns, "`keep`", findings):
        attribute = scope.find(name, findings)
        if attribute is None and (meant := findings.nearest(name.text, list(scope.columns))):
            kept.setdefault(meant, scope.columns[meant])
        # A name that is not there counts as kept, so that later steps do not report it again.
        kept[name.text] = attribute or Attribute(name.text, None, True, None, None, name.span)
    defaults = _defaults(step, kept, scope, world)
    hidden = scope.without(set(scope.columns) - set(kept), Label(step.span, "not kept here"))
    resolved = model.Keep(tuple(kept), defaults, step.span)
    return replace(hidden, columns=kept, complete=True), resolved


def _defaults(step: syntax.Keep, kept: dict[str, Attribute], scope: Scope, world: World) -> tuple[model.Default, ...]:
    """The defaults of hidden columns: BX003 for a second one, BX005 for one of a kept column."""
    first: dict[str, syntax.Default] = {}
    found: list[model.Default] = []
    for default in step.defaults:
        name = default.column
        seen = first.setdefault(name.text, default)
        if seen is not default:
            world.findings.error(
                "BX003",
                f"`{name.text}` has two defaults",
                name.span,
                "again here",
                (Label(seen.column.span, "first here"),),
                "keep one of the two",
            )
        elif name.text in kept:
            place = next(n.span for n in step.columns if n.text == name.text)
            world.findings.error(
                "BX005",
                f"`{name.text}` is kept and takes no default",
                name.span,
                "an inserted row brings its own value",
                (Label(place, "kept here"),),
                "leave the default out, or do not keep the column",
            )
        else:
            attribute = scope.find(name, world.findings)
            value = None if attribute is None else hidden_default(default.value, attribute, world)
            if value is not None:
                found.append(model.Default(name.text, value, default.span))
    return tuple(found)


def _drop(step: syntax.Drop, scope: Scope, world: World) -> Outcome:
    findings = world.findings
    dropped = scope.find(step.column, findings)
    if dropped is None:
        return scope, None
    by = without_repeats(step.determined_by, "`determined by`", findings)
    found = [(name, attribute) for name in by if (attribute := scope.find(name, findings)) is not None]
    determined = len(found) == len(by) and all(a.type is not None for _, a in found)
    if found and determined and dropped.type is not None:
        determined = determined_by(dropped, tuple(found), world)
    default = _drop_default(step, dropped, world)
    after = scope.without({dropped.name}, Label(step.span, "dropped here"))
    if default is None or not determined:
        return after, None
    return after, model.Drop(dropped.name, default, tuple(a.name for _, a in found), step.span)


def _drop_default(step: syntax.Drop, dropped: Attribute, world: World) -> Literal | model.Fresh | None:
    if step.default is not None:
        return hidden_default(step.default, dropped, world)
    if dropped.type is None:
        return None
    if dropped.origin is None:
        return Literal(None, dropped.type)  # a computed column is nowhere stored, so that nothing takes the default
    by = " determined by " + ", ".join(n.text for n in step.determined_by) if step.determined_by else ""
    world.findings.error(
        "BX005",
        f"column `{dropped.name}` is dropped without a default",
        step.span,
        "an inserted row would have no value for it",
        (Label(dropped.span, f"`{dropped.name}` is {dropped.type}"),),
        f"write `drop {dropped.name} default …{by}`" + (", for example `default null`" if dropped.nullable else ""),
    )
    return None


def _rename(step: syntax.Rename, scope: Scope, world: World) -> Outcome:
    old = scope.find(step.old, world.findings)
    others = {n: a for n, a in scope.columns.items() if n != step.old.text}
    fits = _check_new(step.new, others if step.new.text != step.old.text else scope.columns, world)
    renamed = old or Attribute(step.new.text, None, True, None, None, step.new.span)
    renamed = replace(renamed, name=step.new.text, span=step.new.span)
    columns = dict((n, a) if n != step.old.text else (step.new.text, renamed) for n, a in scope.columns.items())
    columns.setdefault(step.new.text, renamed)
    gone = {**scope.gone, step.old.text: Label(step.span, f"called `{step.new.text}` from here on")}
    resolved = model.Rename(step.old.text, step.new.text, step.span) if old is not None and fits else None
    return replace(scope, columns=columns, gone=gone), resolved


def _add(step: syntax.Add, scope: Scope, world: World) -> Outcome:
    typed = resolve_value(step.value, scope, world.findings)
    fits = _check_new(step.column, scope.columns, world)
    name = step.column.text
    if typed is None:
        added = Attribute(name, None, True, None, None, step.column.span)
    else:
        values = interval(typed.expr, scope.bounds())
        added = Attribute(name, typed.type, typed.nullable, None, values, step.column.span)
    after = replace(scope, columns={**scope.columns, name: scope.columns.get(name, added)})
    resolved = model.Add(name, typed.expr, typed.type, step.span) if typed is not None and fits else None
    return after, resolved


def _check_new(name: syntax.Name, columns: Mapping[str, Attribute], world: World) -> bool:
    """Whether a new column's name is free; BX003 or BX012 if it is not."""
    check_name(name, "column", LONGEST_COLUMN, world.findings)
    form = appearance(name.text)
    for other in columns.values():
        if appearance(other.name) == form:
            first = syntax.Name(other.name, other.span)
            report_collision(name, first, "column", world.findings)
            return False
    return True
