"""What may go wrong between honest peers: conflicts, rights, silence, absence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from contract.state import Outcome

from bxc_runtime import answers
from bxc_runtime.conflicts import AGREED, LOCAL, held_edits, resolve, retry, revert
from bxc_runtime.delta import Edit
from bxc_runtime.machine import Phase
from bxc_runtime.stores.store import SqlStore
from bxc_runtime.wire import pack

from .network import Network, network
from .test_papers import ROWS

CLINICAL, MECHANISM = 0, 1
UPDATE = 1
CLINICAL_DATA = 1 << 2


@pytest.fixture
def medical(tmp_path: Path) -> Iterator[Network]:
    made = network(tmp_path, ROWS)
    yield made
    made.close()


def address(it: Network, peer: str) -> str:
    return it.peers[peer].chain.address


def phase(it: Network, peer: str, share: int) -> Phase:
    found = it.peers[peer].store.ledger.share(share)
    assert found is not None
    return found.phase


def versions(it: Network, peer: str, share: int) -> list[tuple[int, str]]:
    return [(v.version, v.outcome) for v in it.peers[peer].store.archive.versions(share)]


# --- conflicts --------------------------------------------------------------------------------------------------------


def clash(it: Network) -> str:
    """Doctor and patient change one cell before either knows of the other; whose value gave way?"""
    it.edit("Patient", "update D1 set clinical_data = 'patient''s' where patient_id = 188")
    it.edit("Doctor", "update D3 set clinical_data = 'doctor''s', dosage = 'new' where patient_id = 188")
    it.settle()
    it.same()
    (loser,) = [name for name in ROWS if it.peers[name].store.archive.conflicts()]
    return loser


def test_of_two_edits_of_one_cell_the_chains_order_wins_and_the_other_is_kept(medical: Network) -> None:
    loser = clash(medical)
    winner = "Doctor" if loser == "Patient" else "Patient"
    (conflict,) = medical.peers[loser].store.archive.conflicts()
    assert (conflict.column, conflict.local, conflict.agreed) == (
        "clinical_data",
        f'"{loser.lower()}\'s"',
        f'"{winner.lower()}\'s"',
    )
    row = medical.rows("Patient", "D1")[0]
    assert row[2] == f"{winner.lower()}'s"
    assert row[4] == "new"  # what only one of them touched is kept


def test_a_conflict_settled_with_the_local_value_is_an_edit_again(medical: Network) -> None:
    loser = clash(medical)
    store = medical.peers[loser].store
    (conflict,) = store.archive.conflicts()
    resolve(store, conflict.id, LOCAL)
    assert store.archive.conflicts() == []
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1")[0][2] == f"{loser.lower()}'s"


def test_a_conflict_settled_with_the_agreed_value_changes_nothing(medical: Network) -> None:
    loser = clash(medical)
    store, before = medical.peers[loser].store, medical.rows("Patient", "D1")
    resolve(store, store.archive.conflicts()[0].id, AGREED)
    medical.settle()
    assert medical.rows("Patient", "D1") == before


def test_an_edit_while_an_update_is_pending_waits_and_follows(medical: Network) -> None:
    medical.away.add(address(medical, "Patient"))
    medical.edit("Doctor", "update D3 set dosage = 'first' where patient_id = 188")
    medical.settle()
    assert phase(medical, "Doctor", CLINICAL) is Phase.REQUESTED
    medical.edit("Doctor", "update D3 set dosage = 'second', clinical_data = 'more' where patient_id = 188")
    medical.away.clear()
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1")[0][2::2] == ("more", "second")
    assert versions(medical, "Patient", CLINICAL)[-2:] == [(2, "committed"), (3, "committed")]


def test_a_row_that_is_deleted_here_while_it_is_changed_there_is_changed_and_then_deleted(medical: Network) -> None:
    """D32 cannot bring a medicine back: there would be no patient who takes it."""
    medical.edit("Researcher", "update D2 set mechanism_of_action = 'new' where medication_name = 'Wellbutrin'")
    for _ in range(3):
        medical.peers["Researcher"].turn()
        if phase(medical, "Doctor", MECHANISM) is not Phase.JUDGED:
            medical.peers["Doctor"].turn()
    medical.edit("Doctor", "delete from D3 where patient_id = 189")
    medical.settle()
    medical.same()
    assert versions(medical, "Researcher", MECHANISM) == [(1, "committed"), (2, "committed"), (3, "committed")]
    assert ("Wellbutrin", "new", "MoA2", 0) in medical.rows("Researcher", "D2")


# --- rights -----------------------------------------------------------------------------------------------------------


def set_rights(it: Network, attributes: int) -> None:
    operations = UPDATE if attributes else 0
    outcome = it.world.do(address(it, "Doctor"), "setRights", CLINICAL, address(it, "Patient"), attributes, operations)
    assert isinstance(outcome, Outcome)


def test_a_right_that_is_taken_is_taken_by_the_database_too_and_given_back(medical: Network) -> None:
    from bxc.database.connection import RefusedError

    set_rights(medical, 0)
    medical.settle()
    with pytest.raises(RefusedError):
        medical.edit("Patient", "update D1 set clinical_data = 'x' where patient_id = 188")
    set_rights(medical, CLINICAL_DATA)
    medical.settle()
    medical.edit("Patient", "update D1 set clinical_data = 'x' where patient_id = 188")
    medical.settle()
    medical.same()
    assert medical.rows("Doctor", "D3")[0][2] == "x"


def test_an_edit_whose_right_is_taken_meanwhile_is_held_and_published_once_it_is_given(medical: Network) -> None:
    medical.edit("Patient", "update D1 set clinical_data = 'x' where patient_id = 188")
    set_rights(medical, 0)
    medical.settle()
    (held,) = held_edits(medical.peers["Patient"].store)
    assert held.reason == "BXC13"
    assert medical.rows("Doctor", "D3")[0][2] == "CliD1"
    set_rights(medical, CLINICAL_DATA)
    medical.settle()
    medical.same()
    assert medical.rows("Doctor", "D3")[0][2] == "x"


def test_a_held_edit_is_undone_if_the_operator_says_so(medical: Network) -> None:
    medical.edit("Patient", "update D1 set clinical_data = 'x', address = 'Otaru' where patient_id = 188")
    set_rights(medical, 0)
    medical.settle()
    assert revert(medical.peers["Patient"].store, CLINICAL) == 1
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1") == [(188, "Ibuprofen", "CliD1", "Otaru", "one tablet every 4h")]


# --- rejected edits ---------------------------------------------------------------------------------------------------


def test_a_rejected_edit_is_held_and_asked_for_again_on_demand(
    medical: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pack((Edit((188,), (188, "Ibuprofen", "CliD1", "two")),))
    for octets in (b"", b"not compressed", real[:-3]):
        before = medical.peers["Patient"].store.archive.versions(CLINICAL)[-1].version
        medical.edit("Doctor", f"update D3 set dosage = 'try {len(octets)}' where patient_id = 188")
        monkeypatch.setattr(answers, "delta", lambda *_, octets=octets: octets)
        medical.settle()
        found = medical.peers["Patient"].store.archive.versions(CLINICAL)[-1]
        assert found.version > before
        assert (found.outcome, found.reason.split()[0]) == ("rejected", "delta")
    assert [h.reason for h in held_edits(medical.peers["Doctor"].store)] == ["delta"]
    monkeypatch.undo()
    retry(medical.peers["Doctor"].store, CLINICAL)
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1")[0][4].startswith("try ")


# --- silence, absence -------------------------------------------------------------------------------------------------


def test_a_silent_peer_is_excluded_after_the_deadline_and_takes_the_content_over_when_it_joins_again(
    tmp_path: Path,
) -> None:
    medical = network(tmp_path, ROWS)
    researcher, doctor = address(medical, "Researcher"), address(medical, "Doctor")
    lab = "0x" + "1a" * 20  # a third member, so that the share is not left with one
    assert isinstance(medical.world.do(doctor, "inviteMember", MECHANISM, lab, 0, 0), Outcome)
    assert isinstance(medical.world.do(lab, "joinShare", MECHANISM), Outcome)
    medical.away.add(researcher)
    medical.edit("Doctor", "insert into D3 values (190, 'Aspirin', null, 'MeA3', 'daily')")
    medical.settle()
    head = medical.world.tip.registry.shares[MECHANISM]
    assert isinstance(medical.world.do(lab, "ack", MECHANISM, head.version, head.chain), Outcome)
    assert phase(medical, "Doctor", MECHANISM) is Phase.REQUESTED
    medical.world.time += 8 * 86_400
    medical.world.empty()
    medical.settle()
    assert phase(medical, "Doctor", MECHANISM) is Phase.IDLE
    assert medical.world.tip.registry.shares[MECHANISM].committed == 2
    medical.away.clear()
    medical.settle()
    assert phase(medical, "Researcher", MECHANISM) is Phase.GONE
    assert isinstance(medical.world.do(doctor, "inviteMember", MECHANISM, researcher, 2, 1), Outcome)
    assert isinstance(medical.world.do(researcher, "joinShare", MECHANISM), Outcome)
    medical.settle()
    assert phase(medical, "Researcher", MECHANISM) is Phase.IDLE
    assert ("Aspirin", "MeA3", None, 1) in medical.rows("Researcher", "D2")
    assert medical.peers["Researcher"].store.archive.conflicts() == []
    medical.close()


def test_a_peer_that_was_away_for_many_versions_of_another_share_follows_them_all(medical: Network) -> None:
    medical.away.add(address(medical, "Researcher"))
    for dose in range(5):
        medical.edit("Doctor", f"update D3 set dosage = '{dose}' where patient_id = 188")
        medical.settle()
    medical.edit("Doctor", "insert into D3 values (190, 'Aspirin', null, 'MeA3', 'daily')")
    medical.settle()
    medical.away.clear()
    medical.settle()
    medical.same()
    assert ("Aspirin", "MeA3", None, 1) in medical.rows("Researcher", "D2")


def test_a_deadline_under_the_policy_cancel_gives_the_edit_back(medical: Network) -> None:
    world = medical.world
    shares = tuple(replace(share, policy=2) for share in world.tip.registry.shares)
    world.blocks[-1] = replace(world.tip, registry=replace(world.tip.registry, shares=shares))
    for name in ("Doctor", "Patient"):
        store = medical.peers[name].store
        it = store.ledger.share(CLINICAL)
        assert it is not None
        with store.transaction("policy"):
            store.ledger.keep_share(replace(it, policy=2))
    medical.away.add(address(medical, "Patient"))
    medical.edit("Doctor", "update D3 set dosage = 'late' where patient_id = 188")
    medical.settle()
    world.time += 8 * 86_400
    world.empty()
    medical.peers["Doctor"].turn()
    medical.peers["Doctor"].turn()
    assert (2, "cancelled") in versions(medical, "Doctor", CLINICAL)
    medical.away.clear()
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1")[0][4] == "late"


def test_rows_of_old_versions_are_forgotten_where_that_is_wanted_and_who_did_what_is_not(medical: Network) -> None:
    store = medical.peers["Patient"].store
    store.keep_versions = 2
    for dose in range(4):
        medical.edit("Doctor", f"update D3 set dosage = '{dose}' where patient_id = 188")
        medical.settle()
    kept = [(v.version, v.delta is not None) for v in store.archive.versions(CLINICAL)]
    assert kept == [(1, False), (2, False), (3, False), (4, True), (5, True)]
    assert all(v.by == address(medical, "Doctor") for v in store.archive.versions(CLINICAL))
    with pytest.raises(answers.DeniedError) as denied:
        answers.delta(store, address(medical, "Doctor"), CLINICAL, 3)
    assert denied.value.status == 410


# --- the database is in the way ---------------------------------------------------------------------------------------

NO = "create trigger no before update on D1 begin select raise(abort, 'not today'); end"


def test_a_rule_of_the_peers_own_rejects_what_it_would_refuse(medical: Network) -> None:
    medical.edit("Patient", NO)
    medical.edit("Doctor", "update D3 set dosage = 'x' where patient_id = 188")
    medical.settle()
    assert medical.peers["Doctor"].store.archive.versions(CLINICAL)[-1].reason.split()[0] == "engine"
    (held,) = held_edits(medical.peers["Doctor"].store)
    assert held.reason == "engine"


def test_a_committed_version_that_cannot_be_put_waits_for_a_person_and_stops_no_other_share(medical: Network) -> None:
    medical.edit("Doctor", "update D3 set dosage = 'x' where patient_id = 188")
    for _ in range(3):
        medical.peers["Doctor"].turn()
        if phase(medical, "Patient", CLINICAL) is not Phase.JUDGED:
            medical.peers["Patient"].turn()
    medical.edit("Patient", NO)  # after the word was given
    medical.settle()
    it = medical.peers["Patient"].store.ledger.share(CLINICAL)
    assert it is not None
    assert it.phase is Phase.STUCK
    assert "engine" in it.trouble
    medical.edit("Researcher", "update D2 set mechanism_of_action = 'y' where medication_name = 'Wellbutrin'")
    medical.settle()
    assert medical.rows("Doctor", "D3")[1][3] == "y"
    medical.edit("Patient", "drop trigger no")
    medical.now += 1_000.0
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1")[0][4] == "x"


def test_a_full_disk_delays_and_loses_nothing(medical: Network) -> None:
    store = medical.peers["Patient"].store
    assert isinstance(store, SqlStore)
    ((pages,),) = store.connection.query("pragma page_count")
    store.connection.write(f"pragma max_page_count = {pages}")
    for dose in range(3):
        text = str(dose) * 20_000
        medical.edit("Doctor", f"update D3 set dosage = '{text}' where patient_id = 188")
        for _ in range(6):
            medical.peers["Doctor"].turn()
            medical.peers["Patient"].turn()
            medical.now += 100.0
    assert not medical.peers["Patient"].ready
    store.connection.write("pragma max_page_count = 1000000")
    medical.settle()
    medical.same()
    assert medical.rows("Patient", "D1")[0][4] == "2" * 20_000
