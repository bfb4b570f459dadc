"""Databases made of a spec by the emitted files alone, as an operations script would make them, and what must hold.

A `Site` is one peer's database on one engine. Rows come out in the form that SQLite stores (`plain`), so that one
expectation serves all engines. A `Site` also checks what holds after every put and edit: putting a view back as it is
rewrites no row, and the captured changes lead from what a view was to what it is.
"""

from __future__ import annotations

import json
import re
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import duckdb
import psycopg
import pytest
from postgres_server import a_server

from bxc.cli.app import run

Row = tuple[Any, ...]
Engine = Literal["sqlite", "duckdb", "postgres"]
on_all = pytest.mark.parametrize("engine", ["sqlite", "duckdb", "postgres"])


@dataclass(frozen=True, slots=True)
class Edit:
    """One row of a view's delta. `was` is the old key; None where the key stays as it is in `row`."""

    op: Literal["insert", "update", "delete"]
    row: Row | None = None
    was: Row | None = None


def insert(*row: Any) -> Edit:
    return Edit("insert", plainly(row))


def update(*row: Any) -> Edit:
    return Edit("update", plainly(row))


def rename(was: Row, *row: Any) -> Edit:
    return Edit("update", plainly(row), plainly(was))


def delete(*key: Any) -> Edit:
    return Edit("delete", was=plainly(key))


@dataclass(frozen=True, slots=True)
class Refusal:
    """The code a put was refused with, and the offending rows' (code, key column, …), sorted."""

    code: str
    violations: list[Row]


def plain(value: Any) -> Any:
    """A value as SQLite stores it: a decimal is scaled by its own exponent, dates and the like are text."""
    match value:
        case Decimal():
            exponent = value.as_tuple().exponent
            assert isinstance(exponent, int)
            return int(value.scaleb(-exponent))
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case bytearray() | memoryview():
            return bytes(value)
        case _:
            return value


def plainly(row: Iterable[Any]) -> Row:
    return tuple(plain(value) for value in row)


def in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted((plainly(row) for row in rows), key=lambda row: [(value is not None, str(value)) for value in row])


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Postgres:
    """A database of the tests' server, spoken to as the other engines are: `?` for values, names in whatever case."""

    def __init__(self, names: Iterable[str]) -> None:
        self.server = a_server()
        self.database = self.server.borrow()
        self.connection = psycopg.connect(self.server.conninfo(self.database), autocommit=True)
        cased = [re.escape(name) for name in names if name != name.lower()]
        self.cased = (
            re.compile(rf"""(?<!["'\w])((?:bxc_[a-z_]+_)?(?:{"|".join(cased)}))(?!["'\w])""") if cased else None
        )

    def execute(self, sql: str, values: Iterable[Any] = ()) -> Any:
        given = list(values)
        if self.cased and len(sql) < 500:  # a test's own statement
            sql = self.cased.sub(r'"\1"', sql)
        if not given:
            return self.connection.execute(sql.encode())
        return self.connection.execute(sql.replace("%", "%%").replace("?", "%s").encode(), given)

    def close(self) -> None:
        self.connection.close()
        self.server.give_back(self.database)


