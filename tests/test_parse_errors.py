"""Mistakes → findings in the user's words: each with its place, what is wrong, and where possible what to write.

The cases stand in `syntax_errors.txt`, input and findings together: behind `=== source` the lines of a source's block
(or of a view's, a share's, or a whole `file`), behind `---` for each finding its line and column in these lines, the
text that it points at, its message, its help behind `→`, and its other places behind `+`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bxc import statements, syntax
from bxc.diagnostic import Diagnostic, Severity
from bxc.parse import parse_text
from bxc.scan import Token, scan
from bxc.text import SourceFile, Span

CASES = Path(__file__).with_name("syntax_errors.txt")
BLOCKS = {"source": "source S at A {", "view": "view V from S {", "share": "share X = V <-> W {"}


def findings(kind: str, text: str) -> list[Diagnostic]:
    """The findings about a file, or about the lines of a block."""
    return parse_text(SourceFile("test.bxc", text if kind == "file" else f"{BLOCKS[kind]}\n{text}\n}}\n"))[1]


def shown(kind: str, finding: Diagnostic) -> str:
    """A finding as in `syntax_errors.txt`."""

    def place(span: Span) -> str:
        return f"{span.first.line - (kind != 'file')}:{span.first.column}"

    span = finding.primary.span
    lines = [f"{place(span)} «{span.text}» {finding.message}"]
    lines += [f"    → {finding.help}"] if finding.help else []
    lines += [f"    + {place(label.span)} «{label.span.text}» {label.text}" for label in finding.secondary]
    return "\n".join(lines)


def cases() -> list[tuple[str, str, str]]:
    """Kind, text and findings of each case."""
    found = []
    for case in CASES.read_text("utf-8").split("=== ")[1:]:
        head, expected = case.split("\n---\n")
        kind, _, text = head.partition("\n")
        found.append((kind, text, expected.strip("\n")))
    return found


@pytest.mark.parametrize(("kind", "text", "expected"), cases())
def test_a_mistake_is_found_and_explained(kind: str, text: str, expected: str) -> None:
    found = findings(kind, text)
    assert "\n".join(shown(kind, finding) for finding in found) == expected
    assert {(finding.code, finding.severity) for finding in found} == {("BX001", Severity.ERROR)}


@pytest.mark.parametrize(
    ("character", "described"),
    [
        ("\u202e", "U+202E (right-to-left override)"),
        ("\u200b", "U+200B (zero width space)"),
        ("\u2028", "U+2028 (line separator)"),
        ("\x0c", "U+000C (control character)"),
        ("\ufeff", "U+FEFF (zero width no-break space)"),
    ],
)
@pytest.mark.parametrize("text", ["peer A # {}", "peer A as '{}'", 'peer "A{}"', "peer A {}"])
def test_what_a_reviewer_cannot_see_is_refused_everywhere(character: str, described: str, text: str) -> None:
    (finding,) = findings("file", text.format(character))
    assert finding.message == f"an invisible character, {described}, stands here"
    assert finding.primary.span.text == character


def test_a_space_that_is_no_plain_space_is_told() -> None:
    (finding,) = findings("file", "peer\u00a0A")
    assert finding.message == "U+00A0 (no-break space) is not a plain space"


# --- reading on -----------------------------------------------------------------------------------------------------


def declared(text: str) -> list[str]:
    """The declarations that could be read of a text with mistakes, with the number of lines in their blocks."""
    tree, found = parse_text(SourceFile("test.bxc", text))
    assert found

    def size(declaration: syntax.Declaration) -> str:
        match declaration:
            case syntax.Source(name=name, items=lines) | syntax.Share(name=name, items=lines):
                return f"{name.text} {len(lines)}"
            case syntax.View(name=name, steps=lines):
                return f"{name.text} {len(lines)}"
            case syntax.Import(path=path):
                return path.value
            case _:
                return declaration.name.text

    return [size(declaration) for declaration in tree.declarations]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("peer A\nnonsense here\npeer B\n", ["A", "B"]),
        ("view V from S {\n  keep ?\n  where a\n}\npeer B\n", ["V 1", "B"]),
        ("view V from S {\n  keep a\n\nview W from V {\n  keep b\n}\n", ["V 1", "W 1"]),
        ("source S at P {\n  check (a > (1\n  b int\n}\npeer B\n", ["S 2", "B"]),
        ("source S at P {\n  key (a,\n\nsource T at P {\n  a int\n}\n", ["S 0", "T 1"]),
        ("source S at P {\n  peer text\n  b int not nul\n}\n", ["S 2"]),
        ("view 5 from S {\n  keep a\n}\npeer B\n", ["B"]),
        ("VIEW V from S {\n  KEEP a\n}\n", ["V 1"]),
        ("}\n}\npeer B\n", ["B"]),
        ("view V from S\n  keep a\n}\npeer B\n", ["V 1", "B"]),
        ("view V from S\npeer B\n", ["V 0", "B"]),
        ("create table t (\n  a int,\n  b int\n)\npeer B\n", ["B"]),
        ("function f() {\n  if x {\n    y\n  }\n}\npeer B\n", ["B"]),
        ("import a.bxc\npeer B 'x'\npeer C\n", ["a.bxc", "B", "C"]),
    ],
)
def test_reading_goes_on_behind_a_mistake(text: str, expected: list[str]) -> None:
    assert declared(text) == expected


def test_a_statement_with_several_mistakes_gives_several_findings() -> None:
    found = findings("view", "wher a = 1 AND b == 2 keep a")
    assert [finding.primary.span.text for finding in found] == ["wher", "AND", "==", "keep"]


# --- limits ---------------------------------------------------------------------------------------------------------


def limit(text: str) -> str:
    """The message of the only finding of a text, which is BX007."""
    (finding,) = parse_text(SourceFile("test.bxc", text))[1]
    assert finding.code == "BX007"
    return finding.message


def test_two_hundred_open_parentheses_are_read_and_one_more_is_not() -> None:
    def view(depth: int) -> str:
        return f"view V from S {{\n  where {'(' * depth}a{')' * depth}\n}}\n"

    assert parse_text(SourceFile("test.bxc", view(200)))[1] == []
    assert limit(view(201)) == "more than 200 parentheses are open here"


def test_operations_nest_two_hundred_deep_but_chains_are_flat() -> None:
    def view(condition: str) -> str:
        return f"view V from S {{\n  where {condition}\n}}\n"

    assert parse_text(SourceFile("test.bxc", view("not " * 200 + "a")))[1] == []
    assert limit(view("not " * 201 + "a")) == "an expression nested more than 200 deep"
    assert limit(view("not " * 100_000 + "a")) == "an expression nested more than 200 deep"
    assert parse_text(SourceFile("test.bxc", view(" and ".join(["a"] * 5000))))[1] == []


def test_a_line_is_scanned_once_however_many_lines_a_comma_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: list[int] = []

    def counting(text: str, start: int, end: int) -> list[Token]:
        scanned.append(start)
        return scan(text, start, end)

    monkeypatch.setattr(statements, "scan", counting)
    columns = "".join(f"  c{n} int,\n" for n in range(300))
    _, found = parse_text(SourceFile("test.bxc", f"source S at P {{\n{columns}}}\n"))
    assert [d.message for d in found] == ["a comma is not needed here"] * 300
    assert len(scanned) == len(set(scanned))


def test_an_arrow_that_is_too_long_is_one_mistake() -> None:
    for arrow in ("<-->", "<=>", "↔"):
        (found,) = parse_text(SourceFile("test.bxc", f"share s = V {arrow} W {{\n  authority A\n}}\n"))[1]
        assert (found.primary.span.text, found.help) == (arrow, "write `<->`")


def test_a_number_has_100_digits() -> None:
    assert limit(f"view V from S {{\n  where a = {'1' * 101}\n}}\n") == "a number of more than 100 digits"


@pytest.mark.parametrize(
    "text", ["peer " + "a" * 1_000_000, "view V from S {\n  keep " + "aaaaaaaa,\n" * 150_000 + "b\n}\n"]
)
def test_a_statement_has_a_million_characters(text: str) -> None:
    assert limit(text) == "a statement of more than 1,000,000 characters"


def test_after_five_hundred_errors_reading_stops() -> None:
    found = parse_text(SourceFile("test.bxc", "peer\n" * 1000))[1]
    assert len(found) == 501
    assert (found[-1].code, found[-1].primary.span.first.line) == ("BX007", 501)
