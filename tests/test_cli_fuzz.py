"""No command line and no file makes a command fail in a way that was not foreseen."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import SMALL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bxc.cli.app import COMMANDS, run

CODES = {0, 1, 2, 3}
FILES = [
    "small.bxc",
    "wrong.bxc",
    "binary.bxc",
    "folder",
    "none.bxc",
    "a.db",
    "a.duckdb",
    "rows.csv",
    "out",
    "-",
    "A",
    "V",
]
OPTIONS = (
    *(
        "--format",
        "--strict",
        "--today",
        "--color",
        "-q",
        "-v",
        "--check",
        "--diff",
        "--to",
        "--output",
        "-o",
        "--engine",
    ),
    *("--peer", "--locked", "--check-only-changed", "--db", "--from", "--delta", "--dry-run", "--null", "--delimiter"),
    *("--generated", "--enforce", "--load", "--table", "--help", "--version", "--nonsense", "--", "-x"),
)
VALUES = [
    "json",
    "sarif",
    "junit",
    "github",
    "text",
    "always",
    "2026-01-31",
    "sqlite",
    "duckdb",
    "csv",
    "html",
    "dot",
    "bash",
]
# No slash, dot or tilde: a random word must name nothing outside the test's folder.
WORDS = st.text(st.characters(exclude_characters="/.~\\\0", exclude_categories=["Cs"]), max_size=8)
ARGUMENTS = st.sampled_from([*FILES, *OPTIONS, *VALUES]) | WORDS

PIECES = SMALL.split() + list("(){}',\"\n#=-><*%\t\0\u202e\ufeff") + ["select", "1e999", "'", "''", "\r\n", "é", "名"]
SPECS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=60).map(" ".join)


@contextlib.contextmanager
def quiet_world(folder: Path) -> Iterator[None]:
    """A working folder of our own, no terminal, nothing on standard input, and no browser."""
    before = Path.cwd()
    patch = pytest.MonkeyPatch()
    patch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"spec x version 1\n"), isatty=lambda: False))
    patch.setattr("webbrowser.open", lambda *_: True)
    for name in ("stdout", "stderr"):
        patch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        patch.undo()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fuzz")
    (made / "small.bxc").write_text(SMALL)
    (made / "wrong.bxc").write_text(SMALL.replace("keep id, name", "keep id, nmae"))
    (made / "binary.bxc").write_bytes(bytes(range(256)))
    (made / "rows.csv").write_text("id,name\n1,x\n")
    (made / "folder").mkdir()
    return made


def settled(argv: list[str], folder: Path) -> int:
    """The exit code of a run that met no mistake of ours."""
    with quiet_world(folder):
        code = run(argv)
        sys.stderr.flush()
        assert isinstance(sys.stderr.buffer, io.BytesIO)
        said = sys.stderr.buffer.getvalue().decode()
    assert "bxc has a bug" not in said, said
    return code


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([*COMMANDS, "nonsense"]), st.lists(ARGUMENTS, max_size=6))
def test_no_command_line_leads_to_a_traceback(folder: Path, command: str, arguments: list[str]) -> None:
    assert settled([command, *arguments], folder) in CODES


@settings(deadline=None, max_examples=60)
@given(SPECS, st.sampled_from(["text", "json", "github", "sarif", "junit"]))
def test_no_text_makes_check_or_fmt_fail(folder: Path, text: str, form: str) -> None:
    (folder / "fuzz.bxc").write_text(text, encoding="utf-8", newline="")
    assert settled(["check", "fuzz.bxc", "--format", form], folder) in {0, 1}
    assert settled(["fmt", "fuzz.bxc", "--diff"], folder) in {0, 1}


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=200))
def test_no_bytes_make_a_command_fail(folder: Path, content: bytes) -> None:
    for name in ("fuzz.bxc", "fuzz.db", "fuzz.duckdb", "fuzz.csv"):
        (folder / name).write_bytes(content)
    assert settled(["check", "fuzz.bxc", "--format", "junit"], folder) in {0, 1}
    assert settled(["fmt", "--check", "fuzz.bxc"], folder) in {0, 1}
    for name in ("fuzz.db", "fuzz.duckdb"):
        assert settled(["import", "--db", name, "--peer", "A"], folder) in {0, 2}


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60) | st.sampled_from(["specs = 1", "[databases]\nA = 1", "specs = ['**', '[', '']", "[tool"]))
def test_no_configuration_makes_a_command_fail(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    place = tmp_path_factory.mktemp("configured")
    (place / "small.bxc").write_text(SMALL)
    (place / "bxc.toml").write_text(text, encoding="utf-8", newline="")
    assert settled(["check", "small.bxc"], place) in CODES
    assert settled(["check"], place) in CODES


CELLS = st.sampled_from(["", "1", "2", "-1", "x", '""', '"a,b"', "1e9", "null", "\n", '"', "é", "99999999999999999999"])
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=3).map(",".join), max_size=6).map("\n".join)


@pytest.fixture(scope="module", params=["sqlite", "duckdb"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a spec and a database that it is installed in, and the database's URL."""
    made = tmp_path_factory.mktemp("installed")
    (made / "small.bxc").write_text(SMALL)
    url = f"{request.param}:///a.db"
    assert settled(["install", "small.bxc", "--peer", "A", "--db", url], made) == 0
    return made, url


@settings(deadline=None, max_examples=25)
@given(TABLES, st.sampled_from(["id,name\n", "name,id\n", "", "id\n", "id,nam\n"]), st.sampled_from(["csv", "ndjson"]))
def test_no_file_of_rows_makes_a_put_fail(database: tuple[Path, str], rows: str, header: str, form: str) -> None:
    folder, url = database
    (folder / "rows").write_text(header + rows, encoding="utf-8", newline="")
    common = ["small.bxc", "--db", url]
    with quiet_world(folder):
        before = run(["get", "V", *common, "--to", "before.csv"])
    assert before == 0
    code = settled(["put", "V", *common, "--from", "rows", "--format", form], folder)
    assert code in {0, 1}
    assert settled(["get", "V", *common, "--to", "after.csv"], folder) == 0
    if code == 1:
        assert (folder / "after.csv").read_text() == (folder / "before.csv").read_text()
