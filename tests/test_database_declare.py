from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from databases import duckdb_tables, sqlite_tables

from bxc import types as t
from bxc.cli.import_ import judge
from bxc.database.declare import declare
from bxc.database.expression import read
from bxc.database.manifest import read_type
from bxc.database.translate import UntranslatableError, spec_condition, spec_name

COLUMNS: Mapping[str, t.Type] = {
    "a": t.Int(),
    "d": t.Decimal(8, 2),
    "b": t.Bool(),
    "s": t.Text(),
    "day": t.Date(),
    "odd name": t.Int(),
}


@pytest.mark.parametrize(
    ("engine", "sql", "spec"),
    [
        ("sqlite", "a > 0 and (b or d >= 150)", "a > 0 and (b or d >= 1.50)"),
        ("sqlite", "b = 1", "b = true"),
        ("sqlite", "A between -1 and 5", "a between -1 and 5"),
        ("sqlite", '"odd name" in (1,2)', '"odd name" in (1, 2)'),
        ("sqlite", "substr(s, 1, 2) = 'ab'", "s like 'ab%'"),
        ("sqlite", "day >= '2020-01-01'", "day >= '2020-01-01'"),
        ("sqlite", "not (a = 1 or s is null)", "not (a = 1 or s is null)"),
        ("sqlite", "(a + 1) * 2 > a - (a - 1)", "(a + 1) * 2 > a - (a - 1)"),
        ("sqlite", "s || 'x' <> 'ax'", "s || 'x' <> 'ax'"),
        ("sqlite", "case when b then a > 1 else a is not null end", "case when b then a > 1 else a is not null end"),
        ("duckdb", "d > 1.5", "d > 1.5"),
        ("duckdb", "starts_with(s, 'ab')", "(s like 'ab%')"),
        ("duckdb", "(s ~~ 'ab%')", "s like 'ab%'"),
        ("duckdb", "day > CAST('2020-01-01' AS date)", "day > '2020-01-01'"),
        ("duckdb", "b = true", "b = true"),
    ],
)
def test_a_condition_keeps_its_meaning(engine: str, sql: str, spec: str) -> None:
    node = read(sql)
    assert node is not None
    assert spec_condition(node, COLUMNS, engine) == spec


@pytest.mark.parametrize(
    ("engine", "sql"),
    [
        ("sqlite", "s like 'ab%'"),  # folds case
        ("sqlite", "d * d > 4"),  # scaled integers
        ("sqlite", "upper(s) = s"),
        ("sqlite", "nothing = 1"),
        ("sqlite", "s glob 'a*'"),
        ("sqlite", "a is 1"),
        ("duckdb", "length(s) > 3"),
        ("duckdb", "starts_with(s, 'a%')"),
    ],
)
def test_what_has_another_meaning_is_not_translated(engine: str, sql: str) -> None:
    node = read(sql)
    assert node is not None
    with pytest.raises(UntranslatableError):
        spec_condition(node, COLUMNS, engine)


def test_names_are_quoted_where_they_must_be() -> None:
    assert [spec_name(n) for n in ("a", "A_1", "a b", 'a"b', "and", "1a")] == [
        "a",
        "A_1",
        '"a b"',
        '"a""b"',
        '"and"',
        '"1a"',
    ]


def test_a_type_is_read_back_from_its_text() -> None:
    for type_ in (t.Int(), t.Decimal(8, 2), t.Varchar(10), t.Enum(("a", "b'c, d")), t.Bool(), t.Real(), t.Uuid()):
        assert read_type(str(type_)) == type_
    with pytest.raises(ValueError, match="no type"):
        read_type("money")


