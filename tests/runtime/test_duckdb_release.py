"""A DuckDB file is let go between turns: no edit is overlooked, and no look is for nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bxc_runtime.stores.duckdb import DuckConnection


class EditedAtOnce:
    """A connection whose file somebody edits as soon as it is closed."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self._path = path
        self._connection = connection

    def close(self) -> None:
        self._connection.close()
        with duckdb.connect(self._path) as other:
            other.execute("insert into t values (2)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with duckdb.connect(tmp_path / "d.duckdb") as made:
        made.execute("create table t (a int)")
    return tmp_path / "d.duckdb"


def test_an_edit_in_the_moment_of_a_release_is_seen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = DuckConnection(path)
    connection.query("select 1")
    monkeypatch.setattr(connection, "_open", EditedAtOnce(path, connection._connection))
    connection.release()
    assert connection.touched()


def test_after_own_writes_a_file_is_looked_at_once_more_at_the_most(path: Path) -> None:
    connection = DuckConnection(path)
    connection.begin()
    connection.write("insert into t values (1)")
    connection.commit()
    connection.release()
    if connection.touched():
        connection.query("select * from t")
        connection.release()
    assert not connection.touched()
