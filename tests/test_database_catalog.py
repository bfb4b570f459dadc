from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from databases import duckdb_tables, sqlite_tables
from hypothesis import given
from hypothesis import strategies as st

from bxc.codegen.sql.dialect import Dialect
from bxc.database import compare
from bxc.database.catalog import ForeignKey
from bxc.database.compare import differences
from bxc.database.connection import (
    Address,
    Database,
    DatabaseError,
    RefusedError,
    open_database,
    parse_url,
    transaction,
)
from bxc.database.expression import Node, canonical, read, same
from bxc.database.guards import guard_statements
from bxc.database.sqlite import statements
from bxc.database.tokens import tokens
from bxc.database.types import own_check
from bxc.types import Type

# --- URLs


def test_a_url_or_a_suffix_tells_the_engine() -> None:
    assert parse_url("sqlite:///a.db") == Address("sqlite", Path("a.db"))
    assert parse_url("sqlite:////tmp/a.db") == Address("sqlite", Path("/tmp/a.db"))
    assert parse_url("duckdb:///my%20data.x") == Address("duckdb", Path("my data.x"))
    assert parse_url("a.sqlite3") == Address("sqlite", Path("a.sqlite3"))
    assert parse_url("dir/A.DuckDB") == Address("duckdb", Path("dir/A.DuckDB"))


@pytest.mark.parametrize("url", ["mysql://h/db", "sqlite:///", "sqlite://a.db", "a.txt", ""])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(DatabaseError):
        parse_url(url)


def test_a_database_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    for engine in ("sqlite", "duckdb"):
        for mode in ("read", "write"):
            with pytest.raises(DatabaseError, match="no database file"):
                open_database(Address(engine, tmp_path / "none"), mode)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("this is not a database, whatever its name says " * 100)
    for engine in ("sqlite", "duckdb"):
        with pytest.raises(DatabaseError):
            open_database(Address(engine, path), "read")


# --- statements and transactions


def test_a_script_splits_into_statements_and_keeps_triggers_whole() -> None:
    trigger = "create trigger t after insert on a begin\n  select 1; -- one;\n  select ';';\nend;"
    assert [s.strip() for s in statements(f"select 1;\n{trigger} select 'a;b'; -- end;\n")] == [
        "select 1;",
        trigger,
        "select 'a;b';",
    ]


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_failed_transaction_leaves_nothing(engine: str, tmp_path: Path) -> None:
    database = open_database(Address(engine, tmp_path / "x"), "create")
    with transaction(database):
        database.run("create table a (x integer primary key); insert into a values (1);")
    with pytest.raises(DatabaseError), transaction(database):
        database.run("insert into a values (2); create table b (y integer); insert into a values (2);")
    assert list(database.query("select x from a").rows) == [(1,)]
    assert "b" not in database.tables()
    with transaction(database, keep=False):
        database.run("delete from a;")
    assert list(database.query("select count(*) from a").rows) == [(1,)]
    database.close()


def test_the_codes_of_generated_scripts_are_told_from_other_errors(tmp_path: Path) -> None:
    sqlite = open_database(Address("sqlite", tmp_path / "s"), "create")
    sqlite.run(
        "create table a (x integer);"
        "create trigger t before insert on a begin select raise(abort, 'BXC12 row 1 is not in the view'); end;"
    )
    with pytest.raises(RefusedError, match="row 1 is not in the view") as refused:
        sqlite.run("insert into a values (1);")
    assert refused.value.code == "BXC12"
    duck = open_database(Address("duckdb", tmp_path / "d"), "create")
    with pytest.raises(RefusedError, match="row 1 is not in the view") as refused:
        duck.run("select error('BXC12 row 1 is not in the view');")
    assert refused.value.code == "BXC12"


# --- catalogs


def test_sqlite_tells_columns_keys_checks_and_references(tmp_path: Path) -> None:
    found = sqlite_tables(
        tmp_path,
        """
        create table p (id integer primary key, code text unique);
        create table "t 1" (
          a integer not null default 5, -- decimal(8,2)
          b text collate nocase,
          c integer generated always as (a + 1),
          p integer references p on delete cascade,
          constraint positive check (a > 0 /* ) */ and b <> ')'),
          check (a < 9),
          primary key (b, a), unique (a, p)
        ) strict;
        create unique index part on "t 1"(p) where p > 1;
        """,
    )
    table = found["t 1"]
    assert [(c.name, c.type, c.nullable, c.default) for c in table.columns] == [
        ("a", "INTEGER", False, "5"),
        ("b", "TEXT", False, None),
        ("c", "INTEGER", True, None),
        ("p", "INTEGER", True, None),
    ]
    assert table.primary_key == ("b", "a")
    assert table.uniques == (("a", "p"),)
    assert [(c.name, c.text) for c in table.checks] == [
        ("positive", "a > 0 /* ) */ and b <> ')'"),
        (None, "a < 9"),
    ]
    assert table.foreign_keys == (ForeignKey(("p",), "p", ("id",), "on delete cascade"),)
    assert table.strict
    assert table.comments == {"a": "decimal(8,2)"}
    assert set(table.notes) == {
        "c is a generated column",
        "b compares by the collation nocase",
        "the unique index part covers a part of the rows or an expression",
    }
    assert not found["p"].strict
    assert found["p"].uniques == (("code",),)


