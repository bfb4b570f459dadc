"""A member that joins while nobody answers, while others or its own users go on: it catches up, and says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.state import Refused

from bxc_runtime.machine import Phase

from .compiled import compile_spec
from .network import Network, network
from .test_slow_and_false import CODES, ROWS, SPEC


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Network:
    place = compile_spec(tmp_path_factory.mktemp("spec"), "codes", SPEC)
    made = network(tmp_path_factory.mktemp("opened") / "", ROWS, place)
    made.close()
    return made


@pytest.fixture
def codes(opened: Network, tmp_path: Path) -> Iterator[Network]:
    made = opened.copy(tmp_path / "peers")
    yield made
    made.close()


def address(it: Network, peer: str) -> str:
    return it.peers[peer].chain.address


def do(it: Network, peer: str, name: str, *args: object) -> None:
    outcome = it.world.do(address(it, peer), name, CODES, *args)
    assert not isinstance(outcome, Refused), outcome


def phase(it: Network, peer: str) -> Phase:
    found = it.peers[peer].store.ledger.share(CODES)
    assert found is not None
    return found.phase


def turns(it: Network, *peers: str, times: int = 3) -> None:
    for _ in range(times):
        for peer in peers:
            it.peers[peer].turn()
        it.now += 100


def joining(it: Network) -> None:
    """South leaves, the others go on, it is invited and joins; nobody has answered it yet."""
    do(it, "South", "leaveShare")
    it.settle()
    it.edit("Centre", "update CodesAtCentre set title = 'uno' where code = 1")
    it.settle()
    do(it, "Centre", "inviteMember", address(it, "South"), 0, 0)
    do(it, "South", "joinShare")
    it.away |= {address(it, "Centre"), address(it, "North")}
    turns(it, "South")
    assert phase(it, "South") is Phase.JOINING


def test_a_request_that_is_made_meanwhile_is_answered_once_the_content_is_here(codes: Network) -> None:
    joining(codes)
    codes.edit("Centre", "update CodesAtCentre set title = 'due' where code = 2")
    turns(codes, "Centre", "North")
    assert codes.world.tip.registry.shares[CODES].awaited
    turns(codes, "South")
    codes.away.clear()
    codes.settle()
    codes.same()
    assert codes.rows("South", "CodesAtSouth") == [(1, "uno"), (2, "due")]


def test_who_is_excluded_before_it_has_the_content_can_join_again(codes: Network) -> None:
    joining(codes)
    codes.away.clear()
    codes.edit("Centre", "update CodesAtCentre set title = 'due' where code = 2")
    turns(codes, "Centre", "North")
    codes.world.time += 2 * 86_400
    codes.world.empty()
    turns(codes, "Centre", "North", times=5)
    assert codes.world.tip.registry.shares[CODES].index(address(codes, "South")) is None
    codes.settle()
    assert phase(codes, "South") is Phase.GONE
    do(codes, "Centre", "inviteMember", address(codes, "South"), 0, 0)
    do(codes, "South", "joinShare")
    codes.settle()
    codes.same()
    assert codes.rows("South", "CodesAtSouth") == [(1, "uno"), (2, "due")]


def test_what_a_peer_has_changed_while_it_was_no_member_or_waited_is_told_as_conflicts(codes: Network) -> None:
    do(codes, "South", "leaveShare")
    codes.settle()
    loading = "update bxc_session set loading = "
    codes.edit("South", loading + "1", "update CodesAtSouth set title = 'mine' where code = 1", loading + "0")
    codes.edit("South", loading + "1", "delete from CodesAtSouth where code = 2", loading + "0")
    do(codes, "Centre", "inviteMember", address(codes, "South"), 2, 7)
    do(codes, "South", "joinShare")
    codes.away |= {address(codes, "Centre"), address(codes, "North")}
    turns(codes, "South")
    codes.edit("South", "insert into CodesAtSouth values (9, 'late')")
    turns(codes, "South")
    codes.edit("South", "insert into CodesAtSouth values (8, 'later')")
    codes.away.clear()
    codes.settle()
    codes.same()
    assert codes.rows("South", "CodesAtSouth") == [(1, "one"), (2, "two")]
    told = {conflict.local for conflict in codes.peers["South"].store.archive.conflicts()}
    assert told == {'[1,"mine"]', "null", '[9,"late"]', '[8,"later"]'}


def test_who_withholds_a_delta_is_rejected_before_it_can_exclude_the_others(codes: Network) -> None:
    codes.away.add(address(codes, "North"))
    codes.edit("North", "update CodesAtNorth set title = 'uno' where code = 1")
    turns(codes, "North", "Centre", "South")
    assert phase(codes, "South") is Phase.ANNOUNCED
    codes.world.time += 86_400 * 3 // 4 - 100
    codes.world.empty()
    turns(codes, "North", "Centre", "South")
    assert phase(codes, "South") is Phase.ANNOUNCED
    codes.world.time += 200
    codes.world.empty()
    turns(codes, "Centre", "South")
    last = codes.peers["South"].store.archive.versions(CODES)[-1]
    assert (last.outcome, last.reason.split()[0]) == ("rejected", "fetch")
    codes.away.clear()
    codes.settle()
    codes.same()
    members = codes.world.tip.registry.shares[CODES]
    assert all(members.index(address(codes, peer)) is not None for peer in ROWS)


def test_who_has_missed_versions_that_nobody_keeps_takes_over_the_content(codes: Network, tmp_path: Path) -> None:
    """A database of the day before yesterday, and members that forget the rows of versions."""
    south = codes.stores[address(codes, "South")]
    south.close()
    kept = tmp_path / "kept.sqlite"
    shutil.copy(codes.path("South"), kept)
    codes.start("South")
    for peer in ("Centre", "North"):
        codes.peers[peer].store.keep_versions = 1
    for number in range(4):
        codes.edit("Centre", f"update CodesAtCentre set title = 'v{number}' where code = 1")
        codes.settle()
    codes.stores[address(codes, "South")].close()
    for file in codes.folder.glob("South.sqlite*"):
        file.unlink()
    shutil.copy(kept, codes.path("South"))
    codes.start("South")
    codes.edit("Centre", "update CodesAtCentre set title = 'later' where code = 2")
    turns(codes, "Centre", "North")
    codes.settle()
    codes.same()
    assert codes.rows("South", "CodesAtSouth") == [(1, "v3"), (2, "later")]
    assert codes.peers["South"].store.archive.conflicts() == []
