"""A spec → all that has to be proved of it, in the order in which it is told."""

from __future__ import annotations

from bxc.laws.puts import put_obligations
from bxc.laws.verdict import Obligation
from bxc.model import Spec
from bxc.plan import Plan


def obligations(spec: Spec, plan: Plan) -> tuple[Obligation, ...]:
    """The obligations of a spec without errors; the same spec gives the same ones in the same order."""
    return put_obligations(spec, plan)
