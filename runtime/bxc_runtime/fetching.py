"""What a peer fetches from others, beside its loop: slow and endless answers hold up nothing else.

What comes is kept only if it is what the chain has the hash of; a request whose maker sends anything else is rejected.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from bxc_runtime import machine
from bxc_runtime.content_hash import EMPTY, RowHash
from bxc_runtime.exchange.protocol import Exchange, ExchangeError, RefusedError
from bxc_runtime.landing import come_back, fits, take_over
from bxc_runtime.machine import Phase
from bxc_runtime.moves import advance, content_digest
from bxc_runtime.records import InboxEntry, ShareRecord
from bxc_runtime.stores.connection import UnfitRowsError
from bxc_runtime.stores.store import Store
from bxc_runtime.wire import WireError, portions, read_rows_of, row_texts

BATCH = 5_000
IN_MEMORY = 2**24  # octets of a content; what is more waits in a file
GONE, TOO_LARGE = 410, 413
AT_ONCE = 8  # questions to one peer about one share: those that nobody waits for any more count, too


FETCHING = (Phase.ANNOUNCED, Phase.MISSING, Phase.JOINING)


class _UnderWayError(Exception):
    """An answer that is not here yet."""


class _OtherError(WireError):
    """Another content than the one on the chain."""


@dataclass(frozen=True, slots=True)
class Content:
    """A content as another peer has sent it: its salt, its state, and a line for each row: its key, a tab, the row."""

    salt: bytes
    lanes: bytes
    lines: IO[str]


@dataclass(slots=True)
class _Question:
    """A question in a thread of its own; ``answer`` or ``error`` is there once it is ``done``."""

    done: threading.Event = field(default_factory=threading.Event)
    answer: Any = None
    error: Exception | None = None

    def ask(self, question: Callable[[], Any]) -> None:
        try:
            self.answer = question()
        except Exception as error:  # the loop raises it
            self.error = error
        finally:
            self.done.set()


class Fetching:
    """The questions of one peer. It waits ``patience`` seconds for an answer and then does other things meanwhile.

    Without ``patience`` it waits as long as it takes.
    """

    def __init__(self, store: Store, exchange: Exchange, me: str, log: Any, patience: float | None) -> None:
        self.exchange = exchange
        self._store = store
        self._me = me
        self._log = log
        self._patience = patience
        self._questions: dict[int, dict[tuple[int, str], _Question]] = {}

    def under_way(self, share: int) -> bool:
        """Whether an answer is being waited for."""
        known = self._questions.get(share)
        if not known:
            return False
        it = self._store.ledger.share(share)
        if it is not None and it.phase in FETCHING:
            return True
        self._questions[share] = {key: question for key, question in known.items() if not question.done.is_set()}
        return False

    def fetch(self, it: ShareRecord) -> bool:
        """Fetch a version that is pending or committed; whether it is here now."""
        entry = self._store.ledger.inbox(it.id)
        if entry is None:
            return False
        forgotten = False
        for peer in self._sources(it, entry):
            try:
                if self._fetched(it, entry, peer):
                    return True
            except _UnderWayError:
                continue
            except (ExchangeError, WireError) as error:
                self._log.warning("fetch", share=it.name, version=entry.version, of=peer, error=str(error))
                forgotten |= isinstance(error, RefusedError) and error.status == GONE
                reason = _unfit(error)
                if reason and it.phase is Phase.ANNOUNCED:
                    self._keep(it, replace(entry, delta=b"", answer=reason))
                    return True
        if forgotten and it.phase is Phase.MISSING and not self._questions.get(it.id):
            self._start_over(it)
            return True
        return False

    def _start_over(self, it: ShareRecord) -> None:
        """Nobody keeps the delta that is missing: take over the whole content, as one that joins again."""
        with self._store.transaction("fetched"):
            come_back(self._store, it)
            self._store.ledger.forget_inbox(it.id)
            self._store.ledger.clear_agreed(it.id)
            advance(self._store, it, machine.Joined(opened=True), agreed=0, lanes=EMPTY.lanes)

    def catch_up(self, it: ShareRecord) -> bool:
        """Take over the content of the last committed version from whoever has it."""
        last = max(
            (v for v in self._store.archive.versions(it.id) if v.outcome == "committed"), key=lambda v: v.version
        )
        for peer in self._store.ledger.members(it.id):
            if peer == self._me:
                continue
            try:
                found = self._content(it, peer, last.version, last.content_hash)
                with self._store.transaction("content"):
                    self._store.ledger.keep_share(self._stored(it, found))
            except _UnderWayError:
                continue
            except (ExchangeError, WireError) as error:
                self._log.warning("fetch", share=it.name, version=last.version, of=peer, error=str(error))
                continue
            return take_over(self._store, it.id, last.version, self._me)
        return False

    def _sources(self, it: ShareRecord, entry: InboxEntry) -> Iterator[str]:
        """Who has a version: its requester; others only once it is committed."""
        if entry.by != self._me:
            yield entry.by
        if it.phase is Phase.MISSING:
            members = self._store.ledger.members(it.id)
            yield from (peer for peer in members if peer not in (entry.by, self._me))

    def _fetched(self, it: ShareRecord, entry: InboxEntry, peer: str) -> bool:
        if entry.opening:
            found = self._content(it, peer, entry.version, entry.content_hash)
            with self._store.transaction("fetched"):
                it = self._stored(it, found)
                self._store.ledger.keep_inbox(replace(entry, delta=b""))
                advance(self._store, it, machine.Fetched())
            self._log.info("fetched", share=it.name, version=entry.version)
            return True
        packed = self._answer(it.id, entry.version, peer, lambda: self.exchange.delta(peer, it.id, entry.version))
        entry = replace(entry, delta=packed)
        if it.phase is Phase.MISSING and not fits(self._store, it, entry):
            raise _OtherError("another delta than the chain's")  # somebody else may have the right one
        self._keep(it, entry)
        self._log.info("fetched", share=it.name, version=entry.version, octets=len(packed))
        return True

    def _keep(self, it: ShareRecord, entry: InboxEntry) -> None:
        with self._store.transaction("fetched"):
            self._store.ledger.keep_inbox(entry)
            advance(self._store, it, machine.Fetched())

    # --- whole contents -----------------------------------------------------------------------------------------------

    def _content(self, it: ShareRecord, peer: str, version: int, content_hash: bytes) -> Content:
        """A content that has the hash on the chain."""
        found = self._answer(it.id, version, peer, lambda: self._downloaded(it, peer, version))
        assert isinstance(found, Content)
        if content_digest(self._store.site.shares[it.id], found.lanes, version) != content_hash:
            raise _OtherError("another content than the chain's")
        return found

    def _downloaded(self, it: ShareRecord, peer: str, version: int) -> Content:
        """A content with its salt: a salt is right if the content's hash is, so both come from one peer."""
        shape = self._store.site.shares[it.id].shape
        types = shape.types
        salt = it.salt if it.agreed else self.exchange.salt(peer, it.id)
        hashing, state = RowHash(types, salt), EMPTY
        try:
            with ExitStack() as unfinished, self.exchange.content(peer, it.id, version) as given:
                file: Any = SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115
                lines = unfinished.enter_context(file)
                for some in portions(given):
                    rows = read_rows_of(some, types)
                    state = hashing.add(state, rows)
                    texts = zip(row_texts(shape.keys_of(rows)), row_texts(rows), strict=True)
                    lines.writelines(f"{key}\t{row}\n" for key, row in texts)
                lines.seek(0)
                unfinished.pop_all()
        except OSError as error:
            raise ExchangeError("a content cannot be kept") from error
        except ValueError as error:
            raise WireError("rows that cannot be a content") from error
        return Content(salt, state.lanes, lines)

    def _stored(self, it: ShareRecord, found: Content) -> ShareRecord:
        """Store a content some rows at a time, in the caller's transaction."""
        ledger = self._store.ledger
        ledger.clear_agreed(it.id)
        with found.lines as lines:
            for some in portions(lines, BATCH):
                by_key = dict(line.rstrip("\n").split("\t") for line in some)  # JSON has neither within texts
                if len(by_key) < len(some):
                    raise WireError("two rows of a content have one key")
                try:
                    ledger.add_agreed(it.id, by_key)
                except UnfitRowsError as error:
                    raise WireError("rows that cannot be a content") from error
        return replace(it, salt=found.salt, lanes=found.lanes)

    # --- questions ----------------------------------------------------------------------------------------------------

    def _answer(self, share: int, version: int, peer: str, question: Callable[[], Any]) -> Any:
        """The answer to a question, which is asked once however often one looks; _UnderWayError until it is here."""
        if self._patience is None:
            return question()
        known = self._questions.setdefault(share, {})
        for old in [key for key, it in known.items() if key[0] != version and it.done.is_set()]:
            del known[old]
        it = known.get((version, peer))
        if it is None:
            if sum(asked == peer for _, asked in known) >= AT_ONCE:
                raise _UnderWayError
            it = known[version, peer] = _Question()
            threading.Thread(target=it.ask, args=(question,), daemon=True).start()
            it.done.wait(self._patience)
        if not it.done.is_set():
            raise _UnderWayError
        del known[version, peer]
        if it.error is not None:
            try:
                raise it.error
            finally:
                it.error = None  # else both would keep each other, and all that was at hand
        return it.answer


def _unfit(error: Exception) -> str:
    """Why a request is rejected whose maker sends this; empty if it may send the right thing later."""
    match error:
        case _OtherError():
            return "hash"
        case WireError():
            return "delta"
        case RefusedError(status=status) if status == TOO_LARGE:
            return "delta"
        case _:
            return ""
