"""Claims of the design about views whose rows stand for groups of source rows, and about views on views."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest
from claims import Engine, Refusal, Site, delete, insert, on_all, rename, update

CLINIC = """
peer Clinic

source Take at Clinic {
  patient  int  not null
  drug     text not null
  how      text
  maker    text
  dose     int  not null default 1
  primary key (patient, drug)
  determines drug -> how, maker
}

view Drugs from Take {
  keep drug, how
}

view Makers from Take {
  keep drug, maker
  on delete delete
}
"""


def clinic(engine: Engine, tmp_path: Path) -> Site:
    site = Site.of(CLINIC, engine, tmp_path)
    site.load(
        "Take",
        (1, "A", "MeA", "m1", 5),
        (2, "A", "MeA", "m1", 6),
        (1, "B", None, "m2", 7),
        (3, "C", "MeC", None, 8),
    )
    return site


@on_all
def test_a_group_is_one_row_and_an_update_changes_all_of_its_rows(engine: Engine, tmp_path: Path) -> None:
    site = clinic(engine, tmp_path)
    assert site.get("Drugs") == [("A", "MeA"), ("B", None), ("C", "MeC")]
    site.put("Drugs", ("A", "MeA2"), ("B", "MeB"), ("C", "MeC"))
    assert site.rows("Take") == [
        (1, "A", "MeA2", "m1", 5),
        (1, "B", "MeB", "m2", 7),
        (2, "A", "MeA2", "m1", 6),
        (3, "C", "MeC", None, 8),
    ]
    assert site.changes("Drugs") == [update("A", "MeA2"), update("B", "MeB")]
    assert site.changes("Makers") == []
    assert len(site.captured("Take")) == 3


@on_all
def test_a_vanished_group_is_refused_by_default_and_deleted_where_the_view_says_so(
    engine: Engine, tmp_path: Path
) -> None:
    site = clinic(engine, tmp_path)
    assert site.refused("Drugs", ("A", "MeA"), ("B", None)) == Refusal("BXC19", [("BXC19", "C")])
    assert site.refused_delta("Drugs", delete("A")) == Refusal("BXC19", [("BXC19", "A")])
    site.put_delta("Makers", delete("A"))
    assert site.rows("Take") == [(1, "B", None, "m2", 7), (3, "C", "MeC", None, 8)]
    assert site.changes("Drugs") == [delete("A")]


@on_all
def test_a_new_group_without_a_fresh_key_is_refused(engine: Engine, tmp_path: Path) -> None:
    site = clinic(engine, tmp_path)
    assert site.refused_delta("Drugs", insert("D", "MeD")) == Refusal("BXC14", [("BXC14", "D")])


@on_all
def test_a_group_rename_moves_all_rows_and_is_a_rename_in_its_own_view_only(engine: Engine, tmp_path: Path) -> None:
    site = clinic(engine, tmp_path)
    site.put_delta("Drugs", rename(("A",), "A+", "MeA"))
    assert site.rows("Take") == [
        (1, "A+", "MeA", "m1", 5),
        (1, "B", None, "m2", 7),
        (2, "A+", "MeA", "m1", 6),
        (3, "C", "MeC", None, 8),
    ]
    assert site.changes("Drugs") == [rename(("A",), "A+", "MeA")]
    assert site.changes("Makers") == [delete("A"), insert("A+", "m1")]


@on_all
def test_groups_swap_their_keys(engine: Engine, tmp_path: Path) -> None:
    site = clinic(engine, tmp_path)
    site.put_delta("Drugs", rename(("A",), "B", "MeA"), rename(("B",), "A", "new"))
    assert site.rows("Take") == [
        (1, "A", "new", "m2", 7),
        (1, "B", "MeA", "m1", 5),
        (2, "B", "MeA", "m1", 6),
        (3, "C", "MeC", None, 8),
    ]
    assert site.changes("Drugs") == [update("A", "new"), update("B", "MeA")]
    assert site.changes("Makers") == [update("A", "m2"), update("B", "m1")]


@on_all
def test_a_group_is_not_merged_into_a_group_that_stays(engine: Engine, tmp_path: Path) -> None:
    site = clinic(engine, tmp_path)
    assert site.refused_delta("Drugs", rename(("A",), "C", "MeC")).code == "BXC10"
    assert site.refused_delta("Drugs", rename(("A",), "Z", "MeA"), rename(("C",), "Z", "MeA")).code == "BXC10"


@on_all
def test_a_group_takes_over_the_key_of_a_group_that_goes(engine: Engine, tmp_path: Path) -> None:
    site = clinic(engine, tmp_path)
    site.put_delta("Makers", delete("C"), rename(("A",), "C", "m9"))
    assert site.rows("Take") == [(1, "B", None, "m2", 7), (1, "C", "MeA", "m9", 5), (2, "C", "MeA", "m9", 6)]
    assert site.changes("Makers") == [delete("A"), update("C", "m9")]
    assert site.changes("Drugs") == [delete("A"), update("C", "MeA")]


@on_all
def test_a_source_row_that_moves_between_groups_is_no_rename(engine: Engine, tmp_path: Path) -> None:
    site = clinic(engine, tmp_path)
    site.edit("update Take set drug = 'D', how = 'MeD', maker = 'm4' where patient = 3")
    assert site.changes("Drugs") == [delete("C"), insert("D", "MeD")]
    site.consume()
    site.edit("update Take set drug = 'D', how = 'MeD', maker = 'm4' where patient = 1 and drug = 'A'")
    assert site.changes("Drugs") == []
    site.consume()
    site.edit("delete from Take where patient = 2")
    assert site.changes("Makers") == [delete("A")]


FRESH = """
peer Shop

