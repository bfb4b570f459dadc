"""A scenario played on a real engine with the SQL that the compiler writes → whether it happens as it says."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from pathlib import Path

from bxc import witness as w
from bxc.check.replay_steps import Emit, Recipe, UnfitError, columns_of, emitted, needed, recipe
from bxc.check.replay_values import value_of
from bxc.codegen.sql.files import SqlFile, view_path
from bxc.codegen.sql.names import quote, violations_view
from bxc.database.connection import (
    IN_MEMORY,
    Address,
    Database,
    DatabaseError,
    RefusedError,
    open_database,
    transaction,
)
from bxc.database.types import DIALECTS
from bxc.dataclass import dataclass
from bxc.model import Spec
from bxc.plan import PeerPlan, Plan
from bxc.report.model import Step
from bxc.report.witness import value_text
from bxc.types import Type

MOST_KEPT = 32  # files and databases that wait for the next scenario
MOST_SHOWN = 3

PeerKey = tuple[str, tuple[str, ...], tuple[str, ...]]


def replay(scenario: w.Scenario, spec: Spec, plan: Plan, engine: str = "sqlite", emit: Emit = emitted) -> str | None:
    """Play one scenario on a database in memory: None if it happens as it says, else what differed, in words."""
    replayer = Replayer(spec, plan, emit)
    try:
        return replayer.replay(scenario, engine)
    finally:
        replayer.close()


class Replayer:
    """Plays scenarios of one spec. Emitted files, and SQLite databases with them, are kept for the next scenario."""

    def __init__(self, spec: Spec, plan: Plan, emit: Emit = emitted) -> None:
        self.spec = spec
        self.plan = plan
        self._emit = emit
        self._files: OrderedDict[tuple[str, PeerKey], tuple[SqlFile, ...]] = OrderedDict()
        self._idle: list[tuple[PeerKey, Database]] = []

    def replay(self, scenario: w.Scenario, engine: str = "sqlite") -> str | None:
        """None if the scenario happens as it says on the engine, else what differed, in words."""
        sites: dict[str, _Site] = {}
        try:
            peers = needed(scenario, self.plan)
            steps = recipe(scenario, self.plan, engine, self.files)
            for label, peer in peers.items():
                sites[label] = self._site(label, peer, engine, steps)
            return _Play(scenario, steps, sites, self).differs()
        except UnfitError as error:
            return str(error)
        except UnicodeError:
            return "a text holds half a surrogate pair, which no database stores"
        except (DatabaseError, RefusedError) as error:
            return f"the generated files do not run: {error}"
        finally:
            for site in sites.values():
                self._leave(site)

    def files(self, engine: str, peer: PeerPlan, plan: Plan) -> tuple[SqlFile, ...]:
        """The files of a peer, emitted once."""
        key = engine, _key(peer)
        if key not in self._files:
            self._files[key] = self._emit(engine, peer, plan)
            if len(self._files) > MOST_KEPT:
                self._files.popitem(last=False)
        self._files.move_to_end(key)
        return self._files[key]

    def close(self) -> None:
        """Close the databases that were kept."""
        for _, database in self._idle:
            database.close()
        self._idle.clear()

    def _site(self, label: str, peer: PeerPlan, engine: str, steps: Recipe) -> _Site:
        """A database with the peer's files in it, and nothing else."""
        key = _key(peer)
        for index, (kept, database) in enumerate(self._idle):
            if kept == key and database.engine == engine:
                del self._idle[index]
                return _Site(label, peer, database)
        database = open_database(Address(engine, Path(IN_MEMORY)), "create")
        try:
            with transaction(database):
                _run(database, (step for step in steps.install if step.database == label))
        except BaseException:
            database.close()
            raise
        return _Site(label, peer, database)

    def _leave(self, site: _Site) -> None:
        """Undo what was played, where that can be; after an error DuckDB has only thrown away all of it."""
        site.database.rollback()
        if site.database.engine != "sqlite":
            site.database.close()
            return
        self._idle.append((_key(site.peer), site.database))
        if len(self._idle) > MOST_KEPT:
            self._idle.pop(0)[1].close()


def _key(peer: PeerPlan) -> PeerKey:
    return peer.peer, tuple(view.name for view in peer.views), tuple(source.name for source in peer.sources)


def _run(database: Database, steps: Iterable[Step]) -> None:
    for step in steps:
        step.text.encode()  # UnicodeError here; DuckDB's own error for half a surrogate pair is none of its kinds
        database.run(step.text)


