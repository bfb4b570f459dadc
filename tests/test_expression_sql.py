"""Random expressions, evaluated by all engines and by a small evaluator of three-valued logic."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import add, eq, ge, gt, le, lt, mul, ne, sub
from typing import Any
from uuid import UUID

import duckdb
import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from postgres_server import Server, server

from bxc import expr as e
from bxc import types as t
from bxc.codegen.sql import keywords
from bxc.codegen.sql.dialect import DUCKDB, POSTGRES, SQLITE, Dialect
from bxc.codegen.sql.expression import render, render_conjunct, render_operand
from bxc.codegen.sql.names import file_name, quote

# --- the relation ---------------------------------------------------------------------------------------------------

INT, TEXT, BOOL, DATE, TIMESTAMP, UUID_ = t.Int(), t.Text(), t.Bool(), t.Date(), t.Timestamp(), t.Uuid()
MONEY, RATE, WHOLE = t.Decimal(6, 2), t.Decimal(6, 1), t.Decimal(6, 0)
COLOUR = t.Enum(("red", "it's", ""))

COLUMNS: dict[str, t.Type] = {
    "a": INT,
    "order": INT,
    "m": MONEY,
    "rate in %": RATE,
    "whole": WHOLE,
    "x": TEXT,
    'say "y"': t.Varchar(4),
    "p": BOOL,
    "not": BOOL,
    "d": DATE,
    "ts": TIMESTAMP,
    "u": UUID_,
    "c": COLOUR,
    "o": t.Bytes(),
    "r": t.Real(),
}
LETTERS = st.sampled_from(["", "a", "ab", "aB", "Ab", "é", "a%", "a_", "*", "[a", "🙂", "🙂b", "'", "\\", "\n"])
VALUES: dict[t.Type, st.SearchStrategy[Any]] = {
    INT: st.integers(-3, 3) | st.sampled_from([2_000_000_000, -2_000_000_000]),
    MONEY: st.integers(-300, 300).map(lambda n: Decimal(n).scaleb(-2)),
    RATE: st.integers(-30, 30).map(lambda n: Decimal(n).scaleb(-1)),
    WHOLE: st.integers(-3, 3).map(Decimal),
    TEXT: LETTERS,
    t.Varchar(4): LETTERS,
    BOOL: st.booleans(),
    DATE: st.sampled_from([date(1, 1, 1), date(999, 12, 31), date(2026, 1, 31), date(9999, 12, 31)]),
    TIMESTAMP: st.sampled_from([datetime(1, 1, 1), datetime(2026, 1, 31, 13), datetime(2026, 1, 31, 13, 0, 0, 5)]),
    UUID_: st.sampled_from([UUID(int=0), UUID(int=2**127 + 10)]),
    COLOUR: st.sampled_from(COLOUR.values),
    t.Bytes(): st.sampled_from([b"", b"\x00", b"'\xff\\"]),
    t.Real(): st.sampled_from([0.0, -1.5, 1e300, 0.1]),
}

# --- expressions ----------------------------------------------------------------------------------------------------


def atoms(type_: t.Type) -> st.SearchStrategy[e.Expr]:
    named = st.sampled_from([e.Column(n, c, True) for n, c in COLUMNS.items() if c == type_])
    constant = (VALUES[type_] | st.none()).map(lambda v: e.Literal(v, type_))
    return named | constant


def numbers(type_: t.Int | t.Decimal, depth: int) -> st.SearchStrategy[e.Expr]:
    """Integers or decimals of the scale of ``type_``; depth keeps all results within 64 bits."""
    if depth == 0:
        return atoms(type_)
    below = numbers(type_, depth - 1)
    sums = st.builds(lambda op, a, b: e.Arithmetic(op, a, b, type_), st.sampled_from("+-"), below, below)
    forms = [below, sums, below.map(lambda a: e.Negate(a, type_)), cases(below, type_, depth - 1)]
    if type_ == INT:
        forms.append(st.builds(lambda a, b: e.Arithmetic("*", a, b, type_), atoms(INT), atoms(INT)))
    if type_ == MONEY:
        narrow = st.sampled_from([RATE, WHOLE]).flatmap(lambda n: numbers(n, depth - 1))
        forms.append(narrow.map(lambda a: e.Rescale(a, MONEY)))
        forms.append(st.builds(lambda a, b: e.Arithmetic("*", a, b, MONEY), atoms(RATE), atoms(RATE)))
    return st.one_of(forms)


def texts(depth: int) -> st.SearchStrategy[e.Expr]:
    leaf = atoms(TEXT) | atoms(t.Varchar(4)) | atoms(COLOUR)
    if depth == 0:
        return leaf
    below = texts(depth - 1)
    joined = st.lists(below, min_size=2, max_size=3).map(lambda parts: e.Concat(tuple(parts)))
    return below | joined | cases(below, TEXT, depth - 1)


def cases(result: st.SearchStrategy[e.Expr], type_: t.Type, depth: int) -> st.SearchStrategy[e.Expr]:
    whens = st.lists(st.tuples(conditions(depth), result), min_size=1, max_size=2).map(tuple)
    return st.builds(lambda w, otherwise: e.Case(w, otherwise, type_), whens, st.none() | result)


def comparisons(depth: int) -> st.SearchStrategy[e.Expr]:
    ordered = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    pairs = [numbers(INT, depth), numbers(MONEY, depth), texts(depth), atoms(DATE), atoms(TIMESTAMP)]
    equal = [conditions(depth), atoms(UUID_), atoms(COLOUR), atoms(t.Bytes())]
    return st.one_of(
        [st.builds(e.Compare, ordered, side, side) for side in pairs]
        + [st.builds(e.Compare, st.sampled_from(["=", "<>"]), side, side) for side in equal]
        + [st.builds(e.Compare, st.sampled_from(["<", ">="]), atoms(t.Real()), atoms(t.Real()))]
    )


def members(type_: t.Type) -> st.SearchStrategy[e.Expr]:
    items = st.lists((VALUES[type_] | st.none()).map(lambda v: e.Literal(v, type_)), min_size=1, max_size=3)
    return st.builds(lambda operand, i: e.In(operand, tuple(i)), atoms(type_), items)


def conditions(depth: int) -> st.SearchStrategy[e.Expr]:
    if depth <= 0:
        return atoms(BOOL)
    below = conditions(depth - 1)
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        atoms(BOOL),
        comparisons(depth - 1),
        several.map(e.And),
        several.map(e.Or),
        below.map(e.Not),
        st.one_of([members(type_) for type_ in (INT, MONEY, TEXT, BOOL, DATE, UUID_)]),
        st.one_of(below, numbers(INT, depth - 1), texts(depth - 1)).map(e.IsNull),
        st.builds(e.StartsWith, texts(depth - 1), LETTERS),
        cases(below, BOOL, depth - 1),
    )


# --- the evaluator --------------------------------------------------------------------------------------------------

Row = dict[str, Any]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
COMPUTE: dict[str, Callable[[Any, Any], Any]] = {"+": add, "-": sub, "*": mul}


def value(expr: e.Expr, row: Row) -> Any:
    match expr:
        case e.Column():
            return row[expr.name]
        case e.Literal():
            return expr.value
        case e.Compare() | e.Arithmetic():
            sides = (value(expr.left, row), value(expr.right, row))
            return None if None in sides else (COMPARE | COMPUTE)[expr.op](*sides)
        case e.And():
            parts = [value(o, row) for o in expr.operands]
            return False if False in parts else None if None in parts else True
        case e.Or():
            parts = [value(o, row) for o in expr.operands]
            return True if True in parts else None if None in parts else False
        case e.In():
            return value(e.Or(tuple(e.Compare("=", expr.operand, item) for item in expr.items)), row)
        case e.IsNull():
            return value(expr.operand, row) is None
        case e.Concat():
            parts = [value(o, row) for o in expr.operands]
            return None if None in parts else reduce(add, parts)
        case e.Case():
            chosen = (then for test, then in expr.whens if value(test, row) is True)
            last = next(chosen, expr.otherwise)
            return None if last is None else value(last, row)
        case e.Not() | e.StartsWith() | e.Negate() | e.Rescale():
            return one_operand(expr, value(expr.operand, row))


def one_operand(expr: e.Not | e.StartsWith | e.Negate | e.Rescale, operand: Any) -> Any:
    if operand is None:
        return None
    match expr:
        case e.Not():
            return not operand
        case e.StartsWith():
            return operand.startswith(expr.prefix)
        case e.Negate():
            return -operand
        case e.Rescale():
            return operand


# --- the engines ----------------------------------------------------------------------------------------------------


def sqlite_value(held: Any, type_: t.Type) -> Any:
    match held:
        case Decimal():
            assert isinstance(type_, t.Decimal)
            return int(held.scaleb(type_.scale))
        case bool():
            return int(held)
        case datetime():
            return held.isoformat(sep=" ", timespec="microseconds")
        case date() | UUID():
            return str(held)
        case _:
            return held


def connected(dialect: Dialect) -> Any:
    if dialect is SQLITE:
        return sqlite3.connect(":memory:")
    if dialect is DUCKDB:
        return duckdb.connect()
    found = server()
    assert isinstance(found, Server)
    return psycopg.connect(found.conninfo("postgres"), autocommit=True)


class Engine:
    """One engine with a table `t` of the columns above."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.connection: Any = connected(dialect)
        definitions = [f"{quote(n, dialect)} {dialect.column_type(c)}" for n, c in COLUMNS.items()]
        temporary = "temporary " if dialect is POSTGRES else ""
        self.connection.execute(f"create {temporary}table t (n integer, {', '.join(definitions)})")

    def load(self, rows: list[Row]) -> None:
        self.connection.execute("delete from t")
        marks = ", ".join(["%s" if self.dialect is POSTGRES else "?"] * (1 + len(COLUMNS)))
        for number, row in enumerate(rows):
            values = [sqlite_value(row[n], c) if self.dialect is SQLITE else row[n] for n, c in COLUMNS.items()]
            self.connection.execute(f"insert into t values ({marks})", [number, *values])

    def text(self, expr: e.Expr) -> str:
        return render(expr, self.dialect, lambda c: "t." + quote(c.name, self.dialect))

    def values(self, text: str) -> list[Any]:
        return [v for (v,) in self.connection.execute(f"select {text} from t order by n").fetchall()]


