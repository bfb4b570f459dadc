"""A counterexample on the real engine: ground tables filled in, the emitted put run, and what is seen compared.

The engine has to do what the evaluator says that it does; else the evaluator is at fault, and not the SQL.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from bxc.dataclass import dataclass
from bxc.laws.solver import Model
from bxc.laws.term import const, variables
from bxc.validate.database import Database
from bxc.validate.ground import Raw, shown
from bxc.validate.run import Result
from bxc.validate.scope import Row
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value

SESSION = "bxc_session"
Rows = Counter[tuple[Raw, ...]]


@dataclass(frozen=True, slots=True)
class Tables:
    """The ground rows of tables, by name: the columns that are compared, and the rows that are there."""

    columns: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, Sequence[tuple[Raw, ...]]]


class Ground:
    """What symbolic tables are in a counterexample."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def value(self, value: Value) -> Raw:
        """A cell as a driver shows it."""
        null, term, no = (const(self.model.of(x)) for x in (value.null, value.term, value.no))
        try:
            return shown(Value(value.kind, null, term, no))
        except (ValueError, OverflowError):  # a day that no calendar has, where nothing asks for one
            return None

    def rows(self, rows: Iterable[Row], keep: Sequence[int]) -> list[tuple[Raw, ...]]:
        return [tuple(self.value(cells[n]) for n in keep) for present, cells in rows if self.model.of(present)]

    def tables(self, database: Database, *, comparing: bool = False) -> Tables:
        """All tables; to compare, without what the engine makes up: uuids, and numbers of edits."""
        columns, rows = {}, {}
        for table, definition in database.tables.items():
            found = database.content(table)
            keep = list(range(len(definition.columns)))
            if comparing:
                keep = [n for n in keep if definition.columns[n].name != "bxc_seq" and not _made_up(found, n)]
            columns[table] = tuple(definition.columns[n].name for n in keep)
            rows[table] = self.rows(found, keep)
        return Tables(columns, rows)

    def code(self, result: Result) -> str | None:
        """The code with which a put is refused; None if it is accepted."""
        found = [code for code, condition in result.refused.items() if self.model.of(condition)]
        return found[0] if found else None


def _made_up(rows: Iterable[Row], n: int) -> bool:
    return any(name.startswith("fresh!") for _, cells in rows for name in variables(cells[n].term, cells[n].null))


def differs(
    engine: str, install: Sequence[str], script: str, before: Database, result: Result, ground: Ground
) -> str | None:
    """What the engine does otherwise than the evaluator says, in words; None if nothing."""
    place = _filled(engine, install, before, ground)
    try:
        code = place.put(script)
        wanted = ground.code(result)
        if wanted in ("error", "constraint"):
            wanted = ""
        if code != wanted:
            return f"the put ends with {_told(code)}, not with {_told(wanted)}"
        if code is None:
            tables = ground.tables(result.database, comparing=True)
            for table, columns in tables.columns.items():
                found = place.rows(f"select {', '.join(map(_quoted, columns))} from {_quoted(table)}")
                if found != Counter(tables.rows[table]):
                    return f"{table} holds {sorted(found, key=repr)}, not {sorted(tables.rows[table], key=repr)}"
        return None
    finally:
        place.close()


def query_differs(
    engine: str, install: Sequence[str], query: str, before: Database, rows: Iterable[Row], ground: Ground
) -> str | None:
    """What a query gives otherwise than the evaluator says; None if nothing."""
    place = _filled(engine, install, before, ground)
    try:
        listed = list(rows)
        wanted = Counter(ground.rows(listed, range(len(listed[0][1])) if listed else ()))
        found = place.rows(query)
        return None if found == wanted else f"a query gives {sorted(found, key=repr)}, not {sorted(wanted, key=repr)}"
    finally:
        place.close()


def _told(code: str | None) -> str:
    return {None: "no error", "": "an error of the engine"}.get(code, str(code))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- engines ---------------------------------------------------------------------------------------------------------


class _Place(Protocol):
    def put(self, script: str) -> str | None:
        """The code of a refusal, empty for another error; None if the put is accepted."""

    def rows(self, query: str) -> Rows: ...
    def close(self) -> None: ...


def _filled(engine: str, install: Sequence[str], before: Database, ground: Ground) -> _Place:
    """A database in memory with the files installed and the tables filled; what is captured of that is taken out."""
    tables = ground.tables(before)
    names = sorted(tables.rows, key=lambda name: (name == SESSION, name.startswith("bxc_")))
    inserts: list[tuple[str, tuple[Raw, ...]]] = []
    for name in names:
        inserts.append((f"delete from {_quoted(name)}", ()))
        columns = ", ".join(map(_quoted, tables.columns[name]))
        marks = ", ".join("?" * len(tables.columns[name]))
        inserts += [(f"insert into {_quoted(name)} ({columns}) values ({marks})", row) for row in tables.rows[name]]
    return _Sqlite(install, inserts) if engine == "sqlite" else _Duck(install, inserts, before.sequences)


Steps = Sequence[tuple[str, tuple[Raw, ...]]]


class _Sqlite:
    def __init__(self, install: Sequence[str], inserts: Steps) -> None:
        import sqlite3

        self.error = sqlite3.Error
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("pragma recursive_triggers = on")
        for script in install:
            self.connection.executescript(script)
        self.connection.execute(f"update {SESSION} set loading = 1")
        for statement, row in inserts:
            self.connection.execute(statement, row)
        self.connection.execute("pragma foreign_keys = on")

    def put(self, script: str) -> str | None:
        try:
            self.connection.executescript(script)
        except self.error as error:
            return str(error)[:5] if str(error).startswith("BXC") else ""
        return None

    def rows(self, query: str) -> Rows:
        return Counter(self.connection.execute(query).fetchall())

    def close(self) -> None:
        self.connection.close()


class _Duck:
    def __init__(self, install: Sequence[str], inserts: Steps, sequences: Mapping[str, int]) -> None:
        import duckdb

        self.error = duckdb.Error
        self.connection: Any = duckdb.connect(":memory:", config={"threads": 1})
        for script in install:
            self.connection.execute(script)
        for statement, row in inserts:
            self.connection.execute(statement, list(row))
        for name, last in sequences.items():
            for _ in range(last):
                self.connection.execute("select nextval(?)", [_quoted(name)])

    def put(self, script: str) -> str | None:
        self.connection.execute("begin")
        try:
            self.connection.execute(script)
        except self.error as error:
            self.connection.execute("rollback")
            found = re.search(r"BXC\d\d", str(error)[:60])
            return found[0] if found else ""
        return None

    def rows(self, query: str) -> Rows:
        return Counter(self.connection.execute(query).fetchall())

    def close(self) -> None:
        self.connection.close()


def played(what: str, play: Any) -> str | None:
    """What differed when something was played, whatever it raised."""
    try:
        found: str | None = play()
    except Unsupported as error:
        return f"{what} cannot be played: {error}"
    except Exception as error:  # an engine's errors are of many kinds
        return f"{what} cannot be played: {type(error).__name__}: {str(error).splitlines()[:1]}"
    return found
