"""A plan → the text of every file of `generated/<spec>/`. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from bxc.codegen.graph import graph_files
from bxc.codegen.manifest import File, manifest
from bxc.codegen.solidity import Contract, contract
from bxc.codegen.solidity_limits import has_contract
from bxc.codegen.sql.files import SqlFile
from bxc.codegen.sql.names import file_name
from bxc.laws.verdict import Edge
from bxc.model import Spec
from bxc.plan import PeerPlan, Plan


def generate(
    spec: Spec,
    plan: Plan,
    engines: tuple[str, ...],
    peers: tuple[str, ...] | None = None,
    more: Sequence[File] = (),
    overlaps: Iterable[Edge] | None = None,
    compiled: Callable[[Contract], Sequence[File]] | None = None,
) -> tuple[SqlFile, ...]:
    """The files of a spec, with paths from its own folder: SQL by peer and engine, graph, contract, manifest.

    ``more`` are files made elsewhere, for the manifest to list. ``overlaps`` are the edges of the cascade graph, where
    they have been proved. ``compiled`` gives the files that a compiler makes of the contract; without it,
    and in a spec without shares or with too many, there is none.
    """
    sql = tuple(
        SqlFile(f"{file_name(peer.peer)}/{engine}/{file.path}", file.text)
        for peer in plan.peers
        if peers is None or peer.peer in peers
        for engine in engines
        for file in _emit(engine, peer, plan)
    )
    made: list[File] = [*graph_files(spec, plan, overlaps), *more]
    if compiled is not None and has_contract(spec):
        source = contract(spec, plan)
        made += [source, *compiled(source)]
    files = (*sql, *(SqlFile(file.path, file.text) for file in made))
    return (SqlFile("manifest.json", manifest(spec, plan, files)), *files)


def _emit(engine: str, peer: PeerPlan, plan: Plan) -> tuple[SqlFile, ...]:
    """The files of the engine's own package, `bxc.codegen.sql.<engine>`; only the engines asked for are imported."""
    files: tuple[SqlFile, ...] = import_module(f"bxc.codegen.sql.{engine}").emit(peer, plan.spec, plan.version)
    return files
