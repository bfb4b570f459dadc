"""Shares as the spec wants them, and as the contract has them → the steps between, and what no step can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from bxc.dataclass import dataclass
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
    operations_of,
)
from bxc.deploy.wanted import DELETE, INSERT, Rights, WantedShare

NONE = Rights(0, 0)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the deployment record knows of a share on the chain: its name and columns are not stored there."""

    name: str
    id: int
    attributes: tuple[str, ...]
    schema_hash: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a share that the plan leaves as it is, and why."""

    share: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Who has which address (by peer), what the record says, what the contract says by id, and the chain's time."""

    addresses: Mapping[str, str]
    recorded: Sequence[Recorded]
    deployed: Mapping[int, DeployedShare]
    now: int
    openings: Mapping[str, str] = field(default_factory=dict)

    def peer(self, address: str) -> str:
        """The peer of an address; the address itself where no peer has it."""
        names = (name for name, own in self.addresses.items() if own.lower() == address.lower())
        return next(names, address)


def difference(wanted: Sequence[WantedShare], world: World) -> Difference:
    """All steps, share by share, those of one share in an order in which they can be done."""
    alive = {r.name: r for r in world.recorded if not world.deployed[r.id].closed}
    found: list[Step | Note] = []
    for share in wanted:
        recorded = alive.get(share.name)
        if recorded is None:
            found += _declared(share, world)
        else:
            found += _changed(share, recorded, world.deployed[recorded.id], world)
    names = {share.name for share in wanted}
    for name, recorded in alive.items():
        if name not in names:
            found += _closed(name, world.deployed[recorded.id], "the spec does not have it any more", world)
    return Difference(
        tuple(step for step in found if not isinstance(step, Note)),
        tuple(note for note in found if isinstance(note, Note)),
    )


def _declared(share: WantedShare, world: World) -> Iterator[Step | Note]:
    if share.authority_on:
        yield Note(
            share.name,
            "columns with an authority of their own can only be declared as the contract is made: "
            "deploy anew (`bxc deploy --anew`)",
        )
        return
    yield Declare(share.name, share.authority)
    if share.opener != share.authority:
        yield Note(share.name, f"a share that is declared later is opened by its authority, not by {share.opener}")
    yield from _opened(share, share.authority, world)


def _opened(share: WantedShare, opener: str, world: World) -> Iterator[Step | Note]:
    content = world.openings.get(share.name)
    if content is not None:
        yield Open(share.name, content, opener)
    else:
        yield Note(
            share.name,
            f"not open: {opener} opens it, by its running peer or --content {share.name}=HASH",
        )


def _closed(name: str, deployed: DeployedShare, why: str, world: World) -> Iterator[Step | Note]:
    if deployed.pending:
        yield _held(name, deployed, world)
    else:
        yield Close(name, deployed.id, why, world.peer(deployed.authority))


def _held(name: str, deployed: DeployedShare, world: World) -> Note:
    awaited = ", ".join(world.peer(address) for address in deployed.awaited)
    return Note(
        name, f"version {deployed.version} waits for {awaited}: what else differs can be planned when it is decided"
    )


def _changed(share: WantedShare, recorded: Recorded, deployed: DeployedShare, world: World) -> Iterator[Step | Note]:
    why = _other_terms(share, recorded, deployed)
    if why is not None:
        if deployed.pending:
            yield _held(share.name, deployed, world)
        elif share.authority_on:
            yield Note(
                share.name, f"{why}, and columns have authorities of their own: deploy anew (`bxc deploy --anew`)"
            )
        else:
            yield Close(share.name, deployed.id, why, world.peer(deployed.authority))
            yield Note(share.name, "declared again it has all that the spec says, a new number, and is not open")
            yield from _declared(share, world)
        return
    if deployed.pending:
        yield from _silent(share, deployed, world)
        if _differs(share, deployed, world):
            yield _held(share.name, deployed, world)
        return
    yield from _rights(share, deployed, world)
    yield from _joined(share, deployed, world)
    yield from _authority(share, deployed, world)
    yield from _gone(share, deployed, world)
    if not deployed.committed:
        yield from _opened(share, world.peer(deployed.opener), world)


def _other_terms(share: WantedShare, recorded: Recorded, deployed: DeployedShare) -> str | None:
    """Why a share cannot become the wanted one while it goes on; None if it can."""
    if share.schema_hash != recorded.schema_hash:
        return "its columns or its key have changed"
    if share.deadline != deployed.deadline:
        return "its deadline has changed"
    if share.policy != deployed.policy:
        return "what follows its deadline has changed"
    return None


