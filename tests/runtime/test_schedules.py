"""Random schedules of edits and faults: whatever happens, at the end all peers hold what the chain has the hash of.

Every value that is written is unlike any other, so it can be told what became of it: it was agreed, or overwritten
before anybody was asked, or it is a conflict, or held. Nothing is dropped in silence, and nothing comes from nowhere.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import structlog
from contract.state import Refused
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from bxc.database.connection import RefusedError
from bxc_runtime.records import OutboxState

from .network import Network, network

SOAK = int(os.environ.get("BXC_SOAK", "0"))
ROWS = {
    "Patient": "insert into D1 values (188, 'Ibuprofen', 'CliD1', 'Sapporo', 'one tablet every 4h');",
    "Doctor": "insert into D3 values (188, 'Ibuprofen', 'CliD1', 'MeA1', 'one tablet every 4h'), "
    "(189, 'Wellbutrin', 'CliD2', 'MeA2', '100 mg twice daily');",
    "Researcher": "insert into D2 values ('Ibuprofen', 'MeA1', 'MoA1', true), ('Wellbutrin', 'MeA2', 'MoA2', true);",
}
SOURCES = {"Patient": "D1", "Doctor": "D3", "Researcher": "D2"}
PEERS = st.sampled_from(sorted(ROWS))
MEDICINES = st.sampled_from(["Ibuprofen", "Wellbutrin", "Med 1", "Med 2"])
PATIENTS = st.sampled_from([188, 189, 190, 191])


class DeathError(Exception):
    """The process is no more."""


def opened(confirmations: int) -> tuple[Path, Network]:
    """Peers with open shares, closed: to be copied for each schedule."""
    folder = Path(tempfile.mkdtemp(prefix="bxc-schedules-"))
    made = network(folder, ROWS, confirmations=confirmations)
    made.close()
    return folder, made


class Schedule(RuleBasedStateMachine):
    """Three peers, their users, and what may befall them."""

    start: Network
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.number = count(1)
        self.values: dict[str, str] = {}  # what was written → by whom
        self.deleted = 0
        self.dying: dict[str, int] = {}
        self.place = Path(tempfile.mkdtemp(prefix="schedule-", dir=self.folder))
        watches = {name: self._watch(name) for name in ROWS}
        self.it = self.start.copy(self.place / "peers", watches)

    def _watch(self, peer: str) -> Any:
        def watch(when: str, what: str) -> None:
            if self.dying.get(peer) is not None:
                self.dying[peer] -= 1
                if self.dying[peer] < 0:
                    del self.dying[peer]
                    note(f"{peer} dies {when} {what}")
                    raise DeathError

        return watch

    def teardown(self) -> None:
        try:
            self._heal()
            self._settle()
            self.it.same()
            self._nothing_lost()
        finally:
            self.it.close()
            shutil.rmtree(self.place)

    # --- users --------------------------------------------------------------------------------------------------------

    def _write(self, peer: str, statement: str) -> None:
        value = f"{peer} {next(self.number)}"
        try:
            self.it.edit(peer, statement.replace("?", f"'{value}'"))
        except RefusedError:
            return  # the peer's own guard: it has no such right now
        if self._shows(peer, value):  # a statement may find no row
            self.values[value] = peer

    def _shows(self, peer: str, value: str) -> bool:
        return any(value in repr(row) for row in self.it.rows(peer, SOURCES[peer]))

    @rule(medicine=MEDICINES)
    def researcher_corrects(self, medicine: str) -> None:
        self._write("Researcher", f"update D2 set mechanism_of_action = ? where medication_name = '{medicine}'")

    @rule()
    def patient_writes(self) -> None:
        self._write("Patient", "update D1 set clinical_data = ?")

    @rule(column=st.sampled_from(["clinical_data", "dosage"]), patient=PATIENTS)
    def doctor_writes(self, column: str, patient: int) -> None:
        self._write("Doctor", f"update D3 set {column} = ? where patient_id = {patient}")

    @rule(medicine=MEDICINES, patient=st.sampled_from([190, 191]))
    def doctor_takes_on(self, medicine: str, patient: int) -> None:
        known = f"coalesce((select mechanism_of_action from D3 where medication_name = '{medicine}' limit 1), 'new')"
        self._write("Doctor", f"insert or ignore into D3 select {patient}, '{medicine}', ?, {known}, 'daily'")

    @rule(patient=st.sampled_from([189, 190, 191]))
    def doctor_discharges(self, patient: int) -> None:
        self._write("Doctor", f"delete from D3 where patient_id = {patient}")
        self.deleted = next(self.number)

    # --- peers, and what befalls them ---------------------------------------------------------------------------------

    @rule(peer=PEERS)
    def turn(self, peer: str) -> None:
        if self.it.peers[peer].chain.address in self.it.away:
            return
        try:
            self.it.peers[peer].turn()
        except DeathError:
            self.it.start(peer, self._watch(peer))
        self.it.now += 100.0

    @rule()
    def turns(self) -> None:
        for peer in ROWS:
            self.turn(peer)

    @rule(peer=PEERS, after=st.integers(0, 8))
    def will_die(self, peer: str, after: int) -> None:
        self.dying[peer] = after

    @rule(peer=PEERS)
    def goes_or_comes(self, peer: str) -> None:
        self.it.away ^= {self.it.peers[peer].chain.address}

    @rule()
    def node_fails_or_recovers(self) -> None:
        self.it.world.down = not self.it.world.down

    @rule()
    def blocks_are_late_or_come(self) -> None:
        self.it.world.held = not self.it.world.held
        if not self.it.world.held:
            self.it.world.mine()

    @precondition(lambda self: self.it.confirmations > 1)
    @rule()
    def reorganisation(self) -> None:
        if len(self.it.world.blocks) > self.blocks_at_start + 1:
            self.it.world.reorganise(1)
            self.it.world.empty()  # in the place of the one that is left out: more than that is a fork

    @rule(right=st.booleans())
    def the_doctor_gives_or_takes_a_right(self, right: bool) -> None:
        doctor, patient = (self.it.peers[name].chain.address for name in ("Doctor", "Patient"))
        outcome = self.it.world.do(doctor, "setRights", 0, patient, 4 if right else 0, 1 if right else 0)
        assert not isinstance(outcome, Refused) or outcome.name == "UpdatePending"

    # --- the end ------------------------------------------------------------------------------------------------------

    @property
    def blocks_at_start(self) -> int:
        return len(self.start.world.blocks)

    def _heal(self) -> None:
        self.it.world.down = self.it.world.held = False
        self.it.world.mine()
        self.it.away.clear()
        self.dying.clear()

    def _settle(self) -> None:
        for _ in range(200):
            worked = sum(peer.turn() for peer in self.it.peers.values())
            self.it.now += 100.0
            self.it.world.empty(self.it.confirmations - 1)
            if not worked and self.it.quiet():
                return
        raise AssertionError("the peers do not come to rest")

    def _nothing_lost(self) -> None:
        """What became of each written value."""
        for value, peer in self.values.items():
            store = self.it.peers[peer].store
            told = any(value in text for c in store.archive.conflicts() for text in (c.local, c.agreed)) or any(
                value in repr(entry.delta)
                for share in store.site.shares
                for entry in store.ledger.outbox(share)
                if entry.state is OutboxState.HELD
            )
            agreed = any(value in repr(row) for share in store.site.shares for row in store.ledger.agreed_rows(share))
            published = any(value in line for share in store.site.shares for line in self._published(peer, share))
            shown = self._shows(peer, value)
            later = self._overwritten(value, peer)
            assert told or agreed or published or shown or later, value

    def _published(self, peer: str, share: int) -> list[str]:
        from bxc_runtime.wire import unpack

        store = self.it.peers[peer].store
        shape = store.site.shares[share].shape
        return [repr(unpack(v.delta, shape)) for v in store.archive.versions(share) if v.delta is not None]

    def _overwritten(self, value: str, peer: str) -> bool:
        """Whether the same user wrote something later, which may have been the same cell before anybody was asked."""
        if peer == "Doctor" and self.deleted > int(value.split()[-1]):
            return True
        return any(
            other == peer and int(later.split()[-1]) > int(value.split()[-1]) for later, other in self.values.items()
        )


def run(confirmations: int, examples: int, steps: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    folder, made = opened(confirmations)

    class Bound(Schedule):
        pass

    Bound.start, Bound.folder = made, folder
    try:
        run_state_machine_as_test(
            Bound,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                phases=(Phase.generate,),  # a schedule takes a second: making it smaller takes minutes
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        shutil.rmtree(folder)
        structlog.reset_defaults()


def test_any_schedule_of_edits_and_faults_ends_in_agreement() -> None:
    run(1, 12 * max(SOAK, 1), 30)


def test_reorganisations_within_the_confirmations_change_nothing() -> None:
    run(2, 6 * max(SOAK, 1), 30)
