"""The acts of the demo: shares are opened, an update takes its eleven steps, one is refused, and a peer is killed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bxc.database.connection import DatabaseError, RefusedError, open_database, transaction
from bxc_runtime.chains.protocol import Request, RequestUpdates, RevertedError
from bxc_runtime.config import read_account, read_config
from bxc_runtime.conflicts import held_edits
from bxc_runtime.demo.screen import Screen
from bxc_runtime.demo.stage import Stage
from bxc_runtime.demo.troupe import DemoError, Said, Troupe
from bxc_runtime.edits import ask_to_open
from bxc_runtime.history import history
from bxc_runtime.landing import view_state
from bxc_runtime.process import Setting, chain_of, opened_store, read_setting
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.store import SqlStore

ROWS = {  # in the manner of Fig. 1 of the paper
    "Patient": "insert into D1 values (188, 'Ibuprofen', 'MeA1', 'CliD1', 'Sapporo', 'one tablet every 4h');",
    "Doctor": "insert into D3 values (188, 'Ibuprofen', 'CliD1', 'MeA1', 'one tablet every 4h'), "
    "(189, 'Wellbutrin', 'CliD2', 'MeA2', '100 mg twice daily');",
    "Researcher": "insert into D2 values ('Ibuprofen', 'MeA1', 'MoA1', true), ('Wellbutrin', 'MeA2', 'MoA2', true);",
}
PEERS = ("Researcher", "Doctor", "Patient")
SOURCES = {"Researcher": "D2", "Doctor": "D3", "Patient": "D1"}
CLINICAL, MECHANISM = 0, 1
BUSY_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Play:
    """Everything that the acts need."""

    stage: Stage
    troupe: Troupe
    screen: Screen
    settings: dict[str, Setting]

    def look(self, peer: str, question: Callable[[SqlStore], Any]) -> Any:
        """Ask a peer's database, also while the peer is at work on it."""
        end = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                store = opened_store(self.settings[peer])
            except StoreError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
                continue
            try:
                return question(store)
            finally:
                store.close()

    def edit(self, peer: str, statement: str) -> None:
        """A user's edit, by another program than the runtime. RefusedError if the database's own guard refuses it."""
        statement = spelled(statement, self.stage.engine)
        self.screen.say(f"  {peer}> {statement};", style="italic")
        end = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                database = open_database(self.stage.database(peer), "write")
                try:
                    with transaction(database):
                        database.run(statement + ";")
                    return
                finally:
                    database.close()
            except DatabaseError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def tables(self, *peers: str) -> None:
        """Show the sources of some peers."""
        for peer in peers:
            name = SOURCES[peer]
            source = self.settings[peer].site.bundle.peers[peer].sources[name]
            rows = self.look(peer, partial(_rows, name=spelled(name, self.stage.engine)))
            kinds = [str(type_) for type_ in source.columns.values()]
            shown = [
                tuple(bool(v) if kind == "bool" and v is not None else v for v, kind in zip(row, kinds, strict=True))
                for row in rows
            ]
            self.screen.table(f"{name} at {peer}", list(source.columns), shown)

    def agree(self) -> None:
        """Compare the ends of both shares, and both with the hash on the chain. DemoError if they differ."""
        for share, ends in ((CLINICAL, ("Patient", "Doctor")), (MECHANISM, ("Researcher", "Doctor"))):
            found = [self.look(peer, partial(_content, share=share)) for peer in ends]
            if found[0] != found[1]:
                raise DemoError("the ends of a share differ")
            name = self.settings["Doctor"].site.shares[share].name
            version, state, content_hash = found[0]
            self.screen.say(f"✓ {name}: version {version} is the same at {' and '.join(ends)}, "
                            f"and is what the chain has a hash of (0x{content_hash[:8]}…)", style="green")  # fmt: skip
            assert state

    def follow(self, steps: Sequence[tuple[str, Callable[[Said], bool], str]], last: Callable[[Said], bool]) -> None:
        """Show steps as they happen, until something is said."""
        shown: set[int] = set()
        for said in self.troupe.until(last):
            for place, (number, happens, text) in enumerate(steps):
                if place not in shown and happens(said):
                    shown.add(place)
                    self.screen.step(number, text.format(**said.values))


def spelled(statement: str, engine: str) -> str:
    """A statement with its tables in quotes where that is needed: PostgreSQL folds names that are not quoted."""
    return re.sub(r"\b(D\d)\b", r'"\1"', statement) if engine == "postgres" else statement


