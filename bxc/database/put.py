"""Rows of a file put through a view: staged, put by the generated script, and explained where refused."""

from __future__ import annotations

from collections.abc import Mapping

from bxc import types as t
from bxc.codegen.sql.names import change_table, delta_table, new_table, old_column, quote, violations_view
from bxc.database.bundle import Bundle, View
from bxc.database.connection import Database, DatabaseError, RefusedError, Row, transaction
from bxc.database.rows import RowFile
from bxc.database.stage import Load, Progress, load
from bxc.database.types import DIALECTS
from bxc.dataclass import dataclass

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused put: its code and text, and the first offending staged rows (at most 20) under ``columns``."""

    code: str
    text: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a put did: rows staged, and source rows changed, by operation; or why it was refused."""

    staged: int
    changed: Mapping[str, int]
    refusal: Refusal | None = None


def staged_columns(view: View, delta: bool) -> tuple[dict[str, t.Type], frozenset[str]]:
    """The columns of a view's staging table, and those that a file may lack."""
    if not delta:
        return dict(view.columns), frozenset()
    old = {old_column(name): view.columns[name] for name in view.key}
    return {"bxc_op": t.Text(), **old, **view.columns}, frozenset((*old, *view.columns))


def put(
    database: Database,
    bundle: Bundle,
    peer: str,
    view: View,
    file: RowFile,
    *,
    delta: bool,
    keep: bool,
    progress: Progress,
) -> Outcome:
    """Put a file's rows through a view in one transaction, which is kept only if the put is accepted and ``keep``.

    Staging is empty afterwards. RowsError for rows that cannot be read, DatabaseError for what is no refusal of bxc's.
    """
    staging = (delta_table if delta else new_table)(view.name)
    if staging not in database.objects():
        raise DatabaseError(f"view {view.name} is not installed in this database; `bxc install` does that")
    columns, optional = staged_columns(view, delta)
    work = Load(file, staging, columns, optional)
    script = bundle.script(peer, database.engine, view.name, "put_delta" if delta else "put")
    capture = bundle.capture_script(peer, database.engine, view.source)
    try:
        with transaction(database, keep=keep):
            if capture is not None:  # an engine without triggers: what others have edited goes before the put
                database.run(capture)
            staged = _stage(database, work, progress)
            before = _last_change(database, view)
            try:
                database.run(script)
            except RefusedError as error:
                if database.engine == "sqlite":  # the transaction is still there, and the staged rows with it
                    raise _RefusedPutError(_refusal(database, view, error), staged) from error
                raise
            outcome = Outcome(staged, _changes(database, view, before))
            _clear(database, staging)
            return outcome
    except _RefusedPutError as refused:
        return Outcome(refused.staged, {}, refused.refusal)
    except RefusedError as error:
        with transaction(database, keep=False):
            staged = _stage(database, work, progress)
            return Outcome(staged, {}, _refusal(database, view, error))


class _RefusedPutError(Exception):
    def __init__(self, refusal: Refusal, staged: int) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal
        self.staged = staged


def _stage(database: Database, work: Load, progress: Progress) -> int:
    _clear(database, work.table)
    return load(database, work, progress)


def _clear(database: Database, staging: str) -> None:
    database.run(f"delete from {quote(staging, DIALECTS[database.engine])};")


def _refusal(database: Database, view: View, error: RefusedError) -> Refusal:
    name = quote(violations_view(view.name), DIALECTS[database.engine])
    order = ", ".join(str(number) for number in range(1, len(view.key) + 3))  # code, staged, key
    # Staged rows that break the same rule with the same key are one thing to tell.
    found = database.query(f"select distinct * from {name} order by {order} limit {MOST_SHOWN + 1}")
    rows = tuple(found.rows)
    return Refusal(error.code, str(error), found.columns, rows[:MOST_SHOWN], len(rows) > MOST_SHOWN)


def _last_change(database: Database, view: View) -> int:
    name = quote(change_table(view.source), DIALECTS[database.engine])
    (row,) = database.query(f"select coalesce(max(bxc_seq), 0) from {name}").rows
    assert isinstance(row[0], int)
    return row[0]


def _changes(database: Database, view: View, before: int) -> dict[str, int]:
    name = quote(change_table(view.source), DIALECTS[database.engine])
    sql = f"select bxc_op, count(*) from {name} where bxc_seq > {before} group by bxc_op order by bxc_op"
    return {str(op): int(str(count)) for op, count in database.query(sql).rows}
