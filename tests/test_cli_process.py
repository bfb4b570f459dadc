"""bxc as a process: signals, closed and full streams, encodings, two runs at once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from commands import SMALL

BXC = (sys.executable, "-m", "bxc")
ROWS = "id,name\n1,Zoë\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "small.bxc").write_text(SMALL)
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def bxc(*arguments: str, shell: str = "", env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """A run of `bxc`; ``shell`` is what a shell adds to it, such as a redirection."""
    command = ["sh", "-c", f'exec "$@" {shell}', "sh", *BXC, *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, env={**os.environ, **(env or {})})


def install(url: str) -> None:
    done = bxc("install", "small.bxc", "--peer", "A", "--db", url)
    assert done.returncode == 0, done.stderr
    done = bxc("put", "V", "small.bxc", "--db", url, "--from", "rows.csv")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
@pytest.mark.usefixtures("folder")
def test_rows_are_utf8_in_whatever_locale(encoding: str, form: str) -> None:
    install("a.db")
    done = bxc("get", "V", "small.bxc", "--db", "a.db", "--format", form, env={"PYTHONIOENCODING": encoding})
    assert "Zoë" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("stream", ["<&-", ">&-", "2>&-"])
@pytest.mark.usefixtures("folder")
def test_a_closed_stream_is_no_reason_to_fail(stream: str) -> None:
    install("a.duckdb")
    before = Path("a.duckdb").read_bytes()
    for arguments in (("--help",), ("check", "small.bxc"), ("get", "V", "small.bxc", "--db", "a.duckdb")):
        done = bxc(*arguments, shell=stream)
        assert done.returncode == 0, done.stderr
    assert Path("a.duckdb").read_bytes() == before  # not written to in place of the stream


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("arguments", [("check", "small.bxc"), ("check", "none.bxc", "--format", "json"), ("explain",)])
@pytest.mark.usefixtures("folder")
def test_a_full_disk_behind_stdout_is_told(arguments: tuple[str, ...]) -> None:
    done = bxc(*arguments, shell=">/dev/full")
    assert done.returncode == 2
    assert b"no space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Traceback" not in bxc(*arguments, shell="2>/dev/full").stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_put_that_is_told_to_stop_leaves_nothing_behind(number: int, folder: Path) -> None:
    install("a.db")
    rows = (f"{key},name {key}\n" for key in range(300_000))
    Path("many.csv").write_text("id,name\n" + "".join(rows))
    arguments = ("put", "V", "small.bxc", "--db", "a.db", "--from", "many.csv")
    running = subprocess.Popen([*BXC, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (folder / "a.db-journal").exists() and running.poll() is None:
        time.sleep(0.01)
    time.sleep(0.1)  # the folder for temporary files has been made, and rows are being staged
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 128 + number
    assert said.split() == [b"interrupted"]
    assert list((folder / "tmp").iterdir()) == []
    assert not (folder / "a.db-journal").exists()
    assert bxc("get", "V", "small.bxc", "--db", "a.db").stdout.decode() == ROWS


@pytest.mark.usefixtures("folder")
def test_get_reads_a_database_whose_writer_was_killed() -> None:
    install("a.db")
    script = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect('a.db', isolation_level=None)\n"
        "c.execute('pragma cache_size = 1')\n"
        "c.execute('begin')\n"
        "c.execute('update bxc_session set loading = 1, uncaptured = ?', ['S'])\n"
        "c.executemany('insert into S (id, name) values (?, ?)', [(n, 'x' * 1000) for n in range(2, 500)])\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert Path("a.db-journal").exists()
    done = bxc("get", "V", "small.bxc", "--db", "a.db")
    assert (done.returncode, done.stdout.decode()) == (0, ROWS), done.stderr
    with sqlite3.connect("a.db") as database:
        assert database.execute("select count(*) from S").fetchone() == (1,)


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_rows_that_come_through_a_pipe_all_arrive(engine: str, folder: Path) -> None:
    url = f"{engine}:///a.db"
    install(url)
    more = ROWS + "2,Ann\n"
    (folder / "rows.csv").write_text(more, encoding="utf-8")
    (folder / "none.csv").write_text("id,name\n")
    os.mkfifo("pipe.csv")
    for name, source in (
        ("/dev/stdin", "cat rows.csv |"),
        ("-", "cat rows.csv |"),
        ("pipe.csv", "cat rows.csv >pipe.csv &"),
    ):
        assert bxc("put", "V", "small.bxc", "--db", url, "--from", "none.csv").returncode == 0
        put = [*BXC, "put", "V", "small.bxc", "--db", url, "--format", "csv", "--from", name]
        done = subprocess.run(["sh", "-c", f'{source} "$@"', "sh", *put], capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert bxc("get", "V", "small.bxc", "--db", url).stdout.decode() == more


@pytest.mark.usefixtures("folder")
def test_compiles_at_the_same_time_do_not_disturb_each_other() -> None:
    runs = [subprocess.Popen([*BXC, "compile", "small.bxc"], stderr=subprocess.PIPE) for _ in range(3)]
    assert [said for run in runs if b"error" in (said := run.communicate(timeout=60)[1])] == []
    assert bxc("compile", "small.bxc", "--locked").returncode == 0
    assert list(Path("generated").rglob(".*")) == []


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("bxc com", "compile"),
        ("bxc check --form", "--format"),
        ("bxc check --format s", "sarif"),
        ("bxc compile --engine d", "duckdb"),
        ("bxc explain BX00", "BX001"),
    ],
)
def test_bash_completes_commands_options_and_values(words: str, first: str) -> None:
    script = (
        'eval "$(bxc completion bash)"\n'
        "COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()\n"
        '_bxc_completion bxc; echo "${COMPREPLY[0]}"'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script, "bash", words], capture_output=True, text=True, check=True, env={"PATH": path}
    )
    assert done.stdout == f"{first}\n"
