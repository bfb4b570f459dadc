"""The runtime's records in a peer's database: `bxc_runtime.records` ↔ rows of the tables of `tables`.

Nothing here begins or ends a transaction: what belongs together is written together by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bxc_runtime.delta import Extent, Key, Lookup, Row, Shape
from bxc_runtime.machine import Own, Phase
from bxc_runtime.records import (
    Cursor,
    EventRecord,
    InboxEntry,
    OutboxEntry,
    OutboxState,
    ShareRecord,
)
from bxc_runtime.stores.connection import Connection
from bxc_runtime.wire import count_kept, pack_kept, portions, read_rows_of, row_texts, unpack_kept

SHARE = (
    "id, name, phase, own, version, agreed, salt, lanes, attributes, operations, opener, authority, deadline, policy, "
    "chain_hash, trouble"
)
OUTBOX = "state, delta, reason, version, content_hash, update_hash, attributes, operations, cause"
INBOX = "share, version, update_hash, requester, attributes, operations, content_hash, opening, due, delta, answer"
AGREED, AGREED_KEY = ("share", "row_key", "row_value"), ("share", "row_key")
BATCH = 500
FEW = 1_000
MOST_KNOWN = 250_000  # rows of a share that are remembered while there is something to do
MOST_AT_REST = 25_000  # and while there is not
MOST_OCTETS, OCTETS_AT_REST = 2**27, 2**24  # of their texts, as rows may be long


def marks(columns: str) -> str:
    """As many `?` as there are columns."""
    return ", ".join("?" * len(columns.split(",")))


@dataclass(slots=True)
class _Known:
    """Agreed rows of a share that were asked for; None: there is none. Their texts have no more octets than these."""

    rows: dict[Key, Row | None] = field(default_factory=dict)
    octets: int = 0

    def grow(self, octets: int) -> None:
        """Rows have come, or come instead of others; if they are too long together, none is known any more."""
        self.octets += octets
        if self.octets > MOST_OCTETS:
            self.forget()

    def forget(self) -> None:
        """Nothing is known any more."""
        self.rows.clear()
        self.octets = 0


class Ledger:
    """Records by type. ``shapes`` of the shares are needed to read deltas."""

    def __init__(self, connection: Connection, shapes: Mapping[int, Shape]) -> None:
        self._db = connection
        self._shapes = shapes
        self._known: dict[int, _Known] = {}
        self._written = False  # whether the open transaction has changed agreed rows

    # --- the peer, its shares and their members -----------------------------------------------------------------------

    def setting(self, name: str) -> str | None:
        """A value that was kept under a name."""
        found = self._db.query("select value from bxc_peer where name = ?", (name,))
        return None if not found else str(found[0][0])

    def keep_setting(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        self._db.write("delete from bxc_peer where name = ?", (name,))
        self._db.write("insert into bxc_peer (name, value) values (?, ?)", (name, value))

    def shares(self) -> dict[int, ShareRecord]:
        """All shares of this peer by number."""
        found = self._db.query(f"select {SHARE} from bxc_share order by id")
        return {row[0]: _share(row) for row in found}

    def share(self, number: int) -> ShareRecord | None:
        """One share."""
        found = self._db.query(f"select {SHARE} from bxc_share where id = ?", (number,))
        return _share(found[0]) if found else None

    def keep_share(self, it: ShareRecord) -> None:
        """Write a share's record in the place of the one before."""
        self._db.write("delete from bxc_share where id = ?", (it.id,))
        self._db.write(
            f"insert into bxc_share ({SHARE}) values ({marks(SHARE)})",
            (
                it.id, it.name, it.phase.value, it.own.value, it.version, it.agreed, it.salt, it.lanes,
                hex(it.rights.attributes), it.rights.operations, it.opener, it.authority, it.deadline, it.policy,
                it.chain_hash, it.trouble,
            ),
        )  # fmt: skip

    def members(self, share: int) -> dict[str, int]:
        """The addresses of a share's members (lower case), with their bits."""
        found = self._db.query("select address, place from bxc_member where share = ? order by place", (share,))
        return {str(address): int(place) for address, place in found}

    def add_member(self, share: int, address: str, place: int) -> None:
        """Note a member."""
        self.remove_member(share, address)
        self._db.write("insert into bxc_member (share, address, place) values (?, ?, ?)", (share, address, place))

    def remove_member(self, share: int, address: str) -> None:
        """Note that a member has gone."""
        self._db.write("delete from bxc_member where share = ? and address = ?", (share, address))

    # --- the agreed content -------------------------------------------------------------------------------------------

    def agreed(self, share: int, keys: Iterable[Key]) -> dict[Key, Row]:
        """The agreed rows of some keys."""
        known, wanted = self._known.setdefault(share, _Known()), keys if isinstance(keys, set) else set(keys)
        unknown = wanted.difference(known.rows)
        fresh, octets = self._looked_up(share, unknown)
        found = {key: row for key in wanted - unknown if (row := known.rows[key]) is not None} | fresh
        if len(known.rows) + len(unknown) > MOST_KNOWN or known.octets + octets > MOST_OCTETS:
            known.forget()
        if len(unknown) <= MOST_KNOWN:
            known.rows.update({key: fresh.get(key) for key in unknown})
            known.grow(octets)
        return found

    def lookup(self, share: int, keys: set[Key]) -> Lookup:
        """What finds the agreed rows of some keys, as they are now."""
        known = self._known.get(share)
        if known is None or len(keys) <= FEW or not known.rows.keys() >= keys:
            return self.agreed(share, keys).get
        return known.rows.copy().get  # which is faster than to pick many

    def let_go(self) -> None:
        """Remember few rows: there is nothing to do."""
        for share, known in list(self._known.items()):
            if len(known.rows) > MOST_AT_REST or known.octets > OCTETS_AT_REST:
                del self._known[share]

    def forget_known(self) -> None:
        """Read agreed rows again from now on: somebody else may have written them."""
        self._known.clear()

    def ended(self, *, kept: bool) -> None:
        """A transaction has ended: rows that were written in vain are not known."""
        if self._written and not kept:
            self._known.clear()
        self._written = False

    def _looked_up(self, share: int, keys: Iterable[Key]) -> tuple[dict[Key, Row], int]:
        """The rows of some keys, and how many octets their texts have."""
        shape, found, octets = self._shapes[share], dict[Key, Row](), 0
        texts = sorted(row_texts(list(keys)))  # in the order of the index: each of its pages is read once
        for start in range(0, len(texts), BATCH):
            part = texts[start : start + BATCH]
            sql = f"select row_value from bxc_agreed where share = ? and row_key in ({', '.join('?' * len(part))})"
            there = [text for (text,) in self._db.query(sql, (share, *part))]
            found.update((shape.key_of(row), row) for row in read_rows_of(there, shape.types))
            octets += sum(map(len, there))
        return found, octets

    def agreed_rows(self, share: int) -> Iterator[Row]:
        """All agreed rows, in the order of their keys' texts."""
        types = self._shapes[share].types
        sql = "select row_value from bxc_agreed where share = ? order by row_key"
        for some in portions((text for (text,) in self._db.stream(sql, (share,))), BATCH):
            yield from read_rows_of(some, types)

    def agreed_texts(self, share: int) -> Iterator[str]:
        """All agreed rows as `row_text` writes them, in any order."""
        for (text,) in self._db.stream("select row_value from bxc_agreed where share = ?", (share,)):
            yield text

    def replace_agreed(self, share: int, gone: Iterable[Row], made: Iterable[Row]) -> None:
        """Take rows out of the agreed content and put others in."""
        shape = self._shapes[share]
        self._written, known = True, self._known.setdefault(share, _Known())
        rows = list(made)
        after = dict(zip(shape.keys_of(rows), rows, strict=True))
        left = set(shape.keys_of(list(gone))).difference(after)
        known.rows.update({key: None for key in left if key in known.rows})
        known.rows.update({key: row for key, row in after.items() if key in known.rows})
        keys = row_texts(list(left))
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            sql = f"delete from bxc_agreed where share = ? and row_key in ({', '.join('?' * len(part))})"
            self._db.write(sql, (share, *part))
        texts = sorted(zip(row_texts(list(after)), row_texts(rows), strict=True))
        known.grow(sum([len(row) for _, row in texts]))
        self._db.replace("bxc_agreed", AGREED_KEY, AGREED, ((share, key, row) for key, row in texts))

    def add_agreed(self, share: int, rows: Mapping[str, str]) -> None:
        """Add rows by key, both as texts."""
        self._written = True
        self._known.pop(share, None)
        self._add(share, rows)

    def _add(self, share: int, rows: Mapping[str, str]) -> None:
        if rows:
            listed = ((share, key, row) for key, row in rows.items())
            self._db.insert("bxc_agreed", AGREED, listed)

    def clear_agreed(self, share: int) -> None:
        """Forget a share's content."""
        self._written = True
        self._known.pop(share, None)
        self._db.write("delete from bxc_agreed where share = ?", (share,))

    # --- outbox and inbox ---------------------------------------------------------------------------------------------

    def outbox(self, share: int) -> tuple[OutboxEntry, ...]:
        """A share's local edits."""
        found = self._db.query(f"select {OUTBOX} from bxc_outbox where share = ? order by id", (share,))
        return tuple(self._entry(share, row) for row in found)

    def outbox_counts(self, share: int) -> list[tuple[OutboxState, str, int]]:
        """State, cause and number of edits of each entry of a share's outbox."""
        found = self._db.query("select state, cause, delta from bxc_outbox where share = ? order by id", (share,))
        return [(OutboxState(state), cause, count_kept(bytes(delta))) for state, cause, delta in found]

    def _entry(self, share: int, row: tuple[Any, ...]) -> OutboxEntry:
        state, delta, reason, version, content_hash, update_hash, attributes, operations, cause = row
        return OutboxEntry(
            share,
            OutboxState(state),
            unpack_kept(bytes(delta), self._shapes[share]),
            reason,
            version,
            bytes(content_hash),
            bytes(update_hash),
            Extent(int(attributes, 16), operations),
            cause,
        )

    def keep_outbox(self, share: int, entries: Iterable[OutboxEntry]) -> None:
        """Write all local edits of a share in the place of those before."""
        self._db.write("delete from bxc_outbox where share = ?", (share,))
        ((last,),) = self._db.query("select coalesce(max(id), 0) from bxc_outbox")
        for number, it in enumerate(entries, last + 1):
            self._db.write(
                f"insert into bxc_outbox (id, share, {OUTBOX}) values (?, ?, {marks(OUTBOX)})",
                (
                    number, share, it.state.value, pack_kept(it.delta, self._shapes[share]), it.reason, it.version,
                    it.content_hash, it.update_hash, hex(it.extent.attributes), it.extent.operations, it.cause,
                ),
            )  # fmt: skip

    def inbox(self, share: int) -> InboxEntry | None:
        """The request of another peer that is pending or to be put."""
        found = self._db.query(f"select {INBOX} from bxc_inbox where share = ?", (share,))
        if not found:
            return None
        number, version, update_hash, by, attributes, operations, content_hash, opening, due, delta, answer = found[0]
        return InboxEntry(
            number,
            version,
            bytes(update_hash),
            by,
            Extent(int(attributes, 16), operations),
            bytes(content_hash),
            bool(opening),
            due,
            None if delta is None else bytes(delta),
            answer,
        )

    def keep_inbox(self, it: InboxEntry) -> None:
        """Write a request in the place of the one before."""
        self.forget_inbox(it.share)
        self._db.write(
            f"insert into bxc_inbox ({INBOX}) values ({marks(INBOX)})",
            (
                it.share, it.version, it.update_hash, it.by, hex(it.extent.attributes), it.extent.operations,
                it.content_hash, int(it.opening), it.due, it.delta, it.answer,
            ),
        )  # fmt: skip

    def forget_inbox(self, share: int) -> None:
        """Nothing of another peer is pending any more."""
        self._db.write("delete from bxc_inbox where share = ?", (share,))

    # --- the chain's events -------------------------------------------------------------------------------------------

    def cursor(self) -> Cursor | None:
        """How far the chain has been read."""
        found = self._db.query("select block, block_hash from bxc_cursor where id = 1")
        return Cursor(*found[0]) if found else None

    def keep_cursor(self, it: Cursor) -> None:
        """Note how far the chain has been read."""
        self._db.write("delete from bxc_cursor where id = 1")
        self._db.write("insert into bxc_cursor (id, block, block_hash) values (1, ?, ?)", (it.block, it.block_hash))

    def add_events(self, events: Iterable[EventRecord]) -> None:
        """Queue events for the shares that they are about."""
        columns = ("block", "place", "block_time", "share", "name", "arguments")
        rows = [(e.block, e.index, e.time, e.share, e.name, _arguments_text(e.arguments)) for e in events]
        if rows:
            self._db.insert("bxc_event", columns, rows)

    def events(self, share: int, most: int = 100) -> list[EventRecord]:
        """The next events of a share."""
        sql = (
            "select block, place, block_time, share, name, arguments from bxc_event where share = ? "
            f"order by block, place limit {most}"
        )
        found = self._db.query(sql, (share,))
        return [EventRecord(b, i, t, s, n, _read_arguments(a)) for b, i, t, s, n, a in found]

    def waiting_shares(self) -> list[int]:
        """The shares with events that have not been followed yet."""
        return [row[0] for row in self._db.query("select distinct share from bxc_event order by share")]

    def forget_event(self, event: EventRecord) -> None:
        """An event has been followed."""
        self._db.write("delete from bxc_event where block = ? and place = ?", (event.block, event.index))


