"""What calls of several kinds have in common: finding the share, members that go, shares that close."""

from __future__ import annotations

from dataclasses import replace

from .state import (
    UPDATE,
    ZERO,
    Address,
    Env,
    Event,
    Refused,
    Registry,
    Rights,
    Share,
    without,
)

NOTHING: tuple[Event, ...] = ()


def found(registry: Registry, share: int) -> Share:
    """`s` of the page: the share is there and not closed."""
    if not 0 <= share < len(registry.shares):
        raise Refused("UnknownShare", share)
    it = registry.shares[share]
    if it.closed:
        raise Refused("ShareIsClosed", share)
    return it


def acting(registry: Registry, env: Env, share: int) -> Share:
    """`S` of the page: and the caller is a member."""
    it = found(registry, share)
    if it.index(env.caller) is None:
        raise Refused("NotMember", share, env.caller)
    return it


def put(registry: Registry, share: Share) -> Registry:
    """The registry with this share in its place."""
    shares = list(registry.shares)
    shares[share.id : share.id + 1] = [share]
    return replace(registry, shares=tuple(shares))


def unfit(rights: Rights, attribute_count: int) -> bool:
    """Whether there are bits that are not there, or an update bit that does not fit."""
    if rights.attributes >> attribute_count or rights.operations > 7:
        return True
    return bool(rights.operations & UPDATE) != (rights.attributes != 0)


def departed(it: Share, peer: Address) -> Share:
    """The share after a member has gone, with all that goes with it."""
    index = it.index(peer)
    assert index is not None
    members = (*it.members[:index], None, *it.members[index + 1 :])
    offers = {giver: to for giver, to in it.offers.items() if peer not in (giver, to)}
    return replace(
        it,
        members=members,
        awaited=it.awaited & ~(1 << index),
        columns=without(it.columns, peer),
        offers=offers,
        opener=it.authority if it.opener == peer else it.opener,
        requester=ZERO if it.requester == peer else it.requester,
    )


def closed_if_alone(it: Share, env: Env) -> tuple[Share, tuple[Event, ...]]:
    """The share, closed if one member is left."""
    if sum(member is not None for member in it.members) > 1:
        return it, NOTHING
    return closed(it, env)


def closed(it: Share, env: Env) -> tuple[Share, tuple[Event, ...]]:
    shut = replace(it, members=(), awaited=0, columns={}, offers={}, invitations={}, closed=True)
    return shut, (Event("ShareClosed", (it.id, env.caller)),)


def handed_over(it: Share, giver: Address, to: Address) -> Share:
    """The share after a peer has got all authority of another, whose offer has had its use."""
    authority = to if giver == it.authority else it.authority
    columns = without(it.columns, giver, to)
    if to != authority:
        columns[to] = it.columns_of(to) | it.columns_of(giver)
    return replace(it, authority=authority, columns=columns, offers=without(it.offers, giver))
