"""An expression of the resolved model and a row → the expression's value, with unknown as None.

Also what can be said of an expression without a row: which of its truth values are possible when one column is NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, assert_never
from uuid import UUID

from bxc import expr as e
from bxc.types import Bool as BoolType
from bxc.types import Bytes, Date, Enum, Int, Real, Text, Timestamp, Type, Uuid, Value, Varchar
from bxc.types import Decimal as DecimalType

Row = dict[str, Any]
"""A row: values as in `bxc.types`, or staged ones that are not of their type."""


def same(a: Value, b: Value) -> bool:
    """Whether two values are not distinct: both NULL, or equal."""
    return (a is None) == (b is None) and a == b


def value(expr: e.Expr, row: Mapping[str, Value]) -> Any:
    """The value of an expression on a row; None is NULL, and unknown for a condition."""
    match expr:
        case e.Column():
            return row[expr.name]
        case e.Literal():
            return expr.value
        case e.Compare():
            return compare(expr.op, value(expr.left, row), value(expr.right, row))
        case e.And() | e.Or():
            truths = [value(operand, row) for operand in expr.operands]
            decisive = isinstance(expr, e.Or)
            if decisive in truths:
                return decisive
            return None if None in truths else not decisive
        case e.Not():
            truth = value(expr.operand, row)
            return None if truth is None else not truth
        case e.In():
            found = [compare("=", value(expr.operand, row), item.value) for item in expr.items]
            return True if True in found else None if None in found else False
        case e.IsNull():
            return value(expr.operand, row) is None
        case e.StartsWith():
            text = value(expr.operand, row)
            return None if text is None else text.startswith(expr.prefix)
        case e.Arithmetic():
            return arithmetic(expr, value(expr.left, row), value(expr.right, row))
        case e.Negate():
            number = value(expr.operand, row)
            return None if number is None else -number
        case e.Rescale():
            number = value(expr.operand, row)
            return None if number is None else Decimal(number).quantize(Decimal(1).scaleb(-expr.type.scale))
        case e.Concat():
            parts = [value(operand, row) for operand in expr.operands]
            return None if None in parts else "".join(parts)
        case e.Case():
            for condition, result in expr.whens:
                if value(condition, row) is True:
                    return value(result, row)
            return None if expr.otherwise is None else value(expr.otherwise, row)
        case _:
            assert_never(expr)


def compare(op: str, a: Any, b: Any) -> bool | None:
    if a is None or b is None:
        return None
    return bool(
        {
            "=": lambda: a == b,
            "<>": lambda: a != b,
            "<": lambda: a < b,
            "<=": lambda: a <= b,
            ">": lambda: a > b,
            ">=": lambda: a >= b,
        }[op]()
    )


def arithmetic(expr: e.Arithmetic, a: Any, b: Any) -> Any:
    if a is None or b is None:
        return None
    result = a + b if expr.op == "+" else a - b if expr.op == "-" else a * b
    if isinstance(expr.type, DecimalType):
        return Decimal(result).quantize(Decimal(1).scaleb(-expr.type.scale))
    return result


def reads(expr: e.Expr) -> set[str]:
    """The columns that an expression reads."""
    return set(e.columns(expr))


def possible(expr: e.Expr, null: str) -> set[bool | None]:
    """The truth values that a condition may have on a row in which column ``null`` is NULL."""
    match expr:
        case e.Literal():
            return {None if expr.value is None else bool(expr.value)}
        case e.And() | e.Or():
            decisive = isinstance(expr, e.Or)
            truths: set[bool | None] = {not decisive}
            for operand in expr.operands:
                truths = {combine(a, b, decisive) for a in truths for b in possible(operand, null)}
            return truths
        case e.Not():
            return {None if truth is None else not truth for truth in possible(expr.operand, null)}
        case e.IsNull():
            return {True} if surely_null(expr.operand, null) else {True, False}
        case e.Compare():
            return {None} if surely_null(expr.left, null) or surely_null(expr.right, null) else {True, False, None}
        case e.In() | e.StartsWith():
            return {None} if surely_null(expr.operand, null) else {True, False, None}
        case e.Column():
            return {None} if expr.name == null else {True, False, None}
        case _:
            return {True, False, None}


def combine(a: bool | None, b: bool | None, decisive: bool) -> bool | None:
    if decisive in (a, b):
        return decisive
    return None if None in (a, b) else not decisive


def surely_null(expr: e.Expr, null: str) -> bool:
    """Whether a value is NULL wherever column ``null`` is."""
    match expr:
        case e.Column():
            return expr.name == null
        case e.Literal():
            return expr.value is None
        case e.Arithmetic() | e.Negate() | e.Rescale() | e.Concat():
            return any(surely_null(child, null) for child in e.children(expr))
        case _:
            return False


def may_be_null(expr: e.Expr, column: Callable[[str], bool]) -> bool:
    """Whether some row gives NULL, where ``column`` tells it of each column."""
    match expr:
        case e.Column():
            return column(expr.name)
        case e.Literal():
            return expr.value is None
        case e.IsNull():
            return False
        case e.Case():
            results = [result for _, result in expr.whens]
            return expr.otherwise is None or any(may_be_null(r, column) for r in (expr.otherwise, *results))
        case _:
            return any(may_be_null(child, column) for child in e.children(expr))


def fits(type_: Type, v: Any) -> bool:
    """Whether a value that is not NULL is one of the type's, in canonical form."""
    match type_:
        case Int():
            return type(v) is int and -(2**63) <= v < 2**63
        case DecimalType():
            return isinstance(v, Decimal) and digits_fit(type_, v)
        case Text():
            return isinstance(v, str) and "\0" not in v
        case Varchar():
            return isinstance(v, str) and "\0" not in v and len(v) <= type_.length
        case BoolType():
            return isinstance(v, bool)
        case Date():
            return type(v) is date
        case Timestamp():
            return isinstance(v, datetime)
        case Enum():
            return v in type_.values
        case Uuid():
            return isinstance(v, UUID)
        case Bytes():
            return isinstance(v, bytes)
        case Real():
            return isinstance(v, float) and v - v == 0
        case _:
            assert_never(type_)


def digits_fit(type_: DecimalType, v: Decimal) -> bool:
    scaled = v.scaleb(type_.scale)
    return scaled == scaled.to_integral_value() and abs(scaled) < 10**type_.precision
