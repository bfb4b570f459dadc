"""A column of a live table → its type in a spec."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bxc import types as t
from bxc.codegen.sql.dialect import DUCKDB, POSTGRES, SQLITE, Dialect
from bxc.codegen.sql.names import quote
from bxc.database.catalog import Column
from bxc.database.expression import Node, conjuncts, read, same
from bxc.database.tokens import tokens
from bxc.dataclass import dataclass

DIALECTS: dict[str, Dialect] = {"sqlite": SQLITE, "duckdb": DUCKDB, "postgres": POSTGRES}
EMBEDDED = ("sqlite", "duckdb")
"""The engines that run in this process, on which the checker plays what it finds."""
ARGUMENTS = re.compile(r"\s*([^(]*?)\s*(?:\((.*)\))?\s*", re.DOTALL)
NARROW_INTS = {
    "tinyint": (-(2**7), 2**7 - 1),
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "utinyint": (0, 2**8 - 1),
    "usmallint": (0, 2**16 - 1),
    "uinteger": (0, 2**32 - 1),
}
LONGEST = 10**9


class NoTypeError(Exception):
    """No type of the language holds what the column holds; the text says why."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A column's type, the CHECKs that only spell it out, and the CHECK that the column's own type implies."""

    type: t.Type
    spelled: tuple[Node, ...] = ()
    implied: Node | None = None


def recognise(engine: str, column: Column, checks: Sequence[Node], comment: str, strict: bool) -> Recognised:
    """The type of a column, given all CHECKs of its table; NoTypeError if there is none."""
    if engine == "duckdb":
        return _with_checks(DUCKDB, column, _duckdb(column), checks)
    if engine == "postgres":
        return _with_checks(POSTGRES, column, _postgres(column), checks)
    return _with_checks(SQLITE, column, _sqlite(column, checks, comment, strict), checks)


def own_check(dialect: Dialect, type_: t.Type, column: str) -> Node | None:
    """The CHECK by which generated files hold a column to its type."""
    text = dialect.type_check(type_, quote(column, dialect))
    return None if text is None else read(text)


def _with_checks(dialect: Dialect, column: Column, base: Recognised, checks: Sequence[Node]) -> Recognised:
    """The type sharpened by a CHECK of bxc's own making."""
    if base.implied is not None:
        return base
    for candidate in [base.type, *_candidates(base.type, column.name, checks)]:
        spelled = own_check(dialect, candidate, column.name)
        if spelled is not None and any(same(spelled, check) for check in checks):
            return Recognised(candidate, (spelled,))
    return base


def _candidates(base: t.Type, column: str, checks: Sequence[Node]) -> list[t.Type]:
    """The types that CHECKs on a column may spell out, the base type being its storage."""
    match base:
        case t.Int():
            return [t.Bool()]
        case t.Text():
            found: list[t.Type] = [t.Date(), t.Timestamp(), t.Uuid()]
            for check in checks:
                found += _text_candidates(column, check)
            return found
        case _:
            return []


def _text_candidates(column: str, check: Node) -> list[t.Type]:
    for part in conjuncts(check):
        lengths = [Node("call", name, (Node("name", column),)) for name in ("length", "char_length")]
        if part.text == "<=" and part.parts[0] in lengths:
            digits = part.parts[1].text
            return [t.Varchar(int(digits))] if digits.isdigit() and 0 < int(digits) <= LONGEST else []
        if part.text == "in" and part.parts[0] == Node("name", column):
            values = part.parts[1:]
            return [t.Enum(tuple(v.text for v in values))] if all(v.kind == "string" for v in values) else []
    return []


# --- SQLite ---------------------------------------------------------------------------------------------------------


def _sqlite(column: Column, checks: Sequence[Node], comment: str, strict: bool) -> Recognised:
    word, arguments = _split(column.type)
    if word in ("int", "integer") or (not strict and "int" in word):
        return Recognised(_scaled(column, checks, comment) or t.Int())
    if strict:
        kinds: dict[str, t.Type] = {"text": t.Text(), "blob": t.Bytes(), "real": t.Real()}
        if word not in kinds:
            raise NoTypeError(f"{column.type or 'no type'} may hold values of any type")
        return Recognised(kinds[word])
    return Recognised(_loose_sqlite(column, word, arguments))


