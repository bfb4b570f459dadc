"""SQLite: one file in WAL mode, so that other programs read and edit while the runtime is at work."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.names import quote
from bxc.database.sqlite import statements
from bxc_runtime.rows import Engine
from bxc_runtime.stores.alone import FileLock
from bxc_runtime.stores.connection import CODE, ENGINE, PutRefusedError, StoreError, UnfitRowsError

BUSY_SECONDS = 10.0
OF_ROWS = (sqlite3.IntegrityError, sqlite3.DataError)


class SqliteConnection:
    """See `Connection`."""

    engine: Engine = "sqlite"

    def __init__(self, path: Path) -> None:
        self._version: int | None = None
        self._lock = FileLock(path)
        self._scripts: dict[str, tuple[str, ...]] = {}
        with _errors():
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw",
                uri=True,
                isolation_level=None,
                timeout=BUSY_SECONDS,
                check_same_thread=False,
                cached_statements=512,
            )
            self._connection.execute("pragma journal_mode = wal")
            # A power cut may take back the last transactions, whole and in order. What they said to others is on the
            # chain or with them, so following the chain again leads to where the peer was.
            self._connection.execute("pragma synchronous = normal")
            self._connection.execute("pragma foreign_keys = on")
            self._connection.execute("pragma recursive_triggers = on")

    def script(self, text: str) -> None:
        """See `Connection`."""
        if text not in self._scripts:
            self._scripts[text] = tuple(statements(text))
        try:
            for statement in self._scripts[text]:
                self.write(statement)
        except StoreError as error:
            if isinstance(error.__cause__, sqlite3.IntegrityError):  # a constraint or trigger of the user's own
                raise PutRefusedError(ENGINE, "the engine refuses") from error
            raise

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See `Connection`."""
        with _errors():
            return self._connection.execute(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """See `Connection`."""
        with _errors():
            cursor = self._connection.execute(sql, parameters)
        while True:
            with _errors():
                batch = cursor.fetchmany(1_000)
            if not batch:
                return
            yield from batch

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """See `Connection`."""
        with _errors():
            self._connection.execute(sql, parameters)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See `Connection`."""
        names = ", ".join(quote(column, SQLITE) for column in columns)
        with _errors():
            self._connection.executemany(
                f"insert into {quote(table, SQLITE)} ({names}) values ({', '.join('?' * len(columns))})", rows
            )

    def replace(self, table: str, key: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See `Connection`; rows keep their places, so that an index is not written."""
        names = [quote(column, SQLITE) for column in columns]
        others = ", ".join(f"{quote(it, SQLITE)} = excluded.{quote(it, SQLITE)}" for it in columns if it not in key)
        with _errors():
            self._connection.executemany(
                f"insert into {quote(table, SQLITE)} ({', '.join(names)}) values ({', '.join('?' * len(columns))}) "
                f"on conflict ({', '.join(quote(it, SQLITE) for it in key)}) do update set {others}",
                rows,
            )

    def begin(self, source: str = "") -> None:  # noqa: ARG002  (one writer a database)
        """See `Connection`."""
        with _errors():
            self._connection.execute("begin immediate")

    def commit(self) -> None:
        with _errors():
            self._connection.execute("commit")

    def rollback(self) -> None:
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("rollback")

    def release(self) -> None:
        """Nothing: SQLite lets others in between transactions."""

    def touched(self) -> bool:
        """See `Connection`: by the number that SQLite changes for commits of others."""
        ((version,),) = self.query("pragma data_version")
        before, self._version = self._version, version
        return bool(before != version)

    def alone(self) -> None:
        """See `Connection`."""
        self._lock.hold()

    def close(self) -> None:
        self._lock.release()
        self._connection.close()


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = CODE.search(str(error))
        if code:
            raise PutRefusedError(code[1], code[2].strip()) from error
        kind = UnfitRowsError if isinstance(error, OF_ROWS) else StoreError
        raise kind(f"SQLite: {error}") from error
