"""The text of a spec → the same spec in its one canonical layout, comments kept.

The layout depends on nothing but the tokens, the comments between them, and where blank lines stand: so formatting
twice changes nothing, and redundant parentheses stay where their author wanted them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic
from bxc.layout import Remark, cells, joined, laid_out
from bxc.parse import line_kind, parse_text
from bxc.scan import Token
from bxc.statements import Statements
from bxc.syntax import Comment
from bxc.text import SourceFile

INDENT = 2
WIDEST_CELL = 40  # a wider one stands out of its column and does not widen it
WIDEST_TYPE = 24


@dataclass(frozen=True, slots=True)
class Line:
    """A statement, the `}` of a block, or a comment on a line of its own, in the order of the text.

    ``kind`` is the start rule of the statement, or `close`, or `comment`; ``blank`` tells that a blank line stands
    before it.
    """

    kind: str
    tokens: tuple[Token, ...]
    remarks: tuple[Remark, ...] = ()
    inside: bool = False
    blank: bool = False

    @property
    def word(self) -> str:
        """The first word of a declaration."""
        return self.tokens[0].symbol if self.kind == "declaration" else ""


def format_text(source: SourceFile) -> tuple[str | None, list[Diagnostic]]:
    """A spec's canonical text, None if it has syntax errors; and these."""
    tree, findings = parse_text(source)
    if findings:
        return None, findings
    lines = _parted(_joined_braces(_with_comments(source, _lines(source), tree.comments)))
    text: list[str] = []
    for line, pads in zip(lines, _pads(lines), strict=True):
        text += [""] * line.blank
        text += laid_out(line.kind, line.tokens, line.remarks, INDENT * line.inside, pads)
    return "".join(f"{line}\n" for line in text), []


# --- what stands in the text ----------------------------------------------------------------------------------------


def _lines(source: SourceFile) -> Iterator[Line]:
    """The statements and closing braces of a file without syntax errors."""
    statements = Statements(source)
    block = ""  # the kind of declaration whose block is open
    while (statement := statements.next()) is not None:
        tokens, ender = tuple(statement.tokens), statement.ender
        opens = (ender,) if ender is not None and ender.symbol == "{" else ()
        if tokens and block:
            yield Line(line_kind(block, tokens), tokens, inside=True)
        elif tokens:
            yield Line("declaration", (*tokens, *opens))
        if opens:
            block = tokens[0].symbol
        elif ender is not None:
            block = ""
            yield Line("close", (ender,))


def _with_comments(source: SourceFile, lines: Iterable[Line], comments: Iterable[Comment]) -> list[Line]:
    """The lines with the comments of the file, as remarks inside and behind them or as lines of their own."""
    found: list[Line] = []
    waiting = deque(comments)
    end = 0  # of what has been found

    def between(start: int) -> int:
        return source.text.count("\n", end, start)

    for line in (*lines, None):
        start = line.tokens[0].start if line else len(source.text) + 1
        while waiting and waiting[0].span.start < start:
            comment = waiting.popleft()
            if found and not between(comment.span.start):
                remark = Remark(comment.text, len(found[-1].tokens), own_line=False)
                found[-1] = replace(found[-1], remarks=(*found[-1].remarks, remark))
            else:
                blank = between(comment.span.start) > 1
                remarks = (Remark(comment.text, 0, own_line=True),)
                found.append(Line("comment", (), remarks, bool(found) and _is_open(found[-1]), blank))
            end = comment.span.end
        if line:
            blank, end = between(start) > 1, line.tokens[-1].end
            found.append(replace(line, remarks=tuple(_inner(source, line, waiting)), blank=blank))
    return found


def _is_open(line: Line) -> bool:
    """Whether what follows a line stands inside a block."""
    return line.inside or (bool(line.tokens) and line.tokens[-1].symbol == "{")


def _inner(source: SourceFile, line: Line, waiting: deque[Comment]) -> Iterator[Remark]:
    """Take the comments between the tokens of a line."""
    ends = [token.end for token in line.tokens]
    while waiting and waiting[0].span.start < ends[-1]:
        comment = waiting.popleft()
        after = bisect_right(ends, comment.span.start)
        own_line = "\n" in source.text[ends[after - 1] : comment.span.start]
        yield Remark(comment.text, after, own_line)


def _joined_braces(lines: Sequence[Line]) -> list[Line]:
    """The lines with `}` put behind a `{` that nothing but it follows."""
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if last and line.kind == "close" and last.kind == "declaration" and not last.remarks:
            tokens = (*last.tokens, *line.tokens)
            remarks = tuple(replace(remark, after=len(tokens)) for remark in line.remarks)
            found[-1] = replace(last, tokens=tokens, remarks=remarks)
        else:
            found.append(line)
    return found


# --- blank lines ----------------------------------------------------------------------------------------------------


def _parted(lines: Sequence[Line]) -> list[Line]:
    """The lines with blank lines where they belong: between declarations, and where the author left one."""
    found = [replace(line, blank=False) for line in lines[:1]]
    statement = 0  # the place of the first line, at or behind the current one, that is no comment
    for place, (before, line) in enumerate(pairwise(lines), 1):
        statement = max(statement, place)
        while statement < len(lines) and lines[statement].kind == "comment":
            statement += 1
        belongs_to = lines[statement] if statement < len(lines) else None
        found.append(replace(line, blank=_parts(before, line, belongs_to)))
    return found


def _parts(before: Line, line: Line, belongs_to: Line | None) -> bool:
    """Whether a blank line stands between two lines; a comment belongs to the next line that is none."""
    if _is_open(before):
        return line.blank and line.kind != "close" and before.kind != "declaration"
    if line.blank or before.kind == "comment":
        return line.blank
    return belongs_to is None or not (_is_list(before) and _is_list(belongs_to) and before.word == belongs_to.word)


def _is_list(line: Line) -> bool:
    """Whether a line is a declaration of one line, which may stand together with others of its kind."""
    return line.kind == "declaration" and line.tokens[-1].symbol not in ("{", "}")


# --- alignment ------------------------------------------------------------------------------------------------------


def _pads(lines: Sequence[Line]) -> list[dict[int, int]]:
    """For each line the spaces before the tokens that are aligned with others of its group."""
    pads: list[dict[int, int]] = [{} for _ in lines]
    for group in _groups(lines):
        rows = [(place, _cells(lines[place])) for place in group]
        for cell, widest in enumerate((WIDEST_CELL, WIDEST_TYPE)):
            texts = {place: row[cell] for place, row in rows if cell < len(row)}
            width = max((len(text) for _, text in texts.values() if len(text) <= widest), default=0)
            for place, (behind, text) in texts.items():
                space = 2 if lines[place].kind == "column" else 1
                pads[place][behind] = max(width - len(text), 0) + space
    return pads


def _cells(line: Line) -> list[tuple[int, str]]:
    """The aligned cells of a line that another one follows: the place behind each, and its text."""
    start = 0 if line.kind == "column" else 1
    found = []
    for end in cells(line.kind, line.tokens):
        found.append((end, joined(line.kind, line.tokens, start, end)))
        start = end
    return found


def _groups(lines: Sequence[Line]) -> Iterator[list[int]]:
    """The places of lines that are aligned with each other: the columns of a source, update rights in a row."""
    group: list[int] = []
    for place, line in enumerate(lines):
        aligned = bool(cells(line.kind, line.tokens))
        ends = not line.inside or (line.kind == "item" and (line.blank or not aligned))
        if ends and group:
            yield group
            group = []
        if aligned:
            group.append(place)
    if group:
        yield group
