"""A peer dies before or after each transaction of its database, starts again, and all goes on as if it had not.

An update with its cascade touches every kind of transaction at every peer. `make test` tries some of these moments,
`make soak` all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .network import Network, network

ROWS = {
    "Patient": "insert into D1 values (188, 'Ibuprofen', 'MeA1', 'CliD1', 'Sapporo', 'one tablet every 4h');",
    "Doctor": "insert into D3 values (188, 'Ibuprofen', 'CliD1', 'MeA1', 'one tablet every 4h'), "
    "(189, 'Wellbutrin', 'CliD2', 'MeA2', '100 mg twice daily');",
    "Researcher": "insert into D2 values ('Ibuprofen', 'MeA1', 'MoA1', true), ('Wellbutrin', 'MeA2', 'MoA2', true);",
}
ALL = "BXC_SOAK" in os.environ
Moment = tuple[str, str, str, int]  # peer, before or after, the transaction's name, for the how manieth time


class DeathError(Exception):
    """The process is no more."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = network(tmp_path_factory.mktemp("opened") / "", ROWS, spec="medical_cascade")
    made.close()
    return made


def watching(peer: str, tell: Callable[[Moment], None]) -> Callable[[str, str], None]:
    counts: dict[tuple[str, str], int] = {}

    def watch(when: str, what: str) -> None:
        counts[when, what] = counts.get((when, what), 0) + 1
        tell((peer, when, what, counts[when, what]))

    return watch


def work(it: Network, dying: Moment | None) -> list[str]:
    """Let all peers work until they rest; one that dies is started again. Who has died?"""
    dead: list[str] = []
    for _ in range(80):
        worked = False
        for name in ROWS:
            try:
                worked |= it.peers[name].turn()
            except DeathError:
                dead.append(name)
                it.start(name)
                worked = True
        it.now += 100.0
        if not worked and it.quiet():  # a new process sends what the dead one has signed, and waits for its outcome
            return dead
    raise AssertionError(f"the peers do not come to rest after {dying}")


def play(opened: Network, folder: Path, dying: Moment | None) -> tuple[list[Moment], list[str]]:
    seen: list[Moment] = []

    def tell(moment: Moment) -> None:
        seen.append(moment)
        if moment == dying:
            raise DeathError

    it = opened.copy(folder, {name: watching(name, tell) for name in ROWS})
    try:
        it.edit("Researcher", "update D2 set mechanism_of_action = 'MeA1b' where medication_name = 'Ibuprofen'")
        it.edit("Patient", "update D1 set clinical_data = 'CliD1b' where patient_id = 188")
        dead = work(it, dying)
        it.same()
        assert it.rows("Patient", "D1") == [(188, "Ibuprofen", "MeA1b", "CliD1b", "Sapporo", "one tablet every 4h")]
        assert it.rows("Doctor", "D3")[0] == (188, "Ibuprofen", "CliD1b", "MeA1b", "one tablet every 4h")
        shares = it.world.tip.registry.shares
        assert [share.committed for share in shares] == [3, 2]  # nothing was asked twice
        assert [share.version for share in shares] == [3, 2]
        for peer in it.peers.values():
            assert peer.store.archive.conflicts() == []
        return seen, dead
    finally:
        it.close()


@pytest.fixture(scope="module")
def moments(opened: Network, tmp_path_factory: pytest.TempPathFactory) -> list[Moment]:
    seen, dead = play(opened, tmp_path_factory.mktemp("all") / "whole", None)
    assert dead == []
    return seen


def test_the_update_goes_through_every_kind_of_transaction(moments: list[Moment]) -> None:
    kinds = {what for _, _, what, _ in moments}
    assert kinds >= {"capture", "freeze", "signed", "sent", "outcome", "events", "follow", "fetched", "judge", "apply"}


def test_a_death_at_any_moment_changes_nothing(opened: Network, moments: list[Moment], tmp_path: Path) -> None:
    tried = set()
    for place, moment in enumerate(moments):
        if moment[1:3] in tried and not ALL:
            continue  # each kind of moment once, at whoever comes first
        tried.add(moment[1:3])
        _, dead = play(opened, tmp_path / f"{place}", moment)
        assert dead == [moment[0]], moment


def test_what_a_cascade_has_signed_last_is_sent_by_the_next_process(
    opened: Network, moments: list[Moment], tmp_path: Path
) -> None:
    last = [moment for moment in moments if moment[:3] == ("Doctor", "after", "signed")][-1]
    _, dead = play(opened, tmp_path / "last", last)
    assert dead == ["Doctor"]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
