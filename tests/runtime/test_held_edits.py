"""Edits that are held for want of a right: none is lost, none is held longer than the right is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.state import Outcome

from bxc.types import Int, Text
from bxc_runtime.conflicts import LOCAL, held_edits, resolve, revert
from bxc_runtime.delta import DELETE, INSERT, UPDATE, Delta, Edit, Extent, Shape
from bxc_runtime.edits import capture, freeze
from bxc_runtime.local import CROWDED, NO_RIGHT, Local, freed, given_back, publishable
from bxc_runtime.records import Conflict, OutboxEntry, OutboxState

from .compiled import compile_spec
from .network import Network, network
from .test_concurrent_edits import ITEMS

SPEC = """
spec phones version 1

peer East
peer West

source Here at East {
  item   int   primary key
  title  text
  phone  text
}

source There at West {
  item   int   primary key
  title  text
  phone  text
}

view OfHere from Here {
  keep item, title, phone
}

view OfThere from There {
  keep item, title, phone
}

share phones = OfHere <-> OfThere {
  authority East
  insert by East, West
  delete by East, West
  update title, phone by East, West
}
"""
ROWS = {"East": "insert into Here values (1, 'one', '1'), (2, 'two', '2');", "West": ""}
KEY, TITLE, PHONE = 1, 2, 4  # bits
SHAPE = Shape(("item", "title"), (Int(), Text()), (0,))


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compile_spec(tmp_path_factory.mktemp("spec"), "phones", SPEC)


@pytest.fixture
def phones(tmp_path: Path, spec: str) -> Iterator[Network]:
    made = network(tmp_path, ROWS, spec, confirmations=2)
    yield made
    made.close()


def may(made: Network, attributes: int, operations: int = 0) -> None:
    """East gives West these rights, and no others."""
    east, west = (made.peers[peer].chain.address for peer in ("East", "West"))
    wanted = operations | (UPDATE if attributes else 0)
    assert isinstance(made.world.do(east, "setRights", ITEMS, west, attributes, wanted), Outcome)


def held(made: Network) -> list[tuple[str, str]]:
    return sorted((it.reason, it.edit) for it in held_edits(made.peers["West"].store))


def settled(made: Network) -> None:
    made.settle()
    made.same()


def test_what_is_allowed_of_a_request_that_a_lost_right_forbids_is_asked_for_alone(phones: Network) -> None:
    phones.edit("West", "update There set title = 'uno' where item = 1", "insert into There values (9, 'nine', '9')")
    store = phones.peers["West"].store
    capture(store)
    freeze(store, ITEMS)
    may(phones, 0, INSERT)
    phones.world.empty()  # it counts when the edits are to be asked for
    settled(phones)
    assert held(phones) == [(NO_RIGHT, '[[1],[1,"uno","1"]]')]
    assert phones.rows("East", "Here") == [(1, "one", "1"), (2, "two", "2"), (9, "nine", "9")]
    may(phones, TITLE)
    settled(phones)
    assert held(phones) == []
    assert phones.rows("East", "Here")[0] == (1, "uno", "1")


def test_a_loss_of_a_right_that_a_reorganisation_undoes_holds_nothing(phones: Network) -> None:
    phones.edit("West", "update There set title = 'uno' where item = 1")
    may(phones, 0)
    phones.peers["West"].turn()
    phones.world.reorganise(1)
    phones.world.empty()
    settled(phones)
    assert held(phones) == []
    assert phones.rows("East", "Here")[0] == (1, "uno", "1")


def test_what_others_agree_on_meanwhile_needs_no_right_any_more(phones: Network) -> None:
    phones.edit("West", "update There set title = 'uno', phone = '+1' where item = 1")
    may(phones, TITLE)
    settled(phones)
    assert held(phones) == [(NO_RIGHT, '[[1],[1,"uno","+1"]]')]
    phones.edit("East", "update Here set phone = '+1' where item = 1")
    settled(phones)
    assert held(phones) == []
    assert phones.rows("East", "Here")[0] == (1, "uno", "+1")


def test_what_waits_for_a_held_edit_is_published_with_it(phones: Network) -> None:
    may(phones, KEY | TITLE | PHONE, INSERT | DELETE)
    settled(phones)
    phones.edit("West", "delete from There where item = 1")
    phones.edit("West", "update There set item = 1 where item = 2")
    may(phones, KEY | TITLE | PHONE, INSERT)
    settled(phones)
    assert [reason for reason, _ in held(phones)] == [CROWDED, NO_RIGHT]
    may(phones, KEY | TITLE | PHONE, INSERT | DELETE)
    settled(phones)
    assert held(phones) == []
    assert phones.rows("East", "Here") == [(1, "two", "2")]


ROW_SPEC = """
spec rows version 1

