"""Plans beside the reference model: their steps are accepted, each from its actor, and lead to what the spec says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bxc.deploy.difference import Difference, Recorded, World, difference
from bxc.deploy.plan import remaining
from bxc.deploy.state import DeployedShare
from bxc.deploy.steps import (
    AcceptAuthority,
    Close,
    Declare,
    Exclude,
    Invite,
    Join,
    Leave,
    OfferAuthority,
    Open,
    SetRights,
    Step,
    step_from_json,
    step_to_json,
)
from bxc.deploy.wanted import Rights, WantedShare, as_json, wanted_from_json

from . import state as model
from .membership import constructed
from .model import call
from .signing import address

PEERS = ("Ada", "Bob", "Cleo", "Dan")
ADDRESSES = {name: address(number) for number, name in enumerate(PEERS)}
NAMES = ("alpha", "beta", "gamma")
NOW = 10_000


@st.composite
def rights(draw: st.DrawFn, count: int) -> Rights:
    attributes = draw(st.integers(0, (1 << count) - 1))
    return Rights(attributes, (1 if attributes else 0) | draw(st.sampled_from([0, 2, 4, 6])))


@st.composite
def wanted_share(draw: st.DrawFn, name: str) -> WantedShare:
    count = draw(st.integers(2, 3))
    chosen = draw(st.lists(st.sampled_from(PEERS), min_size=2, max_size=4, unique=True))
    members = tuple(peer for peer in PEERS if peer in chosen)
    authority = draw(st.sampled_from(members))
    on: dict[str, int] = {}
    if draw(st.integers(0, 2)) == 0:
        other = draw(st.sampled_from([peer for peer in members if peer != authority]))
        on[other] = 1 << draw(st.integers(0, count - 1))
    return WantedShare(
        name,
        tuple(f"c{bit}" for bit in range(count)),
        members,
        {peer: draw(rights(count)) for peer in members},
        authority,
        on,
        draw(st.sampled_from(members)),
        draw(st.sampled_from([0, 60])),
        draw(st.integers(0, 2)),
        f"{count:064x}",
    )


def wanted() -> st.SearchStrategy[tuple[WantedShare, ...]]:
    return st.lists(st.sampled_from(NAMES), min_size=1, unique=True).flatmap(
        lambda names: st.tuples(*(wanted_share(name) for name in names))
    )


def registry_of(shares: Sequence[WantedShare]) -> model.Registry:
    """The model's contract of a spec."""
    declared = [
        model.Declared(
            tuple(ADDRESSES[peer] for peer in share.members),
            tuple(model.Rights(share.rights[p].attributes, share.rights[p].operations) for p in share.members),
            ADDRESSES[share.authority],
            ADDRESSES[share.opener],
            {ADDRESSES[peer]: mask for peer, mask in share.authority_on.items()},
            share.deadline,
            share.policy,
            len(share.attributes),
            bytes.fromhex(share.schema_hash),
        )
        for share in shares
    ]
    env = model.Env(ADDRESSES["Ada"], 1, 1)
    return constructed(address(99), b"\1" * 32, list(ADDRESSES.values()), len(PEERS), declared, env).registry


def seen(share: model.Share) -> DeployedShare:
    """What a plan is told of a share."""
    places = [(index, member) for index, member in enumerate(share.members) if member is not None]
    peers = [] if share.closed else [member.peer for _, member in places]
    return DeployedShare(
        share.id,
        share.version,
        share.committed,
        tuple(peers),
        tuple(member.peer for index, member in places if share.awaited >> index & 1),
        share.requester,
        share.authority,
        {peer: mask for peer in peers if (mask := share.columns_of(peer))},
        {peer: Rights(share.rights(peer).attributes, share.rights(peer).operations) for peer in peers},
        share.opener,
        share.deadline,
        share.policy,
        share.due,
    )


def world(registry: model.Registry, recorded: Mapping[str, Recorded]) -> World:
    return World(ADDRESSES, tuple(recorded.values()), {share.id: seen(share) for share in registry.shares}, NOW)


