"""A spec → all that has to be proved of it, in the order in which it is told."""

from __future__ import annotations

from bxc.laws.cascade import cascade_obligations
from bxc.laws.ends import agreeing
from bxc.laws.puts import put_obligations
from bxc.laws.rights import rights_obligations
from bxc.laws.verdict import Obligation
from bxc.model import Spec
from bxc.plan import Plan


def obligations(spec: Spec, plan: Plan) -> tuple[Obligation, ...]:
    """The obligations of a spec, as far as its views are in the plan; the same spec gives the same, in one order."""
    sound = agreeing(spec, plan)
    return (*rights_obligations(spec, plan), *put_obligations(sound, plan), *cascade_obligations(sound, plan))