@pytest.fixture(scope="module")
def engines() -> Iterator[list[Engine]]:
    made = [Engine(SQLITE), Engine(DUCKDB)]
    if isinstance(server(), Server) or "BXC_NEED_POSTGRES" in os.environ:
        made.append(Engine(POSTGRES))
    yield made
    for engine in made:
        engine.connection.close()


rows = st.lists(
    st.fixed_dictionaries({name: VALUES[type_] | st.none() for name, type_ in COLUMNS.items()}), min_size=1, max_size=4
)
expressions = st.one_of(conditions(3), numbers(INT, 2), numbers(MONEY, 2), texts(2))


NOTHING = e.Literal(None, t.Bool())
ROW: Row = dict.fromkeys(COLUMNS)


@settings(max_examples=300, deadline=None)
@example([{**ROW, "order": 0}], [e.Negate(e.Literal(None, MONEY), MONEY), e.Negate(e.Literal(None, INT), INT)])
@example([{**ROW, "order": 0}], [e.IsNull(e.Not(e.Case(((NOTHING, NOTHING),), None, t.Bool())))])
@given(rows, st.lists(expressions, min_size=1, max_size=4))
def test_all_engines_give_an_expression_the_value_of_three_valued_logic(
    engines: list[Engine], content: list[Row], exprs: list[e.Expr]
) -> None:
    for engine in engines:
        engine.load(content)
        for expr in exprs:
            expected = [value(expr, row) for row in content]
            if engine.dialect is SQLITE:
                expected = [sqlite_value(v, e.type_of(expr)) for v in expected]
            assert engine.values(engine.text(expr)) == expected, engine.text(expr)


