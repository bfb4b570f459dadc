"""Texts and octet strings that lie between two others, as short and plain as can be: values for witnesses."""

from __future__ import annotations

from itertools import chain, islice

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LOWEST = "\x01"  # U+0000 stands in no text


def texts_between(low: str | None, high: str | None, number: int) -> list[str] | None:
    """``number`` texts in ascending order, all greater than ``low`` and less than ``high`` (None: no bound).

    None if they could not be found: between some texts there are none.
    """
    for candidates in (_letters(number), *_suffixed(low or "", number), *_before(low or "", high, number)):
        fitting = [c for c in candidates if (low is None or c > low) and (high is None or c < high)]
        if len(fitting) >= number:
            return fitting[:number]
    return None


def octets_between(low: bytes | None, high: bytes | None, number: int) -> list[bytes] | None:
    """As `texts_between`, for octets; NUL octets are allowed."""
    stem = low or b""
    short = (bytes((i,)) for i in range(1, 256))
    longer = (stem + bytes((i,)) for i in range(256))
    wide = (stem + bytes((i, j)) for i in range(256) for j in range(256))
    zeros = (stem + b"\x00" * i for i in range(number + 1))
    for candidates in (chain([b""], short), longer, wide, zeros):
        fitting = (c for c in candidates if (low is None or c > low) and (high is None or c < high))
        if len(found := list(islice(fitting, number))) == number:
            return found
    return None


def _letters(number: int) -> list[str]:
    """`a` … `z`, `A` … `Z`, then longer ones, ascending."""
    if number > len(LETTERS):
        width = len(str(number))
        return [f"a{i:0{width}}" for i in range(number)] + [f"z{i:0{width}}" for i in range(number)]
    plain = sorted(LETTERS + LETTERS.upper() + "0123456789")
    return list(LETTERS) if number == 1 else [*plain, *(f"z{c}" for c in LETTERS)]


def _suffixed(stem: str, number: int) -> list[list[str]]:
    """The lower bound with something behind it."""
    width = len(str(number))
    return [
        [stem + c for c in LETTERS],
        [f"{stem}a{i:0{width}}" for i in range(number)],
        [f"{stem}{i:0{width}}" for i in range(number)],
        [f"{stem} {i:0{width}}" for i in range(number)],
        [f"{stem}{LOWEST}{i:0{width}}" for i in range(number)],
    ]


def _before(low: str, high: str | None, number: int) -> list[list[str]]:
    """Where the upper bound is the lower one with something behind it: what is less than that."""
    if high is None or not high.startswith(low) or high == low:
        return []
    stem, first = low, high[len(low)]
    below = ord(first) - 1
    width = len(str(number))
    found = [[""]] if not low and number == 1 else []
    if below >= ord(LOWEST):
        character = chr(0xD7FF if 0xD800 <= below <= 0xDFFF else below)
        found.append([f"{stem}{character}{i:0{width}}" for i in range(number)])
    rest = high[len(low) + 1 :]
    if rest:
        found.extend(_before(stem + first, high, number))
        found.append([stem + first] if number == 1 else [])
    return found