def _loose_sqlite(column: Column, word: str, arguments: list[str]) -> t.Type:
    """The meaning of a type's name where SQLite itself gives it none."""
    if word in ("varchar", "character varying", "char", "character", "nvarchar", "nchar", "varying character"):
        return t.Varchar(int(arguments[0])) if arguments and arguments[0].isdigit() else t.Text()
    named: dict[str, t.Type] = {
        "text": t.Text(),
        "clob": t.Text(),
        "blob": t.Bytes(),
        "real": t.Real(),
        "double": t.Real(),
        "double precision": t.Real(),
        "float": t.Real(),
        "bool": t.Bool(),
        "boolean": t.Bool(),
        "date": t.Date(),
        "datetime": t.Timestamp(),
        "timestamp": t.Timestamp(),
        "uuid": t.Uuid(),
    }
    if word in named:
        return named[word]
    if word in ("decimal", "numeric"):
        raise NoTypeError(f"{column.type} in SQLite holds binary floating point; bxc keeps decimals as scaled integers")
    raise NoTypeError(f"{column.type or 'no type'} may hold values of any type")


def _scaled(column: Column, checks: Sequence[Node], comment: str) -> t.Type | None:
    """A decimal, which only the comment of the generated file tells from an integer."""
    match = re.search(r"\bdecimal\((\d+), ?(\d+)\)", comment)
    if match is None or not 0 < int(match[1]) <= t.MAX_DIGITS or int(match[2]) > int(match[1]):
        return None
    type_ = t.Decimal(int(match[1]), int(match[2]))
    spelled = own_check(SQLITE, type_, column.name)
    return type_ if spelled is not None and any(same(spelled, check) for check in checks) else None


# --- DuckDB ---------------------------------------------------------------------------------------------------------


def _duckdb(column: Column) -> Recognised:
    word, arguments = _split(column.type)
    plain: dict[str, t.Type] = {
        "bigint": t.Int(),
        "varchar": t.Text(),
        "boolean": t.Bool(),
        "date": t.Date(),
        "timestamp": t.Timestamp(),
        "uuid": t.Uuid(),
        "blob": t.Bytes(),
        "double": t.Real(),
    }
    if word in plain and not column.type.endswith("]"):
        return Recognised(plain[word])
    if word in NARROW_INTS and not column.type.endswith("]"):
        low, high = NARROW_INTS[word]
        name, bounds = Node("name", column.name), (Node("number", str(low)), Node("number", str(high)))
        return Recognised(t.Int(), implied=Node("op", "between", (name, *bounds)))
    if word == "enum":
        values = tuple(Node("string", token.text) for token in tokens(column.type) if token.kind == "string")
        return Recognised(
            t.Enum(tuple(value.text for value in values)),
            implied=Node("op", "in", (Node("name", column.name), *values)),
        )
    if word == "decimal" and len(arguments) == 2 and int(arguments[0]) <= t.MAX_DIGITS:
        return Recognised(t.Decimal(int(arguments[0]), int(arguments[1])))
    raise NoTypeError(f"{column.type} has no counterpart in a spec")


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def _postgres(column: Column) -> Recognised:
    word, arguments = _split(column.type)
    plain: dict[str, t.Type] = {
        "bigint": t.Int(),
        "text": t.Text(),
        "character varying": t.Text(),
        "boolean": t.Bool(),
        "date": t.Date(),
        "timestamp without time zone": t.Timestamp(),
        "uuid": t.Uuid(),
        "bytea": t.Bytes(),
        "double precision": t.Real(),
    }
    name = Node("name", column.name)
    if word == "character varying" and arguments:
        length = Node("op", "<=", (Node("call", "char_length", (name,)), Node("number", arguments[0])))
        return Recognised(t.Varchar(int(arguments[0])), implied=length)
    if word in plain and not arguments:
        return Recognised(plain[word])
    if word in ("smallint", "integer"):
        low, high = NARROW_INTS[word]
        bounds = (Node("number", str(low)), Node("number", str(high)))
        return Recognised(t.Int(), implied=Node("op", "between", (name, *bounds)))
    if word == "numeric" and len(arguments) == 2 and 0 <= int(arguments[1]) <= int(arguments[0]) <= t.MAX_DIGITS:
        return Recognised(t.Decimal(int(arguments[0]), int(arguments[1])))
    raise NoTypeError(f"{column.type} has no counterpart in a spec")


def _split(declared: str) -> tuple[str, list[str]]:
    """A type's name in lower case, and its arguments."""
    match = ARGUMENTS.fullmatch(declared)
    if match is None:
        return declared.lower(), []
    return match[1].lower(), [part.strip() for part in (match[2] or "").split(",") if part.strip()]
