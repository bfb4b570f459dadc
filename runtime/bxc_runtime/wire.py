"""Values, rows and deltas ↔ the octets in which peers send and keep them: canonical JSON, one edit a line.

An edit is `[old key or null, new row or null]`. int, bool, text and real are JSON's own; a decimal, date, timestamp and
uuid are texts in canonical form, bytes hexadecimal digits. The same delta gives the same octets.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from functools import lru_cache
from itertools import islice
from math import isfinite
from typing import Any, assert_never
from uuid import UUID

from bxc.types import Bool, Bytes, Date, Decimal, Enum, Int, Real, Text, Timestamp, Type, Uuid, Value, Varchar
from bxc_runtime.delta import Delta, Edit, Row, Shape, sorted_delta

MAX_LINE = 16 * 2**20
MOST_DIGITS = 21  # characters of a decimal that fits 64 bits: sign, point, 19 digits
MOST_REMEMBERED = 2**20  # octets
PART = 2**18  # octets that are unpacked at once


class WireError(Exception):
    """Octets that are no such thing. No text of this module carries a value."""


AS_THEY_ARE = (int, str, bool, type(None))


def _plain(value: Value) -> Any:
    if type(value) in AS_THEY_ARE:
        return value
    match value:
        case float():
            return value + 0.0  # -0.0 + 0.0 is 0.0: the engines hold them equal
        case None | bool() | int() | str():
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


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


def _text(value: object) -> str:
    return _encode(value)


def row_text(row: Sequence[Value]) -> str:
    """A row, or a key, as one line of JSON."""
    return _text([_plain(value) for value in row])


def value_text(value: Value) -> str:
    """One value as JSON."""
    return _text(_plain(value))


def read_row(text: str, types: Sequence[Type]) -> Row:
    """The inverse of `row_text`; WireError for anything else."""
    return _row(_parsed(text), _readers(tuple(types)))


def read_rows_of(texts: Sequence[str], types: Sequence[Type]) -> list[Row]:
    """Many rows of this peer's own at once."""
    readers = _readers(tuple(types))
    return [_row(values, readers) for values in _parsed_together(texts)]


def _parsed_together(texts: Sequence[str]) -> list[Any]:
    found = _decode(f"[{','.join(texts)}]")
    if len(found) != len(texts):
        raise WireError("a line is more than one row")
    return list(found)


def edit_text(edit: Edit) -> str:
    """An edit as one line of JSON, without a line end."""
    old = None if edit.old is None else [_plain(value) for value in edit.old]
    new = None if edit.new is None else [_plain(value) for value in edit.new]
    return _text([old, new])


def pack(delta: Iterable[Edit]) -> bytes:
    """A delta as it is sent and kept: its lines, compressed."""
    return zlib.compress("".join(f"{edit_text(edit)}\n" for edit in delta).encode(), 6)


def unpack_kept(octets: bytes, shape: Shape) -> Delta:
    """`unpack` of what this peer keeps: it is asked for at each step of a version, so some are remembered."""
    return _remembered(octets, shape) if len(octets) <= MOST_REMEMBERED else unpack(octets, shape)


@lru_cache(maxsize=4)
def _remembered(octets: bytes, shape: Shape) -> Delta:
    return unpack(octets, shape)


def unpack(octets: bytes, shape: Shape, most: int | None = None, most_edits: int | None = None) -> Delta:
    """The inverse of `pack`. WireError also for what would grow beyond ``most`` octets or ``most_edits`` edits."""
    edits = read_edits(_lines(octets, most), shape)
    found = list(islice(edits, most_edits))
    if next(edits, None) is not None:
        raise WireError("a delta has too many edits")
    return sorted_delta(found)


