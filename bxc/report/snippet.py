"""Labels on one file → the source lines that they are on, with carets and texts below.

Two lines of a snippet, when the second label's text has no room beside the first:

    12 |   update dosage by Doctor, Nurse
       |          ------    ^^^^^^ this right
       |          |
       |          of this column
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.dataclass import dataclass
from bxc.report.colour import FRAME, SECONDARY, Palette
from bxc.report.width import display_width, printable, shown
from bxc.text import SourceFile, Span

CONTEXT = 2  # lines between two labelled lines that are shown rather than skipped
ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Mark:
    """A label as drawn: its place, its text, its caret (`^` or `-`) and style."""

    span: Span
    text: str
    caret: str
    style: str


@dataclass(frozen=True, slots=True)
class Underline:
    """A mark's part on one line, in cells of the shown line; the text stands at the mark's last line only."""

    start: int
    width: int
    mark: Mark
    text: str

    @property
    def end(self) -> int:
        return self.start + self.width


def snippet(file: SourceFile, marks: Sequence[Mark], gutter: int, palette: Palette, width: int) -> list[str]:
    """The lines of a file's snippet, ``gutter`` digits of room for line numbers, source cut to ``width`` cells."""
    lines = _lines(marks)
    out = [_bar(gutter, palette)]
    previous = lines[0]
    for number in lines:
        if number - previous > CONTEXT + 1:
            out.append(palette.paint(ELLIPSIS, FRAME))
        else:
            between = range(previous + 1, number)
            out.extend(_source_line(file, line, gutter, palette, (0, width)) for line in between)
        out.extend(_marked_line(file, number, marks, gutter, palette, width))
        previous = number
    return out


def last_line(span: Span) -> int:
    """The line of a span's last character (of its start, if it is empty)."""
    return span.file.position(max(span.start, span.end - 1)).line


def _lines(marks: Sequence[Mark]) -> list[int]:
    return sorted({line for mark in marks for line in (mark.span.first.line, last_line(mark.span))})


def _bar(gutter: int, palette: Palette, number: str = "") -> str:
    return palette.paint(f"{number:>{gutter}} |", FRAME)


def _marked_line(
    file: SourceFile, number: int, marks: Sequence[Mark], gutter: int, palette: Palette, width: int
) -> list[str]:
    underlines = sorted(
        (part for mark in marks if (part := _underline(file, number, mark))), key=lambda u: (u.start, u.end)
    )
    window = _window(display_width(file.line(number)), underlines, width)
    out = [_source_line(file, number, gutter, palette, window)]
    shift = window[0] - (len(ELLIPSIS) if window[0] else 0)
    moved = [Underline(max(u.start - shift, 0), min(u.width, width), u.mark, u.text) for u in underlines]
    bar = _bar(gutter, palette)
    out.extend(f"{bar} {row}".rstrip() for row in _rows(moved, palette))
    return out


def _underline(file: SourceFile, number: int, mark: Mark) -> Underline | None:
    """What a mark underlines of a line: nothing on the lines between the first and last of a long span."""
    first, last = mark.span.first.line, last_line(mark.span)
    if number not in (first, last):
        return None
    line = file.line(number)
    line_start = file.line_starts[number - 1]
    start = mark.span.start - line_start if number == first else len(line) - len(line.lstrip())
    end = mark.span.end - line_start if number == last else len(line)
    before = display_width(line[:start])
    covered = display_width(line[: min(end, len(line))]) - before
    return Underline(before, max(covered, 1), mark, mark.text if number == last else "")


def _window(length: int, underlines: Sequence[Underline], width: int) -> tuple[int, int]:
    """The cells of a line that are shown: all of them, or those around the first underline."""
    if length <= width:
        return 0, length
    start = max(0, underlines[0].start - width // 4)
    return (0, width) if underlines[0].end <= width * 3 // 4 else (start, start + width)


def _source_line(file: SourceFile, number: int, gutter: int, palette: Palette, window: tuple[int, int]) -> str:
    text = _cut(file.line(number), window)
    return f"{_bar(gutter, palette, str(number))} {text}".rstrip()


def _cut(line: str, window: tuple[int, int]) -> str:
    start, end = window
    if start == 0 and display_width(line) <= end:
        return printable(line)
    kept, column = [], 0
    for char, cells in shown(line):
        if start <= column and column + cells <= end:
            kept.append(char)
        column += cells
    before = ELLIPSIS if start else ""
    after = ELLIPSIS if column > end else ""
    return before + "".join(kept) + after


def _rows(underlines: Sequence[Underline], palette: Palette) -> list[str]:
    """The caret row, with the last text beside it if nothing is in its way, and the other texts below."""
    texts = [u for u in underlines if u.text]
    beside = texts[-1] if texts and all(u.end <= texts[-1].end for u in underlines) else None
    row = _carets(underlines, palette)
    if beside is not None:
        row += " " + palette.paint(beside.text, beside.mark.style)
    rows = [row]
    below = [u for u in texts if u is not beside]
    if below:
        rows.append(_stems(below, None, palette))
    while below:
        rows.append(_stems(below[:-1], below[-1], palette))
        below = below[:-1]
    return rows


def _carets(underlines: Sequence[Underline], palette: Palette) -> str:
    """One row of carets; where marks overlap, the primary one shows."""
    cells: list[Mark | None] = [None] * max(u.end for u in underlines)
    for underline in sorted(underlines, key=lambda u: u.mark.caret == "^"):
        cells[underline.start : underline.end] = [underline.mark] * underline.width
    out, position = "", 0
    while position < len(cells):
        mark, start = cells[position], position
        while position < len(cells) and cells[position] is mark:
            position += 1
        run = position - start
        out += " " * run if mark is None else palette.paint(mark.caret * run, mark.style)
    return out


def _stems(stems: Sequence[Underline], last: Underline | None, palette: Palette) -> str:
    """A row with a stem under each underline that still waits for its text, and the text of ``last``."""
    out, column = "", 0
    for underline in stems:
        if underline.start >= column and (last is None or underline.start < last.start):
            out += " " * (underline.start - column) + palette.paint("|", underline.mark.style)
            column = underline.start + 1
    if last is not None:
        out += " " * (last.start - column) + palette.paint(last.text, last.mark.style or SECONDARY)
    return out
