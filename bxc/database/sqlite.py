"""SQLite databases."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from urllib.parse import quote as quote_url

from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.names import quote
from bxc.database.catalog import Check, Column, ForeignKey, Table
from bxc.database.connection import IN_MEMORY, ConstraintError, DatabaseError, RefusedError, Result, Row
from bxc.database.create_table import created_checks, created_comments, created_notes
from bxc.database.tokens import tokens

CODE = re.compile(r"(BXC\d\d)[:\s]*(.*)", re.DOTALL)
MODES = {"read": "ro", "write": "rw", "create": "rwc"}
BATCH = 10_000
BUSY_SECONDS = 5.0
TICK_STEPS = 1_000_000
INTERRUPTED_WRITE = ("SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY")


class SqliteDatabase:
    """A SQLite database with foreign keys switched on; transactions are the caller's."""

    engine = "sqlite"

    def __init__(self, path: Path, mode: str) -> None:
        with _errors():
            try:
                self._connection = _connected(path, MODES[mode])
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith(INTERRUPTED_WRITE):
                    raise
                # Who wrote last was killed, and only who may write can undo what is half done.
                self._connection = _connected(path, MODES["write"])
                self._connection.execute("pragma query_only = on")
        # Python acts on Ctrl-C only between its own instructions: this gives it some during a long statement.
        self._connection.set_progress_handler(lambda: 0, TICK_STEPS)

    def tables(self) -> dict[str, Table]:
        """See `Database`; virtual and shadow tables and SQLite's own are left out."""
        listed = self._all("select name, strict from pragma_table_list where schema = 'main' and type = 'table'")
        strict = {str(name): bool(flag) for name, flag in listed}
        made = self._all(
            "select name, sql from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'"
        )
        return {
            str(name): self._table(str(name), str(sql), strict[str(name)]) for name, sql in made if str(name) in strict
        }

    def _table(self, name: str, sql: str, strict: bool) -> Table:
        info = self._all('select name, type, "notnull", dflt_value, pk, hidden from pragma_table_xinfo(?)', name)
        keyed = sorted((position, str(column)) for column, _, _, _, position, _ in info if position)
        primary_key = tuple(column for _, column in keyed)
        columns = tuple(
            Column(str(column), str(type_), not not_null and column not in primary_key, _text(default))
            for column, type_, not_null, default, _, _ in info
        )
        generated = tuple(f"{column} is a generated column" for column, *_, hidden in info if hidden in (2, 3))
        uniques, partial = self._uniques(name)
        return Table(
            name,
            columns,
            primary_key,
            uniques,
            tuple(Check(check_name, text) for check_name, text in created_checks(sql)),
            self._foreign_keys(name),
            strict,
            (*generated, *partial, *created_notes(sql)),
            created_comments(sql),
        )

    def _uniques(self, table: str) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
        """The UNIQUE column lists, and notes on unique indexes that are no such thing."""
        uniques, notes = [], []
        listed = self._all(
            'select name, origin, partial from pragma_index_list(?) where "unique" order by seq desc', table
        )
        for index, origin, partial in listed:
            columns = [column for (column,) in self._all("select name from pragma_index_info(?) order by seqno", index)]
            if origin == "pk":
                continue
            if partial or None in columns:
                notes.append(f"the unique index {index} covers a part of the rows or an expression")
            else:
                uniques.append(tuple(map(str, columns)))
        return tuple(dict.fromkeys(uniques)), tuple(notes)

    def _foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        listed = self._all(
            'select id, "table", "from", "to", on_update, on_delete from pragma_foreign_key_list(?) '
            "order by id desc, seq",
            table,
        )
        groups: dict[object, list[tuple[object, ...]]] = {}
        for number, *part in listed:
            groups.setdefault(number, []).append(tuple(part))
        return tuple(self._foreign_key(group) for group in groups.values())

    def _foreign_key(self, group: list[tuple[object, ...]]) -> ForeignKey:
        target, _, _, on_update, on_delete = group[0]
        actions = [
            f"{event} {str(action).lower()}"
            for event, action in (("on update", on_update), ("on delete", on_delete))
            if action != "NO ACTION"
        ]
        columns = tuple(str(column) for _, column, *_ in group)
        named = [_text(column) for _, _, column, *_ in group]
        return ForeignKey(columns, str(target), self._referenced(str(target), named), " ".join(actions))

    def _referenced(self, target: str, named: list[str | None]) -> tuple[str, ...]:
        """The columns that a foreign key names, or the target's primary key where it names none."""
        if None not in named:
            return tuple(map(str, named))
        key = self._all("select name from pragma_table_info(?) where pk > 0 order by pk", target)
        return tuple(str(name) for (name,) in key)

    def objects(self) -> dict[str, tuple[str, str]]:
        """See `Database`."""
        found = self._all("select name, type, sql from sqlite_schema where sql is not null")
        return {str(name): (str(kind), str(sql)) for name, kind, sql in found}

    def statements(self, script: str) -> Iterator[str]:
        """See `Database`."""
        return statements(script)

    def run(self, script: str) -> None:
        """See `Database`; Python's own way to run scripts would commit first."""
        with _errors():
            for statement in statements(script):
                self._connection.execute(statement)

    def query(self, sql: str) -> Result:
        """See `Database`."""
        with _errors():
            cursor = self._connection.execute(sql)
        return Result(tuple(column[0] for column in cursor.description or ()), _fetched(cursor))

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """See `Database`."""
        names = ", ".join(quote(column, SQLITE) for column in columns)
        sql = f"insert into {quote(table, SQLITE)} ({names}) values ({', '.join('?' * len(columns))})"
        source = iter(rows)
        while batch := list(islice(source, BATCH)):
            with _errors():
                self._connection.executemany(sql, batch)

    def begin(self) -> None:
        with _errors():
            self._connection.execute("begin immediate")

    def commit(self) -> None:
        with _errors():
            self._connection.execute("commit")

    def rollback(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.execute("rollback")

    def close(self) -> None:
        self._connection.close()

    def _all(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with _errors():
            return self._connection.execute(sql, values).fetchall()


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    """A connection that has read something: SQLite opens whatever file until then."""
    uri = "file::memory:" if str(path) == IN_MEMORY else f"file:{quote_url(os.fsencode(path.absolute()))}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        connection.execute("pragma foreign_keys = on")
        connection.execute("select count(*) from sqlite_schema").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def statements(script: str) -> Iterator[str]:
    """The statements of a script; a trigger's body stays with it."""
    statement = ""
    for part in re.split(r"(?<=;)", script):
        statement += part
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if tokens(statement):
        yield statement


def _fetched(cursor: sqlite3.Cursor) -> Iterator[Row]:
    while True:
        with _errors():
            batch = cursor.fetchmany(BATCH)
        if not batch:
            return
        yield from batch


@contextmanager
def _errors() -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        code = CODE.match(text)
        if code:
            raise RefusedError(code[1], code[2].strip()) from error
        if text == "interrupted":
            raise KeyboardInterrupt from error
        if text == "database is locked":
            text += "; another program is using it"
        kind = ConstraintError if isinstance(error, sqlite3.IntegrityError) else DatabaseError
        raise kind(f"SQLite: {text}") from error
