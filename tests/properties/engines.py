"""The emitted files in real engines, in memory: rows in, puts run as files, rows and refusals out."""

from __future__ import annotations

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import duckdb

from bxc import model as m
from bxc import types as t
from bxc.types import Value

from .evaluator import Database, Staged, Unfit
from .expressions import Row, same
from .pipeline import Compiled
from .stack import Stack


class RefusalError(Exception):
    """An engine's refusal of a put or an edit: the code and the whole text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class OwnRefusalError(RefusalError):
    """An engine's own refusal of an edit of a view: the codes that it may stand for."""

    def __init__(self, codes: set[str], text: str) -> None:
        super().__init__(min(codes), text)
        self.codes = codes


def q(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def statements(script: str) -> Iterator[str]:
    """The statements of a SQLite script."""
    statement = ""
    for part in re.split(r"(?<=;)", script):
        statement += part
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert not re.sub(r"--.*", "", statement).strip(), f"no end of statement: {statement}"


class Engine(ABC):
    """One peer's database. Subclasses speak to an engine; values are as in `bxc.types`."""

    name: str
    triggers: bool
    """Whether edits made by hand are captured and judged at once, and views can be edited."""

    def __init__(self, compiled: Compiled, peer: str) -> None:
        self.compiled = compiled
        self.spec = compiled.spec
        self.peer = peer
        self.stacks = {view.name: Stack(compiled.spec, view.name) for view in compiled.spec.views if view.peer == peer}
        self.sources = [source for source in compiled.spec.sources if source.peer == peer]
        for script in compiled.bundle.install_script(peer, self.name):
            self.run(script)

    # --- what subclasses do -------------------------------------------------------------------------------------------

    @abstractmethod
    def run(self, script: str) -> None: ...

    @abstractmethod
    def execute(self, sql: str, values: Sequence[object] = ()) -> None: ...

    @abstractmethod
    def query(self, sql: str) -> list[tuple[object, ...]]: ...

    @abstractmethod
    def to_engine(self, value: object, type_: t.Type) -> object: ...

    @abstractmethod
    def from_engine(self, value: object, type_: t.Type) -> Value: ...

    @abstractmethod
    def close(self) -> None: ...

    # --- rows ---------------------------------------------------------------------------------------------------------

    def insert(self, table: str, types: dict[str, t.Type], rows: Iterable[dict[str, object]]) -> None:
        """Inserts rows in one statement."""
        listed = list(rows)
        if listed:
            marks = "(" + ", ".join("?" * len(types)) + ")"
            sql = f"insert into {q(table)} ({', '.join(map(q, types))}) values {', '.join([marks] * len(listed))}"
            self.execute(sql, [self.to_engine(row[name], type_) for row in listed for name, type_ in types.items()])

    def read(self, sql: str, types: dict[str, t.Type]) -> list[Row]:
        return [
            {name: self.from_engine(v, type_) for v, (name, type_) in zip(row, types.items(), strict=True)}
            for row in self.query(sql)
        ]

    def select(self, table: str, types: dict[str, t.Type]) -> list[Row]:
        return self.read(f"select {', '.join(map(q, types))} from {q(table)}", types)

    def source_types(self, source: m.Source) -> dict[str, t.Type]:
        return {column.name: column.type for column in source.columns}

    def view_types(self, view: str) -> dict[str, t.Type]:
        return {column.name: column.type for column in self.stacks[view].top.view.columns}

    @abstractmethod
    def load(self, database: Database) -> None:
        """Makes the sources hold these rows, as if they always had."""

    def database(self) -> Database:
        """The content of all sources."""
        return {source.name: self.select(source.name, self.source_types(source)) for source in self.sources}

    def view(self, view: str) -> list[Row]:
        """The rows of a view."""
        return self.select(view, self.view_types(view))

    def get(self, view: str) -> list[Row]:
        """The rows that a view's get file gives."""
        return self.read(self.compiled.bundle.script(self.peer, self.name, view, "get"), self.view_types(view))

    # --- puts ---------------------------------------------------------------------------------------------------------

    def can_stage(self, value: object) -> bool:
        """Whether the engine takes a value into a staging table at all."""
        return not isinstance(value, Unfit) or getattr(value, self.name) is not None

    def stage(self, view: str, delta: Sequence[Staged]) -> None:
        types = self.delta_types(view)
        key = self.stacks[view].key
        rows: list[dict[str, object]] = []
        for staged in delta:
            old = {f"bxc_old_{name}": v for name, v in zip(key, staged.old, strict=True)}
            rows.append({"bxc_op": staged.op, **old, **staged.row})
        self.insert(f"bxc_delta_{view}", types, rows)

    def delta_types(self, view: str) -> dict[str, t.Type]:
        types = self.view_types(view)
        return {"bxc_op": t.Text(), **{f"bxc_old_{name}": types[name] for name in self.stacks[view].key}, **types}

    def stage_whole(self, view: str, content: Sequence[Row]) -> None:
        self.insert(f"bxc_new_{view}", self.view_types(view), [dict(row) for row in content])

    def clear_staging(self, view: str) -> None:
        self.execute(f"delete from {q('bxc_delta_' + view)}")
        self.execute(f"delete from {q('bxc_new_' + view)}")

    def violations(self, view: str) -> list[Row]:
        """What the violations view lists for what is staged."""
        types = self.view_types(view)
        key = {name: types[name] for name in self.stacks[view].key}
        columns = {"bxc_code": t.Text(), "bxc_staged": t.Text(), **key, "bxc_detail": t.Text()}
        return self.select(f"bxc_violations_{view}", columns)

    def put(self, view: str, action: str = "put_delta") -> None:
        """Runs a put file; RefusalError if it is refused."""
        self.run(self.compiled.bundle.script(self.peer, self.name, view, action))

    def capture(self) -> None:
        """Captures edits made outside, where the engine needs it."""
        for source in self.sources:
            script = self.compiled.bundle.capture_script(self.peer, self.name, source.name)
            if script is not None:
                self.run(script)

    def captured(self) -> int:
        """How many edits are captured."""
        tables = [q("bxc_change_" + source.name) for source in self.sources]
        return sum(int(str(self.query(f"select count(*) from {table}")[0][0])) for table in tables)

    def forget(self) -> None:
        """Forgets what is captured."""
        for source in self.sources:
            self.execute(f"delete from {q('bxc_change_' + source.name)}")

    def changes(self, view: str) -> list[Staged]:
        """What the changes file gives."""
        types = self.delta_types(view)
        key = [f"bxc_old_{name}" for name in self.stacks[view].key]
        rows = self.read(self.compiled.bundle.script(self.peer, self.name, view, "changes"), types)
        columns = self.stacks[view].columns
        return [
            Staged(str(row["bxc_op"]), tuple(row[name] for name in key), {name: row[name] for name in columns})
            for row in rows
        ]

    @abstractmethod
    def watch(self, source: str) -> None:
        """Begins to note rows of a source that are written, be it with the values that they had."""

    @abstractmethod
    def written(self, source: str) -> int:
        """How many rows were written since `watch`, as far as the engine tells; ends the watch."""

    def edit_view(self, view: str, old: Row | None, staged: Staged) -> None:
        """INSERT, UPDATE or DELETE on the view itself."""
        before = None if staged.op == "insert" else old
        after = None if staged.op == "delete" else staged.row
        self.write(view, self.view_types(view), self.stacks[view].key, before, after)

    def begin(self) -> None:
        self.execute("begin")

    def commit(self) -> None:
        self.execute("commit")

    def rollback(self) -> None:
        self.execute("rollback")

    def edit(self, source: m.Source, before: Row | None, after: Row | None) -> None:
        """Edits one row of a source directly."""
        self.write(source.name, self.source_types(source), source.primary_key, before, after)

    def write(
        self, table: str, types: dict[str, t.Type], key: Sequence[str], before: Row | None, after: Row | None
    ) -> None:
        """One INSERT, UPDATE or DELETE of the row with this key, on a source or view."""
        where = " and ".join(f"{q(name)} = ?" for name in key)
        if before is None:
            assert after is not None
            self.insert(table, types, [dict(after)])
            return
        found = [self.to_engine(before[name], types[name]) for name in key]
        if after is None:
            self.execute(f"delete from {q(table)} where {where}", found)
            return
        changed = [name for name in after if not same(after[name], before[name])]
        if changed:
            sets = ", ".join(f"{q(name)} = ?" for name in changed)
            values = [self.to_engine(after[name], types[name]) for name in changed]
            self.execute(f"update {q(table)} set {sets} where {where}", [*values, *found])


def refusals(error: Exception) -> Exception:
    """A refusal for an engine's error that is one, else the error."""
    match = re.match(r"(?:[A-Z]\w+(?: \w+)* Error: )?(BXC\d\d)", str(error))
    return RefusalError(match[1], str(error)) if match else error


class Sqlite(Engine):
    name = "sqlite"
    triggers = True

    def __init__(self, compiled: Compiled, peer: str) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("pragma foreign_keys = on")
        super().__init__(compiled, peer)
        self.execute("create temp table bxc_watched (n integer)")
        for number, source in enumerate(self.sources):
            for event in ("insert", "update", "delete"):
                self.execute(
                    f"create temp trigger bxc_watch_{event}_{number} after {event} on main.{q(source.name)} "
                    "begin insert into bxc_watched values (1); end"
                )

    def run(self, script: str) -> None:
        try:
            for statement in statements(script):
                self.connection.execute(statement)
        except sqlite3.Error as error:
            raise refusals(error) from error

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        try:
            self.connection.execute(sql, values)
        except sqlite3.Error as error:
            raise refusals(error) from error

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return self.connection.execute(sql).fetchall()

    def load(self, database: Database) -> None:
        self.execute("pragma foreign_keys = off")
        self.execute("update bxc_session set loading = 1")  # no right is asked for
        for source in self.sources:
            self.refill(source, database[source.name])
        self.forget()
        self.execute("update bxc_session set loading = 0")
        self.execute("pragma foreign_keys = on")

    def refill(self, source: m.Source, rows: list[Row]) -> None:
        self.execute(f"delete from {q(source.name)}")
        self.insert(source.name, self.source_types(source), [dict(row) for row in rows])

    def watch(self, source: str) -> None:
        self.execute("delete from temp.bxc_watched")

    def written(self, source: str) -> int:
        return len(self.query("select n from temp.bxc_watched"))

    def to_engine(self, value: object, type_: t.Type) -> object:
        match value:
            case Unfit():
                return value.sqlite
            case bool():
                return int(value)
            case Decimal():
                scale = type_.scale if isinstance(type_, t.Decimal) else 0
                return int(value.scaleb(scale))
            case datetime():
                return value.isoformat(" ", "microseconds")
            case date() | UUID():
                return str(value)
            case _:
                return value

    def from_engine(self, value: object, type_: t.Type) -> Value:
        if value is None:
            return None
        text = str(value)
        match type_:
            case t.Bool():
                assert value in (0, 1)
                return bool(value)
            case t.Decimal():
                assert isinstance(value, int)
                return Decimal(value).scaleb(-type_.scale)
            case t.Date():
                return date.fromisoformat(text)
            case t.Timestamp():
                assert len(text) == 26
                return datetime.fromisoformat(text)
            case t.Uuid():
                assert str(UUID(text)) == text
                return UUID(text)
            case _:
                return value  # type: ignore[return-value]

    def close(self) -> None:
        self.connection.close()


class Duck(Engine):
    name = "duckdb"
    triggers = False

    def __init__(self, compiled: Compiled, peer: str) -> None:
        self.connection = duckdb.connect(":memory:", config={"threads": 1})
        super().__init__(compiled, peer)

    def run(self, script: str) -> None:
        try:
            self.connection.execute(script)
        except duckdb.Error as error:
            raise refusals(error) from error

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        try:
            self.connection.execute(sql, list(values))
        except duckdb.Error as error:
            raise refusals(error) from error

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return self.connection.execute(sql).fetchall()

    def load(self, database: Database) -> None:
        for source in self.sources:
            self.execute(f"delete from {q(source.name)}")
            self.insert(source.name, self.source_types(source), [dict(row) for row in database[source.name]])
        self.capture()
        self.forget()

    def watch(self, source: str) -> None:
        self.rows_before = self.query(f"select rowid from {q(source)} order by 1")

    def written(self, source: str) -> int:
        return len(set(self.rows_before) ^ set(self.query(f"select rowid from {q(source)} order by 1")))

    def to_engine(self, value: object, type_: t.Type) -> object:
        return value.duckdb if isinstance(value, Unfit) else value

    def from_engine(self, value: object, type_: t.Type) -> Value:
        return value  # type: ignore[return-value]

    def close(self) -> None:
        self.connection.close()
