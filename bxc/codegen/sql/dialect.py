"""What tells one engine's SQL from another's: keywords, column types, constants and the checks that a type needs.

A `Dialect` is data; everything that turns types or expressions into text takes one. A new engine is one more value.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from typing import assert_never
from uuid import UUID

from bxc import types as t
from bxc.codegen.sql import keywords
from bxc.dataclass import dataclass
from bxc.expr import Literal

TIMESTAMP_FORMAT = "%Y-%m-%d %H:%M:%S.%f"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One engine's way to write names, types, constants and the few expressions on which engines differ.

    ``name`` is the engine's directory in the output. ``keywords`` (lower case) cannot stand bare as names;
    ``folds_names`` says that bare names lose their case. ``column_type`` gives the type of a column. ``literal``
    writes a constant. ``type_check(type, column)`` is a conjunction on an already quoted column that is false for a
    value which the column's SQL type admits and the type does not, true or unknown for NULL; None where there is
    nothing to check. ``starts_with(operand, prefix)`` and ``rescale(operand, digits, type)`` take rendered text: the
    latter appends ``digits`` decimal places to an operand written as a factor of a product. ``widen`` makes an integer
    constant 64 bits wide where the engine would compute with constants in fewer (else None). ``mark`` is what names are
    quoted with that cannot stand bare.
    """

    name: str
    keywords: frozenset[str]
    folds_names: bool
    column_type: Callable[[t.Type], str]
    literal: Callable[[Literal], str]
    type_check: Callable[[t.Type, str], str | None]
    starts_with: Callable[[str, str], str]
    rescale: Callable[[str, int, t.Decimal], str]
    widen: Callable[[str], str] | None
    mark: str = '"'