source Sale at Shop {
  no     int   primary key
  item   text  not null
  price  decimal(8,2)
  seller text  not null default 'web'
  determines item -> price
}

source Visit at Shop {
  id    uuid  primary key
  page  text  not null
  hits  int
  determines page -> hits
}

view Prices from Sale {
  keep item, price default no = fresh
  on delete delete
}

view Pages from Visit {
  keep page, hits default id = fresh
}
"""


@on_all
def test_a_new_group_gets_the_next_free_int_key(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(FRESH, engine, tmp_path)
    pen, cup = Decimal("1.50"), Decimal("2.00")
    site.load("Sale", (4, "pen", pen, "Ann"), (9, "pen", pen, "Bob"))
    site.put("Prices", ("pen", Decimal("1.75")), ("cup", cup), ("hat", None))
    found = {(no, seller) for no, _, _, seller in site.rows("Sale")}
    assert found == {(4, "Ann"), (9, "Bob"), (10, "web"), (11, "web")}


@on_all
def test_a_new_group_gets_its_own_uuid(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(FRESH, engine, tmp_path)
    site.put("Pages", ("/", 3), ("/about", None))
    ids = [row[0] for row in site.rows("Visit")]
    assert len(set(ids)) == 2
    assert all(len(value) == 36 for value in ids)
    site.put_delta("Pages", insert("/new", 1), update("/", 4))
    assert {row[0] for row in site.rows("Visit")} > set(ids)


REGION = """
peer Sales

source Order at Sales {
  id       int   primary key
  town     text  not null
  country  text  not null
  tax      int
  amount   int   not null default 0
  determines town -> country
  determines country -> tax
}

view Towns from Order {
  keep town, country, tax
  key (town)
}

view Countries from Towns {
  keep country, tax
}

view Taxed from Countries {
  where tax is not null
  rename tax to vat
  on delete delete
}

