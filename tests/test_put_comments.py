"""The command in the header of an emitted put file, run as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from bxc.cli.app import run

ODD = """spec odd version 1
peer P
source "a b" at P {
  id  int  primary key
  note  text
}
view "It's $(View) 1" from "a b" {
  keep id
}
"""
FILE = "It%27s%20%24%28View%29%201"
VIEW = '''"It's $(View) 1"'''


def compiled(folder: Path, engine: str) -> Path:
    """The folder of the peer's files."""
    path = folder / "odd.bxc"
    path.write_text(ODD, encoding="utf-8")
    assert run(["compile", "-q", str(path), "-o", str(folder), "--engine", engine]) == 0
    return folder / "odd" / "P" / engine


def command(files: Path, action: str) -> list[str]:
    """The command that the header shows, as a shell splits it."""
    header = (files / f"{FILE}.{action}.sql").read_text(encoding="utf-8").splitlines()
    [line] = [line.removeprefix("--   ") for line in header if line.startswith("--   ")]
    return shlex.split(line)


def staged(view: str, *rows: int) -> str:
    values = ", ".join(f"({row})" for row in rows)
    return f"""insert into "bxc_new_{view.strip('"')}" values {values};"""


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the sqlite3 program")
@pytest.mark.parametrize("rows", [(1, 2), (1, 1)])
def test_the_sqlite3_command_of_a_put_puts_or_changes_nothing(tmp_path: Path, rows: tuple[int, ...]) -> None:
    files = compiled(tmp_path, "sqlite")
    read = [f".read {name}" for name in ("schema.sql", f"{FILE}.sql")]
    subprocess.run(["sqlite3", "-bail", "my.db", *read, staged(VIEW, *rows)], cwd=files, check=True)
    done = subprocess.run(command(files, "put"), cwd=files, check=False, capture_output=True, text=True)
    with closing(sqlite3.connect(files / "my.db")) as connection:
        found = connection.execute(f"select id from {VIEW} order by id").fetchall()
    if len(set(rows)) == len(rows):
        assert (done.returncode, found) == (0, [(1,), (2,)])
    else:
        assert done.returncode != 0
        assert "BXC10" in done.stderr
        assert found == []


@pytest.mark.parametrize("action", ["put", "put_delta"])
def test_the_duckdb_command_of_a_put_reads_files_that_are_there_in_one_transaction(tmp_path: Path, action: str) -> None:
    files = compiled(tmp_path, "duckdb")
    program, bail, database, *statements = command(files, action)
    assert (program, bail, database) == ("duckdb", "-bail", "my.db")
    assert statements[::2] == ["-c"] * 4
    assert [statements[1], statements[7]] == ["begin", "commit"]
    with duckdb.connect() as connection:
        for name in ("schema.sql", f"{FILE}.sql"):
            connection.execute((files / name).read_text(encoding="utf-8"))
        connection.execute(staged(VIEW, 1, 2))
        for statement in statements[1::2]:
            path = re.fullmatch(r"\.read (.*)", statement)
            connection.execute(statement if path is None else (files / path[1]).read_text(encoding="utf-8"))
        assert connection.execute(f"from {VIEW} order by id").fetchall() == ([(1,), (2,)] if action == "put" else [])