@settings(max_examples=100, deadline=None)
@given(rows, conditions(2), conditions(2))
def test_a_condition_keeps_its_meaning_beside_other_text(
    engines: list[Engine], content: list[Row], one: e.Expr, two: e.Expr
) -> None:
    for engine in engines:
        engine.load(content)

        def column(c: e.Column, dialect: Dialect = engine.dialect) -> str:
            return quote(c.name, dialect)

        first, second = (render_conjunct(c, engine.dialect, column) for c in (one, two))
        both = [value(e.And((one, two)), row) is True for row in content]
        assert engine.values(f"({first} and {second}) is true") == both
        operand = render_operand(one, engine.dialect, column)
        assert engine.values(f"{operand} is not true") == [value(one, row) is not True for row in content]


# --- how the text looks ---------------------------------------------------------------------------------------------

A, B, P = e.Column("a", INT, True), e.Column("order", INT, True), e.Column("p", BOOL, True)
X = e.Column("x", TEXT, True)
ONE = e.Literal(1, INT)


def sqlite_text(expr: e.Expr) -> str:
    return render(expr, SQLITE, lambda c: quote(c.name, SQLITE))


def duckdb_text(expr: e.Expr) -> str:
    return render(expr, DUCKDB, lambda c: quote(c.name, DUCKDB))


