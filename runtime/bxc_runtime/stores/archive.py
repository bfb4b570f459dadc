"""The records that tell of the past, and of what is on its way to the chain: history, acks, conflicts, transactions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bxc_runtime.delta import Extent
from bxc_runtime.records import Conflict, TransactionRecord, TransactionState, VersionRecord
from bxc_runtime.stores.connection import Connection
from bxc_runtime.stores.ledger import marks

HISTORY = (
    "share, version, outcome, requester, attributes, operations, content_hash, update_hash, block, block_time, reason, "
    "delta, row_before"
)
CONFLICT = "id, share, version, row_key, field, local_value, agreed_value, resolved"
TRANSACTION = "hash, nonce, raw, purpose, state, tries, next_try"


class Archive:
    """See `Ledger`; transactions are the caller's."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # --- versions -----------------------------------------------------------------------------------------------------

    def version(self, share: int, version: int) -> VersionRecord | None:
        """One version of a share."""
        sql = f"select {HISTORY} from bxc_history where share = ? and version = ?"
        found = self._db.query(sql, (share, version))
        return _version(found[0]) if found else None

    def versions(self, share: int) -> list[VersionRecord]:
        """All versions of a share, in order."""
        found = self._db.query(f"select {HISTORY} from bxc_history where share = ? order by version", (share,))
        return [_version(row) for row in found]

    def latest(self, share: int, most: int, below: int) -> list[VersionRecord]:
        """The latest versions below one, in order, without their rows."""
        columns = HISTORY.replace("delta, row_before", "null, null")
        sql = f"select {columns} from bxc_history where share = ? and version < ? order by version desc limit {most}"
        return [_version(row) for row in reversed(self._db.query(sql, (share, below)))]

    def outcomes(self, share: int, above: int = 0) -> dict[str, int]:
        """How many versions above one have ended how."""
        sql = "select outcome, count(*) from bxc_history where share = ? and version > ? group by outcome"
        return {str(outcome): int(count) for outcome, count in self._db.query(sql, (share, above))}

    def keep_version(self, it: VersionRecord) -> None:
        """Write a version in the place of what was known of it before."""
        self._db.write("delete from bxc_history where share = ? and version = ?", (it.share, it.version))
        self._db.write(
            f"insert into bxc_history ({HISTORY}) values ({marks(HISTORY)})",
            (
                it.share, it.version, it.outcome, it.by, hex(it.extent.attributes), it.extent.operations,
                it.content_hash, it.update_hash, it.block, it.time, it.reason, it.delta, it.before,
            ),
        )  # fmt: skip

    def forget_deltas(self, share: int, below: int) -> None:
        """Drop the rows of versions below one; who, when and which attributes stays."""
        sql = "update bxc_history set delta = null, row_before = null where share = ? and version < ?"
        self._db.write(sql, (share, below))

    def add_ack(self, share: int, version: int, address: str, block: int, time: int) -> None:
        """Note who acknowledged."""
        self._db.write("delete from bxc_ack where share = ? and version = ? and address = ?", (share, version, address))
        sql = "insert into bxc_ack (share, version, address, block, block_time) values (?, ?, ?, ?, ?)"
        self._db.write(sql, (share, version, address, block, time))

    def acks(self, share: int) -> dict[int, list[tuple[str, int]]]:
        """By version: who acknowledged, and when."""
        found: dict[int, list[tuple[str, int]]] = {}
        sql = "select version, address, block_time from bxc_ack where share = ? order by version, block, address"
        for version, address, time in self._db.query(sql, (share,)):
            found.setdefault(version, []).append((address, time))
        return found

    def acks_of(self, share: int, version: int) -> list[str]:
        """Who acknowledged a version."""
        sql = "select address from bxc_ack where share = ? and version = ? order by block, address"
        return [str(address) for (address,) in self._db.query(sql, (share, version))]

    # --- conflicts ----------------------------------------------------------------------------------------------------

    def add_conflicts(self, conflicts: Iterable[Conflict]) -> None:
        """Note what gave way; numbers are given here."""
        ((last,),) = self._db.query("select coalesce(max(id), 0) from bxc_conflict")
        for number, it in enumerate(conflicts, last + 1):
            self._db.write(
                f"insert into bxc_conflict ({CONFLICT}) values ({marks(CONFLICT)})",
                (number, it.share, it.version, it.key, it.column, it.local, it.agreed, it.resolved),
            )

    def conflicts(self, *, open_only: bool = True) -> list[Conflict]:
        """What gave way, the oldest first."""
        where = " where resolved = ''" if open_only else ""
        return [Conflict(*row) for row in self._db.query(f"select {CONFLICT} from bxc_conflict{where} order by id")]

    def conflict_counts(self) -> dict[int, tuple[int, int]]:
        """By share: how many local values gave way, and of how many of them nobody has settled it."""
        sql = "select share, count(*), sum(case when resolved = '' then 1 else 0 end) from bxc_conflict group by share"
        return {int(share): (int(all_), int(open_)) for share, all_, open_ in self._db.query(sql)}

    def resolve(self, number: int, how: str) -> None:
        """Note how a conflict was settled: `local` or `agreed`."""
        self._db.write("update bxc_conflict set resolved = ? where id = ?", (how, number))

    # --- transactions -------------------------------------------------------------------------------------------------

    def transactions(self) -> list[TransactionRecord]:
        """Those whose outcome is not known, in the order of their nonces."""
        sql = f"select {TRANSACTION} from bxc_transaction where state in ('signed', 'sent', 'raised') order by nonce"
        return [_transaction(row) for row in self._db.query(sql)]

    def last_nonce(self) -> int | None:
        """The greatest nonce that was used; lost ones do not count."""
        ((found,),) = self._db.query("select max(nonce) from bxc_transaction where state <> 'lost'")
        return None if found is None else int(found)

    def keep_transaction(self, it: TransactionRecord) -> None:
        """Write a transaction in the place of what was known of it."""
        self._db.write("delete from bxc_transaction where hash = ?", (it.hash,))
        self._db.write(
            f"insert into bxc_transaction ({TRANSACTION}) values ({marks(TRANSACTION)})",
            (it.hash, it.nonce, it.raw, it.purpose, it.state.value, it.tries, it.next_try),
        )


def _version(row: tuple[Any, ...]) -> VersionRecord:
    share, version, outcome, by, attributes, operations, content, update, block, time, reason, delta, before = row
    return VersionRecord(
        share,
        version,
        outcome,
        by,
        Extent(int(attributes, 16), operations),
        bytes(content),
        bytes(update),
        block,
        time,
        reason,
        None if delta is None else bytes(delta),
        None if before is None else bytes(before),
    )


def _transaction(row: tuple[Any, ...]) -> TransactionRecord:
    number, nonce, raw, purpose, state, tries, next_try = row
    return TransactionRecord(number, nonce, bytes(raw), purpose, TransactionState(state), tries, next_try)
