"""The obligations about the SQL that would be emitted: each view's put on each engine."""

from __future__ import annotations

from importlib import import_module

from bxc.codegen.sql.files import SqlFile
from bxc.database.types import DIALECTS
from bxc.plan import PeerPlan, Plan
from bxc.validate.laws import Translated


def statement_obligations(plan: Plan) -> tuple[Translated, ...]:
    """All of them, in the order of peers, views and engines; a view without a key takes no puts."""

    def emit(engine: str, peer: PeerPlan) -> tuple[SqlFile, ...]:
        files: tuple[SqlFile, ...] = import_module(f"bxc.codegen.sql.{engine}").emit(peer, plan.spec, plan.version)
        return files

    return tuple(
        Translated(engine, peer, view.name, emit)
        for peer in plan.peers
        for view in peer.views
        if view.key
        for engine in DIALECTS
    )
