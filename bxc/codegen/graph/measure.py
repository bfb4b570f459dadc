"""Text measured without its font: an estimate that is a little generous, the same on every machine."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import combining, east_asian_width

BOLD = 1.1  # how much wider bold text is

_NARROW = frozenset("fijlrtI.,:;'|!()[] ")


@lru_cache(4096)
def text_width(text: str, size: float) -> float:
    """The width of a line of text in a sans-serif font of a size, in the size's unit."""
    return size * sum(map(_em, text))


def fit(text: str, width: float, size: float) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    if text_width(text, size) <= width:
        return text
    room = width / size - _em("…")
    for index, character in enumerate(text):
        room -= _em(character)
        if room < 0:
            return text[:index].rstrip() + "…"
    return text


def wrap(text: str, width: float, size: float) -> list[str]:
    """The text in lines broken at blanks, all but the first indented; a word that is too long is cut."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1].strip() else lines[-1] + word
        if lines[-1].strip() and text_width(longer, size) > width:
            lines.append(f"\u2003{word}")
        else:
            lines[-1] = longer
    return [fit(line, width, size) for line in lines]


def _em(character: str) -> float:
    if combining(character):
        return 0.0
    if east_asian_width(character) in "WF":
        return 1.15
    if character in _NARROW:
        return 0.34
    return 0.76 if character.isupper() or character in "mw@%" else 0.61
