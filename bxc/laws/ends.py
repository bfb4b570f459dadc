"""EndsAgree, the part that needs no proof: the views of a share have the same columns, types, NULLs and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bxc import model
from bxc.diagnostic import Diagnostic, Label
from bxc.plan import Plan, ViewColumn, ViewPlan


def ends_agree(spec: model.Spec, plan: Plan) -> list[Diagnostic]:
    """A finding (BX310) for each view of a share that differs from the share's first, with all differences.

    Of views that are not in the plan, as they have an error, nothing is said.
    """
    plans = _planned(plan)
    views = {view.name: view for view in spec.views}
    return [
        _finding(share, views[first.name], views[other.name], differences)
        for share in spec.shares
        for first, other, differences in _differing(share, plans)
    ]


def agreeing(spec: model.Spec, plan: Plan) -> model.Spec:
    """The spec with those shares alone whose ends are all in the plan and agree: what more can be asked of."""
    plans = _planned(plan)
    shares = (s for s in spec.shares if plans.keys() >= set(s.views))
    return replace(spec, shares=tuple(s for s in shares if not any(_differing(s, plans))))


def _planned(plan: Plan) -> dict[str, ViewPlan]:
    return {view.name: view for peer in plan.peers for view in peer.views}


def _differing(share: model.Share, plans: Mapping[str, ViewPlan]) -> Iterator[tuple[ViewPlan, ViewPlan, list[str]]]:
    """The share's first view, another one that is otherwise, and in what."""
    ends = [plans[name] for name in share.views if name in plans]
    for other in ends[1:]:
        if differences := [*_columns(ends[0], other), *_key(ends[0], other)]:
            yield ends[0], other, differences


def _columns(first: ViewPlan, other: ViewPlan) -> list[str]:
    theirs = {c.name: c for c in other.columns}
    ours = {c.name for c in first.columns}
    found = [
        difference for column in first.columns if (difference := _column(first, column, other, theirs.get(column.name)))
    ]
    extra = (f"`{c.name}` is only in `{other.name}`" for c in other.columns if c.name not in ours)
    return [*found, *extra]


def _column(first: ViewPlan, ours: ViewColumn, other: ViewPlan, theirs: ViewColumn | None) -> str | None:
    if theirs is None:
        return f"`{ours.name}` is only in `{first.name}`"
    if ours.type != theirs.type:
        return f"`{ours.name}` is {ours.type} in `{first.name}` and {theirs.type} in `{other.name}`"
    if ours.nullable != theirs.nullable:
        strict, loose = (other, first) if ours.nullable else (first, other)
        return f"`{ours.name}` may be NULL in `{loose.name}` and not in `{strict.name}`"
    return None


def _key(first: ViewPlan, other: ViewPlan) -> list[str]:
    if set(first.key) == set(other.key):
        return []
    return [f"the key is ({', '.join(first.key)}) in `{first.name}` and ({', '.join(other.key)}) in `{other.name}`"]


def _finding(share: model.Share, first: model.View, other: model.View, differences: list[str]) -> Diagnostic:
    return Diagnostic(
        "BX310",
        f"the views of share `{share.name}` differ: {'; '.join(differences)}",
        Label(share.span, "the ends of a share must have the same columns, types and key"),
        (Label(first.span, f"`{first.name}` at {first.peer}"), Label(other.span, f"`{other.name}` at {other.peer}")),
        help="bring the views into line with keep, rename and where, or the sources with their types and `not null`",
    )
