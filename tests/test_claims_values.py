"""Claims of the design about values and names, each tried on the emitted files."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from claims import Engine, Refusal, Site, delete, insert, on_all, plainly, rename, update

PAYROLL = """
peer Payroll

source Pay at Payroll {
  id      int            primary key
  grade   enum('a', 'b''c', 'ü')  not null default 'a'
  amount  decimal(10,2)  not null default 0.50
  rate    decimal(5,3)
  from    date
  paid    timestamp
  ok      bool
  token   uuid
  blob    bytes
  name    varchar(5)
  memo    text
  factor  real
}

view All from Pay {
  drop factor default 1.5
}

view Rich from Pay {
  where amount >= 1000.00 and (rate is null or rate < 99.999) and grade <> 'b''c'
  keep id, amount, rate, grade default ok = true, from = '2026-01-31', paid = '2026-01-31 13:00:00', memo = 'it''s'
}

view Since from Pay {
  where from >= '2020-02-29' and paid < '2026-01-01 00:00:00.000001'
  keep id, from, paid
}
"""

FULL = (
    1,
    "b'c",
    Decimal("99999999.99"),
    Decimal("-99.999"),
    date(2024, 2, 29),
    datetime(2026, 1, 31, 13, 0, 0, 1),
    True,
    UUID("00112233-4455-6677-8899-aabbccddeeff"),
    b"\x00\xff'",
    "ñ😀漢字x",
    'it\'s "quoted"\n\ttab; -- no comment',
)
EMPTY = (2, "a", Decimal("0.00"), None, None, None, None, None, None, None, None)
BLANK = (
    -9223372036854775808,
    "ü",
    Decimal("-0.01"),
    Decimal("0.000"),
    date(1, 1, 1),
    datetime(1969, 12, 31, 23, 59, 59, 999999),
    False,
    UUID(int=0),
    b"",
    "",
    "",
)


@on_all
def test_every_type_goes_in_and_comes_out_as_it_is(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(PAYROLL, engine, tmp_path)
    site.put("All", FULL, EMPTY, BLANK)
    assert site.rows("Pay") == sorted(
        [(*plainly(row), 1.5) for row in (FULL, EMPTY, BLANK)], key=lambda row: str(row[0])
    )
    assert {row[:-1] for _, _, row in site.captured("Pay")} == set(map(plainly, (FULL, EMPTY, BLANK)))
    assert {edit.row for edit in site.changes("All")} == set(map(plainly, (FULL, EMPTY, BLANK)))


@on_all
def test_an_empty_text_is_not_null(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(PAYROLL, engine, tmp_path)
    site.put("All", EMPTY)
    site.consume()
    site.put("All", (*EMPTY[:-1], ""))
    assert site.changes("All") == [update(*EMPTY[:-1], "")]
    site.consume()
    site.put("All", EMPTY)
    assert site.changes("All") == [update(*EMPTY)]


@on_all
def test_defaults_of_the_view_go_before_those_of_the_source(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(PAYROLL, engine, tmp_path)
    site.put("Rich", (7, Decimal("1000.00"), None, "ü"))
    assert site.rows("Pay") == [
        (7, "ü", 100000, None, "2026-01-31", "2026-01-31 13:00:00.000000", 1, None, None, None, "it's", None)
    ]


@on_all
@pytest.mark.parametrize(
    "row",
    [
        (1, Decimal("999.99"), None, "a"),
        (1, Decimal("1000.00"), Decimal("99.999"), "a"),
        (1, Decimal("1000.00"), None, "b'c"),
    ],
    ids=["amount", "rate", "grade"],
)
def test_decimals_and_enums_are_compared_exactly(engine: Engine, tmp_path: Path, row: tuple[object, ...]) -> None:
    site = Site.of(PAYROLL, engine, tmp_path)
    assert site.refused("Rich", row) == Refusal("BXC12", [("BXC12", 1)])


@on_all
def test_dates_and_timestamps_are_compared_to_the_microsecond(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(PAYROLL, engine, tmp_path)
    last, late = datetime(2026, 1, 1), datetime(2026, 1, 1, 0, 0, 0, 1)
    site.put("Since", (1, date(2020, 2, 29), last))
    assert ("BXC12", 1) in site.refused("Since", (1, date(2020, 2, 28), last)).violations
    assert ("BXC12", 1) in site.refused("Since", (1, date(2020, 2, 29), late)).violations
    site.consume()
    site.edit("update Pay set paid = '2026-01-01 00:00:00.000001'")
    assert site.changes("Since") == [delete(1)]


@on_all
@pytest.mark.parametrize(
    ("position", "value"),
    [(1, "c"), (1, "A"), (1, None), (1, ""), (2, None), (9, "sechs!")],
    ids=["enum", "enum by case", "enum NULL", "enum empty", "not null", "varchar"],
)
def test_a_value_outside_its_type_is_refused(engine: Engine, tmp_path: Path, position: int, value: object) -> None:
    site = Site.of(PAYROLL, engine, tmp_path)
    site.put("All", EMPTY)
    row: list[object] = [*EMPTY]
    row[position] = value
    assert site.refused("All", tuple(row)) == Refusal("BXC16", [("BXC16", 2)])
    row[0] = 3
    assert ("BXC16", 3) in site.refused_delta("All", insert(*row)).violations


@on_all
def test_a_decimal_beyond_its_precision_is_refused(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(PAYROLL, engine, tmp_path)
    refusal = site.refused(
        "All", (1, "a", Decimal("100000000.00"), *EMPTY[3:]), (2, "a", Decimal("1.00"), Decimal("100.000"), *EMPTY[4:])
    )
    assert refusal == Refusal("BXC16", [("BXC16", 1), ("BXC16", 2)])


COMPUTED = """
peer Shop

