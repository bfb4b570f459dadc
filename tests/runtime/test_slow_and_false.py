"""Members that answer slowly, without end or falsely: nobody waits for them, and nobody takes what they say."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from contract.state import Refused

from bxc_runtime import fetching
from bxc_runtime.delta import Edit, Extent
from bxc_runtime.edits import ask_to_open
from bxc_runtime.exchange import client
from bxc_runtime.landing import judge
from bxc_runtime.machine import ImpossibleError, Phase
from bxc_runtime.records import ShareRecord
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.store import Store
from bxc_runtime.wire import pack

from .attackers import Site, hostile, site
from .compiled import compile_spec

SPEC = """
spec codes version 1

peer Centre
peer North
peer South

source CodesAtCentre at Centre {
  code   int   primary key
  title  text
}

source CodesAtNorth at North {
  code   int   primary key
  title  text
}

source CodesAtSouth at South {
  code   int   primary key
  title  text
}

source Sheet at North {
  line   int   primary key
  text   text
}

source Copy at South {
  line   int   primary key
  text   text
}

view OfCentre from CodesAtCentre {
  keep code, title
}

view OfNorth from CodesAtNorth {
  keep code, title
}

view OfSouth from CodesAtSouth {
  keep code, title
}

view Sheets from Sheet {
  keep line, text
}

view Copies from Copy {
  keep line, text
}

share codes = OfCentre <-> OfNorth <-> OfSouth {
  authority Centre
  update title by Centre, North
  insert by Centre
  delete by Centre
  ack within 1d else exclude
}