@dataclass(frozen=True, slots=True)
class _Site:
    """A database of the scenario.

    On SQLite all that is played is one transaction, as a refusal there undoes only its own statement; DuckDB keeps
    nothing of a transaction in which something failed, so each put has its own.
    """

    label: str
    peer: PeerPlan
    database: Database

    @property
    def lasting(self) -> bool:
        return self.database.engine == "sqlite"

    def fill(self, steps: Iterable[Step]) -> None:
        self.database.begin()
        _run(self.database, steps)
        if not self.lasting:
            self.database.commit()

    def put(self, steps: Iterable[Step]) -> None:
        """RefusedError or DatabaseError if the put is not accepted."""
        if self.lasting:
            _run(self.database, steps)
            return
        with transaction(self.database):
            _run(self.database, steps)

    def illegal(self) -> str | None:
        """A row of a source that breaks the spec, in words."""
        for source in self.peer.sources:
            name = quote(violations_view(source.name), DIALECTS[self.database.engine])
            for row in self.database.query(f"select * from {name} limit 1").rows:
                return f"in {source.name} of {self.label} a row breaks {row[1]}: {row[-1]}"
        return None


@dataclass(frozen=True, slots=True)
class _Play:
    """A scenario with open databases."""

    scenario: w.Scenario
    steps: Recipe
    sites: dict[str, _Site]
    replayer: Replayer

    def differs(self) -> str | None:
        """The first thing that differs."""
        for label, site in self.sites.items():
            try:
                site.fill(step for step in self.steps.fill if step.database == label)
            except DatabaseError as error:
                return f"the rows of {label} cannot be: {error}"
            if broken := site.illegal():
                return f"the start is not legal: {broken}"
        return self._contents(self.scenario.before, "at the start") or self._puts() or self._end()

    def _puts(self) -> str | None:
        wanted = [None] * (len(self.scenario.puts) - 1) + [self.scenario.refused]
        if not self.scenario.puts:
            return f"there is no put that could be refused with {wanted[0]}" if wanted[0] else None
        for put, steps, code in zip(self.scenario.puts, self.steps.puts, wanted, strict=True):
            what = f"the put through {put.view} of {put.database}"
            try:
                self.sites[put.database].put(steps)
            except RefusedError as error:
                if error.code != code:
                    hoped = f"not with {code}" if code else "though it is to be accepted"
                    return f"{what} is refused with {error.code}, {hoped}: {error}"
            except DatabaseError as error:
                return f"{what} fails without a code: {error}"
            else:
                if code is not None:
                    return f"{what} is accepted, not refused with {code}"
        return None

    def _end(self) -> str | None:
        for site in self.sites.values():
            if broken := site.illegal():
                return f"the end is not legal: {broken}"
        return self._contents(self.scenario.after, "at the end")

    def _contents(self, contents: Iterable[w.Content], when: str) -> str | None:
        for content in contents:
            site = self.sites[content.database]
            columns = columns_of(site.peer, content.relation)
            wanted, found = Counter(content.rows), Counter(self._rows(site, content.relation, columns))
            lacking, more = list((wanted - found).elements()), list((found - wanted).elements())
            if lacking or more:
                parts = [f"lacks {_rows_text(lacking, columns)}"] if lacking else []
                parts += [f"has {_rows_text(more, columns)} as well"] if more else []
                return f"{content.relation} of {content.database} {when} {' and '.join(parts)}"
        return None

    def _rows(self, site: _Site, relation: str, columns: dict[str, Type]) -> list[w.Row]:
        """What a view's get, or a source, holds now."""
        engine = site.database.engine
        if any(view.name == relation for view in site.peer.views):
            files = self.replayer.files(engine, site.peer, self.replayer.plan)
            query = next(file.text for file in files if file.path == view_path(relation, "get"))
        else:
            dialect = DIALECTS[engine]
            query = f"select {', '.join(quote(c, dialect) for c in columns)} from {quote(relation, dialect)}"
        types = list(columns.values())
        return [
            tuple(value_of(value, type_, engine) for value, type_ in zip(row, types, strict=True))
            for row in site.database.query(query).rows
        ]


def _rows_text(rows: list[w.Row], columns: dict[str, Type]) -> str:
    types = list(columns.values())
    texts = [
        f"({', '.join(value_text(value, type_) for value, type_ in zip(row, types, strict=False))})"
        for row in rows[:MOST_SHOWN]
    ]
    if len(rows) > MOST_SHOWN:
        texts.append(f"{len(rows) - MOST_SHOWN} more")
    return ", ".join(texts)
