"""Random expressions and views: resolving never fails, and what it builds obeys the promises of `bxc.expr`."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from resolving import resolved, with_view

from bxc import model, types
from bxc.diagnostic import Severity
from bxc.expr import (
    And,
    Arithmetic,
    Case,
    Compare,
    Concat,
    Expr,
    In,
    Literal,
    Negate,
    Not,
    Or,
    Rescale,
    StartsWith,
    children,
    type_of,
)
from bxc.resolve.ranges import INT64, interval

ATOMS = [
    "id", "n", "m", "price", "rate", "name", "code", "colour", "size", "live", "born", "seen", "tag", "blob", "weight",
    "batch", "nope", "0", "1", "-3", "2.5", "1e3", "9223372036854775807", "123456789.123456789", "'red'", "'x'", "''",
    "'2026-01-31'", "'2026-01-31 13:00:00'", "'0aff'", "true", "false", "null", "fresh", "f(n)",
]  # fmt: skip
BINARY = ["=", "<>", "<", "<=", ">", ">=", "and", "or", "+", "-", "*", "/", "%", "||"]


SHAPES = [
    *(f"({{}} {op} {{}})" for op in BINARY),
    "(not {})",
    "(- {})",
    "({} between {} and {})",
    "({} in ({}, {}))",
    "({} not in ({}))",
    "({} is not null)",
    "({} like 'a%')",
    "({} like {})",
    "(case when {} then {} else {} end)",
    "(case when {} then {} when {} then {} end)",
]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """The text of an expression, rarely well-typed."""
    shape = draw(st.sampled_from(["{}", *SHAPES])) if depth else "{}"
    if shape == "{}":
        return draw(st.sampled_from(ATOMS))
    return shape.format(*(draw(expressions(depth - 1)) for _ in range(shape.count("{}"))))


columns = st.sampled_from(["id", "n", "name", "price", "live", "tag", "x", "y", "nope"])
values = st.sampled_from(["1", "-1", "2.5", "'x'", "true", "null", "fresh"])
steps = st.one_of(
    st.builds("where {}".format, expressions()),
    st.builds("add {} = {}".format, columns, expressions()),
    st.builds("keep {}, {}, {}".format, columns, columns, columns),
    st.builds("keep {} default {} = {}".format, columns, columns, values),
    st.builds("drop {} default {}".format, columns, values),
    st.builds("drop {} default {} determined by {}".format, columns, values, columns),
    st.builds("drop {}".format, columns),
    st.builds("rename {} to {}".format, columns, columns),
    st.builds("key ({}, {})".format, columns, columns),
    st.builds("on delete set {} = {}".format, columns, values),
    st.builds("join {} on {}".format, st.sampled_from(["S", "V", "W", "Q"]), columns),
    st.builds("union {}".format, st.sampled_from(["S", "V", "W", "Q"])),
    st.builds("minus {}".format, st.sampled_from(["S", "V", "W", "Q"])),
)
OTHER = "view W from V {\n  keep id\n}\n"


@given(st.lists(steps, max_size=6))
@settings(max_examples=200, deadline=None)
def test_a_view_resolves_or_is_refused(lines: list[str]) -> None:
    spec, found = resolved(with_view(*lines) + OTHER)
    assert (spec is None) is any(d.severity is Severity.ERROR for d in found)
    if spec is not None:
        hash(spec)
        assert [len(v.steps) for v in spec.views] == [len(lines), 1]
        for step in spec.views[0].steps:
            if isinstance(step, model.Where):
                assert isinstance(type_of(step.condition), types.Bool)
                check(step.condition)
            if isinstance(step, model.Add):
                assert type_of(step.value) == step.type
                check(step.value)


@given(expressions())
@settings(max_examples=300, deadline=None)
def test_an_expression_that_resolves_is_well_typed(text: str) -> None:
    spec, found = resolved(with_view(f"add x = {text}"))
    if spec is None:
        assert all(d.help and d.primary.text for d in found)
        return
    (step,) = spec.views[0].steps
    assert isinstance(step, model.Add)
    check(step.value)


def check(expr: Expr) -> None:
    """One representation in comparisons, no value beyond its type, flat conjunctions."""
    match expr:
        case Compare():
            assert alike(type_of(expr.left), type_of(expr.right))
            assert types.is_ordered(type_of(expr.left)) or expr.op in ("=", "<>")
        case In():
            assert all(alike(type_of(expr.operand), item.type) for item in expr.items)
        case And() | Or() | Concat():
            assert len(expr.operands) >= 2
            assert not any(type(o) is type(expr) for o in expr.operands)
        case Case():
            results = [value for _, value in expr.whens] + ([] if expr.otherwise is None else [expr.otherwise])
            assert all(alike(type_of(r), expr.type) for r in results)
        case Not():
            assert isinstance(type_of(expr.operand), types.Bool)
        case StartsWith():
            assert types.is_textual(type_of(expr.operand))
        case Rescale():
            inner = type_of(expr.operand)
            assert isinstance(inner, types.Decimal)
            assert inner.scale < expr.type.scale <= expr.type.precision <= types.MAX_DIGITS
        case Arithmetic() | Negate():
            possible = interval(expr, {})
            if isinstance(expr.type, types.Decimal):
                assert expr.type.precision <= types.MAX_DIGITS
            else:
                assert possible is None or possible.within(INT64)
        case _:
            assert isinstance(expr, Literal) or not children(expr) or type_of(expr) is not None
    for child in children(expr):
        check(child)


def alike(left: types.Type, right: types.Type) -> bool:
    """Whether values of two types have one representation on every engine."""
    if isinstance(left, types.Decimal) and isinstance(right, types.Decimal):
        return left.scale == right.scale
    return left == right or (types.is_textual(left) and types.is_textual(right))
