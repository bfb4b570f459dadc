"""The types of the language and their values.

A value is held in its canonical Python form: int → `int`, decimal → `Decimal` with exactly the type's scale, text and
varchar and enum → `str`, bool → `bool`, date → `date`, timestamp → naive `datetime` in UTC, uuid → `UUID`, bytes →
`bytes`, real → finite `float`, NULL → `None`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as PyDecimal
from uuid import UUID

from bxc.dataclass import dataclass

Value = int | PyDecimal | str | bool | date | datetime | UUID | bytes | float | None

MAX_DIGITS = 18  # scaled decimals must fit 64 bits on every engine


@dataclass(frozen=True, slots=True)
class Int:
    """64-bit signed integers."""

    def __str__(self) -> str:
        return "int"


@dataclass(frozen=True, slots=True)
class Decimal:
    """Exact numbers of at most ``precision`` digits (≤ 18), ``scale`` of them behind the point."""

    precision: int
    scale: int

    def __str__(self) -> str:
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True, slots=True)
class Text:
    """Unicode text without U+0000, compared by code point."""

    def __str__(self) -> str:
        return "text"


@dataclass(frozen=True, slots=True)
class Varchar:
    """Text of at most ``length`` code points."""

    length: int

    def __str__(self) -> str:
        return f"varchar({self.length})"


@dataclass(frozen=True, slots=True)
class Bool:
    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class Date:
    """Days of the proleptic Gregorian calendar, years 1 to 9999."""

    def __str__(self) -> str:
        return "date"


@dataclass(frozen=True, slots=True)
class Timestamp:
    """UTC times with microseconds, years 1 to 9999."""

    def __str__(self) -> str:
        return "timestamp"


@dataclass(frozen=True, slots=True)
class Enum:
    """One of the listed texts; equality only."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return "enum(" + ", ".join("'" + v.replace("'", "''") + "'" for v in self.values) + ")"


@dataclass(frozen=True, slots=True)
class Uuid:
    """Written in lower case with dashes where it is text; equality only."""

    def __str__(self) -> str:
        return "uuid"


@dataclass(frozen=True, slots=True)
class Bytes:
    """Octet strings; equality only."""

    def __str__(self) -> str:
        return "bytes"


@dataclass(frozen=True, slots=True)
class Real:
    """Finite IEEE doubles: carried along, never a key, never compared for equality."""

    def __str__(self) -> str:
        return "real"


Type = Int | Decimal | Text | Varchar | Bool | Date | Timestamp | Enum | Uuid | Bytes | Real


def is_textual(type_: Type) -> bool:
    """Whether values are text to an expression: text, varchar, enum."""
    return isinstance(type_, Text | Varchar | Enum)


def is_ordered(type_: Type) -> bool:
    """Whether ``<`` means the same on every engine."""
    return isinstance(type_, Int | Decimal | Text | Varchar | Date | Timestamp | Real)