def test_duckdb_tells_columns_keys_checks_and_references(tmp_path: Path) -> None:
    found = duckdb_tables(
        tmp_path,
        """
        create table p (id bigint primary key, u uuid unique);
        create table t (a bigint not null default 5, b varchar, r bigint references p (id), check (a > 0),
          primary key (b, a), unique (a, r));
        """,
    )
    table = found["t"]
    assert [(c.name, c.type, c.nullable, c.default) for c in table.columns] == [
        ("a", "BIGINT", False, "5"),
        ("b", "VARCHAR", False, None),
        ("r", "BIGINT", True, None),
    ]
    assert table.primary_key == ("b", "a")
    assert table.uniques == (("a", "r"),)
    assert table.foreign_keys == (ForeignKey(("r",), "p", ("id",)),)
    (check,) = table.checks
    node = read(check.text)
    assert node is not None
    assert same(node, Node("op", ">", (Node("name", "a"), Node("number", "0"))))


# --- expressions


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a between 1 and 5", "a >= 1 and 5 >= a"),
        ("a not in (1, 2)", "not (a in (1,2))"),
        ("A is not null", "not a is null"),
        ("a > 1 and (b and c)", "1 < a and b and c"),
        ("dt <> CAST('2020-01-01' AS date)", "dt != date '2020-01-01'"),
        ("a is null or b isnull", "(a is null) or ((b) is null)"),
        ("x'0A' = b", "X'0a' == b"),
        ("case when a then 1 else 2 end = 1", "CASE  WHEN ((a)) THEN (1) ELSE 2 END = 1"),
    ],
)
def test_ways_to_write_one_condition_are_the_same(one: str, other: str) -> None:
    left, right = read(one), read(other)
    assert left is not None
    assert right is not None
    assert canonical(left) == canonical(right)


@pytest.mark.parametrize(
    "text", ["a >", "(a", "a in 1", "case a when 1 then 2 end", "select 1", "a ? b", "", "a b", "'x"]
)
def test_what_cannot_be_read_is_none(text: str) -> None:
    assert read(text) is None


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_no_text_breaks_the_readers(text: str) -> None:
    read(text)
    found = tokens(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    list(statements(text))


def test_deep_nesting_is_no_crash() -> None:
    assert read("(" * 5000 + "a" + ")" * 5000) is None
    assert read("not " * 5000 + "a") is None
    assert read("-" * 5000 + "1") is None


# --- comparing

WANTED = """
create table p (id integer primary key) strict;
create table t (
  k integer primary key,
  a text not null check (length(a) <= 5),
  b integer check (b in (0, 1)),
  d text,
  r integer references p (id),
  unique (a, b), check (k > 0)
) strict;
"""


def compared(tmp_path: Path, live: str) -> dict[str, bool]:
    wanted = sqlite_tables(tmp_path, WANTED)["t"]
    return {d.text: bool(d.guards) for d in differences(wanted, sqlite_tables(tmp_path, live)["t"], "sqlite")}


def test_a_table_that_says_the_same_otherwise_fits(tmp_path: Path) -> None:
    live = """
    create table P (ID integer primary key) strict;
    create table t (K INTEGER PRIMARY KEY CHECK (0 < K), r int, d text default 'x',
      B int check (not B not in (0,1)), A text not null, unique (B, a), check (5 >= LENGTH(a)),
      foreign key (R) references P) strict;
    """
    assert compared(tmp_path, live) == {}


def test_what_a_table_lacks_can_be_guarded_and_what_it_has_too_much_cannot(tmp_path: Path) -> None:
    live = """
    create table t (k integer primary key, a varchar(9) unique, b boolean not null, d text, r integer,
      extra text, check (k < 9));
    """
    assert compared(tmp_path, live) == {
        "column extra is not in the spec": False,
        "column a may be NULL": True,
        "column b is NOT NULL, in the spec it is not": False,
        "(a, b) is not UNIQUE": True,
        "(a) is UNIQUE, in the spec it is not": False,
        "foreign key (r) references p(id) is missing": True,
        "CHECK (length(a) <= 5) is missing": True,
        "CHECK (b in (0, 1)) is missing": True,
        "CHECK (k > 0) is missing": True,
        "CHECK (k < 9) is not in the spec": False,
        "the table is not STRICT, so its columns may hold values of other types": True,
    }


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ("k text primary key", "column k is TEXT, not INTEGER"),
        ("k integer", "the primary key is none, not (k)"),
        ("k integer, primary key (a)", "the primary key is (a), not (k)"),
    ],
)
def test_other_types_and_keys_are_named(live: str, found: str, tmp_path: Path) -> None:
    sql = f"create table p (id integer primary key) strict; create table t ({live}) strict;"
    if "primary key (a)" in live:
        sql = sql.replace("k integer,", "k integer, a text,")
    assert found in compared(tmp_path, sql)