view Local from Order {
  where country = 'jp'
  keep town, country
}
"""


@on_all
def test_determinations_chain_through_views_on_views(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(REGION, engine, tmp_path)
    site.load(
        "Order",
        (1, "Kyoto", "jp", 10, 100),
        (2, "Kyoto", "jp", 10, 200),
        (3, "Nara", "jp", 10, 300),
        (4, "Bonn", "de", None, 400),
    )
    assert site.get("Countries") == [("de", None), ("jp", 10)]
    assert site.get("Taxed") == [("jp", 10)]
    assert site.get("Local") == [("Kyoto", "jp"), ("Nara", "jp")]
    site.put_delta("Taxed", update("jp", 8))
    assert [row[3] for row in site.rows("Order")] == [8, 8, 8, None]
    assert site.changes("Towns") == [update("Kyoto", "jp", 8), update("Nara", "jp", 8)]
    assert site.changes("Countries") == [update("jp", 8)]
    assert site.changes("Local") == []


@on_all
def test_an_update_of_one_group_that_would_break_another_determination_is_refused(
    engine: Engine, tmp_path: Path
) -> None:
    site = Site.of(REGION, engine, tmp_path)
    site.load("Order", (1, "Kyoto", "jp", 10, 1), (2, "Nara", "jp", 10, 2), (3, "Bonn", "de", 19, 3))
    assert site.refused_delta("Towns", update("Kyoto", "jp", 9)).code == "BXC17"
    assert site.refused_delta("Towns", update("Kyoto", "de", 10)).code == "BXC17"
    site.put_delta("Towns", update("Kyoto", "jp", 9), update("Nara", "jp", 9))
    site.put_delta("Towns", update("Kyoto", "de", 19))
    assert site.rows("Order") == [(1, "Kyoto", "de", 19, 1), (2, "Nara", "jp", 9, 2), (3, "Bonn", "de", 19, 3)]


@on_all
def test_null_on_the_left_of_a_determination_counts_as_equal(engine: Engine, tmp_path: Path) -> None:
    spec = """
    peer P
    source T at P {
      id  int  primary key
      a   text
      b   int
      determines a -> b
    }
    view V from T {
      keep id, a, b
    }
    """
    site = Site.of(spec, engine, tmp_path)
    site.load("T", (1, None, 5), (2, "x", 6))
    assert site.refused_delta("V", insert(3, None, 6)) == Refusal("BXC17", [("BXC17", 3)])
    assert site.refused_delta("V", insert(3, "x", None)) == Refusal("BXC17", [("BXC17", 3)])
    site.put_delta("V", insert(3, None, 5), update(1, None, 5), insert(4, "y", None))
    site.put_delta("V", update(1, None, 7), update(3, None, 7))
    assert site.rows("T") == [(1, None, 7), (2, "x", 6), (3, None, 7), (4, "y", None)]


THREE = """
peer Plant

source Machine at Plant {
  id      int   primary key
  hall    int   not null default 3
  kind    text  not null default 'press'
  state   text  not null default 'on'
  notes   text
  wear    int
}

view Hall from Machine {
  where hall = 3
  keep id, kind, state, wear
  on delete set hall = 0
}

view Running from Hall {
  where state = 'on'
  drop kind default 'lathe'
  on delete set state = 'off'
  on hidden revive
}

