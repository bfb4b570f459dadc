"""The papers' update, with its cascade, in one process: every peer ends with the content whose hash the chain has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from postgres_server import lent

from bxc_runtime.rows import Engine

from .network import Network, network

ROWS = {
    "Patient": "insert into D1 values (188, 'Ibuprofen', 'CliD1', 'Sapporo', 'one tablet every 4h');",
    "Doctor": "insert into D3 values (188, 'Ibuprofen', 'CliD1', 'MeA1', 'one tablet every 4h'), "
    "(189, 'Wellbutrin', 'CliD2', 'MeA2', '100 mg twice daily');",
    "Researcher": "insert into D2 values ('Ibuprofen', 'MeA1', 'MoA1', true), ('Wellbutrin', 'MeA2', 'MoA2', true);",
}


@contextmanager
def peers(engine: Engine, folder: Path, rows: dict[str, str]) -> Iterator[Network]:
    with lent(engine, rows) as servers, closing(network(folder, rows, engine=engine, servers=servers)) as made:
        yield made


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.param
    return found


@pytest.fixture
def medical(engine: Engine, tmp_path: Path) -> Iterator[Network]:
    with peers(engine, tmp_path, ROWS) as made:
        yield made


def test_a_peer_without_rows_takes_over_what_the_share_opens_with(engine: Engine, tmp_path: Path) -> None:
    with peers(engine, tmp_path, {**ROWS, "Patient": "", "Researcher": ""}) as made:
        assert made.rows("Patient", "D1") == [(188, "Ibuprofen", "CliD1", None, "one tablet every 4h")]
        assert [row[:2] for row in made.rows("Researcher", "D2")] == [("Ibuprofen", "MeA1"), ("Wellbutrin", "MeA2")]


def test_the_mechanism_travels_from_the_researcher_to_the_doctor(medical: Network) -> None:
    medical.edit("Researcher", "update D2 set mechanism_of_action = 'MeA1b' where medication_name = 'Ibuprofen'")
    medical.settle()
    medical.same()
    assert (188, "Ibuprofen", "CliD1", "MeA1b", "one tablet every 4h") in medical.rows("Doctor", "D3")
    assert medical.world.tip.registry.shares[1].committed == 2
    assert medical.world.tip.registry.shares[0].committed == 1


def test_a_medicine_of_the_doctors_reaches_patient_and_researcher(medical: Network) -> None:
    medical.edit("Doctor", "update D3 set medication_name = 'Aspirin', mechanism_of_action = 'MeA9', dosage = '2' "
                 "where patient_id = 188")  # fmt: skip
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1") == [(188, "Aspirin", "CliD1", "Sapporo", "2")]
    shown = medical.rows("Researcher", "D2")
    assert [row[:2] for row in shown if row[3]] == [("Aspirin", "MeA9"), ("Wellbutrin", "MeA2")]


def test_two_members_update_the_same_row_in_turn(medical: Network) -> None:
    medical.edit("Patient", "update D1 set clinical_data = 'better' where patient_id = 188")
    medical.settle()
    medical.edit("Doctor", "update D3 set dosage = '1' where patient_id = 188")
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1") == [(188, "Ibuprofen", "better", "Sapporo", "1")]
    assert medical.world.tip.registry.shares[0].committed == 3
