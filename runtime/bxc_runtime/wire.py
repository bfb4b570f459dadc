"""Values, rows and deltas ↔ the octets in which peers send and keep them: canonical JSON, one edit a line.

An edit is `[old key or null, new row or null]`. int, bool, text and real are JSON's own; a decimal, date, timestamp and
uuid are texts in canonical form, bytes hexadecimal digits. The same delta gives the same octets.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from decimal import InvalidOperation
from math import isfinite
from typing import Any, assert_never
from uuid import UUID

from bxc.types import Bool, Bytes, Date, Decimal, Enum, Int, Real, Text, Timestamp, Type, Uuid, Value, Varchar
from bxc_runtime.delta import Delta, Edit, Row, Shape, sorted_delta

MAX_LINE = 16 * 2**20


class WireError(Exception):
    """Octets that are no such thing. No text of this module carries a value."""


def _plain(value: Value) -> Any:
    match value:
        case None | bool() | int() | str() | float():
            return value
        case PyDecimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(" ", "microseconds")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case bytes():
            return value.hex()
        case _:
            assert_never(value)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def row_text(row: Sequence[Value]) -> str:
    """A row, or a key, as one line of JSON."""
    return _text([_plain(value) for value in row])


def value_text(value: Value) -> str:
    """One value as JSON."""
    return _text(_plain(value))


def read_row(text: str, types: Sequence[Type]) -> Row:
    """The inverse of `row_text`; WireError for anything else."""
    return _row(_parsed(text), types)


def edit_text(edit: Edit) -> str:
    """An edit as one line of JSON, without a line end."""
    old = None if edit.old is None else [_plain(value) for value in edit.old]
    new = None if edit.new is None else [_plain(value) for value in edit.new]
    return _text([old, new])


def pack(delta: Iterable[Edit]) -> bytes:
    """A delta as it is sent and kept: its lines, compressed."""
    return zlib.compress("".join(f"{edit_text(edit)}\n" for edit in delta).encode(), 6)


def unpack(octets: bytes, shape: Shape, most: int = 2**30) -> Delta:
    """The inverse of `pack`. WireError also for what would grow beyond ``most`` octets."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(octets, most)
    except zlib.error as error:
        raise WireError("a delta is not compressed as it should be") from error
    if unpacker.unconsumed_tail or not unpacker.eof or unpacker.unused_data:
        raise WireError("a delta is too large, or cut off")
    try:
        lines = text.decode().split("\n")[:-1]  # JSON has no line ends within texts; Unicode's others are no ends here
    except UnicodeDecodeError as error:
        raise WireError("a delta is not UTF-8") from error
    return sorted_delta(read_edits(lines, shape))


def read_edits(lines: Iterable[str], shape: Shape) -> Iterator[Edit]:
    """The edits of lines of JSON."""
    key_types = [shape.types[place] for place in shape.key]
    for line in lines:
        parts = _parsed(line)
        if not isinstance(parts, list) or len(parts) != 2 or parts == [None, None]:
            raise WireError("a line is no edit")
        old = None if parts[0] is None else _row(parts[0], key_types)
        new = None if parts[1] is None else _row(parts[1], shape.types)
        yield Edit(old, new)


def _parsed(text: str) -> Any:
    if len(text) > MAX_LINE:
        raise WireError("a line is too long")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise WireError("a line is not JSON") from error


def _no_constant(_: str) -> None:
    raise WireError("a number is not finite")


def _row(values: Any, types: Sequence[Type]) -> Row:
    if not isinstance(values, list) or len(values) != len(types):
        raise WireError("a row has another number of values")
    return tuple(None if value is None else _value(value, type_) for value, type_ in zip(values, types, strict=True))


def _value(value: Any, type_: Type) -> Value:
    """A value of a type; what is out of its range (length, digits, enum) is left to the put, which refuses it."""
    try:
        found = _read(value, type_)
    except (ValueError, InvalidOperation, TypeError) as error:
        raise WireError(f"a value is no {type_}") from error
    if found is None:
        raise WireError(f"a value is no {type_}")
    return found


def _read(value: Any, type_: Type) -> Value:
    match type_:
        case Int():
            return value if type(value) is int and -(2**63) <= value < 2**63 else None
        case Bool():
            return value if type(value) is bool else None
        case Text() | Varchar() | Enum():
            return value if type(value) is str and _encodable(value) else None
        case Real():
            return float(value) if type(value) in (int, float) and isfinite(value) else None
        case Decimal(scale=scale):
            number = PyDecimal(value) if type(value) is str else None
            return (
                number
                if number is not None and number.as_tuple().exponent == -scale and value == format(number, "f")
                else None
            )
        case Date():
            day = date.fromisoformat(value)
            return day if day.isoformat() == value else None
        case Timestamp():
            time = datetime.fromisoformat(value)
            return time if time.tzinfo is None and time.isoformat(" ", "microseconds") == value else None
        case Uuid():
            number_ = UUID(value)
            return number_ if str(number_) == value else None
        case Bytes():
            octets = bytes.fromhex(value)
            return octets if octets.hex() == value else None
        case _:
            assert_never(type_)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
