"""A peer's plan → its files for PostgreSQL 15 and later."""

from __future__ import annotations

from bxc.codegen.sql.files import SqlFile
from bxc.codegen.sql.postgres.files import view_files
from bxc.codegen.sql.postgres.roles import role_name
from bxc.codegen.sql.postgres.schema import schema
from bxc.codegen.sql.postgres.shape import Shape
from bxc.plan import PeerPlan


def emit(peer: PeerPlan, spec: str, version: int) -> tuple[SqlFile, ...]:
    """`schema.sql`, and five files a view; paths are relative to `<Peer>/postgres/`."""
    sources = {plan.name: plan for plan in peer.sources}
    shapes = [Shape(view, sources[view.source].source, sources[view.source].referenced_by) for view in peer.views]
    shared = {shape.source.name for shape in shapes if shape.plan.shares}
    files = [schema(peer, shapes, spec, version)]
    for shape in shapes:
        files += view_files(shape, role_name(spec, peer.peer), judged=shape.source.name in shared)
    return tuple(files)
