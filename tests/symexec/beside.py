"""A real engine's whole content → the evaluator's; one script in both → what each refuses and leaves."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, replace

import duckdb
import psycopg
from properties.engines import Engine, OwnRefusalError, RefusalError, q

from bxc.laws.term import FALSE, TRUE
from bxc.validate import kinds as k
from bxc.validate.database import Database
from bxc.validate.ground import Raw, ground, shown
from bxc.validate.run import Result, run
from bxc.validate.sql import fold


class UnshownError(Exception):
    """A value that the engine's driver cannot show."""


Content = dict[str, Counter[tuple[Raw, ...]]]


def installed(engine: Engine) -> Database:
    """The database of a peer after the install scripts, as the evaluator runs them."""
    database = Database(engine.name)
    for script in engine.compiled.bundle.install_script(engine.peer, engine.name):
        result = run(database, script)
        assert result.accepted is TRUE, result.refused
        assert result.doubt is FALSE
        database = result.database
    return staged_digits(database) if engine.name == "postgres" else database


def names(engine: Engine) -> dict[str, str]:
    """The tables' own names by their folded ones."""
    found = engine.query(
        {
            "sqlite": "select name from sqlite_master where type = 'table'",
            "duckdb": "select table_name from duckdb_tables()",
            "postgres": "select tablename from pg_tables where schemaname = 'public'",
        }[engine.name]
    )
    return {fold(str(name)): str(name) for (name,) in found}


def content(engine: Engine, database: Database) -> dict[str, list[tuple[Raw, ...]]]:
    """What the engine holds in each table that the evaluator knows."""
    own = names(engine)
    found = {}
    for table, definition in database.tables.items():
        columns = "*" if engine.name == "postgres" else ", ".join(q(c.name) for c in definition.columns)
        try:
            found[table] = [tuple(row) for row in engine.query(f"select {columns} from {q(own[table])}")]
        except psycopg.DataError as error:  # a day that Python's calendar has not
            raise UnshownError(str(error)) from error
    return found  # type: ignore[return-value]


def copied(engine: Engine, database: Database) -> Database:
    """The evaluator's database with the engine's content."""
    for table, rows in content(engine, database).items():
        kinds = [c.kind for c in database.columns(table)]
        values = [(TRUE, [ground(kind, raw) for kind, raw in zip(kinds, row, strict=True)]) for row in rows]
        database = database.with_rows(table, values)
    if engine.name == "duckdb":
        listed = engine.query("select sequence_name, coalesce(last_value, 0) from duckdb_sequences()")
        database = replace(database, sequences={fold(str(name)): int(str(last)) for name, last in listed})
    if engine.name == "postgres":
        listed = engine.query(
            "select sequencename, coalesce(last_value, 0) from pg_sequences where schemaname = 'public'"
        )
        database = replace(database, sequences={fold(str(name)): int(str(last)) for name, last in listed})
    return database


def staged_digits(database: Database) -> Database:
    """PostgreSQL's staging tables take decimals of any digits; so many are looked at."""
    tables = dict(database.tables)
    for name, table in tables.items():
        columns = tuple(
            replace(c, kind=replace(k.NUMERIC, scale=20)) if c.kind == k.NUMERIC else c for c in table.columns
        )
        tables[name] = replace(table, columns=columns)
    return replace(database, tables=tables)


def unnumbered(content: Content) -> Content:
    """The content without the numbers of captured edits: in which order an engine writes rows is left open."""
    return {table: _tails(rows) if table.startswith("bxc_change_") else rows for table, rows in content.items()}


def _tails(rows: Counter[tuple[Raw, ...]]) -> Counter[tuple[Raw, ...]]:
    found: Counter[tuple[Raw, ...]] = Counter()
    for row, n in rows.items():
        found[row[1:]] += n
    return found


def evaluated(database: Database) -> Content:
    """What the evaluator's database holds."""
    found: Content = {}
    for table in database.tables:
        rows: Counter[tuple[Raw, ...]] = Counter()
        for present, values in database.content(table):
            assert present is TRUE
            rows[tuple(map(shown, values))] += 1
        found[table] = rows
    return found


@dataclass(frozen=True)
class Both:
    """What a script does in the engine and in the evaluator."""

    engine_code: str | None
    engine_content: Content
    result: Result

    @property
    def code(self) -> str | None:
        """The evaluator's code."""
        (code,) = self.result.refused or (None,)
        return code


def in_both(engine: Engine, base: Database, script: str) -> Both:
    """Runs a script in both on the engine's content; the engine keeps what it leaves."""
    result = run(copied(engine, base), script)
    code = None
    engine.begin()
    try:
        engine.run(script)
        engine.commit()
    except OwnRefusalError as error:
        engine.rollback()
        code = "constraint" if isinstance(error.__cause__, psycopg.IntegrityError) else "error"
    except RefusalError as error:
        engine.rollback()
        code = error.code
    except (sqlite3.IntegrityError, duckdb.ConstraintException):
        engine.rollback()
        code = "constraint"
    except psycopg.Error:
        engine.rollback()
        code = "error"
    after = {table: Counter(rows) for table, rows in content(engine, base).items()}
    return Both(code, after, result)
