"""`bxc doctor`: one line for each thing, whatever state it is in."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import Bxc, runner
from compilers import ANSWERS, bare, program

from bxc.codegen.evm import RELEASE
from bxc.solc.search import find

NEEDED = ["Python", "DuckDB", "SQLite", "Z3"]
OTHERS = ["cache", "Node", "solc", "py-solc-x", "web3", "eth-tester", "anvil", "psycopg", "psql", "initdb"]


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bxc:
    """Commands on a machine without any program, in an empty folder."""
    bare(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bxc.cli.surroundings.SERVERS", tmp_path / "nothing")
    return runner(capsys)


def listed(bxc: Bxc) -> dict[str, dict[str, Any]]:
    said = bxc("doctor", "--format", "json")
    document = json.loads(said.out)
    assert (document["format"], document["format_version"]) == ("bxc-doctor", 1)
    assert said.code == (0 if document["complete"] else 2)
    return {item["name"]: item for item in document["items"]}


def test_each_thing_has_one_line(bxc: Bxc) -> None:
    said = bxc("doctor")
    assert said.code == 0
    lines = said.out.splitlines()
    assert [line.split()[1] for line in lines] == [*NEEDED[:4], *OTHERS]
    assert f"ok       SQLite      {sqlite3.sqlite_version}" in lines
    assert all(line.startswith(("ok ", "missing ")) for line in lines)


def test_what_is_missing_comes_with_its_use_and_a_way_to_get_it(bxc: Bxc) -> None:
    found = listed(bxc)
    assert [name for name, item in found.items() if item["needed"]] == NEEDED
    missing = {name for name, item in found.items() if not item["found"]}
    assert missing >= {"Node", "solc", "anvil", "psql", "initdb"}
    assert all(item["use"] and item["get"] for item in found.values())
    (line,) = [line for line in bxc("doctor").out.splitlines() if " solc " in line]
    assert "there is no solc 0.8.37" in line
    assert "npm install solc@0.8.37" in line
    assert "bytecode" in line


def test_a_library_that_check_needs_and_that_cannot_be_loaded_is_exit_2(
    bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    found = listed(bxc)
    assert not found["Z3"]["found"]
    assert bxc("doctor").code == 2
    assert "MISSING  Z3 " in bxc("doctor").out
    broken = tmp_path / "duckdb.py"
    broken.write_text("raise OSError('libduckdb: wrong\\nELF class')")
    monkeypatch.delitem(sys.modules, "duckdb", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert listed(bxc)["DuckDB"]["detail"] == "cannot be loaded: libduckdb: wrong ELF class"


def test_an_old_sqlite_will_not_do(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    assert listed(bxc)["SQLite"]["detail"] == "3.34.1 is too old"
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.100.0")
    assert listed(bxc)["SQLite"]["found"]


def test_the_compiler_is_the_one_that_would_be_used(bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solc = program(tmp_path / "mine", ANSWERS)
    monkeypatch.setenv("BXC_SOLC", str(solc))
    found = listed(bxc)["solc"]
    assert found["found"]
    assert found["detail"] == f"{RELEASE}.Test (pinned; BXC_SOLC: {find().path})"
    program(solc, "print('Version: 0.8.20+commit.a1b79de6.Linux.g++')")
    found = listed(bxc)["solc"]
    assert not found["found"]
    assert "0.8.20" in found["detail"]


def test_programs_that_hang_or_talk_nonsense_are_told(
    bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bxc.cli.surroundings.SECONDS", 1.0)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    program(folder / "psql", "import time; time.sleep(60)")
    program(folder / "initdb", "print('hello')")
    program(folder / "anvil", "print('x' * 10_000_000)")
    program(folder / "node", "print('v22.1.0')")
    found = listed(bxc)
    assert found["psql"]["detail"].endswith("it was stopped after 1 s")
    assert found["initdb"]["detail"].endswith("does not tell its version")
    assert found["anvil"]["detail"].endswith("after writing 1 MB")
    assert found["Node"]["detail"] == f"22.1.0 ({folder / 'node'})"


def test_anvil_of_npm_is_found(bxc: Bxc, tmp_path: Path) -> None:
    folder = tmp_path / "node_modules" / ".bin"
    folder.mkdir(parents=True)
    program(folder / "anvil", "print('anvil Version: 1.7.1')")
    assert listed(bxc)["anvil"]["detail"] == f"1.7.1 ({folder / 'anvil'})"


def test_a_cache_that_cannot_be_written_is_told_and_not_needed(
    bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BXC_CACHE_DIR", str(tmp_path / "file"))
    said = bxc("doctor")
    assert said.code == 0
    assert "missing  cache       nowhere to write" in said.out


def test_install_fetches_nothing_where_there_is_a_compiler(
    bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing" / "python"))
    said = bxc("doctor", "--install")
    assert said.code == 2
    assert "solc 0.8.37 could not be fetched: it cannot be started" in said.err
    monkeypatch.setenv("BXC_SOLC", str(tmp_path / "nowhere"))
    assert "does not exist" in bxc("doctor", "--install").err
    solc = tmp_path / "mine"
    monkeypatch.undo()
    monkeypatch.setenv("BXC_SOLC", str(program(solc, ANSWERS)))
    said = bxc("doctor", "--install")
    assert said.code == 0
    assert "already" in said.err


def test_install_tells_what_py_solc_x_says(bxc: Bxc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = program(tmp_path / "python", "import sys; sys.stderr.write('ConnectionError: no network\\n'); sys.exit(1)")
    monkeypatch.setattr("sys.executable", str(python))
    said = bxc("doctor", "--install")
    assert said.code == 2
    assert "could not be fetched: ConnectionError: no network" in said.err
    assert "npm install" in said.err
    folder = tmp_path / "solcx"
    folder.mkdir()
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(folder))
    script = f"import pathlib\nfile = pathlib.Path({str(folder)!r}, 'solc-v0.8.37')\n"
    native = program(tmp_path / "native", ANSWERS)
    program(python, f"{script}import shutil; shutil.copy({str(native)!r}, file)")
    said = bxc("doctor", "--install")
    assert said.code == 0
    assert f"installed {folder / 'solc-v0.8.37'}" in said.err
