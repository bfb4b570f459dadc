"""Golden cases: `tests/golden/<case>/spec.bxc` beside the report that `bxc check` prints for it.

`pytest --force-regen tests/test_golden.py` writes the reports anew; read the difference before you commit it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pytest_regressions.file_regression import FileRegressionFixture

from bxc.compile import check
from bxc.report import Report, render

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir())
SPECS = Path(__file__).parent.parent / "specs"
TODAY = date(2026, 1, 1)


def report(root: Path) -> str:
    checked = check(root, TODAY)
    files = tuple(file.source.name for file in checked.files)
    return render(Report("check", files, checked.diagnostics), "text", {})


@pytest.mark.parametrize("case", CASES)
def test_a_spec_gets_exactly_the_report_beside_it(
    case: str, file_regression: FileRegressionFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(GOLDEN / case)
    file_regression.check(report(Path("spec.bxc")), fullpath=GOLDEN / case / "diagnostics.txt")


def test_the_published_example_is_a_golden_case() -> None:
    published = (SPECS / "medical_as_published.bxc").read_text("utf-8")
    assert (GOLDEN / "medical_as_published" / "spec.bxc").read_text("utf-8") == published
