"""A database that is put back to an earlier moment, whole, as a power cut or a backup does it: the chain remembers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .network import Network, network
from .test_crashes import ROWS


def put_back(it: Network, peer: str, work: Callable[[], None]) -> None:
    """Do some work, and give a peer the database that it had before."""
    name = it.peers[peer].chain.address
    it.stores[name].close()
    kept = it.path(peer).with_suffix(".kept")
    shutil.copy(it.path(peer), kept)
    it.start(peer)
    work()
    it.stores[name].close()
    for old in it.folder.glob(f"{it.path(peer).name}-*"):
        old.unlink()
    shutil.copy(kept, it.path(peer))
    del it.peers[peer]
    it.start(peer)


@pytest.mark.parametrize("peer", ["Researcher", "Doctor", "Patient"])
def test_a_peer_that_has_forgotten_whole_versions_fetches_them_from_the_others(peer: str, tmp_path: Path) -> None:
    it = network(tmp_path, ROWS, spec="medical_cascade")

    def work() -> None:
        it.edit("Researcher", "update D2 set mechanism_of_action = 'MeA1b' where medication_name = 'Ibuprofen'")
        it.settle()
        it.edit("Patient", "update D1 set clinical_data = 'better' where patient_id = 188")
        it.settle()

    put_back(it, peer, work)
    it.settle()
    it.same()
    assert it.rows("Patient", "D1") == [(188, "Ibuprofen", "MeA1b", "better", "Sapporo", "one tablet every 4h")]
    assert it.rows("Doctor", "D3")[0] == (188, "Ibuprofen", "better", "MeA1b", "one tablet every 4h")
    assert it.rows("Researcher", "D2")[0][:2] == ("Ibuprofen", "MeA1b")
    it.close()


@pytest.mark.parametrize("turns", range(1, 5))
def test_a_requester_that_has_forgotten_its_request_withdraws_it_or_takes_it_from_the_others(
    turns: int, tmp_path: Path
) -> None:
    it = network(tmp_path, ROWS, spec="medical_cascade")
    edit = "update D1 set clinical_data = 'better' where patient_id = 188"

    def work() -> None:
        it.edit("Patient", edit)
        for _ in range(turns):
            for name in ROWS:
                it.peers[name].turn()
            it.now += 100.0

    put_back(it, "Patient", work)
    it.edit("Patient", "update D1 set address = 'Otaru'")
    it.settle()
    it.same()
    it.edit("Patient", edit)  # the user's own transaction was taken back, too
    it.settle()
    it.same()
    assert it.rows("Doctor", "D3")[0][2] == "better"
    assert it.rows("Patient", "D1")[0][3:5] == ("better", "Otaru")
    it.close()
