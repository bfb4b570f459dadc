"""A peer as its operator looks at it: the records of all shares → how each stands, and what is running now.

No value of a row is in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bxc_runtime.machine import Own, Phase
from bxc_runtime.records import OutboxState, ShareRecord, VersionRecord
from bxc_runtime.site import ShareEnd
from bxc_runtime.stores.store import Store

AT_REST = (Phase.UNOPENED, Phase.IDLE, Phase.GONE, Phase.CLOSED)
COMMITTED, REJECTED, PENDING = "committed", "rejected", "pending"
NEVER_READ = "the chain has not been read yet"


@dataclass(frozen=True, slots=True)
class Pending:
    """A version that is being asked for. ``since`` and ``due`` are seconds since 1970; ``due`` 0: no deadline.

    ``missing`` are the members who have not acknowledged it, as far as this peer has followed the chain.
    """

    version: int
    by: str
    since: int
    due: int
    attributes: tuple[str, ...]
    acked: tuple[str, ...]
    missing: tuple[str, ...]

    def age(self, now: float) -> float:
        """Seconds since its block."""
        return max(0.0, now - self.since)


@dataclass(frozen=True, slots=True)
class ShareView:
    """A share at this peer; peers by name.

    ``version`` is the agreed one, ``asked`` the last that was asked for on the chain, ``lag`` how many committed
    versions this peer has not put yet. ``waiting``, ``frozen``, ``held`` and ``conflicts`` are counts of what is open;
    ``rejected`` and ``gave_way`` of all that ever was. ``causes`` are the shares whose puts brought about edits here
    that are no version yet.
    """

    id: int
    name: str
    phase: str
    version: int
    asked: int
    lag: int
    members: tuple[str, ...]
    pending: Pending | None
    waiting: int
    frozen: int
    held: int
    conflicts: int
    rejected: int
    gave_way: int
    causes: tuple[str, ...]
    trouble: str
    running: bool

    @property
    def needs_a_person(self) -> bool:
        """Whether something is here that the loop cannot settle."""
        return bool(self.held or self.conflicts or self.trouble or self.phase == Phase.STUCK)


@dataclass(frozen=True, slots=True)
class Overview:
    """All shares of a peer; ``block`` is the last one whose events are here, ``transactions`` are under way."""

    peer: str
    shares: tuple[ShareView, ...]
    block: int
    transactions: int

    @property
    def cascade_depth(self) -> int:
        """The longest chain of shares here each of which has edits under way that a put of the one before made."""
        causes = {share.name: share.causes for share in self.shares}
        return max((_depth(name, causes, ()) for name in causes), default=0)


def overview(store: Store, names: Mapping[str, str]) -> Overview:
    """How all shares of a peer stand; ``names`` are the peers' by address."""
    counts = store.archive.conflict_counts()
    shares = tuple(_share(store, end, names, counts.get(number, (0, 0))) for number, end in store.site.shares.items())
    cursor = store.ledger.cursor()
    block = 0 if cursor is None else cursor.block
    return Overview(store.site.peer, shares, block, len(store.archive.transactions()))


def _share(store: Store, end: ShareEnd, names: Mapping[str, str], conflicts: tuple[int, int]) -> ShareView:
    gave_way, unsettled = conflicts
    it = store.ledger.share(end.id)
    if it is None:
        return ShareView(
            end.id, end.name, "unknown", 0, 0, 0, end.members, None, 0, 0, 0, unsettled, 0, gave_way, (), NEVER_READ,
            running=False,
        )  # fmt: skip
    counts, causes = dict.fromkeys(OutboxState, 0), []
    for state, cause, edits in store.ledger.outbox_counts(it.id):
        counts[state] += edits
        if cause and state is not OutboxState.HELD:
            causes.append(cause.rpartition(" ")[0])
    outcomes, later = store.archive.outcomes(it.id), store.archive.outcomes(it.id, it.agreed)
    queued = sum(event.name == "Committed" for event in store.ledger.events(it.id))
    members = store.ledger.members(it.id)
    return ShareView(
        it.id,
        it.name,
        it.phase.value,
        it.agreed,
        it.version,
        later.get(COMMITTED, 0) + queued,
        tuple(names.get(address, address) for address in members),
        _pending(store, it, end, members, names),
        counts[OutboxState.WAITING],
        counts[OutboxState.FROZEN],
        counts[OutboxState.HELD],
        unsettled,
        outcomes.get(REJECTED, 0),
        gave_way,
        tuple(dict.fromkeys(causes)),
        it.trouble,
        it.phase not in AT_REST or it.own is not Own.NONE or counts[OutboxState.WAITING] > 0,
    )


def _pending(
    store: Store, it: ShareRecord, end: ShareEnd, members: Mapping[str, int], names: Mapping[str, str]
) -> Pending | None:
    version: VersionRecord | None = next(iter(store.archive.latest(it.id, 1, it.version + 1)), None)
    if version is None or version.outcome != PENDING:
        return None
    acked = store.archive.acks_of(it.id, version.version)
    missing = [address for address in members if address != version.by and address not in acked]
    inbox = store.ledger.inbox(it.id)
    return Pending(
        version.version,
        names.get(version.by, version.by),
        version.time,
        0 if inbox is None or inbox.version != version.version else inbox.due,
        tuple(name for bit, name in enumerate(end.shape.columns) if version.extent.attributes >> bit & 1),
        tuple(names.get(address, address) for address in acked),
        tuple(names.get(address, address) for address in missing),
    )


def _depth(share: str, causes: Mapping[str, tuple[str, ...]], seen: tuple[str, ...]) -> int:
    if share in seen:
        return 0
    return max((1 + _depth(cause, causes, (*seen, share)) for cause in causes.get(share, ())), default=0)
