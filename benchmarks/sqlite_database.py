"""Databases for the SQLite benchmarks: a spec's text and rows → a file with everything installed."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.files import view_path
from bxc.codegen.sql.names import change_table, quote
from bxc.codegen.sql.sqlite import emit
from bxc.compile import check
from bxc.plan import PeerPlan

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Installed:
    """A database, and the emitted files by path."""

    path: Path
    connection: sqlite3.Connection
    files: Mapping[str, str]

    def statement(self, view: str, action: str) -> str:
        """The one statement of a view's file."""
        return self.files[view_path(view, action)]

    def drop_triggers(self) -> None:
        """Drops the triggers of tables."""
        tables = "select name from sqlite_schema where type = 'table'"
        found = self.connection.execute(
            f"select name from sqlite_schema where type = 'trigger' and tbl_name in ({tables})"
        )
        for (name,) in found.fetchall():
            self.connection.execute(f"drop trigger {quote(name, SQLITE)}")

    def remove(self) -> None:
        """Closes the database and removes its file."""
        self.connection.close()
        Path(self.path).unlink()


def install(spec: str, path: Path, rows: Mapping[str, Iterable[Row]]) -> Installed:
    """A database with the sources of the spec's only peer filled, and nothing captured."""
    peer = plan(spec)
    files = {file.path: file.text for file in emit(peer, "bench", 1)}
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = off")
    connection.execute("pragma cache_size = -400000")
    connection.execute("pragma foreign_keys = on")
    connection.execute("begin")
    for statement in _statements(files["schema.sql"]):
        connection.execute(statement)
    for source, content in rows.items():
        marks = ", ".join("?" * len(peer.source(source).source.columns))
        connection.execute("update bxc_session set uncaptured = ?", [source])
        connection.executemany(f"insert into {quote(source, SQLITE)} values ({marks})", content)
    connection.execute("update bxc_session set uncaptured = null")
    for view in peer.views:
        for statement in _statements(files[view_path(view.name)]):
            connection.execute(statement)
    connection.execute("commit")
    for source in rows:
        assert connection.execute(f"select count(*) from {quote(change_table(source), SQLITE)}").fetchone() == (0,)
    return Installed(path, connection, files)


def plan(spec: str) -> PeerPlan:
    """The plan of the spec's only peer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.bxc"
        path.write_text(spec, encoding="utf-8")
        checked = check(path)
    assert checked.plan is not None, checked.diagnostics
    (peer,) = checked.plan.peers
    return peer


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for part in re.split(r"(?<=;)", script):
        statement += part
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
