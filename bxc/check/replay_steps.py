"""A scenario and a plan → the scripts that make it happen on an engine, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from importlib import import_module

from bxc import witness as w
from bxc.codegen.sql.dialect import Dialect, text_literal
from bxc.codegen.sql.files import SqlFile, capture_path, view_path
from bxc.codegen.sql.names import SESSION, change_table, delta_table, file_name, old_column, quote
from bxc.database.types import DIALECTS, EMBEDDED
from bxc.dataclass import dataclass
from bxc.expr import Literal
from bxc.plan import PeerPlan, Plan, ViewPlan
from bxc.report.model import Step
from bxc.types import Type

ENGINES = EMBEDDED

Emit = Callable[[str, PeerPlan, Plan], tuple[SqlFile, ...]]
"""Engine, peer and plan → the peer's files, with paths from `<Peer>/<engine>/`."""

Columns = Mapping[str, Type]


class UnfitError(Exception):
    """A scenario speaks of what the spec does not have; the text says of what."""


def emitted(engine: str, peer: PeerPlan, plan: Plan) -> tuple[SqlFile, ...]:
    """What the compiler writes for a peer."""
    files: tuple[SqlFile, ...] = import_module(f"bxc.codegen.sql.{engine}").emit(peer, plan.spec, plan.version)
    return files


# --- what of a peer a scenario needs --------------------------------------------------------------------------------


def needed(scenario: w.Scenario, plan: Plan) -> dict[str, PeerPlan]:
    """By database, its peer's plan cut down to the relations that matter; UnfitError if one is not there.

    Those are the views that are named, and the sources from which a put could be refused: those of the views, those
    named, and whatever is tied to them by foreign keys.
    """
    peers = {peer.peer: peer for peer in plan.peers}
    found: dict[str, PeerPlan] = {}
    for database in scenario.databases:
        if database.peer not in peers:
            raise UnfitError(f"there is no peer {database.peer} with a source")
        if database.label in found:
            raise UnfitError(f"two databases are called {database.label}")
        named = {rows.source for rows in database.sources}
        named |= {put.view for put in scenario.puts if put.database == database.label}
        contents = (*scenario.before, *scenario.after)
        named |= {content.relation for content in contents if content.database == database.label}
        found[database.label] = _cut(peers[database.peer], named)
    labels = [put.database for put in scenario.puts]
    labels += [content.database for content in (*scenario.before, *scenario.after)]
    for label in labels:
        if label not in found:
            raise UnfitError(f"there is no database {label}")
    return found


def _cut(peer: PeerPlan, named: set[str]) -> PeerPlan:
    views = tuple(view for view in peer.views if view.name in named)
    known = {source.name for source in peer.sources}
    if lacking := sorted(named - known - {view.name for view in views}):
        raise UnfitError(f"{peer.peer} has no source or view {lacking[0]}")
    tied = {source.name: set[str]() for source in peer.sources}
    for source in peer.sources:
        for key in source.source.foreign_keys:
            tied[source.name].add(key.target)
            tied[key.target].add(source.name)
    reached = (named & known) | {view.source for view in views}
    waiting = list(reached)
    while waiting:
        for other in tied[waiting.pop()] - reached:
            reached.add(other)
            waiting.append(other)
    return replace(peer, views=views, sources=tuple(s for s in peer.sources if s.name in reached))


def columns_of(peer: PeerPlan, relation: str) -> dict[str, Type]:
    """The columns of a source or view with their types, in order."""
    for view in peer.views:
        if view.name == relation:
            return {column.name: column.type for column in view.columns}
    return {column.name: column.type for column in peer.source(relation).source.columns}


