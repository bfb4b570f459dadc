"""Changes: the deltas of eight views from 10,000 captured edits, beside full diffs of the eight views.

A full diff compares what a view's get gives of the source as it was, kept in a table of its own, with what it gives
now, by the view's key. Both sides fetch all rows that they find, and must find the same number. Processor time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

import duckdb

from benchmarks import sqlite_database
from benchmarks.harness import table
from bxc.codegen.sql import duckdb as duckdb_emitter
from bxc.codegen.sql.files import capture_path, view_path
from bxc.plan import PeerPlan, ViewPlan

SPEC = """spec bench version 1
peer Clinic
source Treatment at Clinic {
  patient    int   primary key
  medicine   text  not null
  maker      text  not null
  finding    text
  dose       int   not null
  address    text
  phone      text
  open       bool  not null default true
  determines medicine -> maker
}
view Everything from Treatment {
}
view Current from Treatment {
  where open
}
view Doses from Current {
  keep patient, medicine, dose
}
view Strong from Doses {
  where dose >= 2500
}
view Contacts from Treatment {
  keep patient, address, phone
}
view Findings from Treatment {
  where finding is not null
  keep patient, finding
}
view Priced from Doses {
  add high = dose >= 1000
}
view Medicines from Treatment {
  keep medicine, maker
}
"""
SIZES = (100_000, 1_000_000)
FULL = 10_000_000
EDITS = 10_000
KEPT = "create table Before as select * from Treatment"
KEPT_KEY = "create unique index Before_key on Before (patient)"
EDITED = (
    "delete from Treatment where patient in (select patient from Edited where kind = 1)",
    "insert into Treatment"
    " select patient + 1, 'new ' || (patient % 50), 'maker ' || (patient % 50), null, 100, '', '', true"
    " from Edited where kind = 2",
    "update Treatment set open = not open where patient in (select patient from Edited where kind = 3)",
    "update Treatment set finding = 'looked at', dose = 5000 - dose"
    " where patient in (select patient from Edited where kind > 3)",
)
Query = Callable[[str], list[tuple[object, ...]]]


def main(full: bool = False) -> str:
    sizes = (*SIZES, FULL) if full else SIZES
    with tempfile.TemporaryDirectory() as folder:
        rows = [line for size in sizes for line in (_sqlite(size, Path(folder)), _duckdb(size, Path(folder)))]
    head = ("engine", "rows", "found", "8 deltas", "8 full diffs", "× as fast", "8 deltas of no edit")
    return f"""## Changes: the deltas of eight views

Milliseconds of processor time; {EDITS:,} captured edits: 70 % updates, 10 % rows that open or close, 10 % inserts, 10 %
deletes, spread over the source. “found” is how many view rows changed.

{table(head, rows)}

Target: at least 30 × as fast as full diffs at 1,000,000 rows, growing only with the delta. DuckDB, whose full diffs are
several times as fast as SQLite's, reaches it with larger tables only: most of what a delta takes there it takes also
where nothing was edited."""


def _sqlite(size: int, folder: Path) -> list[str]:
    site = sqlite_database.install(SPEC, folder / f"{size}.db", {"Treatment": _treatments(size)})
    connection = site.connection
    connection.execute(KEPT)
    connection.execute(KEPT_KEY)
    connection.execute("create temp table Edited (patient integer, kind integer)")
    connection.executemany("insert into Edited values (?, ?)", _edited(size))
    for statement in EDITED:
        connection.execute(statement)
    figures = _measure(lambda sql: connection.execute(sql).fetchall(), site.files)
    site.remove()
    return ["SQLite", f"{size:,}", *figures]


def _duckdb(size: int, folder: Path) -> list[str]:
    files = {file.path: file.text for file in duckdb_emitter.emit(_plan(), "bench", 1)}
    path = folder / f"{size}.duckdb"
    connection = duckdb.connect(str(path), config={"threads": 2})
    connection.execute("set enable_progress_bar = false")
    for name in ("schema.sql", *(view_path(view.name) for view in _plan().views)):
        connection.execute(files[name])
    connection.execute(
        "insert into Treatment select 2 * n, 'medicine ' || (n % 997), 'maker ' || (n % 997 % 90), 'finding of ' || n,"
        f" n % 5000, 'Long Lane 1', null, n % 4 > 0 from range({size}) as t(n)"
    )
    connection.execute(files[capture_path("Treatment")])
    connection.execute("delete from bxc_change_Treatment")
    connection.execute(KEPT)
    connection.execute("create temp table Edited (patient bigint, kind bigint)")
    patients, kinds = zip(*_edited(size), strict=True)
    connection.execute("insert into Edited select unnest(?), unnest(?)", [list(patients), list(kinds)])
    for statement in EDITED:
        connection.execute(statement)
    connection.execute(files[capture_path("Treatment")])
    figures = _measure(lambda sql: connection.execute(sql).fetchall(), files)
    connection.close()
    path.unlink()
    return ["DuckDB", f"{size:,}", *figures]


def _plan() -> PeerPlan:
    return sqlite_database.plan(SPEC)


def _treatments(size: int) -> Iterator[tuple[object, ...]]:
    """Every second key is taken."""
    for n in range(size):
        named = f"medicine {n % 997}", f"maker {n % 997 % 90}", f"finding of {n}"
        yield 2 * n, *named, n % 5000, "Long Lane 1", None, n % 4 > 0


def _edited(size: int) -> Iterator[tuple[int, int]]:
    """Keys, and what is done to each."""
    return ((2 * n, n % 10 + 1) for n in Random(1).sample(range(size), EDITS))


# --- both sides -----------------------------------------------------------------------------------------------------


def _measure(query: Query, files: Mapping[str, str]) -> list[str]:
    assert query("select count(*) from bxc_change_Treatment") == [(EDITS,)]
    views = _plan().views
    deltas = [files[view_path(view.name, "changes")] for view in views]
    diffs = [_diff(view, files[view_path(view.name, "get")]) for view in views]
    found = [len(query(delta)) for delta in deltas]
    assert found == [len(query(diff)) for diff in diffs]
    fast, slow = _milliseconds(query, deltas, 9), _milliseconds(query, diffs, 3)
    query("delete from bxc_change_Treatment")
    nothing = _milliseconds(query, deltas, 9)
    return [f"{sum(found):,}", f"{fast:.1f}", f"{slow:,.0f}", f"{slow / fast:.0f}", f"{nothing:.1f}"]


def _diff(view: ViewPlan, get: str) -> str:
    """Rows that are new or differ, then rows that are gone."""
    now = get[get.index("select") :].rstrip().removesuffix(";")
    before = now.replace("from Treatment as", "from Before as")
    columns = [column.name for column in view.columns]
    agree = " and ".join(f"o.{c} = n.{c}" for c in view.key)
    values = [f"({', '.join(f'{side}.{c}' for c in columns)})" for side in "no"]
    key = view.key[0]
    return (
        f"select n.* from ({now}) as n left join ({before}) as o on {agree}"
        f" where o.{key} is null or {values[0]} is distinct from {values[1]}"
        f" union all select o.* from ({before}) as o left join ({now}) as n on {agree} where n.{key} is null"
    )


def _milliseconds(query: Query, queries: list[str], rounds: int) -> float:
    """The median over some rounds of the time that all queries take."""
    times = []
    for _ in range(rounds):
        start = process_time()
        for sql in queries:
            query(sql)
        times.append(process_time() - start)
    return 1000 * median(times)
