"""What a request declares of a delta: computed columns come along with an update, insert and delete amount to one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bxc_runtime.delta import Extent
from bxc_runtime.records import OutboxState

from .compiled import compile_spec
from .network import Network, network

SPEC = """
spec stock version 1

peer Shop
peer Ledger

source Stock at Shop {
  item   int   primary key
  price  int   not null
  amount int   not null
  note   text
  check (price between 0 and 1000000)
  check (amount between 0 and 1000000)
}

source Book at Ledger {
  item   int   primary key
  worth  int   not null
  note   text
}

source Shelf at Shop {
  item   int   primary key
  place  text
}

source Plan at Ledger {
  item   int   primary key
  place  text
}

view StockWorth from Stock {
  add worth = price * amount
  keep item, worth, note
}

view BookWorth from Book {
  keep item, worth, note
}

view ShelfPlaces from Shelf {
  keep item, place
}

view PlanPlaces from Plan {
  keep item, place
}

share worths = StockWorth <-> BookWorth {
  authority Shop
  update note by Shop
}

share places = ShelfPlaces <-> PlanPlaces {
  authority Shop
  insert by Shop
  delete by Shop
}
"""
ROWS = {
    "Shop": "insert into Stock values (1, 10, 3, 'red'), (2, 5, 5, 'green'); "
    "insert into Shelf values (1, 'a'), (2, 'b');",
    "Ledger": "insert into Book values (1, 30, 'red'), (2, 25, 'green'); insert into Plan values (1, 'a'), (2, 'b');",
}
WORTHS, PLACES = 0, 1
ITEM, WORTH, NOTE = 1, 2, 4
PLACE = 2
UPDATE, REPLACE = 1, 6


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compile_spec(tmp_path_factory.mktemp("spec"), "stock", SPEC)


@pytest.fixture(scope="module")
def opened(compiled: str, tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = network(tmp_path_factory.mktemp("opened"), ROWS, compiled, "duckdb")
    made.close()
    return made


@pytest.fixture
def shop(opened: Network, tmp_path: Path) -> Iterator[Network]:
    made = opened.copy(tmp_path / "peers")
    yield made
    made.close()


def asked(it: Network, share: int) -> tuple[int, int]:
    last = it.peers["Ledger"].store.archive.versions(share)[-1]
    assert last.outcome == "committed", last
    return last.extent.attributes, last.extent.operations


def test_a_computed_column_changes_along_with_a_stored_one_that_is_declared(shop: Network) -> None:
    shop.edit("Shop", "update Stock set amount = 4, note = 'pink' where item = 1")
    shop.settle()
    shop.same()
    assert shop.rows("Ledger", "Book") == [(1, 40, "pink"), (2, 25, "green")]
    assert asked(shop, WORTHS) == (NOTE, UPDATE)


def test_a_computed_column_alone_is_asked_for_by_any_update_that_the_peer_may_do(shop: Network) -> None:
    shop.edit("Shop", "update Stock set amount = 4 where item = 1")
    shop.settle()
    shop.same()
    assert shop.rows("Ledger", "Book") == [(1, 40, "red"), (2, 25, "green")]
    assert asked(shop, WORTHS) == (NOTE, UPDATE)


def test_without_any_right_to_update_a_computed_column_stays(shop: Network) -> None:
    shop.world.do(shop.peers["Shop"].chain.address, "setRights", WORTHS, shop.peers["Shop"].chain.address, 0, 0)
    shop.settle()
    shop.edit("Shop", "update Stock set amount = 4 where item = 1")
    shop.settle()
    assert shop.rows("Ledger", "Book") == [(1, 30, "red"), (2, 25, "green")]
    (held,) = shop.peers["Shop"].store.ledger.outbox(WORTHS)
    assert (held.state, held.reason) == (OutboxState.HELD, "BXC13")


def test_a_column_that_only_the_others_compute_is_no_exception(shop: Network) -> None:
    ledger = shop.peers["Ledger"].chain.address
    shop.world.do(shop.peers["Shop"].chain.address, "setRights", WORTHS, ledger, NOTE, UPDATE)
    shop.settle()
    shop.edit("Ledger", "update Book set worth = 7, note = 'pink' where item = 1")
    shop.settle()
    (held,) = shop.peers["Ledger"].store.ledger.outbox(WORTHS)
    assert (held.state, held.reason) == (OutboxState.HELD, "BXC13")


def test_insert_and_delete_amount_to_an_update(shop: Network) -> None:
    shop.edit("Shop", "update Shelf set place = 'c' where item = 1")
    shop.settle()
    shop.same()
    assert shop.rows("Ledger", "Plan") == [(1, "c"), (2, "b")]
    assert asked(shop, PLACES) == (0, REPLACE)


def test_a_row_that_goes_and_comes_otherwise_is_asked_for_as_both(shop: Network) -> None:
    shop.edit("Shop", "delete from Shelf where item = 1", "insert into Shelf values (1, 'z')")
    shop.edit("Shop", "update Shelf set item = 9 where item = 2")
    shop.settle()
    shop.same()
    assert shop.rows("Ledger", "Plan") == [(1, "z"), (9, "b")]
    assert asked(shop, PLACES) == (0, REPLACE)


@pytest.mark.parametrize("operations", [2, 4])
def test_one_of_both_does_not(shop: Network, operations: int) -> None:
    shop_address = shop.peers["Shop"].chain.address
    shop.world.do(shop_address, "setRights", PLACES, shop_address, 0, operations)
    shop.settle()
    shop.edit("Shop", "update Shelf set place = 'c' where item = 1")
    shop.settle()
    assert shop.rows("Ledger", "Plan") == [(1, "a"), (2, "b")]
    (held,) = shop.peers["Shop"].store.ledger.outbox(PLACES)
    assert (held.state, held.reason) == (OutboxState.HELD, "BXC13")


def test_what_a_request_declares_covers_what_it_does_and_never_exceeds_the_rights() -> None:
    for attributes in range(8):
        done = Extent(attributes, 1 if attributes else 0)
        for mask in range(8):
            for others in (0, 2, 4, 6):
                rights = Extent(mask, others | (1 if mask else 0))
                for computed in range(8):
                    declared = done.asked_with(rights, computed)
                    if declared is None:
                        assert attributes
                        assert others != REPLACE
                        assert not mask or attributes & ~computed & ~mask
                        continue
                    assert declared.within(rights)
                    assert bool(declared.attributes) == bool(declared.operations & UPDATE)
                    assert done.declared_by(declared, computed)
