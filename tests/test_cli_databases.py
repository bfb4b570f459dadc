"""install, get and put, on SQLite and DuckDB."""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from commands import Bxc, Said, runner

from bxc.compile import check
from bxc.database.connection import Address, Database, open_database, transaction

SPEC = """\
spec ward version 1

peer A
peer B

source Doctor at A {
  id    int          primary key
  name  varchar(20)  not null
}

source Stay at A {
  id      int                                 primary key
  name    varchar(20)                         not null
  kind    enum('short', 'long')               not null default 'short'
  cost    decimal(8,2)
  seen    timestamp
  doctor  int                                 references Doctor(id)
  team    text
  leader  text
  secret  text                                default 'none'
  check cost: (cost >= 0)
  determines team -> leader
}

source Bill at B {
  id    int                    primary key
  name  varchar(20)            not null
  kind  enum('short', 'long')  not null
  cost  decimal(8,2)
  check cost: (cost >= 0)
}

view Costs from Stay {
  where kind = 'long'
  keep id, name, kind, cost
}

view Bills from Bill {
  where kind = 'long'
  keep id, name, kind, cost
  on hidden revive
}

share costs = Costs <-> Bills {
  authority A
  update name, cost by A
  insert by A
  delete by A
}
"""
STAYS = """\
id,name,kind,cost,seen,doctor,team,leader,secret
1,Ann,long,10.50,2026-01-31 13:00:00,7,red,Eve,s1
2,Bob,long,,,,red,Eve,s2
3,Cid,short,3,,,,,s3
"""
DOCTORS = "id,name\n7,Dr. Who\n"
COSTS = "id,name,kind,cost\n1,Ann,long,10.50\n2,Bob,long,\n"


