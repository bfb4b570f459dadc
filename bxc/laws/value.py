"""Typed values and expressions → terms: a value is a pair (is it NULL, what is it), a truth a pair (true, false).

Numbers, dates (ordinals), timestamps (microseconds, from as many days back) and uuids are integers, decimals scaled;
texts, varchars and enums are texts. A truth of neither rail is unknown, as in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal as PyDecimal
from typing import assert_never
from uuid import UUID

from bxc import types
from bxc.dataclass import dataclass
from bxc.expr import (
    And,
    Arithmetic,
    Case,
    Column,
    Compare,
    Concat,
    Expr,
    In,
    IsNull,
    Literal,
    Negate,
    Not,
    Or,
    Rescale,
    StartsWith,
    type_of,
)
from bxc.laws import term as t
from bxc.laws.term import FALSE, TRUE, Ground, Sort, Term

EPOCH = datetime(1, 1, 1)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Val:
    """A value that is NULL where ``null`` is true, else ``term``."""

    null: Term
    term: Term


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition's outcome: true, false, or, where neither holds, unknown."""

    true: Term
    false: Term


Row = Mapping[str, Val]


# --- types ----------------------------------------------------------------------------------------------------------


def sort_of(type_: types.Type) -> Sort:
    """How values of a type are represented."""
    match type_:
        case types.Int() | types.Decimal() | types.Date() | types.Timestamp() | types.Uuid():
            return Sort.INT
        case types.Text() | types.Varchar() | types.Enum():
            return Sort.TEXT
        case types.Bool():
            return Sort.BOOL
        case types.Bytes():
            return Sort.BYTES
        case types.Real():
            return Sort.REAL
        case _:
            assert_never(type_)


def encode(value: types.Value, type_: types.Type) -> Ground:
    """A canonical value that is not NULL, as a ground term's."""
    match type_, value:
        case types.Decimal(scale=scale), PyDecimal() | int():
            return int(PyDecimal(value).scaleb(scale))
        case types.Date(), date():
            return value.toordinal()
        case types.Timestamp(), datetime():
            return (value - EPOCH + DAY) // MICROSECOND
        case types.Uuid(), UUID():
            return value.int
        case types.Real(), float() | int():
            return float(value)
        case _, bool() | int() | str() | bytes():
            return value
        case _:
            raise TypeError(f"{value!r} is no {type_}")


def decode(ground: Ground, type_: types.Type) -> types.Value:
    """The canonical value that `encode` made a ground value of."""
    match type_, ground:
        case types.Decimal(scale=scale), int():
            return PyDecimal(ground).scaleb(-scale)
        case types.Date(), int():
            return date.fromordinal(ground)
        case types.Timestamp(), int():
            return EPOCH + (ground * MICROSECOND - DAY)
        case types.Uuid(), int():
            return UUID(int=ground)
        case _:
            return ground


def domain(term: Term, type_: types.Type) -> Term:
    """Whether a term is a value of the type."""
    match type_:
        case types.Int():
            low, high = -(2**63), 2**63 - 1
        case types.Decimal(precision=precision):
            low, high = 1 - 10**precision, 10**precision - 1
        case types.Date():
            low, high = 1, date.max.toordinal()
        case types.Timestamp():
            low, high = DAY // MICROSECOND, (datetime.max - EPOCH + DAY) // MICROSECOND
        case types.Uuid():
            low, high = 0, 2**128 - 1
        case types.Varchar(length=length):
            return t.le(t.app(t.LENGTH, term), t.const(length))
        case types.Enum(values=values):
            return t.any_(t.eq(term, t.const(v)) for v in values)
        case types.Text() | types.Bool() | types.Bytes() | types.Real():
            return TRUE
        case _:
            assert_never(type_)
    return t.and_(t.ge(term, t.const(low)), t.le(term, t.const(high)))


def plain(type_: types.Type) -> Ground:
    """A value of the type that is as good as any other."""
    match type_:
        case types.Enum(values=values):
            return values[0]
        case types.Date():
            return date(2024, 1, 1).toordinal()
        case types.Timestamp():
            return encode(datetime(2024, 1, 1), type_)
        case types.Text() | types.Varchar():
            return "a"
        case types.Bytes():
            return b"\x01"
        case types.Real():
            return 1.0
        case types.Bool():
            return True
        case types.Int():
            return 1
        case types.Decimal(precision=precision, scale=scale):
            return 10**scale if precision > scale else 1
        case types.Uuid():
            return UUID("1" * 32).int
        case _:
            assert_never(type_)


def constant(literal: Literal) -> Val:
    """A literal's value."""
    if literal.value is None:
        return null(literal.type)
    return Val(FALSE, t.const(encode(literal.value, literal.type)))


