"""Local edits → the outbox, and from there the next request of a share."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from bxc_runtime import machine
from bxc_runtime.content_hash import EMPTY, SALT_BYTES, ContentState
from bxc_runtime.delta import Delta, DeltaError, Shape, images
from bxc_runtime.local import Local, absorbed, publishable
from bxc_runtime.machine import Own, Phase
from bxc_runtime.moves import (
    advance,
    base_of,
    change_of,
    content_digest,
    hasher,
    keep_local,
    read_local,
)
from bxc_runtime.parts import parted
from bxc_runtime.records import Conflict, OutboxEntry, OutboxState, ShareRecord
from bxc_runtime.stores.store import Store
from bxc_runtime.wire import row_text, row_texts

BATCH = 5_000
BACK = "back:"  # settings: shares that this peer has been a member of before
OPENING = "open:"  # settings: shares that this peer's operator has asked to open


def capture(store: Store) -> Mapping[int, int]:
    """Write down what users have edited since the last time: the number of edits by share."""
    if not store.lens.may_have_news():
        return {}
    with store.transaction("capture"):
        found = store.lens.capture()
        for share, delta in found.items():
            absorb(store, share, delta)
    return {share: len(delta) for share, delta in found.items()}


def absorb(store: Store, share: int, captured: Delta, cause: str = "") -> None:
    """Add captured edits to a share's outbox, in the caller's transaction.

    A share that does not listen takes none.
    """
    it = store.ledger.share(share)
    if it is not None and it.phase is Phase.JOINING and store.ledger.setting(f"{BACK}{share}") == "yes":
        store.archive.add_conflicts(_lost(it, captured, store.site.shares[share].shape))
    if it is None or it.phase is Phase.JOINING or not it.listens:
        return
    local, end = read_local(store, share), store.site.shares[share]
    base = base_of(store, end, local, captured)
    keep_local(store, share, absorbed(local, captured, base, end.shape, cause))


def _lost(it: ShareRecord, captured: Delta, shape: Shape) -> Iterator[Conflict]:
    """Edits that give way to the content that a peer which joins again is waiting for."""
    for edit in captured:
        key = shape.key_of(edit.new) if edit.new is not None else edit.old
        assert key is not None
        new = "null" if edit.new is None else row_text(edit.new)
        yield Conflict(0, it.id, it.version, row_text(key), "", new, "null")


def freeze(store: Store, share: int) -> None:
    """Make the publishable waiting edits of a quiet share the delta of its next request."""
    it = store.ledger.share(share)
    if it is None or it.phase is not Phase.IDLE or it.own is not Own.NONE:
        return
    if not any(entry.state is OutboxState.WAITING for entry in store.ledger.outbox(share)):
        return
    with store.transaction("freeze"):
        end, local = store.site.shares[share], read_local(store, share)
        base = base_of(store, end, local)
        found = None
        with suppress(DeltaError):
            found = images(local.waiting, base, end.shape)
        delta, extent, left = publishable(local, it.rights, base, end.shape, end.computed_at(store.site.peer), found)
        if not delta:
            keep_local(store, share, left)
            return
        delta, rest = parted(delta, end.shape)
        if rest:  # it waits, and is asked for next; this request declares what its own part does
            only = Local(None, delta, ())
            delta, extent, _ = publishable(only, it.rights, base, end.shape, end.computed_at(store.site.peer))
        version = it.version + 1
        change = change_of(store, end, it, delta, found if delta is local.waiting else None)
        content = content_digest(end, change.lanes, version)
        frozen = OutboxEntry(
            share, OutboxState.FROZEN, delta, version=version, content_hash=content, extent=extent, cause=local.cause
        )
        keep_local(store, share, Local(frozen, rest, left.held, local.cause if rest else ""))
        advance(store, it, machine.Frozen())


def ask_to_open(store: Store, share: int) -> None:
    """Note that the operator wants a share opened with what the view shows, whatever became of it before."""
    with store.transaction("ask to open"):
        store.ledger.keep_setting(f"{OPENING}{share}", "again")


def freeze_opening(store: Store, me: str, share: int) -> None:
    """Make what the view shows the first version of a share that this peer opens, once the operator has said so."""
    it, wish = store.ledger.share(share), store.ledger.setting(f"{OPENING}{share}")
    if it is None or it.phase is not Phase.UNOPENED or it.own is not Own.NONE or it.opener != me:
        return
    if wish != "again" and (wish != "yes" or it.trouble):
        return
    with store.transaction("freeze"):
        store.ledger.keep_setting(f"{OPENING}{share}", "yes")
        for other, delta in store.lens.capture().items():  # what has been edited so far is part of what the view shows
            if other != share:
                absorb(store, other, delta)
        it = replace(it, salt=it.salt or secrets.token_bytes(SALT_BYTES), trouble="")
        it = replace(it, lanes=_content(store, it).lanes)
        version = it.version + 1
        content = content_digest(store.site.shares[share], it.lanes, version)
        frozen = OutboxEntry(share, OutboxState.FROZEN, (), version=version, content_hash=content)
        keep_local(store, share, Local(frozen, (), ()))
        advance(store, it, machine.Frozen())


def _content(store: Store, it: ShareRecord) -> ContentState:
    """Copy what the view shows to the agreed content, and hash it, some rows at a time."""
    end = store.site.shares[it.id]
    store.ledger.clear_agreed(it.id)
    state, rows, hashing = EMPTY, store.lens.rows(end), hasher(end, it)
    while batch := list(islice(rows, BATCH)):
        state = hashing.add(state, batch)
        keys = row_texts(end.shape.keys_of(batch))
        store.ledger.add_agreed(it.id, dict(zip(keys, row_texts(batch), strict=True)))
    return state