source Part at Shop {
  id     int  primary key
  net    decimal(8,2)  not null default 0
  qty    int  not null default 1
  first  text
  last   text
  live   bool  not null default true
  check small: (qty between 0 and 1000)
}

view Offer from Part {
  where live
  add total = net * 3
  add full = first || ' ' || last
  add unit = 'EUR'
  add size = case when qty > 10 then 'big' when qty = 0 then null else 'small' end
  add more = qty + 1
  keep id, net, qty, first, last, total, full, unit, size, more
  on delete set live = false
}

view Labels from Offer {
  keep id, full, size, unit
}
"""


@on_all
def test_a_computed_column_is_read_only_and_must_agree(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(COMPUTED, engine, tmp_path)
    good = (1, Decimal("1.10"), 11, "A", "B", Decimal("3.30"), "A B", "EUR", "big", 12)
    site.put("Offer", good, (2, Decimal("0.00"), 0, None, "B", Decimal("0.00"), None, "EUR", None, 1))
    for position, value in [(5, Decimal("3.31")), (6, "A  B"), (6, None), (7, "USD"), (8, "small"), (9, 13), (9, None)]:
        bad: list[object] = [*good]
        bad[position] = value
        assert ("BXC15", 1) in site.refused_delta("Offer", update(*bad)).violations
    zero = Decimal("0.00")
    assert ("BXC15", 2) in site.refused_delta(
        "Offer", update(2, zero, 0, None, "B", zero, "", "EUR", None, 1)
    ).violations
    assert site.refused_delta("Labels", update(1, "A C", "big", "EUR")) == Refusal("BXC15", [("BXC15", 1)])
    site.edit("update Part set qty = 5 where id = 1")
    assert site.get("Labels") == [(1, "A B", "small", "EUR"), (2, None, None, "EUR")]


@on_all
def test_changes_follow_the_inputs_of_computed_columns(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(COMPUTED, engine, tmp_path)
    site.put("Offer", (1, Decimal("1.10"), 11, "A", "B", Decimal("3.30"), "A B", "EUR", "big", 12))
    site.consume()
    site.edit("update Part set qty = 12")
    assert site.changes("Labels") == []
    site.edit("update Part set qty = 10, last = null")
    assert site.changes("Labels") == [update(1, None, "small", "EUR")]
    site.edit("update Part set qty = 11, last = 'B'")
    assert site.changes("Labels") == []
    assert site.changes("Offer") == []


NAMES = """
peer Odd

