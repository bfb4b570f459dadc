"""What a hostile member, stranger or history may try; model and contract must agree on the way in which it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from .auditor import Forged, rebuild
from .chain import Chain, Done
from .deployed import DEPLOYER, SPECS, START, Deployed, deployed, spec_of_file
from .model import call
from .signing import address, separator, signed, signer
from .state import MAX_UNCOMMITTED, MAX_VERSION, ZERO, Ack, Address, Env, Event, Outcome, Refused, Signature

PATIENT, DOCTOR, RESEARCHER, STRANGER, FRIEND = map(address, range(5))
CONTENT = b"c" * 32
SHARES_SLOT = 1
SINCE, VERSION = 200, 224  # where a share's head has the versions since the last commit, and the last version


class Both:
    """Model and contract of the medical spec, on a chain of their own."""

    def __init__(self, it: Deployed) -> None:
        self.chain: Chain = it.chain
        self.registry = it.registry
        self.block, self.time = 10, 10_000
        self.domain = separator(self.registry.address)

    def judge(self, signature: Signature, ack: Ack) -> Address | None:
        return signer(self.domain, signature, ack)

    def do(self, caller: Address, name: str, *args: Any) -> str:
        """`done` or the error, on which both agree; a block passes before each call."""
        self.block, self.time = self.block + 1, self.time + 5
        env = Env(caller, self.block, self.time, self.judge)
        expected, got = call(self.registry, env, name, args), self.chain.send(env, name, args)
        if isinstance(expected, Refused):
            assert isinstance(got, Refused)
            assert (got.name, got.arguments) == (expected.name, expected.arguments)
            return got.name
        assert isinstance(got, Done)
        assert got.events == expected.events
        self.registry = expected.registry
        return "done"

    def all(self, *steps: tuple[Any, ...]) -> None:
        for step in steps:
            assert self.do(*step) == "done", step

    def ack(self, share: int) -> tuple[int, int, bytes]:
        it = self.registry.shares[share]
        return share, it.version, it.chain

    def opened(self, share: int = 0) -> None:
        it = self.registry.shares[share]
        self.all((it.opener, "openShare", share, CONTENT))
        for member in it.members:
            if member is not None and member.peer != it.opener:
                self.all((member.peer, "ack", *self.ack(share)))


@pytest.fixture
def both() -> Both:
    return Both(deployed(spec_of_file(SPECS / "medical.bxc")))


def test_a_version_that_was_rejected_is_not_acknowledged_later_by_its_signatures(both: Both) -> None:
    both.opened()
    both.all((DOCTOR, "requestUpdate", 0, 8, 1, CONTENT))
    old = Ack(*both.ack(0))
    signature = signed(0, both.domain, old)
    both.all((PATIENT, "reject", *both.ack(0), bytes(32)), (DOCTOR, "requestUpdate", 0, 8, 1, CONTENT))
    assert both.ack(0)[2] != old.update_hash
    assert both.do(STRANGER, "ackBySignature", old.share, old.version, old.update_hash, (signature,)) == "WrongUpdate"
    assert both.do(STRANGER, "ackBySignature", *both.ack(0), (signature,)) == "NotMember"


def test_an_excluded_peer_counts_no_more_and_comes_back_with_nothing(both: Both) -> None:
    both.opened(1)
    both.all((DOCTOR, "inviteMember", 1, FRIEND, 1, 1), (FRIEND, "joinShare", 1))
    both.all((RESEARCHER, "requestUpdate", 1, 2, 1, CONTENT))
    both.all((DOCTOR, "ack", *both.ack(1)))
    late = signed(4, both.domain, Ack(*both.ack(1)))
    pending = both.ack(1)
    both.time += 8 * 86_400
    both.all((STRANGER, "exclude", 1, FRIEND))
    assert both.do(FRIEND, "ack", *pending) == "NotMember"
    assert both.do(STRANGER, "ackBySignature", *pending, (late,)) == "NothingPending"
    assert both.do(FRIEND, "joinShare", 1) == "NotInvited"
    assert both.chain.read("rightsOf", 1, FRIEND) == (0, 0)


def test_a_place_that_is_taken_again_brings_no_offer_and_no_call_of_who_had_it(both: Both) -> None:
    both.opened(1)
    both.all((DOCTOR, "inviteMember", 1, FRIEND, 0, 2), (FRIEND, "joinShare", 1))
    both.all((DOCTOR, "offerAuthority", 1, FRIEND), (FRIEND, "requestUpdate", 1, 0, 2, CONTENT))
    both.all((DOCTOR, "ack", *both.ack(1)), (RESEARCHER, "ack", *both.ack(1)), (FRIEND, "leaveShare", 1))
    both.all((DOCTOR, "inviteMember", 1, STRANGER, 0, 2), (STRANGER, "joinShare", 1))
    assert both.chain.read("memberAt", 1, 2) == (STRANGER,)
    assert both.do(STRANGER, "acceptAuthority", 1) == "NotOffered"
    assert both.chain.read("shareState", 1)[5] == ZERO


def test_nobody_takes_an_authority_that_was_offered_to_another_or_withdrawn(both: Both) -> None:
    both.all((DOCTOR, "offerAuthority", 0, PATIENT))
    assert both.do(RESEARCHER, "acceptAuthority", 0) == "NotMember"
    both.all((DOCTOR, "offerAuthority", 0, DOCTOR))
    assert both.do(PATIENT, "acceptAuthority", 0) == "NotOffered"
    assert both.do(PATIENT, "setRights", 0, PATIENT, 15, 7) == "NotAuthority"
    assert both.do(PATIENT, "offerAuthority", 0, PATIENT) == "NotAuthority"


def test_the_deployer_has_no_say(both: Both) -> None:
    args: dict[str, tuple[Any, ...]] = {
        "setRights": (0, PATIENT, 1, 1),
        "inviteMember": (0, DEPLOYER, 1, 1),
        "closeShare": (0,),
        "migrateShare": (0, DEPLOYER),
        "offerAuthority": (0, PATIENT),
        "withdrawInvitation": (0, PATIENT),
    }
    assert {both.do(DEPLOYER, name, *rest) for name, rest in args.items()} == {"NotAuthority"}
    assert both.do(DEPLOYER, "openShare", 0, CONTENT) == "NotMember"


def test_who_is_named_in_a_share_of_strangers_can_end_it_or_leave(both: Both) -> None:
    members, number = (STRANGER, FRIEND, PATIENT), len(both.registry.shares)
    both.all((STRANGER, "declareShare", members, (0, 0, 0), (2, 2, 0), STRANGER, 1, 1, CONTENT))
    both.all((STRANGER, "openShare", number, CONTENT))
    both.all((PATIENT, "reject", *both.ack(number), bytes(32)))
    both.all((PATIENT, "leaveShare", number))


@pytest.mark.parametrize(("since", "version"), [(1, MAX_VERSION), (MAX_UNCOMMITTED, MAX_UNCOMMITTED + 1)])
def test_versions_end_before_a_counter_overflows_and_all_else_goes_on(both: Both, since: int, version: int) -> None:
    both.opened()
    _counted(both, version - 1, since - 1)
    both.all((DOCTOR, "requestUpdate", 0, 8, 1, CONTENT), (DOCTOR, "cancel", 0))
    assert both.chain.read("shareState", 0)[:2] == (version, version - since)
    assert both.do(DOCTOR, "requestUpdate", 0, 8, 1, CONTENT) == "VersionsExhausted"
    assert both.do(PATIENT, "requestUpdate", 0, 8, 1, CONTENT) == "NoRight"
    both.all((DOCTOR, "setRights", 0, PATIENT, 15, 1), (DOCTOR, "migrateShare", 0, STRANGER))


def test_a_share_that_never_opened_ends_its_versions_too(both: Both) -> None:
    _counted(both, MAX_UNCOMMITTED, MAX_UNCOMMITTED)
    assert both.do(DOCTOR, "openShare", 0, CONTENT) == "VersionsExhausted"


def _counted(both: Both, version: int, since: int) -> None:
    """The share as after so many versions, so many of them since the last commit."""
    slot = int.from_bytes(keccak(encode(["uint256", "uint256"], [0, SHARES_SLOT])), "big")
    head = both.chain.stored(slot) & (1 << SINCE) - 1
    both.chain.store(slot, head | since << SINCE | version << VERSION)
    first, *others = both.registry.shares
    share = replace(first, version=version, committed=version - since)
    both.registry = replace(both.registry, shares=(share, *others))
    assert both.chain.read("shareState", 0)[:2] == (version, version - since)


def test_no_call_takes_money_and_there_is_no_fallback(both: Both) -> None:
    abi = both.chain.abi
    assert {part["stateMutability"] for part in abi.functions.values()} <= {"nonpayable", "view", "pure"}
    assert abi.constructor["stateMutability"] == "nonpayable"


def test_peers_that_are_too_few_zero_or_the_same_are_not_deployed(both: Both) -> None:
    code = bytes.fromhex(deployed(spec_of_file(SPECS / "medical.bxc")).compiled.bytecode)
    for peers in (
        [PATIENT, DOCTOR],
        [PATIENT, DOCTOR, ZERO],
        [PATIENT, DOCTOR, PATIENT],
        [*map(address, range(4))],
        [],
    ):
        got = Chain(both.chain.abi).deploy(code, [peers], START)
        assert isinstance(got, Refused)
        assert (got.name, got.arguments) == ("BadMembers", ())


def test_an_auditor_sees_that_an_event_was_changed_left_out_or_moved(both: Both) -> None:
    told: list[Event] = []
    env = Env(DOCTOR, 20, 20_000)
    registry = both.registry
    steps: list[tuple[Address, str, tuple[Any, ...]]] = [(DOCTOR, "openShare", (0, CONTENT))]
    opening = call(registry, env, *steps[0][1:])
    assert isinstance(opening, Outcome)
    link = opening.registry.shares[0].chain
    told += [event for event in deployed(spec_of_file(SPECS / "medical.bxc")).outcome.events if event.args[0] == 0]
    told += opening.events
    answered = call(opening.registry, replace(env, caller=PATIENT), "ack", (0, 1, link))
    assert isinstance(answered, Outcome)
    told += answered.events
    asked = call(answered.registry, replace(env, block=21), "requestUpdate", (0, 8, 1, CONTENT))
    assert isinstance(asked, Outcome)
    told += asked.events

    def history(events: list[Event]) -> list[tuple[Event, int, int]]:
        return [(event, 21, 20_000) for event in events]

    assert rebuild(registry.spec_hash, 0, history(told)).version == 2
    places = [place for place, event in enumerate(told) if event.name in ("ShareOpened", "Acked", "UpdateRequested")]
    for place in places[:-1]:
        with pytest.raises(Forged):
            rebuild(registry.spec_hash, 0, history(told[:place] + told[place + 1 :]))
    last = told[-1]
    other = Event(last.name, (*last.args[:5], b"x" * 32, last.args[6]))
    with pytest.raises(Forged):
        rebuild(registry.spec_hash, 0, history([*told[:-1], other]))
