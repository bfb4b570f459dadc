"""Turns the rows of a share into a hash that no engine, order or history of edits can change.

Rows are encoded injectively, each encoding is stretched to 1,024 lanes of 16 bits by BLAKE3 keyed with the share's
salt, and the lanes of all rows are added modulo 2^16 (LtHash: Bellare and
Micciancio 1997; Lewi, Kim, Maykov and Weis 2019). Adding or removing a row costs the same whatever the table's size.
`docs/content-hash.md` specifies every byte.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal as PyDecimal
from functools import partial
from hashlib import sha256
from itertools import islice
from math import isfinite
from typing import Any, assert_never
from uuid import UUID

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from bxc.codegen.schema_hash import ShareColumn, schema_hash
from bxc.types import Bool, Bytes, Date, Decimal, Enum, Int, Real, Text, Timestamp, Type, Uuid, Value, Varchar
from bxc_runtime.rows import scaled, scaled_column

__all__ = ["EMPTY", "SALT_BYTES", "ContentState", "RowHash", "ShareColumn", "digest", "encoder", "schema_hash"]

LANES = 1024
STATE_BYTES = 2 * LANES
SALT_BYTES = 32
LABEL = b"bxc-content-v1\0\0"

_LANE = np.dtype("<u2")
_ENCODED = 256  # rows that are encoded at once, column by column
_ADDED = 64  # rows that are added at once: their lanes are 128 KiB, which stay in the cache
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1)  # naive, as timestamps are: UTC
_MICROSECOND = timedelta(microseconds=1)

Encode = Callable[[Any], bytes]
Lanes = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class ContentState:
    """The sum of the lanes of a set of rows: 2,048 octets, lane by lane, each lane little-endian."""

    lanes: bytes

    def __post_init__(self) -> None:
        if len(self.lanes) != STATE_BYTES:
            raise ValueError(f"a content state has {STATE_BYTES} octets, not {len(self.lanes)}")

    def __add__(self, other: ContentState) -> ContentState:
        """The state of both sets together; they must be disjoint and hashed with one salt."""
        return _state(_array(self) + _array(other))

    def __sub__(self, other: ContentState) -> ContentState:
        """The state without the rows of ``other``, which must be among this one's."""
        return _state(_array(self) - _array(other))


EMPTY = ContentState(bytes(STATE_BYTES))


class RowHash:
    """Hashes rows of one share: the types of its columns in the order of their attribute bits, and its secret salt."""

    def __init__(self, types: Sequence[Type], salt: bytes) -> None:
        if len(salt) != SALT_BYTES:
            raise ValueError(f"a salt has {SALT_BYTES} octets, not {len(salt)}")
        self._encoders = tuple(encoder(type_) for type_ in types)
        self._columns = tuple(_column_encoder(type_) for type_ in types)
        self._keyed = blake3(b"", key=salt)

    def encode(self, row: Sequence[Value]) -> bytes:
        """The canonical octets of a row of canonical values (`bxc.types`).

        ValueError if the row has another number of values or one is not of its column's type.
        """
        return b"".join([encode(value) for encode, value in zip(self._encoders, row, strict=True)])

    def state(self, rows: Iterable[Sequence[Value]]) -> ContentState:
        """The state of these rows, which must differ from one another."""
        return _state(self._sum(rows))

    def add(self, state: ContentState, rows: Iterable[Sequence[Value]]) -> ContentState:
        """The state with these rows, which must not be in it yet."""
        return _state(_array(state) + self._sum(rows))

    def remove(self, state: ContentState, rows: Iterable[Sequence[Value]]) -> ContentState:
        """The state without these rows, which must be in it."""
        return _state(_array(state) - self._sum(rows))

    def update(
        self, state: ContentState, old: Iterable[Sequence[Value]], new: Iterable[Sequence[Value]]
    ) -> ContentState:
        """The state with the rows ``old`` replaced by the rows ``new``."""
        return _state(_array(state) - self._sum(old) + self._sum(new))

    def _sum(self, rows: Iterable[Sequence[Value]]) -> Lanes:
        total: Lanes = np.zeros(LANES, _LANE)
        for octets in self._stretched(iter(rows)):
            total += np.frombuffer(octets, _LANE).reshape(-1, LANES).sum(axis=0, dtype=_LANE)
        return total

    def _stretched(self, rows: Iterator[Sequence[Value]]) -> Iterator[bytes]:
        """The lanes of up to `_ADDED` rows at a time, end to end."""
        fresh = self._keyed.copy
        while batch := tuple(islice(rows, _ENCODED)):
            encoded = self._encoded(batch)
            while part := tuple(islice(encoded, _ADDED)):
                yield b"".join([fresh().update(octets).digest(STATE_BYTES) for octets in part])

    def _encoded(self, rows: Sequence[Sequence[Value]]) -> Iterator[bytes]:
        """`encode` of each row."""
        columns = [encode(column) for encode, column in zip(self._columns, zip(*rows, strict=True), strict=True)]
        for fields in zip(*columns, strict=True):
            yield "".join(fields).encode("utf-8", "surrogateescape")


