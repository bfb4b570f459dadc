"""Spark as an engine of the property tests: a folder of Delta tables for each world, on one Sail server."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from uuid import UUID

from spark_server import session

from bxc import model as m
from bxc import types as t
from bxc.codegen.sql.dialect import SPARK
from bxc.database.connection import RefusedError
from bxc.database.spark import SparkStore, q
from bxc.expr import Literal
from bxc.types import Value

from .engines import Engine, RefusalError
from .evaluator import Database, Staged, Unfit
from .expressions import Row, same
from .pipeline import Compiled


class Store(SparkStore):
    """Writes a table in both ways, in turns: by size alone, one of so few rows would always be written anew."""

    dense = False

    def _dense(self, view: str) -> bool | None:
        self.dense = not self.dense
        return None if super()._dense(view) is None else self.dense


class Spark(Engine):
    name = "spark"
    triggers = False

    def __init__(self, compiled: Compiled, peer: str) -> None:
        self.folder = tempfile.mkdtemp(prefix="bxc-spark-")
        self.store = Store(session(), compiled.bundle, peer, self.folder)
        super().__init__(compiled, peer)
        self.store.install()

    def run(self, script: str) -> None:
        """The store installs by itself."""

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        assert sql in ("begin", "commit", "rollback")  # there are no transactions

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return self.store.query(re.sub(r'"((?:""|[^"])*)"', lambda name: q(name[1].replace('""', '"')), sql))

    def get(self, view: str) -> list[Row]:
        return self.rows(self.store.get(view), self.view_types(view))

    def changes(self, view: str) -> list[Staged]:
        types = self.delta_types(view)
        stack = self.stacks[view]
        rows = self.rows(self.store.changes(view), types)
        return [
            Staged(
                str(row["bxc_op"]),
                tuple(row[f"bxc_old_{name}"] for name in stack.key),
                {name: row[name] for name in stack.columns},
            )
            for row in rows
        ]

    def violations(self, view: str) -> list[Row]:
        types = self.view_types(view)
        key = {name: types[name] for name in self.stacks[view].key}
        columns = {"bxc_code": t.Text(), "bxc_staged": t.Text(), **key, "bxc_detail": t.Text()}
        for action, table in (("put", f"bxc_new_{view}"), ("put_delta", f"bxc_delta_{view}")):
            if self.query(f'select 1 from "{table}" limit 1'):
                return self.rows(self.store.violations(view, action), columns)
        return []

    def rows(self, found: Iterable[tuple[object, ...]], types: dict[str, t.Type]) -> list[Row]:
        return [
            {name: self.from_engine(v, type_) for v, (name, type_) in zip(row, types.items(), strict=True)}
            for row in found
        ]

    def insert(self, table: str, types: dict[str, t.Type], rows: Iterable[dict[str, object]]) -> None:
        values = [[self.to_engine(row[name], type_) for name, type_ in types.items()] for row in rows]
        self.store.append(table, types, values, wide=table.startswith("bxc_"))

    def load(self, database: Database) -> None:
        for source in self.sources:
            self.store.run(f"delete from {q(source.name)}")
            self.insert(source.name, self.source_types(source), [dict(row) for row in database[source.name]])
        self.capture()
        self.forget()

    def put(self, view: str, action: str = "put_delta") -> None:
        try:
            self.store.put(view, action)
        except RefusedError as error:
            raise RefusalError(error.code, f"{error.code} {error}") from error

    def capture(self) -> None:
        for source in self.sources:
            self.store.capture(source.name)

    def forget(self) -> None:
        for source in self.sources:
            self.store.consume(source.name)

    def clear_staging(self, view: str) -> None:
        self.store.clear_staging(view)

    def write(
        self, table: str, types: dict[str, t.Type], key: Sequence[str], before: Row | None, after: Row | None
    ) -> None:
        def literal(row: Row, name: str) -> str:
            return SPARK.literal(Literal(row[name], types[name]))

        if before is None:
            assert after is not None
            self.insert(table, types, [dict(after)])
            return
        where = " and ".join(f"{q(name)} = {literal(before, name)}" for name in key)
        if after is None:  # Sail 0.7.2 deletes nothing by a binary column
            kept = f"select * from {q(table)} where not ({where})"
            self.store.run(f"insert overwrite {q(table)} {kept}")
            return
        changed = [name for name in after if not same(after[name], before[name])]
        if changed:
            sets = ", ".join(
                f"{q(name)} = cast({literal(after, name)} as {SPARK.column_type(types[name])})" for name in changed
            )
            self.store.run(f"update {q(table)} set {sets} where {where}")

    def watch(self, source: str) -> None:
        self.version_before = self.store.version(source)

    def written(self, source: str) -> int:
        return self.store.version(source) - self.version_before

    def source_types(self, source: m.Source) -> dict[str, t.Type]:
        return {column.name: column.type for column in source.columns}

    def can_stage(self, value: object) -> bool:
        return not isinstance(value, Unfit) or value.duckdb is not None

    def to_engine(self, value: object, type_: t.Type) -> object:
        return value.duckdb if isinstance(value, Unfit) else value

    def from_engine(self, value: object, type_: t.Type) -> Value:
        if isinstance(value, str) and isinstance(type_, t.Uuid):
            assert str(UUID(value)) == value
            return UUID(value)
        return bytes(value) if isinstance(value, bytearray) else value  # type: ignore[return-value]

    def close(self) -> None:
        self.store.session.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
