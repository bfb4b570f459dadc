"""Claims of the design about keys, each tried on the emitted files: composite keys, renames, swaps, references."""

from __future__ import annotations

from pathlib import Path

from claims import Engine, Refusal, Site, delete, insert, on_all, rename, update

CHAIN = """
peer Factory

source Line at Factory {
  order   int          not null
  "Pos No"  varchar(8)   not null
  part    text         not null
  qty     int          not null default 1
  cost    decimal(8,2)
  primary key (order, "Pos No")
  check positive: (qty > 0)
}

view Lines from Line {
  keep order, "Pos No", part, qty
}

view One from Line {
  where order = 7
  keep "Pos No", part
}
"""


def factory(engine: Engine, tmp_path: Path) -> Site:
    site = Site.of(CHAIN, engine, tmp_path)
    site.load("Line", (7, "a", "bolt", 10, None), (7, "b", "nut", 20, None), (8, "a", "gear", 1, None))
    return site


@on_all
def test_a_composite_key_is_matched_as_a_whole(engine: Engine, tmp_path: Path) -> None:
    site = factory(engine, tmp_path)
    site.put("Lines", (7, "a", "bolt", 11), (8, "b", "nut", 20), (8, "a", "gear", 1))
    assert site.rows("Line") == [(7, "a", "bolt", 11, None), (8, "a", "gear", 1, None), (8, "b", "nut", 20, None)]
    assert site.changes("Lines") == [delete(7, "b"), insert(8, "b", "nut", 20), update(7, "a", "bolt", 11)]
    assert site.changes("One") == [delete("b")]


@on_all
def test_half_a_composite_key_can_be_renamed(engine: Engine, tmp_path: Path) -> None:
    site = factory(engine, tmp_path)
    site.put_delta("Lines", rename((7, "a"), 7, "c", "bolt", 10), rename((8, "a"), 9, "a", "gear", 2))
    assert site.rows("Line") == [(7, "b", "nut", 20, None), (7, "c", "bolt", 10, None), (9, "a", "gear", 2, None)]
    assert site.changes("Lines") == [rename((7, "a"), 7, "c", "bolt", 10), rename((8, "a"), 9, "a", "gear", 2)]
    assert site.changes("One") == [rename(("a",), "c", "bolt")]


@on_all
def test_a_dropped_key_column_that_where_pins_takes_the_pinned_value(engine: Engine, tmp_path: Path) -> None:
    site = factory(engine, tmp_path)
    site.put("One", ("b", "nut"), ("z", "washer"))
    assert site.rows("Line") == [(7, "b", "nut", 20, None), (7, "z", "washer", 1, None), (8, "a", "gear", 1, None)]
    site.put_delta("One", rename(("b",), "a", "nut"))
    assert site.rows("Line")[0] == (7, "a", "nut", 20, None)


@on_all
def test_a_row_that_leaves_a_pinned_view_by_an_edit_of_the_source_is_a_delete_there(
    engine: Engine, tmp_path: Path
) -> None:
    site = factory(engine, tmp_path)
    site.edit('update "Line" set "order" = 9 where "order" = 7 and "Pos No" = \'a\'')
    assert site.changes("One") == [delete("a")]
    lines = site.changes("Lines")
    if engine != "duckdb":
        assert lines == [rename((7, "a"), 9, "a", "bolt", 10)]
    else:  # two states of a table do not tell a rename from a delete and an insert
        assert lines == [delete(7, "a"), insert(9, "a", "bolt", 10)]


@on_all
def test_null_in_part_of_a_composite_key_is_refused(engine: Engine, tmp_path: Path) -> None:
    site = factory(engine, tmp_path)
    assert site.refused_delta("Lines", insert(1, None, "x", 1)).code == "BXC10"
    assert site.refused_delta("Lines", insert(None, "a", "x", 1)).code == "BXC10"


@on_all
def test_a_check_and_a_varchar_are_refused_with_their_codes(engine: Engine, tmp_path: Path) -> None:
    site = factory(engine, tmp_path)
    assert ("BXC17", 7, "a") in site.refused_delta("Lines", update(7, "a", "bolt", 0)).violations
    assert ("BXC16", 7, "ninechars") in site.refused_delta("Lines", insert(7, "ninechars", "x", 1)).violations
    site.put_delta("Lines", insert(7, "ätherlei", "x", 1))  # 8 code points, 9 octets
    assert site.rows("Line")[-2:] == [(7, "ätherlei", "x", 1, None), (8, "a", "gear", 1, None)]


