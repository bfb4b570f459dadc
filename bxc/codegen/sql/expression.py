"""Expressions turned into SQL text, with no more parentheses than a reader needs.

Precedence is that on which the engines agree, low to high: `or`, `and`, `not`, comparisons, `+ -`, `*`, unary minus and
operands. Where they differ (`||` against arithmetic, chains of comparisons) the text has parentheses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import assert_never

from bxc import expr as e
from bxc.codegen.sql.dialect import Dialect
from bxc.lens.nesting import LONGEST_CHAIN
from bxc.types import Decimal, Int, Type

ColumnText = Callable[[e.Column], str]


class _Level(IntEnum):
    OR = 1
    AND = 2
    NOT = 3
    COMPARISON = 4
    SUM = 5
    PRODUCT = 6
    SIGNED = 7
    ATOM = 8


def render(expr: e.Expr, dialect: Dialect, column: ColumnText) -> str:
    """The text of an expression; ``column`` gives the text of a column (quoted, and qualified where need be)."""
    return _render(expr, dialect, column)[0]


def render_operand(expr: e.Expr, dialect: Dialect, column: ColumnText) -> str:
    """The text of an expression, in parentheses where `and`, `not` or `is` beside it would split it."""
    text, level = _render(expr, dialect, column)
    return text if level > _Level.COMPARISON else f"({text})"


def render_conjunct(expr: e.Expr, dialect: Dialect, column: ColumnText) -> str:
    """The text of a condition, in parentheses where `and` beside it would split it."""
    text, level = _render(expr, dialect, column)
    return text if level >= _Level.AND else f"({text})"


def conjunct_groups(parts: Sequence[e.Expr]) -> tuple[e.Expr, ...]:
    """Conditions to write between `and`: as they are, or, where they are many, some together."""
    if len(parts) <= LONGEST_CHAIN:
        return tuple(parts)
    firsts = range(0, len(parts), LONGEST_CHAIN)
    groups = (e.conjoin(list(parts[first : first + LONGEST_CHAIN])) for first in firsts)
    return tuple(group for group in groups if group is not None)


def _render(expr: e.Expr, dialect: Dialect, column: ColumnText) -> tuple[str, _Level]:
    """The text and how tightly its outermost operator binds."""

    def at(level: _Level, operand: e.Expr) -> str:
        text, own = _render(operand, dialect, column)
        return text if own >= level else f"({text})"

    match expr:
        case e.Column():
            return column(expr), _Level.ATOM
        case e.Literal():
            return _literal(expr, dialect)
        case e.Compare():
            return f"{at(_Level.SUM, expr.left)} {expr.op} {at(_Level.SUM, expr.right)}", _Level.COMPARISON
        case e.And():
            return _chain([at(_Level.NOT, operand) for operand in expr.operands], " and "), _Level.AND
        case e.Or():
            return _chain([at(_Level.AND, operand) for operand in expr.operands], " or "), _Level.OR
        case e.Not():
            return _negation(expr.operand, dialect, at)
        case e.In():
            return f"{at(_Level.SUM, expr.operand)} in ({_items(expr.items, dialect)})", _Level.COMPARISON
        case e.IsNull():
            return f"{at(_Level.SUM, expr.operand)} is null", _Level.COMPARISON
        case e.StartsWith():
            return dialect.starts_with(render(expr.operand, dialect, column), expr.prefix), _Level.COMPARISON
        case e.Arithmetic():
            return _arithmetic(expr, dialect, at)
        case e.Negate():
            return f"-{_wide(expr.operand, dialect, at) or at(_Level.ATOM, expr.operand)}", _Level.SIGNED
        case e.Rescale():
            return _rescale(expr, dialect, at)
        case e.Concat():
            return _chain([at(_Level.ATOM, operand) for operand in expr.operands], " || "), _Level.SUM
        case e.Case():
            return _case(expr, dialect, column), _Level.ATOM
        case _:
            assert_never(expr)


_At = Callable[[_Level, e.Expr], str]


def _chain(operands: Sequence[str], operator: str) -> str:
    """Operands of one associative operator; a long chain in halves, as engines count each operator as a level."""
    if len(operands) <= LONGEST_CHAIN:
        return operator.join(operands)
    middle = len(operands) // 2
    return operator.join(f"({_chain(half, operator)})" for half in (operands[:middle], operands[middle:]))


def _literal(literal: e.Literal, dialect: Dialect) -> tuple[str, _Level]:
    text = dialect.literal(literal)
    return text, _Level.SIGNED if text.startswith("-") else _Level.ATOM


def _items(items: Iterable[e.Literal], dialect: Dialect) -> str:
    return ", ".join(dialect.literal(item) for item in items)


def _negation(operand: e.Expr, dialect: Dialect, at: _At) -> tuple[str, _Level]:
    match operand:
        case e.IsNull():
            return f"{at(_Level.SUM, operand.operand)} is not null", _Level.COMPARISON
        case e.In():
            return f"{at(_Level.SUM, operand.operand)} not in ({_items(operand.items, dialect)})", _Level.COMPARISON
        case e.Not():
            return f"not ({at(_Level.OR, operand)})", _Level.NOT
        case _:
            return f"not {at(_Level.COMPARISON, operand)}", _Level.NOT


def _arithmetic(expr: e.Arithmetic, dialect: Dialect, at: _At) -> tuple[str, _Level]:
    level = _Level.PRODUCT if expr.op == "*" else _Level.SUM
    wide = _wide(expr.left, dialect, at) if _is_constant(expr.right) else None
    left = wide or at(level, expr.left)
    right = at(_Level(level + 1), expr.right)
    if right.startswith("-"):
        right = f"({right})"
    return f"{left} {expr.op} {right}", level


def _rescale(expr: e.Rescale, dialect: Dialect, at: _At) -> tuple[str, _Level]:
    operand_type = e.type_of(expr.operand)
    scale = operand_type.scale if isinstance(operand_type, Decimal) else 0
    if expr.type.scale == scale:
        return at(_Level.PRODUCT, expr.operand), _Level.PRODUCT
    text = dialect.rescale(at(_Level.PRODUCT, expr.operand), expr.type.scale - scale, expr.type)
    return text, _Level.PRODUCT


def _case(expr: e.Case, dialect: Dialect, column: ColumnText) -> str:
    whens = [
        f"when {render(test, dialect, column)} then {render(value, dialect, column)}" for test, value in expr.whens
    ]
    otherwise = [] if expr.otherwise is None else [f"else {render(expr.otherwise, dialect, column)}"]
    return " ".join(["case", *whens, *otherwise, "end"])


# --- integer constants ----------------------------------------------------------------------------------------------


def _is_constant(expr: e.Expr) -> bool:
    """Whether the value is one of the constants in the text, which some engines take for integers of 32 bits."""
    match expr:
        case e.Literal():
            return True
        case e.Case():
            values = [value for _, value in expr.whens]
            return all(map(_is_constant, values if expr.otherwise is None else [*values, expr.otherwise]))
        case _:
            return False


def _wide(expr: e.Expr, dialect: Dialect, at: _At) -> str | None:
    """The text of an integer constant made 64 bits wide; None where that is not needed."""
    if dialect.widen is None or not _is_constant(expr) or not _is_whole(e.type_of(expr)):
        return None
    return dialect.widen(at(_Level.OR, expr))


def _is_whole(type_: Type) -> bool:
    return isinstance(type_, Int) or (isinstance(type_, Decimal) and type_.scale == 0)
