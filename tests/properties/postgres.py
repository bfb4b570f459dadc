"""PostgreSQL as an engine of the property tests: a database of the tests' own server for each world."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from functools import cache

import psycopg
from postgres_server import Server, server

from bxc import types as t
from bxc.types import Value

from .engines import Duck, Engine, OwnRefusalError, RefusalError, Sqlite, q, refusals
from .evaluator import Database, Unfit
from .pipeline import Compiled

OWN = {
    "23502": {"BXC10", "BXC14", "BXC16"},
    "23503": {"BXC17"},
    "23505": {"BXC10", "BXC11", "BXC17"},
    "23514": {"BXC16", "BXC17"},
    "22003": {"BXC16"},
    "44000": {"BXC12"},
}
"""What its own errors stand for where it edits a view itself: NOT NULL, foreign key, UNIQUE, CHECK, range, where."""


@cache
def engines() -> tuple[type[Engine], ...]:
    """All engines that can be run here."""
    found = server()
    if isinstance(found, Server):
        return (Sqlite, Duck, Postgres)
    if "BXC_NEED_POSTGRES" in os.environ:
        raise RuntimeError(found)
    warnings.warn(f"without PostgreSQL: {found}", stacklevel=2)
    return (Sqlite, Duck)


class Postgres(Engine):
    name = "postgres"
    triggers = True

    def __init__(self, compiled: Compiled, peer: str) -> None:
        found = server()
        assert isinstance(found, Server), found
        self.server = found
        self.borrowed = found.borrow()
        self.connection = psycopg.connect(found.conninfo(self.borrowed), autocommit=True)
        super().__init__(compiled, peer)

    def run(self, script: str) -> None:
        self.execute(script)

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        try:
            if values:
                self.connection.execute(sql.replace("%", "%%").replace("?", "%s").encode(), values)
            else:
                self.connection.execute(sql.encode())
        except psycopg.Error as error:
            known = refusals(error)
            if isinstance(known, RefusalError):
                raise known from error
            if error.sqlstate in OWN:
                raise OwnRefusalError(OWN[error.sqlstate], str(error)) from error
            raise

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return self.connection.execute(sql.encode()).fetchall()

    def load(self, database: Database) -> None:
        self.execute("set session_replication_role = replica")  # no trigger and no foreign key is looked at
        for source in self.sources:
            self.execute(f"delete from {q(source.name)}")
            self.insert(source.name, self.source_types(source), [dict(row) for row in database[source.name]])
        self.forget()
        self.execute("set session_replication_role = origin")

    def watch(self, source: str) -> None:
        self.rows_before = self.versions(source)

    def written(self, source: str) -> int:
        return len(self.rows_before ^ self.versions(source))

    def versions(self, source: str) -> set[tuple[object, ...]]:
        """Where each row is and which transaction wrote it: both change with every write."""
        return set(self.query(f"select ctid::text, xmin::text from {q(source)}"))

    def to_engine(self, value: object, type_: t.Type) -> object:
        return value.postgres if isinstance(value, Unfit) else value

    def from_engine(self, value: object, type_: t.Type) -> Value:
        return value  # type: ignore[return-value]

    def close(self) -> None:
        self.connection.close()
        self.server.give_back(self.borrowed)
