"""Whole contents: two rows of one key, more keys than are held at once, a disk that is full meanwhile."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, cast
from weakref import ref

import pytest
from postgres_server import lent

from bxc_runtime import edits, fetching, landing, sorting
from bxc_runtime.content_hash import ContentState
from bxc_runtime.edits import ask_to_open
from bxc_runtime.landing import come_back
from bxc_runtime.machine import Phase
from bxc_runtime.moves import hasher
from bxc_runtime.records import ShareRecord
from bxc_runtime.rows import Engine
from bxc_runtime.sorting import in_order, missing
from bxc_runtime.stores import ledger
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.ledger import Ledger
from bxc_runtime.stores.store import SqlStore, Store
from bxc_runtime.wire import WireError, row_text

from .compiled import compile_spec
from .network import Network, network
from .test_concurrent_edits import ITEMS, SPEC
from .test_large_openings import FILL

COUNT = 8
MOST = 2 * 2**20  # octets that Python holds
TWIN = (1, "another one")
ROWS = "insert into {} values " + ", ".join(f"({number}, 'item {number}')" for number in range(COUNT)) + ";"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compile_spec(tmp_path_factory.mktemp("spec"), "items", SPEC)


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def unopened(request: pytest.FixtureRequest, tmp_path: Path, spec: str) -> Iterator[Network]:
    engine: Engine = request.param
    rows = {"East": ROWS.format('"Stock"' if engine == "postgres" else "Stock"), "West": ""}
    with (
        lent(engine, rows) as servers,
        closing(network(tmp_path, rows, spec, engine, open_shares=False, servers=servers)) as made,
    ):
        yield made


def share(made: Network, peer: str) -> ShareRecord:
    found = made.peers[peer].store.ledger.share(ITEMS)
    assert found is not None
    return found


# --- two rows of one key ----------------------------------------------------------------------------------------------


class Liar:
    """An opener whose content, with its hash on the chain, has a second row of a key."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._content, self._texts = edits._content, Ledger.agreed_texts
        monkeypatch.setattr(edits, "_content", self.content)
        monkeypatch.setattr(Ledger, "agreed_texts", lambda it, number: self.texts(it, number))

    def content(self, store: Store, it: ShareRecord) -> ContentState:
        return hasher(store.site.shares[it.id], it).add(self._content(store, it), [TWIN])

    def texts(self, it: Ledger, number: int) -> Iterator[str]:
        yield from self._texts(it, number)
        yield row_text(TWIN)


