"""The example specs: clean, laid out, and what is committed below `generated/` is what they compile to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bxc.cli.bytecode import kept
from bxc.compile import artifacts, check
from bxc.format import format_text
from bxc.load import read_file

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").glob("*.bxc"))
SOUND = [spec for spec in SPECS if spec.stem != "medical_as_published"]
TODAY = date(2026, 1, 1)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_spec_is_laid_out_as_fmt_does(spec: Path) -> None:
    source, _ = read_file(spec, spec.name)
    text, found = format_text(source)
    assert found == []
    assert text == spec.read_text("utf-8")


@pytest.mark.parametrize("spec", SOUND, ids=lambda spec: spec.stem)
def test_a_spec_is_without_findings_and_compiles_to_what_is_committed(spec: Path) -> None:
    checked = check(spec, TODAY)
    assert checked.diagnostics == ()
    folder = ROOT / "generated" / spec.stem
    made = {
        artifact.path: artifact.text for artifact in artifacts(checked, compiled=lambda source: kept(folder, source))
    }
    there = {str(path.relative_to(folder).as_posix()): path for path in folder.rglob("*") if path.is_file()}
    assert set(there) == set(made)
    assert [path for path, text in made.items() if there[path].read_text("utf-8") != text] == []


def test_the_published_example_is_refused() -> None:
    found = check(ROOT / "specs" / "medical_as_published.bxc", TODAY).diagnostics
    assert [d.code for d in found] == ["BX201", "BX303", "BX303"]
