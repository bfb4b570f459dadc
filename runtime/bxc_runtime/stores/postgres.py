"""PostgreSQL: a server that many programs use at once; a lost connection is made again.

Transactions are `repeatable read`: exactly those captured edits that were read are deleted, whoever edits meanwhile.
Where that is in another writer's way, the server says so, and the transaction is tried again later. One that puts locks
its source first, as a snapshot from before the lock would be older than edits that the put has to heed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import psycopg
from psycopg import sql as composing

from bxc.database.connection import DatabaseError
from bxc.database.postgres import PostgresDatabase
from bxc_runtime.rows import Engine
from bxc_runtime.stores.connection import (
    CODE,
    ENGINE,
    PutRefusedError,
    StoreError,
    UnfitRowsError,
    portions,
    without_values,
)

BATCH = 10_000
ARRAYS = {int: "%s::bigint[]", str: "%s::text[]", bytes: "%s::bytea[]"}
LOCK_SECONDS = 5.0  # that others' transactions are waited for; they wait meanwhile, too, so it is tried again later
OWN_RULES = (psycopg.IntegrityError, psycopg.errors.RaiseException)  # constraints and triggers of the user's own
OF_ROWS = (psycopg.IntegrityError, psycopg.DataError, psycopg.errors.ProgramLimitExceeded)
ALONE = int.from_bytes(b"bxc peer")
HOLDERS = """select pid from pg_locks where locktype = 'advisory' and granted and database =
  (select oid from pg_database where datname = current_database()) and classid::bigint << 32 | objid::bigint = %s"""
KEEPALIVES = """set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3;
  set tcp_user_timeout = 60000"""
"""A session whose machine has gone without a word ends, and lets go of the lock, within a minute or so."""
OF_DATA, OF_FUNCTIONS = "22", "P0"  # classes of errors that may quote values


class PostgresConnection:
    """See `Connection`."""

    engine: Engine = "postgres"

    def __init__(self, url: str) -> None:
        self._url = url
        self._database: PostgresDatabase | None = None
        self._alone = False
        self._numbers = count(1)

    @property
    def _connection(self) -> psycopg.Connection[Any]:
        if self._database is None or self._database.connection.closed:
            try:
                self._database = PostgresDatabase(self._url, "write")
                self._database.connection.execute(f"set lock_timeout = {round(1_000 * LOCK_SECONDS)}".encode())
            except DatabaseError as error:
                raise StoreError(str(error)) from error
            if self._alone:
                self._take()
        return self._database.connection

    def script(self, text: str) -> None:
        """See `Connection`."""
        try:
            with _errors():
                self._connection.execute(text.encode())
        except StoreError as error:
            if isinstance(error.__cause__, OWN_RULES):
                raise PutRefusedError(ENGINE, "the engine refuses") from error
            raise

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See `Connection`."""
        with _errors():
            return self._connection.execute(_marked(sql, parameters), parameters or None).fetchall()

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """See `Connection`; by a cursor of the server's, so that memory is bounded."""
        with _errors():
            outside = self._connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            cursor = self._connection.cursor(f"bxc_stream_{next(self._numbers)}", withhold=outside)
            cursor.execute(_marked(sql, parameters), parameters or None)
        while True:
            with _errors():
                batch = cursor.fetchmany(1_000)
            if not batch:
                break
            yield from batch
        with _errors():
            cursor.close()

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """See `Connection`."""
        with _errors():
            self._connection.execute(_marked(sql, parameters), parameters or None)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See `Connection`; the rows may come from this very connection, so some are read before they are sent."""
        names = composing.SQL(", ").join(map(composing.Identifier, columns))
        text = composing.SQL("copy {} ({}) from stdin").format(composing.Identifier(table), names)
        for batch in portions(rows, BATCH):
            with _errors(), self._connection.cursor() as cursor, cursor.copy(text) as copy:
                for row in batch:
                    copy.write_row(row)

    def replace(self, table: str, key: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See `Connection`; some rows a statement, as one list a column."""
        names = composing.SQL(", ").join(map(composing.Identifier, columns))
        keys = composing.SQL(", ").join(map(composing.Identifier, key))
        others = composing.SQL(", ").join(
            composing.SQL("{0} = excluded.{0}").format(composing.Identifier(it)) for it in columns if it not in key
        )
        for batch in portions(rows, BATCH):
            lists = [list(column) for column in zip(*batch, strict=True)]
            types = composing.SQL(", ").join(composing.SQL(ARRAYS[type(column[0])]) for column in lists)
            text = composing.SQL(
                "insert into {} ({}) select * from unnest({}) on conflict ({}) do update set {}"
            ).format(composing.Identifier(table), names, types, keys, others)
            with _errors():
                self._connection.execute(text, lists)

    def begin(self, source: str = "") -> None:
        """See `Connection`; the lock comes before the first query, so that this sees all that others have done."""
        with _errors():
            self._connection.execute("begin isolation level repeatable read")
        if not source:
            return
        try:
            with _errors():
                text = composing.SQL("lock table {} in share row exclusive mode").format(composing.Identifier(source))
                self._connection.execute(text)
        except StoreError:
            self.rollback()
            raise

    def commit(self) -> None:
        with _errors():
            self._connection.execute("commit")

    def rollback(self) -> None:
        if self._database is not None and not self._database.connection.closed:
            with suppress(psycopg.Error):
                self._database.connection.execute("rollback")

    def release(self) -> None:
        """Nothing: a server lets others in."""

    def touched(self) -> bool:
        """See `Connection`: to look costs little here."""
        return True

    def alone(self) -> None:
        """See `Connection`; by an advisory lock of the session, which is taken again with each new connection."""
        if not self._alone:
            self._alone = True
            self.close()
        self.query("select 1")

    def _take(self) -> None:
        database = self._database
        assert database is not None
        try:
            with _errors():
                database.connection.execute(KEEPALIVES)
                (taken,) = database.connection.execute("select pg_try_advisory_lock(%s)", (ALONE,)).fetchall()[0]
                pids = database.connection.execute(HOLDERS, (ALONE,)).fetchall()
        except StoreError:
            self._database = None
            database.close()
            raise
        if not taken:
            self._database = None
            database.close()
            who = "".join(f" (server process {pid})" for (pid,) in pids)
            raise StoreError(f"PostgreSQL: another process of this peer is at work on the database{who}")

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _marked(sql: str, parameters: Sequence[Any]) -> bytes:
    """A statement with psycopg's own marks; none of the runtime's has a `?` or `%` in a text."""
    return sql.replace("?", "%s").encode() if parameters else sql.rstrip().rstrip(";").encode()


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        text = error.diag.message_primary or (str(error).strip().splitlines() or [type(error).__name__])[0]
        code = CODE.match(text)
        if code:
            raise PutRefusedError(code[1], code[2].strip()) from error
        state = error.sqlstate or ""
        if state.startswith(OF_DATA):
            text = without_values(text)
        elif state.startswith(OF_FUNCTIONS):
            text = f"a function or trigger raised {state}"
        kind = UnfitRowsError if isinstance(error, OF_ROWS) else StoreError
        raise kind(f"PostgreSQL: {text}") from error
