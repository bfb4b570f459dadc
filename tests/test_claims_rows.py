"""Claims of the design about keyed views, each tried on the emitted files: what a put changes, hides and refuses."""

from __future__ import annotations

from pathlib import Path

from claims import Engine, Refusal, Site, delete, insert, on_all, rename, update

WARD = """
peer Ward

source Stay at Ward {
  id       int   primary key
  patient  text  not null
  room     int
  diet     text  not null default 'normal'
  active   bool  not null default true
  note     text
}

view Active from Stay {
  where active
  keep id, patient, room
  on delete set active = false
}

view Meals from Stay {
  where active and diet <> 'none'
  keep id, patient, diet
}

view Rooms from Stay {
  where room between 100 and 199
  keep id, room
  on delete reject
}
"""


def ward(engine: Engine, tmp_path: Path) -> Site:
    site = Site.of(WARD, engine, tmp_path)
    site.load(
        "Stay",
        (1, "Ito", 101, "normal", True, "allergy"),
        (2, "Abe", None, "vegan", True, None),
        (3, "Ono", 150, "none", False, "discharged"),
        (4, "Mori", 201, "none", True, ""),
    )
    return site


@on_all
def test_an_update_keeps_hidden_columns_and_touches_no_other_row(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    site.put("Active", (1, "Ito", 102), (2, "Abe", None), (4, "Mori", 201))
    assert site.rows("Stay") == [
        (1, "Ito", 102, "normal", 1, "allergy"),
        (2, "Abe", None, "vegan", 1, None),
        (3, "Ono", 150, "none", 0, "discharged"),
        (4, "Mori", 201, "none", 1, ""),
    ]
    assert site.captured("Stay") == [
        ("update", (1, "Ito", 101, "normal", 1, "allergy"), (1, "Ito", 102, "normal", 1, "allergy"))
    ]
    assert site.changes("Active") == [update(1, "Ito", 102)]
    assert site.changes("Meals") == []
    assert site.changes("Rooms") == [update(1, 102)]


@on_all
def test_an_insert_gives_hidden_columns_their_default(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    site.put_delta("Active", insert(9, "Sato", None))
    assert site.rows("Stay")[-1] == (9, "Sato", None, "normal", 1, None)
    assert site.captured("Stay") == [("insert", (None,) * 6, (9, "Sato", None, "normal", 1, None))]
    assert site.changes("Meals") == [insert(9, "Sato", "normal")]
    assert site.changes("Rooms") == []


@on_all
def test_on_delete_set_hides_the_row_and_keeps_it(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    site.put("Active", (2, "Abe", None))
    assert site.rows("Stay") == [
        (1, "Ito", 101, "normal", 0, "allergy"),
        (2, "Abe", None, "vegan", 1, None),
        (3, "Ono", 150, "none", 0, "discharged"),
        (4, "Mori", 201, "none", 0, ""),
    ]
    assert site.changes("Active") == [delete(1), delete(4)]
    assert site.changes("Meals") == [delete(1)]
    assert site.changes("Rooms") == []


@on_all
def test_on_delete_delete_is_the_default_and_removes_the_row(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    site.put("Meals")
    assert site.rows("Stay") == [
        (3, "Ono", 150, "none", 0, "discharged"),
        (4, "Mori", 201, "none", 1, ""),
    ]
    assert site.changes("Active") == [delete(1), delete(2)]
    assert site.changes("Rooms") == [delete(1)]


@on_all
def test_on_delete_reject_refuses_a_vanished_row(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    assert site.refused("Rooms", (3, 150)) == Refusal("BXC19", [("BXC19", 1)])
    assert site.refused_delta("Rooms", delete(3)) == Refusal("BXC19", [("BXC19", 3)])
    site.put_delta("Rooms", delete(77))
    assert site.captured("Stay") == []


@on_all
def test_a_row_that_does_not_fulfil_where_is_refused(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    assert site.refused("Rooms", (1, 200), (3, 150)) == Refusal("BXC12", [("BXC12", 1)])
    assert site.refused("Rooms", (1, None), (3, 99)).code == "BXC12"
    assert site.refused_delta("Rooms", update(1, None)).code == "BXC12"
    assert site.refused_delta("Meals", update(1, "Ito", "none")) == Refusal("BXC12", [("BXC12", 1)])


@on_all
def test_a_key_that_a_row_outside_the_view_holds_is_refused(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    active = [(1, "Ito", 101), (2, "Abe", None), (4, "Mori", 201)]
    assert site.refused("Active", *active, (3, "Ono", 150)) == Refusal("BXC11", [("BXC11", 3)])
    assert site.refused_delta("Active", insert(3, "Ono", 150)) == Refusal("BXC11", [("BXC11", 3)])
    assert site.refused_delta("Active", rename((1,), 3, "Ito", 101)).code == "BXC11"


@on_all
def test_a_delete_of_an_unknown_or_hidden_key_and_an_equal_insert_do_nothing(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    site.put_delta("Active", delete(99), delete(3), insert(1, "Ito", 101), update(2, "Abe", None))
    assert site.captured("Stay") == []


@on_all
def test_unknown_keys_visible_keys_and_doubled_keys_are_refused(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    assert site.refused_delta("Active", update(99, "Nobody", 1)) == Refusal("BXC18", [("BXC18", 99)])
    assert site.refused_delta("Active", update(3, "Ono", 1)) == Refusal("BXC18", [("BXC18", 3)])
    assert site.refused_delta("Active", insert(1, "Ito", 102)) == Refusal("BXC10", [("BXC10", 1)])
    assert site.refused_delta("Active", insert(7, "A", 1), insert(7, "A", 1)).code == "BXC10"
    assert site.refused_delta("Active", delete(1), insert(1, "Ito", 102)).code == "BXC10"
    assert site.refused_delta("Active", delete(1), delete(1)).code == "BXC10"
    assert site.refused_delta("Active", rename((1,), 2, "Ito", 101)).code == "BXC10"
    assert site.refused("Active", (1, "Ito", 101), (1, "Ito", 101)).code == "BXC10"
    assert site.refused("Active", (None, "Ito", 101)).code == "BXC10"
    assert site.refused_delta("Active", insert(None, "Ito", 101)).code == "BXC10"
    assert site.refused_delta("Active", rename((1,), None, "Ito", 101)).code == "BXC10"


@on_all
def test_null_in_a_not_null_column_is_refused(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    assert ("BXC16", 1) in site.refused_delta("Active", update(1, None, 101)).violations
    assert ("BXC16", 5) in site.refused_delta("Active", insert(5, None, 101)).violations


REVIVE = """
peer Lab

source Drug at Lab {
  name    text  primary key
  dose    decimal(6,2)
  secret  text
  shared  bool  not null default true
  grade   int   not null default 5
  other   int   not null default 7
}

view Open from Drug {
  where shared and grade > 3
  keep name, dose
  on delete set shared = false
  on hidden revive
}
"""


@on_all
def test_revive_takes_kept_columns_from_the_row_and_the_predicate_s_columns_from_defaults(
    engine: Engine, tmp_path: Path
) -> None:
    site = Site.of(REVIVE, engine, tmp_path)
    site.load("Drug", ("A", None, "x", False, 4, 1), ("B", None, "y", True, 1, 2), ("C", None, None, False, 0, 3))
    site.put("Open", ("A", None), ("B", None))
    assert site.rows("Drug") == [
        ("A", None, "x", 1, 5, 1),
        ("B", None, "y", 1, 5, 2),
        ("C", None, None, 0, 0, 3),
    ]
    site.consume()
    site.put_delta("Open", delete("A"), insert("C", None), insert("D", None))
    assert site.rows("Drug") == [
        ("A", None, "x", 0, 5, 1),
        ("B", None, "y", 1, 5, 2),
        ("C", None, None, 1, 5, 3),
        ("D", None, None, 1, 5, 7),
    ]
    assert site.changes("Open") == [delete("A"), insert("C", None), insert("D", None)]


@on_all
def test_a_rename_onto_a_hidden_key_is_refused_even_with_revive(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(REVIVE, engine, tmp_path)
    site.load("Drug", ("A", None, "x", True, 4, 1), ("B", None, "y", False, 1, 2))
    assert site.refused_delta("Open", rename(("A",), "B", None)).code == "BXC11"
    site.put_delta("Open", delete("A"), insert("B", None))
    assert site.rows("Drug") == [("A", None, "x", 0, 4, 1), ("B", None, "y", 1, 5, 2)]


@on_all
def test_a_delete_and_a_rename_onto_its_key_with_on_delete_set_is_refused(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(REVIVE, engine, tmp_path)
    site.load("Drug", ("A", None, "x", True, 4, 1), ("B", None, "y", True, 5, 2))
    assert site.refused_delta("Open", delete("B"), rename(("A",), "B", None)).code == "BXC11"


@on_all
def test_a_delete_and_a_rename_onto_its_key_is_legal_where_the_row_goes(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    site.put_delta("Meals", delete(2), rename((1,), 2, "Ito", "normal"))
    assert site.rows("Stay") == [
        (2, "Ito", 101, "normal", 1, "allergy"),
        (3, "Ono", 150, "none", 0, "discharged"),
        (4, "Mori", 201, "none", 1, ""),
    ]
    assert site.changes("Meals") == [delete(2), rename((1,), 2, "Ito", "normal")]
    assert site.changes("Active") == [delete(2), rename((1,), 2, "Ito", 101)]
    assert site.changes("Rooms") == [rename((1,), 2, 101)]


NULLS = """
peer Shop

source Item at Shop {
  id     int  primary key
  price  int
  kind   text
  flag   bool
}

view Cheap from Item {
  where not (price > 10)
  keep id, price
}

view NotFood from Item {
  where kind not in ('food', 'drink')
  keep id, kind
}

view EitherWay from Item {
  where price > 5 or kind = 'gift'
  keep id, price, kind
}

view Unset from Item {
  where flag is null
  keep id, flag
}

view Yes from Item {
  where flag
  keep id, flag
}
"""


@on_all
def test_where_is_three_valued(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(NULLS, engine, tmp_path)
    site.load(
        "Item",
        (1, None, None, None),
        (2, 10, "gift", True),
        (3, 11, "food", False),
        (4, None, "gift", None),
        (5, 6, None, True),
    )
    assert site.get("Cheap") == [(2, 10), (5, 6)]
    assert site.get("NotFood") == [(2, "gift"), (4, "gift")]
    assert site.get("EitherWay") == [(2, 10, "gift"), (3, 11, "food"), (4, None, "gift"), (5, 6, None)]
    assert site.get("Unset") == [(1, None), (4, None)]
    assert site.get("Yes") == [(2, 1), (5, 1)]
    assert site.refused_delta("Cheap", update(2, None)) == Refusal("BXC12", [("BXC12", 2), ("BXC16", 2)])
    assert site.refused_delta("NotFood", update(2, None)) == Refusal("BXC12", [("BXC12", 2), ("BXC16", 2)])
    assert site.refused_delta("EitherWay", update(4, 5, None)) == Refusal("BXC12", [("BXC12", 4)])
    assert site.refused_delta("Unset", insert(9, True)) == Refusal("BXC12", [("BXC12", 9)])
    assert site.refused_delta("Yes", insert(9, None), insert(8, False)) == Refusal(
        "BXC12", [("BXC12", 8), ("BXC12", 9), ("BXC16", 9)]
    )
    site.put_delta("EitherWay", update(4, 6, None))
    assert site.changes("NotFood") == [delete(4)]
    assert site.changes("Cheap") == [insert(4, 6)]


@on_all
def test_a_refused_rename_is_listed_by_its_new_key(engine: Engine, tmp_path: Path) -> None:
    site = ward(engine, tmp_path)
    refusal = site.refused_delta("Active", rename((1,), 3, "Ito", 101))
    assert refusal == Refusal("BXC11", [("BXC11", 3), ("BXC17", 3)])
    assert site.refused_delta("Active", rename((77,), 8, "Ito", 1)) == Refusal("BXC18", [("BXC18", 8)])
    assert site.refused_delta("Active", rename((1,), 2, "Ito", 1)).violations[0] == ("BXC10", 2)
