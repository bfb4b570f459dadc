"""Facts from conditions: sound for every row, checked against a three-valued evaluation of random conditions."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from bxc.expr import And, Case, Column, Compare, Expr, In, IsNull, Literal, Not, Or
from bxc.lens.facts import may_be_null, not_null_if_not_false, not_null_if_true, pinned
from bxc.types import Bool, Int

INT = Int()
A, B = Column("a", INT, True), Column("b", INT, True)
FLAG = Column("flag", Bool(), True)
Row = dict[str, int | bool | None]


def lit(value: int | None) -> Literal:
    return Literal(value, INT)


def truth(expr: Expr, row: Row) -> bool | None:
    """The truth value of a condition: True, False, or None for unknown."""
    match expr:
        case Column():
            return bool(row[expr.name]) if row[expr.name] is not None else None
        case Compare():
            left, right = value(expr.left, row), value(expr.right, row)
            if left is None or right is None:
                return None
            return {"=": left == right, "<": left < right, "<>": left != right}[expr.op]
        case IsNull():
            return value(expr.operand, row) is None
        case Not():
            inner = truth(expr.operand, row)
            return None if inner is None else not inner
        case And():
            parts = [truth(e, row) for e in expr.operands]
            return False if False in parts else (None if None in parts else True)
        case Or():
            parts = [truth(e, row) for e in expr.operands]
            return True if True in parts else (None if None in parts else False)
        case In():
            left = value(expr.operand, row)
            items = [i.value for i in expr.items]
            if left is None:
                return None
            return True if left in items else (None if None in items else False)
        case _:
            raise AssertionError(expr)


def value(expr: Expr, row: Row) -> int | None:
    match expr:
        case Column():
            found = row[expr.name]
            return None if found is None else int(found)
        case Literal():
            assert expr.value is None or isinstance(expr.value, int)
            return expr.value
        case _:
            raise AssertionError(expr)


operands = st.one_of(st.sampled_from([A, B]), st.sampled_from([lit(0), lit(1), lit(None)]))
atoms: st.SearchStrategy[Expr] = st.one_of(
    st.builds(Compare, st.sampled_from(["=", "<", "<>"]), operands, operands),
    st.builds(IsNull, st.sampled_from([A, B, FLAG])),
    st.builds(
        In, st.sampled_from([A, B]), st.lists(st.sampled_from([lit(0), lit(1), lit(None)]), min_size=1).map(tuple)
    ),
    st.just(FLAG),
)
conditions: st.SearchStrategy[Expr] = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda e: And(tuple(e))),
        st.lists(inner, min_size=2, max_size=3).map(lambda e: Or(tuple(e))),
    ),
    max_leaves=6,
)
ROWS: list[Row] = [
    {"a": a, "b": b, "flag": flag} for a, b, flag in product([None, 0, 1], [None, 0, 1], [None, False, True])
]


@given(conditions)
def test_a_column_said_to_be_not_null_is_not_null_in_any_row_that_satisfies_the_condition(condition: Expr) -> None:
    names = not_null_if_true(condition)
    assert all(row[n] is not None for row in ROWS if truth(condition, row) is True for n in names)


@given(conditions)
def test_a_column_that_a_check_makes_not_null_is_not_null_where_the_check_is_not_false(condition: Expr) -> None:
    names = not_null_if_not_false(condition)
    assert all(row[n] is not None for row in ROWS if truth(condition, row) is not False for n in names)


@given(conditions)
def test_a_pinned_column_has_its_one_value_in_any_row_that_satisfies_the_condition(condition: Expr) -> None:
    constants = pinned(condition)
    for row in ROWS:
        if truth(condition, row) is True:
            assert all(row[name] == literal.value for name, literal in constants.items())


@given(conditions)
def test_a_condition_said_never_to_be_null_is_never_unknown(condition: Expr) -> None:
    if not may_be_null(condition, frozenset()):
        assert all(truth(condition, row) is not None for row in ROWS)


def test_facts_are_found_in_the_usual_conditions() -> None:
    pin = And((Compare("=", A, lit(188)), FLAG))
    assert pinned(pin) == {"a": lit(188), "flag": Literal(True, FLAG.type)}
    assert pinned(Not(FLAG)) == {"flag": Literal(False, FLAG.type)}
    assert pinned(In(A, (lit(3),))) == {"a": lit(3)}
    assert pinned(Or((Compare("=", A, lit(1)), Compare("=", A, lit(1))))) == {}
    assert not_null_if_true(Compare("<", lit(5), A)) == {"a"}
    assert not_null_if_true(Or((Compare("<", A, B), Compare("=", A, lit(1))))) == {"a"}
    assert not_null_if_true(Not(IsNull(B))) == {"b"}
    assert not_null_if_true(None) == frozenset()
    assert not_null_if_not_false(And((Not(IsNull(A)), Compare("<", B, lit(9))))) == {"a"}


def test_case_may_be_null_without_an_else_or_with_a_nullable_branch() -> None:
    whens: tuple[tuple[Expr, Expr], ...] = ((FLAG, lit(1)),)
    assert may_be_null(Case(whens, None, INT), frozenset())
    assert may_be_null(Case(whens, A, INT), frozenset())
    assert not may_be_null(Case(whens, A, INT), frozenset({"a"}))
