"""The checker's own corpus is well-formed: what a spec expects is written down, and nothing else is wrong with it.

A bad spec begins with what must be found, one line each: `# expect: CODE SEVERITY LINE`, where LINE is that of the
finding's primary label, or `*`. A good spec expects nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bxc.flatten import flatten
from bxc.load import load
from bxc.resolve import resolve

CORPUS = Path(__file__).parent / "corpus"
GOOD = sorted((CORPUS / "good").glob("*.bxc"))
BAD = sorted((CORPUS / "bad").glob("*.bxc"))
EXPECTED = re.compile(r"# expect: (?P<code>BX\d{3}) (?P<severity>error|warning|note) (?P<line>\d+|\*)")
SPEC_DOES_NOT_STAND = ("BX0", "BX4")
"""Codes that a corpus about laws never means: the spec cannot be read, or is not supported."""


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def expectations(text: str) -> list[re.Match[str]]:
    """The expectations of a spec; every line that speaks of one must be one, at the top of the file."""
    lines = text.splitlines()
    told = [number for number, line in enumerate(lines) if "expect:" in line]
    assert told == list(range(len(told)))
    found = [EXPECTED.fullmatch(lines[number]) for number in told]
    assert None not in found
    return [match for match in found if match is not None]


@pytest.mark.parametrize("path", GOOD + BAD, ids=name)
def test_a_spec_of_the_corpus_can_be_read_and_is_supported(path: Path) -> None:
    files, found = load(path)
    spec, wrong = resolve(files)
    found += wrong
    if spec is not None:
        found += flatten(spec)[1]
    assert [(d.code, d.message) for d in found if d.code.startswith(SPEC_DOES_NOT_STAND)] == []


@pytest.mark.parametrize("path", GOOD + BAD, ids=name)
def test_a_spec_of_the_corpus_bears_the_name_of_its_file(path: Path) -> None:
    files, _ = load(path)
    spec, _ = resolve(files)
    assert spec is None or spec.name == path.stem


@pytest.mark.parametrize("path", GOOD, ids=name)
def test_a_good_spec_expects_nothing(path: Path) -> None:
    assert expectations(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", BAD, ids=name)
def test_a_bad_spec_says_first_what_is_expected_and_on_which_line(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    expected = expectations("\n".join(lines))
    assert expected
    for match in expected:
        if match["line"] == "*":
            continue
        number = int(match["line"])
        assert len(expected) < number <= len(lines)
        assert lines[number - 1].strip()
        assert not lines[number - 1].lstrip().startswith("#")


def test_good_and_bad_specs_are_a_hundred_each() -> None:
    assert len(GOOD) >= 100
    assert len(BAD) >= 100
