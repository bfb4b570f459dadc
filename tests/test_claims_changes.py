"""Claims of the design about captured changes, edits through views, and rights, each tried on the emitted files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from claims import Engine, Site, delete, insert, on_all, rename, update

NET = """
peer Desk

source Ticket at Desk {
  id     int   primary key
  title  text
  open   bool  not null default true
  owner  text
}

view Open from Ticket {
  where open
  keep id, title
  on delete set open = false
  on hidden revive
}

view Mine from Ticket {
  where owner = 'me'
  keep id, title, open
}
"""


def desk(engine: Engine, tmp_path: Path) -> Site:
    site = Site.of(NET, engine, tmp_path)
    site.load("Ticket", (1, "a", True, "me"), (2, "b", True, None), (3, "c", False, "me"))
    return site


@on_all
def test_changes_are_net_over_puts_and_edits(engine: Engine, tmp_path: Path) -> None:
    site = desk(engine, tmp_path)
    site.put("Open", (1, "A"), (4, "d"))
    site.edit("update Ticket set title = 'AA' where id = 1")
    site.edit("insert into Ticket (id, title, owner) values (5, 'e', 'me')")
    site.put_delta("Mine", delete(3), update(5, "E", False), delete(66))
    assert site.changes("Open") == [delete(2), insert(4, "d"), update(1, "AA")]
    assert site.changes("Mine") == [delete(3), insert(5, "E", 0), update(1, "AA", 1)]


@on_all
def test_changes_that_cancel_out_are_none(engine: Engine, tmp_path: Path) -> None:
    site = desk(engine, tmp_path)
    site.put_delta("Open", update(1, "x"), insert(9, "new"))
    site.put_delta("Open", update(1, "a"))
    site.edit("delete from Ticket where id = 9")
    site.put_delta("Open", delete(2))
    site.edit("delete from Ticket where id = 2")
    site.edit("insert into Ticket values (2, 'b', true, null)")
    assert site.changes("Open") == []
    assert site.changes("Mine") == []


@on_all
def test_a_key_that_goes_and_comes_back_with_other_values_is_an_update(engine: Engine, tmp_path: Path) -> None:
    site = desk(engine, tmp_path)
    site.edit("delete from Ticket where id = 1")
    site.edit("insert into Ticket values (1, 'again', true, 'you')")
    assert site.changes("Open") == [update(1, "again")]
    assert site.changes("Mine") == [delete(1)]
    site.put_delta("Open", delete(1))
    site.put_delta("Open", insert(1, "a"))
    assert site.changes("Open") == []


@on_all
def test_renames_add_up(engine: Engine, tmp_path: Path) -> None:
    site = desk(engine, tmp_path)
    site.put_delta("Open", rename((1,), 10, "a"))
    site.put_delta("Open", rename((10,), 11, "a2"), rename((2,), 1, "b"))
    assert site.changes("Open") == [rename((1,), 11, "a2"), rename((2,), 1, "b")]
    site.put_delta("Open", rename((11,), 2, "a"))
    site.put_delta("Open", rename((1,), 7, "b"), rename((2,), 1, "a"))
    assert site.changes("Open") == [rename((2,), 7, "b")]
    site.put_delta("Open", delete(7))
    assert site.changes("Open") == [delete(2)]


@on_all
def test_a_row_that_is_inserted_and_renamed_is_an_insert(engine: Engine, tmp_path: Path) -> None:
    site = desk(engine, tmp_path)
    site.put_delta("Open", insert(50, "n"))
    site.put_delta("Open", rename((50,), 51, "n"))
    assert site.changes("Open") == [insert(51, "n")]
    site.put_delta("Open", delete(51))
    site.edit("delete from Ticket where id = 51")
    assert site.changes("Open") == []


@on_all
def test_an_update_that_leaves_the_view_by_the_source_is_a_delete_and_back_an_insert(
    engine: Engine, tmp_path: Path
) -> None:
    site = desk(engine, tmp_path)
    site.edit("update Ticket set open = not open, owner = case when id = 2 then 'me' end")
    assert site.changes("Open") == [delete(1), delete(2), insert(3, "c")]
    assert site.changes("Mine") == [delete(1), delete(3), insert(2, "b", 0)]


@on_all
def test_consumed_changes_are_told_once(engine: Engine, tmp_path: Path) -> None:
    site = desk(engine, tmp_path)
    site.put_delta("Open", update(1, "x"))
    site.consume()
    assert site.changes("Open") == []
    site.edit("update Ticket set title = 'y' where id = 1")
    assert site.changes("Open") == [update(1, "y")]


@on_all
def test_what_is_edited_outside_between_staging_and_put_is_captured_and_seen(engine: Engine, tmp_path: Path) -> None:
    site = desk(engine, tmp_path)
    site.connection.execute("update Ticket set title = 'z', owner = 'you' where id = 1")
    site.put("Open", (1, "z2"), (2, "b"))
    assert site.changes("Open") == [update(1, "z2")]
    assert site.changes("Mine") == [delete(1)]
    assert site.rows("Ticket")[0] == (1, "z2", 1, "you")


def test_a_view_is_edited_in_place_on_sqlite(tmp_path: Path) -> None:
    site = desk("sqlite", tmp_path)
    site.edit("insert into Open (id, title) values (4, 'd'), (3, 'c2')")
    site.edit("update Open set title = title || '!' where id < 3")
    site.edit("delete from Open where id = 2")
    site.edit("update Open set id = 20 where id = 1")
    assert site.rows("Ticket") == [
        (2, "b!", 0, None),
        (20, "a!", 1, "me"),
        (3, "c2", 1, "me"),
        (4, "d", 1, None),
    ]
    assert site.changes("Open") == [delete(2), insert(3, "c2"), insert(4, "d"), rename((1,), 20, "a!")]


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("BXC10", "insert into Mine values (null, 'x', true)"),
        ("BXC10", "insert into Mine values (1, 'x', true)"),
        ("BXC10", "update Mine set id = 3 where id = 1"),
        ("BXC11", "insert into Mine values (2, 'x', true)"),
        ("BXC11", "update Mine set id = 2 where id = 1"),
        ("BXC12", "insert into Mine values (8, 'x', true)"),
        ("BXC16", "update Mine set open = null where id = 1"),
    ],
)
def test_an_edit_of_a_view_is_refused_with_the_codes_of_puts(tmp_path: Path, code: str, sql: str) -> None:
    site = desk("sqlite", tmp_path)
    before = site.everything()
    with pytest.raises(sqlite3.Error, match=rf"^{code} "):
        site.edit(sql)
    assert site.everything() == before


SHARED = """
peer Doctor
peer Patient

