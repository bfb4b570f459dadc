"""A peer's log is one JSON object a line, and no value of a row is ever in it, whatever goes wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from postgres_server import a_server

from bxc.database.connection import Address, open_database
from bxc_runtime import logs
from bxc_runtime.stores.connection import Connection, StoreError
from bxc_runtime.stores.duckdb import DuckConnection
from bxc_runtime.stores.postgres import PostgresConnection
from bxc_runtime.stores.sqlite import SqliteConnection

from .network import network

SECRETS = ("Zyxolin", "4711", "hush hush")
ROWS = {
    "Patient": "insert into D1 values (4711, 'Zyxolin', 'CliD1', 'Sapporo', 'hush hush');",
    "Doctor": "insert into D3 values (4711, 'Zyxolin', 'CliD1', 'MeA1', 'hush hush');",
    "Researcher": "insert into D2 values ('Zyxolin', 'MeA1', 'MoA1', true);",
}
REFUSED = (
    "insert into t values (4711, 'Zyxolin', 1)",
    "insert into t values (2, 'Zyxolin', 4711)",
    "insert into t values (2, null, 1)",
    "insert into u values (4711)",
    "insert into t select 3, 'x', cast(a as integer) from t",
    "insert into t select 3, 'x', cast(4711 as bigint) * 9223372036854775807 from t",
    "update t set n = 4711",
)


@pytest.fixture
def told() -> Iterator[None]:
    before = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    if request.param == "postgres":
        server = a_server()
        name = server.borrow()
        made: Connection = PostgresConnection(server.url(name))
        yield made
        made.close()
        server.give_back(name)
        return
    path = tmp_path / f"it.{request.param}"
    open_database(Address(request.param, path), "create").close()
    if request.param == "sqlite":
        path.touch()
    made = SqliteConnection(path) if request.param == "sqlite" else DuckConnection(path)
    yield made
    made.close()


def test_what_an_engine_refuses_is_told_without_the_values(connection: Connection) -> None:
    for statement in (
        "create table t (id bigint primary key, a varchar(20) not null, n integer check (n < 10))",
        "create table u (id bigint references t (id))",
        "insert into t values (4711, 'Zyxolin', 1)",
        "delete from t where id = 1",
    ):
        connection.write(statement)
    texts = []
    for statement in (*REFUSED, "insert into u values (12)"):
        try:
            connection.write(statement)
        except StoreError as error:
            texts.append(str(error))
    assert len(texts) >= 5
    for text in texts:
        assert text.startswith(("SQLite: ", "DuckDB: ", "PostgreSQL: "))
        assert not any(secret in text for secret in SECRETS), text


def test_a_peers_log_is_json_without_values_through_conflicts_rejects_and_trouble(
    told: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    it = network(tmp_path, ROWS)
    it.edit("Patient", "update D1 set clinical_data = 'hush hush 1' where patient_id = 4711")
    for _ in range(3):
        it.peers["Patient"].turn()
    it.edit("Doctor", "update D3 set clinical_data = 'hush hush 2' where patient_id = 4711")
    it.settle()
    it.edit("Doctor", "update bxc_rights set granted = 1", "update D3 set medication_name = 'Zyxolin 4711'")
    it.settle()
    it.world.down = True
    it.peers["Doctor"].turn()
    it.world.down = False
    it.edit("Researcher", "alter table bxc_outbox rename to elsewhere")
    it.edit("Researcher", "update D2 set mechanism_of_action = 'hush hush 3'")
    it.peers["Researcher"].turn()
    it.close()
    lines = capsys.readouterr().err.splitlines()
    events = {json.loads(line)["event"] for line in lines}
    assert {"captured", "signed", "followed", "fetched", "judged", "applied", "chain", "store"} <= events
    assert not any(secret in line for line in lines for secret in SECRETS if secret != "4711" or "0x" not in line)


def test_what_libraries_log_is_told_by_its_kind_only(told: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up()
    logs.set_up()
    try:
        raise ValueError("Zyxolin")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("while at %s", "4711")
    logging.getLogger("quiet").info("4711")
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert (found["event"], found["name"], found["kind"]) == ("library", "uvicorn.error", "ValueError")
    assert found["where"].startswith("test_logs.py:")
    assert not any(secret in line for secret in SECRETS)
