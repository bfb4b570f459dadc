"""What the emitted files do in SQLite beyond the laws: keys that move, odd names, session, installation, refusals."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_site import Site, emitted

from bxc.database.sqlite import statements
from bxc.resolve.refusals import MOST_COLUMNS

WARD = """spec test version 1
peer Ward
source Treatment at Ward {
  patient   int           primary key
  bed       int           unique
  medicine  text          not null
  dose      decimal(8,2)  not null
  open      bool          not null default true
  note      text
  check dose: (dose >= 0)
}
source Visit at Ward {
  id       int  primary key
  patient  int  not null references Treatment(patient)
}
view Current from Treatment {
  where open
  keep patient, bed, medicine, dose
  on delete delete
}
"""
CONTENT = [(1, 10, "a", 100, 1, "one"), (2, 20, "b", 200, 1, None), (3, None, "c", 300, 0, "hidden")]


@pytest.fixture
def ward() -> Site:
    site = Site(WARD)
    site.load("Treatment", *CONTENT)
    site.load("Visit", (1, 1))
    return site


def update(old: object, *new: object) -> tuple[object, ...]:
    return ("update", old, *new)


def insert(*new: object) -> tuple[object, ...]:
    return ("insert", None, *new)


def delete(old: object, columns: int = 4) -> tuple[object, ...]:
    return ("delete", old, *[None] * columns)


# --- rows that move -------------------------------------------------------------------------------------------------


def test_two_rows_swap_a_unique_value(ward: Site) -> None:
    ward.put("Current", update(1, 1, 20, "a", 100), update(2, 2, 10, "b", 200))
    assert [row[:2] for row in ward.rows("Treatment")] == [(1, 20), (2, 10), (3, None)]
    assert ward.captured("Treatment") == [("update", "Current")] * 2


def test_a_unique_value_goes_to_the_row_that_another_row_leaves_it_for() -> None:
    site = Site(WARD)
    site.load("Treatment", *((n, n, "m", 0, 1, None) for n in range(1, 6)))
    site.put("Current", *(update(n, n, n + 1, "m", 0) for n in range(1, 5)), delete(5), insert(6, 1, "m", 0))
    assert [row[:2] for row in site.rows("Treatment")] == [(1, 2), (2, 3), (3, 4), (4, 5), (6, 1)]


def test_a_unique_value_that_two_staged_rows_take_is_refused(ward: Site) -> None:
    both = (update(1, 1, 30, "a", 100), update(2, 2, 30, "b", 200))
    assert ward.refusal("Current", *both).startswith("BXC17 Current: ")


def test_keys_move_along_a_chain_and_hidden_columns_with_their_rows() -> None:
    site = Site(WARD)
    site.load("Treatment", *((n, None, f"m{n}", 0, 1, f"note {n}") for n in range(1, 5)))
    site.put("Current", *(update(n, n + 1, None, f"m{n}", 0) for n in range(1, 5)))
    assert [(row[0], row[5]) for row in site.rows("Treatment")] == [(n + 1, f"note {n}") for n in range(1, 5)]
    assert site.captured("Treatment") == [("update", "Current")] * 4


def test_keys_move_in_a_circle_and_hidden_columns_with_their_rows() -> None:
    site = Site(WARD)
    site.load("Treatment", *((n, n, f"m{n}", 0, 1, f"note {n}") for n in range(1, 4)))
    site.put("Current", *(update(n, n % 3 + 1, n, "x", 0) for n in range(1, 4)))
    found = [(1, 3, "note 3"), (2, 1, "note 1"), (3, 2, "note 2")]
    assert [(row[0], row[1], row[5]) for row in site.rows("Treatment")] == found


def test_a_row_takes_the_key_of_a_deleted_row_beside_a_row_that_stays_as_it_is() -> None:
    site = Site(PINNED)
    site.load("Post", ("A", 1, "one"), ("A", 2, "two"), ("A", 3, "three"))
    gone, moved, same = delete(1, 2), update(2, 1, "two"), update(3, 3, "three")
    site.put("Posts", gone, moved, same)
    assert site.rows("Post") == [("A", 1, "two"), ("A", 3, "three"), ("gone", 1, "one")]


def test_a_row_that_vanishes_takes_a_unique_value_that_a_row_which_comes_back_leaves() -> None:
    site = Site(SHELVED)
    site.load("Book", (1, 0, "a"), (2, 9, "b"), (3, 4, "c"))
    site.put("Shown", insert(1, "x"), delete(2, 2))
    assert site.rows("Book") == [(1, 9, "x"), (2, 0, "b"), (3, 4, "c")]
    assert site.captured("Book") == [("update", "Shown")] * 2
    assert site.refusal("Shown", delete(1, 2)).startswith("BXC17 Shown: ")
    site.put("Shown", delete(1, 2), insert(2, "y"), update(3, 3, "z"))
    assert site.rows("Book") == [(1, 0, "x"), (2, 9, "y"), (3, 4, "z")]


SHELVED = """spec test version 1
peer P
source Book at P {
  id     int  primary key
  place  int  unique
  title  text
}
view Shown from Book {
  where place > 0
  keep id, title default place = 9
  on delete set place = 0
  on hidden revive
}
"""

PINNED = """spec test version 1
peer P
source Post at P {
  site   text
  number int
  title  text not null
  primary key (site, number)
}
view Posts from Post {
  where site = 'A'
  keep number, title
  on delete set site = 'gone'
}
"""

# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "delta"),
    [
        ("BXC10", [insert(1, None, "other", 0)]),
        ("BXC10", [update(1, 1, 10, "x", 100), delete(1)]),
        ("BXC10", [insert(None, None, "x", 0)]),
        ("BXC10", [("insert", 1, 9, None, "x", 0)]),
        ("BXC10", [delete(2), insert(2, 20, "b", 200)]),
        ("BXC11", [insert(3, None, "x", 0)]),
        ("BXC11", [update(2, 3, 20, "b", 200)]),
        ("BXC16", [update(1, 1, 10, None, 100)]),
        ("BXC16", [update(1, 1, 10, "x\0y", 100)]),
        ("BXC16", [insert(9, None, "x", 10**8)]),
        ("BXC16", [("upsert", 1, 1, 10, "x", 100)]),
        ("BXC16", [(None, 1, 1, 10, "x", 100)]),
        ("BXC17", [update(1, 1, 10, "x", -1)]),
        ("BXC17", [insert(9, 20, "x", 0)]),
        ("BXC17", [update(2, 2, 10, "b", 200)]),
        ("BXC17", [delete(1)]),
        ("BXC17", [update(1, 9, 10, "a", 100)]),
        ("BXC18", [update(9, 9, None, "x", 0)]),
        ("BXC16", [update(9, 9, None, "x", 0), update(1, 1, 10, None, 100)]),
        ("BXC17", [update(9, 9, None, "x", 0), insert(8, 10, "x", 0)]),
    ],
)
@pytest.mark.parametrize("beside", [[], [update(2, 2, 20, "b", 201)], [insert(7, None, "y", 0)]])
def test_a_refusal_begins_with_the_lowest_code_and_leaves_every_table_as_it_was(
    ward: Site, code: str, delta: list[tuple[object, ...]], beside: list[tuple[object, ...]]
) -> None:
    if beside and beside[0][1] in {row[1] for row in delta} - {None}:
        beside = []
    text = ward.refusal("Current", *beside, *delta)
    assert text.startswith(f"{code} Current: ")
    assert text.endswith("; see bxc_violations_Current")
    assert ward.violations("Current")[0] == (code, "delta")


def test_a_refused_put_can_be_repaired_and_run_again(ward: Site) -> None:
    ward.refusal("Current", update(1, 1, 10, None, 100), update(2, 2, 20, "new", 200))
    ward.put("Current", update(1, 1, 10, "new", 100), update(2, 2, 20, "new", 200))
    assert [row[2] for row in ward.rows("Treatment")] == ["new", "new", "c"]


def test_the_session_says_nothing_after_a_put_and_after_a_refused_one(ward: Site) -> None:
    idle = "select putting, uncaptured, loading from bxc_session"
    assert ward.run(idle) == [(None, None, 0)]
    for delta in ([update(1, 1, 11, "x", 1)], [update(1, 2, 10, "x", 1), update(2, 1, 20, "y", 1)], [delete(9)]):
        ward.put("Current", *delta)
        assert ward.run(idle) == [(None, None, 0)]
        assert ward.rows("bxc_work_Current") == []
    ward.refusal("Current", update(2, 3, 20, "b", 200))
    assert ward.run(idle) == [(None, None, 0)]
    assert ward.rows("bxc_work_Current") == []


def test_what_is_staged_for_a_delta_does_not_matter_to_a_whole_put(ward: Site) -> None:
    ward.stage("Current", insert(None, None, None, None))
    ward.put_whole("Current", (1, 10, "a", 150), (2, 20, "b", 200))
    assert ward.rows("Treatment")[0] == (1, 10, "a", 150, 1, "one")
    with pytest.raises(sqlite3.IntegrityError, match=r"^BXC17 Current: "):
        ward.put_whole("Current", (1, 20, "a", 150), (2, 20, "b", 200))
    with pytest.raises(sqlite3.IntegrityError, match=r"^BXC10 Current: "):
        ward.put_whole("Current", (1, 10, "a", 150), (1, 10, "a", 150), (2, 20, "b", 200))


def test_an_insert_of_a_row_that_is_there_must_still_state_computed_columns_as_they_are() -> None:
    site = Site(
        """spec test version 1
