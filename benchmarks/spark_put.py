"""Spark on Sail: a whole put through a view, beside an INSERT OVERWRITE written by hand for the same staged rows.

The hand-written statement checks nothing, logs nothing, and takes what is staged for right. Processor time of client
and server, which are one process, in turns; tables are Delta tables on a local disk.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from benchmarks.harness import table
from benchmarks.sqlite_put import SPEC
from bxc.compile import artifacts, check
from bxc.database.bundle import Bundle, bundle
from bxc.database.spark import SparkStore, connect

SIZES = (1_000_000,)
FULL = (1_000_000, 3_000_000, 10_000_000)
ROUNDS = 3
LENGTH = 10_000

ROWS = """insert overwrite Treatment
select 2 * id as patient, concat('medicine ', id % 997) as medicine, concat('finding of ', id) as finding,
  cast(id % 5000 as decimal(8, 2)) as dose, 'Long Lane 1' as address, cast(null as string) as phone, true as open
from range({size})"""

CONTENT = """insert overwrite bxc_new_Current
select case patient % 2000 when 8 then patient + 1 else patient end as patient, medicine,
  case patient % 250 when 0 then 'other' else finding end as finding, cast(dose as decimal(38, 2)) as dose
from Treatment"""

DELTA = """insert overwrite bxc_delta_Current
select case id % 10 when 1 then 'delete' when 2 then 'insert' else 'update' end as bxc_op,
  case when id % 10 <> 2 then 2 * id * {step} end as bxc_old_patient,
  case id % 10 when 1 then null when 2 then 2 * id * {step} + 1 else 2 * id * {step} end as patient,
  concat('medicine ', id) as medicine, 'finding' as finding, cast(id % 77 as decimal(38, 2)) as dose
from range({length})"""

BY_HAND = """insert overwrite Treatment
select n.patient, n.medicine, n.finding, cast(n.dose as decimal(8, 2)) as dose, s.address, s.phone,
  coalesce(s.open, true) as open
from bxc_new_Current as n left join Treatment as s on s.patient = n.patient
union all
select * from Treatment where not open"""

MERGED = """merge into Treatment as s using bxc_delta_Current as d on s.patient = coalesce(d.bxc_old_patient, d.patient)
when matched and d.bxc_op = 'delete' then delete
when matched then update set
  medicine = d.medicine, finding = d.finding, dose = cast(d.dose as decimal(8, 2))
when not matched and d.bxc_op = 'insert' then insert (patient, medicine, finding, dose, address, phone, open)
  values (d.patient, d.medicine, d.finding, cast(d.dose as decimal(8, 2)), null, null, true)"""


def main(full: bool = False) -> str:
    if not all(map(importlib.util.find_spec, ("pysail", "pyspark"))):
        return "## Spark: puts\n\nNot measured: `make setup-spark` installs what it needs."
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    url = f"sc://127.0.0.1:{server.listening_address[1]}"
    wholes, deltas = [], []
    for size in FULL if full else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            store = SparkStore(connect(url), _compiled(), "Clinic", folder)
            store.install()
            wholes.append((f"{size:,}", *_measure(store, size, CONTENT, "put", BY_HAND)))
            delta = DELTA.format(step=size // LENGTH, length=LENGTH)
            deltas.append((f"{size:,}", *_measure(store, size, delta, "put_delta", MERGED)))
            store.session.stop()
    header = ("rows", "put, s", "by hand, s", "× by hand", "put, s on the clock", "by hand, s on the clock")
    return f"""## Spark: puts

Sail 0.7.2, local mode. Seconds of processor time, and on the clock, of the median of {ROUNDS} rounds. A whole put
states the view's content, of which 1 % of the rows differ; by hand: one INSERT OVERWRITE that joins what is staged.

{table(header, wholes)}

Target: at most 2 × at 10,000,000 rows.

A delta of {LENGTH:,} rows, 80 % updates, 10 % inserts, 10 % deletes; by hand: one MERGE.

{table(header, deltas)}"""


def _compiled() -> Bundle:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bench.bxc")
        path.write_text(SPEC, encoding="utf-8")
        checked = check(path, proving=None)
    assert checked.plan is not None, checked.diagnostics
    return bundle(checked.plan, {file.path: file.text for file in artifacts(checked, ("spark",))})


def _measure(store: SparkStore, size: int, staged: str, action: str, by_hand: str) -> tuple[str, ...]:
    """Processor time of both, their ratio, and times on the clock."""
    puts, hands = [], []
    for _ in range(ROUNDS):
        _start(store, size, staged)
        puts.append(_timed(lambda: store.put("Current", action)))
        done = _content(store)
        _start(store, size, staged)
        hands.append(_timed(lambda: store.run(by_hand)))
        assert _content(store) == done
    (put, clock), (hand, hand_clock) = (tuple(map(median, zip(*found, strict=True))) for found in (puts, hands))
    return f"{put:.1f}", f"{hand:.1f}", f"{put / hand:.2f}", f"{clock:.1f}", f"{hand_clock:.1f}"


def _start(store: SparkStore, size: int, staged: str) -> None:
    """The source as it was, nothing of it news, and rows staged."""
    store.run(ROWS.format(size=size))
    store.run(staged)
    store.forget("Treatment")


def _content(store: SparkStore) -> list[tuple[object, ...]]:
    return store.query("select count(*), sum(patient), sum(dose), sum(length(finding)), count(address) from Treatment")


def _timed(action: Callable[[], object]) -> tuple[float, float]:
    used, clock = process_time(), perf_counter()
    action()
    return process_time() - used, perf_counter() - clock
