"""What waits long, and through the restart of a machine: clocks that begin anew, pauses that grow for days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bxc_runtime.peer import LONGEST_WAIT

from .network import Network, network
from .test_papers import ROWS

CLINICAL = 0


@pytest.fixture
def medical(tmp_path: Path) -> Iterator[Network]:
    made = network(tmp_path, ROWS)
    yield made
    made.close()


def test_a_lost_transaction_is_sent_again_after_a_restart_of_the_machine(medical: Network) -> None:
    medical.now = 1e7  # up for months
    medical.world.held = True
    medical.edit("Doctor", "update D3 set dosage = 'new' where patient_id = 188")
    medical.peers["Doctor"].turn()
    assert medical.world.pool
    medical.world.pool.clear()
    medical.world.held = False
    medical.now = 1.0  # the clock of the machine begins at its start
    for name in ROWS:
        medical.start(name)
    medical.settle(turns=10)
    medical.same()
    assert medical.rows("Patient", "D1")[0][4] == "new"


def test_a_node_may_be_down_for_weeks(medical: Network) -> None:
    doctor = medical.peers["Doctor"]
    medical.world.down = True
    for _ in range(1_200):
        doctor.turn()
        medical.now += LONGEST_WAIT
    medical.world.down = False
    medical.edit("Doctor", "update D3 set dosage = 'new' where patient_id = 188")
    medical.settle()
    medical.same()


def test_a_transaction_that_was_sent_in_vain_for_weeks_is_sent_once_more(medical: Network) -> None:
    medical.world.held = True
    medical.edit("Doctor", "update D3 set dosage = 'new' where patient_id = 188")
    store = medical.peers["Doctor"].store
    medical.peers["Doctor"].turn()
    (under_way,) = store.archive.transactions()
    with store.transaction("tries"):
        store.archive.keep_transaction(replace(under_way, tries=20_000))
    medical.world.pool.clear()
    medical.world.held = False
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1")[0][4] == "new"


def test_a_database_that_is_not_to_be_had_is_logged_less_and_less_often(medical: Network) -> None:
    peer = medical.peers["Doctor"]
    medical.edit(
        "Doctor", "alter table bxc_outbox rename to elsewhere", "update D3 set dosage = 'new' where patient_id = 188"
    )
    with capture_logs() as logs:
        for _ in range(400):
            medical.now += 0.5
            assert not peer.turn()
    events = [entry for entry in logs if entry["event"] == "store"]
    assert 5 <= len(events) <= 20
    medical.edit("Doctor", "alter table elsewhere rename to bxc_outbox")
    medical.now += 60
    medical.settle()
    assert peer.ready
    assert medical.rows("Patient", "D1")[0][4] == "new"
