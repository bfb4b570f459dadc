"""Model and contract, driven together: the same outcome, error, events and reads after every call.

`make soak` makes five times as many calls, at least 20,000, other ones each time. A run must make every call succeed
and reach every error of `docs/contract.md`: one that reaches less says too little.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from .auditor import rebuild
from .chain import Chain, Done
from .deployed import Deployed, deployed, spec_of_file, spec_of_text
from .model import call
from .signing import address, separator, signer
from .spec_texts import random_spec
from .state import ZERO, Ack, Address, Env, Outcome, Refused, Registry, Request, Share, Signature
from .steps import NAMES, Step
from .wild_steps import Wild

SOAK = int(os.environ.get("BXC_SOAK", "0"))
STEPS = 1_000 * max(SOAK, 2)
EXAMPLES = 7 * max(SOAK, 4)
MEDICAL = Path(__file__).parents[2] / "specs" / "medical.bxc"
STRANGERS = 4
SOON = 2**20  # seconds; the time of a request is known for 2^32
SEEDS = st.integers(0, 2**64 - 1)

OF_UPDATES = {"UpdateRequested", "ShareOpened", "Acked", "Committed", "Rejected", "Cancelled"}
S = ("UnknownShare", "ShareIsClosed", "NotMember")
REQUEST = ("NotOpen", "UpdatePending", "OneRequestABlock", "BadOperations", "NoRight")
ANSWER = ("NothingPending", "WrongUpdate", "NotAwaited")
ERRORS = {
    "requestUpdate": (*S, *REQUEST),
    "requestUpdates": ("NothingAsked", *S, *REQUEST),
    "ack": (*S, *ANSWER),
    "acks": ("NothingAsked", *S, *ANSWER),
    "ackBySignature": (*S, *ANSWER, "NothingAsked", "BadSignature"),
    "reject": (*S, *ANSWER),
    "cancel": (*S[:2], "NothingPending", "MayNotCancel"),
    "exclude": (*S[:2], "NothingPending", "MayNotExclude", "DeadlineNotPassed", "AuthorityStays", "NotAwaited"),
    "setRights": (*S, "NotAuthority", "UpdatePending", "BadRights"),
    "offerAuthority": (*S, "NotAuthority"),
    "acceptAuthority": (*S, "NotOffered"),
    "openShare": (*S, "NotOpener", "AlreadyOpen", "UpdatePending", "OneRequestABlock"),
    "declareShare": ("BadMembers", "BadRights", "BadTerms"),
    "inviteMember": (*S[:2], "NotAuthority", "UpdatePending", "BadMembers", "BadRights"),
    "withdrawInvitation": (*S[:2], "NotAuthority", "NotInvited"),
    "joinShare": (*S[:2], "NotInvited", "UpdatePending", "ShareFull"),
    "leaveShare": (*S, "UpdatePending", "AuthorityStays"),
    "closeShare": (*S[:2], "NotAuthority", "UpdatePending"),
    "migrateShare": (*S[:2], "NotAuthority", "UpdatePending", "BadMembers"),
}
"""The page's table, without `VersionsExhausted`, which no run can reach."""


@cache
def contract_of(number: int) -> Deployed:
    """The contracts that the machine takes turns with: the papers' example, then random specs, one of 64 peers."""
    if number == 0:
        return deployed(spec_of_file(MEDICAL))
    random = Random(number)
    if number == 1:
        return deployed(spec_of_text(random_spec(random, peers=64, shares=2)))
    return deployed(spec_of_text(random_spec(random, peers=8 if number == 2 else None, wide=number == 3)))


