"""The intervals that decide most pairs of views against the solver: where they keep two apart, no row is in both."""

from __future__ import annotations

from random import Random

import pytest
from properties.specs import random_spec
from test_graph_sound import planned

from bxc.expr import conjuncts
from bxc.laws import term as t
from bxc.laws.end import End
from bxc.laws.intervals import meet, region
from bxc.laws.intervals_effect import Effects
from bxc.laws.intervals_reach import NOTHING, Change, Reach
from bxc.laws.overlap_edit import arrival, seen
from bxc.laws.solver import Budget, Nothing, Solver
from bxc.laws.table import row_legal, symbolic_row, visible
from bxc.plan import PeerPlan, ViewPlan


def pairs(peer: PeerPlan) -> list[tuple[ViewPlan, ViewPlan]]:
    """The pairs of views with a key over one source."""
    views = [view for view in peer.views if view.key]
    return [(a, b) for a in views for b in views if a.source == b.source]


@pytest.mark.parametrize("seed", range(8))
def test_no_row_is_in_two_views_whose_regions_do_not_meet(seed: int) -> None:
    solver = Solver(Budget(2_000))
    apart = 0
    for number in range(12):
        _, peer = planned(random_spec(Random(100 * seed + number)))
        for a, b in pairs(peer):
            if meet(region(conjuncts(a.predicate)), region(conjuncts(b.predicate))):
                continue
            source = peer.source(a.source).source
            row = symbolic_row(source, f"{seed}.{number}", frozenset(c.name for c in source.columns))
            answer = solver.ask(row_legal(source, row), visible(a, row), visible(b, row))
            assert isinstance(answer, Nothing), (seed, number, a.name, b.name)
            apart += 1
    assert apart


@pytest.mark.parametrize("seed", range(3))
def test_the_solver_finds_no_change_that_intervals_exclude(seed: int) -> None:
    excluded = 0
    for number in range(3):
        _, peer = planned(random_spec(Random(7_000 + 100 * seed + number), most_views=4))
        for view, other in pairs(peer):
            for operation, attribute in (("insert", ""), ("delete", ""), *(("update", c.name) for c in view.stored)):
                excluded += check(peer, view, other, operation, attribute)
    assert excluded


def check(peer: PeerPlan, view: ViewPlan, other: ViewPlan, operation: str, attribute: str) -> int:
    """Ask for every change of ``other`` that the intervals exclude; how many there were."""
    change: Change = NOTHING
    for effect in Effects(view).of(operation, *([attribute] if attribute else [])):
        change |= Reach(other).changed_by(effect, same_view=view.name == other.name)
    with t.arena():
        arriving = arrival(End(peer, view), [other], [], operation, attribute, frozenset())
        asked = [
            (o, a, term)
            for o, a, term in seen(arriving, other)
            if o not in change.operations or (a and a not in change.attributes)
        ]
        solver = Solver(Budget(2_000))
        solver.add(*arriving.facts)
        for o, a, term in asked:
            assert isinstance(solver.ask(term), Nothing), (view.name, operation, attribute, other.name, o, a)
    return len(asked)