def null(type_: types.Type) -> Val:
    """NULL."""
    return Val(TRUE, t.const(plain(type_)))


# --- comparisons of values ------------------------------------------------------------------------------------------


def same(a: Val, b: Val) -> Term:
    """IS NOT DISTINCT FROM."""
    if a is b:
        return TRUE
    return t.or_(t.and_(a.null, b.null), equal(a, b))


def equal(a: Val, b: Val) -> Term:
    """Both not NULL and equal."""
    return t.and_(t.not_(a.null), t.not_(b.null), t.eq(a.term, b.term))


def choose(condition: Term, then: Val, otherwise: Val) -> Val:
    """``then`` where the condition is true."""
    return Val(t.ite(condition, then.null, otherwise.null), t.ite(condition, then.term, otherwise.term))


# --- expressions ----------------------------------------------------------------------------------------------------


def truth(expr: Expr, row: Row) -> Truth:
    """A condition over a row."""
    match expr:
        case And():
            parts = [truth(o, row) for o in expr.operands]
            return Truth(t.all_(p.true for p in parts), t.any_(p.false for p in parts))
        case Or():
            parts = [truth(o, row) for o in expr.operands]
            return Truth(t.any_(p.true for p in parts), t.all_(p.false for p in parts))
        case Not():
            inner = truth(expr.operand, row)
            return Truth(inner.false, inner.true)
        case IsNull():
            is_null = value(expr.operand, row).null
            return Truth(is_null, t.not_(is_null))
        case Compare():
            return _compare(expr, row)
        case In():
            return _in(expr, row)
        case StartsWith():
            operand = value(expr.operand, row)
            return _known(operand.null, t.starts_with(operand.term, expr.prefix))
        case Column() | Literal() | Case():
            found = value(expr, row)
            return _known(found.null, found.term)
        case Arithmetic() | Negate() | Rescale() | Concat():
            raise TypeError(f"no condition: {expr}")
        case _:
            assert_never(expr)


def value(expr: Expr, row: Row) -> Val:
    """An expression's value over a row; KeyError for a column that the row has not."""
    match expr:
        case Column():
            return row[expr.name]
        case Literal():
            return constant(expr)
        case Arithmetic():
            a, b = value(expr.left, row), value(expr.right, row)
            operation = {"+": t.add, "-": t.sub, "*": t.mul}[expr.op]
            return Val(t.or_(a.null, b.null), operation(a.term, b.term))
        case Negate():
            operand = value(expr.operand, row)
            return Val(operand.null, t.neg(operand.term))
        case Rescale():
            operand = value(expr.operand, row)
            factor = 10 ** (expr.type.scale - _scale(type_of(expr.operand)))
            return Val(operand.null, t.mul(t.const(factor), operand.term))
        case Concat():
            parts = [value(o, row) for o in expr.operands]
            joined = parts[0].term
            for part in parts[1:]:
                joined = t.app(t.CONCAT, joined, part.term)
            return Val(t.any_(p.null for p in parts), joined)
        case Case():
            return _case(expr, row)
        case Compare() | And() | Or() | Not() | In() | IsNull() | StartsWith():
            found = truth(expr, row)
            return Val(t.not_(t.or_(found.true, found.false)), found.true)
        case _:
            assert_never(expr)


def _known(is_null: Term, holds: Term) -> Truth:
    return Truth(t.and_(t.not_(is_null), holds), t.and_(t.not_(is_null), t.not_(holds)))


def _compare(expr: Compare, row: Row) -> Truth:
    a, b = value(expr.left, row), value(expr.right, row)
    match expr.op:
        case "=":
            holds = t.eq(a.term, b.term)
        case "<>":
            holds = t.not_(t.eq(a.term, b.term))
        case "<":
            holds = t.lt(a.term, b.term)
        case "<=":
            holds = t.le(a.term, b.term)
        case ">":
            holds = t.gt(a.term, b.term)
        case _:
            holds = t.ge(a.term, b.term)
    return _known(t.or_(a.null, b.null), holds)


def _in(expr: In, row: Row) -> Truth:
    operand = value(expr.operand, row)
    items = [constant(item) for item in expr.items]
    found = t.any_(equal(operand, item) for item in items)
    # a miss is unknown where the list or the operand has a NULL
    missed = t.and_(t.not_(operand.null), t.not_(found), *(t.not_(item.null) for item in items))
    return Truth(found, missed)


def _case(expr: Case, row: Row) -> Val:
    found = null(expr.type) if expr.otherwise is None else value(expr.otherwise, row)
    for condition, result in reversed(expr.whens):
        found = choose(truth(condition, row).true, value(result, row), found)
    return found


def _scale(type_: types.Type) -> int:
    return type_.scale if isinstance(type_, types.Decimal) else 0
