"""What has to hold of the peers of a soak, from the chain's events and the users' edits, in plain dictionaries.

Each value that a user writes is unlike any other, so what became of it can be told.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bxc.types import Value
from bxc_runtime.content_hash import RowHash, digest
from bxc_runtime.delta import DELETE, INSERT, REPLACE, Delta, Edit, Extent, Key, Row, Shape
from bxc_runtime.local import NO_RIGHT
from bxc_runtime.machine import Phase
from bxc_runtime.records import Conflict, OutboxState, ShareRecord, VersionRecord
from bxc_runtime.wire import unpack

from .network import Network

ENDS = ("Committed", "Rejected", "Cancelled")


@dataclass(frozen=True, slots=True)
class Write:
    """A cell that a user has written: nothing of it may be dropped in silence."""

    peer: str
    table: str
    row: Any
    column: str


class Oracle:
    """Contents by replay of what the chain says, and open writes."""

    def __init__(self, it: Network) -> None:
        self._it = it
        self._block = 0
        self._count = 0
        self._trace = sha256()
        self._contents: dict[int, dict[Key, Row]] = {}
        self._hashes: dict[int, dict[int, bytes]] = {}  # by share: of the versions that were asked for
        self._committed: dict[int, list[int]] = {}
        self._ends: dict[int, dict[int, str]] = {}
        self._writes: dict[str, Write] = {}
        self._last: dict[Write, str] = {}
        self._texts: dict[str, list[str]] = {}  # by peer: what it has published since the last comparison
        self._rights: dict[tuple[int, str], Extent] = {}  # by share and address, as the chain's events have them
        self._asked: dict[tuple[int, int], Extent] = {}  # by share and version: the rights of who asked for it, then
        self.ended: Counter[str] = Counter()
        self.conflicts = 0
        self.unpublishable = 0  # edits that were held for want of a right, at each comparison
        self._read_chain()

    @property
    def updates(self) -> int:
        """Versions that are committed."""
        end = len(self._it.world.blocks) - 2
        fresh = (e for mined in self._it.world.blocks[self._block : end] for e in mined.events)
        return self.ended["Committed"] + sum(event.name == "Committed" for event in fresh)

    # --- what users write ---------------------------------------------------------------------------------------------

    def number(self) -> int:
        """A number that nobody has written."""
        self._count += 1
        return 10_000_000 + self._count

    def value(self, peer: str) -> str:
        """A text that nobody has written."""
        self._count += 1
        return f"<{peer}{self._count}>"

    def wrote(self, peer: str, table: str, row: Any, values: Mapping[str, str]) -> None:
        """A user has written these columns of a row; none: has deleted it."""
        if not values:
            for place, value in [
                (p, v) for p, v in self._last.items() if (p.peer, p.table, p.row) == (peer, table, row)
            ]:
                del self._last[place]
                self._writes.pop(value, None)
        for column, value in values.items():
            place = Write(peer, table, row, column)
            if place in self._last:  # the user's own later word
                self._writes.pop(self._last[place], None)
            self._last[place] = value
            self._writes[value] = place

    def wrote_again(self, peer: str, conflict: Conflict) -> None:
        """An operator has decided for a local value, or row: it is an edit again, whatever was written since."""
        end = self._it.peers[peer].store.site.shares[conflict.share]
        row = json.loads(conflict.key)
        if not conflict.column:
            for column in end.shape.columns:
                if (
                    value := self._last.pop(
                        Write(peer, end.view.source, row[0] if len(row) == 1 else tuple(row), column), None
                    )
                ) is not None:
                    self._writes.pop(value, None)
        elif conflict.local.startswith('"<'):
            self.wrote(peer, end.view.source, row[0], {conflict.column: conflict.local.strip('"')})

    def undone(self, peer: str, deltas: Iterable[Delta]) -> None:
        """An operator has undone held edits."""
        told = repr(list(deltas))
        for value, place in [(v, p) for v, p in self._writes.items() if p.peer == peer and v in told]:
            del self._writes[value], self._last[place]

    # --- what the chain says ------------------------------------------------------------------------------------------

    def _read_chain(self) -> None:
        """Replay all versions that have been committed since the last time."""
        blocks = self._it.world.blocks
        for mined in blocks[self._block :]:
            for event in mined.events:
                share = event.args[0]
                if event.name == "RightsSet":
                    self._rights[share, event.args[1]] = Extent(event.args[2], event.args[3])
                elif event.name in ("ShareOpened", "UpdateRequested"):
                    self._asked[share, event.args[1]] = self._rights[share, event.args[2]]
                    self._hashes.setdefault(share, {})[event.args[1]] = event.args[-2]
                elif event.name in ENDS:
                    self.ended[event.name] += 1
                    self._ends.setdefault(share, {})[event.args[1]] = event.name.lower()
                    self._trace.update(f"{share} {event.args[1]} {event.name}\n".encode())
                    if event.name == "Committed":
                        self._committed.setdefault(share, []).append(event.args[1])
        self._block = len(blocks)

    def _members(self, share: int) -> list[str]:
        head = self._it.world.tip.registry.shares[share]
        return [name for name, peer in self._it.peers.items() if head.index(peer.chain.address) is not None]

    def _record(self, peer: str, share: int) -> ShareRecord:
        it = self._it.peers[peer].store.ledger.share(share)
        assert it is not None
        return it

    def _delta(self, peer: str, known: VersionRecord) -> Delta:
        assert known.delta is not None, f"{peer} has not the delta of version {known.version}"
        return unpack(known.delta, self._it.peers[peer].store.site.shares[known.share].shape)

    # --- comparing ----------------------------------------------------------------------------------------------------

    def compare(self, *, strictly: bool) -> None:
        """All peers rest: they agree with each other, with the chain, and with what users have written.

        Strictly: nothing is held, so each view shows exactly what is agreed.
        """
        before = {share: len(versions) for share, versions in self._committed.items()}
        self._texts = {name: [] for name in self._it.peers}
        self._read_chain()
        for share in range(len(self._it.world.tip.registry.shares)):
            self._compare_histories(share)
            self._replay(share, self._committed[share][before.get(share, 0) if share in self._contents else 0 :])
            for peer in self._members(share):
                self._compare_content(peer, share, strictly=strictly)
        self._account_for_writes()

    def _compare_histories(self, share: int) -> None:
        """Nobody has lost a version, or has one that the chain does not have."""
        for peer in self._members(share):
            known = self._it.peers[peer].store.archive.latest(share, 10**9, 2**40)
            found = {version.version: version.outcome for version in known}
            assert len(found) == len(known)
            other = found.items() ^ self._ends[share].items()
            assert not other, f"{peer} has another history of share {share}: {sorted(other)}"

    def _replay(self, share: int, versions: list[int]) -> None:
        """Put each committed delta once, in order: what comes out has the hash that the chain has."""
        members = self._members(share)
        for version in versions:
            known = {peer: self._it.peers[peer].store.archive.version(share, version) for peer in members}
            first = known[members[0]]
            assert first is not None
            end = self._it.peers[members[0]].store.site.shares[share]
            if share not in self._contents:  # the opening
                rows = list(self._it.peers[members[0]].store.ledger.agreed_rows(share)) if first.delta is None else []
                self._contents[share] = {end.shape.key_of(row): row for row in rows}
                if first.delta is None and len(versions) == 1:
                    self._check_hash(share, version)
                continue
            delta = self._delta(members[0], first)
            for peer, other in known.items():
                assert other is not None
                assert self._delta(peer, other) == delta, f"{peer} has put something else as version {version}"
            content = self._contents[share]
            rights = self._asked[share, version]
            beyond = [edit for edit in delta if not _may(rights, edit, content)]
            assert not beyond, f"version {version} of {end.name} has edits without right: {beyond}"
            self._contents[share] = _edited(content, delta, end.shape)
            self._check_hash(share, version)
            by = next(name for name, peer in self._it.peers.items() if peer.chain.address == first.by)
            self._texts[by] += [repr(edit.new) for edit in delta if edit.new is not None]

    def _check_hash(self, share: int, version: int) -> None:
        peer = self._members(share)[0]
        end = self._it.peers[peer].store.site.shares[share]
        state = RowHash(end.shape.types, self._record(peer, share).salt).state(self._contents[share].values())
        wanted = self._hashes[share][version]
        assert digest(state, end.schema_hash, share, version) == wanted, f"version {version} of {end.name}"

    def _compare_content(self, peer: str, share: int, *, strictly: bool) -> None:
        store, it = self._it.peers[peer].store, self._record(peer, share)
        end, content = store.site.shares[share], self._contents[share]
        assert it.phase is Phase.IDLE, (peer, it)
        assert it.agreed == self._committed[share][-1]
        assert _by_key(store.ledger.agreed_rows(share), end.shape.key) == content, f"{peer}'s rows of {end.name}"
        full = RowHash(end.shape.types, it.salt).state(content.values())
        assert full.lanes == it.lanes, f"{peer}'s state of {end.name}"
        outbox = store.ledger.outbox(share)
        assert all(entry.state is OutboxState.HELD for entry in outbox), (peer, outbox)
        assert not (strictly and outbox), (peer, outbox)
        held = [edit for entry in outbox for edit in entry.delta]
        other = _edited(content, held, end.shape).items() ^ _by_key(store.lens.rows(end), end.shape.key).items()
        assert not other, f"{peer}'s view of {end.name} is not what is agreed and held: {list(other)}, {outbox}"
        rights = self._rights[share, self._it.peers[peer].chain.address]
        assert it.rights == rights, f"{peer}'s rights of {end.name}"
        vain = [edit for entry in outbox if entry.reason == NO_RIGHT for edit in entry.delta]
        may = [edit for edit in vain if _may(rights, edit, content)]
        assert not may, f"{peer} holds edits of {end.name} that it has the right to: {may}"
        self.unpublishable += len(vain)

    def _account_for_writes(self) -> None:
        """Each written value was agreed, or overwritten by the same user, or is a conflict or held.

        What is held is still to be accounted for next time.
        """
        counts = [peer.store.archive.conflict_counts().values() for peer in self._it.peers.values()]
        self.conflicts = sum(gave_way for each in counts for gave_way, _ in each)
        told = {name: "\n".join([*self._texts[name], *self._kept(name)]) for name in self._it.peers}
        dropped = {value: place for value, place in self._writes.items() if value not in told[place.peer]}
        assert not dropped, f"dropped in silence: {dropped}"
        done = {name: "\n".join([*self._texts[name], *self._conflicts(name)]) for name in self._it.peers}
        self._writes = {value: place for value, place in self._writes.items() if value not in done[place.peer]}
        self._last = {place: value for value, place in self._writes.items()}
        self._trace.update("\n".join(sorted(f"{name} {len(text)}" for name, text in told.items())).encode())

    def _kept(self, peer: str) -> list[str]:
        """What a peer has not published, and shows to its operator."""
        store = self._it.peers[peer].store
        held = [repr(entry.delta) for share in store.site.shares for entry in store.ledger.outbox(share)]
        return self._conflicts(peer) + held

    def _conflicts(self, peer: str) -> list[str]:
        found = self._it.peers[peer].store.archive.conflicts(open_only=False)
        return [text for conflict in found for text in (conflict.local, conflict.agreed)]

    def trace(self) -> str:
        """What tells two runs apart: the end of each version in the order of the chain, and what became of edits."""
        return self._trace.hexdigest()[:16]


def _edited(content: Mapping[Key, Row], delta: Iterable[Edit], shape: Shape) -> dict[Key, Row]:
    """A content after edits, all at once."""
    edits, after = tuple(delta), dict(content)
    for edit in edits:
        if edit.old is not None:
            assert edit.old in after, "an edit of a row that is not there"
            del after[edit.old]
    for edit in edits:
        if edit.new is not None:
            key = shape.key_of(edit.new)
            assert key not in after, "two rows with one key"
            after[key] = edit.new
    return after


def _may(rights: Extent, edit: Edit, content: Mapping[Key, Row]) -> bool:
    """Whether a peer with these rights may do this: a row may also go, and come otherwise."""
    if edit.old is None or edit.new is None:
        return bool(rights.operations & (INSERT if edit.old is None else DELETE))
    if rights.operations & REPLACE == REPLACE:
        return True
    was = content.get(edit.old)
    return was is not None and all(
        old == new or rights.attributes >> bit & 1 for bit, (old, new) in enumerate(zip(was, edit.new, strict=True))
    )


def _by_key(rows: Any, key: tuple[int, ...]) -> dict[tuple[Value, ...], Row]:
    found: dict[tuple[Value, ...], Row] = {}
    for row in rows:
        name = tuple(row[place] for place in key)
        assert name not in found
        found[name] = row
    return found
