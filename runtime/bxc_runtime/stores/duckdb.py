"""DuckDB: only one program can have the file open, so the runtime opens it for its transactions and lets it go."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from bxc.codegen.sql.dialect import DUCKDB
from bxc.codegen.sql.names import quote
from bxc.database.duckdb import connect, plain, utf8_name
from bxc_runtime.rows import Engine
from bxc_runtime.stores.alone import FileLock
from bxc_runtime.stores.connection import (
    CODE,
    ENGINE,
    PutRefusedError,
    StoreError,
    UnfitRowsError,
    portions,
    without_values,
)

BUSY_SECONDS = 10.0
PART = 10_000  # rows that are read or written at once
FEW = 50  # rows whose values are given one by one
HERE = "database_name = current_database() and schema_name = 'main'"
CLOSING = "Unique file handle conflict"  # another thread of this process is just closing the file
OF_VALUES = (
    duckdb.ConstraintException,
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.InvalidInputException,
    duckdb.TypeMismatchException,
)
"""Errors of the rows: they quote values."""


class DuckConnection:
    """See `Connection`."""

    engine: Engine = "duckdb"

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise StoreError(f"there is no database file {path}")
        self._path = path
        self._lock = FileLock(path)
        self._open: duckdb.DuckDBPyConnection | None = None
        self._seen: tuple[tuple[int, int], ...] = ()
        self._numbers = count(1)

    @property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._open is None:
            self._open = _opened(self._path)
        return self._open

    def script(self, text: str) -> None:
        """See `Connection`."""
        try:
            with _errors():
                self._connection.execute(text)
        except StoreError as error:
            if isinstance(error.__cause__, duckdb.ConstraintException):
                raise PutRefusedError(ENGINE, "the engine refuses") from error
            raise

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See `Connection`."""
        with _errors():
            return self._connection.execute(sql, list(parameters)).fetchall()

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """See `Connection`.

        Another statement ends a result that is being read, and a second connection would see what is committed only: if
        there are more rows than can be fetched at once, they are copied to a temporary table and read by place.
        """
        with _errors():
            first = self._connection.execute(sql, list(parameters)).fetchmany(PART)
        if len(first) < PART:
            yield from first
            return
        connection, name = self._connection, f"bxc_stream_{next(self._numbers)}"
        self.write(f"create temporary table {name} as {sql}", parameters)
        try:
            ((place, last),) = self.query(f"select min(rowid), max(rowid) from {name}")
            while place <= last:
                yield from self.query(f"select * from {name} where rowid >= ? and rowid < ?", (place, place + PART))
                place += PART
        finally:
            if self._open is connection:
                with suppress(duckdb.Error):  # the transaction may have failed: then it has gone already
                    connection.execute(f"drop table if exists {name}")

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """See `Connection`."""
        with _errors():
            self._connection.execute(sql, list(parameters))

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See `Connection`; many rows a statement, and many of them as one list a column."""
        self._insert(table, columns, rows, "")

    def replace(self, table: str, key: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See `Connection`."""
        keys = ", ".join(quote(it, DUCKDB) for it in key)
        others = ", ".join(f"{quote(it, DUCKDB)} = excluded.{quote(it, DUCKDB)}" for it in columns if it not in key)
        self._insert(table, columns, rows, f" on conflict ({keys}) do update set {others}")

    def _insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], tail: str) -> None:
        names = ", ".join(quote(column, DUCKDB) for column in columns)
        head = f"insert into {quote(table, DUCKDB)} ({names}) "
        one, lists = f"({', '.join('?' * len(columns))})", ""
        for batch in portions(rows, PART):
            if len(batch) < FEW:
                self.write(
                    f"{head}values {', '.join([one] * len(batch))}{tail}", [value for row in batch for value in row]
                )
                continue
            lists = lists or self._lists(table, columns)
            self.write(f"{head}select {lists}{tail}", [_listed(values) for values in zip(*batch, strict=True)])

    def _lists(self, table: str, columns: Sequence[str]) -> str:
        """What makes rows of lists that are given as parameters, one a column."""
        sql = f"select column_name, data_type from duckdb_columns() where table_name = ? and {HERE}"
        types = dict(self.query(sql, (table,)))
        return ", ".join(f"unnest(cast(? as {types[column]}[]))" for column in columns)

    def begin(self, source: str = "") -> None:  # noqa: ARG002  (one program a file)
        """See `Connection`."""
        with _errors():
            self._connection.execute("begin")

    def commit(self) -> None:
        with _errors():
            self._connection.execute("commit")

    def rollback(self) -> None:
        if self._open is not None:
            with suppress(duckdb.Error):
                self._open.execute("rollback")

    def release(self) -> None:
        """See `Connection`.

        The files are looked at before others can have them: what they write at once is seen at the next look. If
        closing itself writes, there is one look too many.
        """
        if self._open is not None:
            self._seen = self._files()
            self._open.close()
            self._open = None

    def touched(self) -> bool:
        """See `Connection`: by its files, as to open them takes a tenth of a second."""
        return self._open is not None or self._seen != self._files()

    def _files(self) -> tuple[tuple[int, int], ...]:
        """When the database's files were changed last, and their sizes."""
        found = []
        for path in (self._path, self._path.with_name(f"{self._path.name}.wal")):
            with suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size))
        return tuple(found)

    def alone(self) -> None:
        """See `Connection`."""
        self._lock.hold()

    def close(self) -> None:
        self._lock.release()
        self.release()


def _listed(values: Sequence[Any]) -> list[Any]:
    """Values as a parameter: DuckDB gives decimals in a list the digits of the first one, so they go as texts."""
    return [format(value, "f") if type(value) is Decimal else value for value in values]


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the file, waiting for whoever has it now."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return connect(utf8_name(path))
        except duckdb.Error as error:
            held = isinstance(error, duckdb.IOException) or CLOSING in str(error)
            if not held or time.monotonic() > end:
                raise StoreError(f"DuckDB: {plain(str(error))}") from error
            time.sleep(0.05)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        code = CODE.search(str(error))
        if code:
            raise PutRefusedError(code[1], code[2].strip()) from error
        text = plain(str(error))
        if isinstance(error, OF_VALUES):
            raise UnfitRowsError(f"DuckDB: {without_values(text)}") from error
        raise StoreError(f"DuckDB: {text}") from error