peer Left
peer Middle
peer Right

source L at Left {
  id  int   primary key
  x   text
}

source M at Middle {
  id  int   primary key
  x   text
  z   text
}

source R at Right {
  id  int   primary key
  z   text
}

view LeftX from L { keep id, x }
view MiddleX from M { keep id, x }
view MiddleZ from M { keep id, z }
view RightZ from R { keep id, z }

share xs = LeftX <-> MiddleX {
  authority Left
  insert by Left, Middle
  delete by Left, Middle
  update x by Left, Middle
}

share zs = MiddleZ <-> RightZ {
  authority Right
  insert by Right, Middle
  delete by Right, Middle
  update z by Right, Middle
}
"""
XS, ZS = 0, 1


@pytest.mark.parametrize("way", ["undone", "resolved"])
def test_values_of_other_shares_that_go_with_a_row_that_an_operator_takes_away_are_told(
    tmp_path: Path, way: str
) -> None:
    made = network(tmp_path, {"Left": "", "Middle": "", "Right": ""}, compile_spec(tmp_path, "rows", ROW_SPEC))
    middle = made.peers["Middle"]
    made.edit("Middle", "insert into M values (9, 'x9', 'z9')")
    for share, authority in ((XS, "Left"), (ZS, "Right")):
        by, whose = made.peers[authority].chain.address, middle.chain.address
        assert isinstance(made.world.do(by, "setRights", share, whose, 0, 0), Outcome)
    made.settle()
    assert len(held_edits(middle.store)) == 2
    if way == "undone":
        assert revert(middle.store, XS) == 1
    else:
        middle.store.archive.add_conflicts([Conflict(0, XS, 1, "[9]", "", "null", '[9,"x9"]')])
        resolve(middle.store, 1, LOCAL)
    made.settle()
    made.same()
    assert made.rows("Middle", "M") == []
    assert held_edits(middle.store) == []
    (told,) = middle.store.archive.conflicts()
    assert (told.share, told.key, told.local, told.agreed) == (ZS, "[9]", '[9,"z9"]', "null")
    made.close()


# --- as values --------------------------------------------------------------------------------------------------------


def edits(*numbers: int) -> Delta:
    return tuple(Edit((number,), (number, f"new {number}")) for number in numbers)


def base(key: object) -> tuple[object, ...]:
    assert isinstance(key, tuple)
    return (key[0], "old")


def test_edits_that_were_held_for_one_reason_twice_stay_held() -> None:
    local = Local(
        None, edits(5), (("cascade", edits(1)), (NO_RIGHT, edits(2)), ("cascade", edits(3)), (NO_RIGHT, edits(4)))
    )
    _, _, left = publishable(local, Extent(0, 0), base, SHAPE)  # type: ignore[arg-type]
    assert sorted(edit for _, delta in left.held for edit in delta) == sorted(edits(1, 2, 3, 4, 5))
    assert dict(left.held)[NO_RIGHT] == edits(2, 4, 5)


def test_a_reason_that_comes_again_has_all_its_edits_in_one_place() -> None:
    local = Local(OutboxEntry(0, OutboxState.FROZEN, edits(3)), (), (("cascade", edits(1)), ("other", edits(2))))
    again = given_back(local, base, SHAPE, "cascade")  # type: ignore[arg-type]
    assert dict(again.held) == {"cascade": edits(1, 3), "other": edits(2)}
    assert len(again.held) == 2
    assert freed(again, lambda reason: reason == "cascade").waiting == edits(1, 3)
