"""Which truth values a condition can have, given the constants that some columns hold.

Sound and syntactic: a truth value that is ruled out cannot occur; one that needs arithmetic or cases to rule out may be
left in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne

from bxc.expr import And, Column, Compare, Expr, In, IsNull, Literal, Not, Or, StartsWith
from bxc.types import Value

Known = Mapping[str, Literal]
Truths = frozenset[bool | None]

ANY: Truths = frozenset((True, False, None))
COMPARISONS: dict[str, Callable[..., bool]] = {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def can_be_true(condition: Expr, known: Known) -> bool:
    """Whether a row with these values may make a condition true."""
    return True in truths(condition, known)


def truths(condition: Expr, known: Known) -> Truths:
    """The truth values (None: unknown) that a condition may have."""
    match condition:
        case And():
            return _and([truths(operand, known) for operand in condition.operands])
        case Or():
            return _not(_and([_not(truths(operand, known)) for operand in condition.operands]))
        case Not():
            return _not(truths(condition.operand, known))
        case Compare():
            return _compare(condition, known)
        case IsNull() | In() | StartsWith():
            operand = _constant(condition.operand, known)
            return ANY if operand is None else frozenset((_holds(condition, operand.value),))
        case _:
            constant = _constant(condition, known)
            return ANY if constant is None else frozenset((_truth(constant.value),))


def _holds(condition: IsNull | In | StartsWith, value: Value) -> bool | None:
    """The truth value of a condition whose operand has this value."""
    match condition:
        case IsNull():
            return value is None
        case In():
            items = [item.value for item in condition.items]
            miss = None if None in items else False
            return None if value is None else value in items or miss
        case _:
            return value.startswith(condition.prefix) if isinstance(value, str) else None


def _compare(condition: Compare, known: Known) -> Truths:
    left, right = _constant(condition.left, known), _constant(condition.right, known)
    if any(side is not None and side.value is None for side in (left, right)):
        return frozenset((None,))
    if left is None or right is None:
        return ANY
    return frozenset((COMPARISONS[condition.op](left.value, right.value),))


def _constant(expr: Expr, known: Known) -> Literal | None:
    match expr:
        case Literal():
            return expr
        case Column():
            return known.get(expr.name)
        case _:
            return None


def _truth(value: Value) -> bool | None:
    return None if value is None else bool(value)


def _and(operands: list[Truths]) -> Truths:
    """The truth values of a conjunction: false if an operand is, else unknown if one is, else true."""
    found: set[bool | None] = set()
    if any(False in operand for operand in operands):
        found.add(False)
    if all(operand != {False} for operand in operands) and any(None in operand for operand in operands):
        found.add(None)
    if all(True in operand for operand in operands):
        found.add(True)
    return frozenset(found)


def _not(operand: Truths) -> Truths:
    return frozenset(None if truth is None else not truth for truth in operand)
