"""Model and contract, driven together: the same outcome, error, events and reads after every call.

`make soak` makes ten times as many calls, at least 20,000, other ones each time. A run must make every call succeed and
reach every error of `docs/contract.md`: one that reaches less says too little.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from .auditor import rebuild
from .chain import Chain, Done
from .deployed import Deployed, deployed, spec_of_file, spec_of_text
from .model import call
from .signing import address, separator, signer
from .spec_texts import random_spec
from .state import ZERO, Ack, Address, Env, Outcome, Refused, Registry, Share, Signature
from .steps import Step
from .wild_steps import Wild

SOAK = int(os.environ.get("BXC_SOAK", "0"))
STEPS = 2_000 * max(SOAK // 2, 1)
EXAMPLES = 40 * max(SOAK // 2, 1)
MEDICAL = Path(__file__).parents[2] / "specs" / "medical.bxc"
STRANGERS = 4
SEEDS = st.integers(0, 2**64 - 1)

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
    contracts: ClassVar[int] = 5 if not SOAK else 12

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

    # --- calls ---

    @rule(seed=SEEDS)
    def go_on(self, seed: int) -> None:
        """Some calls that should succeed, the blocks between them as they come."""
        random = Random(seed)
        for _ in range(random.randint(2, 8)):
            self._elapse(random, random.choice((0, 1, 1)))
            step = self.wild(random).lively()
            if step is not None:
                self.do(step)

    @rule(seed=SEEDS)
    def settle(self, seed: int) -> None:
        """All that are awaited acknowledge, in any order."""
        random = Random(seed)
        share = random.choice(self.registry.shares)
        peers = [m.peer for m in share.members if m is not None and share.awaits(m.peer)]
        for peer in random.sample(peers, len(peers)):
            self.do(Step(peer, "ack", (share.id, share.version, share.chain)))

    @rule(seed=SEEDS)
    def try_nearly(self, seed: int) -> None:
        random = Random(seed)
        for _ in range(random.randint(1, 4)):
            self.do(self.wild(random).nearly())

    @rule(seed=SEEDS)
    def try_anything(self, seed: int) -> None:
        random = Random(seed)
        for _ in range(random.randint(1, 3)):
            self.do(self.wild(random).anything())

    @rule(seed=SEEDS)
    def replay(self, seed: int) -> None:
        """What was called before, on this branch or on one that is gone."""
        if not self.steps:
            return
        random = Random(seed)
        for step in random.choices(self.steps[-60:], k=3):
            self.do(step)
        known = {ack.update_hash for ack in self.acks}
        answers = [s for s in self.steps if s.name in ("ack", "acks", "ackBySignature") and known]
        if answers:
            self.do(random.choice(answers))

    # --- blocks, time, reorganisations ---

    @rule(seed=SEEDS)
    def wait(self, seed: int) -> None:
        """Until just before, at or after the time at which something is due."""
        random = Random(seed)
        self.block += 1
        due = [share.due for share in self.registry.shares if share.due >= self.time]
        self.time = max(self.time, random.choice(due) + random.choice((-1, 0, 1))) if due else self.time + 1
        late = [share for share in self.registry.shares if 0 < share.due < self.time]
        if late and random.random() < 0.5:
            share = random.choice(late)
            awaited = [m.peer for m in share.members if m is not None and share.awaits(m.peer)]
            for peer in awaited:
                self.do(Step(share.authority, "exclude", (share.id, peer)))

    @rule()
    def fork(self) -> None:
        kept = (self.registry, self.block, self.time, len(self.history))
        self.branches.append((self.chain.snapshot(), *kept))

    @precondition(lambda self: self.branches)
    @rule(seed=SEEDS)
    def reorganise(self, seed: int) -> None:
        """The chain goes back to an earlier block; what was said on the branch that is gone is said again."""
        said = self.steps[-8:]
        snapshot, self.registry, self.block, self.time, told = self.branches.pop()
        self.chain.revert(snapshot)
        del self.history[told:]
        self._elapse(Random(seed), 1)
        for step in Random(seed).sample(said, min(3, len(said))):
            self.do(step)

    def _elapse(self, random: Random, blocks: int) -> None:
        self.block += blocks
        self.time += blocks * random.choice((1, 1, 12, 60))

    # --- comparison ---

    def do(self, step: Step) -> None:
        """Call both, and compare all that can be seen."""
        env = self.env(step.caller)
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
        people = {step.caller, *(arg for arg in step.args if isinstance(arg, str))}
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
        assert read("shareState", share.id) == (*heads, share.last_block, share.due, share.chain)
        terms = (share.opener, share.deadline, share.policy, share.attribute_count)
        assert read("termsOf", share.id) == terms
        for peer in sorted(people):
            rights = share.rights(peer)
            assert read("rightsOf", share.id, peer) == (rights.attributes, rights.operations)
            assert read("authorityOf", share.id, peer) == (share.columns_of(peer),), (share, peer)
            index = share.index(peer)
            if index is not None:
                assert read("memberAt", share.id, index) == (peer,)

    def teardown(self) -> None:
        """All shares, all peers, and what an auditor makes of the events."""
        if not hasattr(self, "start"):
            return
        try:
            self._whole()
        finally:
            self.chain.revert(self.start)

    def _whole(self) -> None:
        read = self.chain.read
        assert read("shareCount") == (len(self.registry.shares),)
        for share in self.registry.shares:
            self._compare(share, set(self.actors))
            places = [member.peer if member else ZERO for member in share.members]
            for index in range(min(len(places) + 1, 64)):
                assert read("memberAt", share.id, index) == ((*places, ZERO)[index],)
            told = [kept for kept in self.history if kept[0].args[0] == share.id]
            it = rebuild(self.registry.spec_hash, share.id, told)
            assert read("shareState", share.id) == it.state()
            assert read("termsOf", share.id) == it.terms()
            for peer in self.actors:
                assert read("rightsOf", share.id, peer) == it.rights.get(peer, (0, 0))
                assert read("authorityOf", share.id, peer) == (it.authority_of(peer),)
            assert [it.places.get(index, ZERO) for index in range(len(places))] == places


def test_model_and_contract_do_the_same_and_every_call_and_error_is_reached() -> None:
    Machine.reached.clear()
    health = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.large_base_example]
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=40, deadline=None, suppress_health_check=health),
    )
    reached = Machine.reached
    print(sum(reached.values()), "calls", sorted(reached.items()))
    wanted = {(name, outcome) for name, errors in ERRORS.items() for outcome in ("done", *errors)}
    assert sum(reached.values()) >= STEPS
    assert sorted(wanted - set(reached)) == []
    assert sorted(set(reached) - wanted) == []