source Record at Doctor {
  id      int   primary key
  drug    text  not null
  dose    text
  note    text
  hidden  int   not null default 0
  open    bool  not null default true
}

source Own at Patient {
  id    int   primary key
  drug  text  not null
  dose  text
}

view Out from Record {
  where open and id between 1 and 100
  keep id, drug, dose
  on delete set open = false
  on hidden revive
}

view In from Own {
  where id between 1 and 100
  keep id, drug, dose
}

share care = Out <-> In {
  authority Doctor
  update dose by Doctor
  update drug by Patient
  insert by Patient
  delete by Doctor
}
"""


def doctor(tmp_path: Path) -> Site:
    site = Site.of(SHARED, "sqlite", tmp_path, "Doctor")
    site.connection.execute("update bxc_session set loading = 1")
    site.load("Record", (1, "A", "a", None, 0, True), (9, "B", "b", None, 0, False), (101, "C", None, None, 0, True))
    site.connection.execute("update bxc_session set loading = 0")
    return site


@pytest.mark.parametrize(
    "sql",
    [
        "update Record set drug = 'X' where id = 1",
        "update Record set id = 2 where id = 1",
        "update Record set dose = 'd', drug = 'X' where id = 1",
        "insert into Record (id, drug) values (5, 'x')",
        "update Record set open = true where id = 9",
        "update Out set drug = 'X' where id = 1",
        "insert into Out values (5, 'x', null)",
        "insert or replace into Record (id, drug) values (1, 'X')",
        "insert into Record (id, drug) values (1, 'X') on conflict (id) do update set drug = 'X'",
        "update Record set id = 100 where id = 101",
    ],
)
def test_a_local_edit_without_the_right_is_refused_on_sqlite(tmp_path: Path, sql: str) -> None:
    site = doctor(tmp_path)
    before = site.everything()
    with pytest.raises(sqlite3.Error, match=r"^BXC13 "):
        site.edit(sql)
    assert site.everything() == before


@pytest.mark.parametrize(
    "sql",
    [
        "update Record set dose = 'new' where id = 1",
        "update Record set note = 'new', hidden = 3",
        "update Record set drug = drug",
        "update Record set drug = 'X' where id = 9",
        "update Record set drug = 'X' where id = 101",
        "delete from Record",
        "update Record set open = false",
        "insert into Record (id, drug, open) values (5, 'x', false)",
        "insert into Record (id, drug) values (500, 'x')",
        "update Out set dose = 'new'",
        "delete from Out",
    ],
)
def test_a_local_edit_with_the_right_or_outside_of_the_share_is_free(tmp_path: Path, sql: str) -> None:
    site = doctor(tmp_path)
    site.edit(sql)


def test_a_put_passes_the_rights_and_leaves_them_on(tmp_path: Path) -> None:
    site = Site.of(SHARED, "sqlite", tmp_path, "Doctor")
    site.put("Out", (1, "A", None), (2, "B", "b"))
    site.put_delta("Out", update(1, "AA", None), rename((2,), 3, "B", "b"))
    assert site.refused_delta("Out", insert(200, "x", None)).code == "BXC12"
    with pytest.raises(sqlite3.Error, match=r"^BXC13 "):
        site.edit("update Record set drug = 'Y'")


GROUPED = """
peer Clinic
peer Institute

