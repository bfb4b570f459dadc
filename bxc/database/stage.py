"""A file of rows → a table of the database, as a stream."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from bxc.codegen.sql.dialect import DUCKDB
from bxc.codegen.sql.names import quote
from bxc.database.connection import ConstraintError, Database, Row
from bxc.database.duckdb import DuckDatabase, connect, interruptible, plain
from bxc.database.rows import BAD, Columns, Reading, RowFile, RowsError, bad_value, reading, spool_ndjson
from bxc.dataclass import dataclass

Progress = Callable[[int], None]
"""Told the number of rows done so far, now and then."""

MARK = "bxc-bad-value:"
BATCH = 10_000
UNREADABLE = re.compile(r"[*?\[\]{}\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Load:
    """Rows of a file that are to go into ``table``; columns in ``optional`` are NULL where the file lacks them."""

    file: RowFile
    table: str
    columns: Columns
    optional: frozenset[str] = frozenset()


def load(database: Database, work: Load, progress: Progress) -> int:
    """Insert the rows of a file and give their number. RowsError names the first bad value with its line."""
    with tempfile.TemporaryDirectory(prefix="bxc-") as folder, _errors(work):
        file = _readable(work, Path(folder))
        if isinstance(database, DuckDatabase):
            return _into_duckdb(database, work, file)
        with connect() as reader:
            source = reading(file, work.columns, work.optional, database.engine, reader)
            counter = _Counter(progress)
            database.insert(work.table, source.columns, counter.count(_rows(reader, source, work)))
            return counter.done


def _readable(work: Load, folder: Path) -> RowFile:
    """The file in a form that DuckDB reads: NDJSON as CSV, and no name that is a pattern to it, or not UTF-8."""
    file = work.file
    if file.format == "ndjson":
        return spool_ndjson(file, work.columns, folder / "rows.csv")
    if UNREADABLE.search(str(file.path)):
        link = folder / f"rows{file.path.suffix}"
        link.symlink_to(file.path.absolute())
        return RowFile(link, file.format, file.shown, file.null, file.delimiter)
    return file


class _Counter:
    """Counts rows as they pass."""

    def __init__(self, progress: Progress) -> None:
        self.done = 0
        self.progress = progress

    def count(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self.done += 1
            if self.done % BATCH == 0:
                self.progress(self.done)
            yield row


def _rows(reader: duckdb.DuckDBPyConnection, source: Reading, work: Load) -> Iterator[Row]:
    reader.execute(source.sql)
    while batch := reader.fetchmany(BATCH):
        for *values, bad in batch:
            if bad is not None:
                raise bad_value(work.file, work.columns, bad)
            yield tuple(values)


def _into_duckdb(database: DuckDatabase, work: Load, file: RowFile) -> int:
    """One INSERT … SELECT; a bad value makes it fail with a message that says which."""
    source = reading(file, work.columns, work.optional, "duckdb", database.connection)
    names = ", ".join(quote(name, DUCKDB) for name in source.columns)
    sql = (
        f"insert into {quote(work.table, DUCKDB)} ({names}) select {names} from ({source.sql}) "
        f"where case when {BAD} is null then true else error('{MARK}' || {BAD}) end"
    )
    row = database.connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def _errors(work: Load) -> Iterator[None]:
    """What DuckDB says about a row file, or a table about its rows, in our words."""
    try:
        with interruptible():
            yield
    except duckdb.Error as error:
        raise _error(work, str(error)) from error
    except ConstraintError as error:
        raise RowsError(f"{work.file.shown}: {error}") from error


def _error(work: Load, text: str) -> RowsError:
    _, mark, bad = text.partition(MARK)
    if mark:
        return bad_value(work.file, work.columns, bad)
    shown = work.file.shown
    line = re.search(r"CSV Error on Line: (\d+)", text)
    if line:
        # The reason stands behind the line itself, which may be several, and before advice.
        reason = [part for part in text.partition("\nPossible ")[0].splitlines() if part.strip()][-1]
        return RowsError(f"{shown}:{line[1]}: {reason[:1].lower()}{reason[1:].rstrip('.')}")
    return RowsError(f"{shown}: {plain(text)}")