STAFF = """
peer Office

source Staff at Office {
  id     int   primary key
  badge  int   not null unique
  desk   text  unique
  pay    int   not null default 0
}

view Desks from Staff {
  keep id, badge, desk
}

view Badges from Staff {
  where id > 0
  keep badge, desk
}
"""


def office(engine: Engine, tmp_path: Path) -> Site:
    site = Site.of(STAFF, engine, tmp_path)
    site.load("Staff", (1, 11, "A", 100), (2, 12, "B", 200), (3, 13, None, 300), (4, 14, None, 400))
    return site


@on_all
def test_keys_are_swapped_by_one_delta(engine: Engine, tmp_path: Path) -> None:
    site = office(engine, tmp_path)
    site.put_delta("Desks", rename((1,), 2, 11, "A"), rename((2,), 1, 12, "B"))
    assert site.rows("Staff")[:2] == [(1, 12, "B", 200), (2, 11, "A", 100)]
    assert site.changes("Desks") == [rename((1,), 2, 11, "A"), rename((2,), 1, 12, "B")]


@on_all
def test_keys_move_in_a_chain_behind_a_delete(engine: Engine, tmp_path: Path) -> None:
    site = office(engine, tmp_path)
    site.put_delta("Desks", rename((3,), 4, 13, None), delete(4), rename((2,), 3, 12, "B"), insert(2, 99, None))
    assert site.rows("Staff") == [(1, 11, "A", 100), (2, 99, None, 0), (3, 12, "B", 200), (4, 13, None, 300)]
    assert site.changes("Badges") == [delete(14), insert(99, None)]


@on_all
def test_a_ring_of_keys_turns(engine: Engine, tmp_path: Path) -> None:
    site = office(engine, tmp_path)
    site.put_delta(
        "Desks",
        rename((1,), 2, 11, "A"),
        rename((2,), 3, 12, "B"),
        rename((3,), 4, 13, None),
        rename((4,), 1, 14, "Z"),
    )
    assert site.rows("Staff") == [(1, 14, "Z", 400), (2, 11, "A", 100), (3, 12, "B", 200), (4, 13, None, 300)]
    site.consume()
    site.put_delta(
        "Desks",
        rename((2,), 1, 11, "A"),
        rename((1,), 2, 14, "Z"),
    )
    assert site.changes("Badges") == []


@on_all
def test_unique_values_are_swapped_by_whole_and_delta_puts(engine: Engine, tmp_path: Path) -> None:
    site = office(engine, tmp_path)
    site.put("Desks", (1, 12, "B"), (2, 11, "A"), (3, 14, None), (4, 13, None))
    assert site.rows("Staff") == [(1, 12, "B", 100), (2, 11, "A", 200), (3, 14, None, 300), (4, 13, None, 400)]
    site.consume()
    site.put_delta("Desks", update(1, 11, "A"), update(2, 12, None), update(3, 14, "B"))
    assert site.rows("Staff")[:3] == [(1, 11, "A", 100), (2, 12, None, 200), (3, 14, "B", 300)]
    assert site.changes("Desks") == [update(1, 11, "A"), update(2, 12, None), update(3, 14, "B")]


@on_all
def test_a_unique_value_of_a_deleted_row_is_free_for_another(engine: Engine, tmp_path: Path) -> None:
    site = office(engine, tmp_path)
    site.put_delta("Desks", delete(1), insert(9, 11, "A"))
    assert site.rows("Staff")[-1] == (9, 11, "A", 0)
    site.put("Desks", (9, 12, "A"), (5, 11, "B"))
    assert site.rows("Staff") == [(5, 11, "B", 0), (9, 12, "A", 0)]


@on_all
def test_a_unique_value_that_stays_taken_is_refused(engine: Engine, tmp_path: Path) -> None:
    site = office(engine, tmp_path)
    assert site.refused_delta("Desks", update(1, 12, "A")) == Refusal("BXC17", [("BXC17", 1)])
    assert site.refused_delta("Desks", insert(8, 88, "B")) == Refusal("BXC17", [("BXC17", 8)])
    assert site.refused_delta("Desks", update(3, 13, "Q"), update(4, 14, "Q")).code == "BXC17"
    assert site.refused("Desks", (1, 11, "A"), (2, 11, "B")).code == "BXC17"


