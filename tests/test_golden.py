"""Golden cases: `tests/golden/<case>/spec.bxc` beside the report that `bxc check` prints for it.

`pytest --force-regen tests/test_golden.py` writes the reports anew; read the difference before you commit it.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from pytest_regressions.file_regression import FileRegressionFixture
from test_error_pages import CODES, WITHOUT_EXAMPLE

from bxc.check.settings import Proving
from bxc.compile import PLAIN, check
from bxc.report import Report, render

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir())
SPECS = Path(__file__).parent.parent / "specs"
TODAY = date(2026, 1, 1)
HEADLINE = re.compile(r"^(?:error|warning|note)\[(BX\d{3})\]: ", re.MULTILINE)

# The case that shows what is said when there is no time for proofs.
WITHOUT_TIME = "bx402_no_time"


def report(root: Path, proving: Proving = PLAIN) -> str:
    checked = check(root, TODAY, proving)
    files = tuple(file.source.name for file in checked.files)
    return render(Report("check", files, checked.diagnostics), "text", {})


@pytest.mark.parametrize("case", CASES)
def test_a_spec_gets_exactly_the_report_beside_it(
    case: str, file_regression: FileRegressionFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(GOLDEN / case)
    proving = Proving(timeout=0.0) if case == WITHOUT_TIME else PLAIN
    file_regression.check(report(Path("spec.bxc"), proving), fullpath=GOLDEN / case / "diagnostics.txt")


def test_a_witness_does_not_depend_on_what_was_proved_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for case in ("bx342_not", "bx311_check", "bx341_other_column", "bx321_leaves", "bx311_check", "bx342_not"):
        monkeypatch.chdir(GOLDEN / case)
        assert report(Path("spec.bxc")) == (GOLDEN / case / "diagnostics.txt").read_text("utf-8"), case


def test_every_code_that_a_spec_can_reach_has_a_golden_case() -> None:
    shown = {
        code for case in CASES for code in HEADLINE.findall((GOLDEN / case / "diagnostics.txt").read_text("utf-8"))
    }
    assert shown == CODES - set(WITHOUT_EXAMPLE)


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("bx")])
def test_a_case_that_is_named_by_a_code_shows_it(case: str) -> None:
    assert case[:5].upper() in HEADLINE.findall((GOLDEN / case / "diagnostics.txt").read_text("utf-8"))


def test_the_published_example_is_a_golden_case() -> None:
    published = (SPECS / "medical_as_published.bxc").read_text("utf-8")
    assert (GOLDEN / "medical_as_published" / "spec.bxc").read_text("utf-8") == published
