"""Cases that an engine once got wrong, as small as they could be made."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from .evaluator import Staged
from .pipeline import compile_spec
from .specs import SpecText
from .world import Action, Load, PutDelta, World

WARDS = SpecText(
    """spec hospital version 1
peer P
source Visit at P {
  id      int   primary key
  ward    text  not null
  nurse   text  not null
  closed  bool  not null
  determines ward -> nurse
}""",
    (
        """view Ward from Visit {
  where not closed
  keep ward, nurse
}""",
    ),
)


def visits(*rows: tuple[int, str, str, bool]) -> Load:
    return Load({"Visit": [dict(zip(("id", "ward", "nurse", "closed"), row, strict=True)) for row in rows]})


def ward(op: str, old: str | None, name: str, nurse: str) -> Staged:
    return Staged(op, (old,), {"ward": name, "nurse": nurse})


BEDS = SpecText(
    """spec hospital version 1
peer P
source Bed at P {
  code   text  unique
  house  int
  bed    int
  primary key (house, bed)
}""",
    (
        """view Mine from Bed {
  where house = 1
  where code = 'x'
  keep bed, code
}""",
    ),
)


def beds(*rows: tuple[str | None, int, int]) -> Load:
    return Load({"Bed": [dict(zip(("code", "house", "bed"), row, strict=True)) for row in rows]})


DRUGS = SpecText(
    """spec hospital version 1
peer P
source Drug at P {
  name   text  primary key
  group  int
  code   text  not null
  determines group -> code
}""",
    (
        """view Named from Drug {
  drop code default 'none' determined by group
}""",
    ),
)


TWICE_PINNED = SpecText(
    """spec hospital version 1
peer P
source Bed at P {
  house  int
  bed    int
  code   text
  primary key (house, bed)
}""",
    (
        """view First from Bed {
  where house = 1
}""",
        """view Neither from First {
  where house in (2)
  keep bed, code
}""",
    ),
)

LISTED = SpecText(
    TWICE_PINNED.head,
    (
        """view Listed from Bed {
  where house in (1)
  keep bed, code
}""",
    ),
)

OTHERWISE_NAMED = SpecText(
    """spec hospital version 1
peer P
source Bed at P {
  id    int   primary key
  code  text  not null unique
  free  bool  not null default true
}""",
    (
        """view Free from Bed {
  where free
  keep id, code
  on hidden revive
}""",
        """view Coded from Free {
  keep id, code
  key (code)
}""",
        """view Numbered from Free {
  keep code, id
}""",
    ),
)


def numbered(*rows: tuple[int, str, bool]) -> Load:
    return Load({"Bed": [dict(zip(("id", "code", "free"), row, strict=True)) for row in rows]})


KEY_BY_DEFAULT = SpecText(
    """spec pharmacy version 1
peer P
source Drug at P {
  id     int   primary key
  code   text  not null unique
  name   text  not null
  maker  text
  determines name -> maker
}""",
    (
        """view Coded from Drug {
  keep code, name, maker default id = 1
}""",
        """view Named from Coded {
  keep name, maker default code = 'c'
}""",
    ),
)

SET_DETERMINES = SpecText(
    """spec hospital version 1
peer P
source Visit at P {
  id     int   primary key
  ward   text  not null
  nurse  text  not null
  determines ward -> nurse
}""",
    (
        """view Here from Visit {
  drop nurse default 'nobody' determined by ward
}""",
        """view Open from Here {
  where ward <> 'gone'
  on delete set ward = 'gone'
}""",
    ),
)


def nursed(*rows: tuple[int, str, str]) -> Load:
    return Load({"Visit": [dict(zip(("id", "ward", "nurse"), row, strict=True)) for row in rows]})


KEYED_BY_PIN = SpecText(
    """spec hospital version 1
peer P
source Visit at P {
  id     int   primary key
  ward   text  not null
  day    int   not null
  nurse  text  not null
  determines ward, day -> nurse
  determines ward -> nurse
}""",
    (
        """view Days from Visit {
  keep ward, day, nurse
  key (ward, day)
  on delete delete
}""",
        """view Monday from Days {
  where day = 1
  key (ward)
}""",
    ),
)


COMPUTED_BY_PIN = SpecText(
    """spec hospital version 1
peer P
source Dose at P {
  id    int   primary key
  ward  text  not null
  drug  text  not null
  high  int   not null
  note  text
  determines ward, drug -> high
}""",
    (
        """view Here from Dose {
  where ward = 'A'
  add risky = high > 3
  keep drug, risky default id = fresh, ward = 'A', high = 5
  key (drug)
}""",
    ),
)


NUMBERED = SpecText(
    """spec hospital version 1
