"""Several programs open a peer's new database in the same moment: each of them finds the runtime's tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from bxc_runtime.chains.local import LocalChain, served
from bxc_runtime.config import read_config
from bxc_runtime.demo.stage import Stage, build
from bxc_runtime.process import opened_store, read_setting
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.store import patiently

from .network import GENERATED

PEERS = ("Patient", "Doctor", "Researcher")
AT_ONCE = 4
ROUNDS = 5


def opened(stage: Stage, together: Barrier) -> str | None:
    setting = read_setting(read_config(stage.config("Doctor")))
    together.wait()
    store = opened_store(setting)
    try:
        return store.ledger.setting("identity")
    finally:
        store.close()


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_databases_opened_at_once_are_prepared_once(engine: str, tmp_path: Path) -> None:
    chain = LocalChain()
    with served(chain) as endpoint:
        for number in range(ROUNDS):
            (folder := tmp_path / str(number)).mkdir()
            stage = build(folder, GENERATED / "medical_cascade", engine, endpoint, chain.ask, dict.fromkeys(PEERS, ""))
            together = Barrier(AT_ONCE)
            with ThreadPoolExecutor(AT_ONCE) as threads:
                found = list(threads.map(lambda _: opened(stage, together), range(AT_ONCE)))  # noqa: B023
            assert len(set(found)) == 1
            assert found[0] is not None


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bxc_runtime.stores.store.PATIENCE_SECONDS", 0.2)
    tries = []

    def refuse() -> None:
        tries.append(1)
        raise StoreError("held")

    with pytest.raises(StoreError, match="held"):
        patiently(refuse)
    assert len(tries) > 1
