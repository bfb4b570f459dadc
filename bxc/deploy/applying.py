"""A spec's shares and the deployed contract → a plan; a plan → what it says, done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bxc.deploy.chain import Chain, ChainError, RevertedError
from bxc.deploy.deployment import addresses_of, confirm, world_of
from bxc.deploy.difference import Recorded, difference
from bxc.deploy.environment import Environment, PeerAccount
from bxc.deploy.plan import Plan, remaining
from bxc.deploy.record import Record
from bxc.deploy.registry import call_of
from bxc.deploy.steps import Close, Declare, Invite, OfferAuthority, Step
from bxc.deploy.wanted import wanted_shares

AWAITED = {"NotOffered": "the authority has not been offered yet", "NotInvited": "the invitation has not been sent yet"}


class StaleError(Exception):
    """A plan that no longer fits what the contract says."""


@dataclass(frozen=True, slots=True)
class Done:
    """A step and how it went: ``transaction`` if it was done, else why it was left, and if that was a refusal."""

    step: Step
    transaction: str | None
    why: str = ""
    refused: bool = False


def make_plan(chain: Chain, manifest: Mapping[str, Any], record: Record, openings: Mapping[str, str]) -> Plan:
    """What to do so that the contract of a record has the shares of a manifest, as seen in the newest block."""
    wanted = wanted_shares(manifest)
    addresses = addresses_of([peer["name"] for peer in manifest["peers"]], chain.environment)
    block = chain.head()
    world = world_of(chain, record, block, addresses, openings)
    found = difference(wanted, world)
    return Plan(
        manifest["spec"],
        manifest["digest"],
        chain.chain_id,
        confirm(chain, record),
        block.number,
        block.hash,
        world.addresses,
        wanted,
        openings,
        found.steps,
        found.notes,
    )


def still_to_do(chain: Chain, plan: Plan, record: Record) -> tuple[Step, ...]:
    """The steps of a plan that nobody has done yet. StaleError if it is not the plan that would be made now."""
    if plan.chain_id != chain.chain_id:
        raise StaleError(f"it was made for chain {plan.chain_id}, and this is chain {chain.chain_id}")
    if record.address is None or plan.address.lower() != record.address.lower():
        raise StaleError(f"it was made for the contract at {plan.address}, and the record names {record.address}")
    if not chain.has_block(plan.block, plan.block_hash):
        raise StaleError(f"block {plan.block}, in which it was made, is not part of the chain any more")
    now = world_of(chain, record, chain.head(), plan.peers, plan.openings)
    changed = [name for name, address in plan.peers.items() if now.addresses.get(name) != address]
    if changed:
        raise StaleError(f"the address of {changed[0]} has changed")
    left = remaining(plan.steps, difference(plan.wanted, now).steps)
    if left is None:
        raise StaleError("the contract has been changed since, otherwise than by this plan")
    return left


def signers(environment: Environment, steps: Sequence[Step]) -> tuple[PeerAccount, ...]:
    """Whose keys the steps need, of those that are at hand."""
    actors = dict.fromkeys(step.actor for step in steps)
    accounts = (environment.peers.get(actor) for actor in actors)
    return tuple(account for account in accounts if account is not None and account.signer is not None)


def apply_plan(
    chain: Chain,
    plan: Plan,
    record: Record,
    steps: Sequence[Step],
    save: Callable[[Record], None],
) -> Iterator[Done]:
    """Do steps in order, those whose keys are at hand. In a share whose step was left, no later one is done.

    The contract does not tell of offers and invitations that stand, so they may have been made: what follows them is
    tried. What is done is saved at once, so a run that is cut off leaves a plan of which the rest can be applied.
    """
    held: dict[str, str] = {}
    accounts = chain.environment.peers
    registry = chain.registry(confirm(chain, record))
    wanted = {share.name: share for share in plan.wanted}
    for step in steps:
        account = accounts.get(step.actor)
        if step.share in held:
            yield Done(step, None, f"after {held[step.share]}")
            continue
        if account is None or account.signer is None:
            if isinstance(step, Invite | OfferAuthority):
                yield Done(step, None, f"{step.actor} signs it, if that has not been done")
                continue
            held[step.share] = f"{step.actor}'s step"
            yield Done(step, None, f"{step.actor} signs it")
            continue
        ids = _ids(record)
        try:
            transaction = chain.send(call_of(step, registry, ids, wanted, plan.peers), account)
            receipt = chain.wait(transaction)
        except RevertedError as error:
            if error.name in AWAITED:
                held[step.share] = "what comes before it"
                yield Done(step, None, AWAITED[error.name])
                continue
            held[step.share] = "what was refused"
            yield Done(step, None, f"the contract refused it: {error}", refused=True)
            continue
        if isinstance(step, Declare):
            if receipt.share is None:
                raise ChainError(f"transaction {transaction} declared no share")
            share = wanted[step.share]
            new = Recorded(share.name, receipt.share, share.attributes, share.schema_hash)
            record = replace(record, shares=(*(s for s in record.shares if s.name != share.name), new))
            save(record)
        elif isinstance(step, Close):
            record = replace(record, shares=tuple(s for s in record.shares if s.id != step.id))
            save(record)
        yield Done(step, transaction)


def _ids(record: Record) -> dict[str, int]:
    return {share.name: share.id for share in record.shares}
