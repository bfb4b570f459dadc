"""Text as a terminal shows it: how many cells a character takes, tabs spread, control characters made visible."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

TAB = 4
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def cells(char: str) -> int:
    """The cells that a printable character takes: 0 for combining marks, 2 for wide ones, else 1."""
    if char.isascii():
        return 1
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shown(text: str) -> Iterator[tuple[str, int]]:
    """Each character of a line as it is to be printed, with the cells that it takes.

    Tabs become spaces up to the next multiple of four. Control and format characters, which could move the cursor or
    turn the direction of the text, become U+FFFD.
    """
    column = 0
    for char in text:
        if char == "\t":
            width = TAB - column % TAB
            yield " " * width, width
        elif char.isascii() and char.isprintable():
            width = 1
            yield char, width
        elif unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            width = 1
            yield REPLACEMENT, width
        else:
            width = cells(char)
            yield char, width
        column += width


def display_width(text: str) -> int:
    """The cells that a line takes."""
    return sum(width for _, width in shown(text))


def printable(text: str) -> str:
    """A line with tabs spread and control characters made visible."""
    return "".join(char for char, _ in shown(text))
