"""Source files and the spans that point into them."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from pathlib import Path

from bxc.dataclass import dataclass


def unix_lines(text: str) -> str:
    """A text with ``\\n`` for every line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class SourceFile:
    """One spec file: the name shown to the user, its path (None for text that is in no file), and its text.

    The text has no byte order mark and only ``\\n`` line ends, so offsets are those of the normalised text. Two files
    are equal only if they are the same object.
    """

    def __init__(self, name: str, text: str, path: Path | None = None) -> None:
        self.name = name
        self.text = text
        self.path = path

    def __repr__(self) -> str:
        return f"SourceFile({self.name!r})"

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each line, in order."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts

    def position(self, offset: int) -> Position:
        """The line and column of an offset."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line (counted from 1) without its line end; empty past the end."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file: line and column, both counted from 1, columns in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """The characters ``start`` (included) to ``end`` (excluded) of a file, as offsets in code points."""

    file: SourceFile
    start: int
    end: int

    @property
    def first(self) -> Position:
        return self.file.position(self.start)

    @property
    def last(self) -> Position:
        """The position just past the last character."""
        return self.file.position(self.end)

    @property
    def text(self) -> str:
        return self.file.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of the other, in the same file."""
        return Span(self.file, self.start, max(self.end, other.end))
