"""Values of symbolic rows: a NULL flag and a term, of a kind; truth on two rails.

A truth value is a pair (true, false) of terms that exclude each other; NULL is neither. The rails of a `bool` value are
``term`` and ``no``; other values are ``term`` where ``null`` is false, and anything elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from bxc.dataclass import dataclass
from bxc.laws.term import FALSE, TRUE, Function, Ground, Sort, Term, and_, app, const, eq, ite, lt, mul, not_, or_
from bxc.validate.kinds import BOOL, INT32, INT64, NULL, TEXT, Kind, common
from bxc.validate.unsupported import Unsupported

MOST_LEAVES = 64


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One cell. ``no`` is the false rail of a `bool`, and false for other kinds."""

    kind: Kind
    null: Term
    term: Term
    no: Term = FALSE


def truth(yes: Term, no: Term) -> Value:
    """The boolean of two rails."""
    return Value(BOOL, not_(or_(yes, no)), yes, no)


def fact(condition: Term) -> Value:
    """A boolean that is never NULL."""
    return Value(BOOL, FALSE, condition, not_(condition))


def missing(kind: Kind = NULL) -> Value:
    """NULL."""
    return truth(FALSE, FALSE) if kind == BOOL else Value(kind, TRUE, zero(kind))


def zero(kind: Kind) -> Term:
    """Some constant of a kind's sort."""
    return const(_ZERO[kind.sort])


_ZERO: dict[Sort, Ground] = {Sort.BOOL: False, Sort.INT: 0, Sort.TEXT: "", Sort.BYTES: b"", Sort.REAL: 0.0}


def known(kind: Kind, term: Term) -> Value:
    """A value that is not NULL."""
    return fact(term) if kind == BOOL else Value(kind, FALSE, term)


def number(value: int) -> Value:
    """A constant integer, as wide as an engine takes it for."""
    return known(INT32 if -(2**31) <= value < 2**31 else INT64, const(value))


def text(value: str) -> Value:
    """A constant text."""
    return known(TEXT, const(value))


def with_null(null: Term, value: Value) -> Value:
    """NULL where ``null`` holds, else the value."""
    if value.kind == BOOL:
        return truth(and_(not_(null), value.term), and_(not_(null), value.no))
    return Value(value.kind, or_(null, value.null), value.term)


# --- truth ----------------------------------------------------------------------------------------------------------


def rails(value: Value) -> tuple[Term, Term]:
    """When a value counts as true and when as false: numbers by being 0."""
    match value.kind.name:
        case "bool":
            return value.term, value.no
        case "null":
            return FALSE, FALSE
        case "int":
            is_zero = eq(value.term, const(0))
            return and_(not_(value.null), not_(is_zero)), and_(not_(value.null), is_zero)
        case _:
            raise Unsupported("condition", f"a value of kind {value.kind}")


def negation(a: Value) -> Value:
    """``not a``."""
    yes, no = rails(a)
    return truth(no, yes)


def conjunction(operands: Iterable[Value]) -> Value:
    """``a and b and …``, of any number of operands."""
    pairs = [rails(a) for a in operands]
    return truth(and_(*(yes for yes, _ in pairs)), or_(*(no for _, no in pairs)))


def disjunction(operands: Iterable[Value]) -> Value:
    """``a or b or …``, of any number of operands."""
    pairs = [rails(a) for a in operands]
    return truth(or_(*(yes for yes, _ in pairs)), and_(*(no for _, no in pairs)))


# --- one kind for two -----------------------------------------------------------------------------------------------


def convert(value: Value, kind: Kind) -> Value:
    """The same value as another kind: NULL as any, truth as 0 or 1, a number with more digits behind the point."""
    if value.kind == kind:
        return value
    match value.kind.name, kind.name:
        case "null", _:
            return missing(kind)
        case "bool", "int":
            return Value(kind, value.null, ite(value.term, const(1), const(0)))
        case "int", "int":
            return Value(kind, value.null, value.term)
        case "int" | "decimal", "decimal" if kind.scale >= value.kind.scale:
            shifted = mul(value.term, const(10 ** (kind.scale - value.kind.scale)))
            return Value(kind, value.null, shifted)
        case "int", "real" if value.term.is_const and abs(value.term.data) <= 2**53:
            return Value(kind, value.null, const(float(value.term.data)))
        case _:
            raise Unsupported("conversion", f"{value.kind} to {kind}")


def alike(a: Value, b: Value) -> tuple[Value, Value]:
    """Two values as values of their common kind."""
    if {a.kind.name, b.kind.name} == {"int", "real"}:
        kind = a.kind if a.kind.name == "real" else b.kind
    else:
        kind = common(a.kind, b.kind)
    return convert(a, kind), convert(b, kind)


def choose(condition: Term, then: Value, otherwise: Value) -> Value:
    """``then`` where the condition holds, else ``otherwise``."""
    if condition.is_const:
        return then if condition.data else otherwise
    a, b = alike(then, otherwise)
    if a.kind == BOOL:
        return truth(ite(condition, a.term, b.term), ite(condition, a.no, b.no))
    null = ite(condition, a.null, b.null)
    if a.null is TRUE or b.null is TRUE:
        return Value(a.kind, null, b.term if a.null is TRUE else a.term)
    return Value(a.kind, null, ite(condition, a.term, b.term))


# --- comparisons ----------------------------------------------------------------------------------------------------


