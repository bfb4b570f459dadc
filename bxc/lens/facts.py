"""What a condition that holds says about single columns: which are not NULL, which are pinned to a constant.

Sound and syntactic: a fact that is found holds for every row; one that needs arithmetic or cases may be missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import assert_never

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
    conjuncts,
)

Names = frozenset[str]
NONE: Names = frozenset()


def not_null_if_true(expr: Expr | None) -> Names:
    """Columns that are not NULL in every row for which the condition is true."""
    return NONE if expr is None else _not_null(expr, True)


def not_null_if_not_false(expr: Expr) -> Names:
    """Columns that are not NULL in every row for which a CHECK holds (true or unknown)."""
    match expr:
        case Not(IsNull(operand)):
            return _strict(operand)
        case And():
            return _union(not_null_if_not_false(e) for e in expr.operands)
        case Or():
            return _common(not_null_if_not_false(e) for e in expr.operands)
        case _:
            return NONE


def pinned(expr: Expr | None) -> dict[str, Literal]:
    """Columns that equal one constant in every row for which the condition is true.

    Of two constants for one column, with which no row fulfils the condition, the first.
    """
    found: dict[str, Literal] = {}
    for part in conjuncts(expr):
        match part:
            case Compare("=", Column(name=name), Literal() as literal):
                pass
            case Compare("=", Literal() as literal, Column(name=name)):
                pass
            case In(Column(name=name), (literal,)):
                pass
            case Column(name=name):
                literal = Literal(True, part.type)
            case Not(Column(name=name) as column):
                literal = Literal(False, column.type)
            case _:
                continue
        if literal.value is not None:
            found.setdefault(name, literal)
    return found


def may_be_null(expr: Expr, not_null: Names) -> bool:
    """Whether a value can be NULL, given columns that are not."""
    match expr:
        case Column():
            return expr.nullable and expr.name not in not_null
        case Literal():
            return expr.value is None
        case IsNull():
            return False
        case Compare() | Arithmetic():
            return may_be_null(expr.left, not_null) or may_be_null(expr.right, not_null)
        case And() | Or() | Concat():
            return any(may_be_null(e, not_null) for e in expr.operands)
        case Not() | StartsWith() | Negate() | Rescale():
            return may_be_null(expr.operand, not_null)
        case In():
            return may_be_null(expr.operand, not_null) or any(i.value is None for i in expr.items)
        case Case():
            results = [value for _, value in expr.whens]
            return expr.otherwise is None or any(may_be_null(e, not_null) for e in (*results, expr.otherwise))
        case _:
            assert_never(expr)


def _not_null(expr: Expr, truth: bool) -> Names:
    """Columns that are not NULL where the condition has this truth value."""
    match expr:
        case Column():
            return frozenset((expr.name,))
        case Compare():
            return _strict(expr.left) | _strict(expr.right)
        case In() | StartsWith():
            return _strict(expr.operand)
        case IsNull():
            return NONE if truth else _strict(expr.operand)
        case Not():
            return _not_null(expr.operand, not truth)
        case And():
            parts = (_not_null(e, truth) for e in expr.operands)
            return _union(parts) if truth else _common(parts)
        case Or():
            parts = (_not_null(e, truth) for e in expr.operands)
            return _common(parts) if truth else _union(parts)
        case _:
            return NONE


def _strict(expr: Expr) -> Names:
    """Columns that are not NULL whenever the value is not NULL."""
    match expr:
        case Column():
            return frozenset((expr.name,))
        case Arithmetic():
            return _strict(expr.left) | _strict(expr.right)
        case Negate() | Rescale():
            return _strict(expr.operand)
        case Concat():
            return _union(_strict(e) for e in expr.operands)
        case _:
            return NONE


def _union(sets: Iterable[Names]) -> Names:
    return reduce(frozenset.union, sets, NONE)


def _common(sets: Iterable[Names]) -> Names:
    found = list(sets)
    return reduce(frozenset.intersection, found) if found else NONE
