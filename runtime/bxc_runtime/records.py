"""What a peer keeps in its own database besides rows: one frozen record for each thing that must outlive a crash.

`docs/runtime.md` lists the tables that hold them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bxc_runtime.delta import NOTHING, Delta, Extent
from bxc_runtime.machine import OVER, Own, Phase


class OutboxState(StrEnum):
    """Where local edits of a share stand."""

    WAITING = "waiting"  # to become part of the next request
    FROZEN = "frozen"  # the delta of a request that is being made: it does not change any more
    HELD = "held"  # not to be published as they are; ``reason`` says why


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """Local edits of a share.

    Frozen ones speak of the agreed content; waiting and held ones of what it is after the frozen ones, and have no row
    in common. ``cause`` names the share and version whose put made them, if no user did.
    """

    share: int
    state: OutboxState
    delta: Delta
    reason: str = ""
    version: int = 0
    content_hash: bytes = b""
    update_hash: bytes = b""
    extent: Extent = NOTHING
    cause: str = ""


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A request of another peer: what the chain says of it, the delta once it is here, and the answer once decided.

    ``delta`` is packed (`bxc_runtime.wire`); of a version that opens a share it is empty, and its rows lie in
    `bxc_agreed`. ``answer`` is `ack` or the reason for a reject.
    """

    share: int
    version: int
    update_hash: bytes
    by: str
    extent: Extent
    content_hash: bytes
    opening: bool
    due: int = 0
    delta: bytes | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last block whose events are in `bxc_event`."""

    block: int
    block_hash: str


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """A share at this peer. ``phase`` and ``own`` are the state machine's.

    ``version`` is the last that was asked for on the chain, ``agreed`` that of the content in `bxc_agreed`; ``lanes``
    is its content state, ``salt`` empty as long as it is not known. ``rights`` are this peer's.
    """

    id: int
    name: str
    phase: Phase
    own: Own
    version: int
    agreed: int
    salt: bytes
    lanes: bytes
    rights: Extent
    opener: str
    authority: str
    deadline: int
    policy: int
    chain_hash: bytes
    trouble: str = ""

    @property
    def listens(self) -> bool:
        """Whether what users edit is noted; not before a share is open: its first version is what is shown by then."""
        if self.phase is Phase.JOINING:
            return True
        return self.phase not in OVER and (self.agreed > 0 or self.own is not Own.NONE)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A local value that gave way to an agreed one; ``column`` empty for a whole row. Values are JSON."""

    id: int
    share: int
    version: int
    key: str
    column: str
    local: str
    agreed: str
    resolved: str = ""


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A version of a share, as it ended: `committed`, `rejected`, `cancelled`, or `pending` until it has.

    ``delta`` leads from the version before to this one, ``before`` holds the rows that it took away (`wire` both); both
    are None where they were never here or are kept no longer.
    """

    share: int
    version: int
    outcome: str
    by: str
    extent: Extent
    content_hash: bytes
    update_hash: bytes
    block: int
    time: int
    reason: str = ""
    delta: bytes | None = None
    before: bytes | None = None


class TransactionState(StrEnum):
    """Where a signed transaction stands. The first two are sent again until they are one of the others."""

    SIGNED = "signed"
    SENT = "sent"
    RAISED = "raised"  # signed again with a higher fee: either of both may get into a block
    DONE = "done"
    FAILED = "failed"  # in a block, without effect
    LOST = "lost"  # its nonce was used by another one
    REPLACED = "replaced"  # the same one with another fee is in a block


@dataclass(frozen=True, slots=True)
class TransactionRecord:
    """A transaction, recorded before it is sent. ``purpose`` is the call, then `share:version` of each part."""

    hash: str
    nonce: int
    raw: bytes
    purpose: str
    state: TransactionState
    tries: int = 0
    next_try: float = 0.0

    @property
    def call(self) -> str:
        """The contract's function."""
        return self.purpose.split()[0]

    @property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """Share and version of each part."""
        pairs = (part.split(":") for part in self.purpose.split()[1:])
        return tuple((int(share), int(version)) for share, version in pairs)


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event of the contract, in the order of the chain. ``arguments`` by name, hashes as octets."""

    block: int
    index: int
    time: int
    share: int
    name: str
    arguments: dict[str, int | str | bytes]
