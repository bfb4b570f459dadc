"""The protocol of `docs/contract.md`, call by call: registry and environment → outcome, or `Refused`.

Each function has the errors in the page's order. It is written from the page alone, so that it and the generated
contract are two opinions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .membership import (
    close_share,
    declare_share,
    invite_member,
    join_share,
    leave_share,
    migrate_share,
    withdraw_invitation,
)
from .share_rules import NOTHING, acting, closed_if_alone, departed, found, handed_over, put, unfit
from .state import (
    CANCEL,
    EXCLUDE,
    MAX_UNCOMMITTED,
    MAX_VERSION,
    UPDATE,
    ZERO,
    Ack,
    Address,
    Env,
    Event,
    Outcome,
    Refused,
    Registry,
    Request,
    Rights,
    Share,
    Signature,
    link,
    without,
)

# --- requests ---------------------------------------------------------------------------------------------------------


def request_update(
    registry: Registry, env: Env, share: int, attributes: int, operations: int, content: bytes
) -> Outcome:
    it = acting(registry, env, share)
    if it.committed == 0:
        raise Refused("NotOpen", share)
    _nothing_pending(it)
    if it.last_block == env.block:
        raise Refused("OneRequestABlock", share)
    if not 0 < operations < 8 or bool(operations & UPDATE) != (attributes != 0):
        raise Refused("BadOperations", share, attributes, operations)
    held = it.rights(env.caller)
    lacking = (attributes & ~held.attributes, operations & ~held.operations)
    if any(lacking):
        raise Refused("NoRight", share, env.caller, *lacking)
    it, content_and_hash = _asked(env, it, attributes, operations, content)
    event = Event("UpdateRequested", (share, it.version, env.caller, attributes, operations, *content_and_hash))
    return Outcome(put(registry, it), (event,), it.version)


def request_updates(registry: Registry, env: Env, requests: Sequence[Request]) -> Outcome:
    return _each(registry, requests, lambda now, r: request_update(
        now, env, r.share, r.attributes, r.operations, r.content_hash
    ))  # fmt: skip


def open_share(registry: Registry, env: Env, share: int, content: bytes) -> Outcome:
    it = acting(registry, env, share)
    if env.caller != it.opener:
        raise Refused("NotOpener", share, env.caller)
    if it.committed:
        raise Refused("AlreadyOpen", share)
    _nothing_pending(it)
    if it.last_block == env.block:
        raise Refused("OneRequestABlock", share)
    it, content_and_hash = _asked(env, it, 0, 0, content)
    event = Event("ShareOpened", (share, it.version, env.caller, *content_and_hash))
    return Outcome(put(registry, it), (event,), it.version)


def _asked(env: Env, it: Share, attributes: int, operations: int, content: bytes) -> tuple[Share, tuple[bytes, bytes]]:
    """The share with a new pending version, and the hashes that its event tells."""
    if it.version == MAX_VERSION or it.version - it.committed == MAX_UNCOMMITTED:
        raise Refused("VersionsExhausted", it.id)
    version = it.version + 1
    update_hash = link(it.chain, it.id, version, env.caller, attributes, operations, content)
    own = it.index(env.caller)
    assert own is not None
    asked = replace(
        it,
        version=version,
        chain=update_hash,
        awaited=it.mask & ~(1 << own),
        requester=env.caller,
        last_block=env.block,
        last_time=env.time,
    )
    return asked, (content, update_hash)


# --- answers ----------------------------------------------------------------------------------------------------------


def ack(registry: Registry, env: Env, share: int, version: int, update_hash: bytes) -> Outcome:
    it = acting(registry, env, share)
    _pending(it, version, update_hash)
    it, events = _acknowledged(it, [env.caller])
    return Outcome(put(registry, it), events)


def acks(registry: Registry, env: Env, many: Sequence[Ack]) -> Outcome:
    return _each(registry, many, lambda now, a: ack(now, env, a.share, a.version, a.update_hash))


def ack_by_signature(
    registry: Registry, env: Env, share: int, version: int, update_hash: bytes, signatures: Sequence[Signature]
) -> Outcome:
    it = found(registry, share)
    _pending(it, version, update_hash)
    if not signatures:
        raise Refused("NothingAsked")
    signers: list[Address] = []
    for place, signature in enumerate(signatures):
        signer = env.judge(signature, Ack(share, version, update_hash))
        if signer is None or signer == ZERO:
            raise Refused("BadSignature", place)
        if it.index(signer) is None:
            raise Refused("NotMember", share, signer)
        if signer in signers:
            raise Refused("NotAwaited", share, signer)
        _awaited(it, signer)
        signers.append(signer)
    it, events = _acknowledged(it, signers)
    return Outcome(put(registry, it), events)


def reject(registry: Registry, env: Env, share: int, version: int, update_hash: bytes, reason: bytes) -> Outcome:
    it = acting(registry, env, share)
    _pending(it, version, update_hash)
    _awaited(it, env.caller)
    return Outcome(put(registry, replace(it, awaited=0)), (Event("Rejected", (share, version, env.caller, reason)),))


def _acknowledged(it: Share, peers: Sequence[Address]) -> tuple[Share, tuple[Event, ...]]:
    events = []
    for peer in peers:
        _awaited(it, peer)
        index = it.index(peer)
        assert index is not None
        it = replace(it, awaited=it.awaited & ~(1 << index))
        events.append(Event("Acked", (it.id, it.version, peer)))
    it, more = _committed(it)
    return it, (*events, *more)


def _committed(it: Share) -> tuple[Share, tuple[Event, ...]]:
    """The share after somebody ceased to be awaited: committed if nobody is."""
    if it.awaited:
        return it, ()
    return replace(it, committed=it.version), (Event("Committed", (it.id, it.version, it.chain)),)


def _pending(it: Share, version: int, update_hash: bytes) -> None:
    _something_pending(it)
    if (version, update_hash) != (it.version, it.chain):
        raise Refused("WrongUpdate", it.id, it.version, it.chain)


def _awaited(it: Share, peer: Address) -> None:
    if not it.awaits(peer):
        raise Refused("NotAwaited", it.id, peer)


def _something_pending(it: Share) -> None:
    if not it.awaited:
        raise Refused("NothingPending", it.id)


def _nothing_pending(it: Share) -> None:
    if it.awaited:
        raise Refused("UpdatePending", it.id, it.version)


# --- ends without every ack -------------------------------------------------------------------------------------------


def cancel(registry: Registry, env: Env, share: int) -> Outcome:
    it = found(registry, share)
    _something_pending(it)
    late = it.policy == CANCEL and it.due != 0 and env.time > it.due
    if env.caller not in (it.requester, it.authority) and not late:
        raise Refused("MayNotCancel", share, env.caller)
    return Outcome(put(registry, replace(it, awaited=0)), (Event("Cancelled", (share, it.version, env.caller)),))


def exclude(registry: Registry, env: Env, share: int, peer: Address) -> Outcome:
    it = found(registry, share)
    _something_pending(it)
    if env.caller != it.authority and it.policy != EXCLUDE:
        raise Refused("MayNotExclude", share, env.caller)
    if it.due == 0 or env.time <= it.due:
        raise Refused("DeadlineNotPassed", share, it.due)
    if peer == it.authority:
        raise Refused("AuthorityStays", share, peer)
    _awaited(it, peer)
    it, committed = _committed(departed(it, peer))
    it, closed = closed_if_alone(it, env)
    return Outcome(put(registry, it), (Event("PeerExcluded", (share, peer, env.caller)), *committed, *closed))


# --- authority --------------------------------------------------------------------------------------------------------


def set_rights(registry: Registry, env: Env, share: int, peer: Address, attributes: int, operations: int) -> Outcome:
    it = found(registry, share)
    _ruling(it, env.caller)
    _nothing_pending(it)
    index = it.index(peer)
    if index is None:
        raise Refused("NotMember", share, peer)
    new, old = Rights(attributes, operations), it.rights(peer)
    if unfit(new, it.attribute_count):
        raise Refused("BadRights", share, attributes, operations)
    foreign = (attributes ^ old.attributes) & ~it.columns_of(env.caller)
    of_rows = (operations ^ old.operations) & ~UPDATE
    if foreign or (of_rows and env.caller != it.authority):
        raise Refused("NotAuthority", share, env.caller)
    members = tuple(
        member if member is None or member.peer != peer else replace(member, rights=new) for member in it.members
    )
    event = Event("RightsSet", (share, peer, attributes, operations, env.caller))
    return Outcome(put(registry, replace(it, members=members)), (event,))


def offer_authority(registry: Registry, env: Env, share: int, peer: Address) -> Outcome:
    it = found(registry, share)
    _ruling(it, env.caller)
    if it.index(peer) is None:
        raise Refused("NotMember", share, peer)
    offers = without(it.offers, env.caller)
    if peer != env.caller:
        offers[env.caller] = peer
    event = Event("AuthorityOffered", (share, env.caller, peer))
    return Outcome(put(registry, replace(it, offers=offers)), (event,))


def accept_authority(registry: Registry, env: Env, share: int) -> Outcome:
    it = acting(registry, env, share)
    givers = [m.peer for m in it.members if m is not None and it.offers.get(m.peer) == env.caller]
    if not givers:
        raise Refused("NotOffered", share, env.caller)
    events = []
    for giver in givers:
        events.append(Event("AuthorityAccepted", (share, giver, env.caller, it.columns_of(giver))))
        it = handed_over(it, giver, env.caller)
    return Outcome(put(registry, it), tuple(events))


def _ruling(it: Share, peer: Address) -> None:
    if not it.rules(peer):
        raise Refused("NotAuthority", it.id, peer)


# --- all calls --------------------------------------------------------------------------------------------------------


def _each(registry: Registry, items: Sequence[Any], call: Callable[[Registry, Any], Outcome]) -> Outcome:
    """All or none."""
    if not items:
        raise Refused("NothingAsked")
    events: tuple[Event, ...] = NOTHING
    for item in items:
        outcome = call(registry, item)
        registry, events = outcome.registry, events + outcome.events
    return Outcome(registry, events)


CALLS: dict[str, Callable[..., Outcome]] = {
    "requestUpdate": request_update,
    "requestUpdates": request_updates,
    "ack": ack,
    "acks": acks,
    "ackBySignature": ack_by_signature,
    "reject": reject,
    "cancel": cancel,
    "exclude": exclude,
    "setRights": set_rights,
    "offerAuthority": offer_authority,
    "acceptAuthority": accept_authority,
    "openShare": open_share,
    "declareShare": declare_share,
    "inviteMember": invite_member,
    "withdrawInvitation": withdraw_invitation,
    "joinShare": join_share,
    "leaveShare": leave_share,
    "closeShare": close_share,
    "migrateShare": migrate_share,
}


def call(registry: Registry, env: Env, name: str, args: Sequence[Any]) -> Outcome | Refused:
    """What a call does, or the error with which it reverts."""
    try:
        return CALLS[name](registry, env, *args)
    except Refused as refused:
        return refused