@pytest.fixture(params=["sqlite", "duckdb"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bxc:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ward.bxc").write_text(SPEC)
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "Stay.csv").write_text(STAYS)
    (tmp_path / "rows" / "Doctor.csv").write_text(DOCTORS)
    return runner(capsys)


def installed(bxc: Bxc, engine: str, *more: str) -> Said:
    return bxc("install", "ward.bxc", "--peer", "A", "--db", f"{engine}:///a.db", "--load", "rows", *more)


def rows(engine: str, sql: str) -> list[tuple[object, ...]]:
    database = open_database(Address(engine, Path("a.db")), "read")
    try:
        return list(database.query(sql).rows)
    finally:
        database.close()


def put(bxc: Bxc, engine: str, text: str, *more: str, view: str = "Costs") -> Said:
    Path("new.csv").write_text(text)
    return bxc("put", view, "ward.bxc", "--db", f"{engine}:///a.db", "--from", "new.csv", *more)


def get(bxc: Bxc, engine: str, *more: str) -> Said:
    return bxc("get", "Costs", "ward.bxc", "--db", f"{engine}:///a.db", *more)


# --- install


def test_install_makes_the_database_and_loads_its_first_rows(bxc: Bxc, engine: str) -> None:
    said = installed(bxc, engine)
    assert said.code == 0, said.err
    assert said.out == ""
    assert said.err == (
        "installed A of ward in a.db: 2 new tables, 1 view\n  Doctor: 1 row loaded\n  Stay: 3 rows loaded\n"
    )
    assert get(bxc, engine).out == COSTS


@pytest.mark.parametrize("fault", ["7,Eve\n", f"8,{'x' * 21}\n", "8,\n"])
def test_loaded_rows_that_break_a_constraint_are_refused_by_the_name_of_their_file(
    fault: str, bxc: Bxc, engine: str
) -> None:
    Path("rows/Doctor.csv").write_text(DOCTORS + fault)
    said = installed(bxc, engine)
    assert said.code == 1
    assert said.err.startswith("error: rows/Doctor.csv: ")
    assert not Path("a.db").exists()


def test_loaded_rows_are_no_change(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    assert rows(engine, "select count(*) from bxc_change_Stay") == [(0,)]
    assert bxc("compile", "ward.bxc", "-q").code == 0
    changes = Path(f"generated/ward/A/{engine}/Costs.changes.sql").read_text().rstrip().rstrip(";")
    assert rows(engine, changes) == []


def test_a_second_install_changes_nothing(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    before = rows(engine, "select * from Stay order by id")
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", f"{engine}:///a.db")
    assert said.code == 0, said.err
    assert "0 new tables" in said.err
    assert "Stay was there and fits" in said.err
    assert rows(engine, "select * from Stay order by id") == before
    said = installed(bxc, engine)
    assert said.code == 1
    assert "holds rows already" in said.err


def test_a_failed_install_leaves_nothing(bxc: Bxc, engine: str, tmp_path: Path) -> None:
    (tmp_path / "rows" / "Stay.csv").write_text(STAYS.replace("10.50", "ten"))
    said = installed(bxc, engine)
    assert said.code == 1
    assert "rows/Stay.csv:2: `ten` in column cost is not a number" in said.err
    assert not Path("a.db").exists()
    (tmp_path / "rows" / "Stay.csv").write_text(STAYS.replace("red,Eve,s2", "red,Max,s2"))
    said = installed(bxc, engine)
    assert said.code == 1
    assert "table Stay: the row with id 1 breaks determines" in said.err
    assert not Path("a.db").exists()


def test_a_table_that_fits_is_taken_as_it_is(bxc: Bxc, engine: str) -> None:
    bxc("compile", "ward.bxc", "-q")
    schema = Path(f"generated/ward/A/{engine}/schema.sql").read_text()
    database = open_database(Address(engine, Path("a.db")), "create")
    for statement in database.statements(schema):
        if "create table if not exists Stay" in statement or "create table if not exists Doctor" in statement:
            database.run(statement)
    database.run("insert into Stay (id, name, kind) values (1, 'Ann', 'long');")
    database.close()
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", f"{engine}:///a.db")
    assert said.code == 0, said.err
    assert get(bxc, engine).out == "id,name,kind,cost\n1,Ann,long,\n"


@pytest.mark.parametrize("enforce", [[], ["--enforce"]])
def test_a_table_that_differs_is_refused_and_not_altered(bxc: Bxc, enforce: list[str]) -> None:
    connection = sqlite3.connect("a.db")
    connection.execute("create table Stay (id integer primary key, name text, more text)")
    connection.close()
    before = Path("a.db").read_bytes()
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", "a.db", *enforce)
    assert said.code == 1
    assert "a.db does not fit the spec; nothing was changed" in said.err
    assert "  - table Stay: column kind is missing" in said.err
    assert "  - table Stay: column more is not in the spec" in said.err
    assert ("  - table Stay: column name may be NULL" in said.err) == (not enforce)
    assert Path("a.db").read_bytes() == before


LOOSE = """
create table Doctor (id integer primary key, name text not null);
create table Stay (id integer primary key, name varchar(20), kind text, cost integer, seen text, doctor integer,
  team text, leader text, secret text);
"""


def test_enforce_lets_triggers_hold_what_tables_lack(bxc: Bxc) -> None:
    connection = sqlite3.connect("a.db")
    connection.executescript(LOOSE)
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", "a.db")
    assert said.code == 1
    assert "--enforce" in said.err
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", "a.db", "--enforce", "--load", "rows")
    assert said.code == 0, said.err
    assert "Stay was there; triggers now hold what it lacked" in said.err
    assert get(bxc, "sqlite").out == COSTS
    for statement in (
        "update Stay set kind = 'other' where id = 3",
        "update Stay set cost = -1 where id = 3",
        "update Stay set name = null where id = 3",
        "update Stay set doctor = 8 where id = 3",
        "delete from Doctor",
    ):
        with pytest.raises(sqlite3.IntegrityError, match=r"BXC1[67]"):
            connection.execute(statement)
    connection.close()
    assert put(bxc, "sqlite", COSTS.replace("Ann", "Anna")).code == 0
    assert bxc("install", "ward.bxc", "--peer", "A", "--db", "a.db", "--enforce").code == 0


def test_triggers_say_by_the_code_whether_a_value_is_of_its_type(bxc: Bxc) -> None:
    connection = sqlite3.connect("a.db")
    connection.executescript(LOOSE)
    assert bxc("install", "ward.bxc", "--peer", "A", "--db", "a.db", "--enforce").code == 0
    for values, said in (
        ("1, 'Ann', 'other', null, null", "BXC16 kind must be enum('short', 'long')"),
        ("1, 'A name of more than twenty', 'long', null, null", "BXC16 name must be varchar(20)"),
        ("1, 'Ann', 'long', 123456789, null", "BXC16 cost must be decimal(8,2)"),
        ("1, 'Ann', 'long', null, 'soon'", "BXC16 seen must be timestamp"),
        ("1, 'Ann', 'long', -1, null", "BXC17 CHECK (cost >= 0)"),
    ):
        with pytest.raises(sqlite3.IntegrityError, match=f"^{re.escape(said)}$"):
            connection.execute(f"insert into Stay (id, name, kind, cost, seen) values ({values})")
    connection.close()


def test_a_put_may_insert_a_row_before_the_one_that_it_refers_to_under_triggers_too(bxc: Bxc) -> None:
    Path("tree.bxc").write_text(
        "spec tree version 1\npeer A\n"
        "source Part at A {\n id int primary key\n whole int references Part(id)\n}\n"
        "view Parts from Part {\n keep id, whole\n}\n"
    )
    connection = sqlite3.connect("a.db")
    connection.executescript("create table Part (id integer primary key, whole integer) strict;")
    assert bxc("install", "tree.bxc", "--peer", "A", "--db", "a.db", "--enforce").code == 0
    Path("new.csv").write_text("id,whole\n1,2\n2,3\n3,\n")
    said = bxc("put", "Parts", "tree.bxc", "--db", "a.db", "--from", "new.csv")
    assert said.code == 0, said.err
    with pytest.raises(sqlite3.IntegrityError, match="BXC17"):
        connection.execute("insert into Part values (4, 5)")
    connection.close()


def test_enforce_refuses_rows_that_break_the_spec(bxc: Bxc) -> None:
    connection = sqlite3.connect("a.db")
    connection.executescript(LOOSE + "insert into Stay (id, name, kind) values (1, 'Ann', 'other');")
    connection.close()
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", "a.db", "--enforce")
    assert said.code == 1
    assert "table Stay: the row with id 1 breaks kind" in said.err


def test_enforce_is_for_sqlite(bxc: Bxc) -> None:
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", "a.duckdb", "--enforce")
    assert said.code == 2
    assert not Path("a.duckdb").exists()


def test_a_user_table_named_like_a_view_stops_the_install(bxc: Bxc, engine: str) -> None:
    database = open_database(Address(engine, Path("a.db")), "create")
    database.run("create table Costs (x integer);")
    database.close()
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", f"{engine}:///a.db")
    assert said.code == 1
    assert "table Costs is there already, and the spec has a view of that name" in said.err


def test_another_version_of_a_view_replaces_the_old_one(bxc: Bxc, engine: str, tmp_path: Path) -> None:
    installed(bxc, engine)
    wider = SPEC.replace("keep id, name, kind, cost\n}\n\nview Bills", "keep id, name, kind\n}\n\nview Bills")
    wider = wider.replace("keep id, name, kind, cost\n  on hidden", "keep id, name, kind\n  on hidden")
    (tmp_path / "ward.bxc").write_text(wider.replace("update name, cost", "update name"))
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", f"{engine}:///a.db")
    assert said.code == 0, said.err
    assert get(bxc, engine).out == "id,name,kind\n1,Ann,long\n2,Bob,long\n"
    assert put(bxc, engine, "id,name,kind\n1,Anna,long\n2,Bob,long\n").code == 0


def test_a_foreign_key_elsewhere_that_puts_would_set_off_stops_the_install(bxc: Bxc, engine: str) -> None:
    action = " on delete cascade" if engine == "sqlite" else ""
    database = open_database(Address(engine, Path("a.db")), "create")
    database.run("create table Stay (id bigint primary key);")
    database.run(f"create table Meal (stay bigint references Stay(id){action});")
    database.close()
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", f"{engine}:///a.db")
    assert said.code == 1
    assert f"table Meal: foreign key (stay) references Stay(id){action} is declared, and puts" in said.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--peer", "C"], "has no peer C"),
        (["--peer", "A", "--load", "nothing"], "--load nothing is neither a folder nor SOURCE=FILE"),
        (["--peer", "A", "--load", "Stay=none.csv"], "cannot read none.csv: no such file"),
        (["--peer", "A", "--load", "Stay=-"], "--load Stay=- is neither a folder nor SOURCE=FILE"),
        (["--peer", "A", "--load", "Stay=ward.bxc"], "suffix"),
    ],
)
def test_a_wrong_wish_is_named(argv: list[str], said: str, bxc: Bxc) -> None:
    found = bxc("install", "ward.bxc", "--db", "a.db", *argv)
    assert found.code == 2
    assert said in found.err
    assert not Path("a.db").exists()


def test_a_spec_with_errors_installs_nothing(bxc: Bxc, tmp_path: Path) -> None:
    (tmp_path / "ward.bxc").write_text(SPEC.replace("from Stay", "from Stey"))
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", "a.db")
    assert said.code == 1
    assert "error[BX002]" in said.err
    assert not Path("a.db").exists()


# --- put


def test_a_put_changes_inserts_and_deletes_and_keeps_what_the_view_hides(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    said = put(bxc, engine, "id,name,kind,cost\n1,Ann,long,11\n4,Dan,long,0.25\n")
    assert (said.code, said.out) == (0, ""), said.err
    assert said.err == "put 2 rows into Costs: 1 inserted, 1 updated, 1 deleted in Stay\n"
    found = rows(engine, "select id, name, secret, doctor from Stay order by id")
    assert found == [(1, "Ann", "s1", 7), (3, "Cid", "s3", None), (4, "Dan", "none", None)]
    assert get(bxc, engine).out == "id,name,kind,cost\n1,Ann,long,11.00\n4,Dan,long,0.25\n"


def test_putting_back_what_get_gave_changes_nothing(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    for form in ("csv", "ndjson", "parquet"):
        assert get(bxc, engine, "--to", f"x.{form}").code == 0
        said = bxc("put", "Costs", "ward.bxc", "--db", f"{engine}:///a.db", "--from", f"x.{form}")
        assert said.err == "put 2 rows into Costs: nothing changed in Stay\n"


def test_a_dry_run_tells_and_changes_nothing(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    said = put(bxc, engine, "id,name,kind,cost\n", "--dry-run")
    assert (said.code, said.err) == (0, "would put 0 rows into Costs: 2 deleted in Stay\n")
    assert get(bxc, engine).out == COSTS


def test_a_delta_changes_only_what_it_says(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    delta = "bxc_op,bxc_old_id,id,name,kind,cost\nupdate,1,9,Ann,long,1\ndelete,2,,,,\ninsert,,5,Eli,long,\n"
    said = put(bxc, engine, delta, "--delta")
    assert said.err == "put 3 rows into Costs: 1 inserted, 1 updated, 1 deleted in Stay\n"
    assert rows(engine, "select id, name, secret from Stay order by id") == [
        (3, "Cid", "s3"),
        (5, "Eli", "none"),
        (9, "Ann", "s1"),
    ]
    Path("delta.ndjson").write_text('{"bxc_op": "delete", "bxc_old_id": 5}\n')
    said = bxc("put", "Costs", "ward.bxc", "--db", f"{engine}:///a.db", "--from", "delta.ndjson", "--delta")
    assert said.err == "put 1 row into Costs: 1 deleted in Stay\n"


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("1,Ann,long,10\n1,Ann,long,11\n", "BXC10", "1"),
        ("3,Cid,long,3\n", "BXC11", "3"),
        ("1,Ann,short,10\n", "BXC12", "1"),
        ("1,,long,10\n", "BXC16", "1"),
        (f"1,{'x' * 21},long,10\n", "BXC16", "1"),
        ("1,Ann,long,-1\n", "BXC17", "1"),
    ],
)
def test_a_refused_put_shows_code_and_rows_and_changes_nothing(
    text: str, code: str, shown: str, bxc: Bxc, engine: str
) -> None:
    installed(bxc, engine)
    before = rows(engine, "select * from Stay order by id")
    said = put(bxc, engine, "id,name,kind,cost\n" + text)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"error: Costs is unchanged: the put was refused with {code}, ")
    assert f"`bxc explain {code}` tells more" in said.err
    table = [line.split() for line in said.err.split("\n\n")[1].splitlines()]
    assert table[0] == ["bxc_code", "bxc_staged", "id", "bxc_detail"]
    assert table[2][:3] == [code, "new", shown]
    assert rows(engine, "select * from Stay order by id") == before
    assert rows(engine, "select count(*) from bxc_new_Costs") == [(0,)]
    assert put(bxc, engine, COSTS).code == 0


def test_rows_with_one_key_are_told_once_for_each_rule(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    said = put(bxc, engine, "id,name,kind,cost\n1,Ann,long,10\n1,Ann,long,11\n")
    told = said.err.split("\n\n")[1].splitlines()[2:]
    assert told[0].split()[:3] == ["BXC10", "new", "1"]
    assert len(set(told)) == len(told)


def test_many_offending_rows_are_cut(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    said = put(bxc, engine, "id,name,kind,cost\n" + "".join(f"{n},,long,1\n" for n in range(100, 130)))
    assert said.code == 1
    assert "... and more" in said.err
    assert len(re.findall("BXC16 +new", said.err)) == 20


def test_a_bad_value_stops_the_put_before_it_begins(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    said = put(bxc, engine, "id,name,kind,cost\n1,Ann,long,1\n2,Bob,long,1.005\n")
    assert said.code == 1
    assert said.err.startswith("error: new.csv:3: `1.005` in column cost is not a number of at most 6 digits before")
    assert get(bxc, engine).out == COSTS
    assert rows(engine, "select count(*) from bxc_new_Costs") == [(0,)]


def test_rows_come_from_standard_input_too(bxc: Bxc, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(bxc, engine)
    text = COSTS.replace("Ann", "Zoe").encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    argv = ("put", "Costs", "ward.bxc", "--db", f"{engine}:///a.db", "--from", "-")
    assert bxc(*argv).code == 2
    assert bxc(*argv, "--format", "csv").code == 0
    assert "Zoe" in get(bxc, engine).out


def test_null_and_delimiter_can_be_chosen(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    said = put(bxc, engine, "id;name;kind;cost\n1;Ann;long;NA\n2;Bob;long;NA\n", "--null", "NA", "--delimiter", ";")
    assert said.code == 0, said.err
    assert get(bxc, engine, "--null", "NA").out == "id,name,kind,cost\n1,Ann,long,NA\n2,Bob,long,NA\n"
    for wrong in (("--delimiter", ";;"), ("--delimiter", '"'), ("--null", "a,b"), ("--null", ";", "--delimiter", ";")):
        said = put(bxc, engine, COSTS, *wrong)
        assert said.code == 2, said.err
        assert "bug" not in said.err
    assert get(bxc, engine, "--null", '"').code == 2


def test_what_is_not_installed_cannot_be_put_or_got(bxc: Bxc, engine: str) -> None:
    open_database(Address(engine, Path("a.db")), "create").close()
    said = put(bxc, engine, COSTS)
    assert said.code == 2
    assert "`bxc install` does that" in said.err
    said = get(bxc, engine)
    assert said.code == 2
    assert "`bxc install` does that" in said.err


def test_unknown_views_and_missing_files_are_named(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    said = put(bxc, engine, COSTS, view="Cots")
    assert (said.code, said.err) == (2, "error: spec ward has no view Cots\n  help: did you mean Costs?\n")
    said = bxc("put", "Costs", "ward.bxc", "--db", f"{engine}:///a.db", "--from", "none.csv")
    assert (said.code, said.err) == (2, "error: cannot read none.csv: no such file\n")
    said = bxc("get", "Costs", "ward.bxc", "--db", f"{engine}:///none.db")
    assert said.code == 2
    assert "there is no database file none.db" in said.err


def test_an_edit_made_before_a_put_stays_a_change_of_its_own(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    database = open_database(Address(engine, Path("a.db")), "write")
    with transaction(database):
        database.run("update Stay set secret = 'edited' where id = 1;")
    database.close()
    assert put(bxc, engine, COSTS.replace("Ann", "Zoe")).code == 0
    changes = "select bxc_via, bxc_old_secret, secret, bxc_old_name, name from bxc_change_Stay order by bxc_seq"
    assert rows(engine, changes) == [
        (None, "s1", "edited", "Ann", "Ann"),
        ("Costs", "edited", "edited", "Ann", "Zoe"),
    ]


def test_a_locked_database_is_told(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(bxc, "sqlite")
    monkeypatch.setattr("bxc.database.sqlite.BUSY_SECONDS", 0.01)
    other = sqlite3.connect("a.db", isolation_level=None)
    other.execute("begin exclusive")
    said = put(bxc, "sqlite", COSTS)
    other.close()
    assert said.code == 2
    assert "a.db: SQLite: database is locked" in said.err


def test_a_database_of_another_engine_is_recognised(bxc: Bxc) -> None:
    installed(bxc, "sqlite")
    said = bxc("get", "Costs", "ward.bxc", "--db", "duckdb:///a.db")
    assert (said.code, said.err) == (2, "error: a.db is a database of another engine; write sqlite:///a.db\n")
    Path("a.db").unlink()
    installed(bxc, "duckdb")
    said = bxc("import", "--peer", "A", "--db", "a.db")
    assert (said.code, said.err) == (2, "error: a.db is a database of another engine; write duckdb:///a.db\n")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("rows", "`rows` does not say which database it is"),
        ("sqlite:///rows", "rows is a folder, not a database file"),
        ("sqlite:a.db", "`sqlite:a.db` lacks its slashes; write sqlite:///a.db"),
        ("duckdb:///:memory:", "a database in memory ends with the command"),
    ],
)
def test_an_address_that_is_no_database_is_explained(url: str, said: str, bxc: Bxc) -> None:
    for command in (("install", "ward.bxc", "--peer", "A"), ("get", "Costs", "ward.bxc")):
        answer = bxc(*command, "--db", url)
        assert answer.code == 2
        assert said in answer.err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_database_may_have_a_name_that_is_no_utf8_where_its_engine_can(bxc: Bxc, engine: str) -> None:
    url = f"{engine}:///{os.fsdecode(bytes([255]))}"
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", url)
    assert said.code == (0 if engine == "sqlite" else 2)
    assert "bug" not in said.err


def test_a_failed_install_leaves_a_database_that_another_is_making(bxc: Bxc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bxc.database.sqlite.BUSY_SECONDS", 0.01)
    other: list[sqlite3.Connection] = []

    def meanwhile(where: Address, mode: str) -> Database:
        other.append(sqlite3.connect("a.db", isolation_level=None))
        other[0].execute("begin immediate")
        other[0].execute("create table mine (x)")
        return open_database(where, mode)

    monkeypatch.setattr("bxc.cli.databases.open_database", meanwhile)
    said = installed(bxc, "sqlite")
    assert said.code == 2
    assert "database is locked" in said.err
    other[0].execute("commit")
    assert rows("sqlite", "select name from sqlite_schema") == [("mine",)]


def test_a_view_in_the_place_of_a_source_is_a_mismatch(bxc: Bxc, engine: str) -> None:
    database = open_database(Address(engine, Path("a.db")), "create")
    database.run("create view stay as select 1 as id;")
    database.close()
    said = bxc("install", "ward.bxc", "--peer", "A", "--db", f"{engine}:///a.db")
    assert said.code == 1
    assert "stay is a view already, in the spec it is a table" in said.err


# --- get


def test_get_writes_every_form(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    assert json.loads(get(bxc, engine, "--format", "json").out) == [
        {"id": 1, "name": "Ann", "kind": "long", "cost": "10.50"},
        {"id": 2, "name": "Bob", "kind": "long", "cost": None},
    ]
    assert get(bxc, engine, "--format", "table").out.splitlines() == [
        "id  name  kind  cost",
        "--  ----  ----  -----",
        "1   Ann   long  10.50",
        "2   Bob   long  NULL",
    ]
    assert get(bxc, engine, "--to", "x.parquet").err == "wrote x.parquet\n"
    described = duckdb.sql("describe from 'x.parquet'")
    assert described is not None
    assert [row[1] for row in described.fetchall()] == ["BIGINT", "VARCHAR", "VARCHAR", "DECIMAL(8,2)"]
    assert get(bxc, engine, "--to", "x.txt").code == 2
    assert get(bxc, engine, "--format", "parquet").code == 2
    assert get(bxc, engine, "--to", "none/x.csv").code == 2


def test_get_leaves_the_database_as_it_is(bxc: Bxc, engine: str) -> None:
    installed(bxc, engine)
    before = Path("a.db").read_bytes()
    get(bxc, engine)
    assert Path("a.db").read_bytes() == before


# --- from generated files, and by configuration


def test_generated_files_serve_without_a_spec(bxc: Bxc, engine: str, tmp_path: Path) -> None:
    assert bxc("compile", "ward.bxc", "-q").code == 0
    (tmp_path / "ward.bxc").unlink()
    common = ("--generated", "generated/ward", "--db", f"{engine}:///a.db")
    assert bxc("install", "--peer", "A", "--load", "rows", *common).code == 0
    assert bxc("get", "Costs", *common).out == COSTS
    Path("new.csv").write_text(COSTS.replace("Ann", "Zoe"))
    assert bxc("put", "Costs", "--from", "new.csv", *common).code == 0
    assert "Zoe" in bxc("get", "Costs", *common).out


def test_damaged_generated_files_are_not_run(bxc: Bxc) -> None:
    bxc("compile", "ward.bxc", "-q")
    common = ("--generated", "generated/ward", "--db", "a.db")
    path = Path("generated/ward/A/sqlite/Costs.put.sql")
    path.write_text(path.read_text() + "drop table Stay;\n")
    said = bxc("install", "--peer", "A", *common)
    assert said.code == 2
    assert "is not the file that manifest.json lists" in said.err
    assert bxc("install", "--peer", "A", "--generated", "rows", "--db", "a.db").code == 2
    assert bxc("install", "ward.bxc", "--peer", "A", *common).code == 2


def test_the_configuration_names_spec_and_databases(
    bxc: Bxc, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bxc.toml").write_text(f"specs = ['ward.bxc']\n[databases]\nA = '{engine}:///a.db'\n")
    assert bxc("install", "--peer", "A", "--load", "rows").code == 0
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert bxc("get", "Costs").out == COSTS
    said = bxc("get", "Bills")
    assert said.code == 2
    assert "which database of B is meant?" in said.err


# --- import is the inverse of install


def test_an_installed_schema_is_imported_as_it_was_declared(bxc: Bxc, engine: str, tmp_path: Path) -> None:
    installed(bxc, engine)
    first = bxc("import", "--db", f"{engine}:///a.db", "--peer", "A")
    assert first.code == 0
    for line in ("varchar(20)", "enum('short', 'long')", "decimal(8,2)", "timestamp", "default 'none'"):
        assert line in first.out
    assert ("references Doctor(id)" in first.out) == (engine == "sqlite")
    (tmp_path / "tables.bxc").write_text(first.out)
    (tmp_path / "again.bxc").write_text("spec again version 1\nimport 'tables.bxc'\npeer A\n")
    assert bxc("install", "again.bxc", "--peer", "A", "--db", f"{engine}:///b/a.db").code == 2
    (tmp_path / "b").mkdir()
    said = bxc("install", "again.bxc", "--peer", "A", "--db", f"{engine}:///b/a.db")
    assert said.code == 0, said.err
    assert bxc("import", "--db", f"{engine}:///b/a.db", "--peer", "A").out == first.out


EXAMPLES = Path(__file__).parent.parent / "specs"


@pytest.mark.parametrize("name", ["medical", "hospital_network", "research_consortium", "supply_chain"])
def test_every_example_installs_at_every_peer_and_comes_back_with_its_types(name: str, bxc: Bxc, engine: str) -> None:
    checked = check(EXAMPLES / f"{name}.bxc", proving=None)
    assert checked.spec is not None
    for peer in {source.peer for source in checked.spec.sources}:
        url = f"{engine}:///{peer}.db"
        said = bxc("install", EXAMPLES / f"{name}.bxc", "--peer", peer, "--db", url)
        assert said.code == 0, said.err
        said = bxc("install", EXAMPLES / f"{name}.bxc", "--peer", peer, "--db", url)
        assert "0 new tables" in said.err, said.err
        Path("tables.bxc").write_text(bxc("import", "--db", url, "--peer", peer).out)
        Path("again.bxc").write_text(f"spec again version 1\nimport 'tables.bxc'\npeer {peer}\n")
        again = check(Path("again.bxc"))
        assert again.spec is not None, again.diagnostics
        declared = {s.name: s for s in checked.spec.sources if s.peer == peer}
        found = {s.name: s for s in again.spec.sources}
        assert set(declared) == set(found)
        for source, other in ((declared[n], found[n]) for n in declared):
            assert [(c.name, c.type, c.nullable, c.default) for c in source.columns] == [
                (c.name, c.type, c.nullable, c.default) for c in other.columns
            ]
            assert source.primary_key == other.primary_key
            assert [u.columns for u in source.uniques] == [u.columns for u in other.uniques]
            assert sorted(str(c.condition) for c in source.checks) == sorted(str(c.condition) for c in other.checks)
