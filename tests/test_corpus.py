"""The corpus of specs that were judged by hand, from the design: no finding is missed, and none is false."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bxc.compile import check

CORPUS = Path(__file__).parent / "corpus"
EXPECTED = re.compile(r"^# expect: (BX\d{3}) (error|warning|note) (\d+|\*)$", re.MULTILINE)
TODAY = date(2026, 1, 1)

Told = tuple[str, str, int]


def found(path: Path) -> list[Told]:
    """Code, severity and line of all findings."""
    return [(d.code, d.severity.value, d.primary.span.first.line) for d in check(path, TODAY).diagnostics]


@pytest.mark.parametrize("path", sorted((CORPUS / "good").glob("*.bxc")), ids=lambda path: path.stem)
def test_a_sound_spec_has_no_error_and_no_warning(path: Path) -> None:
    assert [told for told in found(path) if told[1] != "note"] == []


@pytest.mark.parametrize("path", sorted((CORPUS / "bad").glob("*.bxc")), ids=lambda path: path.stem)
def test_what_is_wrong_with_a_spec_is_found_and_nothing_else(path: Path) -> None:
    expected = [(code, severity, line) for code, severity, line in EXPECTED.findall(path.read_text(encoding="utf-8"))]
    assert expected
    notes = {code for code, severity, _ in expected if severity == "note"}
    left = [told for told in found(path) if told[1] != "note" or told[0] in notes]
    missed = []
    for code, severity, line in sorted(expected, key=lambda e: e[2] == "*"):
        match = next((t for t in left if t[:2] == (code, severity) and line in ("*", str(t[2]))), None)
        if match is None:
            missed.append((code, severity, line))
        else:
            left.remove(match)
    assert (missed, left) == ([], [])


def test_the_corpus_is_large() -> None:
    assert len(list((CORPUS / "good").glob("*.bxc"))) >= 100
    assert len(list((CORPUS / "bad").glob("*.bxc"))) >= 100