def text_literal(text: str) -> str:
    """A text in single quotes, as standard SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def iso_timestamp(value: datetime) -> str:
    """The canonical text of a timestamp: `YYYY-MM-DD HH:MM:SS.ffffff`."""
    return value.isoformat(sep=" ", timespec="microseconds")


def _real(value: float) -> str:
    text = repr(value)
    return text if "e" in text else text + "e0"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(map(text_literal, values))})"


# --- SQLite ---------------------------------------------------------------------------------------------------------


def _sqlite_type(type_: t.Type) -> str:
    match type_:
        case t.Int() | t.Decimal() | t.Bool():
            return "integer"
        case t.Text() | t.Varchar() | t.Enum() | t.Date() | t.Timestamp() | t.Uuid():
            return "text"
        case t.Bytes():
            return "blob"
        case t.Real():
            return "real"
        case _:
            assert_never(type_)


def _sqlite_literal(literal: Literal) -> str:
    match literal.value:
        case None:
            return "null"
        case bool(value):
            return "1" if value else "0"
        case int(value):
            return str(value)
        case float(value):
            return repr(value)
        case PyDecimal() as value:
            return str(int(value.scaleb(literal.type.scale))) if isinstance(literal.type, t.Decimal) else str(value)
        case str(value):
            return text_literal(value)
        case datetime() as value:
            return text_literal(iso_timestamp(value))
        case date() as value:
            return text_literal(value.isoformat())
        case UUID() as value:
            return text_literal(str(value))
        case bytes(value):
            return f"x'{value.hex()}'"
        case _:
            assert_never(literal.value)


def _sqlite_type_check(type_: t.Type, column: str) -> str | None:
    # In UTF-8 the first test decides, and is the faster by far; in UTF-16 it finds zeros in every text.
    no_nul = f"(instr(cast({column} as blob), x'00') = 0 or instr({column}, char(0)) = 0)"
    match type_:
        case t.Int() | t.Bytes():
            return None
        case t.Decimal():
            limit = 10**type_.precision - 1
            return f"{column} between -{limit} and {limit}"
        case t.Text():
            return no_nul
        case t.Varchar():
            return f"length({column}) <= {type_.length} and {no_nul}"
        case t.Enum():
            return _one_of(column, type_.values)
        case t.Bool():
            return f"{column} in (0, 1)"
        case t.Date():
            return f"{column} glob '????-??-??' and {column} is date({column}, '+0 days') and {column} >= '0001'"
        case t.Timestamp():
            seconds = f"substr({column}, 1, 19)"
            digits = "[0-9]" * 6
            return (
                f"{column} glob '????-??-?? ??:??:??.{digits}' and {seconds} is datetime({seconds}, '+0 days') "
                f"and {column} >= '0001'"
            )
        case t.Uuid():
            return (
                f"{column} glob '????????-????-????-????-????????????' and {column} not glob '*[^-0-9a-f]*' "
                f"and length(replace({column}, '-', '')) = 32"
            )
        case t.Real():
            return f"abs({column}) < 9e999"
        case _:
            assert_never(type_)


SQLITE = Dialect(
    name="sqlite",
    keywords=keywords.SQLITE,
    folds_names=False,
    column_type=_sqlite_type,
    literal=_sqlite_literal,
    type_check=_sqlite_type_check,
    starts_with=lambda operand, prefix: f"substr({operand}, 1, {len(prefix)}) = {text_literal(prefix)}",
    rescale=lambda operand, digits, _: f"{operand} * {10**digits}",
    widen=None,
)


# --- DuckDB ---------------------------------------------------------------------------------------------------------


def _duckdb_type(type_: t.Type) -> str:
    match type_:
        case t.Int():
            return "bigint"
        case t.Decimal():
            return f"decimal({type_.precision}, {type_.scale})"
        case t.Text() | t.Varchar() | t.Enum():
            return "varchar"
        case t.Bool():
            return "boolean"
        case t.Date():
            return "date"
        case t.Timestamp():
            return "timestamp"
        case t.Uuid():
            return "uuid"
        case t.Bytes():
            return "blob"
        case t.Real():
            return "double"
        case _:
            assert_never(type_)


def _duckdb_literal(literal: Literal) -> str:
    match literal.value:
        case None:
            return "null"
        case bool(value):
            return "true" if value else "false"
        case int(value):
            return str(value)
        case float(value):
            return _real(value)
        case PyDecimal() as value:
            return f"{value:f}"
        case str(value):
            return text_literal(value)
        case datetime() as value:
            return f"timestamp '{iso_timestamp(value)}'"
        case date() as value:
            return f"date '{value.isoformat()}'"
        case UUID() as value:
            return f"uuid '{value}'"
        case bytes(value):
            return "'" + "".join(f"\\x{octet:02X}" for octet in value) + "'::blob"
        case _:
            assert_never(literal.value)


def _duckdb_type_check(type_: t.Type, column: str) -> str | None:
    no_nul = f"not contains({column}, chr(0))"
    match type_:
        case t.Int() | t.Decimal() | t.Bool() | t.Uuid() | t.Bytes():
            return None
        case t.Text():
            return no_nul
        case t.Varchar():
            return f"length({column}) <= {type_.length} and {no_nul}"
        case t.Enum():
            return _one_of(column, type_.values)
        case t.Date():
            return f"{column} between date '0001-01-01' and date '9999-12-31'"
        case t.Timestamp():
            return f"{column} between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'"
        case t.Real():
            return f"isfinite({column})"
        case _:
            assert_never(type_)


DUCKDB = Dialect(
    name="duckdb",
    keywords=keywords.DUCKDB,
    folds_names=False,
    column_type=_duckdb_type,
    literal=_duckdb_literal,
    type_check=_duckdb_type_check,
    starts_with=lambda operand, prefix: f"starts_with({operand}, {text_literal(prefix)})",
    rescale=lambda operand, _, type_: f"cast({operand} as decimal({type_.precision}, {type_.scale}))",
    widen=lambda operand: f"cast({operand} as bigint)",
)


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


COLLATION = ' collate "C"'
TEXT = f"text{COLLATION}"
"""Texts are compared by code points, as everywhere else."""


def _postgres_type(type_: t.Type) -> str:
    match type_:
        case t.Int():
            return "bigint"
        case t.Decimal():
            return f"numeric({type_.precision}, {type_.scale})"
        case t.Text() | t.Varchar() | t.Enum():
            return TEXT
        case t.Bool():
            return "boolean"
        case t.Date():
            return "date"
        case t.Timestamp():
            return "timestamp"
        case t.Uuid():
            return "uuid"
        case t.Bytes():
            return "bytea"
        case t.Real():
            return "double precision"
        case _:
            assert_never(type_)


def _postgres_literal(literal: Literal) -> str:
    match literal.value:
        case None:  # operators do not know what to make of one without a type
            return f"cast(null as {_postgres_type(literal.type).removesuffix(COLLATION)})"
        case float(value):
            return f"double precision '{value!r}'"
        case bytes(value):
            return f"bytea '\\x{value.hex()}'"
        case _:
            return _duckdb_literal(literal)


def _postgres_type_check(type_: t.Type, column: str) -> str | None:
    match type_:
        case t.Int() | t.Bool() | t.Uuid() | t.Bytes() | t.Text():
            return None
        case t.Decimal():
            return f"{column} <> 'NaN'"
        case t.Varchar():
            return f"char_length({column}) <= {type_.length}"
        case t.Enum():
            return _one_of(column, type_.values)
        case t.Date():
            return f"{column} between date '0001-01-01' and date '9999-12-31'"
        case t.Timestamp():
            return f"{column} between timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 23:59:59.999999'"
        case t.Real():
            return f"{column} not in ('NaN', 'Infinity', '-Infinity')"
        case _:
            assert_never(type_)


POSTGRES = Dialect(
    name="postgres",
    keywords=keywords.POSTGRES,
    folds_names=True,
    column_type=_postgres_type,
    literal=_postgres_literal,
    type_check=_postgres_type_check,
    starts_with=lambda operand, prefix: f"starts_with({operand}, {text_literal(prefix)})",
    rescale=lambda operand, *_: f"cast({operand} as numeric)",
    widen=lambda operand: f"cast({operand} as bigint)",
)
"""Numbers with digits behind the point are `numeric` and computed exactly; a `real` is written as text, as a bare
constant with a point would be `numeric`."""


# --- Spark ----------------------------------------------------------------------------------------------------------


def spark_text(text: str) -> str:
    """A text in single quotes as Spark writes it: by backslashes, for it joins texts that follow one another."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _spark_type(type_: t.Type) -> str:
    match type_:
        case t.Int():
            return "bigint"
        case t.Decimal():
            return f"decimal({type_.precision}, {type_.scale})"
        case t.Text() | t.Varchar() | t.Enum() | t.Uuid():
            return "string"
        case t.Bool():
            return "boolean"
        case t.Date():
            return "date"
        case t.Timestamp():
            return "timestamp_ntz"
        case t.Bytes():
            return "binary"
        case t.Real():
            return "double"
        case _:
            assert_never(type_)


