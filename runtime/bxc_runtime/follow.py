"""The contract's events → the records of the shares that they are about, in the order of the chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bxc_runtime import machine
from bxc_runtime.chains.protocol import Chain
from bxc_runtime.content_hash import EMPTY
from bxc_runtime.delta import NOTHING, Extent
from bxc_runtime.landing import come_back
from bxc_runtime.links import first_link, link
from bxc_runtime.local import OWN_REASONS, freed
from bxc_runtime.machine import HELD_UP, ONLOOKING, Own, Phase
from bxc_runtime.moves import advance, keep_local, read_local
from bxc_runtime.records import Cursor, EventRecord, InboxEntry, ShareRecord, VersionRecord
from bxc_runtime.sequence import SequenceError, check_sequence
from bxc_runtime.stores.store import Store

SPAN = 1_000  # blocks that a node is asked for at once
BATCH = 100  # events of a share that are followed in one transaction
LAST = "last:"  # settings: block and place of the last event of a share
NOWHERE = (-1, -1)
ZERO = "0x" + "00" * 20


class ForkError(Exception):
    """The chain has left out a block that was taken for settled: a person has to look."""


def read_chain(store: Store, chain: Chain, confirmations: int, start: int) -> bool:
    """Queue the events of blocks that are deep enough; whether there were any. ``start`` is the contract's block.

    ForkError if settled blocks have gone, SequenceError if the events do not follow from those before.
    """
    cursor = store.ledger.cursor()
    settled = chain.head().number - confirmations + 1
    if cursor is not None:
        block = chain.block(cursor.block)
        if block is None or block.hash != cursor.block_hash:
            if block is None and settled < cursor.block:
                return False  # the node is behind where it was, and may come back
            raise ForkError(f"block {cursor.block} is not {cursor.block_hash} any more")
    first = start if cursor is None else cursor.block + 1
    if settled < first:
        return False
    try:
        return _read(store, chain, first, settled)
    except SequenceError:
        # The node may have left something out before. What is known was checked, so all after it is read again.
        known = _last_known(store, store.site.shares)
        return _read(store, chain, max(start, min((block for block, _ in known.values()), default=start)), settled)


def _read(store: Store, chain: Chain, first: int, settled: int) -> bool:
    news = False
    while first <= settled:
        last = min(first + SPAN - 1, settled)
        end = chain.block(last)
        if end is None:
            return news
        found = [event for event in chain.events(first, last) if event.share in store.site.shares]
        known = _last_known(store, {event.share for event in found})
        found = [event for event in found if (event.block, event.index) > known.get(event.share, NOWHERE)]
        again = chain.block(last)
        if again is None or again.hash != end.hash:
            return news  # the chain changed while it was read
        check_sequence(store, found)
        if found or last == settled:
            with store.transaction("events"):
                store.ledger.add_events(found)
                store.ledger.keep_cursor(Cursor(last, end.hash))
                for share, event in {event.share: event for event in found}.items():
                    store.ledger.keep_setting(f"{LAST}{share}", f"{event.block} {event.index}")
        news |= bool(found)
        first = last + 1
    return news


def _last_known(store: Store, shares: Iterable[int]) -> dict[int, tuple[int, int]]:
    """By share, block and place of the last event that was queued."""
    found = {}
    for share in shares:
        block, _, place = (store.ledger.setting(f"{LAST}{share}") or "-1 -1").partition(" ")
        found[share] = (int(block), int(place))
    return found


def follow(store: Store, me: str, share: int) -> list[EventRecord]:
    """Follow queued events of a share as far as its records allow; those that were."""
    events = store.ledger.events(share, BATCH)
    done: list[EventRecord] = []
    if events:
        it = store.ledger.share(share)
        if it is not None and it.phase in HELD_UP:
            return []
        with store.transaction("follow"):
            it = store.ledger.share(share)
            for event in events:
                if it is not None and it.phase in HELD_UP:
                    break
                it = _follow(store, me, it, event)
                store.ledger.forget_event(event)
                done.append(event)
    return done


def _follow(store: Store, me: str, it: ShareRecord | None, event: EventRecord) -> ShareRecord:
    if event.name == "ShareDeclared":
        return _declared(store, event)
    assert it is not None, "a share is declared before anything else happens to it"
    match event.name:
        case "ShareOpened" | "UpdateRequested":
            return _requested(store, me, it, event)
        case "Acked":
            peer = _text(event, "peer")
            store.archive.add_ack(it.id, _number(event, "version"), peer, event.block, event.time)
            return advance(store, it, machine.Answered()) if peer == me else it
        case "Committed":
            return _committed(store, it)
        case "Rejected":
            reason = _reason(_octets(event, "reason"))
            _outcome(store, it, "rejected", f"{reason} by {_text(event, 'peer')}")
            return advance(store, it, machine.Ended(reason))
        case "Cancelled":
            by = _text(event, "by")
            _outcome(store, it, "cancelled", f"by {by}")
            vain = by == it.authority and by != me
            return advance(store, it, machine.Ended("cancelled" if vain else ""))
        case _:
            return _membership(store, me, it, event)


def _membership(store: Store, me: str, it: ShareRecord, event: EventRecord) -> ShareRecord:
    match event.name:
        case "MemberJoined":
            peer = _text(event, "peer")
            store.ledger.add_member(it.id, peer, _number(event, "index"))
            if peer != me:
                return it
            opened = any(v.outcome == "committed" for v in store.archive.versions(it.id))
            if it.agreed:
                come_back(store, it)
            store.ledger.clear_agreed(it.id)
            return advance(store, it, machine.Joined(opened), agreed=0, lanes=EMPTY.lanes)
        case "MemberLeft" | "PeerExcluded":
            peer = _text(event, "peer")
            store.ledger.remove_member(it.id, peer)
            return advance(store, it, machine.Left()) if peer == me else it
        case "RightsSet":
            if _text(event, "peer") != me:
                return it
            return _rights(store, it, Extent(_number(event, "attributes"), _number(event, "operations")))
        case "AuthorityAccepted":
            if _text(event, "from") == it.authority:
                it = replace(it, authority=_text(event, "to"))
                store.ledger.keep_share(it)
            return it
        case "ShareClosed":
            return advance(store, it, machine.Closed())
        case _:
            return it  # invitations, offers, where a share has gone: nothing that a peer keeps


def _declared(store: Store, event: EventRecord) -> ShareRecord:
    end = store.site.shares[event.share]
    fits = _octets(event, "schemaHash") == end.schema_hash
    it = ShareRecord(
        event.share,
        end.name,
        Phase.GONE,
        Own.NONE,
        0,
        0,
        b"",
        EMPTY.lanes,
        NOTHING,
        _text(event, "opener"),
        _text(event, "authority"),
        _number(event, "deadline"),
        _number(event, "policy"),
        first_link(bytes.fromhex(store.site.digest), event.share),
        "" if fits else "the contract has another schema of this share than the generated files",
    )
    store.ledger.keep_share(it)
    return it


def _requested(store: Store, me: str, it: ShareRecord, event: EventRecord) -> ShareRecord:
    opening = event.name == "ShareOpened"
    version, by = _number(event, "version"), _text(event, "by")
    asked = NOTHING if opening else Extent(_number(event, "attributes"), _number(event, "operations"))
    content, update = _octets(event, "contentHash"), _octets(event, "updateHash")
    it = replace(it, version=version, chain_hash=update, trouble=_linked(it, version, by, asked, content, update))
    store.archive.keep_version(
        VersionRecord(it.id, version, "pending", by, asked, content, update, event.block, event.time)
    )
    if by != me:
        due = event.time + it.deadline if it.deadline else 0
        if it.phase not in ONLOOKING:
            store.ledger.keep_inbox(InboxEntry(it.id, version, update, by, asked, content, opening, due))
        return advance(store, it, machine.Requested(mine=False, known=False))
    local = read_local(store, it.id)
    known = local.frozen is not None and (local.frozen.version, local.frozen.content_hash) == (version, content)
    if known:
        assert local.frozen is not None
        keep_local(store, it.id, replace(local, frozen=replace(local.frozen, update_hash=update)))
    elif it.phase not in ONLOOKING:
        due = event.time + it.deadline if it.deadline else 0
        store.ledger.keep_inbox(InboxEntry(it.id, version, update, by, asked, content, opening, due))
    return advance(store, it, machine.Requested(mine=True, known=known))


def _linked(it: ShareRecord, version: int, by: str, asked: Extent, content: bytes, update: bytes) -> str:
    """Trouble, if the chain's own hash does not lead from the last version to this one."""
    wanted = link(it.chain_hash, it.id, version, by, asked.attributes, asked.operations, content)
    return it.trouble if wanted == update else f"version {version} does not follow from the versions before"


