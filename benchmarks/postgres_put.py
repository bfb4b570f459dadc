"""PostgreSQL: edits and puts through a view, beside its own views, a trigger written by hand, and a rewrite.

The others work on a table of their own without capture: an auto-updatable view `with cascaded check option`, and a view
with an INSTEAD OF trigger that writes row by row. Neither knows deltas: by three statements they delete, update and
insert what the same staging table holds. Processor time of the server's process, statements in turns, each rolled back.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks.harness import table
from benchmarks.sqlite_put import SPEC
from bxc.compile import artifacts, check

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres_server import Server, server

SIZES = (10_000, 100_000, 1_000_000)
DELTA = 10_000
ROUNDS = {10_000: 7, 100_000: 5, 1_000_000: 3}
EDITS = 400
KEPT = "patient, medicine, finding, dose"

OTHERS = f"""
create table own (like "Treatment" including all);
insert into own select * from "Treatment";
create view own_view as select {KEPT} from own where open with cascaded check option;
create view same_view as select {KEPT} from "Treatment" where open with cascaded check option;
create table traced (like "Treatment" including all);
insert into traced select * from "Treatment";
create view traced_view as select {KEPT} from traced where open;
create function edit_traced() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if exists (select 1 from traced where patient = new.patient) then raise exception 'key is taken'; end if;
    insert into traced ({KEPT}) values (new.patient, new.medicine, new.finding, new.dose);
    return new;
  elsif tg_op = 'UPDATE' then
    update traced set patient = new.patient, medicine = new.medicine, finding = new.finding, dose = new.dose
    where patient = old.patient and open;
    return new;
  end if;
  delete from traced where patient = old.patient and open;
  return old;
end $$;
create trigger edit instead of insert or update or delete on traced_view for each row execute function edit_traced();
"""

DELTA_BY_STATEMENTS = """
delete from {view} where patient in (select bxc_old_patient from "bxc_delta_Current" where bxc_op = 'delete');
update {view} as v set medicine = d.medicine, finding = d.finding, dose = d.dose
from "bxc_delta_Current" as d where d.bxc_op = 'update' and d.bxc_old_patient = v.patient;
insert into {view} select patient, medicine, finding, dose from "bxc_delta_Current" where bxc_op = 'insert';
"""
WHOLE_BY_STATEMENTS = """
delete from {view} as v where not exists (select 1 from "bxc_new_Current" as n where n.patient = v.patient);
update {view} as v set medicine = n.medicine, finding = n.finding, dose = n.dose
from "bxc_new_Current" as n where n.patient = v.patient
  and (n.medicine, n.finding, n.dose) is distinct from (v.medicine, v.finding, v.dose);
insert into {view} select * from "bxc_new_Current" as n
where not exists (select 1 from {view} as v where v.patient = n.patient);
"""
REWRITE = 'delete from own_view; insert into own_view select * from "bxc_new_Current";'
EDIT = "update {view} set dose = dose + 1 where patient = {key}"

STAGED = """
truncate "bxc_delta_Current", "bxc_new_Current";
insert into "bxc_delta_Current"
select case (n + 2) % 10 when 1 then 'delete' when 2 then 'insert' else 'update' end,
  case when (n + 2) % 10 <> 2 then patient end, case when (n + 2) % 10 = 2 then patient + 1 else patient end,
  'medicine ' || n, 'changed', (n + 2) % 1000
from (select patient, row_number() over () as n
  from "Treatment" order by hashint8(patient + {seed}) limit {length}) as t;
insert into "bxc_new_Current"
select patient, medicine, finding, dose from "Current"
where patient not in (select bxc_old_patient from "bxc_delta_Current" where bxc_op <> 'insert')
union all select patient, medicine, finding, dose from "bxc_delta_Current" where bxc_op <> 'delete';
"""

Connection = psycopg.Connection[tuple[Any, ...]]


def main(full: bool = False) -> str:  # noqa: ARG001
    found = server()
    if not isinstance(found, Server):
        return f"## PostgreSQL: puts\n\nnot measured: {found}"
    lines = [line for size in SIZES for line in _measure(found, size)]
    head = ("rows", "work", "bxc", "own view", "× own", "by trigger", "× trigger", "rewrite", "× rewrite")
    return f"""## PostgreSQL: edits and puts