def _spark_literal(literal: Literal) -> str:
    match literal.value:
        case str(value):
            return spark_text(value)
        case datetime() as value:
            return f"timestamp_ntz '{iso_timestamp(value)}'"
        case UUID() as value:
            return f"'{value}'"
        case bytes(value):
            return f"x'{value.hex()}'"
        case _:
            return _duckdb_literal(literal)


def _spark_type_check(type_: t.Type, column: str) -> str | None:
    no_nul = f"not contains({column}, '\\u0000')"
    match type_:
        case t.Int() | t.Decimal() | t.Bool() | t.Bytes():
            return None
        case t.Text():
            return no_nul
        case t.Varchar():
            return f"char_length({column}) <= {type_.length} and {no_nul}"
        case t.Enum():
            return f"{column} in ({', '.join(map(spark_text, type_.values))})"
        case t.Date():
            return f"{column} between date '0001-01-01' and date '9999-12-31'"
        case t.Timestamp():
            first, last = "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"
            return f"{column} between timestamp_ntz '{first}' and timestamp_ntz '{last}'"
        case t.Uuid():
            digits = "[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"
            return f"char_length({column}) = 36 and {column} rlike '^{digits}$'"
        case t.Real():
            return f"abs({column}) <= 1.7976931348623157e308"
        case _:
            assert_never(type_)


SPARK = Dialect(
    name="spark",
    keywords=keywords.SPARK,
    folds_names=False,
    column_type=_spark_type,
    literal=_spark_literal,
    type_check=_spark_type_check,
    starts_with=lambda operand, prefix: f"startswith({operand}, {spark_text(prefix)})",
    rescale=lambda operand, _, type_: f"cast({operand} as decimal({type_.precision}, {type_.scale}))",
    widen=lambda operand: f"cast({operand} as bigint)",
    mark="`",
)
"""A NaN is greater than all other numbers there, so one comparison finds it and both infinities."""