STOCK = """
peer Depot

source Bin at Depot {
  id    int   not null
  code  text  not null
  zone  text  not null
  n     int   not null default 0
  live  bool  not null default true
  primary key (id)
  unique (code, zone)
}

view Codes from Bin {
  where live
  keep code, zone, n
  on delete reject
  on hidden revive
}
"""


@on_all
def test_a_view_keyed_by_a_composite_unique_key_finds_its_rows(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(STOCK, engine, tmp_path)
    site.load("Bin", (1, "a", "x", 5, True), (2, "a", "y", 6, True), (3, "b", "x", 7, False))
    site.put_delta("Codes", rename(("a", "x"), "a", "y", 5), rename(("a", "y"), "a", "x", 60))
    assert site.rows("Bin") == [(1, "a", "y", 5, 1), (2, "a", "x", 60, 1), (3, "b", "x", 7, 0)]
    site.put_delta("Codes", insert("b", "x", 70))
    assert site.rows("Bin")[2] == (3, "b", "x", 70, 1)


@on_all
def test_an_insert_without_a_value_for_a_hidden_primary_key_is_refused(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(STOCK, engine, tmp_path)
    site.load("Bin", (1, "a", "x", 5, True))
    refusal = site.refused_delta("Codes", insert("c", "z", 1))
    assert refusal.violations
    assert site.refused_delta("Codes", delete("a", "x")).code == "BXC19"


FAMILY = """
peer Bank

source Client at Bank {
  id    int   primary key
  name  text  not null
}

source Account at Bank {
  iban   text  primary key
  owner  int   references Client(id)
  kind   enum('giro', 'depot')  not null default 'giro'
  open   bool  not null default true
}

view Clients from Client {
  keep id, name
}

view Accounts from Account {
  where open
  keep iban, owner
  on delete set open = false
}
"""


def bank(engine: Engine, tmp_path: Path) -> Site:
    site = Site.of(FAMILY, engine, tmp_path)
    site.load("Client", (1, "Ann"), (2, "Bob"), (3, "Cy"))
    site.load("Account", ("X1", 1, "giro", True), ("X2", None, "depot", True), ("X3", 2, "depot", False))
    return site


@on_all
def test_a_foreign_key_is_guarded_from_both_sides(engine: Engine, tmp_path: Path) -> None:
    site = bank(engine, tmp_path)
    assert site.refused_delta("Accounts", update("X1", 9)) == Refusal("BXC17", [("BXC17", "X1")])
    assert site.refused_delta("Accounts", insert("X4", 9)) == Refusal("BXC17", [("BXC17", "X4")])
    assert site.refused_delta("Clients", delete(1)) == Refusal("BXC17", [("BXC17", 1)])
    assert site.refused("Clients", (1, "Ann")).code == "BXC17"
    assert site.refused_delta("Clients", rename((2,), 20, "Bob")).code == "BXC17"
    site.put_delta("Clients", delete(3), update(1, "Anne"))
    site.put_delta("Accounts", update("X1", None), insert("X4", 2), update("X2", 1))
    assert site.rows("Account") == [
        ("X1", None, "giro", 1),
        ("X2", 1, "depot", 1),
        ("X3", 2, "depot", 0),
        ("X4", 2, "giro", 1),
    ]


@on_all
def test_a_referenced_key_may_be_taken_over_in_one_delta(engine: Engine, tmp_path: Path) -> None:
    site = bank(engine, tmp_path)
    site.put_delta("Clients", rename((1,), 2, "Ann"), rename((2,), 1, "Bob"))
    assert site.rows("Client") == [(1, "Bob"), (2, "Ann"), (3, "Cy")]
    assert site.rows("Account")[0] == ("X1", 1, "giro", 1)


TREE = """
peer Firm

source Worker at Firm {
  id    int   primary key
  boss  int   references Worker(id)
  name  text  not null
}

view Workers from Worker {
  keep id, boss
}
"""


@on_all
def test_a_table_that_refers_to_itself_is_built_and_torn_down_by_one_put(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(TREE.replace("name  text  not null", "name  text"), engine, tmp_path)
    site.put("Workers", (3, 2), (2, 1), (1, None), (4, 4))
    assert site.rows("Worker") == [(1, None, None), (2, 1, None), (3, 2, None), (4, 4, None)]
    assert site.refused_delta("Workers", delete(2)).code == "BXC17"
    site.put_delta("Workers", delete(2), update(3, 1))
    site.put_delta("Workers", rename((4,), 5, 5))
    site.put("Workers")
    assert site.rows("Worker") == []
