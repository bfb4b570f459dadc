"""Sources: types, defaults, keys, checks, foreign keys, dependencies."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from resolving import findings, spec_of, the_finding, with_source

from bxc import model, types
from bxc.expr import Column, Compare, Literal


def source(*lines: str) -> model.Source:
    return spec_of(with_source(*lines)).sources[0]


# --- types and defaults ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int", types.Int()),
        ("decimal(10,2)", types.Decimal(10, 2)),
        ("decimal(18,18)", types.Decimal(18, 18)),
        ("text", types.Text()),
        ("varchar(1)", types.Varchar(1)),
        ("bool", types.Bool()),
        ("date", types.Date()),
        ("timestamp", types.Timestamp()),
        ("enum('a', 'it''s')", types.Enum(("a", "it's"))),
        ("uuid", types.Uuid()),
        ("bytes", types.Bytes()),
        ("real", types.Real()),
    ],
)
def test_a_type_is_read(text: str, expected: types.Type) -> None:
    assert source(f"c {text}").columns[1].type == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("decimal(19,2)", "5 BX007 «decimal(19,2)» a decimal has at most 18 digits"),
        ("varchar(99999999)", "5 BX007 «varchar(99999999)» this varchar is too long"),
        ("decimal", "5 BX005 «decimal» `decimal` is no type"),
        ("decimal(10)", "5 BX005 «decimal(10)» `decimal(10)` is no type"),
        ("decimal(2,3)", "5 BX005 «decimal(2,3)» `decimal(2,3)` is no type"),
        ("decimal(1.5,1)", "5 BX005 «decimal(1.5,1)» `decimal(1.5,1)` is no type"),
        ("varchar", "5 BX005 «varchar» `varchar` is no type"),
        ("varchar(0)", "5 BX005 «varchar(0)» `varchar(0)` is no type"),
        ("varchar('a')", "5 BX005 «varchar('a')» `varchar('a')` is no type"),
        ("enum", "5 BX005 «enum» `enum` is no type"),
        ("enum(1)", "5 BX005 «enum(1)» `enum(1)` is no type"),
        ("int(8)", "5 BX005 «int(8)» `int(8)` is no type"),
    ],
)
def test_a_type_has_the_arguments_that_it_needs(text: str, expected: str) -> None:
    assert findings(with_source(f"c {text}")) == [expected]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("int default -9223372036854775808", -(2**63)),
        ("int default 1e3", 1000),
        ("decimal(10,2) default 1.5", Decimal("1.50")),
        ("decimal(10,2) default -7", Decimal("-7.00")),
        ("decimal(10,2) default 1.500", Decimal("1.50")),
        ("text default 'it''s'", "it's"),
        ("varchar(3) default 'äöü'", "äöü"),
        ("bool default false", False),
        ("date default '2024-02-29'", date(2024, 2, 29)),
        ("timestamp default '2026-01-31 13:00:00'", datetime(2026, 1, 31, 13)),
        ("timestamp default '2026-01-31 13:00:00.25'", datetime(2026, 1, 31, 13, 0, 0, 250_000)),
        ("enum('a', 'b') default 'b'", "b"),
        ("uuid default '123E4567-e89b-12d3-a456-426614174000'", UUID("123e4567-e89b-12d3-a456-426614174000")),
        ("bytes default '0aFF'", b"\x0a\xff"),
        ("bytes default ''", b""),
        ("real default 0.1", 0.1),
        ("real default -0", 0.0),
        ("text default null", None),
    ],
)
def test_a_default_takes_the_canonical_form_of_its_type(text: str, value: types.Value) -> None:
    default = source(f"c {text}").columns[1].default
    assert default is not None
    assert (default.value, type(default.value)) == (value, type(value))
    assert str(default.value) == str(value)


def test_no_default_is_not_the_same_as_null() -> None:
    assert source("c text").columns[1].default is None


@pytest.mark.parametrize(
    ("column", "literal", "reason"),
    [
        ("date", "'2026-02-30'", "'2026-02-30' is no day of the calendar"),
        ("date", "'0000-01-01'", "'0000-01-01' is no day of the calendar"),
        ("date", "'26-2-3'", "'26-2-3' is no date"),
        ("date", "20260203", "a number is no date"),
        ("timestamp", "'2026-01-31'", "'2026-01-31' is no timestamp"),
        ("timestamp", "'2026-01-31T13:00:00'", "'2026-01-31T13:00:00' is no timestamp"),
        ("timestamp", "'2026-01-31 24:00:00'", "'2026-01-31 24:00:00' is no day of the calendar or no time of day"),
        ("timestamp", "'2026-01-31 13:00:00.1234567'", "'2026-01-31 13:00:00.1234567' is no timestamp"),
        ("enum('red', 'green')", "'gren'", "'gren' is none of the enum's values"),
        ("varchar(3)", "'four'", "it has 4 characters, varchar(3) holds 3"),
        ("decimal(5,2)", "1.234", "it has 3 digits behind the point, decimal(5,2) holds 2"),
        ("decimal(5,2)", "1000", "it is too large: decimal(5,2) holds 3 digits before the point"),
        ("decimal(5,2)", "1e99999999999999999999999", "`1e99999999999999999999999` has more than 18 digits"),
        (
            "int",
            "9223372036854775808",
            "`9223372036854775808` is outside of -9223372036854775808 to 9223372036854775807",
        ),
        ("int", "1e999999999", "`1e999999999` is outside of -9223372036854775808 to 9223372036854775807"),
        ("int", "1.5", "`1.5` has a fraction and an int has none"),
        ("int", "'1'", "a text in quotes is no int"),
        ("int", "true", "`true` is no int"),
        ("int", "fresh", "only a column that a view hides can have a fresh value by default"),
        ("bool", "1", "a number is no bool"),
        ("uuid", "'123e4567'", "'123e4567' is no uuid"),
        ("bytes", "'abc'", "'abc' is no bytes"),
        ("bytes", "'0x'", "'0x' is no bytes"),
        ("text", "5", "a number is no text"),
        ("real", "1e999", "`1e999` is beyond a 64-bit floating-point number"),
        ("int not null", "null", "not a value of the column"),
    ],
)
def test_a_default_is_a_value_of_its_column(column: str, literal: str, reason: str) -> None:
    found = the_finding(with_source(f"c {column} default {literal}"))
    assert (found.code, found.primary.span.text, found.primary.text) == ("BX005", literal, reason)
    assert found.help


def test_the_nearest_enum_value_is_suggested() -> None:
    assert the_finding(with_source("c enum('red', 'green') default 'gren'")).help == "did you mean 'green'?"


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_primary_key_is_needed() -> None:
    text = with_source().replace(" primary key", "")
    assert findings(text) == ["3 BX008 «S» source `S` has no primary key"]


def test_a_primary_key_of_several_columns_keeps_its_order_and_is_not_null() -> None:
    text = with_source("b int", "a int not null", "primary key (b, id)").replace("id int primary key", "id int")
    found = spec_of(text).sources[0]
    assert found.primary_key == ("b", "id")
    assert found.primary_key_span.text == "primary key (b, id)"
    assert [(c.name, c.nullable) for c in found.columns] == [("id", False), ("b", False), ("a", False)]


def test_columns_are_nullable_unless_said_otherwise() -> None:
    found = source("a int", "b int not null", "c int unique")
    assert [c.nullable for c in found.columns] == [False, True, False, True]
    assert [u.columns for u in found.uniques] == [("c",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (with_source("r real unique"), "5 BX009 «r» `r` is real and cannot be part of `unique`"),
        (with_source("r real", "unique (id, r)"), "6 BX009 «r» `r` is real and cannot be part of `unique`"),
        (
            with_source("r real", "determines r -> id"),
            "6 BX009 «r» `r` is real and cannot be part of the left side of `determines`",
        ),
        (with_source().replace("id int", "id real"), "4 BX009 «id» `id` is real and cannot be part of the primary key"),
    ],
)
def test_real_is_no_key(text: str, expected: str) -> None:
    assert findings(text) == [expected]


# --- checks ----------------------------------------------------------------------------------------------------------


def test_checks_without_a_name_get_one_that_is_free() -> None:
    found = source(
        "n int check (n > 0) check (n < 9)",
        "check (n <> 5)",
        "check N_CHECK: (n <> 6)",
        "check check_1: (n <> 7)",
        "m int check (m > n)",
    )
    assert [c.name for c in found.checks] == ["n_check_2", "n_check_3", "check_2", "N_CHECK", "check_1", "m_check"]


def test_a_check_is_over_the_columns_of_its_source() -> None:
    (check,) = source("n int", "check small: (n < 5)").checks
    assert check.condition == Compare("<", Column("n", types.Int(), True), Literal(5, types.Int()))


def test_a_check_is_a_condition() -> None:
    assert findings(with_source("n int", "check (n)")) == ["6 BX004 «n» a check must be a condition"]


def test_a_check_without_arithmetic_bounds_the_others_whatever_their_order() -> None:
    source("n int", "m int", "check (n * m < 100)", "check (n between 0 and 1000)", "check (m between -5 and 5)")


# --- foreign keys and dependencies -----------------------------------------------------------------------------------


def test_a_foreign_key_refers_to_a_key_of_its_type() -> None:
    found = source("n int references S(id)", "u uuid unique", "v uuid references S(u)")
    assert [(k.column, k.target, k.target_column) for k in found.foreign_keys] == [("n", "S", "id"), ("v", "S", "u")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("n int", "m int references S(n)"), "6 BX004 «n» `S(n)` is no key"),
        (("n int", "m int", "unique (n, m)", "k int references S(n)"), "8 BX004 «n» `S(n)` is no key"),
        (("n text references S(id)",), "5 BX004 «text» a foreign key has the type of the column that it refers to"),
    ],
)
def test_a_foreign_key_to_no_key_or_of_another_type_is_refused(lines: tuple[str, ...], expected: str) -> None:
    assert findings(with_source(*lines)) == [expected]


def test_dependencies_keep_their_sides() -> None:
    (found,) = source("a int", "b int", "c int", "determines a, id -> c, b").dependencies
    assert (found.left, found.right, found.span.text) == (("a", "id"), ("c", "b"), "determines a, id -> c, b")


def test_a_source_or_view_has_900_columns() -> None:
    columns = [f"c{i} int" for i in range(899)]
    spec_of(with_source(*columns))
    assert the_finding(with_source(*columns, "more int")).primary.text == "901 columns, at most 900 are possible"
    text = with_source(*columns) + "view W from S {\n  add x = 5\n}\n"
    assert the_finding(text).message == "view `W` has too many columns"