def _share(row: tuple[Any, ...]) -> ShareRecord:
    number, name, phase, own, version, agreed, salt, lanes, attributes, operations, *rest = row
    opener, authority, deadline, policy, chain_hash, trouble = rest
    return ShareRecord(
        number,
        name,
        Phase(phase),
        Own(own),
        version,
        agreed,
        bytes(salt),
        bytes(lanes),
        Extent(int(attributes, 16), operations),
        opener,
        authority,
        deadline,
        policy,
        bytes(chain_hash),
        trouble,
    )


def _arguments_text(arguments: Mapping[str, int | str | bytes]) -> str:
    """Numbers as hexadecimal texts: masks are longer than JSON's numbers are everywhere."""
    plain: dict[str, list[str]] = {}
    for name, value in arguments.items():
        match value:
            case bytes():
                plain[name] = ["bytes", value.hex()]
            case int():
                plain[name] = ["int", hex(value)]
            case str():
                plain[name] = ["str", value]
    return json.dumps(plain)


def _read_arguments(text: str) -> dict[str, int | str | bytes]:
    found: dict[str, int | str | bytes] = {}
    for name, (kind, value) in json.loads(text).items():
        found[name] = bytes.fromhex(value) if kind == "bytes" else int(value, 16) if kind == "int" else value
    return found
