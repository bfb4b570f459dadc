"""What lies beside the sources: the session, staging tables and captured edits, before a put and after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from bxc import types
from bxc.laws import term as t
from bxc.laws.table import Table, contents_same
from bxc.laws.term import FALSE, TRUE, Sort, Term
from bxc.laws.value import Row, Val
from bxc.validate import values as v
from bxc.validate.database import Database, StoredRow
from bxc.validate.law_setting import Setting, engine_value, variable
from bxc.validate.run import Result
from bxc.validate.sql import fold
from bxc.validate.values import Value

EARLIER = (3, 7)
"""The numbers of the edits that were captured before the put."""
SESSION = "bxc_session"
SCRATCH = ("mark", "careful", "moved", "written", "loading")
"""Columns of SQLite's session with any value before a put: all but those that say that none is running."""
KEPT = ("id", "putting", "uncaptured", "loading")
"""Columns of SQLite's session that a put leaves as they were; on PostgreSQL it is all."""


# --- before a put ---------------------------------------------------------------------------------------------------


def surrounded(setting: Setting, database: Database, idle: str, *, remembered: bool) -> Database:
    """The database as a put may find it.

    Others have used the session, the staging table that the put does not read (``idle``) has a row, and edits were
    captured before, if some are to be ``remembered``.
    """
    row = setting.variables("idle", nullable=True)
    database = setting.staged(idle, [(TRUE, row)], database)
    if SESSION in database.tables and database.engine == "sqlite":
        database = _with_session(database)
    return _with_history(setting, database) if remembered else database


def _with_session(database: Database) -> Database:
    ((present, values),) = database.content(SESSION)
    row = [
        Value(c.kind, FALSE if c.not_null else t.var(f"session {c.name}?", Sort.BOOL), _scratch(c.name))
        if c.name in SCRATCH
        else held
        for c, held in zip(database.columns(SESSION), values, strict=True)
    ]
    return database.with_rows(SESSION, [(present, row)])


def _scratch(name: str) -> Term:
    if name in ("careful", "loading"):  # flags
        return t.ite(t.var(f"session {name}", Sort.BOOL), t.const(1), t.const(0))
    return t.var(f"session {name}", Sort.INT)


def _with_history(setting: Setting, database: Database) -> Database:
    source = setting.end.source
    of = {fold(p + c.name): c.type for c in source.columns for p in ("", "bxc_old_")}
    fixed: dict[str, t.Ground] = {"bxc_op": "update", "bxc_via": setting.view.name}
    for table in (f"bxc_change_{source.name}", f"bxc_journal_{source.name}"):
        if fold(table) not in database.tables:
            continue
        rows = []
        for number in EARLIER:
            cells = []
            for column in database.columns(table):
                name = fold(column.name)
                if name in of:
                    cells.append(engine_value(column.kind, variable(f"{number}.{name}", of[name], True)))
                else:
                    cells.append(v.known(column.kind, t.const(fixed.get(name, number))))
            rows.append((TRUE, cells))
        database = database.with_rows(table, rows)
    sequence = fold(f"bxc_seq_{source.name}")
    if sequence in database.sequences:
        database = replace(database, sequences={**database.sequences, sequence: EARLIER[-1]})
    return database


# --- after it -------------------------------------------------------------------------------------------------------


def captured(setting: Setting, before: Database, result: Result) -> Table:
    """The edits that a put captures."""
    source = setting.end.source
    of: dict[str, types.Type] = {"bxc_op": types.Text(), "bxc_via": types.Text()}
    for column in source.columns:
        of[column.name] = of[f"bxc_old_{column.name}"] = column.type
    return setting.content(result.database, f"bxc_change_{source.name}", of, before)


