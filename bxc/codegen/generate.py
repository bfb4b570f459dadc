"""A plan → the text of every file of `generated/<spec>/`. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Callable

from bxc.codegen.graph import graph_files
from bxc.codegen.manifest import manifest
from bxc.codegen.sql import duckdb, sqlite
from bxc.codegen.sql.files import SqlFile
from bxc.codegen.sql.names import file_name
from bxc.model import Spec
from bxc.plan import PeerPlan, Plan

Emitter = Callable[[PeerPlan, str, int], tuple[SqlFile, ...]]

EMITTERS: dict[str, Emitter] = {"sqlite": sqlite.emit, "duckdb": duckdb.emit}


def generate(
    spec: Spec, plan: Plan, engines: tuple[str, ...], peers: tuple[str, ...] | None = None
) -> tuple[SqlFile, ...]:
    """The files of a spec, with paths from its own folder: SQL by peer and engine, the cascade graph, the manifest."""
    sql = tuple(
        SqlFile(f"{file_name(peer.peer)}/{engine}/{file.path}", file.text)
        for peer in plan.peers
        if peers is None or peer.peer in peers
        for engine in engines
        for file in EMITTERS[engine](peer, plan.spec, plan.version)
    )
    files = (*sql, *graph_files(spec, plan))
    return (SqlFile("manifest.json", manifest(spec, plan, files)), *files)
