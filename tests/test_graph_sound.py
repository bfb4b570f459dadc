"""The cascade graph against the evaluator of `docs/semantics.md`: an edge foretells what a put changes elsewhere."""

from __future__ import annotations

from functools import reduce
from operator import or_
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from properties.contents import random_database
from properties.deltas import random_delta
from properties.evaluator import Staged, difference, key_of, put_delta, shown
from properties.expressions import Row, same
from properties.specs import SpecText, random_spec
from properties.stack import Stack
from resolving import resolved

from bxc import model
from bxc.diagnostic import Severity
from bxc.flatten import flatten
from bxc.laws.intervals_effect import Effects
from bxc.laws.intervals_reach import NOTHING, Change, Reach, Reaches
from bxc.plan import PeerPlan, ViewPlan


def planned(spec: SpecText) -> tuple[model.Spec, PeerPlan]:
    """The spec without the views that the compiler refuses."""
    pieces = [spec.head, *spec.views]
    while True:
        text = "\n".join(pieces) + "\n"
        found, wrong = resolved(text)
        plan = None
        if found is not None:
            plan, more = flatten(found)
            wrong = [*wrong, *more]
        errors = [d for d in wrong if d.severity is Severity.ERROR]
        if not errors:
            assert found is not None
            assert plan is not None
            return found, next(peer for peer in plan.peers if peer.peer == "P")
        starts = [0]
        for piece in pieces:
            starts.append(starts[-1] + len(piece) + 1)
        bad = {max(i for i, start in enumerate(starts[:-1]) if start <= d.primary.span.start) for d in errors}
        pieces = [piece for index, piece in enumerate(pieces) if index not in bad]


def rights_used(stack: Stack, rows: list[Row], staged: Staged) -> set[tuple[str, str]]:
    """The rights that a staged row needs; none for one that changes nothing."""
    if staged.op != "update":
        return {(staged.op, "")}
    before = next((row for row in rows if key_of(stack, row) == staged.old), None)
    return {("update", name) for name, value in staged.row.items() if before and not same(before[name], value)}


def foretold(view: ViewPlan, other: ViewPlan, right: tuple[str, str]) -> Change:
    """What a right can cause."""
    change = NOTHING
    for effect in Effects(view).of(*right):
        change |= Reach(other).changed_by(effect, same_view=view.name == other.name)
    return change


def seen(stack: Stack, before: list[Row], after: list[Row]) -> Change:
    """What a view underwent. A rename shows as a delete and an insert."""
    delta = difference(stack, before, after)
    olds = {key_of(stack, row): row for row in before}
    attributes = {
        name
        for staged in delta
        if staged.op == "update"
        for name, value in staged.row.items()
        if not same(olds[staged.old][name], value)
    }
    return Change(frozenset(staged.op for staged in delta), frozenset(attributes))


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_no_view_changes_without_an_edge(seed: int) -> None:
    random = Random(seed)
    spec, peer = planned(random_spec(random))
    stacks = {view.name: Stack(spec, view.name) for view in peer.views if view.key}
    plans = {view.name: view for view in peer.views if view.key and stacks[view.name].key}
    for _ in range(4):
        database = random_database(spec, random)
        for name, view in plans.items():
            delta = random_delta(stacks[name], database, random)
            if not delta:
                continue
            staged = [random.choice(delta)]
            outcome = put_delta(spec, name, database, staged)
            if outcome.after is None:
                continue
            rights = rights_used(stacks[name], shown(stacks[name], database), staged[0])
            for other_name, other in plans.items():
                if other.source != view.source:
                    continue
                stack = stacks[other_name]
                found = seen(stack, shown(stack, database), shown(stack, outcome.after))
                can = reduce(or_, (foretold(view, other, right) for right in rights), NOTHING)
                if not can.attributes.isdisjoint(other.key):
                    can |= Change(frozenset({"insert", "delete"}))  # a rename shows as both
                assert found.operations <= can.operations, (name, other_name, staged, rights)
                assert found.attributes <= can.attributes, (name, other_name, staged, rights)


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_looking_up_views_by_pinned_constants_misses_none(seed: int) -> None:
    _, peer = planned(random_spec(Random(seed)))
    views = [view for view in peer.views if view.key]
    for view in views:
        beside = [other for other in views if other.source == view.source]
        rights = [("insert", ""), ("delete", ""), *(("update", column.name) for column in view.columns)]
        for right in rights:
            caused = Effects(view).of(*right)
            expected = [(other.name, foretold(view, other, right)) for other in beside]
            found = [(other.name, change) for other, change in Reaches(beside).changed_by(caused, view)]
            assert found == [(name, change) for name, change in expected if change.operations]
