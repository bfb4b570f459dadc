"""Values, rows and deltas ↔ the octets in which peers send and keep them: canonical JSON, one edit a line.

An edit is `[old key or null, new row or null]`. int, bool, text and real are JSON's own; a decimal, date, timestamp and
uuid are texts in canonical form, bytes hexadecimal digits. The same delta gives the same octets.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from functools import lru_cache, partial
from itertools import islice
from json.encoder import encode_basestring
from json.scanner import make_scanner
from math import isfinite
from typing import Any, assert_never, cast
from uuid import UUID

from bxc.types import Bool, Bytes, Date, Decimal, Enum, Int, Real, Text, Timestamp, Type, Uuid, Value, Varchar
from bxc_runtime.delta import Delta, Edit, Row, Shape, octets_in, sorted_delta
from bxc_runtime.portions import in_portions
from bxc_runtime.recent import Recent

MAX_LINE = 16 * 2**20
MOST_DIGITS = 21  # characters of a decimal that fits 64 bits: sign, point, 19 digits
MOST_REMEMBERED = 2**26  # octets in memory: packed, long rows may be a thousandth of that
LEAST = 2**18  # octets that something remembered is taken to have besides
PART = 2**18  # octets that are unpacked at once
BATCH = 5_000  # edits that are written or read column by column
MOST_AT_ONCE = 2**22  # octets of lines that are read column by column: these are in memory a few times
LEVEL = 1  # of compression: the next ones take twice as long and save a sixth


class WireError(Exception):
    """Octets that are no such thing. No text of this module carries a value."""


def _real_text(value: float) -> str:
    if not isfinite(value):
        raise ValueError("a real is not finite")
    return repr(value + 0.0)  # -0.0 + 0.0 is 0.0: the engines hold them equal


def _decimal_text(value: PyDecimal) -> str:
    text = str(value)
    return f'"{text}"' if "E" not in text else f'"{value:f}"'


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
    PyDecimal: _decimal_text,
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


def row_texts(rows: Sequence[Sequence[Value]]) -> list[str]:
    """`row_text` of many rows of one length, column by column."""
    if not rows:
        return []
    columns = [_column_texts(column) for column in zip(*rows, strict=True)]
    form = f"[{','.join(['%s'] * len(columns))}]"
    return [form % texts for texts in zip(*columns, strict=True)]


def _column_texts(column: Sequence[Value]) -> Iterable[str]:
    kinds = set(map(type, column))
    if len(kinds) == 1:
        return map(_TEXTS[kinds.pop()], column)
    return [_TEXTS[type(value)](value) for value in column]


def read_row(text: str, types: Sequence[Type]) -> Row:
    """The inverse of `row_text`; WireError for anything else."""
    return _rows([_parsed(text)], tuple(types))[0]


def read_rows_of(texts: Sequence[str], types: Sequence[Type]) -> list[Row]:
    """The inverse of `row_texts`; WireError for anything else."""
    return _rows([_parsed(text) for text in texts], tuple(types))


def edit_text(edit: Edit) -> str:
    """An edit as one line of JSON, without a line end."""
    old = "null" if edit.old is None else row_text(edit.old)
    new = "null" if edit.new is None else row_text(edit.new)
    return f"[{old},{new}]"


def pack(delta: Iterable[Edit]) -> bytes:
    """A delta as it is sent and kept: its lines, compressed."""
    source, packer, parts = iter(delta), zlib.compressobj(LEVEL), []
    while batch := tuple(islice(source, BATCH)):
        olds, news = zip(*batch, strict=True)
        lines = [f"[{old},{new}]\n" for old, new in zip(_texts_or_null(olds), _texts_or_null(news), strict=True)]
        parts.append(packer.compress("".join(lines).encode()))
    return b"".join((*parts, packer.flush()))


def _texts_or_null(rows: Sequence[Row | None]) -> Iterable[str]:
    there = [row for row in rows if row is not None]
    texts = row_texts(there)
    if len(texts) == len(rows):
        return texts
    following = iter(texts)
    return ["null" if row is None else next(following) for row in rows]


def pack_kept(delta: Delta, shape: Shape) -> bytes:
    """`pack` of what this peer keeps: it is written at each step of a version, so some are remembered."""
    for known, octets, _ in _KEPT.latest_first():
        if known is delta:
            return octets
    octets = pack(delta)
    remember_packed(delta, octets, shape, len(octets) + octets_in(delta))
    return octets


def unpack_kept(octets: bytes, shape: Shape) -> Delta:
    """`unpack` of what this peer keeps: it is asked for at each step of a version, so some are remembered."""
    for delta, known, its in _KEPT.latest_first():
        if known == octets and its == shape:
            return delta
    delta = unpack(octets, shape)
    remember_packed(delta, octets, shape, len(octets) + octets_in(delta))
    return delta


def remember_packed(delta: Delta, packed: bytes, shape: Shape, octets: int) -> None:
    """Note what a delta looks like when it is packed; both take about so much memory."""
    _KEPT.add((delta, packed, shape), octets + LEAST)


_KEPT: Recent[tuple[Delta, bytes, Shape]] = Recent(MOST_REMEMBERED)


@lru_cache(maxsize=16)
def count_kept(octets: bytes) -> int:
    """How many edits a delta has that this peer keeps, without reading them."""
    return zlib.decompress(octets).count(b"\n")


def unpack(octets: bytes, shape: Shape, most: int | None = None, most_edits: int | None = None) -> Delta:
    """The inverse of `pack`. WireError also for what would grow beyond ``most`` octets or ``most_edits`` edits."""
    lines = _lines(octets, most)
    found = list(read_edits(islice(lines, most_edits), shape))
    if next(lines, None) is not None:
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


_EDIT: Callable[[tuple[Any, ...]], Edit] = partial(tuple.__new__, Edit)  # `Edit._make` without a look at its length


def read_edits(lines: Iterable[str], shape: Shape) -> Iterator[Edit]:
    """The edits of lines of JSON."""
    keys = tuple(shape.types[place] for place in shape.key)
    for some in portions(lines):
        parts = [_parsed(line) for line in some]
        if set(map(type, parts)) != {list} or set(map(len, parts)) != {2} or [None, None] in parts:
            raise WireError("a line is no edit")
        olds, news = zip(*parts, strict=True)
        yield from map(_EDIT, zip(_rows_or_none(olds, keys), _rows_or_none(news, shape.types), strict=True))


def portions(lines: Iterable[str], most: int = BATCH) -> Iterator[list[str]]:
    """Lines, as many at a time as are read at once: no more than ``most``."""
    return in_portions(lines, most, MOST_AT_ONCE, len)


def _rows_or_none(rows: Sequence[Any], types: tuple[Type, ...]) -> Iterable[Row | None]:
    there = [row for row in rows if row is not None]
    found = _rows(there, types)
    if len(there) == len(rows):
        return found
    following = iter(found)
    return [None if row is None else next(following) for row in rows]


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
Reader = Callable[[Sequence[Any]], Sequence[Value]]
Read = Callable[[Any], Value]


def _rows(rows: Sequence[Any], types: tuple[Type, ...]) -> list[Row]:
    """Rows of JSON's values, column by column."""
    if not rows:
        return []
    if set(map(type, rows)) != {list} or set(map(len, rows)) != {len(types)}:
        raise WireError("a row has another number of values")
    columns = [read(column) for column, read in zip(zip(*rows, strict=True), _readers(types), strict=True)]
    return list(zip(*columns, strict=True))