def arguments(step: Step, ids: Mapping[str, int], shares: Mapping[str, WantedShare]) -> tuple[str, list[object]]:
    match step:
        case SetRights():
            after = step.after
            return "setRights", [ids[step.share], ADDRESSES[step.peer], after.attributes, after.operations]
        case Declare():
            share = shares[step.share]
            held = [share.rights[peer] for peer in share.members]
            return "declareShare", [
                [ADDRESSES[peer] for peer in share.members],
                [right.attributes for right in held],
                [right.operations for right in held],
                ADDRESSES[share.authority],
                share.deadline,
                share.policy,
                bytes.fromhex(share.schema_hash),
            ]
        case Open():
            return "openShare", [ids[step.share], bytes.fromhex(step.content_hash.removeprefix("0x"))]
        case Close():
            return "closeShare", [step.id]
        case Invite():
            given_ = step.rights
            return "inviteMember", [ids[step.share], ADDRESSES[step.peer], given_.attributes, given_.operations]
        case Join():
            return "joinShare", [ids[step.share]]
        case Leave():
            return "leaveShare", [ids[step.share]]
        case Exclude():
            return "exclude", [ids[step.share], ADDRESSES[step.peer]]
        case OfferAuthority():
            return "offerAuthority", [ids[step.share], ADDRESSES[step.peer]]
        case AcceptAuthority():
            return "acceptAuthority", [ids[step.share]]


def done(
    registry: model.Registry, recorded: Mapping[str, Recorded], steps: Sequence[Step], shares: Sequence[WantedShare]
) -> tuple[model.Registry, dict[str, Recorded]]:
    """The registry and the record after all steps; each must be accepted."""
    by_name = {share.name: share for share in shares}
    known = dict(recorded)
    for block, step in enumerate(steps, 100):
        ids = {name: share.id for name, share in known.items()}
        name, args = arguments(step, ids, by_name)
        outcome = call(registry, model.Env(ADDRESSES[step.actor], block, NOW), name, args)
        assert isinstance(outcome, model.Outcome), (step, outcome)
        registry = outcome.registry
        if isinstance(step, Declare):
            share = by_name[step.share]
            known[step.share] = Recorded(share.name, len(registry.shares) - 1, share.attributes, share.schema_hash)
        elif isinstance(step, Close):
            known.pop(step.share)
    return registry, known


def recorded_of(shares: Sequence[WantedShare]) -> dict[str, Recorded]:
    return {s.name: Recorded(s.name, number, s.attributes, s.schema_hash) for number, s in enumerate(shares)}


def holds(share: WantedShare, deployed: DeployedShare) -> bool:
    """Whether a share on the chain has the members, rights, authorities and terms that are wanted."""
    every = (1 << len(share.attributes)) - 1
    return (
        {ADDRESSES[peer] for peer in share.members} == set(deployed.members)
        and all(deployed.rights[ADDRESSES[peer]] == right for peer, right in share.rights.items())
        and deployed.authority == ADDRESSES[share.authority]
        and all(
            deployed.authority_over.get(ADDRESSES[peer], 0) & every == share.authority_over(peer) & every
            for peer in share.members
        )
        and (deployed.deadline, deployed.policy) == (share.deadline, share.policy)
    )


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(wanted(), wanted())
def test_steps_are_accepted_and_lead_to_what_is_wanted(
    before: tuple[WantedShare, ...], after: tuple[WantedShare, ...]
) -> None:
    recorded = recorded_of(before)
    registry = registry_of(before)
    found = difference(after, world(registry, recorded))
    registry, recorded = done(registry, recorded, found.steps, after)
    again: Difference = difference(after, world(registry, recorded))
    assert not again.steps
    excused = {note.share for note in found.notes if "deploy anew" in note.text or "--anew" in note.text}
    for share in after:
        if share.name not in excused:
            assert holds(share, seen(registry.shares[recorded[share.name].id])), share
    alive = {name for name, r in recorded.items() if not registry.shares[r.id].closed}
    assert alive <= {share.name for share in after}


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(wanted(), wanted(), st.integers(0, 20))
def test_what_remains_of_a_plan_after_some_of_its_steps_is_its_rest(
    before: tuple[WantedShare, ...], after: tuple[WantedShare, ...], count: int
) -> None:
    recorded = recorded_of(before)
    registry = registry_of(before)
    steps = difference(after, world(registry, recorded)).steps
    registry, recorded = done(registry, recorded, steps[:count], after)
    left = remaining(steps, difference(after, world(registry, recorded)).steps)
    assert left is not None
    assert [s for s in left if not isinstance(s, Invite | OfferAuthority)] == [
        s for s in steps[count:] if not isinstance(s, Invite | OfferAuthority)
    ]


