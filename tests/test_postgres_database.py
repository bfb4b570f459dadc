"""`bxc install`, `get`, `put` and `import` on PostgreSQL, and what its catalog says of tables that are there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from commands import Bxc, runner
from hypothesis import given, settings
from postgres_server import a_server
from test_database_rows import COLUMNS, SOME_UUID, STORED
from test_rows import SALT, TYPES, exact, rows, through_sqlite

from bxc.codegen.sql.dialect import POSTGRES
from bxc.database import get
from bxc.database.bundle import View
from bxc.database.compare import differences
from bxc.database.connection import Address, DatabaseError, RefusedError, open_database, parse_url, transaction
from bxc.database.postgres import PostgresDatabase, usual
from bxc.database.rows import RowFile
from bxc.database.stage import Load, load
from bxc_runtime.content_hash import RowHash
from bxc_runtime.rows import read_rows, write_rows

SPEC = """\
spec clinic version 1
peer P
source Ward at P {
  name  varchar(20)  primary key
  beds  int  not null
  check some_beds: (beds > 0)
}
source Stay at P {
  id      int  primary key
  ward    varchar(20)  not null  references Ward(name)
  kind    enum('day', 'night')  not null default 'day'
  price   decimal(8, 2)  not null
  begun   timestamp
  note    text
  unique (ward, begun)
}
view Nights from Stay {
  where kind = 'night'
  keep id, ward, kind, price, begun
}
"""
TABLES = """
create table "Ward" (name varchar(20) collate "C" primary key, beds integer not null check (beds > 0),
  check (beds between -2147483648 and 2147483647));
