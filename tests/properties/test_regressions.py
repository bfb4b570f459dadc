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
