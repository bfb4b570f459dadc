"""When a cascade happens: what its rows must make true, in the words of the spec."""

from __future__ import annotations

from bxc.codegen.expression_text import expression_text
from bxc.expr import columns, conjoin, conjuncts
from bxc.laws.intervals_effect import Effects
from bxc.laws.verdict import Edge
from bxc.plan import ViewPlan


def condition(edge: Edge, through: ViewPlan, to: ViewPlan) -> str | None:
    """The conditions of both views, by columns of the source.

    Of the other view's, those that the change can make true or untrue are left out: there a row enters or leaves.
    """
    asked = dict.fromkeys(conjuncts(through.predicate))
    effects = Effects(through).of(edge.operation, *([edge.attribute] if edge.operation == "update" else []))
    moves = not set(edge.operations) <= {"update"} and all(
        e.before is not None and e.after is not None for e in effects
    )
    writes = frozenset[str]().union(*(e.writes for e in effects)) if moves else frozenset[str]()
    asked |= dict.fromkeys(c for c in conjuncts(to.predicate) if writes.isdisjoint(columns(c)))
    whole = conjoin(list(asked))
    return None if whole is None else expression_text(whole)
