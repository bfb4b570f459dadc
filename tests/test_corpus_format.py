"""The corpus of the checker is well formed: its files parse, resolve, and say in one form what is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from resolving import resolved, shown

from bxc.diagnostic import Diagnostic, Severity

CORPUS = Path(__file__).parent / "corpus"
GOOD = sorted((CORPUS / "good").glob("*.bxc"))
BAD = sorted((CORPUS / "bad").glob("*.bxc"))
EDGES = sorted((CORPUS / "edges").glob("*.bxc"))
EXPECT = re.compile(r"# expect: BX\d{3} (error|warning|note) (\*|[1-9]\d*)")
# A source, a peer or an attribute may be written as a quoted name.
NAME = r'(?:\w+|"[^"]+")'
OPERATION = rf"(?:insert|delete|update\.{NAME})"
EDGE = re.compile(rf"# edge: {NAME} {OPERATION} at {NAME} -> {NAME}: {OPERATION}(?:,{OPERATION})*")


def ill_formed(found: list[Diagnostic]) -> list[str]:
    """What makes a text no spec at all, other than what laws and lints find in one."""
    return [shown(d) for d in found if d.severity is Severity.ERROR and d.code.startswith(("BX0", "BX4"))]


@pytest.mark.parametrize("path", [*GOOD, *BAD, *EDGES], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_spec_of_the_corpus_is_a_spec(path: Path) -> None:
    assert ill_formed(resolved(path.read_text("utf-8"))[1]) == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_spec_says_first_what_is_found_and_then_why(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    expected = [line for line in lines if line.startswith("# expect")]
    assert expected, "nothing is expected"
    assert lines[: len(expected)] == expected, "expectations stand first"
    assert len(set(expected)) == len(expected), "an expectation stands twice"
    for line in expected:
        match = EXPECT.fullmatch(line)
        assert match is not None, line
        if match[2] != "*":
            place = lines[int(match[2]) - 1].strip()
            assert re.match(r"[^#]", place), f"{line}: nothing stands there"


@pytest.mark.parametrize("path", [*GOOD, *EDGES], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_not_bad_expects_no_finding(path: Path) -> None:
    assert [line for line in path.read_text("utf-8").splitlines() if "expect:" in line] == []


@pytest.mark.parametrize("path", EDGES, ids=lambda path: path.stem)
def test_edges_are_well_formed_and_speak_of_shares_and_peers_that_are_there(path: Path) -> None:
    text = path.read_text("utf-8")
    spec, _ = resolved(text)
    assert spec is not None
    shares = {share.name for share in spec.shares}
    peers = {peer.name for peer in spec.peers}
    edges = [line for line in text.splitlines() if line.startswith("# edge")]
    assert len(set(edges)) == len(edges)
    for line in edges:
        assert EDGE.fullmatch(line), line
        origin, _, _, peer, _, target, *_ = line.removeprefix("# edge: ").replace(":", " ").split()
        assert {origin, target} <= shares, line
        assert peer in peers, line