def _rows(store: SqlStore, name: str) -> list[tuple[Any, ...]]:
    return store.connection.query(f"select * from {name} order by 1")


def _content(store: SqlStore, share: int) -> tuple[int, str, str]:
    it, end = store.ledger.share(share), store.site.shares[share]
    assert it is not None
    if view_state(store, it, end).lanes != it.lanes:
        raise DemoError(f"the view {end.view.name} does not show the agreed content")
    known = store.archive.version(share, it.agreed)
    assert known is not None
    return it.agreed, it.lanes.hex(), known.content_hash.hex()


def says(peer: str, event: str, **values: Any) -> Callable[[Said], bool]:
    """What tells that a peer says something."""
    return lambda said: said.is_(peer, event, **values)


def all_of(*needed: Callable[[Said], bool]) -> Callable[[Said], bool]:
    """What tells that everything has been said, in whatever order."""
    left = list(needed)

    def happens(said: Said) -> bool:
        left[:] = [need for need in left if not need(said)]
        return not left

    return happens


def signed(peer: str, call: str, share: int) -> Callable[[Said], bool]:
    """What tells that a peer sends a call about a share."""

    def happens(said: Said) -> bool:
        parts = str(said.values.get("purpose", "")).split()
        return said.is_(peer, "signed") and parts[:1] == [call] and any(p.startswith(f"{share}:") for p in parts[1:])

    return happens


def play(stage: Stage, troupe: Troupe, screen: Screen) -> None:
    """All acts. DemoError if one does not go as told."""
    settings = {peer: read_setting(read_config(stage.config(peer))) for peer in PEERS}
    it = Play(stage, troupe, screen, settings)
    _opening(it)
    _eleven_steps(it)
    _refused(it)
    _killed(it)
    _audit(it)


def _opening(it: Play) -> None:
    it.screen.title("Three peers, three databases, one contract")
    for peer in PEERS:
        it.troupe.start(peer)
        it.screen.say(f"  {peer}: process {it.troupe.number(peer)}, {it.stage.database_name(peer)}")
    it.tables(*PEERS)
    it.screen.say("The doctor opens both shares: what D31 and D32 show is version 1, once the others have agreed.")
    for share in (CLINICAL, MECHANISM):
        it.look("Doctor", partial(ask_to_open, share=share))
    waiting = {("Patient", "clinical"), ("Researcher", "mechanism"), ("Doctor", "clinical"), ("Doctor", "mechanism")}

    def opened(said: Said) -> bool:
        if said.event == "applied" or said.is_("Doctor", "followed", name="Committed"):
            waiting.discard((said.peer, str(said.values.get("share"))))
        return not waiting

    it.follow((), opened)
    it.agree()


def _eleven_steps(it: Play) -> None:
    it.screen.title("An update in eleven steps: D2 → D23 → D32 → D3 → D31 → D13 → D1")
    it.edit("Researcher", "update D2 set mechanism_of_action = 'MeA1 (revised)' where medication_name = 'Ibuprofen'")
    it.follow(STEPS, _arrived())
    it.tables(*PEERS)
    it.screen.say("The address, which D13 hides, is where it was, and so is all that D32 and D31 hide at the doctor.")
    it.agree()


def _arrived() -> Callable[[Said], bool]:
    """What tells that an update has gone all its way."""
    return all_of(
        says("Patient", "applied", share="clinical"),
        says("Doctor", "followed", share="clinical", name="Committed"),
    )


STEPS: tuple[tuple[str, Callable[[Said], bool], str], ...] = (
    ("1", says("Researcher", "captured", share="mechanism"), "the researcher's edit makes a delta of D23: {edits} row"),
    ("2", signed("Researcher", "request", MECHANISM), "the researcher asks the contract for the update"),
    (
        "3",
        says("Doctor", "followed", share="mechanism", name="UpdateRequested"),
        "the contract allows it, and tells the doctor of version {version}",
    ),
    (
        "4",
        says("Doctor", "fetched", share="mechanism"),
        "the doctor fetches the delta, which the researcher has signed",
    ),
    (
        "",
        says("Doctor", "judged", share="mechanism"),
        "… compares it with the chain's hash and the rights, tries the put, and answers: {answer}",
    ),
    ("5", says("Doctor", "applied", share="mechanism"), "committed: the doctor puts the delta through D32 into D3"),
    ("6", says("Doctor", "cascade", share="mechanism"), "D31 shows what has changed: the share `{to}` is next"),
    ("7", says("Doctor", "cascade", share="mechanism"), "its delta of D31: {edits} row"),
    ("8", signed("Doctor", "request", CLINICAL), "the doctor asks the contract for the update"),
    (
        "9",
        says("Patient", "followed", share="clinical", name="UpdateRequested"),
        "the contract allows it, and tells the patient of version {version}",
    ),
    ("10", says("Patient", "fetched", share="clinical"), "the patient fetches the delta, which the doctor has signed"),
    ("", says("Patient", "judged", share="clinical"), "… compares, tries, and answers: {answer}"),
    ("11", says("Patient", "applied", share="clinical"), "committed: the patient puts the delta through D13 into D1"),
)


