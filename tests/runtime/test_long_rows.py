"""Rows with long values: a statement is given few of them at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from postgres_server import a_server

from bxc_runtime.stores.connection import MOST_OCTETS, portions
from bxc_runtime.stores.postgres import PostgresConnection
from bxc_runtime.stores.tables import tables

AGREED, AGREED_KEY = ("share", "row_key", "row_value"), ("share", "row_key")


@pytest.fixture
def database() -> Iterator[PostgresConnection]:
    server = a_server()
    name = server.borrow()
    connection = PostgresConnection(server.url(name))
    connection.script(tables("postgres"))
    yield connection
    connection.close()
    server.give_back(name)


def test_rows_come_in_portions_that_are_neither_many_nor_long() -> None:
    rows: list[tuple[Any, ...]] = [
        (n, "a" * (MOST_OCTETS // 4 if n % 7 == 0 and n < 50 else 1), b"b", None) for n in range(100)
    ]
    found = list(portions(iter(rows), 30))
    assert [row for some in found for row in some] == rows
    assert max(map(len, found)) == 30
    assert max(sum(len(row[1]) for row in some) for some in found) < 1.3 * MOST_OCTETS
    assert list(portions([], 30)) == []
    assert [len(some) for some in portions(rows[1:7] * 10, 30)] == [30, 30]


def test_a_statement_for_postgresql_never_has_parameters_near_its_limit(
    database: PostgresConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = [0]
    execute = psycopg.Connection.execute

    def spy(self: Any, query: Any, parameters: Any = None, **others: Any) -> Any:
        lists = [it for it in parameters or () if isinstance(it, list)]
        longest[0] = max(longest[0], sum(len(text) for it in lists for text in it if isinstance(text, str)))
        return execute(self, query, parameters, **others)

    monkeypatch.setattr(psycopg.Connection, "execute", spy)
    long = 2**21
    for letter in "ab":
        database.begin()
        database.replace("bxc_agreed", AGREED_KEY, AGREED, ((1, str(n), letter * long) for n in range(20)))
        database.commit()
        assert 0 < longest[0] <= MOST_OCTETS + long + 10
    found = database.query("select count(*), min(length(row_value)), min(left(row_value, 1)) from bxc_agreed")
    assert found == [(20, long, "b")]
