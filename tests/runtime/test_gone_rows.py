"""A row that one share deletes, while a value of it waits in another: nobody's value goes without a word."""

from __future__ import annotations

from pathlib import Path

from contract.state import Outcome

from .compiled import compile_spec
from .network import network

SPEC = """\
spec gone version 1
peer A
peer B
peer C
source TA at A { id int primary key
  x text }
source TB at B { id int primary key
  x text
  z text }
source TC at C { id int primary key
  z text }
view xA from TA { keep id, x }
view xB from TB { keep id, x }
view zB from TB { keep id, z }
view zC from TC { keep id, z }
share x = xA <-> xB { authority A
  update x by A, B
  insert by A, B
  delete by A, B
  ack within 7d }
share z = zB <-> zC { authority B
  update z by B, C
  insert by B, C
  delete by B, C
  ack within 7d }
"""
ROWS = {
    "A": "insert into TA values (1, 'x1'), (2, 'x2');",
    "B": "insert into TB values (1, 'x1', 'z1'), (2, 'x2', 'z2');",
    "C": "insert into TC values (1, 'z1'), (2, 'z2');",
}


def test_a_waiting_value_whose_row_another_share_deletes_is_a_conflict(tmp_path: Path) -> None:
    it = network(tmp_path, ROWS, spec=compile_spec(tmp_path, "gone", SPEC))
    it.away.add(it.peers["C"].chain.address)  # so that an update of z is pending, and the next one waits
    it.edit("B", "update TB set z = 'first' where id = 2")
    it.settle()
    it.edit("B", "update TB set z = 'mine', x = 'also mine' where id = 1")
    it.edit("A", "delete from TA where id = 1")
    for _ in range(4):
        it.peers["A"].turn()
        it.peers["B"].turn()
    it.away.clear()
    it.settle()
    it.same()
    assert it.rows("B", "TB") == [(2, "x2", "first")]
    told = {(c.share, c.column, c.local) for c in it.peers["B"].store.archive.conflicts()}
    assert (1, "", '[1,"mine"]') in told
    assert it.peers["A"].store.archive.conflicts() == it.peers["C"].store.archive.conflicts() == []
    it.close()


def test_a_row_without_waiting_values_goes_without_a_word(tmp_path: Path) -> None:
    it = network(tmp_path, ROWS, spec=compile_spec(tmp_path, "gone", SPEC))
    it.edit("A", "delete from TA where id = 1")
    it.settle()
    it.same()
    assert it.rows("C", "TC") == [(2, "z2")]
    assert all(peer.store.archive.conflicts() == [] for peer in it.peers.values())
    it.close()


def test_a_value_that_was_asked_for_in_vain_and_whose_row_has_gone_meanwhile_is_a_conflict(tmp_path: Path) -> None:
    it = network(tmp_path, ROWS, spec=compile_spec(tmp_path, "gone", SPEC))
    it.away.add(it.peers["C"].chain.address)
    it.edit("B", "update TB set z = 'mine' where id = 1")
    it.settle()
    it.edit("A", "delete from TA where id = 1")
    it.settle()
    assert it.rows("B", "TB") == [(2, "x2", "z2")]
    assert isinstance(it.world.do(it.peers["B"].chain.address, "cancel", 1), Outcome)
    it.away.clear()
    it.settle()
    it.same()
    assert it.rows("C", "TC") == [(2, "z2")]
    (conflict,) = it.peers["B"].store.archive.conflicts()
    assert (conflict.share, conflict.column, conflict.local, conflict.agreed) == (1, "", '[1,"mine"]', "null")
    it.close()


def test_a_value_that_was_agreed_before_its_row_went_is_no_conflict(tmp_path: Path) -> None:
    it = network(tmp_path, ROWS, spec=compile_spec(tmp_path, "gone", SPEC))
    it.away.add(it.peers["C"].chain.address)
    it.edit("B", "update TB set z = 'mine' where id = 1")
    it.settle()
    it.edit("A", "delete from TA where id = 1")
    it.settle()
    it.away.clear()
    it.settle()
    it.same()
    assert it.rows("C", "TC") == [(2, "z2")]
    assert all(peer.store.archive.conflicts() == [] for peer in it.peers.values())
    it.close()
