"""DuckDB: puts through a view, beside statements written by hand for the same staged rows on the base table.

The hand-written statements check nothing. Those that capture write what the put writes for others to read. Processor
time of the statements, in turns, each rolled back; the database is a file.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from time import process_time

import duckdb

from benchmarks.harness import table
from benchmarks.sqlite_database import plan
from benchmarks.sqlite_put import SPEC
from bxc.codegen.sql.duckdb import emit
from bxc.codegen.sql.files import view_path

SIZES = (100_000, 1_000_000)
FULL = 10_000_000
LENGTH = 10_000
ROUNDS = 5

ROWS = """insert into Treatment
select 2 * n, 'medicine ' || n % 997, 'finding of ' || n, n % 5000, 'Long Lane 1', null, true
from range({size}) as r(n)"""

DELTA = """insert into bxc_delta_Current
select case n % 10 when 1 then 'delete' when 2 then 'insert' else 'update' end,
  case when n % 10 <> 2 then 2 * n end, case n % 10 when 1 then null when 2 then 2 * n + 1 else 2 * n end,
  'medicine ' || n, 'finding', n % 77
from (select unnest(?::bigint[]) as n)"""

CONTENT = """insert into bxc_new_Current
select case n % 1000 when 4 then patient + 1 else patient end, medicine,
  case n % 125 when 0 then 'other' else finding end, dose
from (select *, patient // 2 as n from Treatment)"""

FOUND = """create or replace temp table found as
select s.rowid as number, d.bxc_op, s.*, d.medicine as new_medicine, d.finding as new_finding, d.dose as new_dose
from bxc_delta_Current as d
join Treatment as s on s.patient = d.bxc_old_patient
where d.bxc_op <> 'insert';
"""

AFTER = """
select patient, new_medicine, new_finding, new_dose, address, phone, open from found where bxc_op = 'update'
union all
select patient, medicine, finding, dose, null, null, true from bxc_delta_Current where bxc_op = 'insert'"""

MOVED = f"""{FOUND}
delete from Treatment where rowid in (select number from found);
insert into Treatment {AFTER};
"""

CAPTURED = """
create or replace temp table edit as
select bxc_op, patient as old_patient, medicine as old_medicine, finding as old_finding, dose as old_dose,
  address as old_address, phone as old_phone, open as old_open, case when bxc_op = 'update' then patient end as patient,
  new_medicine as medicine, new_finding as finding, new_dose as dose, address, phone, open
from found
union all
select 'insert', null, null, null, null, null, null, null, patient, medicine, finding, dose, null, null, true
from bxc_delta_Current where bxc_op = 'insert';
insert into bxc_change_Treatment
select (select nextval('bxc_seq_Treatment')), bxc_op, 'Current', * exclude (bxc_op) from edit;
insert into bxc_journal_Treatment
select 1, old_patient, patient, medicine, finding, dose, address, phone, open from edit;
"""

UPDATED = """
update Treatment as s set medicine = d.medicine, finding = d.finding, dose = d.dose
from bxc_delta_Current as d where d.bxc_op = 'update' and s.patient = d.bxc_old_patient;
delete from Treatment as s using bxc_delta_Current as d where d.bxc_op = 'delete' and s.patient = d.bxc_old_patient;
insert into Treatment
select patient, medicine, finding, dose, null, null, true from bxc_delta_Current where bxc_op = 'insert';
"""

JOIN = """
select count(*) from bxc_new_Current as n full join Treatment as s on n.patient = s.patient
where n.patient is null or s.patient is null or n.medicine is distinct from s.medicine
  or n.finding is distinct from s.finding or n.dose is distinct from s.dose;
"""


def main(full: bool = False) -> str:
    sizes = (*SIZES, FULL) if full else SIZES
    deltas, wholes = [], []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.duckdb"
            with duckdb.connect(path, config={"threads": 2}) as connection:
                files = _install(connection, size)
                deltas.append(_delta_put(connection, files, size))
                if size > SIZES[0]:
                    wholes.append(_whole_put(connection, files, size))
            path.unlink()
    by_hand = ("by hand", "× by hand", "by hand, no capture", "× that", "UPDATE, no capture", "× that")
    return f"""## DuckDB: puts

Milliseconds of processor time. A delta of {LENGTH:,} rows is 80 % updates, 10 % inserts, 10 % deletes, spread over the
table. By hand: rows that change are deleted by their number and inserted again, or updated (which costs more again at
commit and checkpoint, as those rewrite each column that was touched).

{table(("rows", "delta put", *by_hand), deltas)}

Target: at most 1.5 × by hand at 10,000,000 rows.

A whole put states the view's full content, of which 1 % of the rows differ; beside it the bare full join of staging and
source that counts these.

{table(("rows", "whole put", "bare join", "× the join"), wholes)}

Target: at most 1.8 ×."""


def _install(connection: duckdb.DuckDBPyConnection, size: int) -> Mapping[str, str]:
    """Fills the source and gives the emitted files by path."""
    files = {file.path: file.text for file in emit(plan(SPEC), "bench", 1)}
    connection.execute("set enable_progress_bar = false")
    connection.execute(files["schema.sql"])
    connection.execute(files[view_path("Current")])
    connection.execute(ROWS.format(size=size))
    connection.execute("checkpoint")
    return files


def _delta_put(connection: duckdb.DuckDBPyConnection, files: Mapping[str, str], size: int) -> list[str]:
    chosen = random.Random(size).sample(range(size), LENGTH)
    connection.execute(DELTA, [chosen])
    work = {"put": files[view_path("Current", "put_delta")], "hand": MOVED + CAPTURED, "bare": MOVED, "update": UPDATED}
    times = _medians(connection, work)
    others = [text for name in ("hand", "bare", "update") for text in _beside(times["put"], times[name])]
    return [f"{size:,}", _milliseconds(times["put"]), *others]


def _whole_put(connection: duckdb.DuckDBPyConnection, files: Mapping[str, str], size: int) -> list[str]:
    connection.execute(CONTENT)
    times = _medians(connection, {"put": files[view_path("Current", "put")], "join": JOIN})
    return [f"{size:,}", _milliseconds(times["put"]), *_beside(times["put"], times["join"])]


def _beside(put: float, other: float) -> Iterator[str]:
    yield _milliseconds(other)
    yield f"{put / other:.2f}"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"


def _medians(connection: duckdb.DuckDBPyConnection, work: Mapping[str, str]) -> dict[str, float]:
    """Seconds that each script takes; the first round warms the caches."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for number in range(-1, ROUNDS):
        for name, script in work.items():
            connection.execute("begin")
            start = process_time()
            connection.execute(script)
            taken = process_time() - start
            connection.execute("rollback")
            if number >= 0:
                times[name].append(taken)
    return {name: median(each) for name, each in times.items()}
