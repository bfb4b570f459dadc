"""Texts of a row file → values as an engine stores them, as SQL expressions of DuckDB, which reads all row files."""

from __future__ import annotations

from typing import assert_never

from bxc import types as t
from bxc.codegen.sql.dialect import DUCKDB

DATE = r"\d{4}-\d\d-\d\d"
TIMESTAMP = DATE + r"([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]00(:?00)?)?)?"
ZONE = r"(Z|[+-]00(:?00)?)$"
UUID = r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"

EXPECTED = {
    t.Int: "a whole number of at most 64 bits",
    t.Bool: "true or false",
    t.Date: "a date as 2026-01-31",
    t.Timestamp: "a UTC time as 2026-01-31 13:00:00",
    t.Uuid: "a uuid",
    t.Bytes: "hexadecimal digits, two an octet",
    t.Real: "a number",
}


def expected(type_: t.Type) -> str:
    """What a value of a type looks like, for people."""
    if isinstance(type_, t.Decimal):
        return f"a number of at most {type_.precision - type_.scale} digits before and {type_.scale} behind the point"
    return EXPECTED.get(type(type_), "a text")


def from_text(text: str, type_: t.Type) -> str:
    """DuckDB's value of a type, NULL where ``text`` (an expression that is a VARCHAR) is not one."""
    match type_:
        case t.Text() | t.Varchar() | t.Enum():
            return text
        case t.Int():
            return _guarded(text, r"\s*[+-]?\d+\s*", f"try_cast({text} as bigint)")
        case t.Decimal():
            zeros = rf"(\.\d{{0,{type_.scale}}}0*)?"
            return _guarded(text, rf"\s*[+-]?\d+{zeros}\s*", f"try_cast({text} as {DUCKDB.column_type(type_)})")
        case t.Bool():
            return f"try_cast(if(lower({text}) in ('true', 'false', '1', '0'), {text}, null) as boolean)"
        case t.Date():
            return _guarded(text, DATE, f"try_cast({text} as date)")
        case t.Timestamp():
            return _guarded(text, TIMESTAMP, f"try_cast(regexp_replace({text}, '{ZONE}', '') as timestamp)")
        case t.Uuid():
            return _guarded(text, UUID, f"try_cast({text} as uuid)")
        case t.Bytes():
            return _guarded(text, "([0-9a-fA-F]{2})*", f"unhex({text})")
        case t.Real():
            return f"case when isfinite(try_cast({text} as double)) then try_cast({text} as double) end"
        case _:
            assert_never(type_)


def _guarded(text: str, pattern: str, value: str) -> str:
    return f"case when regexp_full_match({text}, '{pattern}') then {value} end"


def readable(duckdb_type: str, type_: t.Type) -> bool:
    """Whether a column of a Parquet file can hold values of a type, or texts of them."""
    nested = duckdb_type.endswith("]") or duckdb_type.startswith(("STRUCT", "MAP", "UNION"))
    return not nested and (duckdb_type != "BLOB" or isinstance(type_, t.Bytes))


def to_text(column: str, duckdb_type: str) -> str:
    """A column of a Parquet file as the text that `from_text` takes."""
    match duckdb_type:
        case "VARCHAR":
            return column
        case "BLOB":
            return f"lower(hex({column}))"
        case "TIMESTAMP WITH TIME ZONE":
            return f"cast({column} at time zone 'UTC' as varchar)"
        case _:
            return f"cast({column} as varchar)"


def stored(value: str, type_: t.Type, engine: str) -> str:
    """A value of DuckDB's as the engine stores it."""
    if engine in ("duckdb", "postgres"):
        return value
    match type_:
        case t.Bool():
            return f"cast({value} as integer)"
        case t.Decimal():
            return f"cast(replace(cast({value} as varchar), '.', '') as bigint)"
        case t.Timestamp():
            return f"strftime({value}, '%Y-%m-%d %H:%M:%S.%f')"
        case t.Date() | t.Uuid():
            return f"cast({value} as varchar)"
        case _:
            return value
