"""The demo runs whole: it compares the ends of both shares itself after each act, and fails if they differ."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from bxc_runtime import demo
from bxc_runtime.demo import postgres
from bxc_runtime.demo.postgres import UnavailableError, program

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
ENGINES = demo.ENGINES if "BXC_SOAK" in os.environ else ("sqlite",)
SECONDS = 150  # far more than a minute, for machines that do other things, too


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    if found == "postgres":
        needs_postgres()
    return found


def needs_postgres() -> None:
    try:
        program("initdb")
    except UnavailableError as reason:
        if "BXC_NEED_POSTGRES" in os.environ:
            raise
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo.cast"


@pytest.fixture(scope="module")
def story(engine: str, record: Path) -> str:
    argv = [sys.executable, "-m", "bxc", "demo", "--engine", engine, "--record", str(record)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(argv, env=environment, capture_output=True, encoding="utf-8", timeout=SECONDS)
    assert (done.returncode, done.stderr) == (0, "")
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


def acts(story: str) -> list[str]:
    return re.split(r"\n(?=\S.* ─{3,})", story)


def test_the_eleven_steps_are_shown_in_their_order(story: str) -> None:
    assert re.findall(r"^ +(\d+)  ", acts(story)[2], re.MULTILINE)[:11] == [str(n) for n in range(1, 12)]


def test_the_update_reaches_the_patient_and_nothing_else_changes(story: str) -> None:
    act = acts(story)[2]
    assert re.search(r"D1 at Patient.* 188 +Ibuprofen +MeA1 \(revised\) ◀ +CliD1 +Sapporo +one", act, re.DOTALL)
    assert act.count("◀") == 3


def test_an_update_without_a_right_is_refused_by_database_and_contract(story: str, engine: str) -> None:
    act = acts(story)[3]
    assert ("BXC13 D13" if engine != "duckdb" else "held by the patient's runtime: BXC13") in act
    assert "refused by the contract: NoRight" in act
    assert "◀" not in act


def test_a_killed_peer_goes_on_and_puts_its_version_once(story: str) -> None:
    act = acts(story)[4]
    assert act.index("kill -9") < act.index("started again") < act.index("MeA1 (final) ◀")
    assert re.search(r"D1 at Patient.* 188 +Ibuprofen +MeA1 \(final\) ◀", act, re.DOTALL)


def test_the_history_verifies(story: str) -> None:
    assert re.search(r"3 +committed +Researcher +Doctor +mechanism_of_action +right +right", acts(story)[5])


def test_the_record_can_be_played(story: str, record: Path) -> None:
    head, *lines = record.read_text("utf-8").splitlines()
    assert json.loads(head)["version"] == 2
    played = "".join(json.loads(line)[2] for line in lines).replace("\r\n", "\n")
    assert "\n".join(line.rstrip() for line in played.splitlines()) + "\n" == story


def test_the_readme_quotes_the_demo_as_it_is(story: str, engine: str) -> None:
    if engine != "sqlite":
        pytest.skip("the README quotes the demo on SQLite")
    quoted = README[README.index("```\n  Researcher> update") + 4 :].partition("```")[0]
    assert quoted in story


def test_an_interrupted_demo_ends_without_a_traceback() -> None:
    argv = [sys.executable, "-m", "bxc", "demo"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.stderr.read().strip() in ("", "interrupted")
    assert running.returncode == 130


def test_a_demo_without_its_files_says_where_to_run_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "generated", lambda: None)
    assert demo.main() == 2
    assert "generated/medical_cascade" in capsys.readouterr().err


def test_the_demos_server_has_a_database_for_each_peer_and_no_port_and_ends_with_it() -> None:
    needs_postgres()
    with TemporaryDirectory() as folder, demo.databases(Path(folder), ("Doctor", "Patient")) as urls:
        assert set(urls) == {"Doctor", "Patient"}
        for peer, url in urls.items():
            with psycopg.connect(url) as connection:
                asked = "select current_database(), current_setting('listen_addresses')"
                assert connection.execute(asked).fetchone() == (peer.lower(), "")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(urls["Doctor"])


def test_where_there_is_no_postgres_the_demo_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres, "PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert demo.main("postgres") == 1
    said = capsys.readouterr().err
    assert "there is no initdb: install PostgreSQL 15 or newer, or try --engine sqlite or duckdb" in said
