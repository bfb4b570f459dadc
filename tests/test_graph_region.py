"""Regions: two that do not meet are proof that no row makes both predicates true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bxc.expr import Column, Compare, Expr, In, IsNull, Literal, Not, StartsWith
from bxc.laws.intervals import Domain, constant, meet, region
from bxc.types import Bool, Enum, Int, Text, Type, Value

Condition = tuple[Expr, Callable[[Any], bool]]
"""A condition on one column, and whether a value makes it true."""

HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def column(type_: Type) -> Column:
    return Column("c", type_, nullable=True)


def compared(type_: Type, op: str, value: Value) -> Condition:
    expr = Compare(op, column(type_), Literal(value, type_))
    return expr, lambda v: v is not None and value is not None and HOLDS[op](v, value)


def mirrored(type_: Type, op: str, value: Value) -> Condition:
    expr = Compare(op, Literal(value, type_), column(type_))
    return expr, lambda v: v is not None and value is not None and HOLDS[op](value, v)


def negated(type_: Type, op: str, value: Value) -> Condition:
    expr = Not(Compare(op, column(type_), Literal(value, type_)))
    return expr, lambda v: v is not None and value is not None and not HOLDS[op](v, value)


def listed(type_: Type, values: tuple[Value, ...]) -> Condition:
    expr = In(column(type_), tuple(Literal(value, type_) for value in values))
    return expr, lambda v: v is not None and v in [w for w in values if w is not None]


def unlisted(type_: Type, values: tuple[Value, ...]) -> Condition:
    expr = Not(In(column(type_), tuple(Literal(value, type_) for value in values)))
    return expr, lambda v: v is not None and None not in values and v not in values


def conditions(type_: Type, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    known = st.just(type_)
    operators = st.sampled_from(list(HOLDS) if isinstance(type_, Int | Text) else ["=", "<>"])
    lists = st.lists(st.none() | values, min_size=1, max_size=3).map(tuple)
    maybe = st.none() | values
    return st.one_of(
        st.builds(compared, known, operators, maybe),
        st.builds(mirrored, known, operators, maybe),
        st.builds(negated, known, operators, maybe),
        st.builds(listed, known, lists),
        st.builds(unlisted, known, lists),
        st.just((IsNull(column(type_)), lambda v: v is None)),
        st.just((Not(IsNull(column(type_))), lambda v: v is not None)),
    )


def prefixes() -> st.SearchStrategy[Condition]:
    return st.text("ab\ud7ff\U0010ffff", max_size=2).map(
        lambda prefix: (StartsWith(column(Text()), prefix), lambda v: v is not None and v.startswith(prefix))
    )


INTS = st.integers(-3, 3)
TEXTS = st.text("ab\ud7ff\U0010ffff", max_size=3)
COLOURS = st.sampled_from(["red", "green", "blue"])


def check(left: list[Condition], right: list[Condition], value: Any) -> None:
    first, second = region([expr for expr, _ in left]), region([expr for expr, _ in right])
    if all(holds(value) for _, holds in left + right):
        assert meet(first, second)
        assert meet(second, first)
    if all(holds(value) for _, holds in left):
        assert meet(first, {"c": constant(value)})


@given(st.lists(conditions(Int(), INTS), max_size=3), st.lists(conditions(Int(), INTS), max_size=3), st.none() | INTS)
def test_ints_that_make_both_true_lie_where_the_regions_meet(left: Any, right: Any, value: int | None) -> None:
    check(left, right, value)


@given(st.data(), st.none() | TEXTS)
def test_texts_that_make_both_true_lie_where_the_regions_meet(data: st.DataObject, value: str | None) -> None:
    some = st.lists(conditions(Text(), TEXTS) | prefixes(), max_size=3)
    check(data.draw(some), data.draw(some), value)


@given(st.data(), st.none() | COLOURS)
def test_enum_values_that_make_both_true_lie_where_the_regions_meet(data: st.DataObject, value: str | None) -> None:
    some = st.lists(conditions(Enum(("red", "green", "blue")), COLOURS), max_size=3)
    check(data.draw(some), data.draw(some), value)


@given(st.booleans() | st.none())
@example(None)
def test_a_bare_bool_is_true_and_its_negation_false(value: bool | None) -> None:
    live = column(Bool())
    check([(live, lambda v: v is True)], [(Not(live), lambda v: v is False)], value)
    assert not meet(region([live]), region([Not(live)]))


N = column(Int())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Compare("=", N, Literal(188, Int())), Compare("=", N, Literal(189, Int()))),
        (Compare("<", N, Literal(5, Int())), Compare(">=", N, Literal(5, Int()))),
        (Compare("<", Literal(5, Int()), N), Compare("<=", N, Literal(5, Int()))),
        (Compare("=", N, Literal(5, Int())), IsNull(N)),
        (Compare("=", N, Literal(5, Int())), Compare("<>", N, Literal(5, Int()))),
        (In(N, (Literal(1, Int()), Literal(2, Int()))), Compare(">", N, Literal(2, Int()))),
        (Compare("=", N, Literal(None, Int())), Compare("=", N, Literal(1, Int()))),
        (StartsWith(column(Text()), "ab"), StartsWith(column(Text()), "ac")),
        (StartsWith(column(Text()), "ab"), Compare("=", column(Text()), Literal("b", Text()))),
    ],
    ids=lambda e: "",
)
def test_predicates_that_exclude_each_other_by_constants_do_not_meet(left: Expr, right: Expr) -> None:
    assert not meet(region([left]), region([right]))


def test_conditions_over_more_than_constants_leave_a_column_open() -> None:
    other = Column("d", Int(), nullable=False)
    assert region([Compare("=", N, other), Compare("<", other, N)]) == {}


def test_regions_over_different_columns_meet() -> None:
    assert meet(region([Compare("=", N, Literal(1, Int()))]), {"d": Domain(null=False)})
