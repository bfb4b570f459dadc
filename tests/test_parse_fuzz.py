"""Whatever the text: parsing and laying out never raise, take time in proportion, and point into the text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_trees import bare, plain, specs

from bxc import lalr
from bxc.format import format_text
from bxc.load import decode
from bxc.parse import parse_text
from bxc.text import SourceFile

EXAMPLES = [path.read_text("utf-8") for path in sorted((Path(__file__).parent.parent / "specs").glob("*.bxc"))]
PIECES = [*sorted(lalr.keywords()), *"(){}=<>,:;+-*/%|&!?.[]'\"`#\\\n\n\n \t\r\0", "<->", "->", "||", "''", "--", "/*"]
PIECES += ["a", "D1", "188", "3.5", "36h", "'x'", '"q"', "“x”", "‘y’", "é", "🏥", "\u202e", "\u00a0", "SELECT", "AND"]
soup = st.lists(st.sampled_from(PIECES), max_size=60)


def read(text: str) -> None:
    """Parse and lay out a text, and check what any text must give."""
    source = SourceFile("fuzz.bxc", text)
    tree, found = parse_text(source)
    for finding in found:
        for label in (finding.primary, *finding.secondary):
            assert label.span.file is source
            assert 0 <= label.span.start <= label.span.end <= len(text)
        assert finding.code in ("BX001", "BX007")
        assert finding.message
        assert "__" not in finding.message.replace(finding.primary.span.text, "")
    assert found == sorted(found, key=lambda finding: finding.sort_key)
    laid_out, same = format_text(source)
    assert same == found
    assert (laid_out is None) == bool(found)
    if laid_out is not None:
        again, none = parse_text(SourceFile("again.bxc", laid_out))
        assert none == []
        assert bare(again.declarations) == bare(tree.declarations)
        assert [comment.text for comment in again.comments] == [comment.text for comment in tree.comments]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    read(text)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    source, found = decode(data, "fuzz.bxc")
    if not found:
        read(source.text)


@settings(deadline=None, max_examples=300)
@given(soup, st.sampled_from(["", " "]))
def test_any_soup_of_words_and_signs_is_read(pieces: list[str], between: str) -> None:
    read(between.join(pieces))


@settings(deadline=None, max_examples=300)
@given(soup, st.sampled_from(["source S at P {\n  ", "view V from S {\n  ", "share X = V <-> W {\n  "]))
def test_any_soup_in_a_block_is_read(pieces: list[str], head: str) -> None:
    read(head + " ".join(pieces))
    read(f"{head}{' '.join(pieces)}\n}}\npeer P\n")


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(EXAMPLES), st.data())
def test_an_example_with_pieces_replaced_is_read(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.sampled_from([start, start + 1, start + 2, start + 30]))
        text = text[:start] + data.draw(st.sampled_from([*PIECES, ""])) + text[end:]
    read(text)


@settings(deadline=None, max_examples=100)
@given(specs, st.data())
def test_a_random_spec_with_a_piece_replaced_is_read(declarations: tuple[object, ...], data: st.DataObject) -> None:
    text = plain(declarations)  # type: ignore[arg-type]
    start = data.draw(st.integers(0, len(text)))
    read(text[:start] + data.draw(st.sampled_from(PIECES)) + text[start + data.draw(st.integers(0, 3)) :])


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_cut_off_anywhere_is_read(text: str) -> None:
    for end in range(0, len(text), 7):
        read(text[:end])


@pytest.mark.parametrize(
    "piece",
    [
        "(",
        ")",
        "{",
        "}",
        "'",
        '"',
        ",",
        "-",
        "a ",
        "a,",
        "a,\n",
        "(\n",
        "{\n",
        "x )(\n",
        "'\n",
        ";\n",
        "\n",
        "#",
        "# \n",
        "“",
    ],
)
@pytest.mark.parametrize("head", ["", "source S at P {\n  a ", "view V from S {\n  where ", "view V from S {\n  keep "])
def test_repetitions_without_end_are_read(piece: str, head: str) -> None:
    read(head + piece * 20_000)


@pytest.mark.parametrize("piece", ["not ", "- ", "case when a then ", "a + 1 - ", "f(", "a in (", "a and ("])
def test_deep_expressions_are_read(piece: str) -> None:
    read(f"view V from S {{\n  where {piece * 20_000}a\n}}\n")