peer P
source Line at P {
  id     int primary key
  price  decimal(6,2) not null
}
view Lines from Line {
  keep id, price
  add double = price * 2
}
"""
    )
    site.load("Line", (1, 300))
    site.put("Lines", insert(1, 300, 600))
    assert site.captured("Line") == []
    assert site.refusal("Lines", insert(1, 300, 601)).startswith("BXC15 Lines: ")


def test_an_insert_of_a_group_that_is_there_changes_nothing_though_other_rows_of_it_are_hidden() -> None:
    site = Site(
        """spec test version 1
peer P
source Stay at P {
  id     int   primary key
  drug   text  not null
  works  text
  open   bool  not null default true
  determines drug -> works
}
view Drugs from Stay {
  where open
  keep drug, works default id = fresh
  on delete delete
}
"""
    )
    site.load("Stay", (1, "a", "x", 1), (2, "a", "x", 0), (3, "b", "y", 0))
    site.put("Drugs", insert("a", "x"))
    assert site.captured("Stay") == []
    assert site.refusal("Drugs", insert("a", "z")).startswith("BXC10 Drugs: ")
    assert site.refusal("Drugs", insert("b", "y")).startswith("BXC11 Drugs: ")


def test_text_is_text_in_a_database_in_utf_16() -> None:
    site = Site(WARD, encoding="UTF-16le")
    site.load("Treatment", *CONTENT)
    site.put("Current", update(1, 1, 10, "é€😀", 100), insert(9, None, "", 0))
    assert [row[2] for row in site.rows("Treatment")] == ["é€😀", "b", "c", ""]
    assert site.refusal("Current", insert(8, None, "a\0", 0)).startswith("BXC16 ")
    assert site.rows("bxc_violations_Treatment") == []


def test_edits_that_a_view_cannot_see_do_not_show_in_its_changes(ward: Site) -> None:
    ward.run("update Treatment set note = 'new'")
    ward.run("update Treatment set medicine = 'x', note = 'newer' where patient = 3")
    assert ward.changes("Current") == []
    ward.run("update Treatment set medicine = 'y' where patient = 2")
    ward.run("update Treatment set note = 'newest', open = patient > 1")
    assert ward.changes("Current") == [
        ("delete", 1, *[None] * 4),
        ("insert", None, 3, None, "x", 300),
        ("update", 2, 2, 20, "y", 200),
    ]


# --- beside triggers of the user's own ------------------------------------------------------------------------------


def test_edits_by_triggers_of_the_user_do_not_cover_up_a_row_that_is_left_out(ward: Site) -> None:
    ward.run(
        "create trigger noted after insert on Treatment begin"
        " update Treatment set note = 'by trigger' where patient = new.patient; end"
    )
    delta = [insert(7, None, "x", 0), update(9, 9, None, "unknown", 0)]
    assert ward.refusal("Current", *delta).startswith("BXC18 ")
    ward.put("Current", delta[0])
    assert ward.rows("Treatment")[-1] == (7, None, "x", 0, 1, "by trigger")


@pytest.mark.parametrize("delta", [insert(7, None, "x", 0), update(2, 2, 20, "x", 0), update(2, 9, 20, "b", 200)])
def test_an_error_in_a_trigger_of_the_user_stops_a_put(ward: Site, delta: tuple[object, ...]) -> None:
    ward.run("create table Audit (dose integer unique, seen text not null)")
    ward.run("insert into Audit values (0, 'x'), (200, 'x')")
    for event in ("insert", "update"):
        ward.run(
            f"create trigger audit_{event} after {event} on Treatment begin"
            " insert into Audit values (new.dose, null); end"
        )
    before = ward.everything()
    ward.stage("Current", delta)
    with pytest.raises(sqlite3.IntegrityError, match="Audit"):
        ward.run(ward.statement("Current", "put_delta"))
    ward.stage("Current")
    assert ward.everything() == before


@pytest.mark.parametrize("delta", [insert(7, None, "x", 0), update(2, 2, 20, "x", 0)])
def test_a_row_that_a_trigger_of_the_user_ignores_is_refused(ward: Site, delta: tuple[object, ...]) -> None:
    for event in ("insert", "update"):
        ward.run(f"create trigger no_{event} before {event} on Treatment begin select raise(ignore); end")
    assert ward.refusal("Current", delta).startswith("BXC17 ")


# --- names ----------------------------------------------------------------------------------------------------------

NAMES = """spec test version 1
peer "Peer ""1"" of 2"
source "order" at "Peer ""1"" of 2" {{
  "group"   int   primary key
  {column}  text  unique
  "select"  int   not null default 0
  determines {column} -> "select"
}}
view {view} from "order" {{
  keep "group", {column}
}}
"""


@pytest.mark.parametrize("column", ['"a b"', '"it\'s"', '"""q"""', '"größe"', "new", "old", "rowid", "w", "s", "x"])
@pytest.mark.parametrize("view", ['"my ""own"" view"', '"table"', '"it\'s;"'])
def test_any_name_can_be_a_column_and_a_view(column: str, view: str) -> None:
    site = Site(NAMES.format(column=column, view=view))
    name = site.plan.views[0].name
    site.load("order", (1, "a", 0), (2, "b", 0))
    site.put(name, update(1, 1, "b"), update(2, 3, "a"), insert(4, "c"))
    assert site.rows("order") == [(1, "b", 0), (3, "a", 0), (4, "c", 0)]
    assert {row[0] for row in site.changes(name)} == {"update", "insert"}
    assert site.refusal(name, insert(5, "c")).startswith(f"BXC17 {name}: ")
    site.put_whole(name, (1, "b"), (4, "d"))
    assert site.rows("order") == [(1, "b", 0), (4, "d", 0)]


@pytest.mark.parametrize("source", ["w", "W", "s", "x", "n", "new", "old", "New", "d", "c", "e", "t"])
def test_a_source_can_be_called_like_what_statements_call_their_rows(source: str) -> None:
    site = Site(
        f"""spec test version 1