source Take at Clinic {
  id    int   primary key
  drug  text  not null
  how   text
  determines drug -> how
}

source Drug at Institute {
  drug  text  primary key
  how   text
}

view Used from Take {
  keep drug, how
  on delete delete
}

view Known from Drug {
  keep drug, how
}

share drugs = Used <-> Known {
  authority Clinic
  update how by Clinic
  insert by Clinic
}
"""


def grouped(tmp_path: Path) -> Site:
    site = Site.of(GROUPED, "sqlite", tmp_path, "Clinic")
    site.load("Take", (1, "a", "x"), (2, "a", "x"), (3, "b", None))
    return site


@pytest.mark.parametrize(
    "sql",
    [
        "delete from Take where id = 3",
        "delete from Take where drug = 'a'",
        "update Take set drug = 'c' where id = 3",
        "update Take set drug = 'b', how = null where drug = 'a'",
        "update Used set drug = 'c' where drug = 'a'",
        "delete from Used where drug = 'b'",
    ],
)
def test_the_last_row_of_a_shared_group_goes_only_with_the_right(tmp_path: Path, sql: str) -> None:
    site = grouped(tmp_path)
    with pytest.raises(sqlite3.Error, match=r"^BXC13 "):
        site.edit(sql)


def test_a_group_that_keeps_a_row_may_lose_others_without_a_right(tmp_path: Path) -> None:
    site = grouped(tmp_path)
    site.edit("delete from Take where id = 1")
    site.edit("insert into Take values (4, 'b', null), (5, 'c', 'z')")
    site.edit("update Take set drug = 'c', how = 'z' where id = 4")
    site.edit("update Used set how = 'y' where drug = 'c'")
    assert site.changes("Used") == [insert("c", "y")]
    assert site.rows("Take") == [(2, "a", "x"), (3, "b", None), (4, "c", "y"), (5, "c", "y")]
