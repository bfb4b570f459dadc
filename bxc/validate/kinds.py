"""What a value is to an engine: the kinds of columns and expressions, and which of them agree."""

from __future__ import annotations

import re

from bxc.dataclass import dataclass
from bxc.laws.term import Sort
from bxc.validate.unsupported import Unsupported


@dataclass(frozen=True, slots=True)
class Kind:
    """``name`` is `null bool int decimal text bytes real date timestamp uuid id`.

    ``width``: bits of an int, digits of a decimal; ``scale``: digits behind a decimal's point. An `id` is an identity
    that an engine makes up (a row id, a row's number without an order): it may be compared for equality only.
    """

    name: str
    width: int = 0
    scale: int = 0

    def __str__(self) -> str:
        return self.name

    @property
    def sort(self) -> Sort:
        return _SORTS[self.name]


_SORTS = {
    "null": Sort.INT,
    "bool": Sort.BOOL,
    "int": Sort.INT,
    "decimal": Sort.INT,
    "text": Sort.TEXT,
    "bytes": Sort.BYTES,
    "real": Sort.REAL,
    "date": Sort.INT,
    "timestamp": Sort.INT,
    "uuid": Sort.TEXT,
    "id": Sort.INT,
}

MOST_DIGITS = 38  # of a decimal
NULL = Kind("null")
BOOL = Kind("bool")
INT32 = Kind("int", 32)
INT64 = Kind("int", 64)
INT128 = Kind("int", 128)
TEXT = Kind("text")
BYTES = Kind("bytes")
REAL = Kind("real")
DATE = Kind("date")
TIMESTAMP = Kind("timestamp")
UUID = Kind("uuid")
ID = Kind("id")
NUMERIC = Kind("decimal", 1000, 0)
"""PostgreSQL's decimals of any digits; the scale is that of the values."""

_NAMED: dict[str, dict[str, Kind]] = {
    "sqlite": {"integer": INT64, "text": TEXT, "blob": BYTES, "real": REAL},
    "duckdb": {
        "bigint": INT64,
        "integer": INT32,
        "hugeint": INT128,
        "varchar": TEXT,
        "boolean": BOOL,
        "date": DATE,
        "timestamp": TIMESTAMP,
        "uuid": UUID,
        "blob": BYTES,
        "double": REAL,
    },
    "postgres": {
        "bigint": INT64,
        "integer": INT32,
        "text": TEXT,
        "boolean": BOOL,
        "date": DATE,
        "timestamp": TIMESTAMP,
        "uuid": UUID,
        "bytea": BYTES,
        "double precision": REAL,
        "numeric": NUMERIC,
    },
}
_DECIMAL = {
    "duckdb": re.compile(r"decimal\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)"),
    "postgres": re.compile(r"numeric\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)"),
}


def named(engine: str, text: str) -> Kind:
    """The kind that a type's name gives a column."""
    found = _NAMED[engine].get(text.lower())
    if found is not None:
        return found
    match = _DECIMAL[engine].fullmatch(text.lower()) if engine in _DECIMAL else None
    if match is None:
        raise Unsupported("type", text)
    return Kind("decimal", int(match[1]), int(match[2]))


def common(a: Kind, b: Kind) -> Kind:
    """The kind in which values of two kinds are compared or held together."""
    if a == b or b.name == "null":
        return a
    if a.name == "null":
        return b
    match a.name, b.name:
        case "int", "int":
            return a if a.width >= b.width else b
        case ("int", "bool") | ("id", "null"):
            return a
        case "bool", "int":
            return b
        case ("int", "decimal") | ("decimal", "int") | ("decimal", "decimal"):
            scale = max(a.scale, b.scale)
            whole = max(_digits(a) - a.scale, _digits(b) - b.scale)
            return Kind("decimal", min(38, whole + scale), scale)
        case _:
            raise Unsupported("kinds", f"{a} beside {b}")


def _digits(kind: Kind) -> int:
    return kind.width if kind.name == "decimal" else {32: 10, 64: 19, 128: 38}[kind.width]
