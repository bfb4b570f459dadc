"""Edits of a view itself in SQLite: they do what a put does, and obey this peer's rights."""

from __future__ import annotations

import sqlite3

import pytest
from sqlite_site import Site

SPEC = """spec test version 1
peer Here
peer There
source Task at Here {
  id     int  primary key
  code   text unique
  title  text not null
  weight decimal(6,2) not null default 1
  open   bool not null default true
  owner  text default 'nobody'
}
source Copy at There {
  id     int  primary key
  code   text unique
  title  text not null
  weight decimal(6,2) not null
}
view Open from Task {
  where open
  keep id, code, title, weight
  add double = weight * 2
  on delete set open = false
  on hidden reject
}
view Shown from Task {
  where open
  keep id, code, title, weight
  on delete set open = false
  on hidden reject
}
view Mirror from Copy {
  keep id, code, title, weight
}
"""
SHARE = """
share tasks = Shown <-> Mirror {
  authority Here
  update title by Here
  update code, weight by There
  insert by There
  delete by Here
  ack within 1d
}
"""
CONTENT = [
    (1, "a", "one", 100, 1, "x"),
    (2, "b", "two", 200, 1, "y"),
    (3, "c", "three", 300, 0, None),
]


def site_with(spec: str) -> Site:
    site = Site(spec, "Here")
    site.load("Task", *CONTENT)
    return site


@pytest.fixture
def edited() -> Site:
    return site_with(SPEC)


def update(old: object, *new: object) -> tuple[object, ...]:
    return ("update", old, *new)


def insert(*new: object) -> tuple[object, ...]:
    return ("insert", None, *new)


EQUAL = [
    ("insert into Open values (9, 'z', 'nine', 5, 10)", insert(9, "z", "nine", 5, 10)),
    ("insert into Open (id, title, weight) values (9, 'nine', 5)", insert(9, None, "nine", 5, 10)),
    ("update Open set title = 'x', weight = 7 where id = 1", update(1, 1, "a", "x", 7, 14)),
    ("update Open set id = 8 where id = 2", update(2, 8, "b", "two", 200, 400)),
    ("update Open set double = 200 where id = 1", update(1, 1, "a", "one", 100, 200)),
    ("delete from Open where id = 2", ("delete", 2, None, None, None, None, None)),
]


@pytest.mark.parametrize(("edit", "staged"), EQUAL)
def test_an_edit_does_what_the_put_of_its_row_does(edited: Site, edit: str, staged: tuple[object, ...]) -> None:
    edited.run(edit)
    put = site_with(SPEC)
    put.put("Open", staged)
    put.stage("Open")
    assert edited.everything() == put.everything()


REFUSED = [
    ("insert into Open values (1, null, 'other', 5, 10)", insert(1, None, "other", 5, 10)),
    ("insert into Open values (3, null, 'hidden', 5, 10)", insert(3, None, "hidden", 5, 10)),
    ("insert into Open values (9, 'c', 'nine', 5, 10)", insert(9, "c", "nine", 5, 10)),
    ("insert into Open values (9, null, 'nine', 5, 11)", insert(9, None, "nine", 5, 11)),
    ("insert into Open (id, weight) values (9, 5)", insert(9, None, None, 5, 10)),
    ("update Open set code = 'b' where id = 1", update(1, 1, "b", "one", 100, 200)),
    ("update Open set title = null where id = 1", update(1, 1, "a", None, 100, 200)),
    ("update Open set id = 3 where id = 1", update(1, 3, "a", "one", 100, 200)),
    ("update Open set double = 1 where id = 1", update(1, 1, "a", "one", 100, 1)),
    ("update Open set weight = 1000000 where id = 1", update(1, 1, "a", "one", 1000000, 2000000)),
]


@pytest.mark.parametrize("conflict", ["", "or replace", "or ignore", "or fail"])
@pytest.mark.parametrize(("edit", "staged"), REFUSED)
def test_an_edit_is_refused_as_the_put_of_its_row_whatever_it_says_of_conflicts(
    edited: Site, edit: str, staged: tuple[object, ...], conflict: str
) -> None:
    verb, rest = edit.split(" ", 1)
    before = edited.everything()
    with pytest.raises(sqlite3.IntegrityError) as refused:
        edited.run(f"{verb} {conflict} {rest}")
    assert edited.everything() == before
    assert str(refused.value) == edited.refusal("Open", staged)


def test_one_statement_edits_many_rows_of_the_view_or_none(edited: Site) -> None:
    edited.run("update Open set weight = weight + 1, code = code || '!'")
    assert [row[:4] for row in edited.rows("Open")] == [(1, "a!", "one", 101), (2, "b!", "two", 201)]
    with pytest.raises(sqlite3.IntegrityError, match=r"^BXC17 Open: "):
        edited.run("update Open set code = iif(id = 1, 'new', 'c')")
    assert [row[1] for row in edited.rows("Open")] == ["a!", "b!"]


