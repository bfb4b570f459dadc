"""A peer's plan → its files for DuckDB 2."""

from __future__ import annotations

from bxc.codegen.sql.duckdb.put import view_files
from bxc.codegen.sql.duckdb.schema import capture, schema
from bxc.codegen.sql.duckdb.shape import Shape
from bxc.codegen.sql.files import SqlFile
from bxc.plan import PeerPlan


def emit(peer: PeerPlan, spec: str, version: int) -> tuple[SqlFile, ...]:
    """`schema.sql`, a capture script a source, and five files a view; paths are relative to `<Peer>/duckdb/`."""
    sources = {plan.name: plan for plan in peer.sources}
    files = [schema(peer, spec, version), *(capture(plan.source) for plan in peer.sources)]
    for view in peer.views:
        plan = sources[view.source]
        files.extend(view_files(Shape(view, plan.source, plan.referenced_by)))
    return tuple(files)
