"""The columns that `join`, `union` and `minus` leave: names bound and types compared, nothing more."""

from __future__ import annotations

from dataclasses import replace

from bxc import syntax
from bxc.diagnostic import Label
from bxc.resolve.names import appearance, listed, report_unknown, without_repeats
from bxc.resolve.refusals import refuse_real
from bxc.resolve.scope import UNKNOWN, Attribute, Relation, Scope, World


def other_of(base: Relation, name: syntax.Name, world: World) -> Scope:
    """The columns of the other side, a source or view of the same peer; BX016 for another peer's."""
    other = world.find_relation(name)
    if other is None:
        return UNKNOWN
    if base.peer is not None and other.peer is not None and base.peer != other.peer:
        world.findings.error(
            "BX016",
            f"{other.noun} `{other.name}` belongs to peer `{other.peer}`",
            name.span,
            f"this view is one of peer `{base.peer}`",
            (Label(other.span, "declared here"),),
            f"use a source or view of `{base.peer}`; shares keep data of two peers equal",
        )
        return UNKNOWN
    return other.scope


def join(base: Relation, scope: Scope, step: syntax.Join, world: World) -> Scope:
    """The columns of both sides, those of ``on`` once."""
    findings = world.findings
    other = other_of(base, step.other, world)
    on = without_repeats(step.on, "`on`", findings)
    shared: dict[str, Attribute] = {}
    for name in on:
        left, right = scope.find(name, findings), other.columns.get(name.text)
        if right is None and other.complete:
            text, also = f"`{step.other.text}` has no such column", tuple(filter(None, [other.gone.get(name.text)]))
            report_unknown("column", name, other.columns, findings, text=text, also=also)
        if left is None or right is None:
            continue
        _same_type(left, right, name, world)
        refuse_real(left.type, name, "a join", left.span, findings)
        met = None if left.interval is None or right.interval is None else left.interval.meet(right.interval)
        shared[left.name] = replace(left, nullable=left.nullable and right.nullable, interval=met)
    columns = {**scope.columns, **shared}
    certain = len(shared) == len(on)
    forms = {appearance(n): a for n, a in columns.items()}
    clashes: list[tuple[Attribute, Attribute]] = []
    for attribute in other.columns.values():
        clash = forms.get(appearance(attribute.name))
        if clash is None:
            columns[attribute.name] = attribute
        elif certain and attribute.name not in shared:
            clashes.append((clash, attribute))
    if clashes:
        _refuse_clashes(step, clashes, world)
    return Scope(columns, {**other.gone, **scope.gone}, scope.complete and other.complete)


def _refuse_clashes(step: syntax.Join, clashes: list[tuple[Attribute, Attribute]], world: World) -> None:
    """BX003 for columns of one name on both sides of a join; BX012 if they all differ by case."""
    first, other = clashes[0]
    several = len(clashes) > 1
    world.findings.error(
        "BX003" if any(left.name == right.name for left, right in clashes) else "BX012",
        f"both sides of this join have {'columns' if several else 'a column'} "
        + listed([right.name for _, right in clashes]),
        step.span,
        "not in `on`",
        (Label(first.span, f"one `{first.name}` is declared here"), Label(other.span, "the other here")),
        f"join on {'them, or rename them' if several else 'it, or rename it'} on one side first",
    )


def union(base: Relation, scope: Scope, step: syntax.Union, world: World) -> Scope:
    """The columns of the left side; both sides must have the same."""
    other = other_of(base, step.other, world)
    _same_columns(scope, other, step.other, "union", world)
    columns: dict[str, Attribute] = {}
    for name, left in scope.columns.items():
        right = other.columns.get(name)
        if right is not None:
            hull = None if left.interval is None or right.interval is None else left.interval.hull(right.interval)
            left = replace(left, nullable=left.nullable or right.nullable, interval=hull)
        columns[name] = left
    return replace(scope, columns=columns)


def minus(base: Relation, scope: Scope, step: syntax.Minus, world: World) -> Scope:
    """The columns of the left side; both sides must have the same."""
    _same_columns(scope, other_of(base, step.other, world), step.other, "minus", world)
    return scope


def _same_columns(scope: Scope, other: Scope, name: syntax.Name, word: str, world: World) -> None:
    """BX004 unless both sides have the same columns with the same types."""
    if not scope.complete or not other.complete:
        return
    lacking = [n for n in scope.columns if n not in other.columns]
    extra = [n for n in other.columns if n not in scope.columns]
    if lacking or extra:
        parts = [f"`{name.text}` has no {listed(lacking)}"] if lacking else []
        parts += [f"`{name.text}` has {listed(extra)} besides"] if extra else []
        world.findings.error(
            "BX004",
            f"both sides of `{word}` must have the same columns",
            name.span,
            "; ".join(parts),
            way_out="bring both sides to the same columns with `keep` and `rename`",
        )
    for left in scope.columns.values():
        right = other.columns.get(left.name)
        if right is not None:
            _same_type(left, right, name, world)


def _same_type(left: Attribute, right: Attribute, name: syntax.Name, world: World) -> None:
    if left.type is not None and right.type is not None and left.type != right.type:
        world.findings.error(
            "BX004",
            f"column `{left.name}` has two types",
            name.span,
            f"{left.type} on the left, {right.type} on the right",
            (Label(left.span, f"this is {left.type}"), Label(right.span, f"this is {right.type}")),
            "give both columns one type",
        )
