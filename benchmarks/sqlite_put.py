"""SQLite: a delta put through a view, beside statements written by hand for the same staged delta on the base table.

The hand-written statements delete and upsert from the same staging table, without any check, on the same database
(whose triggers capture the edits) and on one without triggers. Processor time of the statements alone, prepared
before, in turns, each rolled back.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
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
    " on conflict (patient) do update"
    " set medicine = excluded.medicine, finding = excluded.finding, dose = excluded.dose",
)
EDIT = "update Current set dose = dose + 1 where patient = ?"
EDIT_BY_HAND = "update Treatment set dose = dose + 1 where patient = ?"


def main(full: bool = False) -> str:
    sizes = (*SIZES, FULL) if full else SIZES
    with tempfile.TemporaryDirectory() as folder:
        rows = [line for size in sizes for line in _measure(size, Path(folder))]
    head = ("rows", "delta", "put", "by hand", "× by hand", "by hand, no triggers", "× that")
    return f"""## SQLite: delta put

Milliseconds of processor time. A delta is 80 % updates, 10 % inserts, 10 % deletes, spread over the table;
“edit” is one UPDATE of one row through the view, with its INSTEAD OF trigger.

{table(head, rows)}

Target: at most 1.3 × by hand for deltas of 100 and more, flat in the table's size; at most 0.15 ms for one row.
A delta that is the whole table (10,000 of 10,000) misses it: by hand a row costs least there, and what a put does for
each staged row beside writing it (a copy to work on, so that triggers may see it, and its rules) stays what it is."""


def _measure(size: int, folder: Path) -> Iterator[list[str]]:
    captured = install(SPEC, folder / f"{size}.db", {"Treatment": _treatments(size)})
    bare = install(SPEC, folder / f"{size}-bare.db", {"Treatment": _treatments(size)})
    bare.drop_triggers()
    put = [captured.statement("Current", "put_delta")]
    puts = ((captured, put), (captured, BY_HAND), (bare, BY_HAND))
    for length, rounds in DELTAS.items():
        yield _line(size, f"{length:,}", _medians(puts, rounds, partial(_delta, size, min(length, size))))
    edits = ((captured, [EDIT]), (captured, [EDIT_BY_HAND]), (bare, [EDIT_BY_HAND]))
    yield _line(size, "edit", _medians(edits, 300, lambda seed: 2 * random.Random(seed).randrange(size)))
    captured.remove()
    bare.remove()


def _line(size: int, delta: str, times: Sequence[float]) -> list[str]:
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


def _medians(
    work: Sequence[tuple[Installed, Sequence[str]]], rounds: int, staged: Callable[[int], list[Row] | int]
) -> list[float]:
    """Seconds that each piece of work takes: statements that put what is staged, or that edit the row of a key."""
    times: list[list[float]] = [[] for _ in work]
    for number in range(-2, rounds):
        given = staged(number)
        turn = number % len(work)
        for index in [*range(turn, len(work)), *range(turn)]:
            database, statements = work[index]
            seconds = _seconds(database.connection, statements, given)
            if number >= 0:  # the first rounds prepare the statements and warm the caches
                times[index].append(seconds)
    return [median(each) for each in times]


def _seconds(connection: sqlite3.Connection, statements: Sequence[str], given: list[Row] | int) -> float:
    connection.execute("begin")
    values: tuple[int, ...] = ()
    if isinstance(given, int):
        values = (given,)
    else:
        connection.executemany("insert into bxc_delta_Current values (?, ?, ?, ?, ?, ?)", given)
    start = process_time()
    for statement in statements:
        connection.execute(statement, values)
    taken = process_time() - start
    connection.execute("rollback")
    return taken
