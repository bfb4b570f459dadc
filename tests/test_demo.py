"""The demo runs whole: it compares the ends of both shares itself after each act, and fails if they differ."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bxc_runtime import demo
from bxc_runtime.store import Delta


@pytest.fixture(scope="module")
def story() -> str:
    screen = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "Console", lambda **_: Console(file=screen, width=140, no_color=True))
        assert demo.main() == 0
    return screen.getvalue()


def acts(story: str) -> list[str]:
    return re.split(r"\n(?=\S.* ─{3,})", story)


def test_the_demo_uses_both_engines(story: str) -> None:
    assert "D2 at Researcher (duckdb)" in story
    assert "D3 at Doctor (sqlite)" in story


def test_the_mechanism_reaches_the_doctor_and_stops_there(story: str) -> None:
    act = acts(story)[2]
    assert "changes of D23: update Ibuprofen to Ibuprofen | MeA1 (revised)" in act
    assert re.search(r"D3 at Doctor.*after:.*188 +Ibuprofen +CliD1 +MeA1 \(revised\) ◀ +one tablet every 4h", act, re.S)
    assert "changes of D31: none" in act


def test_the_dosage_reaches_the_patient_and_stops_there(story: str) -> None:
    act = acts(story)[3]
    assert re.search(r"after:.*188 +Ibuprofen +CliD1 +Sapporo +one tablet every 6h ◀", act, re.S)
    assert "changes of D32: none" in act


def test_the_refused_put_names_its_code_and_its_row_and_changes_nothing(story: str) -> None:
    act = acts(story)[4]
    assert "BXC11 D31" in act
    assert "bxc_violations_D31: BXC11 | delta | 188" in act or "bxc_violations_D31: BXC11 | delta | 189" in act
    assert "◀" not in act
    assert act.count("D3 at Doctor") == 2


@pytest.mark.parametrize(
    ("act", "table"), [(2, "D2 at Researcher"), (2, "D3"), (3, "D3 at Doctor"), (3, "D1"), (4, "D3")]
)
def test_every_table_that_an_act_speaks_of_is_shown_before_and_after(story: str, act: int, table: str) -> None:
    assert acts(story)[act].count(table if " at " in table else f"{table} at ") >= 2


def test_a_narrow_terminal_cuts_nothing_off() -> None:
    screen = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "Console", lambda **_: Console(file=screen, width=40))
        assert demo.main() == 0
    assert "…" not in "".join(line for line in screen.getvalue().splitlines() if "─" not in line)


def test_a_terminal_that_knows_no_check_mark_stops_nothing() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-m", "bxc_runtime.demo"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\\u2713 D23 = D32, D13 = D31 (read back and compared)\n")


def test_an_interrupted_demo_ends_without_a_traceback() -> None:
    argv = [sys.executable, "-m", "bxc_runtime.demo"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == ""
    assert running.returncode == 130


def test_a_demo_without_its_spec_says_where_to_run_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "SPEC", Path("nowhere/medical.bxc"))
    assert demo.main() == 2
    assert "make demo" in capsys.readouterr().err


def test_brackets_in_a_value_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    demo.Scene({}, Console(width=100)).delta("changes of V", Delta((("update", 1, "[bold]", None, False),)))
    assert capsys.readouterr().out == "  changes of V: update 1 to [bold] | NULL | false\n"
