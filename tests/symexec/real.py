"""Emitted files in a real engine, in memory: one put of ground rows, and all that can be seen of it afterwards."""

from __future__ import annotations

import re
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import duckdb
import psycopg
from postgres_server import a_server
from properties.engines import q, statements

Rows = Sequence[Mapping[str, object]]
SCRATCH = ("careful", "moved", "written")
NUMBERS = ("bxc_seq", "bxc_put")
HISTORY = (3, 7)
FRESH = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VAGUE = ("BXC10", "BXC11", "BXC14", "BXC16", "BXC19")
"""Where one of these applies, which other rules are broken, too, is left open."""


@dataclass(frozen=True)
class Put:
    """What a database holds, and what is put. ``session``: what earlier puts have left in SQLite's session."""

    sources: Mapping[str, Rows]
    action: str
    staged: Mapping[str, Rows]
    session: Mapping[str, int]
    remembered: bool


@dataclass
class Outcome:
    """``code`` of a refusal (None: accepted), what all tables hold, and the violations that were listed before."""

    code: str | None
    tables: dict[str, Counter[tuple[object, ...]]] = field(default_factory=dict)
    listed: frozenset[tuple[object, ...]] = frozenset()

    def differs(self, other: Outcome) -> bool:
        """Whether these are two behaviours: violations beside a vague one may be listed or not."""
        if (self.code, self.tables) != (other.code, other.tables):
            return True
        first = [min((str(row[0]) for row in x.listed), default=None) for x in (self, other)]
        if any(row[0] in VAGUE for row in self.listed):
            return first[0] != first[1]
        return self.listed != other.listed


class Real(ABC):
    """A peer's database with one view. Violations are listed if it ``lists`` them: on DuckDB they take long."""

    lists = True

    def __init__(self, files: Mapping[str, str], view: str, key: Sequence[str]) -> None:
        self.files = files
        self.view = view
        self.key = key
        self.remembered = False
        for path in ("schema.sql", f"{view}.sql"):
            self.run(files[path])

    @abstractmethod
    def run(self, script: str) -> None: ...

    @abstractmethod
    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]: ...

    @abstractmethod
    def code_of(self, error: Exception) -> str: ...

    @abstractmethod
    def names(self) -> list[str]: ...

    @abstractmethod
    def put(self, put: Put) -> Outcome: ...

    def insert(self, table: str, rows: Rows) -> None:
        """Inserts rows in one statement."""
        if rows:
            names = list(rows[0])
            mark = "(" + ", ".join("?" * len(names)) + ")"
            sql = f"insert into {q(table)} ({', '.join(map(q, names))}) values {', '.join([mark] * len(rows))}"
            self.query(sql, [row[name] for row in rows for name in names])

    def fill(self, put: Put) -> None:
        """Sources, staging tables and what was captured before."""
        for source, rows in put.sources.items():
            self.insert(source, rows)
        for table, rows in put.staged.items():
            self.insert(table, rows)
        self.settle(put)
        for source in put.sources if put.remembered else ():
            for table, number, more in self.numbered(source):
                self.insert(table, [{number: n, **more} for n in HISTORY])

    @abstractmethod
    def settle(self, put: Put) -> None: ...

    @abstractmethod
    def numbered(self, source: str) -> list[tuple[str, str, dict[str, str]]]: ...

    def outcome(self, code: str | None, listed: list[tuple[object, ...]]) -> Outcome:
        """What can be seen."""
        return Outcome(code, {name: self.content(name) for name in self.names()}, frozenset(listed))

    def listed(self) -> list[tuple[object, ...]]:
        """Which staged rows break which rules, without the words."""
        if not self.lists:
            return []
        columns = ", ".join(q(name) for name in ("bxc_code", "bxc_staged", *self.key))
        try:
            return self.query(f"select distinct {columns} from {q('bxc_violations_' + self.view)}")
        except (sqlite3.Error, duckdb.Error):
            return [("no list",)]

    def columns(self, table: str) -> list[str]:
        found = [str(row[0]) for row in self.query("select name from pragma_table_info(?)", [table])]
        return [name for name in found if not (table == "bxc_session" and name in SCRATCH)]

    def content(self, table: str) -> Counter[tuple[object, ...]]:
        columns = self.columns(table)
        rows = self.query(f"select {', '.join(map(q, columns))} from {q(table)}")
        numbers = [n for n, name in enumerate(columns) if name in NUMBERS]
        found = Counter(tuple(self.plain(x, n in numbers) for n, x in enumerate(row)) for row in rows)
        if numbers:
            found[self.different({row[n] for row in rows for n in numbers})] += 1
        return found

    def different(self, numbers: set[object]) -> tuple[object, ...]:
        """What the numbers of captured edits tell."""
        return (len(numbers),)

    def plain(self, value: object, is_number: bool) -> object:
        """A value without what an engine makes up: uuids, and the numbers of edits but those of earlier ones."""
        if is_number:
            return value if self.remembered and value in HISTORY else "later"
        text = str(value)
        return "uuid" if isinstance(value, str | UUID) and FRESH.fullmatch(text) and text[14] == "4" else value


