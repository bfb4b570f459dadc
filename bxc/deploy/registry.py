"""A deployed contract → what it says of its shares; steps of a plan → calls of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
)
from bxc.deploy.wanted import Rights, WantedShare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from web3.contract.contract import Contract, ContractFunction

    from bxc.deploy.chain import Block, Chain


def read_shares(chain: Chain, address: str, block: Block, ids: Iterable[int]) -> dict[int, DeployedShare]:
    """What the contract says of some shares in a block, in a number of requests that does not grow with each."""
    registry = chain.registry(address)
    numbers = list(ids)
    states = chain.ask([registry.functions.shareState(n) for n in numbers], block)
    terms = chain.ask([registry.functions.termsOf(n) for n in numbers], block)
    places = [(n, bit) for n, state in zip(numbers, states, strict=True) for bit in _bits(state[3])]
    addresses = chain.ask([registry.functions.memberAt(n, bit) for n, bit in places], block)
    rights = chain.ask(_each(registry, "rightsOf", places, addresses), block)
    masks = chain.ask(_each(registry, "authorityOf", places, addresses), block)
    rows: dict[int, list[tuple[int, str, Rights, int]]] = {n: [] for n in numbers}
    for (n, bit), peer, right, mask in zip(places, addresses, rights, masks, strict=True):
        rows[n].append((bit, peer.lower(), Rights(*right), mask))
    return {n: _share(n, state, term, rows[n]) for n, state, term in zip(numbers, states, terms, strict=True)}


def _each(registry: Contract, name: str, places: list[tuple[int, int]], addresses: list[str]) -> list[ContractFunction]:
    return [registry.functions[name](n, peer) for (n, _), peer in zip(places, addresses, strict=True)]


def _share(number: int, state: Any, terms: Any, rows: list[tuple[int, str, Rights, int]]) -> DeployedShare:
    version, committed, pending, _, authority, requester, _, due, _ = state
    opener, deadline, policy, _ = terms
    return DeployedShare(
        number,
        version,
        committed,
        tuple(peer for _, peer, _, _ in rows),
        tuple(peer for bit, peer, _, _ in rows if pending >> bit & 1),
        requester.lower(),
        authority.lower(),
        {peer: mask for _, peer, _, mask in rows if mask},
        {peer: right for _, peer, right, _ in rows},
        opener.lower(),
        deadline,
        policy,
        due,
    )


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def call_of(
    step: Step,
    registry: Contract,
    ids: Mapping[str, int],
    shares: Mapping[str, WantedShare],
    addresses: Mapping[str, str],
) -> ContractFunction:
    """The call that does a step; ``ids`` are those of the shares as they are now, by name."""
    from eth_utils.address import to_checksum_address

    def at(peer: str) -> str:
        return to_checksum_address(addresses.get(peer, peer))

    functions = registry.functions
    match step:
        case SetRights():
            return functions.setRights(ids[step.share], at(step.peer), step.after.attributes, step.after.operations)
        case Declare():
            share = shares[step.share]
            rights = [share.rights[peer] for peer in share.members]
            return functions.declareShare(
                [at(peer) for peer in share.members],
                [right.attributes for right in rights],
                [right.operations for right in rights],
                at(share.authority),
                share.deadline,
                share.policy,
                bytes.fromhex(share.schema_hash),
            )
        case Open():
            return functions.openShare(ids[step.share], bytes.fromhex(step.content_hash.removeprefix("0x")))
        case Close():
            return functions.closeShare(step.id)
        case Invite():
            return functions.inviteMember(
                ids[step.share], at(step.peer), step.rights.attributes, step.rights.operations
            )
        case Join():
            return functions.joinShare(ids[step.share])
        case Leave():
            return functions.leaveShare(ids[step.share])
        case Exclude():
            return functions.exclude(ids[step.share], at(step.peer))
        case OfferAuthority():
            return functions.offerAuthority(ids[step.share], at(step.peer))
        case AcceptAuthority():
            return functions.acceptAuthority(ids[step.share])
