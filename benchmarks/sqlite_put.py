"""SQLite: a delta put through a view, beside statements written by hand for the same staged delta on the base table.

The hand-written statements delete and upsert from the same staging table, without any check, on the same database
(whose triggers capture the edits) and once more with all triggers dropped. Processor time of the statements alone, in
turns, each rolled back.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from time import process_time

from benchmarks.harness import table
from benchmarks.sqlite_database import Installed, install

SPEC = """spec bench version 1
peer Clinic
source Treatment at Clinic {
  patient    int             primary key
  medicine   text            not null
  finding    text
  dose       decimal(8,2)    not null
  address    text
  phone      text
  open       bool            not null default true
}
view Current from Treatment {
  where open
  keep patient, medicine, finding, dose
}
"""
SIZES = (10_000, 100_000, 1_000_000)
FULL = 10_000_000
DELTAS = {1: 200, 100: 60, 10_000: 9}
Row = tuple[object, ...]

BY_HAND = (
    "delete from Treatment where patient in (select bxc_old_patient from bxc_delta_Current where bxc_op = 'delete')",
    "insert into Treatment (patient, medicine, finding, dose)"
    " select patient, medicine, finding, dose from bxc_delta_Current where bxc_op <> 'delete'"
    " on conflict (patient) do update set medicine = excluded.medicine, finding = excluded.finding, dose = excluded.dose",  # noqa: E501
)
EDIT = "update Current set dose = dose + 1 where patient = ?"
EDIT_BY_HAND = "update Treatment set dose = dose + 1 where patient = ?"


def main(full: bool = False) -> str:
    sizes = (*SIZES, FULL) if full else SIZES
    with tempfile.TemporaryDirectory() as folder:
        rows = [line for size in sizes for line in _measure(size, Path(folder) / f"{size}.db")]
    head = ("rows", "delta", "put", "by hand", "× by hand", "by hand, no triggers", "× that")
    return f"""## SQLite: delta put

Milliseconds of processor time. A delta is 80 % updates, 10 % inserts, 10 % deletes, spread over the table;
“edit” is one UPDATE of one row through the view, with its INSTEAD OF trigger.

{table(head, rows)}

Target: at most 1.3 × by hand for deltas of 100 and more, flat in the table's size; at most 0.15 ms for one row."""


def _measure(size: int, path: Path) -> Iterator[list[str]]:
    database = install(SPEC, path, {"Treatment": _treatments(size)})
    put = database.statement("Current", "put_delta")
    for length, rounds in DELTAS.items():
        times = _rounds(database, rounds, lambda number: _delta(size, min(length, size), number), [put], BY_HAND)  # noqa: B023  called within the loop
        yield _line(size, f"{length:,}", times)
    yield _line(size, "edit", _edits(database, size))
    database.connection.close()
    path.unlink()


def _line(size: int, delta: str, times: tuple[float, float, float]) -> list[str]:
    put, captured, bare = (1000 * t for t in times)
    figures = [f"{put:.3f}", f"{captured:.3f}", f"{put / captured:.2f}", f"{bare:.3f}", f"{put / bare:.2f}"]
    return [f"{size:,}", delta, *figures]


def _treatments(size: int) -> Iterable[Row]:
    """Every second key is taken."""
    return ((2 * n, f"medicine {n % 997}", f"finding of {n}", n % 5000, "Long Lane 1", None, 1) for n in range(size))


def _delta(size: int, length: int, seed: int) -> list[Row]:
    chosen = random.Random(seed).sample(range(size), length)
    return [_staged(2 * n, n % 10 if length > 1 else 0, seed) for n in chosen]


def _staged(key: int, kind: int, seed: int) -> Row:
    if kind == 1:
        return ("delete", key, None, None, None, None)
    if kind == 2:
        return ("insert", None, key + 1, f"new {seed}", "none yet", 100)
    return ("update", key, key, f"medicine {key} {seed}", f"finding {seed}", seed)


def _rounds(
    database: Installed, rounds: int, delta: Callable[[int], list[Row]], put: Iterable[str], by_hand: Iterable[str]
) -> tuple[float, float, float]:
    """Medians of the put, of the statements by hand, and of these without triggers."""
    connection = database.connection
    times: tuple[list[float], list[float], list[float]] = ([], [], [])
    for number in range(rounds):
        staged = delta(number)
        work = [(put, False, times[0]), (by_hand, False, times[1]), (by_hand, True, times[2])]
        for statements, bare, taken in work if number % 2 else reversed(work):
            connection.execute("begin")
            if bare:
                database.drop_triggers()
                _timed(connection, statements)  # prepared again, which is not to be measured
            connection.executemany("insert into bxc_delta_Current values (?, ?, ?, ?, ?, ?)", staged)
            taken.append(_timed(connection, statements))
            connection.execute("rollback")
            _timed(connection, statements)
            connection.execute("delete from bxc_delta_Current")
    return median(times[0]), median(times[1]), median(times[2])


def _timed(connection: sqlite3.Connection, statements: Iterable[str], *values: object) -> float:
    start = process_time()
    for statement in statements:
        connection.execute(statement, values)
    return process_time() - start


def _edits(database: Installed, size: int) -> tuple[float, float, float]:
    """One row through the view, and on the base table with and without triggers."""
    connection = database.connection
    times: tuple[list[float], list[float], list[float]] = ([], [], [])
    for number in range(300):
        key = 2 * random.Random(number).randrange(size)
        for statement, bare, taken in (
            (EDIT, False, times[0]),
            (EDIT_BY_HAND, False, times[1]),
            (EDIT_BY_HAND, True, times[2]),
        ):
            connection.execute("begin")
            if bare:
                database.drop_triggers()
            _timed(connection, [statement], -1)
            taken.append(_timed(connection, [statement], key))
            connection.execute("rollback")
    return median(times[0]), median(times[1]), median(times[2])
