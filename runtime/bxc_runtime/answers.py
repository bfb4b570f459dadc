"""What a peer tells others of its shares: members of a share, and nobody else.

A stranger, a member of another share and a share that is not there get the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc_runtime.machine import OVER
from bxc_runtime.records import OutboxState, ShareRecord
from bxc_runtime.stores.store import Store
from bxc_runtime.wire import pack_kept

NOT_FOUND, CONFLICT, GONE = 404, 409, 410


class DeniedError(Exception):
    """No answer. ``status`` is HTTP's: 404 for all that the asker may not know, 409 too early, 410 kept no longer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def _share(store: Store, asker: str, share: int) -> ShareRecord:
    it, members = store.ledger.share(share), store.ledger.members(share)  # both, so that all denials take as long
    if it is None or it.phase in OVER or asker not in members:
        raise DeniedError(NOT_FOUND)
    return it


def salt(store: Store, asker: str, share: int) -> bytes:
    """A share's salt, for its members."""
    it = _share(store, asker, share)
    if not it.salt:
        raise DeniedError(CONFLICT)
    return it.salt


def delta(store: Store, asker: str, share: int, version: int) -> bytes:
    """The packed delta of a version: pending by this peer, or committed and still kept."""
    _share(store, asker, share)
    for entry in store.ledger.outbox(share):
        if entry.state is OutboxState.FROZEN and entry.version == version and entry.delta:
            return pack_kept(entry.delta, store.site.shares[share].shape)
    known = store.archive.version(share, version)
    if known is None or known.outcome != "committed":
        raise DeniedError(NOT_FOUND)
    if known.delta is None:
        raise DeniedError(GONE)
    return known.delta


def content(store: Store, asker: str, share: int, version: int) -> Iterator[str]:
    """The rows of a version, as lines, if it is the one that is agreed or that this peer is opening the share with."""
    it = _share(store, asker, share)
    opening = it.agreed == 0 and any(
        entry.state is OutboxState.FROZEN and entry.version == version for entry in store.ledger.outbox(share)
    )
    if it.agreed != version and not opening:
        raise DeniedError(CONFLICT)
    return store.ledger.agreed_texts(share)
