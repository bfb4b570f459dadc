"""DuckDB databases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from bxc.codegen.sql.dialect import DUCKDB
from bxc.codegen.sql.names import quote
from bxc.database.catalog import Check, Column, ForeignKey, Table
from bxc.database.connection import IN_MEMORY, DatabaseError, RefusedError, Result, Row

KIND = re.compile(r"^[A-Z]\w*(?: \w+)* Error: ")
CODE = re.compile(rf"(?:{KIND.pattern[1:]})?(BXC\d\d)[:\s]*(.*)", re.DOTALL)
BATCH = 10_000
CATALOG = {
    "table": "duckdb_tables",
    "view": "duckdb_views",
    "index": "duckdb_indexes",
    "sequence": "duckdb_sequences",
}
HERE = "database_name = current_database() and schema_name = 'main'"


def connect(path: str = IN_MEMORY, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection that never fetches an extension from the network, whatever file it meets."""
    return duckdb.connect(path, read_only=read_only, config={"autoinstall_known_extensions": "false"})


def utf8_name(path: Path) -> str:
    """The name of a file as DuckDB takes it; DatabaseError if it is not UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise DatabaseError(f"DuckDB cannot open a file whose name is not UTF-8: {path}") from error
    return str(path)


class DuckDatabase:
    """A DuckDB database; transactions are the caller's."""

    engine = "duckdb"

    def __init__(self, path: Path, mode: str) -> None:
        with errors():
            self.connection = connect(utf8_name(path), read_only=mode == "read")

    def tables(self) -> dict[str, Table]:
        """See `Database`."""
        names = [
            str(name)
            for (name,) in self._all(f"select table_name from duckdb_tables() where {HERE} order by table_oid")
        ]
        columns: dict[str, list[Column]] = {name: [] for name in names}
        listed = self._all(
            "select table_name, column_name, data_type, is_nullable, column_default from duckdb_columns() "
            f"where {HERE} order by table_oid, column_index"
        )
        for table, name, type_, nullable, default in listed:
            if table in columns:
                columns[str(table)].append(Column(str(name), str(type_), bool(nullable), _default(default)))
        constraints = self._constraints()
        return {name: self._table(name, tuple(columns[name]), constraints.get(name, [])) for name in names}

    def _constraints(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        listed = self._all(
            "select table_name, constraint_type, expression, constraint_column_names, referenced_table, "
            f"referenced_column_names from duckdb_constraints() where {HERE} order by table_oid, constraint_index"
        )
        for table, *constraint in listed:
            found.setdefault(str(table), []).append(tuple(constraint))
        return found

    def _table(self, name: str, columns: tuple[Column, ...], constraints: list[Row]) -> Table:
        of_kind: dict[object, list[tuple[str, ...]]] = {}
        checks, foreign = [], []
        for kind, expression, names, target, target_names in constraints:
            if kind == "CHECK":
                checks.append(Check(None, str(expression)))
            elif kind == "FOREIGN KEY":
                foreign.append(ForeignKey(_names(names), str(target), _names(target_names)))
            else:
                of_kind.setdefault(kind, []).append(_names(names))
        key = of_kind.get("PRIMARY KEY", [()])[0]
        columns = tuple(Column(c.name, c.type, c.nullable and c.name not in key, c.default) for c in columns)
        return Table(name, columns, key, tuple(of_kind.get("UNIQUE", [])), tuple(checks), tuple(foreign), strict=True)

    def objects(self) -> dict[str, tuple[str, str]]:
        """See `Database`."""
        found: dict[str, tuple[str, str]] = {}
        for kind, function in CATALOG.items():
            listed = self._all(f"select {kind}_name, sql from {function}() where {HERE}")
            found.update({str(name): (kind, str(sql)) for name, sql in listed})
        return found

    def statements(self, script: str) -> list[str]:
        """See `Database`."""
        with errors():
            return [statement.query for statement in duckdb.extract_statements(script)]

    def run(self, script: str) -> None:
        """See `Database`."""
        with errors():
            self.connection.execute(script)

    def query(self, sql: str) -> Result:
        """See `Database`."""
        with errors():
            cursor = self.connection.execute(sql)
            columns = tuple(str(column[0]) for column in cursor.description or ())
        return Result(columns, self._fetched())

    def _fetched(self) -> Iterator[Row]:
        while True:
            with errors():
                batch = self.connection.fetchmany(BATCH)
            if not batch:
                return
            yield from batch

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """See `Database`; for few rows only, row by row."""
        names = ", ".join(quote(column, DUCKDB) for column in columns)
        sql = f"insert into {quote(table, DUCKDB)} ({names}) values ({', '.join('?' * len(columns))})"
        with errors():
            for row in rows:
                self.connection.execute(sql, list(row))

    def begin(self) -> None:
        with errors():
            self.connection.execute("begin")

    def commit(self) -> None:
        with errors():
            self.connection.execute("commit")

    def rollback(self) -> None:
        with suppress(duckdb.Error):
            self.connection.execute("rollback")

    def close(self) -> None:
        self.connection.close()

    def _all(self, sql: str) -> list[Row]:
        with errors():
            return self.connection.execute(sql).fetchall()


def _names(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(map(str, value))


def _default(value: object) -> str | None:
    return None if value is None or str(value).upper() == "NULL" else str(value)


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C during a statement, which DuckDB reports in ways of its own, as Python does."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except RuntimeError as error:
        if "interrupted" not in str(error):
            raise
        raise KeyboardInterrupt from error


@contextmanager
def errors() -> Iterator[None]:
    """DuckDB's errors as ours."""
    try:
        with interruptible():
            yield
    except duckdb.Error as error:
        text = str(error)
        code = CODE.match(text)
        if code:
            raise RefusedError(code[1], code[2].strip()) from error
        raise DatabaseError(f"DuckDB: {plain(text)}") from error


def plain(text: str) -> str:
    """The first line of an error of DuckDB's, without the kind of error."""
    return KIND.sub("", text.splitlines()[0])