view Public from Running {
  rename id to "machine no"
  keep "machine no", wear
  where wear > 0
}
"""


def plant(engine: Engine, tmp_path: Path) -> Site:
    site = Site.of(THREE, engine, tmp_path)
    site.load(
        "Machine",
        (1, 3, "press", "on", "n1", 5),
        (2, 3, "saw", "off", "n2", 6),
        (3, 4, "saw", "on", "n3", 7),
        (4, 3, "saw", "on", "n4", None),
    )
    return site


@on_all
def test_a_put_goes_down_a_stack_of_three_views(engine: Engine, tmp_path: Path) -> None:
    site = plant(engine, tmp_path)
    assert site.get("Public") == [(1, 5)]
    site.put("Public", (1, 50), (9, 1))
    assert site.rows("Machine") == [
        (1, 3, "press", "on", "n1", 50),
        (2, 3, "saw", "off", "n2", 6),
        (3, 4, "saw", "on", "n3", 7),
        (4, 3, "saw", "on", "n4", None),
        (9, 3, "lathe", "on", None, 1),
    ]
    assert site.changes("Hall") == [insert(9, "lathe", "on", 1), update(1, "press", "on", 50)]


@on_all
def test_each_view_of_a_stack_decides_about_its_own_rows(engine: Engine, tmp_path: Path) -> None:
    site = plant(engine, tmp_path)
    site.put_delta("Hall", delete(2))
    assert site.rows("Machine")[1] == (2, 0, "saw", "off", "n2", 6)
    site.put_delta("Running", delete(4))
    assert site.rows("Machine")[3] == (4, 3, "saw", "off", "n4", None)
    site.put_delta("Public", delete(1))
    assert site.rows("Machine")[0] == (1, 3, "press", "off", "n1", 5)


@on_all
def test_a_row_that_an_inner_view_hides_is_revived_only_where_its_own_view_says_so(
    engine: Engine, tmp_path: Path
) -> None:
    site = plant(engine, tmp_path)
    site.put_delta("Running", insert(2, "on", 66))
    assert site.rows("Machine")[1] == (2, 3, "saw", "on", "n2", 66)
    assert ("BXC11", 3) in site.refused_delta("Running", insert(3, "on", 1)).violations
    assert ("BXC11", 4) in site.refused_delta("Public", insert(4, 1)).violations


@on_all
@pytest.mark.parametrize(
    ("taken", "given"), [(-5, [1, 2]), (0, [1, 2]), (7, [8, 9]), (2**63 - 3, [2**63 - 2, 2**63 - 1])]
)
def test_fresh_ints_are_positive_and_go_on_from_the_greatest(
    engine: Engine, tmp_path: Path, taken: int, given: list[int]
) -> None:
    site = Site.of(FRESH, engine, tmp_path)
    site.load("Sale", (taken, "a", None, "x"))
    site.put_delta("Prices", insert("b", None), insert("c", None))
    assert {item: no for no, item, _, _ in site.rows("Sale")} == {"a": taken, "b": given[0], "c": given[1]}


@on_all
def test_fresh_ints_do_not_run_past_64_bits(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(FRESH, engine, tmp_path)
    site.load("Sale", (2**63 - 2, "a", None, "x"))
    assert site.refused_delta("Prices", insert("b", None), insert("c", None)).code == "BXC14"


@on_all
def test_a_hidden_column_that_a_kept_one_determines_follows_it(engine: Engine, tmp_path: Path) -> None:
    spec = """
    peer P
    source T at P {
      id    int   primary key
      town  text
      zip   int
      determines town -> zip
    }
    view V from T {
      drop zip default 0 determined by town
    }
    """
    site = Site.of(spec, engine, tmp_path)
    site.load("T", (1, "Kyoto", 600), (2, "Nara", 630), (3, None, None))
    site.put("V", (1, "Nara"), (2, "Nara"), (3, "Kyoto"), (4, "Kyoto"), (5, "Osaka"), (6, None))
    assert site.rows("T") == [
        (1, "Nara", 630),
        (2, "Nara", 630),
        (3, "Kyoto", 600),
        (4, "Kyoto", 600),
        (5, "Osaka", 0),
        (6, None, None),
    ]


@on_all
def test_a_view_without_a_key_can_be_read_but_not_put(engine: Engine, tmp_path: Path) -> None:
    spec = """
    peer P
    source T at P {
      id    int   primary key
      town  text
    }
    view V from T {
      keep town
    }
    """
    site = Site.of(spec, engine, tmp_path)
    site.load("T", (1, "Nara"), (2, "Nara"), (3, None))
    assert site.get("V") == [(None,), ("Nara",)]
    site.stage("V", [("Nara",)])
    with pytest.raises((sqlite3.Error, duckdb.Error, psycopg.Error), match="BXC10 V: "), site.transaction():
        site.script(site.sql["put", "V"])
    assert len(site.rows("T")) == 3
