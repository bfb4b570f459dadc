"""Users who edit on a server while the runtime judges and puts: they wait for a moment, and nothing goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from postgres_server import lent

from bxc_runtime.landing import apply, judge
from bxc_runtime.machine import Duty, Phase
from bxc_runtime.records import ShareRecord
from bxc_runtime.stores import postgres
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.store import SqlStore

from .compiled import compile_spec
from .network import Network, network

SPEC = """
spec items version 1

peer East
peer West

source Stock at East {
  item   int   primary key
  title  text
}

source Goods at West {
  item   int   primary key
  title  text
}

view OfStock from Stock {
  keep item, title
}

view OfGoods from Goods {
  keep item, title
}

share items = OfStock <-> OfGoods {
  authority East
  insert by East, West
  delete by East, West
  update title by East, West
}
"""
ROWS = {"East": """insert into "Stock" values (1, 'one'), (2, 'two');""", "West": ""}
ITEMS = 0
A_MOMENT = 1.0  # far more than an edit takes


@pytest.fixture
def items(tmp_path: Path) -> Iterator[Network]:
    spec = compile_spec(tmp_path, "items", SPEC)
    with lent("postgres", ROWS) as servers, closing(network(tmp_path, ROWS, spec, "postgres", servers=servers)) as made:
        yield made


def turns_until(items: Network, phase: Phase) -> SqlStore:
    """The store of West, which has to do something in that phase now."""
    west = items.peers["West"]
    store, do = items.stores[west.chain.address], west._do

    def until(what: Duty | None, it: ShareRecord) -> bool:
        return it.phase is not phase and do(what, it)

    west._do = until  # type: ignore[method-assign]
    for _ in range(20):
        for peer in items.peers.values():
            peer.turn()
        items.now += 100
        found = store.ledger.share(ITEMS)
        if found is not None and found.phase is phase:
            west._do = do  # type: ignore[method-assign]
            return store
    raise AssertionError("the phase is not reached")


class Meanwhile:
    """A user's edit that begins once the runtime's transaction has read what was edited before."""

    def __init__(self, items: Network, store: SqlStore, statement: str) -> None:
        self._thread = threading.Thread(target=items.edit, args=("West", statement))
        capture = store.lens.capture

        def captured() -> object:
            found = capture()
            store.lens.capture = capture  # type: ignore[method-assign]
            self._thread.start()
            self._thread.join(A_MOMENT)
            return found

        store.lens.capture = captured  # type: ignore[assignment, method-assign]

    def end(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()


def test_a_row_that_a_user_inserts_meanwhile_is_no_reason_to_reject_one_with_its_key(items: Network) -> None:
    items.edit("East", """insert into "Stock" values (3, 'theirs')""")
    store = turns_until(items, Phase.FETCHED)
    user = Meanwhile(items, store, """insert into "Goods" values (3, 'mine')""")
    assert judge(store, ITEMS) == "ack"
    user.end()
    items.settle()
    items.same()
    assert items.rows("West", '"Goods"') == [(1, "one"), (2, "two"), (3, "theirs")]
    assert [conflict.local for conflict in store.archive.conflicts()] == ['[3,"mine"]']


def test_a_version_is_put_at_once_though_a_user_edits_the_same_row_meanwhile(items: Network) -> None:
    items.edit("East", """update "Stock" set title = 'uno' where item = 1""")
    store = turns_until(items, Phase.COMMITTED)
    user = Meanwhile(items, store, """update "Goods" set title = title || '!' where item = 1""")
    assert apply(store, ITEMS) is not None
    user.end()
    items.settle()
    items.same()
    assert items.rows("East", '"Stock"') == [(1, "uno!"), (2, "two")]
    assert store.archive.conflicts() == []


def test_a_user_who_does_not_end_a_transaction_holds_up_the_peer_for_a_while_only(
    items: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOCK_SECONDS", 0.2)
    items.edit("East", """update "Stock" set title = 'uno' where item = 1""")
    store = turns_until(items, Phase.COMMITTED)
    store.connection.close()  # the next one has the shorter patience
    with psycopg.connect(items.address("West").url or "") as user:
        user.execute("""update public."Goods" set title = 'dos' where item = 2""")
        with pytest.raises(StoreError, match="lock timeout"):
            apply(store, ITEMS)
    items.settle()
    items.same()
    assert items.rows("East", '"Stock"') == [(1, "uno"), (2, "dos")]