peer P
source Visit at P {
  id    int   primary key
  code  text  not null unique
}""",
    (
        """view Coded from Visit {
  keep code default id = fresh
}""",
    ),
)
LARGEST = 2**63 - 1


CASES: dict[str, tuple[SpecText, Sequence[Action], set[str]]] = {
    "an insert of a row that is there, a hidden one with its key beside it, while other rows swap their keys": (
        WARDS,
        (
            visits((1, "A", "Ann", True), (2, "A", "Ann", False), (3, "B", "Bea", False), (4, "C", "Cid", False)),
            PutDelta(
                "Ward",
                [ward("insert", None, "A", "Ann"), ward("update", "B", "C", "Bea"), ward("update", "C", "B", "Cid")],
            ),
        ),
        set[str](),
    ),
    "a rename to the key of a hidden row, where the key could rest on the one or the other pinned column": (
        BEDS,
        (beds(("x", 1, 1), ("y", 1, 2)), PutDelta("Mine", [Staged("update", (1,), {"bed": 2, "code": "x"})])),
        {"BXC11"},
    ),
    "an insert under a key that is renamed away, whose hidden column the renamed row knows": (
        DRUGS,
        (
            Load({"Drug": [{"name": "A", "group": 1, "code": "x"}]}),
            PutDelta(
                "Named",
                [
                    Staged("update", ("A",), {"name": "B", "group": 1}),
                    Staged("insert", (None,), {"name": "A", "group": 1}),
                ],
            ),
        ),
        set(),
    ),
    "an insert into a view that pins a column to two constants, of a key that a row has which the first one pins": (
        TWICE_PINNED,
        (
            Load({"Bed": [{"house": 1, "bed": 1, "code": "x"}, {"house": 2, "bed": 2, "code": "y"}]}),
            PutDelta("Neither", [Staged("insert", (None,), {"bed": 1, "code": "x"})]),
            PutDelta("Neither", [Staged("insert", (None,), {"bed": 2, "code": "y"})]),
            PutDelta("Neither", [Staged("delete", (2,), {"bed": 2, "code": "y"})]),
        ),
        {"BXC11", "BXC12"},
    ),
    "a list of one constant pins a column, which a new row takes and by which rows are found": (
        LISTED,
        (
            Load({"Bed": [{"house": 2, "bed": 1, "code": "x"}]}),
            PutDelta("Listed", [Staged("insert", (None,), {"bed": 1, "code": "x"})]),
        ),
        set(),
    ),
    "a view that finds rows by another key than the view below cannot revive what that one hides": (
        OTHERWISE_NAMED,
        (
            numbered((1, "a", False)),
            PutDelta("Coded", [Staged("insert", (None,), {"id": 1, "code": "a"})]),
            PutDelta("Coded", [Staged("insert", (None,), {"id": 2, "code": "a"})]),
            PutDelta("Numbered", [Staged("insert", (None,), {"id": 1, "code": "b"})]),
        ),
        {"BXC11"},
    ),
    "a new group over a view that gives the hidden key a default": (
        KEY_BY_DEFAULT,
        (
            Load({"Drug": []}),
            PutDelta("Coded", [Staged("insert", (None,), {"code": "x", "name": "A", "maker": None})]),
            PutDelta("Named", [Staged("insert", (None,), {"name": "B", "maker": None})]),
        ),
        {"BXC14"},
    ),
    "a deleted row's column is set, which determines one that the view below hides: that one stays": (
        SET_DETERMINES,
        (
            nursed((1, "A", "Ann"), (2, "B", "Bea")),
            PutDelta("Open", [Staged("delete", (1,), {"id": 1, "ward": "A"})]),
        ),
        set(),
    ),
    "… and stands against what other rows say": (
        SET_DETERMINES,
        (
            nursed((1, "A", "Ann"), (2, "gone", "Bea")),
            PutDelta("Open", [Staged("delete", (1,), {"id": 1, "ward": "A"})]),
        ),
        {"BXC17"},
    ),
    "a group that another ward has, too, where what is computed rests on the ward": (
        COMPUTED_BY_PIN,
        (
            Load({"Dose": [{"id": 1, "ward": "B", "drug": "X", "high": 1, "note": None}]}),
            PutDelta("Here", [Staged("insert", (None,), {"drug": "X", "risky": True})]),
        ),
        set(),
    ),
    "the last number is taken, and there is none after it": (
        NUMBERED,
        (
            Load({"Visit": [{"id": LARGEST - 1, "code": "a"}]}),
            PutDelta("Coded", [Staged("insert", (None,), {"code": "b"})]),
            PutDelta("Coded", [Staged("insert", (None,), {"code": "c"})]),
        ),
        {"BXC14"},
    ),
    "a row of a view stands for one row of the view below, as a pinned column has the rest of that one's key": (
        KEYED_BY_PIN,
        (
            Load(
                {"Visit": [dict(zip(("id", "ward", "day", "nurse"), (n, "A", n, "Ann"), strict=True)) for n in (1, 2)]}
            ),
            PutDelta("Monday", [Staged("delete", ("A",), {"ward": "A", "day": 1, "nurse": "Ann"})]),
        ),
        set(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_both_engines_do_what_the_evaluator_says(name: str) -> None:
    spec, actions, refused = CASES[name]
    world = World(compile_spec(spec))
    try:
        for action in actions:
            world.do(action)
    finally:
        world.close()
    assert set(world.codes) == refused