source "a b" at Odd {
  "order"     int   primary key
  select      text
  "from"      text
  "we'q"  text
  "Ünï cödé"  int  not null default 3
  group       text
  "key"       int
  index       int
}

view "View 1" from "a b" {
  where select is not null
  rename select to "table"
  rename "from" to where
  rename where to "from"
  keep order, "table", "from", "we'q", "Ünï cödé"
}

view values from "View 1" {
  where "Ünï cödé" < 10
  rename order to "new"
  rename "table" to old
  keep "new", old
  on delete delete
}

view New from "a b" {
  keep order, key, index
  rename order to id
}
"""


@on_all
def test_names_may_be_keywords_and_hold_anything(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(NAMES, engine, tmp_path)
    site.load("a b", (1, "x", "y", "z", 1, None, 5, 6), (2, None, "y", "z", 1, None, None, None))
    site.put("View 1", (1, "x", None, "zz", 2), (3, "n", "o", "p", 4))
    assert site.rows("a b") == [
        (1, "x", None, "zz", 2, None, 5, 6),
        (2, None, "y", "z", 1, None, None, None),
        (3, "n", "o", "p", 4, None, None, None),
    ]
    assert site.changes("values") == [insert(3, "n")]
    site.put_delta("values", rename((3,), 4, "m"), insert(9, "new"), delete(1))
    assert site.rows("a b") == [
        (2, None, "y", "z", 1, None, None, None),
        (4, "m", "o", "p", 4, None, None, None),
        (9, "new", None, None, 3, None, None, None),
    ]
    assert site.changes("values") == [delete(1), insert(4, "m"), insert(9, "new")]
    assert ("BXC11", 2) in site.refused_delta("View 1", insert(2, "x", None, None, 1)).violations
    site.put_delta("New", rename((2,), 20, 1, 1))


@on_all
def test_two_hundred_columns_are_carried(engine: Engine, tmp_path: Path) -> None:
    columns = "\n".join(f"  c{number}  {'int' if number % 2 else 'text'}" for number in range(200))
    kept = [f"c{number}" for number in range(200) if number % 3]
    source = f"source W at Wide {{\n  id int primary key\n{columns}\n}}\n"
    view = f"view V from W {{\n  keep id, {', '.join(kept)}\n}}\n"
    site = Site.of("peer Wide\n" + source + view, engine, tmp_path)
    row = tuple(number if number % 2 else str(number) for number in range(200))
    site.load("W", (1, *row))
    shown = tuple(value for number, value in enumerate(row) if number % 3)
    changed = (*shown[:-1], -1)
    assert site.get("V") == [(1, *shown)]
    site.put("V", (1, *changed), (2, *shown))
    assert site.rows("W")[0] == (1, *row[:-1], -1)
    assert site.rows("W")[1] == (2, *(value if number % 3 else None for number, value in enumerate(row)))
    assert site.changes("V") == [insert(2, *shown), update(1, *changed)]


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (4, "2026-1-5"),
        (4, "2026-02-30"),
        (4, "0000-01-01"),
        (4, "2026-01-05 00:00:00"),
        (5, "2026-01-05"),
        (5, "2026-01-05T00:00:00.000000"),
        (5, "2026-01-05 24:00:00.000000"),
        (5, "2026-01-05 00:00:00"),
        (6, 2),
        (7, "00112233-4455-6677-8899-AABBCCDDEEFF"),
        (7, "00112233445566778899aabbccddeeff"),
        (10, "a\0b"),
    ],
)
def test_sqlite_takes_dates_times_bools_and_uuids_in_their_one_form_only(
    tmp_path: Path, position: int, value: object
) -> None:
    site = Site.of(PAYROLL, "sqlite", tmp_path)
    row: list[object] = [*EMPTY]
    row[position] = value
    assert site.refused("All", tuple(row)) == Refusal("BXC16", [("BXC16", 2)])
