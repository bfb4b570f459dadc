"""Values, rows and deltas ↔ the octets in which peers send and keep them: canonical JSON, one edit a line.

An edit is `[old key or null, new row or null]`. int, bool, text and real are JSON's own; a decimal, date, timestamp and
uuid are texts in canonical form, bytes hexadecimal digits. The same delta gives the same octets.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from functools import lru_cache
from itertools import islice
from json.encoder import encode_basestring
from json.scanner import make_scanner
from math import isfinite
from typing import Any, assert_never, cast
from uuid import UUID

from bxc.types import Bool, Bytes, Date, Decimal, Enum, Int, Real, Text, Timestamp, Type, Uuid, Value, Varchar
from bxc_runtime.delta import Delta, Edit, Row, Shape, sorted_delta

MAX_LINE = 16 * 2**20
MOST_DIGITS = 21  # characters of a decimal that fits 64 bits: sign, point, 19 digits
MOST_REMEMBERED = 2**20  # octets
PART = 2**18  # octets that are unpacked at once


class WireError(Exception):
    """Octets that are no such thing. No text of this module carries a value."""


def _real_text(value: float) -> str:
    if not isfinite(value):
        raise ValueError("a real is not finite")
    return repr(value + 0.0)  # -0.0 + 0.0 is 0.0: the engines hold them equal


_quoted: Callable[[str], str] = encode_basestring


class _Texts(dict[type, Callable[[Any], str]]):
    """What writes a value as JSON, by its type: there is one way."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        if not (known := [it for it in kind.__mro__ if it in self]):
            raise TypeError(f"{kind.__name__} is no type of values")
        self[kind] = self[known[0]]
        return self[kind]


_TEXTS = _Texts({
    str: _quoted,
    int: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "null",
    float: _real_text,
    PyDecimal: lambda value: f'"{value:f}"',
    datetime: lambda value: f'"{value.isoformat(" ", "microseconds")}"',
    date: lambda value: f'"{value.isoformat()}"',
    UUID: lambda value: f'"{value}"',
    bytes: lambda value: f'"{value.hex()}"',
})  # fmt: skip


def row_text(row: Sequence[Value]) -> str:
    """A row, or a key, as one line of JSON."""
    return f"[{','.join([_TEXTS[type(value)](value) for value in row])}]"


def value_text(value: Value) -> str:
    """One value as JSON."""
    return _TEXTS[type(value)](value)


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
    old = "null" if edit.old is None else row_text(edit.old)
    new = "null" if edit.new is None else row_text(edit.new)
    return f"[{old},{new}]"


def pack(delta: Iterable[Edit]) -> bytes:
    """A delta as it is sent and kept: its lines, compressed."""
    return zlib.compress("".join([f"{edit_text(edit)}\n" for edit in delta]).encode(), 6)


def pack_kept(delta: Delta) -> bytes:
    """`pack` of what this peer keeps: it is written at each step of a version, so some are remembered."""
    for known, octets in tuple(_PACKED):
        if known is delta:
            return octets
    octets = pack(delta)
    if len(octets) <= MOST_REMEMBERED:
        _PACKED.append((delta, octets))
    return octets


_PACKED: deque[tuple[Delta, bytes]] = deque(maxlen=4)


def unpack_kept(octets: bytes, shape: Shape) -> Delta:
    """`unpack` of what this peer keeps: it is asked for at each step of a version, so some are remembered."""
    return _remembered(octets, shape) if len(octets) <= MOST_REMEMBERED else unpack(octets, shape)


@lru_cache(maxsize=4)
def _remembered(octets: bytes, shape: Shape) -> Delta:
    delta = unpack(octets, shape)
    _PACKED.append((delta, octets))  # `pack_kept` has made them
    return delta


@lru_cache(maxsize=16)
def count_kept(octets: bytes) -> int:
    """How many edits a delta has that this peer keeps, without reading them."""
    return zlib.decompress(octets).count(b"\n")


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
        found, end = _scan(text, 0)
        return found if end == len(text) else _decode(text)  # the line end may be there
    except (ValueError, RecursionError, StopIteration) as error:
        raise WireError("a line is not JSON") from error


def _no_constant(_: str) -> None:
    raise WireError("a number is not finite")


_decoder = json.JSONDecoder(parse_constant=_no_constant)
_decode, _scan = _decoder.decode, make_scanner(cast(Any, _decoder))
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
    read = _read_as(type_)

    def checked(value: Any) -> Value:
        try:
            found = read(value)
        except (ValueError, ArithmeticError) as error:
            raise WireError(f"a value is no {type_}") from error
        if found is None:
            raise WireError(f"a value is no {type_}")
        return found

    return checked


def _read_as(type_: Type) -> Reader:
    """What reads a value of a type, in canonical form only; None, ValueError or ArithmeticError if it is none."""
    match type_:
        case Int():
            return _int
        case Bool():
            return lambda value: value if type(value) is bool else None
        case Text() | Varchar() | Enum():
            return lambda value: value if type(value) is str and (value.isascii() or _encodable(value)) else None
        case Real():
            return _real
        case Decimal(scale=scale):
            return _decimals(scale)
        case Date():
            return _day
        case Timestamp():
            return _time
        case Uuid():
            return _uuid
        case Bytes():
            return _octets
        case _:
            assert_never(type_)


def _int(value: Any) -> Value:
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _real(value: Any) -> Value:
    number = float(value) if type(value) in (int, float) else None
    return number + 0.0 if number is not None and isfinite(number) else None


def _decimals(scale: int) -> Reader:
    form = re.compile(rf"-?(?:0|[1-9][0-9]*){rf'[.][0-9]{{{scale}}}' if scale else ''}").fullmatch

    def read(text: Any) -> Value:
        if type(text) is not str or len(text) > MOST_DIGITS or form(text) is None:
            return None
        whole = int(text.replace(".", ""))
        if not -(2**63) <= whole < 2**63 or (not whole and text[0] == "-"):
            return None
        return PyDecimal(text)

    return read


def _day(text: Any) -> Value:
    day = date.fromisoformat(text) if type(text) is str else None
    return day if day is not None and day.isoformat() == text else None


def _time(text: Any) -> Value:
    time = datetime.fromisoformat(text) if type(text) is str else None
    fits = time is not None and time.tzinfo is None and time.isoformat(" ", "microseconds") == text
    return time if fits else None


def _uuid(text: Any) -> Value:
    number = UUID(text) if type(text) is str else None
    return number if number is not None and str(number) == text else None


def _octets(text: Any) -> Value:
    octets = bytes.fromhex(text) if type(text) is str else None
    return octets if octets is not None and octets.hex() == text else None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
