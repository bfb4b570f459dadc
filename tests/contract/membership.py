"""Calls that make and end shares and memberships, as `docs/contract.md` has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .share_rules import NOTHING, acting, closed, closed_if_alone, departed, found, put, unfit
from .state import (
    MAX_ATTRIBUTES,
    MAX_DEADLINE,
    MAX_MEMBERS,
    ZERO,
    Address,
    Declared,
    Env,
    Event,
    Member,
    Outcome,
    Refused,
    Registry,
    Rights,
    Share,
    first_link,
    lowest_free,
    without,
)

# --- shares -----------------------------------------------------------------------------------------------------------


def constructed(
    address: Address, spec_hash: bytes, peers: Sequence[Address], wanted: int, shares: Sequence[Declared], env: Env
) -> Outcome:
    """The constructor: ``shares`` are those of the spec, with ``wanted`` peers."""
    if len(peers) != wanted or ZERO in peers or len(set(peers)) < len(peers):
        raise Refused("BadMembers")
    registry, events = Registry(address, spec_hash), NOTHING
    for share in shares:
        registry, told = _declared(registry, share, env)
        number = len(registry.shares) - 1
        handed = (Event("AuthorityAccepted", (number, ZERO, *held)) for held in share.columns.items())
        events = (*events, *told, *handed)
    return Outcome(registry, events)


def declare_share(
    registry: Registry,
    env: Env,
    members: Sequence[Address],
    attributes: Sequence[int],
    operations: Sequence[int],
    authority: Address,
    deadline: int,
    policy: int,
    schema_hash: bytes,
) -> Outcome:
    fits = 2 <= len(members) <= MAX_MEMBERS and len(members) == len(attributes) == len(operations)
    if not fits or ZERO in members or len(set(members)) < len(members) or not {env.caller, authority} <= set(members):
        raise Refused("BadMembers")
    number = len(registry.shares)
    rights = tuple(map(Rights, attributes, operations))
    for held in rights:
        if unfit(held, MAX_ATTRIBUTES):
            raise Refused("BadRights", number, held.attributes, held.operations)
    if policy > 2 or deadline > MAX_DEADLINE:
        raise Refused("BadTerms", deadline, policy)
    share = Declared(tuple(members), rights, authority, authority, {}, deadline, policy, MAX_ATTRIBUTES, schema_hash)
    registry, events = _declared(registry, share, env)
    return Outcome(registry, events, number)


def _declared(registry: Registry, it: Declared, env: Env) -> tuple[Registry, tuple[Event, ...]]:
    number = len(registry.shares)
    share = Share(
        id=number,
        authority=it.authority,
        opener=it.opener,
        deadline=it.deadline,
        policy=it.policy,
        attribute_count=it.attribute_count,
        members=tuple(map(Member, it.members, it.rights)),
        chain=first_link(registry.spec_hash, number),
        columns=it.columns,
    )
    terms = (it.authority, it.opener, it.deadline, it.policy, it.attribute_count, it.schema_hash)
    events = [Event("ShareDeclared", (number, *terms))]
    for index, (peer, held) in enumerate(zip(it.members, it.rights, strict=True)):
        events += _joined(number, peer, index, held, env)
    return put(registry, share), tuple(events)


def _joined(share: int, peer: Address, index: int, rights: Rights, env: Env) -> tuple[Event, Event]:
    return (
        Event("MemberJoined", (share, peer, index)),
        Event("RightsSet", (share, peer, rights.attributes, rights.operations, env.caller)),
    )


def close_share(registry: Registry, env: Env, share: int) -> Outcome:
    it, events = closed(_ruled(registry, env, share, idle=True), env)
    return Outcome(put(registry, it), events)


def migrate_share(registry: Registry, env: Env, share: int, successor: Address) -> Outcome:
    it = _ruled(registry, env, share, idle=True)
    if successor in (ZERO, registry.address):
        raise Refused("BadMembers")
    it, events = closed(it, env)
    return Outcome(put(registry, it), (Event("ShareMigrated", (share, successor)), *events))


def _ruled(registry: Registry, env: Env, share: int, *, idle: bool) -> Share:
    """The share, whose authority the caller is; with ``idle`` nothing is pending."""
    it = found(registry, share)
    if env.caller != it.authority:
        raise Refused("NotAuthority", share, env.caller)
    if idle and it.awaited:
        raise Refused("UpdatePending", share, it.version)
    return it


# --- members ----------------------------------------------------------------------------------------------------------


def invite_member(registry: Registry, env: Env, share: int, peer: Address, attributes: int, operations: int) -> Outcome:
    it = _ruled(registry, env, share, idle=True)
    if peer == ZERO or it.index(peer) is not None:
        raise Refused("BadMembers")
    rights = Rights(attributes, operations)
    if unfit(rights, it.attribute_count):
        raise Refused("BadRights", share, attributes, operations)
    if attributes & ~it.columns_of(env.caller):
        raise Refused("NotAuthority", share, env.caller)
    it = replace(it, invitations={**it.invitations, peer: rights})
    return Outcome(put(registry, it), (Event("MemberInvited", (share, peer, attributes, operations)),))


def withdraw_invitation(registry: Registry, env: Env, share: int, peer: Address) -> Outcome:
    it = _ruled(registry, env, share, idle=False)
    if peer not in it.invitations:
        raise Refused("NotInvited", share, peer)
    it = replace(it, invitations=without(it.invitations, peer))
    return Outcome(put(registry, it), (Event("InvitationWithdrawn", (share, peer)),))


def join_share(registry: Registry, env: Env, share: int) -> Outcome:
    it = found(registry, share)
    rights = it.invitations.get(env.caller)
    if rights is None:
        raise Refused("NotInvited", share, env.caller)
    if it.awaited:
        raise Refused("UpdatePending", share, it.version)
    places = (*it.members, *[None] * (MAX_MEMBERS - len(it.members)))
    index = lowest_free(places)
    if index < 0:
        raise Refused("ShareFull", share)
    members = (*places[:index], Member(env.caller, rights), *places[index + 1 :])
    it = replace(it, members=members, invitations=without(it.invitations, env.caller))
    return Outcome(put(registry, it), _joined(share, env.caller, index, rights, env))


def leave_share(registry: Registry, env: Env, share: int) -> Outcome:
    it = acting(registry, env, share)
    if it.awaited:
        raise Refused("UpdatePending", share, it.version)
    if env.caller == it.authority:
        raise Refused("AuthorityStays", share, env.caller)
    it, events = closed_if_alone(departed(it, env.caller), env)
    return Outcome(put(registry, it), (Event("MemberLeft", (share, env.caller)), *events))
