"""Places of constants in a dense order, and values to read back from places."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from typing import Any

from bxc.laws.between import octets_between, texts_between


class Order:
    """Places of constants in a dense order: each new one halfway between its neighbours, for the solver's life."""

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._places: list[Fraction] = []

    def place(self, value: Any) -> Fraction:
        at = bisect_left(self._values, value)
        if at < len(self._values) and self._values[at] == value:
            return self._places[at]
        low = self._places[at - 1] if at else None
        high = self._places[at] if at < len(self._places) else None
        if low is None:
            place = Fraction(0) if high is None else high - 1
        else:
            place = low + 1 if high is None else (low + high) / 2
        self._values.insert(at, value)
        self._places.insert(at, place)
        return place

    def read(self, places: list[Fraction], *, texts: bool) -> dict[Fraction, Any] | None:
        """Values at places (ascending, without repeats), in order; None where a gap between constants holds too few."""
        found: dict[Fraction, Any] = {}
        gaps: dict[int, list[Fraction]] = {}
        for place in places:
            at = bisect_left(self._places, place)
            if at < len(self._places) and self._places[at] == place:
                found[place] = self._values[at]
            else:
                gaps.setdefault(at, []).append(place)
        between = texts_between if texts else octets_between
        for at, inside in gaps.items():
            low = self._values[at - 1] if at else None
            high = self._values[at] if at < len(self._values) else None
            values = between(low, high, len(inside))
            if values is None:
                return None
            found.update(zip(inside, values, strict=True))
        return found
