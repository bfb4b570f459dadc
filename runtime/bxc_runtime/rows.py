"""Turns the values that a database driver gives into the canonical values of `bxc.types`, and back.

SQLite holds decimals as scaled integers, bools as 0 and 1, dates, timestamps and uuids as text; the drivers of
DuckDB and PostgreSQL speak Python's own types. No message of this module carries a value of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from functools import partial
from itertools import islice
from typing import Any, Literal, TypeVar, assert_never
from uuid import UUID

from bxc.types import Bool, Bytes, Date, Decimal, Enum, Int, Real, Text, Timestamp, Type, Uuid, Value, Varchar

Engine = Literal["sqlite", "duckdb", "postgres"]
Convert = Callable[[Any], Any]
BATCH = 1_000  # rows that are converted at once


def read_rows(engine: Engine, types: Sequence[Type], rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Value, ...]]:
    """The rows of a driver's cursor in canonical form; ValueError for a value that its type cannot have."""
    return _convert(tuple(reader(engine, type_) for type_ in types), rows)


def write_rows(engine: Engine, types: Sequence[Type], rows: Iterable[Sequence[Value]]) -> Iterator[tuple[Any, ...]]:
    """Rows in canonical form as parameters for a driver."""
    return _convert(tuple(writer(engine, type_) for type_ in types), rows)


def _convert(converts: tuple[Convert | None, ...], rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Some rows at a time, column by column."""
    source = iter(rows)
    while batch := tuple(islice(source, BATCH)):
        if set(map(len, batch)) != {len(converts)}:
            wrong = next(len(row) for row in batch if len(row) != len(converts))
            raise ValueError(f"a row has {wrong} values, not {len(converts)}")
        columns = [
            column if convert is None else _converted(convert, column)
            for convert, column in zip(converts, zip(*batch, strict=True), strict=True)
        ]
        yield from zip(*columns, strict=True)


def _converted(convert: Convert, column: Sequence[Any]) -> Iterable[Any]:
    if None in column:
        return [None if value is None else convert(value) for value in column]
    return map(convert, column)


def reader(engine: Engine, type_: Type) -> Convert | None:
    """What makes a driver's non-NULL value canonical; None where it is so already."""
    if engine != "sqlite":
        return partial(_exact_scale, type_.scale) if isinstance(type_, Decimal) else None
    match type_:
        case Decimal(scale=scale):
            return partial(_unscaled, scale)
        case Bool():
            return _bool
        case Date():
            return _date
        case Timestamp():
            return _timestamp
        case Uuid():
            return _uuid
        case Real():
            return _real
        case Int() | Text() | Varchar() | Enum() | Bytes():
            return None
        case _:
            assert_never(type_)


def writer(engine: Engine, type_: Type) -> Convert | None:
    """What makes a canonical non-NULL value fit for a driver; None where it is so already."""
    if engine != "sqlite":
        return None
    match type_:
        case Decimal(scale=scale):
            return partial(scaled, scale)
        case Bool():
            return int
        case Date():
            return date.isoformat
        case Timestamp():
            return _timestamp_text
        case Uuid():
            return str
        case Int() | Text() | Varchar() | Enum() | Bytes() | Real():
            return None
        case _:
            assert_never(type_)


def scaled(scale: int, value: PyDecimal) -> int:
    """A decimal times 10^scale; ValueError if that is no integer."""
    shifted = value.scaleb(scale)
    if not shifted.is_finite() or shifted != (whole := int(shifted)):
        raise ValueError(f"a decimal is not finite or has more than {scale} digits behind the point")
    return whole


def scaled_column(scale: int, values: Sequence[PyDecimal]) -> Sequence[int]:
    """`scaled` of many."""
    shift = PyDecimal(scale)
    shifted = [value.scaleb(shift) for value in values]
    try:
        whole = list(map(int, shifted))
    except (ValueError, ArithmeticError):
        whole = []
    return whole if whole == shifted else [scaled(scale, value) for value in values]


def _unscaled(scale: int, value: int) -> PyDecimal:
    if type(value) is not int:  # a table that is not STRICT may hold anything
        raise ValueError("a decimal is not held as a scaled integer")
    return PyDecimal(value).scaleb(-scale)


def _exact_scale(scale: int, value: PyDecimal) -> PyDecimal:
    return _unscaled(scale, scaled(scale, value))


def _real(value: float) -> float:
    if type(value) not in (int, float):
        raise ValueError("a real is no number")
    return float(value)


def _bool(value: int) -> bool:
    if type(value) is not int or value not in (0, 1):
        raise ValueError("a bool is neither 0 nor 1")
    return bool(value)


def _timestamp_text(value: datetime) -> str:
    return value.isoformat(" ", "microseconds")


def _timestamp_value(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)  # a zone that was written is missed when written back


_T = TypeVar("_T")


def _parsed(parse: Callable[[str], _T], write: Callable[[_T], str], form: str, text: str) -> _T:
    """What ``parse`` reads, if ``write`` gives back the very same text: the engines compare the text."""
    with suppress(ValueError, TypeError, AttributeError):
        value = parse(text)
        if write(value) == text:
            return value
    raise ValueError(f"a value is not written as {form}")


_date = partial(_parsed, date.fromisoformat, date.isoformat, "YYYY-MM-DD")
_timestamp = partial(_parsed, _timestamp_value, _timestamp_text, "YYYY-MM-DD HH:MM:SS.ffffff")
_uuid = partial(_parsed, UUID, str, "a uuid in lower case with dashes")
