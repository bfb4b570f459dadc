"""How each share stands at a peer, for its operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bxc_runtime.machine import Phase
from bxc_runtime.records import OutboxState
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.store import SqlStore, Store


@dataclass(frozen=True, slots=True)
class ShareStatus:
    """``version`` is the agreed one; ``pending`` who asked for the next one, if somebody has; counts are of edits."""

    share: str
    phase: str
    version: int
    pending: str
    waiting: int
    held: int
    conflicts: int
    trouble: str

    @property
    def needs_a_person(self) -> bool:
        """Whether something is here that the loop cannot settle."""
        return bool(self.held or self.conflicts or self.trouble or self.phase == Phase.STUCK)

    def cells(self) -> tuple[Any, ...]:
        """As a row of a table."""
        return tuple(value if value != "" else "-" for value in asdict(self).values())

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "needs_a_person": self.needs_a_person}


def is_running(store: SqlStore) -> bool:
    """Whether a process of the peer is at work on the database: nobody else can then be alone with it."""
    try:
        store.connection.alone()
    except StoreError:
        return True
    return False


def share_statuses(store: Store, names: Mapping[str, str]) -> list[ShareStatus]:
    """The shares of a peer in order; ``names`` are the peers' by address."""
    clashes = store.archive.conflicts()
    found = []
    for number, end in store.site.shares.items():
        it = store.ledger.share(number)
        if it is None:
            found.append(ShareStatus(end.name, "unknown", 0, "", 0, 0, 0, "the chain has not been read yet"))
            continue
        counts = dict.fromkeys(OutboxState, 0)
        for entry in store.ledger.outbox(number):
            counts[entry.state] += len(entry.delta)
        inbox = store.ledger.inbox(number)
        by = store.site.peer if it.phase is Phase.REQUESTED else "" if inbox is None else inbox.by
        found.append(
            ShareStatus(
                end.name,
                it.phase.value,
                it.agreed,
                names.get(by, by),
                counts[OutboxState.WAITING] + counts[OutboxState.FROZEN],
                counts[OutboxState.HELD],
                sum(clash.share == number for clash in clashes),
                it.trouble,
            )
        )
    return found