@pytest.mark.parametrize("batch", [COUNT + 1, COUNT // 2], ids=["stored together", "stored apart"])
def test_a_content_with_two_rows_of_one_key_is_rejected_and_leaves_nothing(
    unopened: Network, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "BATCH", batch)
    east, west = unopened.peers["East"], unopened.peers["West"]
    with monkeypatch.context() as lying:
        Liar(lying)
        ask_to_open(east.store, ITEMS)
        unopened.settle()
        assert (share(unopened, "West").phase, share(unopened, "West").agreed) == (Phase.UNOPENED, 0)
        (version,) = west.store.archive.versions(ITEMS)
        assert (version.outcome, version.reason.split()[0]) == ("rejected", "delta")
        assert list(west.store.ledger.agreed_rows(ITEMS)) == []
        assert unopened.rows("West", "Goods" if unopened.engine != "postgres" else '"Goods"') == []
    ask_to_open(east.store, ITEMS)
    unopened.settle()
    unopened.same()
    assert unopened.world.tip.registry.shares[ITEMS].committed == 2


# --- what is no content -----------------------------------------------------------------------------------------------


class Broken:
    """A peer whose content ends within a row."""

    def salt(self, peer: str, share: int) -> bytes:
        return bytes(32)

    @contextmanager
    def content(self, peer: str, share: int, version: int) -> Iterator[Iterator[str]]:
        yield iter(['[1,"a"]', '[2,"b'])


def test_nothing_of_a_content_that_is_none_waits_for_the_garbage_collector(
    unopened: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    unopened.settle()
    store, files, errors = unopened.peers["West"].store, [], []

    def made(*arguments: Any, **named: Any) -> Any:
        files.append(SpooledTemporaryFile(*arguments, **named))  # noqa: SIM115
        return files[-1]

    monkeypatch.setattr(fetching, "SpooledTemporaryFile", made)
    asking = fetching.Fetching(store, cast(Any, Broken()), "me", None, patience=60.0)
    gc.disable()
    try:
        for version in (1, 2):
            try:
                asking._content(share(unopened, "West"), "peer", version, b"")
            except WireError as error:
                errors.append(ref(error))
        assert [error() for error in errors] == [None, None]
        assert [file.closed for file in files] == [True, True]
    finally:
        gc.enable()


# --- a disk that is full ----------------------------------------------------------------------------------------------


def test_a_content_that_the_disk_has_no_room_for_is_fetched_again_later_and_not_rejected(
    unopened: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    west = unopened.peers["West"]
    real: Any = west.store.ledger.add_agreed

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(west.store.ledger, "add_agreed", full)
    ask_to_open(unopened.peers["East"].store, ITEMS)
    for _ in range(10):
        for peer in unopened.peers.values():
            peer.turn()
        unopened.now += 100
    assert share(unopened, "West").phase is Phase.ANNOUNCED
    monkeypatch.setattr(west.store.ledger, "add_agreed", real)
    unopened.settle()
    unopened.same()
    assert unopened.world.tip.registry.shares[ITEMS].committed == 1


# --- what a peer has changed while it was no member ------------------------------------------------------------------


def test_texts_are_in_order_however_many_are_sorted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [row_text((number * 7_919 % 1_000, sign)) for number in range(1_000) for sign in ("", "ä", "\n\U0001f600")]
    for run in (1_000_000, 3_000, 100, 7):
        monkeypatch.setattr(sorting, "RUN", run)
        with in_order(texts) as found:
            assert list(found) == sorted(texts)
        with in_order(texts) as wanted, in_order(texts[5:-5]) as there:
            assert sorted(missing(wanted, there)) == sorted([*texts[:5], *texts[-5:]])
    with in_order(()) as nothing:
        assert list(nothing) == []


def gone(made: Network, peer: str, condition: str) -> None:
    """Delete rows of a peer so that nobody notices."""
    store, table = made.peers[peer].store, '"Goods"' if made.engine == "postgres" else "Goods"
    assert isinstance(store, SqlStore)
    yes, no = ("true", "false") if made.engine == "postgres" else ("1", "0")
    if made.engine != "duckdb":
        store.connection.write(f"update bxc_session set loading = {yes}")
    store.connection.write(f"delete from {table} where item {condition}")
    if made.engine != "duckdb":
        store.connection.write(f"update bxc_session set loading = {no}")


def test_who_comes_back_is_told_of_all_rows_that_it_does_not_have(
    unopened: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "RUN", 3)
    monkeypatch.setattr(landing, "BATCH", 2)
    ask_to_open(unopened.peers["East"].store, ITEMS)
    unopened.settle()
    gone(unopened, "West", "in (0, 2, 3, 7)")
    store = unopened.peers["West"].store
    with store.transaction("come back"):
        come_back(store, share(unopened, "West"))
    found = [(conflict.key, conflict.local, conflict.agreed) for conflict in store.archive.conflicts()]
    assert sorted(found) == [(f"[{number}]", "null", f'[{number},"item {number}"]') for number in (0, 2, 3, 7)]


def test_who_comes_back_never_has_all_keys_in_memory(
    tmp_path: Path, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "RUN", 500)
    monkeypatch.setattr(landing, "BATCH", 500)
    monkeypatch.setattr(ledger, "MOST_KNOWN", 500)
    made = network(tmp_path, {"East": FILL["sqlite"].format(count=10_000), "West": ""}, spec, open_shares=False)
    try:
        ask_to_open(made.peers["East"].store, ITEMS)
        made.settle()
        gone(made, "West", "% 2 = 0")
        store = made.peers["West"].store
        tracemalloc.start()
        try:
            with store.transaction("come back"):
                come_back(store, share(made, "West"))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert store.archive.conflict_counts() == {ITEMS: (5_000, 5_000)}
        assert most < MOST
    finally:
        made.close()
