"""The loop of a peer: one turn does everything that can be done now, each step durable before the next.

A turn asks the records what is due and nothing else, so a peer that was killed goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bxc_runtime import machine
from bxc_runtime.chains.protocol import Chain, ChainError
from bxc_runtime.edits import capture, freeze, freeze_opening
from bxc_runtime.exchange.protocol import Exchange
from bxc_runtime.fetching import Fetching
from bxc_runtime.follow import ForkError, follow, read_chain
from bxc_runtime.landing import apply, judge
from bxc_runtime.machine import Duty
from bxc_runtime.outgoing import MOST_DOUBLINGS, Clock, Outgoing, duty
from bxc_runtime.recent import forget_heavy
from bxc_runtime.records import ShareRecord
from bxc_runtime.sequence import SequenceError
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.store import Store

TROUBLE = "trouble "  # what is waited with: a share whose rows or events could not be handled
TOLD = "told "  # when what stops every turn is logged again
FIRST_WAIT, LONGEST_WAIT = 0.2, 30.0
LONGEST_REST = 30.0  # seconds: a clock of files that is too coarse may hide an edit


@dataclass(slots=True)
class _Waits:
    """When something that failed may be tried again: kept in memory only, a new process tries at once."""

    clock: Clock
    until: dict[str, tuple[int, float]] = field(default_factory=dict)

    def ready(self, what: str) -> bool:
        return what not in self.until or self.clock() >= self.until[what][1]

    def failed(self, what: str) -> None:
        tries = self.until.get(what, (0, 0.0))[0] + 1
        self.until[what] = (tries, self.clock() + min(FIRST_WAIT * 2 ** min(tries, MOST_DOUBLINGS), LONGEST_WAIT))

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
        patience: float | None = None,
    ) -> None:
        self.store = store
        self.chain = chain
        self.confirmations = confirmations
        self.start = start
        self.log = structlog.get_logger("bxc").bind(peer=store.site.peer)
        self.fetching = Fetching(store, exchange, chain.address, self.log, patience)
        self.outgoing = Outgoing(store, chain, clock, self.log)
        self.ready = False  # whether the last turn went through
        self._clock = clock
        self._until = 0.0
        self._rest: str | None = None  # the newest block when there was nothing to do
        self._waits = _Waits(clock)

    def turn(self) -> bool:
        """Do all that can be done now; whether anything was done. Trouble with a node or a peer is for later."""
        worked = False
        try:
            if self._rests():
                forget_heavy()
                self.store.ledger.let_go()
                return False
            worked = self._capture()
            if self._waits.ready("chain"):
                worked |= self._with_chain()
                self._waits.done("chain")
                self._waits.done(f"{TOLD}store")
                self._waits.done(f"{TOLD}fork")
                self.ready = not any(name.startswith(TROUBLE) for name in self._waits.until)
                if worked or self.store.archive.transactions():
                    self._rest = None
        except ChainError as error:
            self.ready = False
            self._waits.failed("chain")
            self.log.warning("chain", error=str(error))
        except (StoreError, ForkError, SequenceError) as error:
            self.ready = False
            self._waits.failed("chain")
            what = "store" if isinstance(error, StoreError) else "fork"
            if self._waits.ready(f"{TOLD}{what}"):
                self._waits.failed(f"{TOLD}{what}")
                self.log.error(what, error=str(error))
        return worked

    def _rests(self) -> bool:
        """Whether nothing is to be done since the last turn found nothing: no new block, no edit, nothing waited for.

        Only a store that can tell so is asked. ChainError if the node does not answer.
        """
        if self.store.touched():
            self._rest = None
            return False
        newest = self.chain.head().hash
        calm = not self._waits.until and not any(map(self.fetching.under_way, self.store.site.shares))
        if calm and self._rest == newest and self._clock() < self._until:
            return True
        self._until = self._clock() + LONGEST_REST
        self._rest = newest  # until this turn finds something to do
        return False

    def _capture(self) -> bool:
        found = capture(self.store)
        for number, edits in found.items():
            self.log.info("captured", share=self.store.site.shares[number].name, edits=edits)
        return bool(found)

    def _with_chain(self) -> bool:
        worked = read_chain(self.store, self.chain, self.confirmations, self.start)
        for number in self.store.ledger.waiting_shares():
            worked |= self._guarded(number, self._follow)
        for number in self.store.site.shares:
            worked |= self._guarded(number, self._share_duty)
        worked |= self.outgoing.chase()
        shares = tuple(self.store.ledger.shares().values())
        worked |= self.outgoing.answer(shares)
        worked |= self.outgoing.withdraw(shares)
        return self.outgoing.ask(shares) or worked

    def _guarded(self, number: int, work: Callable[[int], bool]) -> bool:
        """Work for a share. If its rows or events cannot be handled that is for later, and stops no other share."""
        name = f"{TROUBLE}{work.__name__} {number}"
        if not self._waits.ready(name):
            return False
        try:
            worked = work(number)
        except (StoreError, machine.ImpossibleError) as error:
            self._waits.failed(name)
            what = "store" if isinstance(error, StoreError) else "impossible"
            self.log.error(what, share=self.store.site.shares[number].name, error=str(error))
            return False
        self._waits.done(name)
        return worked

    def _follow(self, number: int) -> bool:
        followed = follow(self.store, self.chain.address, number)
        for event in followed:
            name, version = self.store.site.shares[number].name, event.arguments.get("version")
            self.log.info("followed", share=name, name=event.name, version=version, block=event.block)
        return bool(followed)

    def _share_duty(self, number: int) -> bool:
        """What a share needs of this peer or of others, as far as it can be had now."""
        freeze_opening(self.store, self.chain.address, number)
        freeze(self.store, number)
        worked = False
        while (it := self.store.ledger.share(number)) is not None:
            what = duty(it)
            name = f"{what} {number}"
            if what in (None, Duty.SEND, Duty.ANSWER, Duty.CANCEL) or not self._waits.ready(name):
                break
            done = self._do(what, it)
            if not done:
                if not self.fetching.under_way(number):
                    self._waits.failed(name)
                break
            self._waits.done(name)
            worked = True
        return worked

    def _do(self, what: Duty | None, it: ShareRecord) -> bool:
        log = self.log.bind(share=it.name)
        match what:
            case Duty.FETCH:
                return self.fetching.fetch(it)
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
                return self.fetching.catch_up(it)
            case _:
                return False
