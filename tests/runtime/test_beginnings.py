"""What a peer's process looks at before it begins: its configuration, the chain, the database, and that it is alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import Bxc, runner
from postgres_server import a_server

from bxc.database.connection import Address, DatabaseError, open_database
from bxc_runtime import process
from bxc_runtime.chains.local import LocalChain, served
from bxc_runtime.config import ConfigError, read_config
from bxc_runtime.demo.stage import Stage, build
from bxc_runtime.process import Setting, opened_store, read_setting, run
from bxc_runtime.status import is_running
from bxc_runtime.stores import store as stores
from bxc_runtime.stores.connection import StoreError

from .network import GENERATED, spelled
from .test_processes import ROWS


@pytest.fixture
def bxc(capsys: pytest.CaptureFixture[str]) -> Bxc:
    return runner(capsys)


@pytest.fixture(scope="module", params=["sqlite", "duckdb", "postgres"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    engine: Any = request.param
    lent = [a_server().borrow() for _ in ROWS] if engine == "postgres" else []
    urls = {peer: a_server().url(name) for peer, name in zip(ROWS, lent, strict=False)}
    rows = {peer: spelled(statement, engine) for peer, statement in ROWS.items()}
    chain = LocalChain()
    with served(chain) as endpoint:
        folder = tmp_path_factory.mktemp("stage")
        yield build(folder, GENERATED / "medical_cascade", engine, endpoint, chain.ask, rows, urls=urls)
    for name in lent:
        a_server().give_back(name)


@pytest.fixture
def doctor(stage: Stage) -> Setting:
    return read_setting(read_config(stage.config("Doctor")))


def runs(setting: Setting) -> bool:
    store = opened_store(setting)
    try:
        return is_running(store)
    finally:
        store.close()


@contextmanager
def at_work(setting: Setting) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(setting, stop), daemon=True)
    thread.start()
    try:
        end = time.monotonic() + 20
        while not runs(setting):
            assert time.monotonic() < end
            time.sleep(0.05)
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def test_a_second_process_on_one_database_is_refused(doctor: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = replace(doctor, config=replace(doctor.config, port=0))
    monkeypatch.setattr(process, "ALONE_SECONDS", 10.0)
    with at_work(doctor):
        monkeypatch.setattr(process, "ALONE_SECONDS", 0.2)
        with pytest.raises(StoreError, match="another process of this peer"):
            run(elsewhere, threading.Event())
        assert runs(doctor)
    with at_work(elsewhere):  # who has ended is in nobody's way
        assert runs(doctor)


def test_the_status_tells_whether_a_process_is_running(doctor: Setting, stage: Stage, bxc: Bxc) -> None:
    config = stage.config("Doctor")
    said = bxc("peer", "status", "--config", config)
    assert (said.code, "no process of Doctor is running" in said.err) == (1, True)
    with at_work(doctor):
        end = time.monotonic() + 20
        while (said := bxc("peer", "status", "--config", config)).code != 0:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert "no process" not in said.err
    assert bxc("peer", "status", "--config", config).code == 1


def test_a_database_without_the_peers_views_is_left_as_it_is(
    doctor: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = doctor.config.database.engine
    name = a_server().borrow() if engine == "postgres" else ""
    empty = Address(engine, url=a_server().url(name)) if name else Address(engine, tmp_path / f"empty.{engine}")
    open_database(empty, "write" if name else "create").close()
    assert name or empty.path.is_file()
    monkeypatch.setattr(stores, "PATIENCE_SECONDS", 0.2)
    with pytest.raises(StoreError, match="has `bxc install --peer Doctor` been run"):
        opened_store(replace(doctor, config=replace(doctor.config, database=empty)))
    with closing(open_database(empty, "read")) as database, pytest.raises(DatabaseError):
        database.query("select 1 from bxc_share")
    if name:
        a_server().give_back(name)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"contract": "0x" + "12" * 20}, "has no contract at 0x1212"),
        ({"chain_id": 7}, "the contract is on chain 7, but the endpoint is chain"),
    ],
)
def test_a_contract_that_is_not_there_is_told_before_anything_is_asked_of_it(
    doctor: Setting, other: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        run(replace(doctor, deployment=replace(doctor.deployment, **other)), threading.Event())
    assert not runs(doctor)


def test_a_url_of_a_peer_that_nobody_knows_is_an_error(stage: Stage) -> None:
    config = stage.folder / "misspelt.toml"
    config.write_text(stage.config("Doctor").read_text() + 'Pateint = "http://127.0.0.1:1"\n')
    with pytest.raises(ConfigError, match="names Pateint, but the peers are"):
        read_setting(read_config(config))
