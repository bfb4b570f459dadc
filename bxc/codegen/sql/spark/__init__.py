"""A peer's plan → its files for Spark 4 on Delta tables."""

from __future__ import annotations

from bxc.codegen.sql.files import SqlFile
from bxc.codegen.sql.spark.capture import capture
from bxc.codegen.sql.spark.put import view_files
from bxc.codegen.sql.spark.schema import schema
from bxc.codegen.sql.spark.shape import Shape
from bxc.plan import PeerPlan


def emit(peer: PeerPlan, spec: str, version: int) -> tuple[SqlFile, ...]:
    """`schema.sql`, a capture script a source, and five files a view; paths are relative to `<Peer>/spark/`."""
    sources = {plan.name: plan for plan in peer.sources}
    files = [schema(peer, spec, version), *(capture(plan.source) for plan in peer.sources)]
    for view in peer.views:
        plan = sources[view.source]
        files.extend(view_files(Shape(view, plan.source, plan.referenced_by)))
    return tuple(files)
