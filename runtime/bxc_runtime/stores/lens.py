"""A peer's rows through the generated files: captured edits in, puts out, in canonical values and the share's order.

Nothing here begins or ends a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bxc.codegen.sql.dialect import Dialect
from bxc.codegen.sql.names import RIGHTS, change_table, delta_table, new_table, old_column, quote
from bxc.database.bundle import View
from bxc.database.types import DIALECTS
from bxc.types import Text, Value
from bxc_runtime.delta import Delta, Edit, Extent, Row, picked, sorted_delta
from bxc_runtime.rows import read_rows, write_rows
from bxc_runtime.site import ShareEnd, Site
from bxc_runtime.stores.connection import Connection
from bxc_runtime.stores.ledger import Ledger

NAMES = {1: "update", 2: "insert", 4: "delete"}


class Lens:
    """One peer's generated files on its database."""

    def __init__(self, connection: Connection, site: Site, ledger: Ledger) -> None:
        self._db = connection
        self._site = site
        self._ledger = ledger
        self._dialect: Dialect = DIALECTS[connection.engine]

    def may_have_news(self) -> bool:
        """Whether there may be captured edits; certain where the engine has triggers."""
        if any(self._site.capture(source, self._db.engine) is not None for source in self._site.sources):
            return True
        tables = (quote(change_table(source), self._dialect) for source in self._site.sources)
        return any(self._db.query(f"select 1 from {table} limit 1") for table in tables)

    def capture(self) -> dict[int, Delta]:
        """What has been edited since the last time, by share that listens, and forget it: the caller writes it down."""
        for source in self._site.sources:
            script = self._site.capture(source, self._db.engine)
            if script is not None:
                self._db.script(script)
        return self.changes(None)

    def changes(self, views: frozenset[str] | None, but: int | None = None) -> dict[int, Delta]:
        """The deltas of captured edits by share that listens; they are captured no more.

        Of some views only if that is asked for, and of one share not: edits of millions of rows are not read in vain.
        """
        found: dict[int, Delta] = {}
        for source in self._site.sources:
            table = quote(change_table(source), self._dialect)
            if not self._db.query(f"select 1 from {table} limit 1"):
                continue
            for view in self._site.views_of(source):
                ends = [end for end in self._site.of_view(view.name) if end.id != but and self._listens(end)]
                if ends and (views is None or view.name in views):
                    self._changes_of(view, ends, found)
            self._db.write(f"delete from {table}")
        return found

    def _listens(self, end: ShareEnd) -> bool:
        it = self._ledger.share(end.id)
        return it is not None and it.listens

    def _changes_of(self, view: View, ends: Iterable[ShareEnd], found: dict[int, Delta]) -> None:
        script = self._site.script(view.name, "changes", self._db.engine)
        rows = self._db.query(script)
        if rows:
            canonical = list(read_rows(self._db.engine, _delta_types(view), rows))
            for end in ends:
                found[end.id] = sorted_delta(_edits(canonical, end))

    def put_delta(self, end: ShareEnd, delta: Iterable[Edit]) -> None:
        """Put a delta through a view; PutRefusedError, after which the transaction has to be rolled back."""
        view, staging = end.view, delta_table(end.view.name)
        columns = ["bxc_op", *map(old_column, view.key), *view.columns]
        rows = write_rows(self._db.engine, _delta_types(view), _staged(delta, end))
        self._db.write(f"delete from {quote(staging, self._dialect)}")
        self._db.insert(staging, columns, rows)
        self._db.script(self._site.script(view.name, "put_delta", self._db.engine))
        self._db.write(f"delete from {quote(staging, self._dialect)}")

    def put_whole(self, end: ShareEnd, rows: Iterable[Row]) -> None:
        """Put a whole content through a view; see `put_delta`."""
        view, staging = end.view, new_table(end.view.name)
        ordered = (_to_view(row, end) for row in rows)
        self._db.write(f"delete from {quote(staging, self._dialect)}")
        self._db.insert(staging, list(view.columns), write_rows(self._db.engine, end.view_types, ordered))
        self._db.script(self._site.script(view.name, "put", self._db.engine))
        self._db.write(f"delete from {quote(staging, self._dialect)}")

    def rows(self, end: ShareEnd) -> Iterator[Row]:
        """What the view shows now."""
        names = ", ".join(quote(name, self._dialect) for name in end.view.columns)
        found = self._db.stream(f"select {names} from {quote(end.view.name, self._dialect)}")
        for row in read_rows(self._db.engine, end.view_types, found):
            yield tuple(row[place] for place in end.places)

    def set_rights(self, end: ShareEnd, rights: Extent) -> None:
        """Tell the engine's own guards what this peer may do to a share."""
        table = quote(RIGHTS, self._dialect)
        granted: Mapping[tuple[str, str], bool] = {
            **{("update", c): bool(rights.attributes >> bit & 1) for bit, c in enumerate(end.shape.columns)},
            **{(NAMES[bit], ""): bool(rights.operations & bit) for bit in (2, 4)},
        }
        for (operation, attribute), may in granted.items():
            value: Any = may if self._db.engine != "sqlite" else int(may)
            self._db.write(
                f"update {table} set granted = ? where share = ? and operation = ? and attribute = ? and granted <> ?",
                (value, end.name, operation, attribute, value),
            )


def _delta_types(view: View) -> list[Any]:
    return [Text(), *(view.columns[name] for name in view.key), *view.columns.values()]


def _edits(rows: Iterable[tuple[Value, ...]], end: ShareEnd) -> Iterator[Edit]:
    """The rows of a view's changes as edits of the share."""
    names, count = end.shape.columns, len(end.view.key)
    key = picked([1 + end.view.key.index(names[place]) for place in end.shape.key])
    whole = picked([1 + count + place for place in end.places])
    for row in rows:
        operation = row[0]
        yield Edit(None if operation == "insert" else key(row), None if operation == "delete" else whole(row))


def _staged(delta: Iterable[Edit], end: ShareEnd) -> Iterator[tuple[Value, ...]]:
    """Edits of the share as rows of the view's staging table."""
    names = [end.shape.columns[place] for place in end.shape.key]
    key = picked([names.index(name) for name in end.view.key])
    order = picked([end.places.index(place) for place in range(len(end.places))])
    nothing, nowhere = (None,) * len(end.places), (None,) * len(end.view.key)
    for edit in delta:
        old, new = edit
        yield (
            NAMES[edit.operation],
            *(nowhere if old is None else key(old)),
            *(nothing if new is None else order(new)),
        )


def _to_view(row: Row, end: ShareEnd) -> Row:
    """A row in the share's order as one in the view's."""
    ordered: list[Value] = [None] * len(row)
    for value, place in zip(row, end.places, strict=True):
        ordered[place] = value
    return tuple(ordered)