def test_parentheses_stand_only_where_they_change_the_meaning() -> None:
    disjunction = e.Or((P, e.And((e.Not(P), e.Compare("=", A, ONE)))))
    assert sqlite_text(disjunction) == "p or not p and a = 1"
    assert sqlite_text(e.And((disjunction, P))) == "(p or not p and a = 1) and p"
    assert sqlite_text(e.Not(e.IsNull(X))) == "x is not null"
    assert sqlite_text(e.Compare("=", e.Compare("<", A, B), P)) == '(a < "order") = p'
    inner = e.Arithmetic("-", A, ONE, INT)
    assert sqlite_text(e.Arithmetic("-", B, inner, INT)) == '"order" - (a - 1)'
    assert sqlite_text(e.Arithmetic("-", inner, B, INT)) == 'a - 1 - "order"'
    assert sqlite_text(e.Arithmetic("-", A, e.Negate(e.Literal(-1, INT), INT), INT)) == "a - (-(-1))"


def test_constants_are_written_as_the_engine_stores_them() -> None:
    cases: list[tuple[e.Literal, str, str]] = [
        (e.Literal(Decimal("1.50"), MONEY), "150", "1.50"),
        (e.Literal(True, BOOL), "1", "true"),
        (e.Literal("it's", TEXT), "'it''s'", "'it''s'"),
        (e.Literal(date(987, 1, 2), DATE), "'0987-01-02'", "date '0987-01-02'"),
        (
            e.Literal(datetime(2026, 1, 31, 13), TIMESTAMP),
            "'2026-01-31 13:00:00.000000'",
            "timestamp '2026-01-31 13:00:00.000000'",
        ),
        (e.Literal(b"\x00\xff", t.Bytes()), "x'00ff'", "'\\x00\\xFF'::blob"),
        (e.Literal(0.1, t.Real()), "0.1", "0.1e0"),
        (e.Literal(None, INT), "null", "null"),
    ]
    for literal, sqlite, duck in cases:
        assert (sqlite_text(literal), duckdb_text(literal)) == (sqlite, duck)