share sheets = Sheets <-> Copies {
  authority North
  update text by North
}
"""
ROWS = {
    "Centre": "insert into CodesAtCentre values (1, 'one'), (2, 'two');",
    "North": "insert into CodesAtNorth values (1, 'one'), (2, 'two'); insert into Sheet values (1, 'a');",
    "South": "insert into CodesAtSouth values (1, 'one'), (2, 'two'); insert into Copy values (1, 'a');",
}
CODES, SHEETS = 0, 1
TITLE = Extent(2, 1)


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compile_spec(tmp_path_factory.mktemp("spec"), "codes", SPEC)


@pytest.fixture
def opened(codes: str, tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path / "peers", ROWS, codes) as made:
        yield made


@pytest.fixture
def unopened(codes: str, tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path / "peers", ROWS, codes, open_shares=False) as made:
        made.it.settle()
        yield made


def share(made: Site, peer: str, number: int = CODES) -> ShareRecord:
    found = made.it.peers[peer].store.ledger.share(number)
    assert found is not None
    return found


def settled(made: Site) -> None:
    made.it.settle()
    made.it.same()


# --- slow and endless -------------------------------------------------------------------------------------------------


def silence(it: socket.socket) -> None:
    it.recv(1)


def trickle(it: socket.socket) -> None:
    it.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    while True:
        it.sendall(b"x")
        time.sleep(0.02)


def slow_headers(it: socket.socket) -> None:
    it.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in count():
        it.sendall(b"x%d: y\r\n" % number)
        time.sleep(0.02)


@pytest.mark.parametrize("answer", [silence, trickle, slow_headers])
def test_who_answers_slowly_holds_up_no_other_share(
    opened: Site, answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.5)
    monkeypatch.setattr(client, "SLOWEST", 1_000_000)
    opened.it.peers["South"].fetching._patience = 0.1
    with hostile(answer) as port:  # type: ignore[arg-type]
        opened.place("North", port)
        opened.claims("North", CODES, (Edit((1,), (1, "eins")),), TITLE)
        began = time.monotonic()
        opened.turn("South")
        assert time.monotonic() - began < 2
        assert share(opened, "South").phase is Phase.ANNOUNCED
        opened.place("North", opened.ports["North"])
        opened.it.edit("North", "update Sheet set text = 'b' where line = 1")
        end = time.monotonic() + 10
        while opened.it.rows("South", "Copy") != [(1, "b")]:  # the other share goes on meanwhile
            assert time.monotonic() < end
            opened.turn("North", "South")
            time.sleep(0.02)
    opened.honest("North")


def lines_without_end() -> Iterator[str]:
    return (f'[{number},"x"]' for number in count())


def test_a_content_without_end_is_rejected_and_leaves_nothing_behind(
    unopened: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MOST_UNPACKED", 2**20)
    ask_to_open(unopened.it.peers["Centre"].store, CODES)
    unopened.answers["Centre"].rows["/v1/shares/0/content/1"] = lines_without_end
    for _ in range(3):
        unopened.turn("Centre", "North", "South")
    assert unopened.ended(CODES) == "delta"
    for peer in ("North", "South"):
        assert share(unopened, peer).agreed == 0
        assert not list(unopened.it.peers[peer].store.ledger.agreed_rows(CODES))
    unopened.answers["Centre"].rows.clear()
    ask_to_open(unopened.it.peers["Centre"].store, CODES)
    settled(unopened)
    assert unopened.it.world.tip.registry.shares[CODES].committed


# --- false ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["salt", "rows", "none", "twice", "no rows"])
def test_an_opener_whose_content_is_another_than_the_chains_is_rejected_and_can_open_honestly(
    unopened: Site, kind: str
) -> None:
    lies = {
        "rows": ['[1,"eins"]', '[2,"two"]'],
        "none": [],
        "twice": ['[1,"one"]', '[1,"one"]', '[2,"two"]'],
        "no rows": ['{"1":"one"}'],
    }
    answers = unopened.answers["Centre"]
    if kind == "salt":
        answers.lies["/v1/shares/0/salt"] = b"\x66" * 32
    else:
        answers.rows["/v1/shares/0/content/1"] = lambda: iter(lies[kind])
    ask_to_open(unopened.it.peers["Centre"].store, CODES)
    for _ in range(3):
        unopened.turn("Centre", "North", "South")
    assert unopened.ended(CODES) == ("delta" if kind == "no rows" else "hash")
    answers.lies.clear()
    answers.rows.clear()
    ask_to_open(unopened.it.peers["Centre"].store, CODES)
    settled(unopened)
    assert unopened.it.world.tip.registry.shares[CODES].committed  # a false salt is not kept either


def test_an_opener_whose_content_does_not_fit_is_rejected(unopened: Site) -> None:
    unopened.it.edit(
        "South",
        "update bxc_session set loading = 1",
        "insert into CodesAtSouth values (3, 'mine')",
        "update bxc_session set loading = 0",
    )
    ask_to_open(unopened.it.peers["Centre"].store, CODES)
    for _ in range(3):
        unopened.turn("Centre", "North", "South")
    assert unopened.ended(CODES) == "content"
    assert unopened.it.rows("South", "CodesAtSouth") == [(1, "one"), (2, "two"), (3, "mine")]


def test_nobody_but_the_opener_opens(unopened: Site) -> None:
    outcome = unopened.it.world.do(unopened.address("North"), "openShare", CODES, b"\x01" * 32)
    assert isinstance(outcome, Refused)
    assert outcome.name == "NotOpener"


def left(made: Site, peer: str) -> None:
    """A peer leaves, the others go on, and it is invited again."""
    assert not isinstance(made.it.world.do(made.address(peer), "leaveShare", CODES), Refused)
    made.it.settle()
    made.it.edit("Centre", "update CodesAtCentre set title = 'uno' where code = 1")
    made.it.settle()
    done = made.it.world.do(made.address("Centre"), "inviteMember", CODES, made.address(peer), 0, 0)
    assert not isinstance(done, Refused), done


@pytest.mark.parametrize("kind", ["salt", "rows", "silent", "trickling"])
def test_who_joins_takes_the_content_from_whoever_tells_the_truth(opened: Site, kind: str) -> None:
    left(opened, "South")
    south = opened.it.peers["South"]
    south.fetching._patience = 0.1
    liar = opened.answers["North"]  # which is asked first or second: both must do
    other = opened.answers["Centre"]
    version = opened.it.world.tip.registry.shares[CODES].committed
    path = f"/v1/shares/0/content/{version}"
    assert not isinstance(opened.it.world.do(opened.address("South"), "joinShare", CODES), Refused)
    opened.turn("Centre", "North", times=2)
    first = next(iter(south.store.ledger.members(CODES)))
    liar, name = (liar, "North") if first == opened.address("North") else (other, "Centre")
    match kind:
        case "salt":
            liar.lies["/v1/shares/0/salt"] = b"\x66" * 32
        case "rows":
            liar.rows[path] = lambda: iter(['[1,"false"]', '[2,"two"]'])
    with hostile(trickle if kind == "trickling" else silence) as port:
        if kind in ("silent", "trickling"):
            opened.place(name, port)
        opened.until("South", lambda peer: share(opened, "South").phase is Phase.IDLE)
    assert opened.it.rows("South", "CodesAtSouth") == [(1, "uno"), (2, "two")]
    opened.place(name, opened.ports[name])
    opened.honest(name)


def test_a_committed_version_is_taken_from_whoever_has_it(opened: Site, tmp_path: Path) -> None:
    """A peer whose database is that of yesterday follows what it has acknowledged since."""
    south = opened.it.peers["South"]
    opened.it.stores[south.chain.address].close()
    kept = tmp_path / "kept.sqlite"
    shutil.copy(opened.it.path("South"), kept)
    exchange = south.fetching.exchange
    opened.it.start("South").fetching.exchange = exchange
    opened.it.edit("North", "update CodesAtNorth set title = 'uno' where code = 1")
    settled(opened)
    opened.it.stores[south.chain.address].close()
    for file in opened.it.folder.glob("South.sqlite*"):
        file.unlink()
    shutil.copy(kept, opened.it.path("South"))
    opened.it.start("South").fetching.exchange = exchange
    version = opened.it.world.tip.registry.shares[CODES].committed
    false = pack((Edit((1,), (1, "false")),))
    for liar in ("North", "Centre"):
        opened.answers[liar].lies[f"/v1/shares/0/deltas/{version}"] = false
    opened.turn("South", times=3)
    assert share(opened, "South").phase is Phase.MISSING
    assert opened.it.rows("South", "CodesAtSouth") == [(1, "one"), (2, "two")]
    opened.answers["Centre"].lies.clear()
    opened.turn("South", times=3)
    assert opened.it.rows("South", "CodesAtSouth") == [(1, "uno"), (2, "two")]
    opened.honest("North")


def test_who_never_answers_keeps_nobody_from_asking_others(opened: Site) -> None:
    """However often it has been asked in vain, and though no such question ever ends."""
    south = opened.it.peers["South"]
    south.fetching._patience = 0.05
    with hostile(slow_headers) as port:
        opened.place("North", port)
        for _ in range(fetching.AT_ONCE + 2):
            opened.claims("North", CODES, (Edit((1,), (1, "eins")),), TITLE)
            opened.turn("South")
            opened.it.world.do(opened.address("North"), "cancel", CODES)
            opened.turn("South")
        assert not south.fetching.under_way(CODES)
        opened.it.edit("Centre", "update CodesAtCentre set title = 'uno' where code = 1")
        end = time.monotonic() + 10
        while opened.it.rows("South", "CodesAtSouth")[0] != (1, "uno"):
            assert time.monotonic() < end
            opened.answers["North"].lies.clear()
            opened.turn("Centre", "North", "South")
            time.sleep(0.02)
        opened.place("North", opened.ports["North"])
    opened.honest("North")


@pytest.mark.parametrize("error", [StoreError("it cannot be"), ImpossibleError("it cannot be")])
def test_a_share_that_the_database_or_the_loop_cannot_handle_stops_no_other(
    opened: Site, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(store: Store, number: int) -> str:
        if number == CODES:
            raise error
        return judge(store, number)

    monkeypatch.setattr("bxc_runtime.peer.judge", fails)
    opened.it.edit("North", "update CodesAtNorth set title = 'uno' where code = 1")
    opened.it.edit("North", "update Sheet set text = 'b' where line = 1")
    for _ in range(4):
        opened.turn("North", "South")
    assert opened.it.rows("South", "Copy") == [(1, "b")]
    assert not opened.it.peers["South"].ready
    assert opened.said("store" if isinstance(error, StoreError) else "impossible", share="codes")
    monkeypatch.undo()
    settled(opened)
    assert opened.it.peers["South"].ready
    assert opened.it.rows("South", "CodesAtSouth")[0] == (1, "uno")