Milliseconds of processor time of the server's process. “edit” is one UPDATE of one row through the view; the delta has
{DELTA:,} rows, 80 % updates, 10 % inserts, 10 % deletes; the whole put states the content that this delta leads to.
bxc captures every edit and guards every rule; the others do neither, but for the own view of “edit”, which is of the
same captured table. “own view” is an auto-updatable view with check option, “by trigger” a view with a row-level
INSTEAD OF trigger, “rewrite” deletes and inserts all rows of the view (and loses what it hides).

{table(head, lines)}

Target: an edit of one row at most 1.1 × PostgreSQL's own view of the same table."""


def _measure(found: Server, size: int) -> Iterator[list[str]]:
    name = found.borrow()
    with psycopg.connect(found.conninfo(name), autocommit=True) as connection:
        _install(connection)
        _fill(connection, size)
        for work, own in (("edit", "same_view"), ("edit, own not captured", "own_view")):
            yield _line(size, work, _edits(connection, size, ('"Current"', own, "traced_view")))
        delta = [['select "bxc_put_delta_Current"()'], *([s] for s in _by_statements(DELTA_BY_STATEMENTS))]
        yield _line(size, "delta 1", _medians(connection, delta, 40, 1))
        yield _line(size, f"delta {DELTA:,}", _medians(connection, delta, ROUNDS[size]))
        whole = [['select "bxc_put_Current"()'], *([s] for s in _by_statements(WHOLE_BY_STATEMENTS)), [REWRITE]]
        yield _line(size, "whole put", _medians(connection, whole, ROUNDS[size]))
    found.give_back(name)


def _by_statements(text: str) -> list[str]:
    return [text.format(view=view) for view in ("own_view", "traced_view")]


def _line(size: int, work: str, times: Sequence[float]) -> list[str]:
    bxc, *others = (1000 * t for t in times)
    cells = [cell for other in others for cell in (f"{other:.3f}", f"{bxc / other:.2f}")]
    return [f"{size:,}", work, f"{bxc:.3f}", *cells, *[""] * (6 - len(cells))]


def _install(connection: Connection) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bench.bxc")
        path.write_text(SPEC, encoding="utf-8")
        files = {f.path: f.text for f in artifacts(check(path, proving=None), ("postgres",), compiled=None)}
    for name in ("schema.sql", "Current.sql"):
        connection.execute(files[f"Clinic/postgres/{name}"].encode())


def _fill(connection: Connection, size: int) -> None:
    """Every second key is taken."""
    connection.execute("update bxc_session set uncaptured = true")
    connection.execute(
        "insert into \"Treatment\" select 2 * n, 'medicine ' || n % 997, 'finding of ' || n, n % 5000, 'Long Lane 1'"
        f" from generate_series(0, {size - 1}) as n".encode()
    )
    connection.execute("update bxc_session set uncaptured = false")
    connection.execute(OTHERS.encode())
    connection.execute("vacuum analyze")


def _edits(connection: Connection, size: int, views: Sequence[str]) -> list[float]:
    times: list[list[float]] = [[] for _ in views]
    for number in range(EDITS):
        key = 2 * random.Random(number).randrange(size)
        for index in [*range(number % 3, 3), *range(number % 3)]:
            times[index].append(_seconds(connection, [EDIT.format(view=views[index], key=key)]))
    return [median(each[20:]) for each in times]


def _medians(connection: Connection, work: Sequence[Sequence[str]], rounds: int, length: int = DELTA) -> list[float]:
    times: list[list[float]] = [[] for _ in work]
    for number in range(-1, rounds):
        connection.execute(STAGED.format(seed=number, length=length).encode())
        for statements, taken in zip(work, times, strict=True):
            seconds = _seconds(connection, statements)
            if number >= 0:
                taken.append(seconds)
    return [median(each) for each in times]


def _seconds(connection: Connection, statements: Sequence[str]) -> float:
    connection.execute("begin")
    start = _used(connection)
    for statement in statements:
        connection.execute(statement.encode())
    taken = _used(connection) - start
    connection.execute("rollback")
    return taken


def _used(connection: Connection) -> float:
    """Seconds of processor time of the connection's process."""
    text = Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text(encoding="ascii")
    return int(text.split()[0]) / 1e9