@lru_cache(maxsize=256)
def _readers(types: tuple[Type, ...]) -> tuple[Reader, ...]:
    """What reads columns of these types."""
    return tuple(_reader(type_) for type_ in types)


def _reader(type_: Type) -> Reader:
    """What reads a column of a type; what is out of its range (length, digits, enum) is left to the put to refuse."""
    read, at_once = _read_as(type_), _at_once(type_)

    def checked(column: Sequence[Any]) -> Sequence[Value]:
        there = [value for value in column if value is not None] if None in column else column
        try:
            found = at_once(there) or list(map(read, there))
        except (ValueError, ArithmeticError) as error:
            raise WireError(f"a value is no {type_}") from error
        if found is not there and None in found:
            raise WireError(f"a value is no {type_}")
        if len(found) == len(column):
            return found
        following = iter(found)
        return [None if value is None else next(following) for value in column]

    return checked


def _at_once(type_: Type) -> Callable[[Sequence[Any]], Sequence[Value] | None]:
    """What reads values of most columns without looking at each; None where it has to be looked at them."""
    match type_:
        case Int():
            return lambda values: values if _ints_alone(values) else None
        case Text() | Varchar() | Enum():
            return lambda values: values if set(map(type, values)) == {str} and _encodable("".join(values)) else None
        case Decimal(scale=scale):
            form = re.compile(rf"(?:(?:0|[1-9][0-9]*){rf'[.][0-9]{{{scale}}}' if scale else ''}\n)*").fullmatch
            return lambda values: list(map(PyDecimal, values)) if _short_texts(values, form) else None
        case _:
            return lambda _: None


def _ints_alone(values: Sequence[Any]) -> bool:
    return set(map(type, values)) == {int} and min(values) >= -(2**63) and max(values) < 2**63


def _short_texts(values: Sequence[Any], form: Callable[[str], object]) -> bool:
    """Whether these are texts of one form, none so long that it may be no canonical decimal all the same."""
    if set(map(type, values)) != {str} or max(map(len, values)) > MOST_DIGITS - 3:
        return False
    text = "\n".join(values) + "\n"
    return text.count("\n") == len(values) and form(text) is not None


def _read_as(type_: Type) -> Read:
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


def _decimals(scale: int) -> Read:
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
