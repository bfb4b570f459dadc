"""How deep expressions may be nested and how long they may be: the engines take what the compiler lets through."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import psycopg
import pytest
from postgres_server import Server, server

from bxc.codegen.sql import duckdb as duckdb_sql
from bxc.codegen.sql import postgres as postgres_sql
from bxc.codegen.sql import sqlite as sqlite_sql
from bxc.compile import Checked, check
from bxc.database.sqlite import statements

COLUMNS = "id int primary key\nb int\nt text\nk int not null\nm int not null unique\ncheck (k between 0 and 1000)\n"
HIDING = "on hidden revive\non delete set k = 3\n"
GROUP = "keep b, t, k default id = fresh, m = fresh\non delete delete\n"
GROUPED = "determines b -> t\ndetermines b -> k\n"

# What a source declares, and the steps of its view; the expression stands for %s.
PLACES = {
    "where": ("", f"where k = 5 and %s\nkeep id, b, t default k = 5, m = fresh\n{HIDING}"),
    "add": ("", "where k = 5\nadd c = case when %s then 1 else 2 end\n"),
    "where on a computed column": ("", f"add c = %s\nwhere k = 5 and not c\ndrop c\n{HIDING}"),
    "group": (GROUPED, f"where b > 0 and %s\n{GROUP}"),
    "column of a group": (GROUPED, f"where b > 0\n{GROUP}add c = %s\n"),
    "check": ("check (%s)\n", f"where k = 5\n{HIDING}"),
    "check of a group": (f"check (%s)\n{GROUPED}", f"where b > 0\n{GROUP}"),
    "check of a determined column": (
        "check (%s)\ndetermines b -> t\n",
        f"where k = 5\ndrop t default 'x' determined by b\n{HIDING}",
    ),
}
NESTS: dict[str, Callable[[str], str]] = {
    "not": lambda inner: f"not ({inner})",
    "then": lambda inner: f"case when t = 'y' then true when t = 'x' then {inner} else false end",
    "else": lambda inner: f"case when t = 'y' then true else {inner} end",
    "sum": lambda inner: f"1 + case when {inner} then 1 else 2 end > 2",
    "and, or": lambda inner: f"(b = 1 or (t = 'x' and {inner}))",
    "is null": lambda inner: f"(b = 1 and {inner}) is null",
    "text": lambda inner: f"(t || case when {inner} then 'a' else t end) like 'x%'",
}
LENGTH = 1200  # each engine by itself takes 1,000 operators in a row
CHAINS = {
    "or": " or ".join(f"b = {number}" for number in range(LENGTH)),
    "and": " and ".join(f"b <> {number}" for number in range(LENGTH)),
    "||": " || ".join(["t"] * LENGTH) + " <> 'x'",
}


def checked(place: str, expression: str, folder: Path) -> Checked:
    source, steps = PLACES[place]
    text = (
        "spec t version 1\npeer P\n"
        f"source S at P {{\n{COLUMNS}{source.replace('%s', expression)}}}\n"
        f"view V from S {{\n{steps.replace('%s', expression)}}}\n"
    )
    path = folder / "t.bxc"
    path.write_text(text, "utf-8")
    return check(path, proving=None)


def run(spec: Checked) -> None:
    """Every statement of all engines that can be run as it stands."""
    assert spec.plan is not None
    (peer,) = spec.plan.peers
    lite = sqlite3.connect(":memory:")
    for file in sqlite_sql.emit(peer, "t", 1):
        for statement in statements(file.text):
            lite.execute(statement)
    duck = duckdb.connect()
    for file in duckdb_sql.emit(peer, "t", 1):
        if not file.path.endswith("capture.sql"):
            duck.execute(file.text)
    lite.close()
    duck.close()
    if isinstance(found := server(), Server):
        database = found.borrow()
        with psycopg.connect(found.conninfo(database), autocommit=True) as postgres:
            for file in postgres_sql.emit(peer, "t", 1):
                postgres.execute(file.text.encode())
        found.give_back(database)


@pytest.mark.parametrize("nest", NESTS)
@pytest.mark.parametrize("place", PLACES)
def test_engines_take_the_deepest_nesting_that_is_let_through(place: str, nest: str, tmp_path: Path) -> None:
    deepest, expression = None, "b = 1"
    while (spec := checked(place, expression, tmp_path)).ok:
        deepest, expression = spec, NESTS[nest](expression)
    assert {d.code for d in spec.diagnostics if d.severity.name == "ERROR"} == {"BX007"}
    assert deepest is not None
    run(deepest)


@pytest.mark.parametrize(
    ("place", "chain"), [("check", "or"), ("check", "and"), ("check", "||"), ("add", "or"), ("where", "and")]
)
def test_engines_take_a_chain_longer_than_a_thousand(place: str, chain: str, tmp_path: Path) -> None:
    run(checked(place, CHAINS[chain], tmp_path))


def test_parentheses_that_say_nothing_do_not_count(tmp_path: Path) -> None:
    assert checked("where", "(" * 150 + "b = 1" + ")" * 150, tmp_path).ok
