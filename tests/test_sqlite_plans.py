"""Puts, edits and changes on SQLite never go through the whole source, whatever its statistics say.

Instructions are counted: they are the same in every run, and a scan takes some for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest
from sqlite_site import Site

Row = tuple[object, ...]


@dataclass(frozen=True)
class Case:
    """A spec, how many rows its sources have, and deltas of the first view that speak of few rows near the start."""

    spec: str
    content: Callable[[int], Iterable[tuple[str, Row]]]
    deltas: tuple[tuple[Row, ...], ...]


COMPOSITE = Case(
    """spec test version 1
peer P
source Order at P {
  shop   text
  number int
  line   int
  amount int not null
  note   text
  primary key (shop, number, line)
}
view Mine from Order {
  where shop = 'A'
  keep number, line, amount
}
""",
    lambda n: (("Order", ("AB"[k % 2], k // 2, 1, k, None)) for k in range(n)),
    (
        (("update", 2, 1, 2, 1, -7), ("insert", None, None, 2, 2, 5), ("delete", 3, 1, None, None, None)),
        (("update", 2, 1, 2, 3, 4), ("update", 3, 1, 2, 1, 6)),
    ),
)
GROUPED = Case(
    """spec test version 1
peer P
source Stay at P {
  id      int  primary key
  patient text not null
  drug    text not null
  works   text
  determines drug -> works
}
view Drugs from Stay {
  keep drug, works default id = fresh, patient = 'nobody'
  on delete delete
}
""",
    lambda n: (("Stay", (k, f"p{k}", f"d{k // 3}", f"w{k // 3}")) for k in range(n)),
    (
        (("update", "d1", "d1", "other"), ("insert", None, "new", "x"), ("delete", "d2", None, None)),
        (("update", "d1", "d2", "one"), ("update", "d2", "d1", "two"), ("insert", None, "new", "x")),
    ),
)
WHERE = Case(
    """spec test version 1
peer P
source Task at P {
  id     int  primary key
  title  text not null
  weight decimal(6,2)  not null
  factor decimal(6,2)  not null default 2
  open   bool not null default true
  seen   bool not null default false
  check light: (weight + factor < 9999)
}
view Open from Task {
  where open and weight >= 0
  keep id, title, weight
  add heavy = weight * 2
  on delete set open = false
  on hidden revive
}
""",
    lambda n: (("Task", (k, f"t{k}", k, 1, k % 4 > 0, 0)) for k in range(n)),
    (
        (("update", 2, 2, "x", 9, 18), ("insert", None, -5, "y", 1, 2), ("delete", 3, None, None, None, None)),
        (("insert", None, 4, "back", 1, 2), ("update", 5, -9, "moved", 1, 2), ("delete", 6, None, None, None, None)),
    ),
)
UNIQUE = Case(
    """spec test version 1
peer P
source Person at P {
  id    int  primary key
  mail  text unique
  first text
  last  text
  room  int
  unique (last, room)
}
view Book from Person {
  keep id, mail, first, last
}
""",
    lambda n: (("Person", (k, f"m{k}", f"f{k}", f"l{k % 5}", k // 5)) for k in range(n)),
    (
        (("update", 2, 2, "new", "f2", "l2"), ("insert", None, -1, "free", None, None)),
        (("update", 2, 2, "m3", "f2", "l2"), ("update", 3, 3, "m2", "f3", "l3"), ("delete", 4, *[None] * 4)),
        (("update", 7, 7, "m7", "f7", "other"),),
    ),
)
REFERENCES = Case(
    """spec test version 1
peer P
source Ward at P {
  name  text primary key
  floor int  not null
}
source Bed at P {
  id   int  primary key
  ward text not null references Ward(name)
  next int  references Bed(id)
}
view Beds from Bed {
  keep id, ward, next
}
view Wards from Ward {
  keep name, floor
}
""",
    lambda n: (
        *(("Ward", (f"w{k}", k % 9)) for k in range(n)),
        *(("Bed", (k, f"w{k // 2}", k - 1 if k % 2 else None)) for k in range(n)),
    ),
    (
        (("update", 2, 2, "w9", 5), ("insert", None, -1, "w3", -1), ("delete", 9, None, None, None)),
        (("update", 4, -4, "w2", None), ("update", 5, 5, "w2", -4)),
    ),
)
DEPENDENT = Case(
    """spec test version 1
peer P
source Sale at P {
  id    int primary key
  item  text not null
  price int
  maker text
  determines item -> price, maker
}
view Sales from Sale {
  drop maker default null determined by item
}
""",
    lambda n: (("Sale", (k, f"i{k}", k % 7, f"m{k}")) for k in range(n)),
    (
        (("update", 2, 2, "i5", 5), ("insert", None, -1, "i9", 2), ("delete", 4, None, None, None)),
        (("update", 2, -2, "i2", 100),),
    ),
)
CASES = {
    "composite key": COMPOSITE,
    "grouped": GROUPED,
    "where": WHERE,
    "unique": UNIQUE,
    "references": REFERENCES,
    "dependent": DEPENDENT,
}


def _site(case: Case, size: int, analysed: str) -> Site:
    """A filled database, with statistics or without, one staged row among what they speak of."""
    site = Site(case.spec)
    rows = list(case.content(size))
    site.stage(site.plan.views[0].name, case.deltas[0][0])
    few = rows[:20] if analysed == "when the source was small" else rows
    _load(site, few)
    if analysed != "never":
        site.run("analyze")
        _load(site, rows[len(few) :])
        site.run("analyze sqlite_schema")  # has the statistics read anew
    return site


def _load(site: Site, rows: Iterable[tuple[str, Row]]) -> None:
    for source, row in rows:
        site.load(source, row)


def _costs(site: Site, case: Case) -> list[tuple[int, int]]:
    """The instructions of each delta's put, and of listing what has changed."""
    view = site.plan.views[0].name
    found = []
    for delta in case.deltas:
        site.run("begin")
        site.stage(view, *delta)
        put = site.instructions(site.statement(view, "put_delta"))
        found.append((put, site.instructions(site.statement(view, "changes"))))
        assert site.changes(view)
        site.run("rollback")
    return found


@pytest.mark.parametrize("analysed", ["never", "now", "when the source was small"])
@pytest.mark.parametrize("name", CASES)
def test_a_delta_put_and_its_changes_take_no_longer_on_a_large_source(name: str, analysed: str) -> None:
    case = CASES[name]
    small, large = (_costs(_site(case, size, analysed), case) for size in (60, 3000))
    for few, many in zip(small, large, strict=True):
        assert many[0] <= 1.2 * few[0], (small, large)
        assert many[1] <= 1.2 * few[1], (small, large)


@pytest.mark.parametrize("analysed", ["never", "now", "when the source was small"])
def test_an_edit_of_one_row_of_a_view_takes_no_longer_on_a_large_source(analysed: str) -> None:
    edits = (
        "update Book set first = 'x' where id = 3",
        "update Book set mail = 'm4' || first where id = 3",
        "update Book set id = -3 where id = 3",
        "insert into Book (id, mail) values (-4, 'x')",
        "delete from Book where id = 5",
    )
    costs = []
    for size in (60, 3000):
        site = _site(UNIQUE, size, analysed)
        costs.append([site.instructions(edit) for edit in edits])
    for few, many in zip(*costs, strict=True):
        assert many <= 1.2 * few, costs