# --- types, names, files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (t.Decimal(3, 1), [999, -999], [1000, -1000]),
        (TEXT, ["", "é🙂"], ["\0", "a\0b"]),
        (t.Varchar(2), ["", "é🙂"], ["abc", "a\0"]),
        (BOOL, [0, 1], [2, -1]),
        (COLOUR, ["red", ""], ["Red", "blue"]),
        (DATE, ["0001-01-01", "2024-02-29"], ["now", "0000-01-01", "2026-02-30", "2026-1-01", "", "12:00:0000"]),
        (
            TIMESTAMP,
            ["2026-01-31 23:59:59.999999"],
            ["2026-01-31 24:00:00.000000", "2026-01-31 13:00:00", "2026-02-29 13:00:00.000000", "2026-01-31", "now"],
        ),
        (
            UUID_,
            ["123e4567-e89b-12d3-a456-426614174000"],
            [
                "123E4567-e89b-12d3-a456-426614174000",
                "123e4567ee89b-12d3-a456-426614174000",
                "123e4567-e89b-12d3-a456-42661417400-",
                "123g4567-e89b-12d3-a456-426614174000",
                "",
            ],
        ),
        (t.Real(), [0.0, 1e308], [float("inf"), float("-inf")]),
    ],
    ids=str,
)
def test_sqlite_checks_admit_a_types_values_and_no_others(type_: t.Type, good: list[Any], bad: list[Any]) -> None:
    connection = sqlite3.connect(":memory:")
    check = SQLITE.type_check(type_, "c")
    connection.execute(f"create table t (c {SQLITE.column_type(type_)} check ({check})) strict")
    for held in [None, *good]:
        connection.execute("insert into t values (?)", [held])
    for held in bad:
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute("insert into t values (?)", [held])


def test_every_word_that_sqlite_reserves_can_be_a_name_when_quoted() -> None:
    words = sorted(
        keywords.SQLITE | keywords.DUCKDB | {"key", "action", "Größe", 'a"b', "a b", "1a", "é", "%", "rowid"}
    )
    for word in words:
        connection = sqlite3.connect(":memory:")
        name = quote(word, SQLITE)
        connection.execute(f"create table {name} ({name} integer, z integer)")
        connection.execute(f"insert into {name} ({name}) values (5)")
        found = connection.execute(f"select {name}.{name}, {name} + 1 from {name} where not {name} is null").fetchall()
        assert found == [(5, 6)], word


def test_every_word_that_duckdb_reserves_can_be_a_name_when_quoted() -> None:
    connection = duckdb.connect()
    listed = connection.execute("select keyword_name from duckdb_keywords()").fetchall()
    for word in sorted({w for (w,) in listed} | {"Größe", 'a"b', "a b", "1a"}):
        name = quote(word, DUCKDB)
        connection.execute(f"create or replace table {name} ({name} integer, z integer)")
        connection.execute(f"insert into {name} ({name}) values (5)")
        found = connection.execute(f"select {name}.{name}, {name} + 1 from {name} where not {name} is null").fetchall()
        assert found == [(5, 6)], word


def test_plain_names_stay_bare() -> None:
    assert [quote(n, SQLITE) for n in ("patient_id", "Key", "order", "A b", 'a"b')] == [
        "patient_id",
        "Key",
        '"order"',
        '"A b"',
        '"a""b"',
    ]


@given(st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=2, unique_by=lambda n: n.casefold()))
def test_names_that_differ_by_more_than_case_have_files_that_do(names: list[str]) -> None:
    one, two = (file_name(name) for name in names)
    assert one.casefold() != two.casefold()


def test_file_names_are_fit_for_every_system() -> None:
    assert file_name("D31") == "D31"
    assert file_name("con") == "%63on"
    assert file_name("LPT1") == "%4CPT1"
    assert file_name(".git") == "%2Egit"
    assert file_name("a/b c") == "a%2Fb%20c"
    assert file_name("é") == "%C3%A9"
