"""The demo runs whole: it compares the ends of both shares itself after each act, and fails if they differ."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console

from bxc_runtime import demo


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
