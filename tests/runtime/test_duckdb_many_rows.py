"""Many rows through a DuckDB file: never all in memory, and the same as one by one."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bxc.database.duckdb import connect
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.duckdb import FEW, PART, DuckConnection

from .compiled import compile_spec

MANY = 4 * PART + 7
COLUMNS = ("i", "d", "t", "b", "y", "s", "u", "x", "r")
KINDS = "i bigint, d decimal(10, 2), t varchar, b boolean, y date, s timestamp, u uuid, x blob, r double"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[DuckConnection]:
    path = tmp_path / "a.duckdb"
    connect(str(path)).close()
    connection = DuckConnection(path)
    connection.write(f"create table kinds ({KINDS})")
    connection.write("create table numbers (n bigint primary key)")
    yield connection
    connection.close()


def fill(database: DuckConnection, count: int = MANY) -> None:
    database.write("insert into numbers select range from range(?)", (count,))


def test_other_statements_do_not_disturb_rows_that_are_being_read(database: DuckConnection) -> None:
    database.begin()
    fill(database)
    found = []
    for (number,) in database.stream("select n from numbers where n >= ? order by n", (5,)):
        found.append(number)
        if number % 1_000 == 0:
            database.write("insert into numbers values (?)", (MANY + number,))
            assert database.query("select 1") == [(1,)]
    assert found == list(range(5, MANY))
    database.rollback()
    assert database.query("select count(*) from numbers") == [(0,)]


@pytest.mark.parametrize("count", [0, PART - 1, PART, 2 * PART])
def test_each_row_is_read_once_however_many_there_are(database: DuckConnection, count: int) -> None:
    fill(database, count)
    assert sorted(n for (n,) in database.stream("select n from numbers")) == list(range(count))


def test_rows_that_nobody_reads_to_the_end_leave_nothing(database: DuckConnection) -> None:
    fill(database)
    rows = database.stream("select n from numbers")
    assert len(list(islice(rows, PART + 1))) == PART + 1
    assert isinstance(rows, Iterator)
    del rows
    assert database.query("select table_name from duckdb_tables() where temporary") == []
    again = database.stream("select n from numbers")
    next(again)
    database.release()
    del again
    assert database.query("select count(*) from numbers") == [(MANY,)]


def test_rows_are_read_and_written_without_having_them_all_in_memory(database: DuckConnection) -> None:
    fill(database, 50_000)
    database.write("create table copies (n bigint)")
    tracemalloc.start()
    try:
        database.insert("copies", ["n"], database.stream("select n from numbers"))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert database.query("select count(distinct n) from copies") == [(50_000,)]
    assert most < 3 * 2**20  # all of them are 5 MiB


def row(number: int) -> tuple[Any, ...]:
    values = (
        number * 2**40 - 2**62,
        Decimal(number) / 100 if number % 3 else Decimal(10**8 - 1 - number).quantize(Decimal("0.01")),
        "" if number == 7 else f"t'\"{number}\n",
        number % 2 == 0,
        date(1, 1, 1 + number % 28),
        datetime(2026, 1, 1, 0, 0, 0, number),
        UUID(int=number),
        bytes([number % 256, 0]),
        number / 7,
    )
    return tuple(None if (number + place) % 5 == 0 else value for place, value in enumerate(values))


def test_many_values_are_written_as_few_are(database: DuckConnection) -> None:
    rows = [row(number) for number in range(3 * FEW)]
    database.insert("kinds", COLUMNS, rows)
    together = database.query("select * from kinds")
    database.write("delete from kinds")
    for it in rows:
        database.insert("kinds", COLUMNS, [it])
    assert database.query("select * from kinds") == together == rows


def test_columns_that_are_null_throughout_can_be_written(database: DuckConnection) -> None:
    database.insert("kinds", COLUMNS, [(None,) * len(COLUMNS)] * FEW)
    assert database.query("select count(*) from kinds where i is null and u is null") == [(FEW,)]


def test_a_value_that_does_not_fit_is_told_of_without_it(database: DuckConnection) -> None:
    with pytest.raises(StoreError) as told:
        database.insert("kinds", COLUMNS, [(None, Decimal("123456789012.5"), *[None] * 7)] * FEW)
    assert "123456789012" not in str(told.value)


# --- the generated files: more rows in one transaction than DuckDB keeps in one piece ---------------------------------

LOT = 125_000
VIEWS = """
spec two version 1

peer P
peer Q

source Goods at P {
  item   int   primary key
  title  text
  price  int  default 0
}

view Titles from Goods {
  keep item, title
}

view Prices from Goods {
  keep item, price
}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = Path(compile_spec(tmp_path_factory.mktemp("two"), "two", VIEWS)) / "P" / "duckdb"
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def install(database: DuckConnection, files: dict[str, str]) -> None:
    for name in ("schema.sql", "Titles.sql", "Prices.sql"):
        database.script(files[name])


def test_rows_loaded_as_the_tables_are_made_are_found_once(database: DuckConnection, files: dict[str, str]) -> None:
    database.begin()
    install(database, files)
    database.write("insert into Goods select i, 'title', 1 from range(?) as r(i)", (LOT,))
    database.script(files["Goods.capture.sql"])
    assert len(database.query("select item from bxc_change_Goods where bxc_op = 'insert'")) == LOT
    database.write("delete from bxc_change_Goods")
    database.script(files["Goods.capture.sql"])
    database.commit()
    assert database.query("select count(*) from bxc_change_Goods") == [(0,)]
    assert database.query("select count(*) from bxc_state_Goods join Goods using (item)") == [(LOT,)]


@pytest.mark.parametrize("put", ["put", "put_delta"])
def test_rows_that_a_put_writes_are_changes_of_other_views(
    database: DuckConnection, files: dict[str, str], put: str
) -> None:
    database.begin()
    install(database, files)
    database.commit()
    database.begin()
    database.script(files["Goods.capture.sql"])
    staged = "bxc_new_Titles (item, title) select" if put == "put" else "bxc_delta_Titles select 'insert', null,"
    database.write(f"insert into {staged} i, 'title' from range(?) as r(i)", (LOT,))
    database.script(files[f"Titles.{put}.sql"])
    changed = database.query(files["Prices.changes.sql"])
    database.write("delete from bxc_change_Goods")
    database.commit()
    assert sorted(item for _, _, item, _ in changed) == list(range(LOT))
    assert len(database.query("select item from Prices where price = 0")) == LOT
    database.begin()
    database.script(files["Goods.capture.sql"])
    database.commit()
    assert database.query("select count(*) from bxc_change_Goods") == [(0,)]
    assert len(database.query("select item from bxc_state_Goods where price = 0")) == LOT
