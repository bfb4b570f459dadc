"""A peer's database: runs the generated files and moves deltas in and out in canonical values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bxc.codegen.sql.dialect import DUCKDB, SQLITE
from bxc.codegen.sql.files import capture_path, view_path
from bxc.codegen.sql.names import change_table, delta_table, old_column, quote, violations_view
from bxc.database.connection import Address, RefusedError, open_database, transaction
from bxc.plan import PeerPlan, ViewPlan
from bxc.types import Text, Type, Value
from bxc_runtime.rows import Engine, read_rows, write_rows

Row = tuple[Value, ...]


class PutRefusedError(Exception):
    """A put that the database refused: the code (`BXC12`), its sentence, and what is wrong with each staged row."""

    def __init__(self, code: str, message: str, violations: tuple[tuple[object, ...], ...]) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.violations = violations


@dataclass(frozen=True, slots=True)
class Delta:
    """Rows of a view's delta: `bxc_op`, the old key, the columns (see `docs/semantics.md`)."""

    rows: tuple[Row, ...]


class Store:
    """One peer's database with the files that were generated for it.

    ``files`` maps the paths below `<Peer>/<engine>/` to their text. Every method that writes is one transaction.
    """

    def __init__(self, engine: Engine, path: Path, plan: PeerPlan, files: Mapping[str, str]) -> None:
        self.engine = engine
        self.plan = plan
        self._files = files
        self._dialect = SQLITE if engine == "sqlite" else DUCKDB
        self._database = open_database(Address(engine, path), "create")
        self._views = {view.name: view for view in plan.views}

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def install(self, initial: str) -> None:
        """Create the peer's tables with their first rows, then the views: the rows are news to none of them."""
        with transaction(self._database):
            self._database.run(self._files["schema.sql"])
            self._database.run(initial)
            self._capture()
            for source in self.plan.sources:
                self._forget(source.name)
            for view in self.plan.views:
                self._database.run(self._files[view_path(view.name)])

    def execute(self, statement: str) -> None:
        """An edit by the database's own user, as from any SQL client; change capture sees it."""
        with transaction(self._database):
            self._database.run(statement)
            self._capture()

    def columns(self, name: str) -> tuple[str, ...]:
        """The names of the columns of a source or view."""
        return tuple(column for column, _ in self._columns(name))

    def table(self, name: str) -> list[Row]:
        """All rows of a source or view in canonical values, in the order of their first columns."""
        columns = self._columns(name)
        names = ", ".join(quote(c, self._dialect) for c, _ in columns)
        order = ", ".join(str(position + 1) for position in range(len(columns)))
        found = self._database.query(f"select {names} from {quote(name, self._dialect)} order by {order}")
        return list(read_rows(self.engine, [t for _, t in columns], found.rows))

    def changes(self, view: str) -> Delta:
        """The view's net delta of all captured edits."""
        found = self._database.query(self._files[view_path(view, "changes")])
        return Delta(tuple(read_rows(self.engine, _delta_types(self._views[view]), found.rows)))

    def forget_changes(self, source: str) -> None:
        """Delete what was captured of a source: all its views' changes have been consumed."""
        with transaction(self._database):
            self._forget(source)

    def put_delta(self, view: str, delta: Delta) -> None:
        """Apply a delta to the source behind a view; PutRefusedError leaves every table as it was."""
        plan = self._views[view]
        try:
            with transaction(self._database):
                self._capture()
                self._stage(plan, delta)
                self._database.run(self._files[view_path(view, "put_delta")])
                self._database.run(f"delete from {quote(delta_table(view), self._dialect)}")
        except RefusedError as refusal:
            raise PutRefusedError(refusal.code, str(refusal), self._violations(plan, delta)) from refusal

    # --- inside a transaction ---------------------------------------------------------------------------------------

    def _capture(self) -> None:
        """Find edits made outside, where the engine has no triggers to see them."""
        for source in self.plan.sources:
            if (path := capture_path(source.name)) in self._files:
                self._database.run(self._files[path])

    def _forget(self, source: str) -> None:
        self._database.run(f"delete from {quote(change_table(source), self._dialect)}")

    def _stage(self, plan: ViewPlan, delta: Delta) -> None:
        columns = ["bxc_op", *map(old_column, plan.key), *(c.name for c in plan.columns)]
        rows = write_rows(self.engine, _delta_types(plan), delta.rows)
        self._database.insert(delta_table(plan.name), columns, rows)

    def _violations(self, plan: ViewPlan, delta: Delta) -> tuple[tuple[object, ...], ...]:
        """What is wrong with each staged row: staged once more, read, and rolled back."""
        with transaction(self._database, keep=False):
            self._stage(plan, delta)
            view = quote(violations_view(plan.name), self._dialect)
            return tuple(self._database.query(f"select * from {view}").rows)

    def _columns(self, name: str) -> Sequence[tuple[str, Type]]:
        if name in self._views:
            return [(c.name, c.type) for c in self._views[name].columns]
        return [(c.name, c.type) for c in self.plan.source(name).source.columns]


def _delta_types(plan: ViewPlan) -> list[Type]:
    return [Text(), *(plan.column(k).type for k in plan.key), *(c.type for c in plan.columns)]
