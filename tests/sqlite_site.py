"""A spec's text → a SQLite database in memory with the emitted files of its only peer, and what is done to it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.files import view_path
from bxc.codegen.sql.names import change_table, delta_table, new_table, quote, violations_view
from bxc.codegen.sql.sqlite import emit
from bxc.compile import check
from bxc.database.sqlite import statements
from bxc.plan import PeerPlan

Row = Sequence[object]
STEPS = 10
"""Instructions between two counts."""


def q(name: str) -> str:
    return quote(name, SQLITE)


def plan(spec: str, peer: str | None = None) -> PeerPlan:
    """The plan of the spec's only peer, or of one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.bxc"
        path.write_text(spec, encoding="utf-8")
        checked = check(path, proving=None)
    assert checked.plan is not None, [(d.code, d.message, d.primary.span.text) for d in checked.diagnostics]
    found = [each for each in checked.plan.peers if peer in (None, each.peer)]
    assert len(found) == 1
    return found[0]


def emitted(spec: str, peer: str | None = None) -> dict[str, str]:
    """The texts of the peer's files by path."""
    return {file.path: file.text for file in emit(plan(spec, peer), "test", 1)}


class Site:
    """The database. Rows are tuples in the order of columns, staged rows in that of `bxc_delta_<View>`."""

    def __init__(self, spec: str, peer: str | None = None, *, encoding: str = "UTF-8") -> None:
        self.plan = plan(spec, peer)
        self.files = {file.path: file.text for file in emit(self.plan, "test", 1)}
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute(f"pragma encoding = '{encoding}'")
        self.connection.execute("pragma foreign_keys = on")
        self.install()

    def install(self) -> None:
        for path in ("schema.sql", *(view_path(view.name) for view in self.plan.views)):
            for statement in statements(self.files[path]):
                self.connection.execute(statement)

    def run(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        return self.connection.execute(sql, values).fetchall()

    def rows(self, table: str) -> list[tuple[object, ...]]:
        return sorted(self.run(f"select * from {q(table)}"), key=repr)

    def load(self, source: str, *rows: Row) -> None:
        """Rows that are no news: nothing is captured, and no right is asked for."""
        self.run("update bxc_session set uncaptured = ?, loading = 1", source)
        self._insert(source, rows)
        self.run("update bxc_session set uncaptured = null, loading = 0")

    def stage(self, view: str, *rows: Row) -> None:
        self._stage(delta_table(view), rows)

    def put(self, view: str, *rows: Row) -> None:
        """A delta put."""
        self.stage(view, *rows)
        self._run_file(view, "put_delta")

    def put_whole(self, view: str, *rows: Row) -> None:
        self._stage(new_table(view), rows)
        self._run_file(view, "put")

    def refusal(self, view: str, *rows: Row) -> str:
        """The text of the refusal of a delta put, which leaves everything as it was."""
        self.stage(view, *rows)
        before = self.everything()
        with pytest.raises(sqlite3.IntegrityError) as refused:
            self._run_file(view, "put_delta")
        assert self.everything() == before
        return str(refused.value)

    def changes(self, view: str) -> list[tuple[object, ...]]:
        return sorted(self.run(self.files[view_path(view, "changes")]), key=repr)

    def captured(self, source: str) -> list[tuple[object, ...]]:
        return self.run(f"select bxc_op, bxc_via from {q(change_table(source))} order by bxc_seq")

    def violations(self, view: str) -> list[tuple[object, ...]]:
        return sorted(self.run(f"select bxc_code, bxc_staged from {q(violations_view(view))}"), key=repr)

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows of all tables, with their row numbers where they have any, in the order in which they stand."""
        found = self.run("select name, sql like '%without rowid%' from sqlite_schema where type = 'table'")
        return {str(name): self.run(f"select {'' if bare else 'rowid, '}* from {q(str(name))}") for name, bare in found}

    def instructions(self, sql: str, *values: object) -> int:
        """About how many instructions SQLite takes for a statement, triggers and all."""
        count = 0

        def step() -> int:
            nonlocal count
            count += STEPS
            return 0

        self.connection.set_progress_handler(step, STEPS)
        try:
            self.run(sql, *values)
        finally:
            self.connection.set_progress_handler(None, 0)
        return count

    def statement(self, view: str, action: str) -> str:
        return self.files[view_path(view, action)]

    def _run_file(self, view: str, action: str) -> None:
        self.run(self.statement(view, action))

    def _stage(self, table: str, rows: Sequence[Row]) -> None:
        self.run(f"delete from {q(table)}")
        self._insert(table, rows)

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"insert into {q(table)} values ({marks})", rows)
