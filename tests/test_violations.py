"""`bxc_violations_<View>` says of each staged row what is wrong with it: one text on both engines, a row a reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from claims import Edit, Engine, Row, Site, on_all

from bxc.codegen.sql.wording import SENTENCES

WARD = """
peer Ward

source Drug at Ward {
  name   text  primary key
  maker  text
}

source Stay at Ward {
  id      int           primary key
  bed     int           unique
  drug    text          not null references Drug(name)
  effect  text
  dose    decimal(6,2)  not null
  grade   enum('low', 'high')
  code    varchar(3)
  open    bool          not null default true
  note    text          not null
  serial  int           not null default 1
  determines drug -> effect
  check dose_is_positive: (dose >= 0)
}

source Visit at Ward {
  id    int  primary key
  stay  int  references Stay(id)
}

view Current from Stay {
  where open and serial < 100
  keep id, bed, drug, effect, dose, grade, code, serial default note = ''
  add unit = 'mg'
  on delete set open = false
}

view Silent from Stay {
  keep id, dose default drug = 'A'
}

view Effects from Stay {
  keep drug, effect default id = 7, note = '', dose = 1
}

view Makers from Drug {
  keep name, maker
}

view Fixed from Stay {
  keep id, dose default drug = 'A', note = ''
  on delete reject
}

view Numbered from Stay {
  keep drug, effect default id = fresh, note = '', dose = 1
}

view Small from Stay {
  where dose < 100 and (dose < 80 or serial = 2)
  keep id, dose, serial default drug = 'A', note = ''
}

view Low from Small {
  where dose < 50 or serial = 2
  keep id, dose, serial
  on delete set dose = 90
}
"""


@pytest.fixture(scope="module", params=["sqlite", "duckdb", "postgres"])
def ward(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The ward's database, which refused puts leave as it is."""
    site = Site.of(WARD, request.param, tmp_path_factory.mktemp("ward"))
    site.load("Drug", ("A", "MeA"), ("B", "MeB"))
    site.load(
        "Stay",
        (1, 10, "A", "calm", Decimal("1.50"), "low", "x", True, "", 1),
        (2, 20, "B", None, Decimal("2.00"), None, None, True, "", 2),
        (3, None, "A", "calm", Decimal("3.00"), "high", "y", False, "", 3),
    )
    site.load("Visit", (70, 1))
    return site


def insert(*row: object) -> Edit:
    return Edit("insert", row)


def update(*row: object) -> Edit:
    return Edit("update", row)


def rename(was: Row, *row: object) -> Edit:
    return Edit("update", row, was)


def delete(*key: object) -> Edit:
    return Edit("delete", was=key)


def current(id_: int | None = 1, **changes: object) -> Row:
    """A row of Current: the one of stay 1, but for what is given."""
    row = {"bed": 10, "drug": "A", "effect": "calm", "dose": Decimal("1.50"), "grade": "low", "code": "x", "serial": 1}
    return (id_, *{**row, "unit": "mg", **changes}.values())


