"""Overlaps of random specs of every kind: whatever a put of one row does elsewhere is proved to be possible."""

from __future__ import annotations

from random import Random

import pytest
from properties.contents import random_database
from properties.deltas import random_delta
from properties.evaluator import Outcome, Staged, put_delta, shown
from properties.expressions import Row, same
from properties.specs import random_spec
from properties.stack import Stack
from test_graph_sound import planned, rights_used, seen

from bxc.laws import term as t
from bxc.laws.end import End
from bxc.laws.overlap_edit import arrival
from bxc.laws.overlap_edit import seen as goals_of
from bxc.laws.solver import Budget, Nothing, Solver
from bxc.plan import PeerPlan, ViewPlan

Goals = set[tuple[str, str]]


def observed(stack: Stack, other: ViewPlan, rows: list[Row], outcome: Outcome) -> Goals:
    """What a keyed view underwent, row by row."""
    moves = [(rows[index], after) for index, after in outcome.effects.items()]
    pairs = [(stack.show(a)[0], None if b is None else stack.show(b)[0]) for a, b in moves]
    pairs += [(None, stack.show(row)[0]) for row in outcome.created]
    found: Goals = set()
    for old, new in pairs:
        if old is None and new is not None:
            found.add(("insert", ""))
        elif new is None and old is not None:
            found.add(("delete", ""))
        elif old is not None and new is not None:
            found |= {("update", name) for name in old if not same(old[name], new[name])}
    return found


class Possible:
    """What a right on a view can do to others, asked once."""

    def __init__(self, peer: PeerPlan) -> None:
        self.peer = peer
        self.known: dict[tuple[str, str, str, str], Goals] = {}

    def of(self, view: ViewPlan, other: ViewPlan, operation: str, attribute: str) -> Goals:
        key = view.name, other.name, operation, attribute
        if key not in self.known:
            with t.arena():
                also = frozenset(c.name for c in view.computed)
                arriving = arrival(End(self.peer, view), [other], [], operation, attribute, also)
                solver = Solver(Budget(3_000))
                solver.add(*arriving.facts)
                self.known[key] = {
                    (o, a) for o, a, term in goals_of(arriving, other) if not isinstance(solver.ask(term), Nothing)
                }
        return self.known[key]


@pytest.mark.parametrize("seed", range(6))
def test_what_a_put_of_one_row_does_to_other_views_is_proved_possible(seed: int) -> None:
    compared = 0
    for number in range(8):
        random = Random(1_000 * seed + number)
        spec, peer = planned(random_spec(random))
        possible = Possible(peer)
        plans = {view.name: view for view in peer.views if view.key}
        stacks = {name: Stack(spec, name) for name in plans}
        for _ in range(3):
            database = random_database(spec, random)
            for name, view in plans.items():
                delta = random_delta(stacks[name], database, random)
                if not delta:
                    continue
                staged: list[Staged] = [random.choice(delta)]
                outcome = put_delta(spec, name, database, staged)
                rights = rights_used(stacks[name], shown(stacks[name], database), staged[0])
                stored = {r for r in rights if r[0] != "update" or view.column(r[1]).source is not None}
                if outcome.after is None or len(stored) != 1:
                    continue
                (right,) = stored
                for other_name, other in plans.items():
                    if other.source != view.source:
                        continue
                    stack = stacks[other_name]
                    if other.grouped and other_name != name:
                        change = seen(stack, shown(stack, database), shown(stack, outcome.after))
                        found = {(o, "") for o in change.operations - {"update"}}
                        found |= {("update", a) for a in change.attributes}
                    else:
                        found = observed(stack, other, database[view.source], outcome)
                    assert found <= possible.of(view, other, *right), (seed, number, name, other_name, staged)
                    compared += bool(found)
    assert compared
