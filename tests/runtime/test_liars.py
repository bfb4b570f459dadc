"""Peers that lie: what they request, what they send, how they answer. They are refused with a reason, and all go on."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from contract.state import Refused

from bxc_runtime.delta import Edit, Extent
from bxc_runtime.machine import Phase
from bxc_runtime.wire import pack

from .attackers import STRANGER, Site, account, ask, insert, question, site

ROWS = {
    "Patient": "insert into D1 values (188, 'Ibuprofen', 'Secret', 'Sapporo', 'one tablet every 4h');",
    "Doctor": "insert into D3 values (188, 'Ibuprofen', 'Secret', 'MeA1', 'one tablet every 4h'), "
    "(189, 'Wellbutrin', 'Secret', 'MeA2', '100 mg twice daily');",
    "Researcher": "insert into D2 values ('Ibuprofen', 'MeA1', 'MoA1', true), ('Wellbutrin', 'MeA2', 'MoA2', true);",
}
CLINICAL, MECHANISM = 0, 1
DOCTOR, RESEARCHER = 1, 2
NOTES = Extent(4, 1)  # clinical_data
WORKS = Extent(2, 1)  # mechanism_of_action
LISTS = Extent(0, 6)
EDIT = Edit((188,), (188, "Ibuprofen", "worse", "one tablet every 4h"))


@pytest.fixture(scope="module")
def medical(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("liars") / "peers", ROWS) as made:
        yield made
        made.it.edit("Patient", "update D1 set clinical_data = 'better' where patient_id = 188")
        made.it.settle()
        made.it.same()
        assert made.it.rows("Doctor", "D3")[0][2] == "better"
        assert made.it.rows("Doctor", "D3")[0][1] == "Ibuprofen"
        assert "Secret" not in repr(made.logs)
        assert "worse" not in repr(made.logs)


@pytest.fixture(autouse=True)
def before(medical: Site) -> Iterator[None]:
    medical.logs.clear()
    yield
    medical.honest("Patient")
    medical.honest("Doctor")
    medical.honest("Researcher")


def judged(medical: Site, by: str, share: int = CLINICAL) -> str:
    medical.until(by, lambda peer: not medical.it.world.tip.registry.shares[share].awaited)
    return medical.ended(share)


# --- what is requested and sent ---------------------------------------------------------------------------------------


def test_a_delta_that_is_not_the_one_on_the_chain_is_rejected(medical: Site) -> None:
    other = Edit((188,), (188, "Ibuprofen", "fine", "one tablet every 4h"))
    medical.claims("Patient", CLINICAL, (EDIT,), NOTES, body=pack((other,)))
    assert judged(medical, "Doctor") == "hash"
    medical.claims("Patient", CLINICAL, (EDIT,), NOTES, content=b"\x55" * 32)
    assert judged(medical, "Doctor") == "hash"


def test_the_delta_of_another_share_or_version_is_rejected(medical: Site) -> None:
    medical.claims("Doctor", MECHANISM, insert(("Aspirin", "MeA9")), LISTS, body=pack((EDIT,)))
    assert judged(medical, "Researcher", MECHANISM) == "delta"
    content = medical.it.peers["Patient"].store.archive.version(CLINICAL, 1)
    assert content is not None
    medical.claims("Patient", CLINICAL, (EDIT,), NOTES, content=content.content_hash)
    assert judged(medical, "Doctor") == "hash"


@pytest.mark.parametrize(
    "new",
    [
        (188, "Ibuprofen", "worse", "two"),  # dosage, without a right and undeclared
        (188, "Aspirin", "worse", "one tablet every 4h"),
        (189, "Ibuprofen", "worse", "one tablet every 4h"),
    ],
)
def test_a_change_of_what_is_not_declared_is_rejected(medical: Site, new: tuple[Any, ...]) -> None:
    medical.claims("Patient", CLINICAL, (Edit((188,), new),), NOTES)
    assert judged(medical, "Doctor") == "extent"


def test_an_operation_that_is_not_declared_is_rejected(medical: Site) -> None:
    medical.claims("Researcher", MECHANISM, insert(("Aspirin", "MeA9")), WORKS)
    assert judged(medical, "Doctor", MECHANISM) == "extent"
    medical.claims("Researcher", MECHANISM, (Edit(("Ibuprofen",), None),), WORKS)
    assert judged(medical, "Doctor", MECHANISM) == "extent"


def test_what_is_declared_without_a_right_is_refused_by_the_contract(medical: Site) -> None:
    for who, share, asked in (("Patient", 0, (8, 1)), ("Patient", 0, (0, 2)), ("Researcher", 1, (0, 6)),
                              ("Researcher", 0, (4, 1))):  # fmt: skip
        outcome = medical.it.world.do(medical.address(who), "requestUpdate", share, *asked, b"\x01" * 32)
        assert isinstance(outcome, Refused)
        assert outcome.name in ("NoRight", "NotMember")


@pytest.mark.parametrize(
    "new",
    [(7, "Ibuprofen", "worse", None), (188, None, "worse", "one tablet every 4h"), (188, "x\0y", "worse", "")],
)
def test_rows_that_no_database_may_hold_are_rejected(medical: Site, new: tuple[Any, ...]) -> None:
    medical.claims("Doctor", CLINICAL, (Edit((188,), new),), Extent(14, 1))
    assert judged(medical, "Patient") in ("extent", "BXC12", "BXC16")


@pytest.mark.parametrize("old", [(7,), (None,), (-(2**63),)])
def test_an_edit_of_a_row_that_is_not_there_is_rejected(medical: Site, old: tuple[Any, ...]) -> None:
    medical.claims("Patient", CLINICAL, (EDIT,), NOTES, body=pack((Edit(old, EDIT.new),)))
    assert judged(medical, "Doctor") == "BXC18"


def test_two_edits_of_one_row_are_rejected(medical: Site) -> None:
    medical.claims("Patient", CLINICAL, (EDIT,), NOTES, body=pack((EDIT, EDIT)))
    assert judged(medical, "Doctor") == "BXC10"


SQL = ["'; drop table D1; --", '"; drop table D3; --', "'); delete from bxc_share; --", "?", "%s", "{0}", "\\", "‮",
       "x" * 100_000, "NULL", "$1", ":a"]  # fmt: skip


def test_sql_in_values_is_text(medical: Site) -> None:
    for text in SQL:
        medical.claims("Patient", CLINICAL, (Edit((188,), (188, "Ibuprofen", text, "one tablet every 4h")),), NOTES)
        medical.until("Doctor", lambda _: medical.ended(CLINICAL) != "")
        medical.it.peers["Patient"].turn()  # a request of its own that its outbox does not know
        medical.it.settle()
        assert medical.it.rows("Patient", "D1")[0][1] == "Ibuprofen"
    medical.it.edit("Doctor", "update D3 set clinical_data = 'Secret' where patient_id = 188")
    medical.it.settle()


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


BODIES = {
    "nothing": b"",
    "not compressed": b"[[188],null]\n",
    "no end": zlib.compress(b"[[188],null]\n")[:-3],
    "more behind it": zlib.compress(b"[[188],null]\n") + b"x",
    "gzip": b"\x1f\x8b\x08\x00" + bytes(20),
    "a bomb of line ends": zlib.compress(b"\n" * 2**28, 9),
    "a bomb of one line": zlib.compress(b"[" + b" " * 2**28, 9),
    "a bomb of edits": zlib.compress(b"[[188],null]\n" * 10_001, 1),
    "nested lists": zlib.compress(nested(100_000) + b"\n"),
    "nested objects": zlib.compress(b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n"),
    "an object": zlib.compress(b'{"old": [188]}\n'),
    "no JSON": zlib.compress(b"[[188],null\n"),
    "no line end": zlib.compress(b"[[188],null]"),
    "two nulls": zlib.compress(b"[null,null]\n"),
    "a long number": zlib.compress(b"[[" + b"1" * 5_000 + b"],null]\n"),
    "too great a number": zlib.compress(b"[[9223372036854775808],null]\n"),
    "a real": zlib.compress(b"[[188.0],null]\n"),
    "a text": zlib.compress(b'[["188"],null]\n'),
    "NaN": zlib.compress(b"[[NaN],null]\n"),
    "half a character": zlib.compress(b'[[188],[188,"a","\\ud800","b"]]\n'),
    "no UTF-8": zlib.compress(b'[[188],[188,"a","\xff","b"]]\n'),
    "too few values": zlib.compress(b'[[188],[188,"a","b"]]\n'),
    "a list for a text": zlib.compress(b'[[188],[188,"a",["b"],"c"]]\n'),
}


@pytest.mark.parametrize("name", BODIES)
def test_octets_that_are_no_delta_are_rejected(medical: Site, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bxc_runtime.landing.MOST_EDITS", 10_000)
    began = time.monotonic()
    medical.claims("Patient", CLINICAL, (EDIT,), NOTES, body=BODIES[name])
    assert judged(medical, "Doctor") == "delta"
    assert time.monotonic() - began < 10


# --- who answers, and how ---------------------------------------------------------------------------------------------


def test_an_answer_that_somebody_else_has_signed_is_not_believed(medical: Site) -> None:
    for other in (STRANGER, account(RESEARCHER), account(DOCTOR)):
        medical.claims("Patient", CLINICAL, (EDIT,), NOTES)
        medical.answers["Patient"].signs = other
        medical.turn("Doctor", times=3)
        it = medical.it.peers["Doctor"].store.ledger.share(CLINICAL)
        assert it is not None
        assert it.phase is Phase.ANNOUNCED
        assert medical.said("fetch", error="the answer is signed by somebody else")
        medical.honest("Patient")


def test_an_empty_reason_for_a_reject_does_not_make_a_peer_ask_again_and_again(medical: Site) -> None:
    medical.it.edit("Patient", "update D1 set clinical_data = 'again' where patient_id = 188")
    for _ in range(6):
        medical.it.peers["Patient"].turn()
        head = medical.it.world.tip.registry.shares[CLINICAL]
        if head.awaited:
            reason = b"\0" * 32
            medical.it.world.do(medical.address("Doctor"), "reject", CLINICAL, head.version, head.chain, reason)
    versions = medical.it.peers["Patient"].store.archive.versions(CLINICAL)
    assert sum(v.outcome == "rejected" and v.by == medical.address("Patient") and v.reason.startswith("unknown")
               for v in versions) == 1  # fmt: skip
    medical.it.edit("Patient", "update D1 set clinical_data = 'and again' where patient_id = 188")


def test_what_a_reason_says_harms_no_screen(medical: Site) -> None:
    medical.it.edit("Patient", "update D1 set clinical_data = 'for screens' where patient_id = 188")
    medical.until("Patient", lambda _: bool(medical.it.world.tip.registry.shares[CLINICAL].awaited))
    head = medical.it.world.tip.registry.shares[CLINICAL]
    reason = b"\x1b[2J<script>\xff\n".ljust(32, b"\0")
    medical.it.world.do(medical.address("Doctor"), "reject", CLINICAL, head.version, head.chain, reason)
    medical.turn("Patient")
    (held,) = [e for e in medical.it.peers["Patient"].store.ledger.outbox(CLINICAL) if e.reason]
    assert held.reason == "2Jscript"
    medical.it.edit("Patient", "update D1 set clinical_data = 'shown' where patient_id = 188")


def test_a_right_is_revoked_between_edit_and_request_or_after_the_answers(medical: Site) -> None:
    doctor, patient = medical.address("Doctor"), medical.address("Patient")
    medical.claims("Patient", CLINICAL, (EDIT,), NOTES)
    pending = medical.it.world.do(doctor, "setRights", CLINICAL, patient, 0, 0)
    assert isinstance(pending, Refused)
    assert pending.name == "UpdatePending"  # who has asked has the right until all have answered
    medical.honest("Patient")
    medical.it.edit("Patient", "update D1 set clinical_data = 'too late' where patient_id = 188")
    medical.it.peers["Patient"].store.release()
    assert not isinstance(medical.it.world.do(doctor, "setRights", CLINICAL, patient, 0, 0), Refused)
    medical.it.settle()
    assert medical.it.rows("Doctor", "D3")[0][2] != "too late"
    (held,) = medical.it.peers["Patient"].store.ledger.outbox(CLINICAL)
    assert held.reason == "BXC13"
    medical.it.world.do(doctor, "setRights", CLINICAL, patient, 4, 1)
    medical.it.settle()
    assert medical.it.rows("Doctor", "D3")[0][2] == "too late"


@pytest.mark.parametrize(("seconds", "heard"), [(-50, True), (25, True), (-70, False), (45, False), (10**7, False)])
def test_a_clock_that_is_off_is_borne_within_bounds(medical: Site, seconds: int, heard: bool) -> None:
    medical.it.edit("Patient", f"update D1 set clinical_data = 'at {seconds}' where patient_id = 188")
    medical.it.peers["Patient"].turn()
    medical.clocks["Doctor"] = seconds  # the doctor's, who asks
    medical.turn("Doctor", times=2)
    it = medical.it.peers["Doctor"].store.ledger.share(CLINICAL)
    assert it is not None
    assert (it.phase is Phase.ANNOUNCED) is not heard
    assert medical.said("refused", why="expired or replayed") is not heard
    del medical.clocks["Doctor"]


def test_who_is_no_member_any_more_is_told_nothing(medical: Site) -> None:
    doctor, researcher = medical.address("Doctor"), medical.address("Researcher")
    for call, by, *more in (("inviteMember", doctor, "0x" + "1a" * 20, 0, 0), ("joinShare", "0x" + "1a" * 20)):
        assert not isinstance(medical.it.world.do(by, call, MECHANISM, *more), Refused)
    medical.it.edit("Doctor", "insert into D3 values (190, 'Aspirin', 'Secret', 'MeA3', 'daily')")
    medical.it.peers["Doctor"].turn()
    version = medical.it.world.tip.registry.shares[MECHANISM].version
    path = f"/v1/shares/1/deltas/{version}"
    asked = question(account(RESEARCHER), doctor, path, MECHANISM, version)
    assert ask(medical, "Doctor", asked).status_code == 200
    medical.it.world.do(doctor, "cancel", MECHANISM)
    assert not isinstance(medical.it.world.do(researcher, "leaveShare", MECHANISM), Refused)
    medical.turn("Doctor")
    for kind, number in ((f"deltas/{version}", version), ("salt", 0), ("content/1", 1)):
        asked = question(account(RESEARCHER), doctor, f"/v1/shares/1/{kind}", MECHANISM, number)
        assert ask(medical, "Doctor", asked).status_code == 404
    medical.it.world.do(doctor, "cancel", MECHANISM)
    assert not isinstance(medical.it.world.do(doctor, "inviteMember", MECHANISM, researcher, 2, 1), Refused)
    assert not isinstance(medical.it.world.do(researcher, "joinShare", MECHANISM), Refused)
    assert not isinstance(medical.it.world.do("0x" + "1a" * 20, "leaveShare", MECHANISM), Refused)