class Machine(RuleBasedStateMachine):
    """One contract, from its deployment on."""

    reached: ClassVar[Counter[tuple[str, str]]] = Counter()
    contracts: ClassVar[int] = 5 if not SOAK else 8

    @initialize(number=st.integers(0, 10**6), time=st.sampled_from((1_000, 2**31, 2**33)))
    def begin(self, number: int, time: int) -> None:
        it = contract_of(number % self.contracts)
        self.chain: Chain = it.chain
        self.start = self.chain.snapshot()
        self.registry: Registry = it.registry
        self.domain = separator(self.registry.address)
        self.actors = [address(number) for number in range(len(it.spec.peers) + STRANGERS)]
        self.block, self.time = 2, time
        self.history = [(event, 1, 1_000) for event in it.outcome.events]
        self.acks: list[Ack] = []
        self.steps: list[Step] = []
        self.branches: list[tuple[Any, ...]] = []

    def judge(self, signature: Signature, ack: Ack) -> Address | None:
        return signer(self.domain, signature, ack)

    def env(self, caller: Address = ZERO) -> Env:
        return Env(caller, self.block, self.time, self.judge)

    def wild(self, random: Random) -> Wild:
        return Wild(random, self.registry, self.env(), self.actors, self.acks)

    @rule(seed=SEEDS)
    def act(self, seed: int) -> None:
        """One rule, or Hypothesis would leave some out in each run; the calls are noted instead."""
        random = Random(seed + (len(self.steps) << 64))  # another one in each place: drawn numbers are often equal
        (action,) = random.choices(list(self.ACTIONS), list(self.ACTIONS.values()))
        action(self, random)

    # --- calls ---

    def _go_on(self, random: Random) -> None:
        """Calls that should succeed, and some that should not, the blocks between them as they come."""
        for _ in range(random.randint(2, 8)):
            self._elapse(random, random.choice((0, 1, 1)))
            step = self.wild(random).lively()
            if step is not None:
                self.do(step)
            if random.random() < 0.3:
                self.do(self.wild(random).refused())

    def _settle(self, random: Random) -> None:
        """All that are awaited acknowledge, in any order."""
        share = random.choice(self.registry.shares)
        peers = [m.peer for m in share.members if m is not None and share.awaits(m.peer)]
        for peer in random.sample(peers, len(peers)):
            ack = (share.id, share.version, share.chain)
            step = Step(peer, "ack", ack) if random.random() < 0.7 else Step(peer, "acks", ((Ack(*ack),),))
            for _ in range(random.choice((1, 1, 1, 2))):
                self.do(step)

    def _be_refused(self, random: Random) -> None:
        for _ in range(random.randint(1, 5)):
            self.do(self.wild(random).refused())

    def _ask_twice(self, random: Random) -> None:
        """A request that ends, and another, in one block."""
        self._elapse(random, 1)
        chooser = self.wild(random)
        names = ["openShare"] if random.random() < 0.5 else ["requestUpdate", "requestUpdates"]
        thought = filter(None, (chooser.likely(random.choice(names)) for _ in range(30)))
        step = next((step for step in thought if chooser.allowed(step)), None)
        if step is not None:
            self.do(step)
            number = step.args[0] if isinstance(step.args[0], int) else step.args[0][0].share
            share = self.registry.shares[number]
            self.do(Step(random.choice((share.requester, share.authority)), "cancel", (share.id,)))
            self.do(step)

    def _forge(self, random: Random) -> None:
        """Acks with signatures that are wrong in one way, given twice, or not given."""
        share = self._asked(random)
        if share is None:
            return
        args = [share.id, share.version, share.chain]
        for kind in random.sample(range(-1, 10), 4):
            signature = self.wild(random).forged(args, kind)
            signatures = () if kind < 0 else (signature, signature) if kind > 8 else (signature,)
            self.do(Step(random.choice(self.actors), "ackBySignature", (*args, signatures)))

    def _crowd(self, random: Random) -> None:
        """Into a share that is full."""
        share = max(self.registry.shares, key=lambda share: len(share.members))
        if sum(member is not None for member in share.members) < 60:
            return
        self.do(Step(share.authority, "cancel", (share.id,)))
        strangers = [peer for peer in self.actors if share.index(peer) is None]
        for peer in random.sample(strangers, len(strangers)):
            self.do(Step(share.authority, "inviteMember", (share.id, peer, 0, 2)))
            self.do(Step(peer, "joinShare", (share.id,)))

    def _succeed(self, random: Random) -> None:
        """A member leaves to whom authority was offered; who takes its place tries to accept."""
        share = random.choice(self.registry.shares)
        leaving = [m.peer for m in share.members if m is not None and m.peer != share.authority]
        strangers = [peer for peer in self.actors if share.index(peer) is None]
        if share.awaited or len(leaving) < 2 or not strangers:
            return
        peer, heir = random.choice(leaving), random.choice(strangers)
        self.do(Step(share.authority, "offerAuthority", (share.id, peer)))
        self.do(Step(peer, "leaveShare", (share.id,)))
        heir = random.choice((heir, peer))
        self.do(Step(share.authority, "inviteMember", (share.id, heir, 0, 2)))
        self.do(Step(heir, "joinShare", (share.id,)))
        self.do(Step(heir, "acceptAuthority", (share.id,)))

    def _knock(self, random: Random) -> None:
        """At a share that is closed, or not there."""
        closed = [share.id for share in self.registry.shares if share.closed]
        if not closed:
            share = random.choice(self.registry.shares)
            self.do(Step(share.authority, "closeShare", (share.id,)))
        for name in random.sample(NAMES, 6):
            number = random.choice((*closed, *closed, len(self.registry.shares)))
            self.do(self.wild(random).at(name, number))

    def _defy(self, random: Random) -> None:
        """The requester answers itself; a member asks for more than is its own, or for nothing that there is."""
        share = self._asked(random)
        if share is not None:
            ack = (share.id, share.version, share.chain)
            self.do(Step(share.requester, "ack", ack))
            self.do(Step(share.requester, "acks", ((Ack(*ack),),)))
            self.do(Step(share.requester, "reject", (*ack, bytes(32))))
            self.do(Step(share.authority, "exclude", (share.id, share.requester)))
        self._elapse(random, 1)
        idle = [share for share in self.registry.shares if share.committed and not share.awaited and not share.closed]
        for share in idle[:1]:
            self.do(Step(share.opener, "openShare", (share.id, bytes(32))))
            member = random.choice([m.peer for m in share.members if m is not None])
            for wish in ((2**240 - 1, 7), (1, 6)):
                self.do(Step(member, "requestUpdates", ((Request(share.id, *wish, bytes(32)),),)))
                self.do(Step(member, "requestUpdate", (share.id, *wish, bytes(32))))

    def _asked(self, random: Random) -> Share | None:
        """A share with something pending; if there is none, something is asked for."""
        pending = [share for share in self.registry.shares if share.awaited]
        if pending:
            return random.choice(pending)
        self._elapse(random, 1)
        chooser = self.wild(random)
        thought = (chooser.likely(random.choice(("openShare", "requestUpdate"))) for _ in range(30))
        step = next((step for step in thought if step and chooser.allowed(step)), None)
        if step is None:
            return None
        self.do(step)
        share: Share = self.registry.shares[step.args[0]]
        return share

    def _try_anything(self, random: Random) -> None:
        for _ in range(random.randint(1, 3)):
            self.do(self.wild(random).anything())

    def _replay(self, random: Random) -> None:
        """What was called before, on this branch or on one that is gone."""
        if not self.steps:
            return
        for step in random.choices(self.steps[-60:], k=3):
            self.do(step)
        known = {ack.update_hash for ack in self.acks}
        answers = [s for s in self.steps if s.name in ("ack", "acks", "ackBySignature") and known]
        if answers:
            self.do(random.choice(answers))

    # --- blocks, time, reorganisations ---

    def _wait(self, random: Random) -> None:
        """Until just before, at or after the time at which something is due."""
        self.block += 1
        due = [share.due for share in self.registry.shares if self.time <= share.due < self.time + SOON]
        self.time = max(self.time, random.choice(due) + random.choice((-1, 0, 1))) if due else self.time + 1
        for share in [share for share in self.registry.shares if share.due and abs(share.due - self.time) <= 1]:
            members = [m.peer for m in share.members if m is not None]
            caller = random.choice((share.authority, random.choice(self.actors)))
            self.do(Step(random.choice(self.actors), "cancel", (share.id,)))
            for peer in random.sample(members, min(8, len(members))):
                self.do(Step(caller, "exclude", (share.id, peer)))

    def _fork(self, random: Random) -> None:
        kept = (self.registry, self.block, self.time, len(self.history))
        self.branches.append((self.chain.snapshot(), *kept))

    def _reorganise(self, random: Random) -> None:
        """The chain goes back to an earlier block; what was said on the branch that is gone is said again."""
        said = self.steps[-8:]
        if not self.branches:
            return
        snapshot, self.registry, self.block, self.time, told = self.branches.pop()
        self.chain.revert(snapshot)
        del self.history[told:]
        self._elapse(random, 1)
        for step in random.sample(said, min(3, len(said))):
            self.do(step)

    def _elapse(self, random: Random, blocks: int) -> None:
        self.block += blocks
        self.time += blocks * random.choice((1, 1, 12, 60))

    ACTIONS: ClassVar[dict[Callable[[Machine, Random], None], int]] = {
        _go_on: 12, _be_refused: 8, _settle: 4, _ask_twice: 2, _forge: 2, _crowd: 5, _succeed: 2, _knock: 3, _defy: 3,
        _try_anything: 1, _replay: 2, _wait: 4, _fork: 2, _reorganise: 2,
    }  # fmt: skip

    # --- comparison ---

    def do(self, step: Step) -> None:
        """Call both, and compare all that can be seen."""
        env = self.env(step.caller)
        note(f"block {self.block}, time {self.time}: {step}")
        expected = call(self.registry, env, step.name, step.args)
        got = self.chain.send(env, step.name, step.args)
        self.steps.append(step)
        if isinstance(expected, Refused):
            assert isinstance(got, Refused), (step, expected, got)
            assert (got.name, got.arguments) == (expected.name, expected.arguments), step
            self.reached[step.name, expected.name] += 1
            return
        assert isinstance(got, Done), (step, expected, got)
        assert got.events == expected.events, step
        assert got.results == (() if expected.result is None else (expected.result,)) or step.name == "requestUpdates"
        self.reached[step.name, "done"] += 1
        self._keep(expected)
        touched = {event.args[0] for event in expected.events}
        people = {step.caller}
        if not {event.name for event in expected.events} <= OF_UPDATES:
            people |= {arg for arg in step.args if isinstance(arg, str)}
        for number in sorted(touched):
            self._compare(self.registry.shares[number], people)

    def _keep(self, outcome: Outcome) -> None:
        self.registry = outcome.registry
        self.history += [(event, self.block, self.time) for event in outcome.events]
        for event in outcome.events:
            if event.name in ("UpdateRequested", "ShareOpened"):
                self.acks.append(Ack(event.args[0], event.args[1], event.args[-1]))

    def _compare(self, share: Share, people: set[Address]) -> None:
        """The reads of a share, for some peers."""
        heads = (share.version, share.committed, share.awaited, share.mask, share.authority, share.requester)
        read = self.chain.read
        seen = read("shareState", share.id)
        assert seen == (*heads, share.last_block, share.due, share.chain), (seen, share)
        terms = (share.opener, share.deadline, share.policy, share.attribute_count)
        assert read("termsOf", share.id) == terms
        for peer in sorted(people):
            rights = share.rights(peer)
            assert read("rightsOf", share.id, peer) == (rights.attributes, rights.operations)
            assert read("authorityOf", share.id, peer) == (share.columns_of(peer),), (share, peer)

    def teardown(self) -> None:
        """All shares, all peers, and what an auditor makes of the events."""
        if not hasattr(self, "start"):
            return
        try:
            self._whole()
        finally:
            self.chain.revert(self.start)

    def _whole(self) -> None:
        """Peers of a share of which nothing was told since the deployment are as they were."""
        read = self.chain.read
        assert read("shareCount") == (len(self.registry.shares),)
        for share in self.registry.shares:
            told = [kept for kept in self.history if kept[0].args[0] == share.id]
            named = {arg for event, block, _ in told if block > 1 for arg in event.args if isinstance(arg, str)}
            self._compare(share, named & set(self.actors))
            places = [member.peer if member else ZERO for member in share.members]
            for index in range(min(len(places) + 1, 64)) if named else ():
                assert read("memberAt", share.id, index) == ((*places, ZERO)[index],)
            it = rebuild(self.registry.spec_hash, share.id, told)
            assert read("shareState", share.id) == it.state()
            assert read("termsOf", share.id) == it.terms()
            for peer in self.actors:  # what `_compare` has found equal to what is read
                assert it.rights.get(peer, (0, 0)) == (share.rights(peer).attributes, share.rights(peer).operations)
                assert it.authority_of(peer) == share.columns_of(peer)
            assert [it.places.get(index, ZERO) for index in range(len(places))] == places


def test_model_and_contract_do_the_same_and_every_call_and_error_is_reached() -> None:
    Machine.reached.clear()
    health = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.large_base_example]
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=50, deadline=None, suppress_health_check=health),
    )
    reached = Machine.reached
    print(sum(reached.values()), "calls", sorted(reached.items()))
    wanted = {(name, outcome) for name, errors in ERRORS.items() for outcome in ("done", *errors)}
    assert sum(reached.values()) >= STEPS
    assert sorted(wanted - set(reached)) == []
    assert sorted(set(reached) - wanted) == []