def _differs(share: WantedShare, deployed: DeployedShare, world: World) -> bool:
    steps = (*_rights(share, deployed, world), *_joined(share, deployed, world), *_gone(share, deployed, world))
    return any(not isinstance(step, Note) for step in steps)


# --- members ----------------------------------------------------------------------------------------------------------


def _absent(share: WantedShare, deployed: DeployedShare, world: World) -> list[str]:
    """Addresses of members that the spec does not have in this share."""
    wanted = {world.addresses[peer].lower() for peer in share.members}
    return [address for address in deployed.members if address not in wanted]


def _silent(share: WantedShare, deployed: DeployedShare, world: World) -> Iterator[Step]:
    if not deployed.due or world.now <= deployed.due:
        return
    for address in _absent(share, deployed, world):
        if address in deployed.awaited and address != deployed.authority:
            yield Exclude(share.name, world.peer(address), world.peer(deployed.authority))


def _joined(share: WantedShare, deployed: DeployedShare, world: World) -> Iterator[Step]:
    authority = deployed.authority
    over = deployed.authority_over.get(authority, 0)
    for peer in share.members:
        if world.addresses[peer].lower() in deployed.members:
            continue
        rights = share.rights[peer]
        given = rights.attributes & over
        yield Invite(share.name, peer, Rights(given, operations_of(given, rights.operations)), world.peer(authority))
        yield Join(share.name, peer)
        yield from _steps_to(share, deployed, world, peer, Rights(given, operations_of(given, rights.operations)))


def _gone(share: WantedShare, deployed: DeployedShare, world: World) -> Iterator[Step | Note]:
    for address in _absent(share, deployed, world):
        peer = world.peer(address)
        if address == deployed.authority and share.authority == peer:
            continue
        yield Leave(share.name, peer)


# --- rights -----------------------------------------------------------------------------------------------------------


def _rights(share: WantedShare, deployed: DeployedShare, world: World) -> Iterator[Step]:
    for peer in share.members:
        address = world.addresses[peer].lower()
        if address in deployed.members:
            yield from _steps_to(share, deployed, world, peer, deployed.rights.get(address, NONE))


def _steps_to(share: WantedShare, deployed: DeployedShare, world: World, peer: str, now: Rights) -> Iterator[SetRights]:
    """From the rights that a peer has to the wanted ones: one step of each authority that has a part in it."""
    after = share.rights[peer]
    for holder, over in sorted(deployed.authority_over.items(), key=lambda item: item[0] != deployed.authority):
        attributes = now.attributes & ~over | after.attributes & over
        others = after.operations if holder == deployed.authority else now.operations
        step = Rights(attributes, operations_of(attributes, others & (INSERT | DELETE)))
        if step != now:
            yield SetRights(share.name, peer, now, step, world.peer(holder))
            now = step


# --- authority --------------------------------------------------------------------------------------------------------


def _authority(share: WantedShare, deployed: DeployedShare, world: World) -> Iterator[Step | Note]:
    """Hand-overs: what a peer holds goes to another as a whole, as the contract has it."""
    every = (1 << len(share.attributes)) - 1
    holds = {world.peer(address): mask & every for address, mask in deployed.authority_over.items()}
    head = world.peer(deployed.authority)
    if head != share.authority:
        yield OfferAuthority(share.name, share.authority, head)
        yield AcceptAuthority(share.name, share.authority)
        holds[share.authority] = holds.pop(head, 0) | holds.get(share.authority, 0)
    for holder, mask in list(holds.items()):
        heirs = [peer for peer in share.members if mask and share.authority_over(peer) & mask == mask]
        if holder != share.authority and heirs and holder not in heirs:
            yield OfferAuthority(share.name, heirs[0], holder)
            yield AcceptAuthority(share.name, heirs[0])
            holds[heirs[0]] = holds.get(heirs[0], 0) | holds.pop(holder)
    wanted = {peer: share.authority_over(peer) & every for peer in share.members}
    if {p: m for p, m in holds.items() if m} != {p: m for p, m in wanted.items() if m}:
        yield Note(
            share.name,
            "the authority over single columns cannot be divided on the chain: deploy anew (`bxc deploy --anew`)",
        )
