"""The loop of a peer: one turn does everything that can be done now, each step durable before the next.

A turn asks the records what is due and nothing else, so a peer that was killed goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import structlog

from bxc_runtime import machine
from bxc_runtime.chains.protocol import Chain, ChainError
from bxc_runtime.content_hash import EMPTY
from bxc_runtime.edits import capture, freeze, freeze_opening
from bxc_runtime.exchange.protocol import Exchange, ExchangeError, RefusedError
from bxc_runtime.follow import ForkError, follow, read_chain
from bxc_runtime.landing import apply, judge, take_over
from bxc_runtime.machine import Duty, Phase
from bxc_runtime.moves import advance, content_digest, hasher
from bxc_runtime.outgoing import Clock, Outgoing, duty
from bxc_runtime.records import InboxEntry, ShareRecord
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.store import Store
from bxc_runtime.wire import WireError, read_row, row_text

FIRST_WAIT, LONGEST_WAIT = 0.2, 30.0
BATCH = 5_000
TOO_LARGE = 413


@dataclass(slots=True)
class _Waits:
    """When something that failed may be tried again: kept in memory only, a new process tries at once."""

    clock: Clock
    until: dict[str, tuple[int, float]] = field(default_factory=dict)

    def ready(self, what: str) -> bool:
        return what not in self.until or self.clock() >= self.until[what][1]

    def failed(self, what: str) -> None:
        tries = self.until.get(what, (0, 0.0))[0] + 1
        self.until[what] = (tries, self.clock() + min(FIRST_WAIT * 2**tries, LONGEST_WAIT))

    def done(self, what: str) -> None:
        self.until.pop(what, None)


class Peer:
    """One peer: its database, its chain, and the way to other peers."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        exchange: Exchange,
        *,
        confirmations: int = 1,
        start: int = 0,
        clock: Clock = time.monotonic,
    ) -> None:
        self.store = store
        self.chain = chain
        self.exchange = exchange
        self.confirmations = confirmations
        self.start = start
        self.log = structlog.get_logger("bxc").bind(peer=store.site.peer)
        self.outgoing = Outgoing(store, chain, clock, self.log)
        self.ready = False  # whether the last turn went through
        self._waits = _Waits(clock)

    def turn(self) -> bool:
        """Do all that can be done now; whether anything was done. Trouble with a node or a peer is for later."""
        worked = False
        try:
            worked = self._capture()
            if self._waits.ready("chain"):
                worked |= self._with_chain()
                self._waits.done("chain")
                self.ready = True
        except ChainError as error:
            self.ready = False
            self._waits.failed("chain")
            self.log.warning("chain", error=str(error))
        except (StoreError, ForkError) as error:
            self.ready = False
            self._waits.failed("chain")
            self.log.error("store" if isinstance(error, StoreError) else "fork", error=str(error))
        return worked

    def _capture(self) -> bool:
        found = capture(self.store)
        for number, edits in found.items():
            self.log.info("captured", share=self.store.site.shares[number].name, edits=edits)
        return bool(found)

    def _with_chain(self) -> bool:
        worked = read_chain(self.store, self.chain, self.confirmations, self.start)
        for number in self.store.ledger.waiting_shares():
            for event in follow(self.store, self.chain.address, number):
                name, version = self.store.site.shares[number].name, event.arguments.get("version")
                self.log.info("followed", share=name, name=event.name, version=version, block=event.block)
                worked = True
        for number in self.store.site.shares:
            freeze_opening(self.store, self.chain.address, number)
            freeze(self.store, number)
            worked |= self._share_duty(number)
        worked |= self.outgoing.chase()
        shares = tuple(self.store.ledger.shares().values())
        worked |= self.outgoing.answer(shares)
        worked |= self.outgoing.withdraw(shares)
        return self.outgoing.ask(shares) or worked

    def _share_duty(self, number: int) -> bool:
        """What a share needs of this peer or of others, as far as it can be had now."""
        worked = False
        while (it := self.store.ledger.share(number)) is not None:
            what = duty(it)
            name = f"{what} {number}"
            if what in (None, Duty.SEND, Duty.ANSWER, Duty.CANCEL) or not self._waits.ready(name):
                break
            done = self._do(what, it)
            if not done:
                self._waits.failed(name)
                break
            self._waits.done(name)
            worked = True
        return worked

    def _do(self, what: Duty | None, it: ShareRecord) -> bool:
        log = self.log.bind(share=it.name)
        match what:
            case Duty.FETCH:
                return self._fetch(it)
            case Duty.JUDGE:
                log.info("judged", version=it.version, answer=judge(self.store, it.id))
                return True
            case Duty.APPLY:
                cascaded = apply(self.store, it.id)
                if cascaded is None:
                    log.error("stuck", version=it.version)
                    return False
                log.info("applied", version=it.version)
                for other, edits in cascaded.items():
                    log.info("cascade", to=self.store.site.shares[other].name, version=it.version, edits=edits)
                return True
            case Duty.CATCH_UP:
                return self._catch_up(it)
            case _:
                return False

    # --- from other peers ---------------------------------------------------------------------------------------------

    def _fetch(self, it: ShareRecord) -> bool:
        entry = self.store.ledger.inbox(it.id)
        if entry is None:
            return False
        for peer in self._sources(it, entry):
            try:
                it = self._salted(it, peer)
                if entry.opening:
                    self._fetch_content(it, peer, entry)
                    self.log.info("fetched", share=it.name, version=entry.version)
                    return True
                packed = self.exchange.delta(peer, it.id, entry.version)
            except (ExchangeError, WireError) as error:
                unfit = isinstance(error, WireError) or (isinstance(error, RefusedError) and error.status == TOO_LARGE)
                if unfit and it.phase is Phase.ANNOUNCED:
                    self._keep(it, replace(entry, delta=b"", answer="delta"))
                    return True
                self.log.warning("fetch", share=it.name, version=entry.version, of=peer, error=str(error))
                continue
            self._keep(it, replace(entry, delta=packed))
            self.log.info("fetched", share=it.name, version=entry.version, octets=len(packed))
            return True
        return False

    def _sources(self, it: ShareRecord, entry: InboxEntry) -> Iterator[str]:
        """Who has a version: its requester; others only once it is committed."""
        if entry.by != self.chain.address:
            yield entry.by
        if it.phase is Phase.MISSING:
            members = self.store.ledger.members(it.id)
            yield from (peer for peer in members if peer not in (entry.by, self.chain.address))

    def _keep(self, it: ShareRecord, entry: InboxEntry) -> None:
        with self.store.transaction("fetched"):
            self.store.ledger.keep_inbox(entry)
            advance(self.store, it, machine.Fetched())

    def _salted(self, it: ShareRecord, peer: str) -> ShareRecord:
        if it.salt:
            return it
        it = replace(it, salt=self.exchange.salt(peer, it.id))
        with self.store.transaction("salt"):
            self.store.ledger.keep_share(it)
        return it

    def _fetch_content(self, it: ShareRecord, peer: str, entry: InboxEntry) -> None:
        with self.exchange.content(peer, it.id, entry.version) as lines, self.store.transaction("fetched"):
            it = self._stored(it, lines)
            self.store.ledger.keep_inbox(replace(entry, delta=b""))
            advance(self.store, it, machine.Fetched())

    def _stored(self, it: ShareRecord, lines: Iterable[str]) -> ShareRecord:
        """Store a content some rows at a time; it is judged by its hash."""
        end, hashing, state = self.store.site.shares[it.id], hasher(self.store.site.shares[it.id], it), EMPTY
        self.store.ledger.clear_agreed(it.id)
        rows = (read_row(line, end.shape.types) for line in lines)
        while batch := list(islice(rows, BATCH)):
            try:
                state = hashing.add(state, batch)
                self.store.ledger.add_agreed(it.id, {row_text(end.shape.key_of(row)): row_text(row) for row in batch})
            except (ValueError, StoreError) as error:
                raise WireError("rows that cannot be a content") from error
        return replace(it, lanes=state.lanes)

    def _catch_up(self, it: ShareRecord) -> bool:
        """Take over the content of the last committed version from whoever has it."""
        last = max((v for v in self.store.archive.versions(it.id) if v.outcome == "committed"), key=lambda v: v.version)
        for peer in self.store.ledger.members(it.id):
            if peer == self.chain.address:
                continue
            try:
                it = self._salted(it, peer)
                with (
                    self.exchange.content(peer, it.id, last.version) as lines,
                    self.store.transaction("content"),
                ):
                    it = self._stored(it, lines)
                    self.store.ledger.keep_share(it)
            except (ExchangeError, WireError) as error:
                self.log.warning("catch up", share=it.name, of=peer, error=str(error))
                continue
            end = self.store.site.shares[it.id]
            if content_digest(end, it.lanes, last.version) == last.content_hash:
                return take_over(self.store, it.id, last.version)
            self.log.warning("catch up", share=it.name, of=peer, error="another content than the chain's")
        return False
