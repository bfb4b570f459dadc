"""Rows read back from SQLite and DuckDB are the canonical ones, so both engines give one content hash."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxc.types import Bool, Bytes, Date, Decimal, Enum, Int, Real, Text, Timestamp, Type, Uuid, Varchar
from bxc_runtime.content_hash import RowHash
from bxc_runtime.rows import Engine, read_rows, write_rows

SALT = bytes(range(32))
TYPES: tuple[Type, ...] = (
    Int(),
    Decimal(18, 0),
    Decimal(18, 6),
    Decimal(3, 3),
    Text(),
    Varchar(5),
    Bool(),
    Date(),
    Timestamp(),
    Enum(("a", "it's")),
    Uuid(),
    Bytes(),
    Real(),
)
SQLITE = ["int", "int", "int", "int", "text", "text", "int", "text", "text", "text", "text", "blob", "real"]
DUCKDB = [
    "bigint",
    "decimal(18,0)",
    "decimal(18,6)",
    "decimal(3,3)",
    "varchar",
    "varchar",
    "boolean",
    "date",
    "timestamp",
    "varchar",
    "uuid",
    "blob",
    "double",
]
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def value(type_: Type) -> st.SearchStrategy[Any]:
    match type_:
        case Int():
            return st.integers(-(2**63), 2**63 - 1)
        case Decimal(precision=p, scale=s):
            return st.integers(1 - 10**p, 10**p - 1).map(lambda n: PyDecimal(n).scaleb(-s))
        case Text():
            return st.text(CHARACTERS, max_size=5)
        case Varchar(length=n):
            return st.text(CHARACTERS, max_size=n)
        case Bool():
            return st.booleans()
        case Date():
            return st.dates()
        case Timestamp():
            return st.datetimes().map(lambda t: t.replace(fold=0))
        case Enum(values=options):
            return st.sampled_from(options)
        case Uuid():
            return st.uuids()
        case Bytes():
            return st.binary(max_size=5)
        case Real():
            return st.floats(allow_nan=False, allow_infinity=False)


rows = st.lists(st.tuples(*(st.none() | value(type_) for type_ in TYPES)), max_size=5, unique=True)


def through_sqlite(content: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"c{i} {name}" for i, name in enumerate(SQLITE))
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(f"create table t ({columns}) strict")
        marks = ", ".join("?" * len(TYPES))
        database.executemany(f"insert into t values ({marks})", write_rows("sqlite", TYPES, content))
        return list(read_rows("sqlite", TYPES, database.execute("select * from t order by rowid desc")))


def through_duckdb(content: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"c{i} {name}" for i, name in enumerate(DUCKDB))
    with duckdb.connect(":memory:") as database:
        database.execute(f"create table t ({columns})")
        marks = ", ".join("?" * len(TYPES))
        for row in write_rows("duckdb", TYPES, content):
            database.execute(f"insert into t values ({marks})", row)
        return list(read_rows("duckdb", TYPES, database.execute("select * from t").fetchall()))


def exact(content: list[tuple[Any, ...]]) -> list[list[str]]:
    """Values with their types and, for decimals, their scale: 1.50 and 1.5 differ here. −0.0 and 0.0 do not."""
    return sorted([repr(v + 0.0 if isinstance(v, float) else v) for v in row] for row in content)


@given(rows)
@settings(max_examples=50, deadline=None)
def test_rows_come_back_canonical_and_with_one_hash_from_both_engines(content: list[tuple[Any, ...]]) -> None:
    lite, duck = through_sqlite(content), through_duckdb(content)
    assert exact(lite) == exact(content)
    assert exact(duck) == exact(content)
    hashing = RowHash(TYPES, SALT)
    assert hashing.state(lite) == hashing.state(duck) == hashing.state(content)


@pytest.mark.parametrize(
    ("type_", "stored"),
    [
        (Bool(), 2),
        (Bool(), 1.0),
        (Decimal(5, 2), "1.50"),
        (Decimal(5, 2), 1.5),
        (Decimal(5, 2), b"1"),
        (Real(), "1.5"),
        (Real(), "nan"),
        (Real(), b"1"),
        (Date(), "20260131"),
        (Date(), "2026-02-30"),
        (Date(), 20260131),
        (Timestamp(), "2026-01-31T13:00:00.000000"),
        (Timestamp(), "2026-01-31 13:00:00"),
        (Timestamp(), "2026-01-31 13:00:00.000000+00:00"),
        (Uuid(), "00112233-4455-6677-8899-AABBCCDDEEFF"),
        (Uuid(), "00112233445566778899aabbccddeeff"),
        (Uuid(), b"0"),
    ],
    ids=str,
)
def test_a_value_in_another_form_is_refused_without_being_shown(type_: Type, stored: Any) -> None:
    with pytest.raises(ValueError, match=r"^a (bool|decimal|real|value) is n") as refusal:
        list(read_rows("sqlite", (type_,), [(stored,)]))
    assert repr(stored) not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_rows_of_another_length_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="a row has 1 values, not 2"):
        list(read_rows(engine, (Int(), Date()), [(1,)]))


def test_duckdb_decimals_of_another_scale_are_brought_to_the_types() -> None:
    [(read,)] = read_rows("duckdb", (Decimal(5, 2),), [(PyDecimal("1.5"),)])
    assert repr(read) == "Decimal('1.50')"


def test_sqlite_holds_the_forms_that_the_design_states() -> None:
    types = (Decimal(5, 2), Bool(), Date(), Timestamp())
    row = (PyDecimal("-1.50"), True, date(1, 1, 1), datetime(2026, 1, 31))
    assert list(write_rows("sqlite", types, [row])) == [(-150, 1, "0001-01-01", "2026-01-31 00:00:00.000000")]