def upset(setting: Setting, before: Database, result: Result, edits: Table) -> Iterator[tuple[str, Term]]:
    """What a put may leave otherwise than it should beside the source, and where it does.

    ``edits`` are those that it should capture.
    """
    after = result.database
    source = setting.end.source.name
    change, journal = f"bxc_change_{source}", f"bxc_journal_{source}"
    known = {fold(name) for name in (source, change, journal)}
    if set(before.tables) != set(after.tables):
        yield "leaves other tables than there were", TRUE
        return
    for table in sorted(set(before.tables) - known):
        columns = KEPT if table == SESSION and before.engine == "sqlite" else None
        yield f"leaves `{table}` otherwise than it was", changed(before, after, table, columns)
    if SESSION in after.tables and after.engine == "sqlite":
        last = _last(before, change)
        marks = [(r.present, r.values[_at(after, SESSION, "mark")]) for r in after.rows[SESSION]]
        wrong = t.any_(t.and_(p, t.not_(v.identical(m, v.number(last)))) for p, m in marks)
        yield "does not say where the edits that it captured begin", wrong
    for table, name in ((change, "bxc_seq"), (journal, "bxc_put")):
        if fold(table) in after.tables:
            yield f"changes `{table}` where it should add to it", _rewritten(before, after, table)
            yield f"numbers what it adds to `{table}` wrongly", _misnumbered(setting, before, after, table, name)
    if fold(journal) in after.tables:
        yield f"adds other rows to `{journal}` than it should", _misnoted(setting, before, result, journal, edits)


def changed(before: Database, after: Database, table: str, columns: Sequence[str] | None = None) -> Term:
    """Whether a table's rows are others than before, in some columns; none may have come or gone."""
    known = {row.id for row in before.rows[table]}
    more = [row.present for row in after.rows[table] if row.id not in known]
    return t.any_([*more, _altered(before, after, table, columns)])


def _rewritten(before: Database, after: Database, table: str) -> Term:
    return _altered(before, after, fold(table), None)


def _altered(before: Database, after: Database, table: str, columns: Sequence[str] | None) -> Term:
    """Whether rows that were there have gone or are otherwise."""
    at = [n for n, c in enumerate(before.columns(table)) if columns is None or c.name in columns]
    there = {row.id: row for row in after.rows[table]}
    parts = []
    for old in before.rows[table]:
        new = there.get(old.id)
        if new is None:
            parts.append(old.present)
        elif new is not old:
            same = v.identical_rows([old.values[n] for n in at], [new.values[n] for n in at])
            parts.append(t.not_(t.and_(t.eq(old.present, new.present), t.or_(t.not_(old.present), same))))
    return t.any_(parts)


def _added(before: Database, after: Database, table: str) -> list[StoredRow]:
    known = {row.id for row in before.rows[fold(table)]}
    return [row for row in after.rows[fold(table)] if row.id not in known]


def _misnumbered(setting: Setting, before: Database, after: Database, table: str, column: str) -> Term:
    """The numbers are greater than those before; on SQLite each row of a put has its own, elsewhere all have one."""
    at = _at(after, table, column)
    rows = _added(before, after, table)
    last = v.number(_last(before, table))
    wrong = [t.and_(row.present, t.not_(v.less(last, row.values[at]).term)) for row in rows]
    for a, b in combinations(rows, 2):
        same = v.identical(a.values[at], b.values[at])
        odd = same if setting.engine == "sqlite" else t.not_(same)
        wrong.append(t.and_(a.present, b.present, odd))
    return t.any_(wrong)


def _misnoted(setting: Setting, before: Database, result: Result, table: str, edits: Table) -> Term:
    """DuckDB's journal has the old key and the new values of each edit that was captured."""
    source = setting.end.source
    names = [n for n in setting.names if n not in setting.made_up]
    listed = [*(f"bxc_old_{n}" for n in source.primary_key if n not in setting.made_up), *names]
    of = {c.name: c.type for c in source.columns}
    of.update({f"bxc_old_{n}": of[n] for n in source.primary_key})
    found = setting.content(result.database, table, of, before)
    counts = [t.count(m.present for m in rows) for rows in (found, edits)]
    return t.or_(t.not_(contents_same(listed, edits, found)), t.not_(t.eq(*counts)))


def _last(before: Database, table: str) -> int:
    """The last number that was given before the put: 0 for none."""
    return EARLIER[-1] if before.rows[fold(table)] else 0


def _at(database: Database, table: str, column: str) -> int:
    return [fold(c.name) for c in database.columns(table)].index(column)


def edit(setting: Setting, operation: Term, old: Row, new: Row) -> Row:
    """The row of a captured edit."""
    via = Val(FALSE, t.const(setting.view.name))
    return {"bxc_op": Val(FALSE, operation), "bxc_via": via, **{f"bxc_old_{n}": x for n, x in old.items()}, **new}