def _refused(it: Play) -> None:
    it.screen.title("An update without a right")
    it.screen.say("The patient may update clinical_data, and nothing else of the share. The dosage, then:")
    try:
        it.edit("Patient", "update D1 set dosage = 'two at once' where patient_id = 188")
    except RefusedError as refusal:
        it.screen.say(f"  refused by the patient's own database: {refusal.code} {refusal}", style="bold red")
    else:
        _held(it)
    it.screen.say("A patient who goes around that database and asks the contract:")
    setting = it.settings["Patient"]
    chain = chain_of(setting, read_account(setting.config))
    try:
        chain.check(RequestUpdates((Request(CLINICAL, 3, 1 << 4, 1, bytes(32)),)))
    except RevertedError as refusal:
        it.screen.say(f"  refused by the contract: {refusal}", style="bold red")
    else:
        raise DemoError("the contract would have allowed it")
    it.tables("Patient", "Doctor")
    it.agree()


def _held(it: Play) -> None:
    """Where an engine has no guard of its own, the runtime finds the edit, tells of it, and the operator undoes it."""
    from bxc_runtime.conflicts import revert

    it.follow((), says("Patient", "captured", share="clinical"))
    end = time.monotonic() + BUSY_SECONDS
    while not (held := it.look("Patient", held_edits)):
        if time.monotonic() > end:
            raise DemoError("the edit was not held")
        time.sleep(0.1)
    it.screen.say(f"  held by the patient's runtime: {held[0].reason} {held[0].edit}", style="bold red")
    it.screen.say("  it is part of no version; the patient undoes it: bxc peer conflicts --revert clinical")
    it.look("Patient", lambda store: revert(store, CLINICAL))


def _killed(it: Play) -> None:
    it.screen.title("A peer is killed between its word and its deed")
    it.edit("Researcher", "update D2 set mechanism_of_action = 'MeA1 (final)' where medication_name = 'Ibuprofen'")
    for said in it.troupe.until(signed("Doctor", "answer", MECHANISM)):
        if said.is_("Doctor", "fetched"):
            it.screen.say("  the doctor has fetched the delta, and is about to acknowledge it …")
    it.troupe.kill("Doctor")
    it.screen.say(
        "  kill -9: the doctor's process is gone; its ack is recorded, and perhaps on the chain", style="bold red"
    )
    it.tables("Doctor")
    it.troupe.start("Doctor")
    it.screen.say(f"  started again: process {it.troupe.number('Doctor')}")
    it.follow(
        (
            ("", says("Doctor", "applied", share="mechanism"), "the doctor puts version {version} into D3, once"),
            ("", signed("Doctor", "request", CLINICAL), "… and goes on with the share clinical"),
            ("", says("Patient", "applied", share="clinical"), "the patient has it, too"),
        ),
        _arrived(),
    )
    it.tables("Doctor", "Patient")
    it.agree()


def _audit(it: Play) -> None:
    it.screen.title("What an auditor sees: bxc history mechanism --verify")
    names = {address: name for name, address in it.stage.addresses.items()}
    found = it.look("Doctor", lambda store: history(store, store.site.shares[MECHANISM], names, verify=True))
    rows = [
        (e.version, e.outcome, e.by, ", ".join(p for p, _ in e.acks), ", ".join(e.attributes) or "-", e.link, e.content)
        for e in found.entries
    ]
    it.screen.table("mechanism", ["version", "outcome", "by", "acks", "columns", "link", "content"], rows)
    if not found.right:
        raise DemoError("the history does not verify")
    it.screen.say("✓ every link and every content has the hash that it must have", style="green")