class RealSqlite(Real):
    """SQLite; nothing of a put is ever committed."""

    def __init__(self, files: Mapping[str, str], view: str, key: Sequence[str]) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("pragma foreign_keys = on")
        self.connection.execute("pragma recursive_triggers = on")
        super().__init__(files, view, key)

    def run(self, script: str) -> None:
        for statement in statements(script):
            self.connection.execute(statement)

    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        return self.connection.execute(sql, values).fetchall()

    def code_of(self, error: Exception) -> str:
        return str(error)[:5] if str(error).startswith("BXC") else str(error)

    def names(self) -> list[str]:
        return [str(row[0]) for row in self.query("select name from sqlite_schema where type = 'table' order by 1")]

    def settle(self, put: Put) -> None:
        for source in put.sources:
            self.query(f"delete from {q('bxc_change_' + source)}")
        sets = ", ".join(f"{q(name)} = ?" for name in put.session)
        self.query(f"update bxc_session set {sets}", list(put.session.values()))

    def numbered(self, source: str) -> list[tuple[str, str, dict[str, str]]]:
        return [(f"bxc_change_{source}", "bxc_seq", {"bxc_op": "update", "bxc_via": self.view})]

    def put(self, put: Put) -> Outcome:
        self.remembered = put.remembered
        self.query("begin")
        self.query("update bxc_session set loading = 1")
        self.fill(put)
        listed = self.listed()
        code = None
        try:
            self.run(self.files[f"{self.view}.{put.action}.sql"])
        except sqlite3.Error as error:
            code = self.code_of(error)
        found = self.outcome(code, listed)
        self.query("rollback")
        return found

    def different(self, numbers: set[object]) -> tuple[object, ...]:
        return ()  # each its own, by the table's key


class RealPostgres(Real):
    """PostgreSQL; nothing of a put is ever committed, but the numbers of captured edits."""

    def __init__(self, files: Mapping[str, str], view: str, key: Sequence[str]) -> None:
        self.server = a_server()
        self.name = self.server.borrow()
        self.connection = psycopg.connect(self.server.conninfo(self.name), autocommit=True)
        super().__init__(files, view, key)
        for (sequence,) in self.query("select sequencename from pg_sequences where schemaname = 'public'"):
            self.query("select setval(?, ?)", [q(str(sequence)), HISTORY[-1]])

    def run(self, script: str) -> None:
        self.connection.execute(script.encode())

    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        asked = sql.replace("%", "%%").replace("?", "%s").encode() if values else sql.encode()
        found = self.connection.execute(asked, values or None)
        return found.fetchall() if found.description else []

    def code_of(self, error: Exception) -> str:
        return str(error)[:5] if str(error).startswith("BXC") else type(error).__name__

    def names(self) -> list[str]:
        return [
            str(row[0]) for row in self.query("select tablename from pg_tables where schemaname = 'public' order by 1")
        ]

    def columns(self, table: str) -> list[str]:
        listed = "select attname from pg_attribute where attrelid = ?::regclass and attnum > 0 order by attnum"
        return [str(row[0]) for row in self.query(listed, [f"public.{q(table)}"])]

    def settle(self, put: Put) -> None:
        pass

    def numbered(self, source: str) -> list[tuple[str, str, dict[str, str]]]:
        return [(f"bxc_change_{source}", "bxc_seq", {"bxc_op": "update", "bxc_via": self.view})]

    def listed(self) -> list[tuple[object, ...]]:
        self.query("savepoint listing")
        try:
            return super().listed()
        except psycopg.Error:
            self.query("rollback to listing")
            return [("no list",)]

    def put(self, put: Put) -> Outcome:
        self.remembered = put.remembered
        self.query("begin")
        self.query("set local client_min_messages = warning")
        self.query("set local session_replication_role = replica")  # nothing is captured of what is there
        self.fill(put)
        self.query("set local session_replication_role = origin")
        listed = self.listed()
        try:
            self.run(self.files[f"{self.view}.{put.action}.sql"])
            found = self.outcome(None, listed)
        except psycopg.Error as error:
            found = Outcome(self.code_of(error), {}, frozenset(listed))
        self.query("rollback")
        return found

    def close(self) -> None:
        self.connection.close()
        self.server.give_back(self.name)


class RealDuck(Real):
    """DuckDB. Rows are committed before a put, as it treats those of one transaction otherwise."""

    def __init__(self, files: Mapping[str, str], view: str, key: Sequence[str]) -> None:
        self.connection = duckdb.connect(":memory:", config={"threads": 1})
        super().__init__(files, view, key)
        for (sequence,) in self.query("select sequence_name from duckdb_sequences()"):
            for _ in range(HISTORY[-1]):
                self.query(f"select nextval('{q(str(sequence))}')")

    def run(self, script: str) -> None:
        self.connection.execute(script)

    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        return self.connection.execute(sql, list(values)).fetchall()

    def code_of(self, error: Exception) -> str:
        found = re.search(r"BXC\d\d", str(error)[:60])
        return found[0] if found else type(error).__name__

    def names(self) -> list[str]:
        return [str(row[0]) for row in self.query("select table_name from duckdb_tables() order by 1")]

    def settle(self, put: Put) -> None:
        for source, rows in put.sources.items():
            self.insert(f"bxc_state_{source}", rows)

    def numbered(self, source: str) -> list[tuple[str, str, dict[str, str]]]:
        change = (f"bxc_change_{source}", "bxc_seq", {"bxc_op": "update", "bxc_via": self.view})
        return [change, (f"bxc_journal_{source}", "bxc_put", {})]

    def put(self, put: Put) -> Outcome:
        self.remembered = put.remembered
        self.fill(put)
        listed = self.listed()
        code = None
        self.query("begin")
        try:
            self.run(self.files[f"{self.view}.{put.action}.sql"])
            found = self.outcome(None, listed)
        except duckdb.Error as error:
            code = self.code_of(error)
            found = Outcome(code, {}, frozenset(listed))
        self.query("rollback")
        self.clear(put)
        return found

    def clear(self, put: Put) -> None:
        """Empties all tables but that of rights."""
        for source in reversed(list(put.sources)):
            for table in (source, f"bxc_state_{source}", f"bxc_change_{source}", f"bxc_journal_{source}"):
                self.query(f"delete from {q(table)}")
        for table in put.staged:
            self.query(f"delete from {q(table)}")
