"""Three peers with real HTTP between them and a real chain's interface, in threads of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bxc.database.connection import DatabaseError, open_database, transaction
from bxc_runtime.chains.local import LocalChain, served
from bxc_runtime.config import read_config
from bxc_runtime.demo.stage import Stage, build
from bxc_runtime.edits import ask_to_open
from bxc_runtime.history import History, history
from bxc_runtime.process import opened_store, read_setting, run
from bxc_runtime.stores.connection import StoreError

from .network import GENERATED

ROWS = {
    "Patient": "insert into D1 values (188, 'Ibuprofen', 'MeA1', 'CliD1', 'Sapporo', 'one tablet every 4h');",
    "Doctor": "insert into D3 values (188, 'Ibuprofen', 'CliD1', 'MeA1', 'one tablet every 4h'), "
    "(189, 'Wellbutrin', 'CliD2', 'MeA2', '100 mg twice daily');",
    "Researcher": "insert into D2 values ('Ibuprofen', 'MeA1', 'MoA1', true), ('Wellbutrin', 'MeA2', 'MoA2', true);",
}
PEERS = tuple(ROWS)


class Running:
    """Peers that run, each in a thread."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._stops = {peer: threading.Event() for peer in PEERS}
        self._threads: dict[str, threading.Thread] = {}
        for peer in PEERS:
            self.start(peer)

    def start(self, peer: str) -> None:
        self._stops[peer].clear()
        setting = read_setting(read_config(self.stage.config(peer)))
        thread = threading.Thread(target=run, args=(setting, self._stops[peer]), daemon=True)
        thread.start()
        self._threads[peer] = thread

    def stop(self, peer: str) -> None:
        self._stops[peer].set()
        self._threads[peer].join(20)
        assert not self._threads[peer].is_alive()

    def look(self, peer: str, question: Callable[[Any], Any]) -> Any:
        setting = read_setting(read_config(self.stage.config(peer)))
        end = time.monotonic() + 20
        while True:  # two threads' transactions on one DuckDB file can be in each other's way
            store = opened_store(setting)
            try:
                return question(store)
            except StoreError:
                assert time.monotonic() < end
                time.sleep(0.05)
            finally:
                store.close()

    def edit(self, peer: str, statement: str) -> None:
        end = time.monotonic() + 20
        while True:
            try:
                database = open_database(self.stage.database(peer), "write")
            except DatabaseError:
                assert time.monotonic() < end
                time.sleep(0.02)
                continue
            try:
                with transaction(database):
                    database.run(statement)
                return
            except DatabaseError:
                assert time.monotonic() < end
            finally:
                database.close()

    def until(self, peer: str, question: Callable[[Any], Any], seconds: float = 40) -> Any:
        end = time.monotonic() + seconds
        while not (found := self.look(peer, question)):
            assert time.monotonic() < end, "that took too long"
            time.sleep(0.2)
        return found


def agreed(share: int, version: int) -> Callable[[Any], bool]:
    return lambda store: (it := store.ledger.share(share)) is not None and it.agreed >= version


def asked(share: int) -> Callable[[Any], None]:
    return lambda store: ask_to_open(store, share)


def verified(share: int, names: dict[str, str]) -> Callable[[Any], History]:
    return lambda store: history(store, store.site.shares[share], names, verify=True)


@pytest.fixture(params=["sqlite", "duckdb"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    chain = LocalChain()
    with served(chain) as endpoint:
        stage = build(tmp_path, GENERATED / "medical_cascade", request.param, endpoint, chain.ask, ROWS)
        made = Running(stage)
        try:
            for share in (0, 1):
                made.look("Doctor", asked(share))
            yield made
        finally:
            for peer in PEERS:
                made.stop(peer)


def test_an_update_goes_through_all_eleven_steps_and_its_history_verifies(running: Running) -> None:
    running.until("Patient", agreed(0, 1))
    running.until("Researcher", agreed(1, 1))
    running.edit("Researcher", "update D2 set mechanism_of_action = 'MeA1b' where medication_name = 'Ibuprofen';")
    running.until("Patient", agreed(0, 2))
    rows = running.look("Patient", lambda store: store.connection.query("select * from D1"))
    assert [tuple(row) for row in rows] == [(188, "Ibuprofen", "MeA1b", "CliD1", "Sapporo", "one tablet every 4h")]
    names = {address: name for name, address in running.stage.addresses.items()}
    running.until("Doctor", agreed(0, 2))
    for share, peer in ((0, "Doctor"), (0, "Patient"), (1, "Researcher")):
        found = running.look(peer, verified(share, names))
        assert found.right
        assert [(e.version, e.link, e.content) for e in found.entries] == [(1, "right", "right"), (2, "right", "right")]
        assert found.rows == "right"
    assert found.entries[1].by == "Researcher"
    assert [peer for peer, _ in found.entries[1].acks] == ["Doctor"]