REASONS: dict[str, tuple[str, list[Edit], set[tuple[str, object, str]]]] = {
    "a key with NULL": (
        "Current",
        [insert(*current(None, bed=30))],
        {("BXC10", None, "the key has a NULL"), ("BXC16", None, "id is NULL")},
    ),
    "an old key with NULL": (
        "Current",
        [Edit("delete", was=(None,))],
        {("BXC10", None, "the old key has a NULL")},
    ),
    "an old key of an insert": (
        "Current",
        [Edit("insert", current(8, bed=30), (5,))],
        {("BXC10", 8, "an insert has an old key")},
    ),
    "one old key twice": (
        "Current",
        [update(*current(dose=Decimal("2.00"))), delete(1)],
        {("BXC10", 1, "another staged row has the same old key")},
    ),
    "one new key twice": (
        "Current",
        [insert(*current(8, bed=30)), insert(*current(8, bed=40))],
        {("BXC10", 8, "another staged row has the same key"), ("BXC17", 8, "another row of Stay has the same id")},
    ),
    "a delete and an insert of one key": (
        "Current",
        [delete(1), insert(*current(1))],
        {("BXC10", 1, "another staged row deletes this key: stage one update instead of both")},
    ),
    "an insert of a key that is taken": (
        "Current",
        [insert(*current(1, code="z"))],
        {("BXC10", 1, "Current has a row with this key and other values")},
    ),
    "a rename to a key that is taken": (
        "Current",
        [rename((2,), *current(1, bed=20))],
        {("BXC10", 1, "Current has another row with the new key"), ("BXC17", 1, "another row of Stay has the same id")},
    ),
    "an insert of a hidden key": (
        "Current",
        [insert(*current(3, bed=30))],
        {("BXC11", 3, "Stay has a row with this key that Current does not show")},
    ),
    "a rename to a hidden key": (
        "Current",
        [rename((2,), *current(3, bed=20))],
        {
            ("BXC11", 3, "Stay has a row with the new key that Current does not show"),
            ("BXC17", 3, "another row of Stay has the same id"),
        },
    ),
    "a rename to a key that its row keeps": (
        "Current",
        [delete(1), rename((2,), *current(1, bed=20))],
        {
            ("BXC11", 1, "the row that had the new key is hidden by this put, and keeps it"),
            ("BXC17", 1, "another row of Stay has the same id"),
        },
    ),
    "a row outside of the view": (
        "Current",
        [update(*current(1, serial=100))],
        {("BXC12", 1, "where of Current is not true for the row")},
    ),
    "a row outside of the view below": (
        "Low",
        [delete(1)],
        {("BXC12", 1, "the row would also leave the view below Low")},
    ),
    "a deleted row that is still visible": (
        "Low",
        [delete(2)],
        {("BXC19", 2, "Low would still show the row")},
    ),
    "a key column without a fresh value": (
        "Effects",
        [insert("C", "calm")],
        {
            ("BXC14", "C", "a new row needs a fresh value for id, which the view hides"),
            ("BXC17", "C", "no row of Drug for drug"),
        },
    ),
    "a computed column": (
        "Current",
        [update(*current(1, unit="kg"))],
        {("BXC15", 1, "unit is computed, and stated otherwise")},
    ),
    "a computed NULL": (
        "Current",
        [update(*current(1, unit=None))],
        {("BXC15", 1, "unit is computed, and stated otherwise"), ("BXC16", 1, "unit is NULL")},
    ),
    "values outside their types": (
        "Current",
        [update(*current(1, dose=Decimal("10000.00"), grade="mid", code="long", effect="\0", serial=None))],
        {
            ("BXC12", 1, "where of Current is not true for the row"),
            ("BXC16", 1, "grade is no enum('low', 'high')"),
            ("BXC16", 1, "code is no varchar(3)"),
            ("BXC16", 1, "dose is no decimal(6,2)"),
            ("BXC16", 1, "effect is no text"),
            ("BXC16", 1, "serial is NULL"),
            ("BXC17", 1, "another row of Stay has the same drug and other effect"),
        },
    ),
    "an operation that is none": (
        "Current",
        [Edit("upsert", current(1), (1,))],  # type: ignore[arg-type]
        {("BXC16", 1, "bxc_op is none of insert, update, delete")},
    ),
    "a hidden column without a value": (
        "Silent",
        [insert(8, Decimal("1.00"))],
        {
            ("BXC16", 8, "a new row needs a value for note, which the view hides"),
            ("BXC17", 8, "another row of Stay has the same drug and other effect"),
        },
    ),
    "a check": (
        "Current",
        [update(*current(1, dose=Decimal("-1.00")))],
        {("BXC17", 1, "check dose_is_positive is false")},
    ),
    "a unique value": (
        "Current",
        [update(*current(1, bed=20))],
        {("BXC17", 1, "another row of Stay has the same bed")},
    ),
    "no row to refer to": (
        "Current",
        [update(*current(1, drug="C"))],
        {("BXC17", 1, "no row of Drug for drug")},
    ),
    "a row that others refer to": (
        "Current",
        [rename((1,), *current(9))],
        {("BXC17", 9, "Visit.stay refers to the old id")},
    ),
    "a group that others refer to": (
        "Makers",
        [delete("B")],
        {("BXC17", "B", "Stay.drug refers to the old name")},
    ),
    "a dependency": (
        "Current",
        [update(*current(1, effect="wild"))],
        {("BXC17", 1, "another row of Stay has the same drug and other effect")},
    ),
    "a row that is not there": (
        "Current",
        [update(*current(9, bed=30))],
        {("BXC18", 9, "Current has no row with the old key")},
    ),
    "a delete that is rejected": (
        "Fixed",
        [delete(1)],
        {("BXC19", 1, "Fixed rejects deletes")},
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_a_refused_delta_lists_its_rows_by_their_keys_with_all_reasons(ward: Site, case: str) -> None:
    view, edits, reasons = REASONS[case]
    if ward.engine == "postgres":  # which holds no U+0000 anywhere
        edits = [replace(e, row=e.row and tuple(None if v == "\0" else v for v in e.row)) for e in edits]
        reasons = {reason for reason in reasons if reason[2] != "effect is no text"}
    refusal = ward.refused_delta(view, *edits)
    assert refusal.code == min(reasons)[0]
    assert set(ward.query(f"select * from bxc_violations_{view} where bxc_staged = 'delta'")) == {
        (code, "delta", key, detail) for code, key, detail in reasons
    }


def test_a_refused_whole_put_lists_vanished_rows_by_their_old_key(ward: Site) -> None:
    refusal = ward.refused("Fixed", (2, Decimal("2.00")), (8, Decimal("1.00")), (8, Decimal("9.00")))
    assert refusal.code == "BXC10"
    listed = ward.query("select * from bxc_violations_Fixed where bxc_staged = 'new' and bxc_code <> 'BXC17'")
    assert set(listed) == {
        ("BXC10", "new", 8, "another staged row has the same key"),
        ("BXC19", "new", 1, "Fixed rejects deletes"),
        ("BXC19", "new", 3, "Fixed rejects deletes"),
    }


@on_all
def test_a_new_row_without_an_int_left_is_listed(engine: Engine, tmp_path: Path) -> None:
    site = Site.of(WARD, engine, tmp_path)
    site.load("Drug", ("A", None), ("C", None))
    site.load("Stay", (2**63 - 1, None, "A", "calm", Decimal("1.00"), None, None, True, "", 1))
    assert site.refused_delta("Numbered", insert("C", "calm")).code == "BXC14"
    assert site.query("select * from bxc_violations_Numbered") == [
        ("BXC14", "delta", "C", "no greater int is left for id")
    ]


TREE = """
peer Ward
source Part at Ward {
  id     int   primary key
  label  text  unique
  above  text  references Part(label)
}
view Parts from Part {
  keep id, label, above
}
"""


@on_all
def test_a_row_without_a_value_to_refer_to_does_not_hide_that_its_own_reference_is_broken(
    engine: Engine, tmp_path: Path
) -> None:
    site = Site.of(TREE, engine, tmp_path)
    assert site.refused_delta("Parts", insert(1, None, "b")).code == "BXC17"
    assert site.query("select * from bxc_violations_Parts") == [("BXC17", "delta", 1, "no row of Part for above")]
    site.put_delta("Parts", insert(1, "b", "b"), insert(2, None, "b"), insert(3, None, None))


def test_every_code_of_a_put_is_listed_by_some_case() -> None:
    assert {code for _, _, reasons in REASONS.values() for code, _, _ in reasons} == set(SENTENCES)