def equal(a: Value, b: Value) -> Value:
    """``a = b``: NULL where either is."""
    if a.null is TRUE or b.null is TRUE:
        return truth(FALSE, FALSE)
    a, b = alike(a, b)
    if a.kind == BOOL:
        return truth(or_(and_(a.term, b.term), and_(a.no, b.no)), or_(and_(a.term, b.no), and_(a.no, b.term)))
    both = and_(not_(a.null), not_(b.null))
    same = eq(a.term, b.term)
    return truth(and_(both, same), and_(both, not_(same)))


def identical(a: Value, b: Value) -> Term:
    """``a is not distinct from b``: NULL is NULL."""
    a, b = alike(a, b)
    if a.kind == BOOL:
        return and_(eq(a.term, b.term), eq(a.no, b.no))
    if a.null is TRUE or b.null is TRUE:
        return and_(a.null, b.null)
    return or_(and_(a.null, b.null), and_(not_(a.null), not_(b.null), eq(a.term, b.term)))


def identical_rows(a: Sequence[Value], b: Sequence[Value]) -> Term:
    """Whether two rows agree in all cells, NULL being NULL."""
    same = TRUE
    for x, y in zip(a, b, strict=True):
        if same is FALSE:
            return same
        same = and_(same, identical(x, y))
    return same


def less(a: Value, b: Value) -> Value:
    """``a < b``: NULL where either is."""
    if a.null is TRUE or b.null is TRUE:
        return truth(FALSE, FALSE)
    a, b = alike(a, b)
    if "id" in (a.kind.name, b.kind.name):
        raise Unsupported("order", "of identities that an engine makes up")
    both = and_(not_(a.null), not_(b.null))
    below = less_terms(a, b)
    return truth(and_(both, below), and_(both, not_(below)))


def less_terms(a: Value, b: Value) -> Term:
    """The order of two values of one kind that are not NULL."""
    return less_real(a.term, b.term) if a.kind.name == "real" else lt(a.term, b.term)


def less_real(a: Term, b: Term) -> Term:
    """The order of reals; comparing with the infinite, which the solver has not, asks whether the other is finite."""
    for x, y, sign in ((a, b, 1), (b, a, -1)):
        if y.is_const and not x.is_const and math.isinf(y.data):
            finite = app(Function("isfinite", Sort.BOOL, math.isfinite), x)
            if (y.data > 0) == (sign > 0):
                return finite
            raise Unsupported("comparison", "with the infinite")
    return lt(a, b)


# --- many values ----------------------------------------------------------------------------------------------------


def leaves(condition: Term, term: Term) -> list[tuple[Term, Term]] | None:
    """A choice among constants as (condition, constant) pairs; None for another term, or where they are too many."""
    if term.is_const:
        return [(condition, term)]
    if term.op != "ite":
        return None
    test, then, otherwise = term.args
    found: list[tuple[Term, Term]] = []
    for guard, part in ((test, then), (not_(test), otherwise)):
        inner = leaves(and_(condition, guard), part)
        if inner is None or len(found) + len(inner) > MOST_LEAVES:
            return None
        found += inner
    return found


def extreme(values: Iterable[tuple[Term, Value]], *, least: bool) -> Value:
    """The least (or greatest) of the values whose conditions hold, NULLs aside; NULL if there is none."""
    listed = [(and_(cond, not_(v.null)), v) for cond, v in values]
    listed = [(cond, v) for cond, v in listed if cond is not FALSE]
    kind = NULL
    for _, v in listed:
        kind = common(kind, v.kind)
    if kind.name == "bool" or kind.name == "id":
        kind = INT64 if kind.name == "bool" else kind
    if kind.name == "id":
        raise Unsupported("order", "of identities that an engine makes up")
    listed = [(cond, convert(v, kind)) for cond, v in listed]
    by_constant: dict[Term, list[Term]] = {}
    for cond, v in listed:
        parts = leaves(cond, v.term)
        if parts is None or len(by_constant) > MOST_LEAVES:
            return _extreme(kind, listed, least=least)
        for guard, constant in parts:
            by_constant.setdefault(constant, []).append(guard)
    result = missing(kind)
    for constant in sorted(by_constant, key=lambda t: t.data, reverse=least):
        result = choose(or_(*by_constant[constant]), known(kind, constant), result)
    return result


def _extreme(kind: Kind, values: Sequence[tuple[Term, Value]], *, least: bool) -> Value:
    result = missing(kind)
    for cond, v in values:
        better = less_terms(v, result) if least else less_terms(result, v)
        result = choose(and_(cond, or_(result.null, better)), Value(kind, FALSE, v.term), result)
    return result


def tally(conditions: Iterable[Term]) -> Term:
    """How many conditions hold, as a choice among constants, so that comparing it with a constant folds."""
    exactly: list[Term] = [TRUE]
    certain = 0
    for condition in conditions:
        if condition is TRUE:
            certain += 1
        elif condition is not FALSE:
            more = [and_(e, condition) for e in exactly]
            same = [and_(e, not_(condition)) for e in exactly]
            exactly = [or_(s, m) for s, m in zip([*same, FALSE], [FALSE, *more], strict=True)]
    result = const(certain + len(exactly) - 1)
    for n in range(len(exactly) - 2, -1, -1):
        result = ite(exactly[n], const(certain + n), result)
    return result
