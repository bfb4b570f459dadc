"""Steps about a view as a whole, wherever they stand: `key`, `on delete`, `on hidden`."""

from __future__ import annotations

from bxc import model, syntax
from bxc.diagnostic import Label
from bxc.resolve.defaults import resolve_default
from bxc.resolve.names import report_unknown, without_repeats
from bxc.resolve.refusals import refuse_real
from bxc.resolve.scope import Relation, Scope, World

Policy = syntax.Key | syntax.OnDelete | syntax.OnHidden
WORDS = {syntax.Key: "key", syntax.OnDelete: "on delete", syntax.OnHidden: "on hidden"}


def refuse_repeats(steps: tuple[syntax.Step, ...], world: World) -> None:
    """BX003 for a second step of one of these kinds in a view."""
    first: dict[type, syntax.Step] = {}
    for step in steps:
        if isinstance(step, Policy):
            seen = first.setdefault(type(step), step)
            if seen is not step:
                word = WORDS[type(step)]
                world.findings.error(
                    "BX003",
                    f"a view has only one `{word}`",
                    step.span,
                    "again here",
                    (Label(seen.span, "first here"),),
                    "keep one of the two",
                )


def resolve_policy(step: Policy, base: Relation, end: Scope, world: World) -> model.Step | None:
    """A policy, given the view's base and the columns that the view ends with; None where there is an error."""
    match step:
        case syntax.Key():
            return _key(step, end, world)
        case syntax.OnDelete():
            return _on_delete(step, base, world)
        case syntax.OnHidden():
            return model.OnHidden(step.policy, step.span)


def _key(step: syntax.Key, end: Scope, world: World) -> model.Key:
    found: list[str] = []
    for name in without_repeats(step.columns, "the key", world.findings):
        attribute = end.find(name, world.findings)
        if attribute is not None:
            refuse_real(attribute.type, name, "a key", attribute.span, world.findings)
            found.append(attribute.name)
    return model.Key(tuple(found), step.span)


def _on_delete(step: syntax.OnDelete, base: Relation, world: World) -> model.OnDelete | None:
    if step.column is None or step.value is None:
        return model.OnDelete(step.policy, None, None, step.span)
    attribute = base.scope.columns.get(step.column.text)
    if attribute is None:
        if base.scope.complete:
            report_unknown(
                "column",
                step.column,
                base.scope.columns,
                world.findings,
                text=f"`set` changes a column of `{base.name}`, and there is none of this name",
            )
        return None
    if attribute.type is not None and attribute.origin is None:
        world.findings.error(
            "BX005",
            f"column `{attribute.name}` is computed and cannot be set",
            step.column.span,
            "not a column that a row stores",
            (Label(attribute.span, "computed here"),),
            "set a column that the source stores",
        )
        return None
    value = resolve_default(step.value, attribute, world.findings)
    return None if value is None else model.OnDelete(step.policy, attribute.name, value, step.span)
