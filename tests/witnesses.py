"""Scenarios made by hand for the tests of replays and reports."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from bxc import types as t
from bxc.compile import check
from bxc.model import Spec
from bxc.plan import Plan
from bxc.witness import Column, Content, Database, Edit, Put, Row, Scenario, SourceRows, Table, Witness

MEDICAL = Path(__file__).parent.parent / "specs" / "medical.bxc"


def compiled(text: str) -> tuple[Spec, Plan]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.bxc"
        path.write_text(text, encoding="utf-8")
        return compiled_file(path)


def compiled_file(path: Path) -> tuple[Spec, Plan]:
    checked = check(path, proving=None)  # scenarios are made by hand here, also for what the prover would find
    assert checked.spec is not None, [(d.code, d.message) for d in checked.diagnostics]
    assert checked.plan is not None
    return checked.spec, checked.plan


def medical() -> tuple[Spec, Plan]:
    return compiled_file(MEDICAL)


# --- the doctor's dosage arrives at the patient, or at the doctor changes another view

D1_ROWS: tuple[Row, ...] = ((188, "Ibuprofen", None, "Sapporo", "1 tablet"), (189, "Wellbutrin", "CliD2", None, None))
DOSAGE = Scenario(
    (Database("Patient", "Patient", (SourceRows("D1", D1_ROWS),)),),
    (Content("Patient", "D13", ((188, "Ibuprofen", None, "1 tablet"),)),),
    (Put("Patient", "D13", (Edit("update", (188,), (188, "Ibuprofen", None, "two")),)),),
    None,
    (
        Content("Patient", "D13", ((188, "Ibuprofen", None, "two"),)),
        Content("Patient", "D1", ((188, "Ibuprofen", None, "Sapporo", "two"), D1_ROWS[1])),
    ),
)
RENAMED = Scenario(
    (Database("Doctor", "Doctor", (SourceRows("D3", ((188, "Ibuprofen", None, "MeA1", None),)),)),),
    (Content("Doctor", "D32", (("Ibuprofen", "MeA1"),)),),
    (Put("Doctor", "D31", (Edit("update", (188,), (188, "Wellbutrin", None, None)),)),),
    None,
    (Content("Doctor", "D32", (("Wellbutrin", "MeA1"),)),),
)

# --- refused: the key of an inserted row is hidden; a UNIQUE is broken against a hidden row

STOCK = """
spec stock version 1
peer Shop
source Item at Shop {
  sku    text  primary key
  shelf  int   not null unique
  sold   bool  not null default false
}
view Open from Item {
  where sold = false
  keep sku, shelf
  on delete set sold = true
}
"""
ITEMS = SourceRows("Item", (("a", 1, True), ("b", 2, False)))
HIDDEN = Scenario(
    (Database("Shop", "Shop", (ITEMS,)),),
    (Content("Shop", "Open", (("b", 2),)),),
    (Put("Shop", "Open", (Edit("insert", None, ("a", 3)),)),),
    "BXC11",
    (Content("Shop", "Open", (("b", 2),)), Content("Shop", "Item", ITEMS.rows)),
)
UNIQUE = replace(
    HIDDEN,
    puts=(
        Put("Shop", "Open", (Edit("update", ("b",), ("b", 4)),)),
        Put("Shop", "Open", (Edit("insert", None, ("c", 1)),)),
    ),
    refused="BXC17",
    after=(Content("Shop", "Open", (("b", 4),)),),
)

# --- every type, names that are keywords or quoted, rows that refer to each other

TYPES = """
spec types version 1
peer "The Lab"
source "select" at "The Lab" {
  "order"   int             primary key
  "a ""b"   decimal(9,2)
  note      text
  short     varchar(5)
  flag      bool
  day       date
  at        timestamp
  kind      enum('x', 'it''s')
  id        uuid
  raw       bytes
  "größe"   real
  parent    int references "select"("order")
}
view "group" from "select" {
  drop parent default null
}
"""
BIG = 2**63 - 1
UID = UUID("00112233-4455-6677-8899-aabbccddeeff")
FULL: Row = (
    BIG, Decimal("-12.50"), "it's\n\t‮", "äöü€", False, date(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999),
    "it's", UID, b"\x00\xff'", -1.5e-300, -5,
)  # fmt: skip
EMPTY: Row = (-5, *[None] * 10, BIG)
ALL_TYPES = Scenario(
    (Database("lab's, before", "The Lab", (SourceRows("select", (FULL, EMPTY)),)),),
    (Content("lab's, before", "group", (FULL[:-1], EMPTY[:-1])),),
    (Put("lab's, before", "group", (Edit("update", (-5,), (-5, *FULL[1:-1])),)),),
    None,
    (Content("lab's, before", "select", (FULL, (-5, *FULL[1:-1], BIG))),),
)
LAB_TYPES: tuple[t.Type, ...] = (
    t.Int(), t.Decimal(9, 2), t.Text(), t.Varchar(5), t.Bool(), t.Date(), t.Timestamp(), t.Enum(("x", "it's")),
    t.Uuid(), t.Bytes(), t.Real(), t.Int(),
)  # fmt: skip

# --- one peer twice, before and after an edit of its own

TWICE = Scenario(
    (
        Database("Doctor, before", "Doctor", (SourceRows("D3", ((188, "Ibuprofen", None, "MeA1", None),)),)),
        Database("Doctor, after", "Doctor", (SourceRows("D3", ((188, "Ibuprofen", None, "MeA2", None),)),)),
    ),
    (
        Content("Doctor, before", "D31", ((188, "Ibuprofen", None, None),)),
        Content("Doctor, after", "D31", ((188, "Ibuprofen", None, None),)),
        Content("Doctor, before", "D32", (("Ibuprofen", "MeA1"),)),
        Content("Doctor, after", "D32", (("Ibuprofen", "MeA2"),)),
    ),
)


def witness() -> Witness:
    columns = (Column("sku", t.Text()), Column("shelf", t.Int()), Column("sold", t.Bool()))
    return Witness(
        (
            Table("Item of Shop, before", columns, ITEMS.rows, frozenset({(0, 0), (0, 2)})),
            Table("what arrives", columns[:2], (("a", 3),)),
        ),
        "Shop refuses the new row, as its source has a row with this key that the view hides.",
        HIDDEN,
    )
