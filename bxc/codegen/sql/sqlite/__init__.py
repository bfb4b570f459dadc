"""A peer's plan → its files for SQLite 3.40 and later."""

from __future__ import annotations

from bxc.codegen.sql.files import SqlFile
from bxc.codegen.sql.sqlite.schema import schema
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.view import view_files
from bxc.plan import PeerPlan


def emit(peer: PeerPlan, spec: str, version: int) -> tuple[SqlFile, ...]:
    """`schema.sql`, and five files a view; paths are relative to `<Peer>/sqlite/`."""
    sources = {plan.name: plan for plan in peer.sources}
    shapes = [Shape(view, sources[view.source].source, sources[view.source].referenced_by) for view in peer.views]
    shared = {shape.source.name for shape in shapes if shape.plan.shares}
    files = [SqlFile("schema.sql", schema(peer, shapes, spec, version))]
    for shape in shapes:
        files += view_files(shape, judged=shape.source.name in shared)
    return tuple(files)
