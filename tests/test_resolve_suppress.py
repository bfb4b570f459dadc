"""`# bxc: allow …` comments: which findings they suppress, and which comments are findings themselves."""

from __future__ import annotations

from datetime import date

import pytest
from resolving import shown

from bxc import syntax
from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.parse import parse_text
from bxc.resolve import resolve
from bxc.resolve.suppress import suppress
from bxc.text import SourceFile, Span

TODAY = date(2026, 6, 30)
GOOD = "# bxc: allow BX504 until 2026-06-30 kept for the migration"


def file_of(text: str) -> syntax.File:
    tree, wrong = parse_text(SourceFile("test.bxc", text))
    assert wrong == []
    return tree


def left(text: str, today: date = TODAY) -> list[str]:
    """The findings of a spec that its comments leave, in order."""
    tree = file_of(text)
    _, found = resolve((tree,))
    return [shown(d) for d in sorted(suppress((tree,), found, today), key=lambda d: d.sort_key)]


def spec(*before_the_peer: str) -> str:
    """A spec with one warning: the peer, behind these lines, has no source."""
    lines = "".join(f"{line}\n" for line in before_the_peer)
    return f"spec s version 1\n{lines}peer Lonely\n"


def test_a_warning_on_the_next_line_is_suppressed() -> None:
    assert left(spec()) == ["2 BX504 «Lonely» peer `Lonely` has no source"]
    assert left(spec(GOOD)) == []


@pytest.mark.parametrize(
    "comment",
    [
        "#bxc: allow BX504 until 2026-06-30 x",
        "  # bxc:allow  BX504  until  2026-06-30  two words ",
        "# bxc: allow BX504 until 9999-12-31 reason",
    ],
)
def test_spaces_do_not_matter(comment: str) -> None:
    assert left(spec(comment)) == []


def test_two_comments_may_stand_above_one_line() -> None:
    assert left(spec(GOOD, "# why we keep it", GOOD)) == []


def test_only_the_next_line_and_the_named_code_are_meant() -> None:
    other_line = spec(GOOD, "")
    assert left(other_line) == ["4 BX504 «Lonely» peer `Lonely` has no source"]
    other_code = spec(GOOD.replace("BX504", "BX331"))
    assert left(other_code) == ["3 BX504 «Lonely» peer `Lonely` has no source"]


def test_a_note_is_suppressed_too() -> None:
    tree = file_of(spec(GOOD))
    name = tree.declarations[1]
    assert isinstance(name, syntax.Peer)
    note = Diagnostic("BX504", "a note", Label(name.name.span), severity=Severity.NOTE)
    assert suppress((tree,), [note], TODAY) == []


def test_a_comment_speaks_of_its_own_file_only() -> None:
    tree, other = file_of(spec(GOOD)), file_of("\n\npeer Other\n")
    warning = Diagnostic("BX504", "elsewhere", Label(Span(other.source, 2, 3)), severity=Severity.WARNING)
    assert suppress((tree, other), [warning], TODAY) == [warning]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# bxc: allow BX504 until 2026-06-29 late", "this suppression of BX504 expired on 2026-06-29"),
        ("# bxc: allow BX999 until 2027-01-01 x", "unknown code `BX999`"),
        ("# bxc: allow bx504 until 2027-01-01 x", "unknown code `bx504`"),
        ("# bxc: allow BX504", "a suppression needs a date"),
        ("# bxc: allow BX504 until 2027-02-30 x", "a suppression needs a date"),
        ("# bxc: allow BX504 until tomorrow x", "a suppression needs a date"),
        ("# bxc: allow BX504 until 2027-1-1 x", "a suppression needs a date"),
        ("# bxc: allow BX504 until 2027-01-01", "a suppression needs a reason"),
        ("# bxc: ignore BX504", "this suppression cannot be read"),
        ("# bxc: allow BX504 because", "this suppression cannot be read"),
        ("# bxc:", "this suppression cannot be read"),
    ],
)
def test_a_wrong_or_old_comment_is_a_warning_and_suppresses_nothing(comment: str, message: str) -> None:
    assert left(spec(comment)) == [f"2 BX503 «{comment}» {message}", "3 BX504 «Lonely» peer `Lonely` has no source"]


def test_errors_cannot_be_suppressed() -> None:
    text = f"spec s version 1\npeer A\n{GOOD.replace('BX504', 'BX003')}\npeer A\n"
    assert left(text) == [
        f"3 BX503 «{GOOD.replace('BX504', 'BX003')}» errors cannot be suppressed",
        "4 BX003 «A» peer `A` is declared twice",
    ]


def test_a_code_that_is_an_error_here_cannot_be_suppressed_here() -> None:
    tree = file_of(spec(GOOD.replace("BX504", "BX201")))
    peer = tree.declarations[1]
    assert isinstance(peer, syntax.Peer)
    error = Diagnostic("BX201", "a view without a key", Label(peer.name.span))
    assert [d.code for d in suppress((tree,), [error], TODAY)] == ["BX201", "BX503"]


def test_other_comments_are_for_people() -> None:
    text = spec("# bxc is a compiler", "# allow BX504", "# see bxc: allow")
    assert left(text) == ["5 BX504 «Lonely» peer `Lonely` has no source"]