def digest(state: ContentState, schema: bytes, share: int, version: int) -> bytes:
    """The 32 octets that stand on the chain for a share's content at a version.

    ``schema`` is the share's `schema_hash`; ``share`` and ``version`` are the contract's numbers, below 2^256.
    """
    if len(schema) != 32:
        raise ValueError(f"a schema hash has 32 octets, not {len(schema)}")
    return sha256(LABEL + state.lanes + schema + share.to_bytes(32, "big") + version.to_bytes(32, "big")).digest()


def _array(state: ContentState) -> Lanes:
    return np.frombuffer(state.lanes, _LANE)


def _state(lanes: Lanes) -> ContentState:
    return ContentState(lanes.astype(_LANE, copy=False).tobytes())


# --- the encoding of one value ----------------------------------------------------------------------------------------


def encoder(type_: Type) -> Encode:
    """The function that encodes values of a type, NULL included; it raises ValueError for a value of another type."""
    match type_:
        case Int():
            return _int
        case Decimal(scale=scale):
            return partial(_decimal, scale)
        case Text() | Varchar() | Enum():
            return _text
        case Bool():
            return _bool
        case Date():
            return _date
        case Timestamp():
            return _timestamp
        case Uuid():
            return _uuid
        case Bytes():
            return _bytes
        case Real():
            return _real
        case _:
            assert_never(type_)


def _column_encoder(type_: Type) -> Callable[[Sequence[Any]], list[str]]:
    """`encoder` of a column: where all values are of the type's kind they are not looked at one by one.

    As texts, which are made and joined faster than octets.
    """
    match type_:
        case Int():
            plain: _Plain = (int, _ints)
        case Decimal(scale=scale):
            plain = (PyDecimal, partial(_decimals, scale))
        case Text() | Varchar() | Enum():
            plain = (str, _texts)
        case _:
            plain = None
    return partial(_encoded_column, encoder(type_), plain)


_Plain = tuple[type, Callable[[Sequence[Any]], list[str]]] | None


def _encoded_column(encode: Encode, plain: _Plain, column: Sequence[Any]) -> list[str]:
    if plain is not None and set(map(type, column)) == {plain[0]}:
        return plain[1](column)
    return [encode(value).decode("utf-8", "surrogateescape") for value in column]


def _ints(column: Sequence[int]) -> list[str]:
    return [f"i{len(digits)}:{digits}" for digits in map(repr, column)]


def _decimals(scale: int, column: Sequence[PyDecimal]) -> list[str]:
    return _ints(scaled_column(scale, column))


def _texts(column: Sequence[str]) -> list[str]:
    if "".join(column).isascii():
        return [f"t{len(text)}:{text}" for text in column]
    return [f"t{len(text.encode())}:{text}" for text in column]


def _number(value: int) -> bytes:
    digits = b"%d" % value
    return b"i%d:%s" % (len(digits), digits)


def _int(value: int | None) -> bytes:
    if type(value) is not int:
        return _null(value, "int")
    digits = b"%d" % value
    return b"i%d:%s" % (len(digits), digits)


def _decimal(scale: int, value: PyDecimal | None) -> bytes:
    if type(value) is not PyDecimal:
        return _null(value, "decimal")
    return _number(scaled(scale, value))


def _text(value: str | None) -> bytes:
    if type(value) is not str:
        return _null(value, "text")
    octets = value.encode()
    return b"t%d:%s" % (len(octets), octets)


def _bool(value: bool | None) -> bytes:
    if type(value) is not bool:
        return _null(value, "bool")
    return b"b1:1" if value else b"b1:0"


def _date(value: date | None) -> bytes:
    if type(value) is not date:
        return _null(value, "date")
    return _number(value.toordinal() - _EPOCH_DAY)


def _timestamp(value: datetime | None) -> bytes:
    if type(value) is not datetime or value.tzinfo is not None:
        return _null(value, "timestamp without a time zone")
    return _number((value - _EPOCH) // _MICROSECOND)


def _uuid(value: UUID | None) -> bytes:
    if type(value) is not UUID:
        return _null(value, "uuid")
    return b"u16:" + value.bytes


def _bytes(value: bytes | None) -> bytes:
    if type(value) is not bytes:
        return _null(value, "bytes")
    return b"x%d:%s" % (len(value), value)


def _real(value: float | None) -> bytes:
    if type(value) is not float:
        return _null(value, "real")
    if not isfinite(value):
        raise ValueError("a real is not finite")
    return b"r8:" + struct.pack(">d", value + 0.0)  # -0.0 + 0.0 is 0.0: the engines hold them equal


def _null(value: object, expected: str) -> bytes:
    if value is not None:
        raise ValueError(f"a {type(value).__name__} where a {expected} belongs")
    return b"n"