def _lines(octets: bytes, most: int | None) -> Iterator[str]:
    """The lines of compressed octets: no more is unpacked at a time than a line may have."""
    unpacker, rest, size = zlib.decompressobj(), b"", 0
    try:
        while not unpacker.eof:
            part = unpacker.decompress(octets, PART)
            octets = unpacker.unconsumed_tail
            size += len(part)
            if not part and not unpacker.eof:
                raise WireError("a delta is cut off")
            *lines, rest = (rest + part).split(b"\n")  # JSON has no line ends within texts
            if len(rest) > MAX_LINE or (most is not None and size > most):
                raise WireError("a delta is too large")
            yield from map(bytes.decode, lines)
    except zlib.error as error:
        raise WireError("a delta is not compressed as it should be") from error
    except UnicodeDecodeError as error:
        raise WireError("a delta is not UTF-8") from error
    if rest or unpacker.unused_data:
        raise WireError("a delta has more than lines")


def read_edits(lines: Iterable[str], shape: Shape) -> Iterator[Edit]:
    """The edits of lines of JSON."""
    keys, rows = _readers(tuple(shape.types[place] for place in shape.key)), _readers(shape.types)
    for line in lines:
        parts = _parsed(line)
        if not isinstance(parts, list) or len(parts) != 2 or parts == [None, None]:
            raise WireError("a line is no edit")
        old = None if parts[0] is None else _row(parts[0], keys)
        new = None if parts[1] is None else _row(parts[1], rows)
        yield Edit(old, new)


def _parsed(text: str) -> Any:
    if len(text) > MAX_LINE:
        raise WireError("a line is too long")
    try:
        return _decode(text)
    except (ValueError, RecursionError) as error:
        raise WireError("a line is not JSON") from error


def _no_constant(_: str) -> None:
    raise WireError("a number is not finite")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode
Reader = Callable[[Any], Value]


def _row(values: Any, readers: tuple[Reader, ...]) -> Row:
    if not isinstance(values, list) or len(values) != len(readers):
        raise WireError("a row has another number of values")
    return tuple([None if value is None else read(value) for value, read in zip(values, readers, strict=True)])


@lru_cache(maxsize=256)
def _readers(types: tuple[Type, ...]) -> tuple[Reader, ...]:
    """What reads values of these types."""
    return tuple(_reader(type_) for type_ in types)


def _reader(type_: Type) -> Reader:
    """What reads a value of a type; what is out of its range (length, digits, enum) is left to the put to refuse."""

    def read(value: Any) -> Value:
        try:
            found = _read(value, type_)
        except (ValueError, ArithmeticError) as error:
            raise WireError(f"a value is no {type_}") from error
        if found is None:
            raise WireError(f"a value is no {type_}")
        return found

    def read_text(value: Any) -> Value:
        if type(value) is str and (value.isascii() or _encodable(value)):
            return value
        raise WireError(f"a value is no {type_}")

    return read_text if isinstance(type_, Text | Varchar | Enum) else read


def _read(value: Any, type_: Type) -> Value:
    match type_:
        case Int():
            return value if type(value) is int and -(2**63) <= value < 2**63 else None
        case Bool():
            return value if type(value) is bool else None
        case Text() | Varchar() | Enum():
            return value if type(value) is str and _encodable(value) else None
        case Real():
            number = float(value) if type(value) in (int, float) else None
            return number + 0.0 if number is not None and isfinite(number) else None
        case Decimal() | Date() | Timestamp() | Uuid() | Bytes():
            return _read_text(value, type_) if type(value) is str else None
        case _:
            assert_never(type_)


def _read_text(text: str, type_: Decimal | Date | Timestamp | Uuid | Bytes) -> Value:
    """A value that is sent as text, in canonical form and no other."""
    match type_:
        case Decimal(scale=scale):
            number = PyDecimal(text) if len(text) <= MOST_DIGITS else None
            exact = number is not None and number.as_tuple().exponent == -scale and text == format(number, "f")
            if number is None or not exact or (not number and text[0] == "-"):
                return None
            return number if -(2**63) <= number.scaleb(scale) < 2**63 else None
        case Date():
            day = date.fromisoformat(text)
            return day if day.isoformat() == text else None
        case Timestamp():
            time = datetime.fromisoformat(text)
            return time if time.tzinfo is None and time.isoformat(" ", "microseconds") == text else None
        case Uuid():
            number_ = UUID(text)
            return number_ if str(number_) == text else None
        case Bytes():
            octets = bytes.fromhex(text)
            return octets if octets.hex() == text else None
        case _:
            assert_never(type_)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