def test_returning_gives_the_row_as_the_statement_states_it(edited: Site) -> None:
    assert edited.run("insert into Open (id, title, weight) values (9, 'nine', 5) returning id, title") == [(9, "nine")]
    assert edited.run("update Open set title = 'x' where id = 9 returning id, title") == [(9, "x")]
    assert edited.run("delete from Open where id = 9 returning id") == [(9,)]


# --- rights ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shared() -> Site:
    return site_with(SPEC + SHARE)


ALLOWED = [
    "update {} set title = 'new' where id = 1",
    "delete from {} where id = 1",
    "update {} set title = 'new', code = code where id = 1",
]
FORBIDDEN = [
    ("update {} set code = 'new' where id = 1", "update code"),
    ("update {} set weight = 5, title = 'x' where id = 1", "update weight"),
    ("insert into {} (id, code, title, weight) values (9, null, 'x', 5)", "insert rows"),
]


@pytest.mark.parametrize("target", ["Shown", "Open", "Task"])
@pytest.mark.parametrize("edit", ALLOWED)
def test_an_edit_with_a_right_goes_through(shared: Site, edit: str, target: str) -> None:
    if target == "Task":
        shared.run("delete from Task where id = 2")
    shared.run(edit.format(target))
    assert len(shared.captured("Task")) == (2 if target == "Task" else 1)


@pytest.mark.parametrize("target", ["Shown", "Open", "Task"])
@pytest.mark.parametrize(("edit", "right"), FORBIDDEN)
def test_an_edit_that_changes_a_shared_view_without_a_right_is_refused(
    shared: Site, edit: str, right: str, target: str
) -> None:
    before = shared.everything()
    with pytest.raises(sqlite3.IntegrityError, match=r"^BXC13 \w+: this peer has no right to ") as refused:
        shared.run(edit.format(target))
    assert shared.everything() == before
    assert target != "Task" or right in str(refused.value)


@pytest.mark.parametrize("target", ["Shown", "Open", "Task"])
def test_an_edit_that_changes_no_shared_view_needs_no_right(shared: Site, target: str) -> None:
    shared.run("update Task set owner = 'me' where id = 1")
    shared.run("update Task set weight = 5, code = 'free' where id = 3")
    shared.run(f"update {target} set weight = weight where id = 2")
    assert len(shared.captured("Task")) == (3 if target == "Task" else 2)


def test_a_row_that_enters_or_leaves_a_shared_view_is_an_insert_or_a_delete(shared: Site) -> None:
    shared.run("update Task set open = 0 where id = 1")
    with pytest.raises(sqlite3.IntegrityError, match=r"^BXC13 Shown: this peer has no right to insert rows"):
        shared.run("update Task set open = 1 where id = 1")


def test_puts_need_no_right(shared: Site) -> None:
    shared.put("Shown", update(1, 1, "new", "new", 5), insert(9, None, "x", 5))
    shared.put_whole("Open", (2, "b", "two", 5, 10))
    assert [row[:5] for row in shared.rows("Task")] == [
        (1, "new", "new", 5, 0),
        (2, "b", "two", 5, 1),
        (3, "c", "three", 300, 0),
        (9, None, "x", 5, 0),
    ]


def test_a_right_that_is_granted_later_counts_at_once(shared: Site) -> None:
    edit = "update Shown set code = 'new' where id = 1"
    with pytest.raises(sqlite3.IntegrityError, match=r"^BXC13"):
        shared.run(edit)
    shared.run("update bxc_rights set granted = 1 where share = 'tasks' and attribute = 'code'")
    shared.run(edit)
    assert shared.rows("Shown")[0][1] == "new"


def test_loading_asks_for_no_right(shared: Site) -> None:
    shared.run("update bxc_session set loading = 1")
    shared.run("insert into Task (id, title) values (9, 'x')")
    shared.run("update Shown set code = 'new' where id = 1")
    shared.run("update bxc_session set loading = 0")
    assert len(shared.captured("Task")) == 2


def test_a_computed_column_follows_hidden_ones_with_any_update_right_and_not_without() -> None:
    spec = """spec test version 1
peer Here
peer There
source Bed at Here {
  id int primary key
  size int not null
  note text
}
source Copy at There {
  id int primary key
  large bool not null
  note text
}
view Shown from Bed {
  add large = size > 5
  keep id, large, note default size = 1
}
view Mirror from Copy {
  keep id, large, note
}
share beds = Shown <-> Mirror {
  authority Here
RIGHT}
"""
    without, beside = (Site(spec.replace("RIGHT", right), "Here") for right in ("", "  update note by Here\n"))
    for site in (without, beside):
        site.load("Bed", (1, 1, None))
        site.run("update Bed set size = 2")
    with pytest.raises(sqlite3.IntegrityError, match=r"^BXC13 Shown: this peer has no right to update large"):
        without.run("update Bed set size = 9")
    beside.run("update Bed set size = 9")
    assert beside.rows("Shown") == [(1, 1, None)]
