"""What the parts of an expression are while it is typed, and how two of them come to one type."""

from __future__ import annotations

from dataclasses import replace

from bxc.dataclass import dataclass
from bxc.diagnostic import Label
from bxc.expr import Expr, Literal, Rescale, type_of
from bxc.resolve import literals
from bxc.resolve.findings import Findings
from bxc.resolve.literals import Bare, Misfit, Null, Number, String, Truth
from bxc.text import Span
from bxc.types import (
    MAX_DIGITS,
    Bool,
    Date,
    Decimal,
    Enum,
    Int,
    Real,
    Text,
    Timestamp,
    Type,
    Varchar,
    is_textual,
)


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed expression where it stands. ``size`` and ``depth`` count the nodes of ``expr`` as a tree."""

    expr: Expr
    nullable: bool
    span: Span
    size: int = 1
    depth: int = 1

    @property
    def type(self) -> Type:
        return type_of(self.expr)


# A bare literal waits for its type: what stands beside it decides.
Operand = Typed | Bare


def node(expr: Expr, span: Span, parts: tuple[Typed, ...], nullable: bool | None = None) -> Typed:
    """An expression made of parts; NULL can come of it if it can of one of them, unless ``nullable`` says otherwise."""
    return Typed(
        expr,
        any(p.nullable for p in parts) if nullable is None else nullable,
        span,
        1 + sum(p.size for p in parts),
        1 + max(p.depth for p in parts),
    )


def constant(literal: Literal, span: Span) -> Typed:
    """A literal where it stands."""
    return Typed(literal, literal.value is None, span)


def as_own(operand: Operand, findings: Findings) -> Typed | None:
    """The operand with the type it has by itself; None and a finding for `null` and for numbers beyond all types."""
    if isinstance(operand, Typed):
        return operand
    if isinstance(operand, Null):
        refuse_null(operand, findings)
        return None
    return _accepted(literals.own(operand), operand, None, findings)


def refuse_null(null: Null, findings: Findings) -> None:
    """BX004: a bare `null` where only NULL can come of it."""
    findings.error(
        "BX004",
        "`null` is no operand here",
        null.span,
        "the result would always be NULL",
        way_out="test with `is null` or `is not null`",
    )


def as_literal_of(literal: Bare, type_: Type, beside: Span, findings: Findings) -> Typed | None:
    """A literal as a value of a type: BX004 or BX014 if its kind does not fit, BX005 if only its value does not."""
    return _accepted(literals.fit(literal, type_), literal, (type_, beside), findings)


def unify(left: Operand, right: Operand, findings: Findings, *, strict: bool) -> tuple[Typed, Typed] | None:
    """Both operands in one representation; None and a finding if there is none that all engines agree on.

    ``strict``: a text beside a varchar must fit it (else it is compared as text).
    """
    if isinstance(left, Null) or isinstance(right, Null):
        for operand in (left, right):
            if isinstance(operand, Null):
                refuse_null(operand, findings)
        return None
    if isinstance(left, Typed) and isinstance(right, Typed):
        return _unify_typed(left, right, findings)
    if isinstance(left, Typed):
        adapted = beside(right, left, findings, strict=strict)
        return None if adapted is None else _unify_typed(left, adapted, findings, adapted)
    if isinstance(right, Typed):
        adapted = beside(left, right, findings, strict=strict)
        return None if adapted is None else _unify_typed(adapted, right, findings, adapted)
    if isinstance(left, Number) and isinstance(right, Number):
        first, second = as_number(left, right, findings), as_number(right, left, findings)
    else:
        first, second = as_own(left, findings), as_own(right, findings)
    return None if first is None or second is None else _unify_typed(first, second, findings)


def as_number(number: Number, other: Operand, findings: Findings) -> Typed | None:
    """A number in the type of the operand that it stands beside; decimals only as wide as they need to be."""
    if isinstance(other, Typed):
        is_decimal = isinstance(other.type, Decimal)
    else:
        is_decimal = any(isinstance(n, Number) and literals.has_fraction(n) for n in (number, other))
    wanted = (other.type, other.span) if isinstance(other, Typed) else None
    outcome = literals.exact(number, 0) if is_decimal else literals.fit(number, Int() if wanted is None else wanted[0])
    return _accepted(outcome, number, wanted, findings)


def beside(literal: Operand, other: Typed, findings: Findings, *, strict: bool) -> Typed | None:
    """A literal in the type of the operand that it stands beside; a typed operand as it is."""
    match literal, other.type:
        case Typed(), _:
            return literal
        case Number(), Decimal():
            return as_number(literal, other, findings)
        case String(value=value), Varchar(length) if len(value) > length and not strict:
            return as_literal_of(literal, Text(), other.span, findings)
        case _, type_:
            return as_literal_of(literal, type_, other.span, findings)


def _accepted(
    outcome: Literal | Misfit, literal: Bare, wanted: tuple[Type, Span] | None, findings: Findings
) -> Typed | None:
    """The literal, or a finding; ``wanted`` is the type that was asked for and the operand that asked for it."""
    if isinstance(outcome, Literal):
        return constant(outcome, literal.span)
    if wanted is None:
        findings.error(
            "BX005", "no type holds this literal", literal.span, outcome.reason, (), "write a shorter number"
        )
        return None
    type_, place = wanted
    also = (Label(place, f"this is {type_}"),)
    if not outcome.kind:
        message = f"this literal is no value of type {type_}"
        way_out = outcome.way_out or f"write a value of type {type_}"
        findings.error("BX005", message, literal.span, outcome.reason, also, way_out)
    elif _text_with_number(literal, type_):
        message = "engines disagree on a text beside a number"
        way_out = outcome.way_out or "compare values of one type"
        findings.error("BX014", message, literal.span, TEXT_AND_NUMBER, also, way_out)
    else:
        way_out = outcome.way_out or f"write a value of type {type_}"
        findings.error("BX004", "types do not match", literal.span, outcome.reason, also, way_out)
    return None


def _text_with_number(literal: Bare, type_: Type) -> bool:
    match literal:
        case Number():
            return isinstance(type_, Text | Varchar)
        case String():
            return isinstance(type_, Int | Decimal | Real)
        case Truth() | Null():
            return False


# --- two typed operands ---------------------------------------------------------------------------------------------

TEXT_AND_NUMBER = "SQLite compares them as texts, DuckDB turns the text into a number or fails"


def _unify_typed(
    left: Typed, right: Typed, findings: Findings, literal: Typed | None = None
) -> tuple[Typed, Typed] | None:
    """Both at one scale if decimals. ``literal``: the one that is a literal, at fault if the digits do not suffice."""
    match left.type, right.type:
        case Decimal() as first, Decimal() as second:
            scale = max(first.scale, second.scale)
            adapted = rescale(left, scale, right, findings, literal), rescale(right, scale, left, findings, literal)
            return None if adapted[0] is None or adapted[1] is None else (adapted[0], adapted[1])
        case Enum() as first, Enum() as second if first != second:
            findings.error(
                "BX004",
                "types do not match",
                right.span,
                f"this is {second}",
                (Label(left.span, f"this is {first}"),),
                "give both columns the same enum type, or make one of them text",
            )
            return None
        case first, second if first == second or (is_textual(first) and is_textual(second)):
            return left, right
        case first, second:
            report_mismatch(left, right, findings)
            return None


def rescale(operand: Typed, scale: int, other: Typed, findings: Findings, literal: Typed | None = None) -> Typed | None:
    """A decimal at a greater scale; None and a finding if that takes more than 18 digits."""
    type_ = operand.type
    if not isinstance(type_, Decimal) or type_.scale == scale:
        return operand
    if isinstance(operand.expr, Literal):
        outcome = literals.exact(Number(str(operand.expr.value), operand.span), scale)
        if isinstance(outcome, Literal):
            return replace(operand, expr=outcome)
    precision = type_.precision + scale - type_.scale
    if precision <= MAX_DIGITS:
        return node(Rescale(operand.expr, Decimal(precision, scale)), operand.span, (operand,))
    if literal is not None:
        findings.error(
            "BX005",
            "this literal has too many digits behind the point",
            literal.span,
            f"compared at its scale, {type_} would have {precision} digits, at most {MAX_DIGITS} are possible",
            (Label(operand.span, f"this is {type_}"),),
            "write fewer digits behind the point",
        )
    else:
        findings.error(
            "BX007",
            f"a common scale takes more than {MAX_DIGITS} digits",
            operand.span,
            f"{type_} with {scale} digits behind the point would have {precision} digits",
            (Label(other.span, f"beside {other.type}"),),
            "give both columns one scale",
        )
    return None


def report_mismatch(left: Typed, right: Typed, findings: Findings) -> None:
    """BX014 if some engine would convert one type into the other, else BX004."""
    also = (Label(left.span, f"this is {left.type}"),)
    reason = disagreement(left.type, right.type)
    if reason is None:
        findings.error(
            "BX004", "types do not match", right.span, f"this is {right.type}", also, "use operands of one type"
        )
    else:
        findings.error(
            "BX014",
            f"engines disagree on {_short(left.type)} beside {_short(right.type)}",
            right.span,
            f"this is {right.type}",
            also,
            f"give both columns one type: {reason}",
        )


def disagreement(first: Type, second: Type) -> str | None:
    """Why two different types cannot stand side by side although engines accept it; None if no engine would."""
    kinds = {_kind(first), _kind(second)}
    if kinds == {"text", "number"}:
        return TEXT_AND_NUMBER
    if "text" in kinds:
        return "some engines convert the text, others compare it as it is stored"
    if kinds == {"number"}:
        return "some engines compare exactly, others as floating-point numbers"
    if kinds == {"bool", "number"}:
        return "SQLite holds booleans as 0 and 1, PostgreSQL refuses the comparison"
    if kinds == {"time"}:
        return "some engines take a date as its midnight, SQLite compares the texts"
    return None


def _kind(type_: Type) -> str:
    match type_:
        case Text() | Varchar() | Enum():
            return "text"
        case Int() | Decimal() | Real():
            return "number"
        case Date() | Timestamp():
            return "time"
        case Bool():
            return "bool"
        case _:
            return str(type_)


def _short(type_: Type) -> str:
    return "enum" if isinstance(type_, Enum) else str(type_)
