"""Which numbers an expression can have: interval analysis over column types, CHECKs and conditions.

An interval counts in units of the last digit of a type (an int in ones, a decimal(p,s) in 10^-s) and speaks of the
values that are not NULL. All of it is sound: a value outside an interval cannot occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal as PyDecimal
from typing import assert_never

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
from bxc.types import Decimal, Int, Type


@dataclass(frozen=True, slots=True)
class Interval:
    """The whole numbers ``low`` to ``high``, both included; never empty."""

    low: int
    high: int

    def within(self, other: Interval) -> bool:
        return other.low <= self.low and self.high <= other.high

    def meet(self, other: Interval) -> Interval:
        """The common part; this interval itself if there is none (it is then a contradiction that proves nothing)."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(low, high) if low <= high else self

    def hull(self, other: Interval) -> Interval:
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def times(self, factor: int) -> Interval:
        """Each value multiplied by a positive factor."""
        return Interval(self.low * factor, self.high * factor)


INT64 = Interval(-(2**63), 2**63 - 1)
Bounds = Mapping[str, Interval]


def of_type(type_: Type | None) -> Interval | None:
    """All values of an exact number's type; None for other types."""
    match type_:
        case Int():
            return INT64
        case Decimal(precision):
            return Interval(1 - 10**precision, 10**precision - 1)
        case _:
            return None


def scaled(literal: Literal) -> int | None:
    """A number in units of its type's last digit; None for NULL and what is no exact number."""
    match literal.value:
        case bool():
            return None
        case int(value):
            return value
        case PyDecimal() as value:
            sign, digits, _ = value.as_tuple()
            magnitude = int("".join(map(str, digits)))
            return -magnitude if sign else magnitude
        case _:
            return None


def interval(expr: Expr, bounds: Bounds) -> Interval | None:
    """The values that a numeric expression can have; None if it is always NULL or no exact number.

    A column that ``bounds`` does not mention has all values of its type.
    """
    match expr:
        case Column():
            return bounds.get(expr.name, of_type(expr.type))
        case Literal():
            value = scaled(expr)
            return None if value is None else Interval(value, value)
        case Arithmetic():
            left, right = interval(expr.left, bounds), interval(expr.right, bounds)
            return None if left is None or right is None else _arithmetic(expr.op, left, right)
        case Negate():
            operand = interval(expr.operand, bounds)
            return None if operand is None else Interval(-operand.high, -operand.low)
        case Rescale():
            operand = interval(expr.operand, bounds)
            return None if operand is None else operand.times(_factor(expr))
        case Case():
            branches = [value for _, value in expr.whens]
            return _hull(interval(e, bounds) for e in (*branches, expr.otherwise) if e is not None)
        case Compare() | And() | Or() | Not() | In() | IsNull() | StartsWith() | Concat():
            return None
        case _:
            assert_never(expr)


def narrow(condition: Expr) -> dict[str, Interval]:
    """The values that columns can have in rows for which a condition is not false, so also where it is true.

    Columns of which the condition says nothing are left out.
    """
    return _allowed(condition, True)


def _arithmetic(op: str, left: Interval, right: Interval) -> Interval:
    match op:
        case "+":
            return Interval(left.low + right.low, left.high + right.high)
        case "-":
            return Interval(left.low - right.high, left.high - right.low)
        case _:
            corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
            return Interval(min(corners), max(corners))


def _hull(intervals: Iterable[Interval | None]) -> Interval | None:
    found: Interval | None = None
    for each in intervals:
        if each is not None:
            found = each if found is None else found.hull(each)
    return found


def _factor(expr: Rescale) -> int:
    operand = type_of(expr.operand)
    factor: int = 10 ** (expr.type.scale - (operand.scale if isinstance(operand, Decimal) else 0))
    return factor


# --- what conditions say --------------------------------------------------------------------------------------------

MIRRORED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def _allowed(condition: Expr, truth: bool) -> dict[str, Interval]:
    """Column values for which a condition (or, if not ``truth``, its negation) need not be false."""
    match condition:
        case Not():
            return _allowed(condition.operand, not truth)
        case And():
            parts = [_allowed(e, truth) for e in condition.operands]
            return _both(parts) if truth else _either(parts)
        case Or():
            parts = [_allowed(e, truth) for e in condition.operands]
            return _either(parts) if truth else _both(parts)
        case Compare(op, left, Literal() as literal):
            return _compared(op if truth else NEGATED[op], left, literal)
        case Compare(op, Literal() as literal, right):
            return _compared(MIRRORED[op if truth else NEGATED[op]], right, literal)
        case In() if truth and all(i.value is not None for i in condition.items):
            return _either([_compared("=", condition.operand, i) for i in condition.items])
        case _:
            return {}


def _both(parts: list[dict[str, Interval]]) -> dict[str, Interval]:
    found: dict[str, Interval] = {}
    for part in parts:
        for name, values in part.items():
            found[name] = found[name].meet(values) if name in found else values
    return found


def _either(parts: list[dict[str, Interval]]) -> dict[str, Interval]:
    if not parts:
        return {}
    found = parts[0]
    for part in parts[1:]:
        found = {name: values.hull(part[name]) for name, values in found.items() if name in part}
    return found


def _compared(op: str, operand: Expr, literal: Literal) -> dict[str, Interval]:
    """What ``operand op literal`` says, if the operand is a column, perhaps at a greater scale."""
    factor = 1
    if isinstance(operand, Rescale):
        factor, operand = _factor(operand), operand.operand
    value = scaled(literal)
    if not isinstance(operand, Column) or value is None or op == "<>":
        return {}
    everything = of_type(operand.type)
    if everything is None:
        return {}
    down, up = value // factor, -(-value // factor)
    low = {"=": up, ">=": up, ">": down + 1}.get(op, everything.low)
    high = {"=": down, "<=": down, "<": up - 1}.get(op, everything.high)
    low, high = max(low, everything.low), min(high, everything.high)
    return {operand.name: Interval(low, high)} if low <= high else {}
