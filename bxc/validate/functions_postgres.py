"""What is PostgreSQL's own among functions and casts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bxc.laws.term import FALSE, mul, not_
from bxc.laws.term import const as constant
from bxc.validate import kinds as k
from bxc.validate import values as v
from bxc.validate.arithmetic import rounded
from bxc.validate.functions import FUNCTIONS
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value

NOT_FINITE = {"NaN", "Infinity", "-Infinity"}


def in_words(operand: Value, items: Sequence[Value]) -> Value:
    """Whether a number is one of those that are written as words: no number that is looked at is."""
    words = {str(item.term.data) for item in items if item.kind == k.TEXT and item.term.is_const}
    if len(words) != len(items):
        if operand.kind == k.REAL:
            raise Unsupported("in", "of reals")
        return v.disjunction([v.equal(operand, item) for item in items])
    if operand.kind.name == "decimal" and words == {"NaN"}:
        return v.truth(FALSE, not_(operand.null))
    if operand.kind == k.REAL and words == NOT_FINITE:
        return v.negation(FUNCTIONS["duckdb"]["isfinite"]([operand]))
    raise Unsupported("in", f"{operand.kind} among {', '.join(sorted(words))}")


def as_numeric(value: Value) -> Value:
    """A cast to `numeric`, which keeps all digits."""
    match value.kind.name:
        case "null":
            return v.missing(k.NUMERIC)
        case "int" | "decimal":
            return Value(replace(k.NUMERIC, scale=value.kind.scale), value.null, value.term)
        case _:
            raise Unsupported("cast", f"of {value.kind} to numeric")


def _round(args: Sequence[Value]) -> Value:
    operand, digits = args
    if operand.kind.name != "decimal" or not digits.term.is_const:
        raise Unsupported("round", f"of {operand.kind}")
    found = rounded(operand, int(digits.term.data))
    more = operand.kind.scale - found.kind.scale
    return Value(operand.kind, found.null, mul(found.term, constant(10**more)))


def _abs(args: Sequence[Value]) -> Value:
    if args[0].kind.name != "decimal":
        raise Unsupported("abs", f"of {args[0].kind}")
    return FUNCTIONS["duckdb"]["abs"](args)


POSTGRES: dict[str, Callable[[Sequence[Value]], Value]] = {
    **{name: FUNCTIONS["duckdb"][name] for name in ("starts_with", "||", "length", "greatest")},
    "round": _round,
    "abs": _abs,
}
FUNCTIONS["postgres"] = POSTGRES