def test_a_sqlite_database_becomes_declarations(tmp_path: Path) -> None:
    tables = sqlite_tables(
        tmp_path,
        """
        create table Ward (id integer primary key, "odd name" text unique not null, code varchar(10) default 'x');
        create table Stay (
          a integer,
          b text not null check (length(b) <= 20 and (instr(cast(b as blob), x'00') = 0 or instr(b, char(0)) = 0)),
          d integer default 150 check (d between -99999999 and 99999999), -- decimal(8,2)
          ok integer not null default 1 check (ok in (0, 1)),
          day text check (day glob '????-??-??' and day is date(day, '+0 days') and day >= '0001'),
          kind text check (kind in ('a', 'b''c')),
          made text default current_timestamp,
          p integer references Ward,
          q integer references Ward(id) on delete cascade,
          constraint positive check (a > 0 and d >= 100 and (ok or kind = 'a')),
          check (upper(b) = b),
          primary key (a, b), unique (d, day)
        ) strict;
        create table NoKey (x int);
        create table Any (id int primary key, y anything);
        create table bxc_change_Stay (x int primary key);
        """,
    )
    text = declare(tables, "sqlite", "Clinic", "The tables.", judge("Clinic"))
    assert (
        text
        == """\
# The tables.

source Ward at Clinic {
  id  int  primary key
  "odd name"  text  not null  unique
  code  varchar(10)  default 'x'
}

source Stay at Clinic {
  a  int
  b  varchar(20)
  d  decimal(8,2)  default 1.50
  ok  bool  not null  default true
  day  date
  kind  enum('a', 'b''c')
  # left out: default current_timestamp (not a constant of made)
  made  text
  p  int  references Ward(id)
  q  int  references Ward(id)
  primary key (a, b)
  unique (d, day)
  check positive: (a > 0 and d >= 1.00 and (ok or kind = 'a'))
  # left out: check (upper(b) = b) (the language has no such expression)
  # left out: foreign key (q) references Ward(id) on delete cascade (bxc has no such action)
}

# The table NoKey is left out: it has no primary key.

# The table Any is left out: column y: anything may hold values of any type.
"""
    )


def test_a_duckdb_database_becomes_declarations(tmp_path: Path) -> None:
    tables = duckdb_tables(
        tmp_path,
        """
        create table p (id bigint primary key, u uuid unique);
        create table t (k bigint,
          "we ird" varchar default 'x' check (length("we ird") <= 5 and not contains("we ird", chr(0))),
          d decimal(8,2) default 1.5, dt date check (dt between date '0001-01-01' and date '9999-12-31'),
          e varchar check (e in ('a', 'b')), n integer, m enum('x', 'y'), r bigint references p(id),
          ts timestamp default timestamp '2020-01-01 00:00:00.1',
          check (k > 0 and e like 'a%' and dt <> date '2020-01-01'), primary key (k, "we ird"));
        create table big (k hugeint primary key);
        create table list (k bigint primary key, l integer[]);
        """,
    )
    text = declare(tables, "duckdb", "Lab", "The tables.", lambda _: {})
    assert (
        text
        == """\
# The tables.

# The table big is left out: column k: HUGEINT has no counterpart in a spec.

# The table list is left out: column l: INTEGER[] has no counterpart in a spec.

source p at Lab {
  id  int  primary key
  u  uuid  unique
}

source t at Lab {
  k  int
  "we ird"  varchar(5)  default 'x'
  d  decimal(8,2)  default 1.5
  dt  date
  e  enum('a', 'b')
  n  int
  m  enum('x', 'y')
  r  int  references p(id)
  ts  timestamp  default '2020-01-01 00:00:00.1'
  primary key (k, "we ird")
  check (k > 0 and e like 'a%' and dt <> '2020-01-01')
  check (n between -2147483648 and 2147483647)
}
"""
    )


def test_what_the_compiler_refuses_becomes_a_comment(tmp_path: Path) -> None:
    tables = sqlite_tables(
        tmp_path,
        """
        create table t (id integer primary key, s text, check (id > 'x'), check (id > 1)) strict;
        create table r (x real primary key) strict;
        create table c (id integer primary key, r real references r(x)) strict;
        """,
    )
    text = declare(tables, "sqlite", "P", "The tables.", judge("P"))
    assert "\n  # left out: check (id > 'x') (" in text
    assert "\n  check (id > 1)\n" in text
    assert "\n# The table r is left out: " in text
    assert "source c at P" in text
    assert "# left out: foreign key (r) references r(x)" in text
