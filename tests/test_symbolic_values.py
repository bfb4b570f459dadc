"""Values and expressions as terms: on ground rows an interpreter, compared with the independent evaluator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties.expressions import digits_fit, fits
from properties.expressions import value as evaluated
from test_expression_sql import COLUMNS, conditions, numbers, rows, texts

from bxc import expr as e
from bxc import types as t
from bxc.laws.term import FALSE, TRUE, arena, const, lt, var
from bxc.laws.value import Val, decode, domain, encode, null, plain, same, sort_of, truth, value

MOST = 2**63 - 1
TYPES: dict[t.Type, st.SearchStrategy[Any]] = {
    t.Int(): st.integers(-MOST - 1, MOST),
    t.Decimal(18, 6): st.integers(1 - 10**18, 10**18 - 1).map(lambda n: Decimal(n).scaleb(-6)),
    t.Decimal(6, 2): st.integers(1 - 10**6, 10**6 - 1).map(lambda n: Decimal(n).scaleb(-2)),
    t.Decimal(18, 0): st.integers(1 - 10**18, 10**18 - 1).map(Decimal),
    t.Text(): st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    t.Varchar(3): st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3),
    t.Enum(("red", "it's", "")): st.sampled_from(["red", "it's", ""]),
    t.Bool(): st.booleans(),
    t.Date(): st.dates(),
    t.Timestamp(): st.datetimes(),
    t.Uuid(): st.uuids(),
    t.Bytes(): st.binary(),
    t.Real(): st.floats(allow_nan=False, allow_infinity=False),
}


@pytest.fixture(autouse=True, scope="module")
def _own_terms() -> Iterator[None]:
    with arena():
        yield


def typed(type_: t.Type) -> st.SearchStrategy[tuple[t.Type, Any, Any]]:
    return st.tuples(st.just(type_), TYPES[type_], TYPES[type_])


def exact(value: Any) -> tuple[str, str]:
    """What tells apart what is equal: 1 and True, 1.0 and 1.00."""
    return type(value).__name__, str(value)


@settings(max_examples=500)
@given(st.sampled_from(list(TYPES)).flatmap(typed))
def test_encoding_can_be_read_back_and_keeps_order_and_equality(case: tuple[t.Type, Any, Any]) -> None:
    type_, a, b = case
    ground_a, ground_b = const(encode(a, type_)), const(encode(b, type_))
    assert ground_a.sort is ground_b.sort is sort_of(type_)
    back = decode(ground_a.data, type_)
    assert exact(back) == exact(0.0 if isinstance(a, float) and a == 0 else a)
    assert (ground_a is ground_b) == (a == b)
    assert (lt(ground_a, ground_b) is TRUE) == (a < b)
    for ground in (ground_a, ground_b):
        assert domain(ground, type_) is TRUE


OUTSIDE: list[tuple[t.Type, Any]] = [
    (t.Int(), MOST + 1),
    (t.Int(), -MOST - 2),
    (t.Decimal(6, 2), 10**6),
    (t.Decimal(6, 2), -(10**6)),
    (t.Date(), 0),
    (t.Date(), date.max.toordinal() + 1),
    (t.Timestamp(), -1),
    (t.Timestamp(), encode(datetime.max, t.Timestamp()) + 1),  # type: ignore[operator]
    (t.Uuid(), -1),
    (t.Uuid(), 2**128),
    (t.Varchar(3), "abcd"),
    (t.Enum(("red", "it's")), "Red"),
]


@pytest.mark.parametrize(("type_", "ground"), OUTSIDE, ids=str)
def test_what_lies_outside_a_type_is_not_in_its_domain(type_: t.Type, ground: Any) -> None:
    assert domain(const(ground), type_) is FALSE


@pytest.mark.parametrize(
    ("type_", "first", "last"),
    [
        (t.Int(), -MOST - 1, MOST),
        (t.Decimal(4, 2), Decimal("-99.99"), Decimal("99.99")),
        (t.Date(), date.min, date.max),
        (t.Timestamp(), datetime.min, datetime.max),
        (t.Uuid(), UUID(int=0), UUID(int=2**128 - 1)),
        (t.Varchar(3), "", "\U0010ffff" * 3),
    ],
    ids=str,
)
def test_the_first_and_the_last_value_of_a_type_are_in_its_domain(type_: t.Type, first: Any, last: Any) -> None:
    for end in (first, last):
        assert domain(const(encode(end, type_)), type_) is TRUE


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_the_plain_value_of_a_type_is_one_of_its_values(type_: t.Type) -> None:
    assert fits(type_, decode(plain(type_), type_))
    assert domain(const(plain(type_)), type_) is TRUE


# --- expressions ----------------------------------------------------------------------------------------------------


def ground(held: Any, type_: t.Type) -> Val:
    return null(type_) if held is None else Val(FALSE, const(encode(held, type_)))


def ground_row(row: dict[str, Any]) -> dict[str, Val]:
    return {name: ground(row[name], type_) for name, type_ in COLUMNS.items()}


def held(found: Val, type_: t.Type) -> Any:
    assert found.null in (TRUE, FALSE)
    return None if found.null is TRUE else decode(found.term.data, type_)


expressions = st.one_of(conditions(3), numbers(t.Int(), 2), numbers(t.Decimal(6, 2), 2), texts(2))


@settings(max_examples=600)
@given(rows, expressions)
def test_an_expression_has_the_value_that_the_evaluator_gives_it(content: list[dict[str, Any]], expr: e.Expr) -> None:
    for row in content:
        found, expected = held(value(expr, ground_row(row)), e.type_of(expr)), evaluated(expr, row)
        assert found == expected
        assert type(found) is type(expected)
        if isinstance(expected, Decimal) and isinstance(type_ := e.type_of(expr), t.Decimal):
            assert digits_fit(t.Decimal(18, type_.scale), expected)


@settings(max_examples=600)
@given(rows, conditions(4))
def test_a_condition_is_true_false_or_neither(content: list[dict[str, Any]], expr: e.Expr) -> None:
    for row in content:
        found = truth(expr, ground_row(row))
        assert {found.true, found.false} <= {TRUE, FALSE}
        assert (found.true is TRUE, found.false is TRUE) == (
            evaluated(expr, row) is True,
            evaluated(expr, row) is False,
        )


@settings(max_examples=200)
@given(rows, expressions, st.sets(st.sampled_from(list(COLUMNS))))
def test_substituting_values_for_variables_gives_the_value_on_the_row(
    content: list[dict[str, Any]], expr: e.Expr, symbolic: set[str]
) -> None:
    """A value over variables, evaluated, is the value over the row: what folds does not depend on when it does."""
    from bxc.laws.term import Sort, evaluate

    for row in content[:1]:
        ground_values = ground_row(row)
        open_row = {
            name: Val(var(f"{name}?", Sort.BOOL), var(name, sort_of(COLUMNS[name]))) if name in symbolic else given
            for name, given in ground_values.items()
        }
        values = {f"{name}?": v.null.data for name, v in ground_values.items()}
        values |= {name: v.term.data for name, v in ground_values.items()}
        found = value(expr, open_row)
        is_null, expected = evaluate(found.null, values), evaluated(expr, row)
        assert is_null == (expected is None)
        if not is_null:
            assert decode(evaluate(found.term, values), e.type_of(expr)) == expected


def test_same_is_equality_in_which_nulls_are_equal() -> None:
    values = [ground(v, t.Int()) for v in (None, 0, 1)]
    for (i, a), (j, b) in product(enumerate(values), repeat=2):
        assert same(a, b) is (TRUE if i == j else FALSE)
    odd = Val(TRUE, const(5))
    assert same(odd, values[0]) is TRUE  # whatever stands behind a NULL
    assert same(odd, values[1]) is FALSE