def _committed(store: Store, it: ShareRecord) -> ShareRecord:
    _outcome(store, it, "committed", "")
    entry = store.ledger.inbox(it.id)
    return advance(store, it, machine.Committed(here=entry is not None and entry.delta is not None))


def _reason(octets: bytes) -> str:
    """Why somebody has rejected, as far as that is a plain word: it may be anything, and is shown on screens.

    Never empty: who rejects is not asked the same again.
    """
    text = octets.decode("ascii", "ignore")
    return "".join(sign for sign in text if sign.isalnum() or sign in " -_.") or "unknown"


def _outcome(store: Store, it: ShareRecord, outcome: str, reason: str) -> None:
    known = store.archive.version(it.id, it.version)
    assert known is not None
    store.archive.keep_version(replace(known, outcome=outcome, reason=reason))


def _rights(store: Store, it: ShareRecord, rights: Extent) -> ShareRecord:
    """Other rights for this peer: edits that were held for want of one wait again, and so do those not asked for."""
    it = replace(it, rights=rights)
    store.ledger.keep_share(it)
    if it.own is Own.FROZEN and it.agreed:
        it = advance(store, it, machine.Failed())
    store.lens.set_rights(store.site.shares[it.id], rights)
    local = read_local(store, it.id)
    keep_local(store, it.id, freed(local, lambda reason: reason in OWN_REASONS))
    return it


def _number(event: EventRecord, name: str) -> int:
    value = event.arguments[name]
    assert isinstance(value, int)
    return value


def _text(event: EventRecord, name: str) -> str:
    value = event.arguments[name]
    assert isinstance(value, str)
    return value


def _octets(event: EventRecord, name: str) -> bytes:
    value = event.arguments[name]
    assert isinstance(value, bytes)
    return value