# --- scripts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recipe:
    """``install`` makes the databases, ``fill`` gives them rows; ``puts`` has the steps of each put's transaction."""

    install: tuple[Step, ...]
    fill: tuple[Step, ...]
    puts: tuple[tuple[Step, ...], ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of it in order."""
        return (*self.install, *self.fill, *(step for put in self.puts for step in put))


def recipe(scenario: w.Scenario, plan: Plan, engine: str, emit: Emit = emitted) -> Recipe:
    """The scripts of a scenario; UnfitError if it does not fit the plan."""
    peers = needed(scenario, plan)
    files = {label: paths(engine, peer, emit(engine, peer, plan)) for label, peer in peers.items()}
    install: list[Step] = []
    fill: list[Step] = []
    for database in scenario.databases:
        peer = peers[database.label]
        install += [Step(database.label, *files[database.label](path)) for path in installed(peer)]
        text = rows_script(peer, database, engine)
        fill += [Step(database.label, text)] if text else []
        fill += _settled(database, engine, files[database.label])
    puts = []
    for put in scenario.puts:
        view = _view(peers[put.database], put.view)
        file = files[put.database]
        before = [Step(put.database, *file(capture_path(view.source)))] if engine == "duckdb" else []
        staged = Step(put.database, stage_script(view, put, engine))
        puts.append((*before, staged, Step(put.database, *file(view_path(view.name, "put_delta")))))
    return Recipe(tuple(install), tuple(fill), tuple(puts))


def paths(engine: str, peer: PeerPlan, files: Iterable[SqlFile]) -> Callable[[str], tuple[str, str]]:
    """What finds a peer's file by its path: its text, and its path below `generated/<spec>/`."""
    texts = {file.path: file.text for file in files}
    return lambda path: (texts[path], f"{file_name(peer.peer)}/{engine}/{path}")


def installed(peer: PeerPlan) -> tuple[str, ...]:
    """The paths of the files that make a peer's sources and views, in order."""
    return ("schema.sql", *(view_path(view.name) for view in peer.views))


def rows_script(peer: PeerPlan, database: w.Database, engine: str) -> str:
    """Fills the sources. No right is asked for, and foreign keys are looked at when all rows are there."""
    given = {rows.source: rows.rows for rows in database.sources if rows.rows}
    inserts = [
        insert(name, tuple(columns_of(peer, name)), _literals(columns_of(peer, name), given[name], engine), engine)
        for name in _load_order(peer)
        if name in given
    ]
    if engine != "sqlite" or not inserts:
        return "\n".join(inserts)
    clear = [f"delete from {quote(change_table(name), DIALECTS[engine])};\n" for name in given]
    return "\n".join(
        [
            "pragma defer_foreign_keys = on;\n",
            f"update {SESSION} set loading = 1;\n",
            *inserts,
            f"update {SESSION} set loading = 0;\n",
            "-- rows that were there at the start are no edits\n" + "".join(clear),
            "pragma defer_foreign_keys = off;\n",
        ]
    )


def _settled(database: w.Database, engine: str, file: Callable[[str], tuple[str, str]]) -> tuple[Step, ...]:
    """On an engine that finds edits by comparison: take note of the rows, which are no edits."""
    if engine == "sqlite":
        return ()
    filled = [rows.source for rows in database.sources if rows.rows]
    captures = [Step(database.label, *file(capture_path(name))) for name in filled]
    clear = "".join(f"delete from {quote(change_table(name), DIALECTS[engine])};\n" for name in filled)
    return (*captures, *([Step(database.label, clear)] if clear else []))


def stage_script(view: ViewPlan, put: w.Put, engine: str) -> str:
    """Stages a put's delta in the place of whatever was staged."""
    columns = {column.name: column.type for column in view.columns}
    dialect = DIALECTS[engine]
    rows = []
    for edit in put.edits:
        key = _row({name: columns[name] for name in view.key}, edit.old_key, dialect)
        rows.append((text_literal(edit.operation), *key, *_row(columns, edit.row, dialect)))
    names = ("bxc_op", *map(old_column, view.key), *columns)
    table = delta_table(view.name)
    return f"delete from {quote(table, dialect)};\n" + (insert(table, names, rows, engine) if rows else "")


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[str]], engine: str) -> str:
    """One INSERT of rows of constants."""
    dialect = DIALECTS[engine]
    names = ", ".join(quote(column, dialect) for column in columns)
    values = ",\n".join(f"  ({', '.join(row)})" for row in rows)
    return f"insert into {quote(table, dialect)} ({names}) values\n{values};\n"


def _literals(columns: Columns, rows: Sequence[w.Row], engine: str) -> list[tuple[str, ...]]:
    return [_row(columns, row, DIALECTS[engine]) for row in rows]


def _row(columns: Columns, row: w.Row | None, dialect: Dialect) -> tuple[str, ...]:
    if row is None:
        return ("null",) * len(columns)
    if len(row) != len(columns):
        raise UnfitError(f"a row has {len(row)} values, not {len(columns)}: {', '.join(columns)}")
    return tuple(dialect.literal(Literal(value, type_)) for value, type_ in zip(row, columns.values(), strict=True))


def _view(peer: PeerPlan, name: str) -> ViewPlan:
    for view in peer.views:
        if view.name == name:
            return view
    raise UnfitError(f"{peer.peer} has no view {name}")


def _load_order(peer: PeerPlan) -> list[str]:
    """Sources with those that they refer to first, where that can be."""
    graph = {s.name: {k.target for k in s.source.foreign_keys if k.target != s.name} for s in peer.sources}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:
        return [source.name for source in peer.sources]