class Site:
    """One peer's database, installed from the generated files."""

    def __init__(self, generated: Path, engine: Engine, peer: str | None = None) -> None:
        self.engine = engine
        manifest = json.loads((generated / "manifest.json").read_text(encoding="utf-8"))
        self.peer = peer or manifest["peers"][0]["name"]
        self.sources = {source["name"]: source for source in manifest["sources"] if source["peer"] == self.peer}
        self.views = {view["name"]: view for view in manifest["views"] if view["peer"] == self.peer}
        self.keyed = [name for name, view in self.views.items() if view["key"]]
        peers = {each["name"]: each for each in manifest["peers"]}
        self.sql = {
            (file["action"], file.get("view") or file.get("source") or ""): (generated / file["path"]).read_text(
                "utf-8"
            )
            for file in peers[self.peer]["engines"][engine]["files"]
        }
        if engine == "sqlite":
            self.connection: Any = sqlite3.connect(":memory:", isolation_level=None)
            self.connection.execute("pragma foreign_keys = on")
            self.connection.execute("pragma recursive_triggers = on")
        elif engine == "duckdb":
            self.connection = duckdb.connect(":memory:", config={"threads": 1})
        else:
            self.connection = Postgres([*self.sources, *self.views])
            weakref.finalize(self, self.connection.close)
        for (action, _), text in self.sql.items():
            if action in ("schema", "view"):
                self.script(text)
        self.was: Mapping[str, list[Row]] = {}
        self.consume()

    @classmethod
    def of(cls, spec: str, engine: Engine, folder: Path, peer: str | None = None) -> Site:
        """The database of the spec's first or the named peer; the spec, without its first line, has no errors."""
        path = folder / "x.bxc"
        path.write_text("spec x version 1\n" + spec, encoding="utf-8")
        assert run(["compile", "-q", str(path), "-o", str(folder), "--engine", engine]) == 0
        return cls(folder / "x", engine, peer)

    def script(self, text: str) -> None:
        """Run a file's statements one by one, in the caller's transaction."""
        if self.engine != "sqlite":
            self.connection.execute(text)
            return
        statement = ""
        for line in text.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self.connection.execute(statement)
                statement = ""

    def query(self, sql: str, *parameters: Any) -> list[Row]:
        return in_order(self.connection.execute(sql, parameters).fetchall())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.execute("begin")
        try:
            yield
        except BaseException:
            if self.engine != "sqlite" or self.connection.in_transaction:
                self.connection.execute("rollback")
            raise
        self.connection.execute("commit")

    def capture(self) -> None:
        for (action, _), text in self.sql.items():
            if action == "capture":
                self.script(text)

    # what the database holds

    def rows(self, table: str) -> list[Row]:
        """A source's or view's rows, sorted."""
        return self.query(f"select * from {quoted(table)}")

    def get(self, view: str) -> list[Row]:
        """The view's rows by its get file, which must be those of the view that was created."""
        rows = in_order(self.connection.execute(self.sql["get", view]).fetchall())
        assert rows == self.rows(view)
        return rows

    def changes(self, view: str) -> list[Edit]:
        """The view's net delta of all that was captured since `consume`, sorted by operation, old key and row."""
        with self.transaction():
            self.capture()
        cursor = self.connection.execute(self.sql["changes", view])
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in in_order(cursor.fetchall())]
        changes = [self._edit(view, change) for change in found]
        assert self.after(view, self.was[view], changes) == self.rows(view)
        self._check_net(view, self.was[view], changes)
        return changes

    def _edit(self, view: str, change: Mapping[str, Any]) -> Edit:
        row = tuple(change[name] for name in self.columns(view))
        was = tuple(change[f"bxc_old_{name}"] for name in self.views[view]["key"])
        match change["bxc_op"]:
            case "insert":
                assert set(was) == {None}
                return Edit("insert", row)
            case "delete":
                return Edit("delete", was=was)
            case op:
                assert op == "update"
                return Edit("update", row, None if was == self.key(view, row) else was)

    def captured(self, source: str) -> list[Row]:
        """The captured edits of a source since `consume`: (op, old row, new row), in order."""
        columns = [column["name"] for column in self.sources[source]["columns"]]
        names = ["bxc_op", *(f"bxc_old_{name}" for name in columns), *columns]
        sql = f"select {', '.join(map(quoted, names))} from {quoted('bxc_change_' + source)} order by bxc_seq"
        rows = [plainly(row) for row in self.connection.execute(sql).fetchall()]
        width = len(columns)
        return [(row[0], row[1 : 1 + width], row[1 + width :]) for row in rows]

    def everything(self) -> Mapping[str, list[Row]]:
        """All rows of all tables."""
        listed = {
            "sqlite": "select name from sqlite_master where type = 'table'",
            "duckdb": "select table_name from duckdb_tables() where not temporary and not internal",
            "postgres": "select tablename from pg_tables where schemaname = 'public'",
        }
        return {name: self.rows(name) for (name,) in self.query(listed[self.engine])}

    def written(self) -> Mapping[str, list[Row]]:
        """All rows of the sources, and what was captured of them."""
        return {name: self.rows(name) for source in self.sources for name in (source, "bxc_change_" + source)}

    def columns(self, view: str) -> list[str]:
        return [column["name"] for column in self.views[view]["columns"]]

    def key(self, view: str, row: Row) -> Row:
        columns = self.columns(view)
        return tuple(row[columns.index(name)] for name in self.views[view]["key"])

    # what is done to it

    def consume(self) -> None:
        """Take the captured changes as read."""
        for view in self.was:
            self.changes(view)
        with self.transaction():
            self.capture()
            for source in self.sources:
                self.connection.execute(f"delete from {quoted('bxc_change_' + source)}")
        self.was = {view: self.get(view) for view in self.keyed}

    def load(self, source: str, *rows: Row) -> None:
        """Insert rows into a source, and take them as read."""
        self._insert(source, [column["name"] for column in self.sources[source]["columns"]], rows)
        self.consume()

    def _insert(self, table: str, columns: list[str], rows: Iterable[Row]) -> None:
        marks = ", ".join("?" * len(columns))
        sql = f"insert into {quoted(table)} ({', '.join(map(quoted, columns))}) values ({marks})"
        for row in rows:
            assert len(row) == len(columns)
            self.connection.execute(sql, plainly(row) if self.engine == "sqlite" else row)

    def edit(self, sql: str, *parameters: Any) -> None:
        """An edit that the site's own people make to a source, or on SQLite to a view."""
        with self.transaction():
            self.connection.execute(sql, parameters)
        self._check_get_put(*self.keyed)

    def put(self, view: str, *rows: Row) -> None:
        """A whole-view put: it is accepted, the view then holds these rows, and putting them again changes nothing."""
        self.stage(view, rows)
        self._run("put", view)
        assert self.get(view) == in_order(set(map(plainly, rows)))
        self._check_get_put(view)

    def put_delta(self, view: str, *edits: Edit) -> None:
        """A delta put: it is accepted, and the view then holds what the edits make of it."""
        expected = self.after(view, self.get(view), edits)
        self.stage_delta(view, edits)
        self._run("put_delta", view)
        assert self.get(view) == expected
        if all(edit.was is None or edit.op == "delete" for edit in edits):
            self._again("put_delta", view)
        self._check_get_put(view)

    def refused(self, view: str, *rows: Row) -> Refusal:
        """What a whole-view put is refused with; every table is as it was."""
        self.stage(view, rows)
        return self._refused("put", "new", view)

    def refused_delta(self, view: str, *edits: Edit) -> Refusal:
        """What a delta put is refused with; every table is as it was."""
        self.stage_delta(view, edits)
        return self._refused("put_delta", "delta", view)

    def stage(self, view: str, rows: Iterable[Row]) -> None:
        self.connection.execute(f"delete from {quoted('bxc_new_' + view)}")
        self._insert("bxc_new_" + view, self.columns(view), rows)

    def stage_delta(self, view: str, edits: Iterable[Edit]) -> None:
        columns = self.columns(view)
        key = self.views[view]["key"]
        staged = []
        for edit in edits:
            row = edit.row or (None,) * len(columns)
            was = edit.was or ((None,) * len(key) if edit.op == "insert" else self.key(view, row))
            staged.append((edit.op, *was, *row))
        self.connection.execute(f"delete from {quoted('bxc_delta_' + view)}")
        self._insert("bxc_delta_" + view, ["bxc_op", *(f"bxc_old_{name}" for name in key), *columns], staged)

    def _run(self, action: str, view: str) -> None:
        with self.transaction():
            self.capture()
            self.script(self.sql[action, view])

    def _again(self, action: str, view: str) -> None:
        before = self.written()
        self._run(action, view)
        assert self.written() == before, f"{action} of {view} is not idempotent"

    def _refused(self, action: str, staged: str, view: str) -> Refusal:
        before = self.everything()
        with pytest.raises((sqlite3.Error, duckdb.Error, psycopg.Error)) as caught:
            self._run(action, view)
        assert self.everything() == before
        code = re.match(r"(?:[A-Z][A-Za-z ]* Error: )?(BXC\d\d) ", str(caught.value))
        assert code, str(caught.value)
        key = ", ".join(map(quoted, self.views[view]["key"]))
        found = self.query(
            f"select distinct bxc_code, {key} from {quoted('bxc_violations_' + view)} where bxc_staged = ?", staged
        )
        assert code[1] in {violation[0] for violation in found}
        return Refusal(code[1], found)

    # what holds after everything

    def after(self, view: str, rows: Iterable[Row], edits: Iterable[Edit]) -> list[Row]:
        """The rows that edits, whose old keys speak of `rows`, make of them."""
        edits = list(edits)
        left = {self.key(view, row): row for row in rows}
        for edit in edits:
            if edit.op != "insert":
                left.pop(edit.was or self.key(view, edit.row or ()), None)
        for edit in edits:
            if edit.row is not None:
                left[self.key(view, edit.row)] = edit.row
        return in_order(left.values())

    def _check_get_put(self, *views: str) -> None:
        """Putting these views back as they are rewrites nothing."""
        with self.transaction():
            self.capture()
        before = self.written()
        for view in views:
            self.connection.execute(f"delete from {quoted('bxc_new_' + view)}")
            self.connection.execute(f"insert into {quoted('bxc_new_' + view)} select * from {quoted(view)}")
            with self.transaction():
                self.script(self.sql["put", view])
        assert self.written() == before, "putting a view back as it is rewrote a row"

    def _check_net(self, view: str, was: list[Row], changes: list[Edit]) -> None:
        """Each old and each new key is there once, and no edit changes nothing."""
        old = [edit.was or self.key(view, edit.row or ()) for edit in changes if edit.op != "insert"]
        new = [self.key(view, edit.row) for edit in changes if edit.row]
        gone = {edit.was for edit in changes if edit.op == "delete"}
        come = {self.key(view, edit.row or ()) for edit in changes if edit.op == "insert"}
        assert len(set(old)) == len(old)
        assert len(set(new)) == len(new)
        assert not gone & come
        assert all(edit.was or edit.row not in was for edit in changes if edit.op == "update")
