"""All that is to be proved of the cascades of a spec."""

from __future__ import annotations

from bxc import model
from bxc.laws.circle import circle_obligations
from bxc.laws.overlap import overlaps
from bxc.laws.verdict import Obligation
from bxc.plan import Plan


def cascade_obligations(spec: model.Spec, plan: Plan) -> tuple[Obligation, ...]:
    """Overlap (with CascadeRights and OneWriter), then CascadeEnds."""
    found = tuple(overlaps(spec, plan))
    return (*found, *circle_obligations(spec, plan, found))