create table "Stay" (
  id bigint primary key, ward text collate "C" not null references "Ward", kind text collate "C" not null default 'day',
  price numeric(8, 2) not null, begun timestamp, note text collate "C", unique (ward, begun),
  check (kind = any (array['day', 'night'])), check (char_length(ward) <= 20)
);
insert into "Ward" values ('east', 3);
insert into "Stay" values (1, 'east', 'night', 9.5, '2026-01-31 13:00:00', null), (2, 'east', 'day', 1, null, 'x')
"""


@pytest.fixture
def url() -> Iterator[str]:
    server = a_server()
    name = server.borrow()
    yield server.url(name)
    server.give_back(name)


@pytest.fixture
def bxc(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bxc:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clinic.bxc").write_text(SPEC, encoding="utf-8")
    return runner(capsys)


def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


# --- commands ---------------------------------------------------------------------------------------------------------


def test_rows_are_loaded_put_and_read(bxc: Bxc, url: str, tmp_path: Path) -> None:
    (tmp_path / "Ward.csv").write_text("name,beds\neast,3\n")
    (tmp_path / "Stay.csv").write_text(
        "id,ward,kind,price,begun,note\n1,east,night,9.50,2026-01-31 13:00:00,\n2,east,day,1.00,,x\n"
    )
    said = bxc("install", "clinic.bxc", "--peer", "P", "--db", url, "--load", ".")
    assert (said.code, "2 new tables, 1 view" in said.err) == (0, True), said
    assert execute(url, 'select count(*) from "bxc_change_Stay"') == [(0,)]
    assert "0 new tables" in bxc("install", "clinic.bxc", "--peer", "P", "--db", url).err
    assert bxc("get", "Nights", "clinic.bxc", "--db", url, "--format", "csv").out == (
        "id,ward,kind,price,begun\n1,east,night,9.50,2026-01-31 13:00:00.000000\n"
    )
    (tmp_path / "new.ndjson").write_text(
        '{"id": 1, "ward": "east", "kind": "night", "price": "10.25", "begun": null}\n'
        '{"id": 3, "ward": "east", "kind": "night", "price": "2", "begun": null}\n'
    )
    put = ("put", "Nights", "clinic.bxc", "--db", url, "--from", "new.ndjson")
    assert "would put 2 rows into Nights: 1 inserted, 1 updated in Stay" in bxc(*put, "--dry-run").err
    assert bxc(*put).code == 0
    assert execute(url, 'select id, price from "Stay" order by id') == [(1, 10.25), (2, 1), (3, 2)]
    (tmp_path / "delta.csv").write_text("bxc_op,bxc_old_id,id,ward,kind,price\nupdate,3,2,west,night,2\n")
    said = bxc("put", "Nights", "clinic.bxc", "--db", url, "--from", "delta.csv", "--delta")
    assert said.code == 1
    assert [line.split()[0] for line in said.err.splitlines() if line.startswith("  BXC")] == [
        "BXC11",
        "BXC17",
        "BXC17",
    ]
    assert execute(url, 'select count(*) from "bxc_delta_Nights"') == [(0,)]


def test_a_database_that_has_the_tables_already_is_taken_as_it_is(bxc: Bxc, url: str) -> None:
    execute(url, TABLES)
    spec = SPEC.replace("check some_beds", "check four: (beds between -2147483648 and 2147483647)\n  check some_beds")
    Path("clinic.bxc").write_text(spec, encoding="utf-8")
    said = bxc("install", "clinic.bxc", "--peer", "P", "--db", url)
    assert (said.code, "Ward was there and fits" in said.err, "Stay was there and fits" in said.err) == (
        0,
        True,
        True,
    ), said
    assert bxc("get", "Nights", "clinic.bxc", "--db", url, "--format", "csv").out.count("\n") == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('alter table "Stay" drop constraint "Stay_ward_begun_key"', "(ward, begun) is not UNIQUE"),
        ('alter table "Stay" alter note type text collate "en_US"', 'note compares by the collation en_US, not "C"'),
        ('alter table "Stay" alter begun type timestamptz', "column begun is timestamp with time zone"),
        ('alter table "Stay" drop constraint "Stay_ward_fkey"', "foreign key (ward) references Ward(name) is missing"),
        ('alter table "Stay" add extra int', "column extra is not in the spec"),
        ('alter table "Stay" alter price drop not null', "column price may be NULL"),
        ('create unique index only_one on "Stay" (price) where price > 5', "only_one is a unique index"),
        ("create view \"Nights\" as select 1 as one", "view Nights is there already"),
        ('create table "Other" (w text references "Ward" on delete cascade)', "puts that rename rows would set it off"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_and_nothing_is_changed(bxc: Bxc, url: str, change: str, told: str) -> None:
    spec = SPEC.replace("check some_beds", "check four: (beds between -2147483648 and 2147483647)\n  check some_beds")
    Path("clinic.bxc").write_text(spec, encoding="utf-8")
    if "en_US" in change and not execute(url, "select 1 from pg_collation where collname = 'en_US'"):
        change, told = change.replace("en_US", "unicode"), told.replace("en_US", "unicode")
        if not execute(url, "select 1 from pg_collation where collname = 'unicode'"):
            change, told = change.replace("unicode", "und-x-icu"), told.replace("unicode", "und-x-icu")
    execute(url, TABLES)
    execute(url, change)
    before = execute(url, "select relname from pg_class where relnamespace = 'public'::regnamespace order by 1")
    said = bxc("install", "clinic.bxc", "--peer", "P", "--db", url)
    assert said.code == 1
    assert told in said.err
    assert execute(url, "select relname from pg_class where relnamespace = 'public'::regnamespace order by 1") == before


def test_an_object_of_another_version_is_made_anew(bxc: Bxc, url: str) -> None:
    assert bxc("install", "clinic.bxc", "--peer", "P", "--db", url).code == 0
    Path("clinic.bxc").write_text(SPEC.replace("keep id, ward, kind, price, begun", "keep id, ward, kind, price"))
    said = bxc("install", "clinic.bxc", "--peer", "P", "--db", url)
    assert said.code == 0, said
    assert bxc("get", "Nights", "clinic.bxc", "--db", url, "--format", "csv").out == "id,ward,kind,price\n"


def test_keys_may_name_their_columns_in_another_order(bxc: Bxc, url: str) -> None:
    Path("clinic.bxc").write_text(
        "spec clinic version 1\npeer P\nsource S at P {\n  a int\n  b int\n  c int not null\n  primary key (a, b)\n"
        "  unique (b, c)\n}\nview V from S {\n  keep a, b, c\n}\n"
    )
    execute(
        url, 'create table "S" (c bigint not null, b bigint, a bigint, primary key (b, a) include (c), unique (c, b))'
    )
    said = bxc("install", "clinic.bxc", "--peer", "P", "--db", url)
    assert said.code == 0, said


def test_the_owner_of_a_database_installs_without_being_a_superuser(bxc: Bxc) -> None:
    server = a_server()
    server.once("postgres", "create role plain login")
    server.once("postgres", "create database of_plain owner plain")
    try:
        url = server.url("of_plain").replace("bxc@", "plain@")
        Path("clinic.bxc").write_text(SPEC.replace("spec clinic", "spec of_plain"))
        said = bxc("install", "clinic.bxc", "--peer", "P", "--db", url)
        assert said.code == 0, said
        assert execute(url, "select count(*) from pg_roles where rolname = 'bxc_of_plain_P'") == [(0,)]
        assert bxc("get", "Nights", "clinic.bxc", "--db", url, "--format", "csv").code == 0
    finally:
        server.once("postgres", "drop database of_plain")
        server.once("postgres", "drop role plain")


def test_tables_become_declarations(bxc: Bxc, url: str) -> None:
    execute(url, TABLES)
    execute(
        url,
        "create table \"Odd\" (id smallint primary key, b boolean default true, d date default '2026-01-31',"
        " u uuid, x bytea, r double precision, n varchar default 'it''s', t timestamptz)",
    )
    said = bxc("import", "--db", url, "--peer", "P")
    assert said.code == 0, said
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert {
        "kind enum('day', 'night') not null default 'day'",
        "ward varchar(20) not null references Ward(name)",
        "price decimal(8,2) not null",
    } <= set(lines)
    assert "(beds > 0)" in said.out
    assert "The table Odd is left out: column t: timestamp with time zone" in said.out
    execute(url, 'alter table "Odd" drop t')
    said = bxc("import", "--db", url, "--peer", "P", "--table", "Odd")
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert lines[2:] == [
        "source Odd at P {", "id int primary key", "b bool default true", "d date default '2026-01-31'", "u uuid",
        "x bytes", "r real", "n text default 'it''s'", "check (id between -32768 and 32767)", "}",
    ]  # fmt: skip


def test_doctor_looks_at_a_database_that_is_asked_for(bxc: Bxc, url: str) -> None:
    item = json.loads(bxc("doctor", "--format", "json", "--db", url).out)["items"][-1]
    assert (item["name"], item["found"], item["detail"].startswith("PostgreSQL 1")) == ("database", True, True)
    assert bxc("doctor", "--db", url + "&dbname=none").code == 2


# --- addresses --------------------------------------------------------------------------------------------------------


def test_no_password_is_shown(bxc: Bxc) -> None:
    url = "postgresql://someone:geheim@127.0.0.1:1/db?password=geheim"
    address = parse_url(url)
    assert (address.engine, address.shown) == ("postgres", "postgresql://127.0.0.1:1/db")
    assert "geheim" not in repr(address)
    for said in (
        bxc("install", "clinic.bxc", "--peer", "P", "--db", url),
        bxc("get", "Nights", "clinic.bxc", "--db", url, "--debug"),
        bxc("doctor", "--db", url),
        bxc("import", "--db", url, "--peer", "P", "-v"),
    ):
        assert said.code == 2
        assert "geheim" not in said.out + said.err


def test_what_is_not_understood_of_a_url_is_told(bxc: Bxc) -> None:
    said = bxc("get", "Nights", "clinic.bxc", "--db", "postgresql://host/db?colour=red")
    assert (said.code, "colour" in said.err) == (2, True)


# --- the connection ---------------------------------------------------------------------------------------------------


def test_a_transaction_is_kept_or_not_and_codes_are_refusals(url: str) -> None:
    database = open_database(parse_url(url), "write")
    with transaction(database):
        database.run("create table t (a bigint primary key)")
        database.insert("t", ["a"], [(1,), (2,)])
    with transaction(database, keep=False):
        database.run("delete from t")
    assert list(database.query("select a from t order by a;").rows) == [(1,), (2,)]
    with pytest.raises(RefusedError, match="too bad") as caught, transaction(database):
        database.run("do $$ begin raise exception using errcode = 'BXC12', message = 'BXC12 V: too bad'; end $$")
    assert caught.value.code == "BXC12"
    with pytest.raises(DatabaseError, match="no_such_table"):
        database.query("select * from no_such_table")
    database.close()


def test_more_rows_than_a_batch_are_read_while_others_are(url: str) -> None:
    database = open_database(parse_url(url), "read")
    one, other = (database.query("select n from generate_series(1, 25000) as n") for _ in range(2))
    assert [a for a, _ in zip(one.rows, other.rows, strict=True)][-1] == (25000,)
    with pytest.raises(DatabaseError, match="read-only"):
        database.run("create table t (a int)")
    database.close()


def test_a_row_file_is_loaded_as_it_is_elsewhere(url: str, tmp_path: Path) -> None:
    database = open_database(parse_url(url), "write")
    columns = ", ".join(f"{name} {POSTGRES.column_type(type_)}" for name, type_ in COLUMNS.items())
    database.run(f"create table x ({columns})")
    (tmp_path / "x.csv").write_text(
        f'k,d,ok,day,ts,u,b,r,s\n1,1.5,true,2026-01-31,2026-01-31 13:00:00.5,{SOME_UUID},0aff,1.5,""\n2,,,,,,,,\n'
    )
    assert load(database, Load(RowFile(tmp_path / "x.csv", "csv", "x.csv"), "x", COLUMNS), lambda _: None) == 2
    found = list(database.query("select * from x order by k").rows)
    assert found == [STORED["duckdb"], (2, *[None] * 8)]
    texts = get.texts(View("V", COLUMNS, ("k",), "x"), "postgres")
    told = [text(value) for text, value in zip(texts, found[0], strict=True)]
    assert told == [
        "1", "1.50", "true", "2026-01-31", "2026-01-31 13:00:00.500000", str(SOME_UUID), "0aff", "1.5", "",
    ]  # fmt: skip
    database.close()


@pytest.mark.parametrize(
    ("catalog", "plain"),
    [
        ("(kind = ANY (ARRAY['a'::text, 'b]'::text]))", "(kind in ('a', 'b]'))"),
        ("((x)::text = ANY ((ARRAY['a'::character varying])::text[]))", "(x in ('a'))"),
        ("(r <> ALL (ARRAY['NaN'::double precision]))", "(r not in ('NaN'::double))"),
        ("(n >= '-5'::integer)", "(n >= -5)"),
        ("(t = '::character varying'::text)", "(t = '::character varying')"),
    ],
)
def test_expressions_of_the_catalog_are_read_in_the_usual_form(catalog: str, plain: str) -> None:
    assert usual(catalog) == plain


def test_a_table_fits_itself(url: str) -> None:
    execute(url, TABLES)
    database = open_database(parse_url(url), "read")
    tables = database.tables()
    assert list(tables) == ["Ward", "Stay"]
    assert [differences(table, table, "postgres") for table in tables.values()] == [[], []]
    database.close()


@given(rows)
@settings(max_examples=15, deadline=None)
def test_rows_come_back_canonical_and_with_the_hash_of_other_engines(content: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f"c{i} {POSTGRES.column_type(type_)}" for i, type_ in enumerate(TYPES))
    database = PostgresDatabase(a_server().url("postgres"), "write")
    database.run(f"create temporary table t ({columns})")
    database.insert("t", [f"c{i}" for i, _ in enumerate(TYPES)], write_rows("postgres", TYPES, content))
    found = list(read_rows("postgres", TYPES, database.query("select * from t").rows))
    database.close()
    assert exact(found) == exact(content)
    hashing = RowHash(TYPES, SALT)
    assert hashing.state(found) == hashing.state(through_sqlite(content))


def test_an_address_of_a_file_is_shown_as_it_is() -> None:
    assert (Address("sqlite", Path("a.db")).shown, Address("sqlite", Path("a.db")).is_file) == ("a.db", True)
