"""All that is to be proved of rights and cascades of a spec."""

from __future__ import annotations

from bxc import model
from bxc.laws.circle import circle_obligations
from bxc.laws.overlap import overlaps
from bxc.laws.rights import rights_obligations
from bxc.laws.verdict import Obligation
from bxc.plan import Plan


def cascade_obligations(spec: model.Spec, plan: Plan) -> tuple[Obligation, ...]:
    """Rights, then Overlap (with CascadeRights and OneWriter), then CascadeEnds."""
    found = tuple(overlaps(spec, plan))
    return (*rights_obligations(spec, plan), *found, *circle_obligations(spec, plan, found))