def test_a_plan_is_stale_once_the_rights_that_it_changes_were_changed_by_someone_else() -> None:
    share = a_share()
    after = a_share(rights={"Ada": Rights(3, 7), "Bob": Rights(3, 1), "Cleo": Rights(0, 0)})
    recorded, registry = recorded_of([share]), registry_of([share])
    steps = difference([after], world(registry, recorded)).steps
    meanwhile = SetRights("alpha", "Bob", Rights(1, 1), Rights(2, 1), "Ada")
    registry, recorded = done(registry, recorded, [meanwhile], [share])
    assert remaining(steps, difference([after], world(registry, recorded)).steps) is None


def test_a_plan_is_stale_once_something_else_would_have_to_be_done_too() -> None:
    share = a_share()
    after = a_share(rights={"Ada": Rights(3, 7), "Bob": Rights(3, 1), "Cleo": Rights(0, 0)})
    recorded, registry = recorded_of([share]), registry_of([share])
    steps = difference([after], world(registry, recorded)).steps
    registry, recorded = done(registry, recorded, [Leave("alpha", "Cleo")], [share])
    assert remaining(steps, difference([after], world(registry, recorded)).steps) is None


@given(wanted(), wanted())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_steps_and_shares_survive_json(before: tuple[WantedShare, ...], after: tuple[WantedShare, ...]) -> None:
    steps = difference(after, world(registry_of(before), recorded_of(before))).steps
    assert tuple(step_from_json(step_to_json(step)) for step in steps) == steps
    assert tuple(wanted_from_json(as_json(share)) for share in after) == after


def a_share(**changes: object) -> WantedShare:
    plain = WantedShare(
        "alpha",
        ("c0", "c1"),
        ("Ada", "Bob", "Cleo"),
        {"Ada": Rights(3, 7), "Bob": Rights(1, 1), "Cleo": Rights(0, 0)},
        "Ada",
        {},
        "Ada",
        60,
        1,
        "00" * 32,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def opened(share: WantedShare) -> model.Registry:
    """The share with its opening pending, Bob's ack given."""
    registry = registry_of([share])
    outcome = call(registry, model.Env(ADDRESSES["Ada"], 5, 100), "openShare", [0, b"\7" * 32])
    assert isinstance(outcome, model.Outcome)
    chain = outcome.registry.shares[0].chain
    outcome = call(outcome.registry, model.Env(ADDRESSES["Bob"], 6, 100), "ack", [0, 1, chain])
    assert isinstance(outcome, model.Outcome)
    return outcome.registry


def test_while_an_update_is_pending_a_silent_peer_that_is_gone_is_excluded_and_the_rest_waits() -> None:
    share = a_share()
    after = a_share(members=("Ada", "Bob"), rights={"Ada": Rights(3, 7), "Bob": Rights(3, 1)})
    registry, recorded = opened(share), recorded_of([share])
    found = difference([after], world(registry, recorded))
    assert found.steps == (Exclude("alpha", "Cleo", "Ada"),)
    assert [note.share for note in found.notes] == ["alpha"]
    registry, recorded = done(registry, recorded, found.steps, [after])
    found = difference([after], world(registry, recorded))
    assert found.steps == (SetRights("alpha", "Bob", Rights(1, 1), Rights(3, 1), "Ada"),)
    assert not found.notes


def test_before_its_deadline_nobody_is_excluded() -> None:
    share = a_share()
    after = a_share(members=("Ada", "Bob"), rights={"Ada": Rights(3, 7), "Bob": Rights(1, 1)})
    early = replace(world(opened(share), recorded_of([share])), now=120)
    found = difference([after], early)
    assert not found.steps
    assert "waits for Cleo" in found.notes[0].text


def test_what_one_peer_alone_can_do_is_signed_by_it() -> None:
    share = a_share()
    after = a_share(authority="Bob", opener="Bob")
    found = difference([after], world(registry_of([share]), recorded_of([share])))
    assert found.steps == (OfferAuthority("alpha", "Bob", "Ada"), AcceptAuthority("alpha", "Bob"))