def test_narrow_integers_and_enums_of_duckdb_count_as_checks(tmp_path: Path) -> None:
    wanted = "create table t (k bigint primary key, e varchar check (e in ('a', 'b')), n bigint{});"
    live = "create table t (k bigint primary key, e enum('a', 'b'), n smallint);"
    table = duckdb_tables(tmp_path, live)["t"]
    loose = duckdb_tables(tmp_path, wanted.format(""))["t"]
    assert [d.text for d in differences(loose, table, "duckdb")] == ["CHECK (n as SMALLINT) is not in the spec"]
    exact = duckdb_tables(tmp_path, wanted.format(" check (n between -32768 and 32767)"))["t"]
    assert differences(exact, table, "duckdb") == []


def test_a_duckdb_table_of_the_users_own_fits(tmp_path: Path) -> None:
    wanted = """create table t (
      k bigint primary key,
      s varchar check (not contains(s, chr(0))),
      v varchar check (length(v) <= 3 and not contains(v, chr(0))),
      d date check (d between date '0001-01-01' and date '9999-12-31'),
      w timestamp check (w between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'),
      r double check (isfinite(r)),
      n decimal(6,2),
      check (n > -0.50 and n not in (1.00, 2.50))
    );"""
    live = """create table t (k bigint primary key, s varchar, v varchar check (length(v) <= 3), d date, w timestamp,
      r double, n decimal(6,2), check (n > -0.5 and n not in (1, 2.5)){});"""
    asked = duckdb_tables(tmp_path, wanted)["t"]
    assert differences(asked, duckdb_tables(tmp_path, live.format(""))["t"], "duckdb") == []
    more = duckdb_tables(tmp_path, live.format(", x integer").replace(" check (length(v) <= 3)", ""))["t"]
    assert [d.text for d in differences(asked, more, "duckdb")] == [
        "column x is not in the spec",
        "CHECK (((length(v) <= 3) AND (NOT contains(v, chr(0))))) is missing",
    ]


# --- guards


def test_guards_refuse_what_the_table_itself_would_take(tmp_path: Path) -> None:
    live = (
        "create table p (id integer primary key);"
        "create table t (k integer primary key, a text, b integer, d text, r integer);"
    )
    wanted, table = sqlite_tables(tmp_path, WANTED)["t"], sqlite_tables(tmp_path, live)["t"]
    guards = [guard for d in differences(wanted, table, "sqlite") for guard in d.guards]
    database = open_database(Address("sqlite", tmp_path / "x.db"), "write")
    database.run("create table bxc_session (putting text); insert into bxc_session values (null);")
    database.run("\n".join(guard_statements("t", ("k",), guards)))
    database.run("insert into p values (7), (8); insert into t values (1, 'x', 0, null, 7);")

    def refused(sql: str, code: str) -> None:
        with pytest.raises((RefusedError, DatabaseError)) as error:
            database.run(sql)
        assert getattr(error.value, "code", "UNIQUE") == code

    refused("insert into t values (2, null, 0, null, 7);", "BXC16")
    refused("update t set b = 'many';", "BXC16")
    refused("insert into t values (2, 'too long', 0, null, 7);", "BXC17")
    refused("update t set k = -1;", "BXC17")
    refused("insert into t values (2, 'x', 0, null, 7);", "UNIQUE")
    refused("insert into t values (2, 'y', 0, null, 9);", "BXC17")
    refused("delete from p where id = 7;", "BXC17")
    refused("update p set id = 9 where id = 7;", "BXC17")
    database.run("update p set id = 9 where id = 8; insert into t values (2, 'y', 1, 'd', 9);")
    assert list(database.query("select count(*) from t").rows) == [(2,)]


def test_a_guarded_table_keeps_its_own_statement(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    database: Database = open_database(Address("sqlite", tmp_path / "x.db"), "create")
    database.run("create table t (k integer primary key, a text);")
    before = database.objects()["t"]
    wanted = sqlite_tables(other, "create table t (k integer primary key, a text not null) strict;")["t"]
    guards = [guard for d in differences(wanted, database.tables()["t"], "sqlite") for guard in d.guards]
    database.run("\n".join(guard_statements("t", ("k",), guards)))
    assert database.objects()["t"] == before


def test_a_wide_table_is_compared_column_by_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counting(dialect: Dialect, type_: Type, column: str) -> Node | None:
        asked.append(column)
        return own_check(dialect, type_, column)

    monkeypatch.setattr(compare, "own_check", counting)
    columns = ", ".join(f"c{n} varchar check (length(c{n}) <= 3)" for n in range(40))
    table = duckdb_tables(tmp_path, f"create table T ({columns})")["T"]
    assert differences(table, table, "duckdb") == []
    assert asked == [f"c{n}" for n in range(40)]
