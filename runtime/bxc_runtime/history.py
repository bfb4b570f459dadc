"""The history of a share at a peer: who asked for what and who agreed, and whether it all follows from the first link.

Verifying recomputes three things: each update hash from the one before; each content state, backwards from the rows
that are agreed now through the deltas that are kept; and from each state the hash that stands on the chain.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bxc_runtime.content_hash import ContentState
from bxc_runtime.delta import DELETE, INSERT, Extent
from bxc_runtime.links import first_link, link
from bxc_runtime.moves import content_digest, hasher
from bxc_runtime.records import ShareRecord, VersionRecord
from bxc_runtime.site import ShareEnd
from bxc_runtime.stores.store import Store
from bxc_runtime.wire import row_text, unpack

HEADINGS = (
    *("version", "outcome", "by", "acks", "attributes", "operations", "time", "block"),
    *("content_hash", "update_hash", "reason", "link", "content"),
)
RIGHT, WRONG, UNKNOWN = "right", "wrong", "not kept"


@dataclass(frozen=True, slots=True)
class Entry:
    """One version, in words; peers by name where they have one.

    ``link`` and ``content`` say whether its hashes were recomputed: `right`, `wrong`, `not kept`, or empty for not
    asked. ``changes`` are its edits with the rows before, as JSON, if they are asked for and kept.
    """

    version: int
    outcome: str
    by: str
    acks: tuple[tuple[str, str], ...]
    attributes: tuple[str, ...]
    operations: tuple[str, ...]
    time: str
    block: int
    content_hash: str
    update_hash: str
    reason: str
    link: str = ""
    content: str = ""
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """All versions of a share; ``rows`` tells whether the rows that are agreed now have the hash of their version."""

    share: str
    entries: tuple[Entry, ...]
    rows: str = ""
    chain_hash: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing was found wrong."""
        return WRONG not in {self.rows, *(e.link for e in self.entries), *(e.content for e in self.entries)}


def history(
    store: Store,
    end: ShareEnd,
    names: Mapping[str, str],
    *,
    verify: bool = False,
    changes: bool = False,
    latest: tuple[int, int] | None = None,
) -> History:
    """The history of a share; ``names`` are the peers' by address.

    ``latest``: no more versions than the first number, all of them below the second, and neither verified nor with
    their changes.
    """
    it = store.ledger.share(end.id)
    if it is None:
        return History(end.name, ())
    versions = store.archive.versions(end.id) if latest is None else store.archive.latest(end.id, *latest)
    acks = store.archive.acks(end.id)
    entries = [_entry(v, end, names, acks.get(v.version, [])) for v in versions]
    if changes:
        entries = [replace(e, changes=_changes(v, end)) for e, v in zip(entries, versions, strict=True)]
    if not verify:
        return History(end.name, tuple(entries), chain_hash=it.chain_hash.hex())
    links = _links(versions, end.id, bytes.fromhex(store.site.digest))
    rows, contents = _contents(store, it, end, versions)
    checked = (replace(e, link=links[e.version], content=contents.get(e.version, "")) for e in entries)
    return History(end.name, tuple(checked), rows, it.chain_hash.hex())


def _entry(it: VersionRecord, end: ShareEnd, names: Mapping[str, str], acks: Sequence[tuple[str, int]]) -> Entry:
    return Entry(
        it.version,
        it.outcome,
        names.get(it.by, it.by),
        tuple((names.get(peer, peer), _time(at)) for peer, at in acks),
        tuple(name for bit, name in enumerate(end.shape.columns) if it.extent.attributes >> bit & 1),
        _operations(it.extent),
        _time(it.time),
        it.block,
        "0x" + it.content_hash.hex(),
        "0x" + it.update_hash.hex(),
        " ".join(names.get(word, word) for word in it.reason.split()),
    )


def _operations(extent: Extent) -> tuple[str, ...]:
    if not extent.operations:
        return ("open",)
    words = ((1, "update"), (INSERT, "insert"), (DELETE, "delete"))
    return tuple(word for bit, word in words if extent.operations & bit)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _changes(it: VersionRecord, end: ShareEnd) -> tuple[str, ...]:
    if it.delta is None or it.before is None:
        return ()
    before = {end.shape.key_of(e.new): e.new for e in unpack(it.before, end.shape) if e.new is not None}
    found = []
    for edit in unpack(it.delta, end.shape):
        was = None if edit.old is None else before.get(edit.old)
        old = "null" if was is None else row_text(was)
        new = "null" if edit.new is None else row_text(edit.new)
        found.append(f'{{"old":{old},"new":{new}}}')
    return tuple(found)


def _links(versions: Sequence[VersionRecord], share: int, spec: bytes) -> dict[int, str]:
    """Whether each update hash follows from the one before."""
    found, chain, last = {}, first_link(spec, share), 0
    for it in versions:
        wanted = link(chain, share, it.version, it.by, it.extent.attributes, it.extent.operations, it.content_hash)
        found[it.version] = RIGHT if wanted == it.update_hash and it.version == last + 1 else WRONG
        chain, last = it.update_hash, it.version
    return found


def _contents(
    store: Store, it: ShareRecord, end: ShareEnd, versions: Sequence[VersionRecord]
) -> tuple[str, dict[int, str]]:
    """Whether the agreed rows have the hash of their version, and whether the deltas lead back through the others'."""
    if it.agreed == 0 or not it.salt:
        return UNKNOWN, {}
    hashing = hasher(end, it)
    state = hashing.state(store.ledger.agreed_rows(it.id))
    rows = RIGHT if state == ContentState(it.lanes) else WRONG
    found: dict[int, str] = {}
    broken = False
    for version in reversed([v for v in versions if v.outcome == "committed" and v.version <= it.agreed]):
        if broken:
            found[version.version] = UNKNOWN
            continue
        wanted = content_digest(end, state.lanes, version.version)
        found[version.version] = RIGHT if wanted == version.content_hash else WRONG
        if version.delta is None or version.before is None:
            broken = True
            continue
        made = [edit.new for edit in unpack(version.delta, end.shape) if edit.new is not None]
        gone = [edit.new for edit in unpack(version.before, end.shape) if edit.new is not None]
        state = hashing.update(state, made, gone)
    return rows, found


# --- forms ------------------------------------------------------------------------------------------------------------


def as_json(it: History) -> str:
    """One JSON document."""
    entries = [
        {
            "version": e.version,
            "outcome": e.outcome,
            "by": e.by,
            "acks": [{"peer": peer, "time": at} for peer, at in e.acks],
            "attributes": list(e.attributes),
            "operations": list(e.operations),
            "time": e.time,
            "block": e.block,
            "content_hash": e.content_hash,
            "update_hash": e.update_hash,
            "reason": e.reason,
            "link": e.link,
            "content": e.content,
            "changes": [json.loads(change) for change in e.changes],
        }
        for e in it.entries
    ]
    document = {"share": it.share, "chain_hash": it.chain_hash, "rows": it.rows, "versions": entries}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_csv(it: History) -> str:
    """One line a version."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    for e in it.entries:
        acks = "; ".join(f"{peer} {at}" for peer, at in e.acks)
        writer.writerow(
            [e.version, e.outcome, e.by, acks, " ".join(e.attributes), " ".join(e.operations), e.time, e.block,
             e.content_hash, e.update_hash, e.reason, e.link, e.content]
        )  # fmt: skip
    return out.getvalue()
