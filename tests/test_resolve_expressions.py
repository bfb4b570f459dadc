"""Expressions: what type a literal takes, what engines disagree on, and the typed expression that comes of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from resolving import condition_of, findings, spec_of, the_finding, with_source, with_view

from bxc import model, types
from bxc.expr import (
    And,
    Arithmetic,
    Case,
    Column,
    Compare,
    Concat,
    Expr,
    In,
    IsNull,
    Literal,
    Negate,
    Not,
    Or,
    Rescale,
    StartsWith,
)

INT, TEXT, BOOL = types.Int(), types.Text(), types.Bool()
N, M = Column("n", INT, True), Column("m", INT, True)
NAME, LIVE = Column("name", TEXT, True), Column("live", BOOL, False)
PRICE = Column("price", types.Decimal(10, 2), True)
COLOUR = Column("colour", types.Enum(("red", "green")), True)


def condition(text: str) -> Expr:
    (step,) = spec_of(with_view(f"where {text}")).views[0].steps
    assert isinstance(step, model.Where)
    return step.condition


def added(text: str) -> model.Add:
    (step,) = spec_of(with_view(f"add x = {text}")).views[0].steps
    assert isinstance(step, model.Add)
    return step


def integer(value: int) -> Literal:
    return Literal(value, INT)


def decimal(text: str, precision: int, scale: int) -> Literal:
    return Literal(Decimal(text), types.Decimal(precision, scale))


# --- conditions that every engine reads alike ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n = 5", Compare("=", N, integer(5))),
        ("5 < n", Compare("<", integer(5), N)),
        ("n = -5", Compare("=", N, integer(-5))),
        ("n > - -5", Compare(">", N, integer(5))),
        ("n != m", Compare("<>", N, M)),
        ("live", LIVE),
        ("not live", Not(LIVE)),
        ("live = true", Compare("=", LIVE, Literal(True, BOOL))),
        ("live and n = 1 and m = 2", And((LIVE, Compare("=", N, integer(1)), Compare("=", M, integer(2))))),
        ("live or (n = 1 or m = 2)", Or((LIVE, Compare("=", N, integer(1)), Compare("=", M, integer(2))))),
        ("n between 1 and m", And((Compare(">=", N, integer(1)), Compare("<=", N, M)))),
        ("n not between 1 and 2", Not(And((Compare(">=", N, integer(1)), Compare("<=", N, integer(2)))))),
        ("n in (1, 2, null)", In(N, (integer(1), integer(2), Literal(None, INT)))),
        ("n not in (-1)", Not(In(N, (integer(-1),)))),
        ("n in (1, m)", Or((Compare("=", N, integer(1)), Compare("=", N, M)))),
        ("3 in (n, m)", Or((Compare("=", integer(3), N), Compare("=", integer(3), M)))),
        ("n is null", IsNull(N)),
        ("n is not null", Not(IsNull(N))),
        ("name like 'A%'", StartsWith(NAME, "A")),
        ("name not like '%'", Not(StartsWith(NAME, ""))),
        ("colour = 'red'", Compare("=", COLOUR, Literal("red", COLOUR.type))),
        ("colour in ('red', 'green')", In(COLOUR, (Literal("red", COLOUR.type), Literal("green", COLOUR.type)))),
        ("colour <> name", Compare("<>", COLOUR, NAME)),
        ("code < 'longer than five'",
         Compare("<", Column("code", types.Varchar(5), True), Literal("longer than five", TEXT))),
        ("name = code", Compare("=", NAME, Column("code", types.Varchar(5), True))),
        ("weight < 1.5", Compare("<", Column("weight", types.Real(), True), Literal(1.5, types.Real()))),
        ("1 = 1.5", Compare("=", decimal("1.0", 2, 1), decimal("1.5", 2, 1))),
        ("'a' < 'b'", Compare("<", Literal("a", TEXT), Literal("b", TEXT))),
        ("name || '!' = 'x'", Compare("=", Concat((NAME, Literal("!", TEXT))), Literal("x", TEXT))),
        ("(n = 1) = live", Compare("=", Compare("=", N, integer(1)), LIVE)),
    ],
)  # fmt: skip
def test_a_condition_is_typed(text: str, expected: Expr) -> None:
    assert condition(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price > 10", Compare(">", PRICE, decimal("10.00", 4, 2))),
        ("price > 10.500", Compare(">", PRICE, decimal("10.50", 4, 2))),
        ("price > 10.555", Compare(">", Rescale(PRICE, types.Decimal(11, 3)), decimal("10.555", 5, 3))),
        ("price = rate",
         Compare("=", Rescale(PRICE, types.Decimal(12, 4)), Column("rate", types.Decimal(6, 4), True))),
        ("price in (1, 2.345)",
         In(Rescale(PRICE, types.Decimal(11, 3)), (decimal("1.000", 4, 3), decimal("2.345", 4, 3)))),
        ("price between 1 and 2.5",
         And((Compare(">=", PRICE, decimal("1.00", 3, 2)), Compare("<=", PRICE, decimal("2.50", 3, 2))))),
    ],
)  # fmt: skip
def test_decimals_are_compared_at_one_scale(text: str, expected: Expr) -> None:
    assert condition(text) == expected


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "type_", "nullable"),
    [
        ("'x'", TEXT, False),
        ("12", INT, False),
        ("1e3", INT, False),
        ("true", BOOL, False),
        ("1.50", types.Decimal(3, 2), False),
        ("0.05", types.Decimal(2, 2), False),
        ("n", INT, True),
        ("live", BOOL, False),
        ("n is null", BOOL, False),
        ("n = 1", BOOL, True),
        ("batch = 1 and live", BOOL, False),
        ("live or n = 1", BOOL, True),
        ("batch in (1, 2)", BOOL, False),
        ("batch in (1, null)", BOOL, True),
        ("name || 'x'", TEXT, True),
        ("colour || code", TEXT, True),
        ("1 + 2", INT, False),
        ("price + 1", types.Decimal(11, 2), True),
        ("price - rate", types.Decimal(13, 4), True),
        ("price * 2", types.Decimal(11, 2), True),
        ("price * 1.19", types.Decimal(13, 4), True),
        ("price * rate", types.Decimal(16, 6), True),
        ("-price", types.Decimal(10, 2), True),
        ("case when live then 1 else 2 end", INT, False),
        ("case when live then 1 end", INT, True),
        ("case when live then 1 else null end", INT, True),
        ("case when live then null when n = 1 then batch else 3 end", INT, True),
        ("case when live then price else rate end", types.Decimal(12, 4), True),
        ("case when live then 1 else 2.5 end", types.Decimal(2, 1), False),
        ("case when live then code else name end", TEXT, True),
        ("case when live then colour else 'red' end", COLOUR.type, True),
        ("case when live then born else '2026-01-01' end", types.Date(), True),
        ("case when live then code else 'unknown' end", TEXT, True),
    ],
)
def test_a_value_has_a_type_and_may_be_null(text: str, type_: types.Type, nullable: bool) -> None:
    view = spec_of(with_view(f"add x = {text}")).views[0]
    assert view.columns[-1] == model.ViewColumn("x", type_, nullable)


def test_arithmetic_on_decimals_names_the_type_of_its_result() -> None:
    assert added("price + rate").value == Arithmetic(
        "+", Rescale(PRICE, types.Decimal(12, 4)), Column("rate", types.Decimal(6, 4), True), types.Decimal(13, 4)
    )
    assert added("-price").value == Negate(PRICE, types.Decimal(10, 2))


def test_the_branches_of_a_case_come_to_one_type() -> None:
    value = added("case when live then price else 1.255 end").value
    wide = types.Decimal(11, 3)
    assert value == Case(((LIVE, Rescale(PRICE, wide)),), decimal("1.255", 4, 3), wide)


# --- BX004 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n", "BX004 «n» `where` must be a condition"),
        ("5", "BX004 «5» `where` must be a condition"),
        ("null", "BX004 «null» `where` must be a condition"),
        ("n = null", "BX004 «null» `null` is no operand here"),
        ("null is null", "BX004 «null» `null` is no operand here"),
        ("n between null and 2", "BX004 «null» `null` is no operand here"),
        ("live and name", "BX004 «name» each side of `and` must be a condition"),
        ("not n", "BX004 «n» the operand of `not` must be a condition"),
        ("n = 1.5", "BX004 «1.5» types do not match"),
        ("live = 1", "BX004 «1» types do not match"),
        ("born = 5", "BX004 «5» types do not match"),
        ("n = born", "BX004 «born» types do not match"),
        ("colour = size", "BX004 «size» types do not match"),
        ("n like 'a%'", "BX004 «n» `like` compares texts"),
        ("live + 1 = 2", "BX004 «live» `+` takes numbers"),
        ("name + 'x' = 'y'", "BX004 «name» `+` takes numbers; BX004 «'x'» `+` takes numbers"),
        ("n + null = 1", "BX004 «null» `null` is no operand here"),
        ("case when n then live else live end", "BX004 «n» what follows `when` must be a condition"),
        ("case when live then live else born end", "BX004 «born» types do not match"),
        ("case when live then null else null end is null",
         "BX004 «case when live then null else null end» this `case` has no type"),
    ],
)  # fmt: skip
def test_types_must_match(text: str, expected: str) -> None:
    assert condition_of(text) == expected


def test_an_added_column_needs_a_type() -> None:
    assert findings(with_view("add x = null")) == ["2 BX004 «null» `null` has no type by itself"]


def test_the_other_side_of_a_mismatch_is_shown() -> None:
    (label,) = the_finding(with_view("where born = 5")).secondary
    assert (label.text, label.span.text) == ("this is date", "born")


# --- BX005, BX007, BX013 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("born > '2026-02-30'", "BX005 «'2026-02-30'» this literal is no value of type date"),
        ("colour = 'blue'", "BX005 «'blue'» this literal is no value of type enum('red', 'green')"),
        ("colour in ('red', 'blue')", "BX005 «'blue'» this literal is no value of type enum('red', 'green')"),
        ("code = 'toolong'", "BX005 «'toolong'» this literal is no value of type varchar(5)"),
        ("tag = 'x'", "BX005 «'x'» this literal is no value of type uuid"),
        ("n = 9223372036854775808", "BX005 «9223372036854775808» this literal is no value of type int"),
        ("price = 1.23456789012", "BX005 «1.23456789012» this literal has too many digits behind the point"),
        ("price = 1234567890123456789", "BX005 «1234567890123456789» this literal is no value of type decimal(10,2)"),
        ("n = fresh", "BX005 «fresh» `fresh` is no value here"),
        ("price * price > 1", "BX007 «price * price» the result of `*` may have more than 18 digits"),
        (
            "rate * rate * rate * rate > 0",
            "BX007 «rate * rate * rate * rate» the result of `*` may have more than 18 digits",
        ),
        ("lower(name) = 'x'", "BX013 «lower» unknown function `lower`"),
        ("n = abs(m)", "BX013 «abs» unknown function `abs`"),
    ],
)
def test_literals_limits_and_functions(text: str, expected: str) -> None:
    assert condition_of(text) == expected


def test_there_are_no_functions_but_there_are_other_ways() -> None:
    assert the_finding(with_view("add x = coalesce(n, 0)")).help == "write `case when a is not null then a else b end`"
    assert "there are no functions" in (the_finding(with_view("add x = abs(n)")).help or "")


def test_a_common_scale_has_at_most_18_digits() -> None:
    text = with_source("a decimal(18,0)", "b decimal(3,1)", "check (a > b)")
    assert findings(text) == ["7 BX007 «a» a common scale takes more than 18 digits"]


# --- BX014 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n / 2 = 1", "BX014 «n / 2» engines disagree on `/`"),
        ("n % 2 = 1", "BX014 «n % 2» engines disagree on `%`"),
        ("n = price", "BX014 «price» engines disagree on int beside decimal(10,2)"),
        ("n < weight", "BX014 «weight» engines disagree on int beside real"),
        ("n * price > 0", "BX014 «price» engines disagree on int beside decimal(10,2)"),
        ("n = '5'", "BX014 «'5'» engines disagree on a text beside a number"),
        ("name = 5", "BX014 «5» engines disagree on a text beside a number"),
        ("name = n", "BX014 «n» engines disagree on text beside int"),
        ("name = born", "BX014 «born» engines disagree on text beside date"),
        ("born < seen", "BX014 «seen» engines disagree on date beside timestamp"),
        ("live = n", "BX014 «n» engines disagree on bool beside int"),
        ("colour < 'red'", "BX014 «colour» engines disagree on the order of enum values"),
        ("colour between 'green' and 'red'", "BX014 «colour» engines disagree on the order of enum values"),
        ("tag > tag", "BX014 «tag» engines disagree on the order of uuids"),
        ("blob >= blob", "BX014 «blob» engines disagree on the order of byte strings"),
        ("live < true", "BX014 «live» engines disagree on the order of booleans"),
        ("weight = 1.5", "BX014 «weight» engines disagree on equality of floating-point numbers"),
        ("weight in (1, 2)", "BX014 «weight» engines disagree on equality of floating-point numbers"),
        ("weight + 1 > 2", "BX014 «weight» engines disagree on `+` with real"),
        ("born + 1 > born", "BX014 «born» engines disagree on `+` with date"),
        ("name || n = 'x'", "BX014 «n» engines disagree on `||` with what is no text"),
        ("name like 'a_b%'", "BX014 «'a_b%'» engines disagree on this LIKE pattern"),
        ("name like 'a%b%'", "BX014 «'a%b%'» engines disagree on this LIKE pattern"),
        ("name like 'a'", "BX014 «'a'» engines disagree on this LIKE pattern"),
        (r"name like 'a\%'", r"BX014 «'a\%'» engines disagree on this LIKE pattern"),
        ("name like code", "BX014 «code» a LIKE pattern must be a text in quotes"),
        ("n + 1 > 0", "BX014 «n + 1» this may leave 64 bits"),
        ("-n > 0", "BX014 «-n» this may leave 64 bits"),
        ("n * m > 0", "BX014 «n * m» this may leave 64 bits"),
        ("case when live then 1 else name end = 1", "BX014 «1» engines disagree on a text beside a number"),
    ],
)
def test_what_engines_read_differently_is_refused(text: str, expected: str) -> None:
    assert condition_of(text) == expected


@pytest.mark.parametrize(
    "text", ["n / 2 = 1", "n = price", "colour < 'red'", "weight = 1.5", "name like 'a_%'", "n + 1 > 0"]
)
def test_a_disagreement_has_a_reason_and_a_way_out(text: str) -> None:
    found = the_finding(with_view(f"where {text}"))
    assert found.primary.text
    assert found.help


def test_what_may_leave_64_bits_says_how_far_and_what_would_bound_it() -> None:
    found = the_finding(with_view("rename n to k", "where k * 3 > 0"))
    assert "from -27670116110564327424 to 27670116110564327421" in found.primary.text
    assert found.help == "add `check (n between -1000000000000 and 1000000000000)` to source `S`"
    spec_of(with_source("n int", "check (n between -1000000000000 and 1000000000000)", "check (n * 3 > 0)"))


@pytest.mark.parametrize(
    ("column", "expression"),
    [
        ("true", "id = 1 and true"),
        ("false", "not false"),
        ("True", "true"),
        ("null", "case when id = 1 then id else null end = 2"),
        ("fresh", "fresh"),
    ],
)
def test_a_constant_with_the_name_of_a_column_must_say_which_is_meant(column: str, expression: str) -> None:
    found = the_finding(with_source(f"{column} bool", f"check ({expression})"))
    assert (found.code, found.primary.span.text.lower()) == ("BX012", column.lower())
    assert f'"{column}"' in str(found.help)
    spec_of(with_source(f"{column} bool default true", f'check ("{column}" and id > 0)'))


# --- size and depth --------------------------------------------------------------------------------------------------


def test_nesting_of_200_is_no_trouble() -> None:
    inner = "n = 1"
    for level in range(199):
        inner = f"({inner} {'or' if level % 2 else 'and'} live)"
    assert isinstance(condition(inner), And | Or)


def test_long_chains_are_flat() -> None:
    many = condition(" and ".join(f"n <> {i}" for i in range(3000)))
    assert isinstance(many, And)
    assert len(many.operands) == 3000


def test_arithmetic_too_deep_to_handle_is_refused() -> None:
    text = " + ".join(["1"] * 500)
    (found,) = findings(with_view(f"add x = {text}"))
    assert found.startswith("2 BX007")
    assert found.endswith("this expression is too deep")


def test_an_expression_that_grows_beyond_measure_is_refused() -> None:
    text = "batch"
    for _ in range(30):
        text = f"case when {text} between 1 and 2 then 1 else 2 end"
    (found,) = findings(with_view(f"add x = {text}"))
    assert "BX007" in found
    assert found.endswith("this expression is too large")
