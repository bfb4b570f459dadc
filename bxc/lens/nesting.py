"""How deep the expressions of sources and views are nested as SQL, known before they are written.

The measure is what SQLite's parser needs, whose stack of 100 entries is the tightest limit of all engines: an operator,
a parenthesis or a word of a `case` holds its entry until its operand is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log2
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
)
from bxc.model import Add, Rename, View, Where

MAX_NESTING = 32  # the text of a put around a condition or in place of a column takes the other entries
LONGEST_CHAIN = 50  # operands of one operator that are written without parentheses
LEAF = 3  # `s.b`
CALL = 4  # `substr(` before its operand, and the comparison behind it


def nesting(expr: Expr, columns: Mapping[str, int] | None = None) -> int:
    """The entries that an expression takes, where a column takes what ``columns`` says, else those of its name."""

    def of(operand: Expr) -> int:
        """An operand with its parentheses."""
        own = nesting(operand, columns)
        return own if own <= LEAF else own + 1

    match expr:
        case Column():
            return LEAF if columns is None else columns.get(expr.name, LEAF)
        case Literal():
            return LEAF
        case Compare() | Arithmetic():
            return max(of(expr.left), 2 + of(expr.right))
        case And() | Or() | Concat():
            return _chain([of(operand) for operand in expr.operands])
        case Not() | Negate():
            return 1 + of(expr.operand)
        case IsNull() | Rescale() | In():
            return max(of(expr.operand), 2 + LEAF)
        case StartsWith():
            return CALL + of(expr.operand)
        case Case():
            return _case(expr, columns)
        case _:
            assert_never(expr)


def _chain(operands: Sequence[int]) -> int:
    """A chain of one operator; where it is long, it is written in halves with an operator and a parenthesis each."""
    halvings = max(0, ceil(log2(len(operands) / LONGEST_CHAIN)))
    return 3 * halvings + max(operands[0], *(2 + operand for operand in operands[1:]))


def _case(expr: Case, columns: Mapping[str, int] | None) -> int:
    """`case` and what is read of it stay on the stack: three entries before a condition, five or six before a value."""
    first, *others = expr.whens
    parts = [(3, first[0]), (5, first[1])]
    parts += [entry for condition, value in others for entry in ((4, condition), (6, value))]
    parts += [] if expr.otherwise is None else [(4, expr.otherwise)]
    return max(before + nesting(part, columns) for before, part in parts)


def overnested(view: View, base: Mapping[str, int]) -> Where | Add | None:
    """The first step whose expression is nested deeper over the source than `MAX_NESTING`.

    ``base`` gives the nesting of each column of the view's base.
    """
    depths = dict(base)
    for step in view.steps:
        match step:
            case Add():
                depths[step.column] = nesting(step.value, depths)
                if depths[step.column] > MAX_NESTING:
                    return step
            case Where():
                if nesting(step.condition, depths) > MAX_NESTING:
                    return step
            case Rename():
                depths[step.new] = depths.get(step.old, LEAF)
            case _:
                pass
    return None
