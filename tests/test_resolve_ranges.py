"""Interval analysis: no value lies outside its interval, for random expressions and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resolving import findings, spec_of, the_finding, with_source

from bxc.expr import And, Arithmetic, Case, Column, Compare, Expr, In, Literal, Negate, Not, Or, Rescale
from bxc.resolve.ranges import INT64, Interval, interval, narrow, of_type, scaled
from bxc.types import Bool, Int
from bxc.types import Decimal as DecimalType

INT = Int()
NAMES = ("x", "y", "z")
Row = Mapping[str, int | None]

# --- an evaluator that knows nothing of intervals --------------------------------------------------------------------


def value(expr: Expr, row: Row) -> int | None:
    """A numeric expression's value in units of its type's last digit."""
    match expr:
        case Column():
            return row[expr.name]
        case Literal():
            return scaled(expr)
        case Arithmetic():
            left, right = value(expr.left, row), value(expr.right, row)
            if left is None or right is None:
                return None
            return {"+": left + right, "-": left - right, "*": left * right}[expr.op]
        case Negate():
            inner = value(expr.operand, row)
            return None if inner is None else -inner
        case Rescale():
            inner = value(expr.operand, row)
            operand = expr.operand
            assert isinstance(operand, Column)
            assert isinstance(operand.type, DecimalType)
            return None if inner is None else inner * 10 ** (expr.type.scale - operand.type.scale)
        case Case():
            for condition, result in expr.whens:
                if truth(condition, row):
                    return value(result, row)
            return None if expr.otherwise is None else value(expr.otherwise, row)
        case _:
            raise AssertionError(expr)


def truth(expr: Expr, row: Row) -> bool | None:
    """A condition by three-valued logic: None is unknown."""
    match expr:
        case Compare():
            left, right = value(expr.left, row), value(expr.right, row)
            if left is None or right is None:
                return None
            return {
                "=": left == right, "<>": left != right, "<": left < right,
                "<=": left <= right, ">": left > right, ">=": left >= right,
            }[expr.op]  # fmt: skip
        case And():
            parts = [truth(e, row) for e in expr.operands]
            return False if False in parts else None if None in parts else True
        case Or():
            parts = [truth(e, row) for e in expr.operands]
            return True if True in parts else None if None in parts else False
        case Not():
            inner = truth(expr.operand, row)
            return None if inner is None else not inner
        case In():
            return truth(Or(tuple(Compare("=", expr.operand, item) for item in expr.items)), row)
        case _:
            raise AssertionError(expr)


# --- random expressions, conditions and rows -------------------------------------------------------------------------

small = st.integers(-20, 20)
columns = st.sampled_from(NAMES).map(lambda name: Column(name, INT, True))
literals = small.map(lambda n: Literal(n, INT))
nulls = st.just(Literal(None, INT))
operators = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
comparisons = st.one_of(
    st.builds(Compare, operators, columns, literals | nulls),
    st.builds(Compare, operators, literals, columns),
    st.builds(Compare, operators, columns, columns),
    st.builds(In, columns, st.lists(literals | nulls, min_size=1, max_size=3).map(tuple)),
)


def combined(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(And), several.map(Or), inner.map(Not))


def computed(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    whens = st.lists(st.tuples(comparisons, inner), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Arithmetic, st.sampled_from("+-*"), inner, inner, st.just(INT)),
        st.builds(Negate, inner, st.just(INT)),
        st.builds(Case, whens, st.none() | inner, st.just(INT)),
    )


conditions: st.SearchStrategy[Expr] = st.recursive(comparisons, combined, max_leaves=8)
numbers: st.SearchStrategy[Expr] = st.recursive(columns | literals | nulls, computed, max_leaves=8)
rows = st.fixed_dictionaries({name: st.none() | small for name in NAMES})


@given(numbers, rows, st.integers(0, 5))
def test_every_value_lies_in_the_interval_of_its_expression(expr: Expr, row: Row, slack: int) -> None:
    bounds = {n: Interval(v - slack, v + slack) for n, v in row.items() if v is not None}
    found, actual = interval(expr, bounds), value(expr, row)
    if actual is not None:
        assert found is not None
        assert found.low <= actual <= found.high


@given(conditions, st.lists(rows, min_size=1, max_size=20))
@settings(max_examples=300)
def test_a_condition_that_is_not_false_keeps_every_column_in_its_interval(condition: Expr, table: list[Row]) -> None:
    bounds = narrow(condition)
    for row in table:
        if truth(condition, row) is not False:
            for name, allowed in bounds.items():
                actual = row[name]
                assert actual is None or allowed.low <= actual <= allowed.high


@given(st.integers(-9999, 9999), st.integers(-99999, 99999), operators)
def test_a_decimal_compared_at_a_greater_scale_is_bounded_at_its_own(stored: int, limit: int, op: str) -> None:
    column = Column("x", DecimalType(4, 2), False)
    literal = Literal(Decimal(limit).scaleb(-3), DecimalType(5, 3))
    condition = Compare(op, Rescale(column, DecimalType(5, 3)), literal)
    if truth(condition, {"x": stored}):
        for allowed in narrow(condition).values():
            assert allowed.low <= stored <= allowed.high


# --- what specs get from it ------------------------------------------------------------------------------------------


def test_a_type_bounds_its_values() -> None:
    assert of_type(INT) == INT64
    assert of_type(DecimalType(5, 2)) == Interval(-99999, 99999)
    assert of_type(Bool()) is None


@pytest.mark.parametrize(
    "checks",
    [
        ["check (n between 0 and 1000)"],
        ["check (n >= 0)", "check (1000 >= n)"],
        ["check (n > -1 and n < 1001)"],
        ["check (not (n < 0 or n > 1000))"],
        ["check (n in (1, 5, 900))"],
        ["check (n = 3 or n between 10 and 20)"],
        ["check (n >= 0 and (n <= 10 or n <= 1000))"],
    ],
)
def test_checks_prove_arithmetic_safe(checks: list[str]) -> None:
    spec_of(with_source("n int", *checks, "check (n * 9000000000000000 > 5)"))


@pytest.mark.parametrize(
    "checks",
    [
        ["check (n >= 0)"],
        ["check (n between 0 and 10 or id > 5)"],
        ["check (n in (1, null))"],
        ["check (n <> 5)"],
        ["check (not (n between 0 and 10))"],
    ],
)
def test_checks_that_leave_a_side_open_prove_nothing(checks: list[str]) -> None:
    (found,) = findings(with_source("n int", *checks, "check (n * 9000000000000000 > 5)"))
    assert found.endswith("BX014 «n * 9000000000000000» this may leave 64 bits")


def view_over(*steps: str) -> str:
    body = "\n".join(f"  {s}" for s in steps)
    source = "source S at A {\n  id int primary key\n  n int\n  d decimal(10,0)\n}\n"
    return f"spec s version 1\npeer A\n{source}view V from S {{\n{body}\n}}\n"


def test_an_earlier_step_of_a_view_bounds_a_later_one() -> None:
    spec_of(view_over("where n between 1 and 5", "rename n to k", "add twice = k * 2", "add more = twice * 100"))
    spec_of(view_over("where n between 1 and 5") + "view W from V {\n  where n + 1 > 2\n}\n")


def test_a_step_cannot_rest_on_a_later_one() -> None:
    found = the_finding(view_over("add twice = n * 2", "where n between 1 and 5"))
    assert found.code == "BX014"


def test_bounds_prove_that_decimals_need_fewer_digits() -> None:
    assert the_finding(view_over("add x = d * d")).code == "BX007"
    view = spec_of(view_over("where d between 0 and 1000", "add x = d * d")).views[0]
    assert view.columns[-1].type == DecimalType(18, 0)