peer P
source {source} at P {{
  id    int  primary key
  code  text unique
  kind  text not null
  maker text
  open  bool not null default true
  determines kind -> maker
}}
view V from {source} {{
  where open
  drop maker default null determined by kind
  on delete set open = false
  on hidden revive
}}
"""
    )
    site.load(source, (1, "a", "k", "m", 1), (2, "b", "k", "m", 1), (3, "c", "l", "n", 1), (4, "d", "l", "n", 0))
    columns = [column.name for column in site.plan.views[0].columns]
    assert columns == ["id", "code", "kind", "open"]
    site.put("V", update(1, 1, "b", "l", 1), update(2, 5, "a", "k", 1), delete(3), insert(4, "e", "l", 1))
    assert site.rows(source) == [
        (1, "b", "l", "n", 1),
        (3, "c", "l", "n", 0),
        (4, "e", "l", "n", 1),
        (5, "a", "k", "m", 1),
    ]
    site.run("update V set kind = 'k' where id = 4")
    site.run("insert into V (id, kind, open) values (6, 'l', 1)")
    assert site.rows(source)[2:] == [(4, "e", "k", "m", 1), (5, "a", "k", "m", 1), (6, None, "l", "n", 1)]


@pytest.mark.parametrize("count", [200, MOST_COLUMNS])
def test_a_source_may_have_many_columns(count: int) -> None:
    columns = "\n".join(f"  c{n} varchar(9) not null" for n in range(count - 1))
    site = Site(
        f"spec test version 1\npeer P\nsource T at P {{\n  id int primary key\n{columns}\n}}\nview V from T {{\n}}\n"
    )
    rows = [(n, *(f"{n}.{i}" for i in range(count - 1))) for n in range(1, 4)]
    site.load("T", *rows)
    site.put("V", update(1, *rows[0][:-1], "new"), update(2, 9, *rows[1][1:]), delete(3, count))
    assert site.rows("T") == [(*rows[0][:-1], "new"), (9, *rows[1][1:])]
    assert [row[:2] for row in site.changes("V")] == [("delete", 3), ("update", 1), ("update", 2)]


# --- files ----------------------------------------------------------------------------------------------------------


def test_no_file_begins_or_ends_a_transaction() -> None:
    for text in emitted(WARD).values():
        for statement in statements(text):
            bare = re.sub(r"--[^\n]*", "", statement).split()
            assert bare[0].lower() in {"create", "insert", "select", "with"}


def test_installing_again_changes_nothing(ward: Site) -> None:
    ward.put("Current", update(1, 1, 11, "x", 1))
    catalog = "select type, name, tbl_name, sql from sqlite_schema order by rowid"
    before = (ward.run(catalog), ward.everything())
    ward.install()
    assert (ward.run(catalog), ward.everything()) == before


def test_the_same_spec_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import sys, hashlib\nfrom sqlite_site import emitted\nfrom test_sqlite_emitter import WARD, PINNED\n"
        "print(hashlib.sha256(repr([sorted(emitted(s).items()) for s in (WARD, PINNED)]).encode()).hexdigest())"
    )
    digests = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)}
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
        digests.add(done.stdout)
    assert len(digests) == 1


def test_what_is_installed_is_listed_under_names_of_bxc_but_for_sources_and_views(ward: Site) -> None:
    names = {str(name) for (name,) in ward.run("select name from sqlite_schema")}
    own = {name for name in names if not name.startswith(("bxc_", "sqlite_"))}
    assert own == {"Treatment", "Visit", "Current"}
