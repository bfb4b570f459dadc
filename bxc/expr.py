"""Typed expressions over the columns of one relation, with SQL's three-valued logic.

The resolver builds them, so an expression here is well-typed and means the same on every engine: both sides of a
comparison have one representation (decimals one scale), no arithmetic leaves 64 bits, `between` and `not in` are
spelled out, a prefix LIKE is `StartsWith`. Columns are named as the relation names them; `substitute` carries an
expression through a lens step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from bxc.dataclass import dataclass
from bxc.types import Bool, Decimal, Int, Text, Type, Value

BOOL = Bool()


@dataclass(frozen=True, slots=True)
class Column:
    """The value of a column."""

    name: str
    type: Type
    nullable: bool


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant in canonical form; ``value`` None is NULL."""

    value: Value
    type: Type


@dataclass(frozen=True, slots=True)
class Compare:
    """``op`` is one of ``= <> < <= > >=``; NULL on either side gives unknown."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction of two or more operands."""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction of two or more operands."""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expr


@dataclass(frozen=True, slots=True)
class In:
    """Membership in a list of constants; a NULL among them makes a miss unknown, as in SQL."""

    operand: Expr
    items: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    """True or false, never unknown."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class StartsWith:
    """``operand like 'prefix%'``, case-sensitive; an empty prefix matches every text."""

    operand: Expr
    prefix: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``op`` is one of ``+ - *`` on int or decimal; ``type`` is the result's and holds every result.

    For decimals, ``+`` and ``-`` have operands of the result's scale; ``*`` adds the scales.
    """

    op: str
    left: Expr
    right: Expr
    type: Int | Decimal


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: Expr
    type: Int | Decimal


@dataclass(frozen=True, slots=True)
class Rescale:
    """The same number as a decimal of a greater scale."""

    operand: Expr
    type: Decimal


@dataclass(frozen=True, slots=True)
class Concat:
    """``||`` of two or more texts; NULL if one is."""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """The value of the first branch whose condition is true, else ``otherwise`` (NULL where absent)."""

    whens: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None
    type: Type


Expr = (
    Column
    | Literal
    | Compare
    | And
    | Or
    | Not
    | In
    | IsNull
    | StartsWith
    | Arithmetic
    | Negate
    | Rescale
    | Concat
    | Case
)


def type_of(expr: Expr) -> Type:
    """The type of an expression's value."""
    match expr:
        case Column() | Literal() | Arithmetic() | Negate() | Rescale() | Case():
            return expr.type
        case Compare() | And() | Or() | Not() | In() | IsNull() | StartsWith():
            return BOOL
        case Concat():
            return Text()
        case _:
            assert_never(expr)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct operands, in the order of the text."""
    match expr:
        case Column() | Literal():
            return ()
        case Compare() | Arithmetic():
            return (expr.left, expr.right)
        case And() | Or() | Concat():
            return expr.operands
        case Not() | IsNull() | StartsWith() | Negate() | Rescale():
            return (expr.operand,)
        case In():
            return (expr.operand, *expr.items)
        case Case():
            branches = tuple(part for when in expr.whens for part in when)
            return branches if expr.otherwise is None else (*branches, expr.otherwise)
        case _:
            assert_never(expr)


def columns(expr: Expr) -> Iterator[str]:
    """The names of the columns that an expression reads, with repeats."""
    if isinstance(expr, Column):
        yield expr.name
    for child in children(expr):
        yield from columns(child)


def substitute(expr: Expr, value: Callable[[Column], Expr]) -> Expr:
    """The expression with each column replaced by ``value(column)``."""

    def go(e: Expr) -> Expr:
        return substitute(e, value)

    match expr:
        case Column():
            return value(expr)
        case Literal():
            return expr
        case Compare():
            return Compare(expr.op, go(expr.left), go(expr.right))
        case And():
            return And(tuple(map(go, expr.operands)))
        case Or():
            return Or(tuple(map(go, expr.operands)))
        case Not():
            return Not(go(expr.operand))
        case In():
            return In(go(expr.operand), expr.items)
        case IsNull():
            return IsNull(go(expr.operand))
        case StartsWith():
            return StartsWith(go(expr.operand), expr.prefix)
        case Arithmetic():
            return Arithmetic(expr.op, go(expr.left), go(expr.right), expr.type)
        case Negate():
            return Negate(go(expr.operand), expr.type)
        case Rescale():
            return Rescale(go(expr.operand), expr.type)
        case Concat():
            return Concat(tuple(map(go, expr.operands)))
        case Case():
            whens = tuple((go(condition), go(result)) for condition, result in expr.whens)
            return Case(whens, None if expr.otherwise is None else go(expr.otherwise), expr.type)
        case _:
            assert_never(expr)


def conjoin(operands: list[Expr]) -> Expr | None:
    """The conjunction, flattened; None for no operand."""
    flat: list[Expr] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, And) else (operand,))
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def conjuncts(expr: Expr | None) -> tuple[Expr, ...]:
    """The operands of a conjunction; the expression itself where it is none."""
    match expr:
        case None:
            return ()
        case And():
            return tuple(part for operand in expr.operands for part in conjuncts(operand))
        case _:
            return (expr,)
