"""Calls of the contract: signed, recorded, and only then sent, again and again until their outcome is known.

A nonce lets a transaction have one effect at most, so sending it twice does no harm, and nothing is ever asked twice:
what is to be asked anew gets a new transaction only once the old one is known to have failed or to be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from typing import Any

from bxc_runtime import machine
from bxc_runtime.chains.protocol import (
    Ack,
    Acks,
    Call,
    Cancel,
    Chain,
    ChainError,
    Exclude,
    NonceUsedError,
    OpenShare,
    Reject,
    Request,
    RequestUpdates,
    RevertedError,
    UnderpricedError,
    purpose,
)
from bxc_runtime.landing import ACK
from bxc_runtime.local import NO_RIGHT
from bxc_runtime.machine import Duty, Own, Phase, State, due
from bxc_runtime.moves import advance
from bxc_runtime.records import OutboxState, ShareRecord, TransactionRecord, TransactionState
from bxc_runtime.stores.store import Store

FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0  # seconds until a transaction is sent again
MOST_DOUBLINGS = 10  # of a pause: it has reached its longest by then
RAISED_AFTER = 10  # blocks without a transaction until it is sent again for a higher fee
LOST_AFTER = 3  # times that a node must say that a nonce is used before its transaction counts as lost
REQUEST, ANSWER, CANCEL, EXCLUDE = "request", "answer", "cancel", "exclude"
EXCLUDES, CANCELS = 1, 2  # policies
WITHHELD = "fetch"  # why a request is rejected whose delta cannot be had
TRYING = 60.0  # seconds that it is tried before
GRACE = 30  # seconds that others leave to the requester to act after a deadline

Clock = Callable[[], float]


def duty(it: ShareRecord) -> Duty | None:
    """What a share asks of the peer."""
    return due(State(it.phase, it.own, it.agreed > 0))


class Outgoing:
    """The own transactions of one peer."""

    def __init__(self, store: Store, chain: Chain, clock: Clock, log: Any) -> None:
        self._log = log
        self._store = store
        self._chain = chain
        self._clock = clock
        self._missed: dict[tuple[int, int], float] = {}  # since when a delta has been late
        self._since: dict[str, int] = {}  # the newest block when a transaction was looked after first
        self._sent: set[str] = set()  # by this process: the clock of one before may have been another

    # --- those that are under way -------------------------------------------------------------------------------------

    def chase(self) -> bool:
        """Look what has become of sent transactions, and send again what is overdue; whether an outcome is known."""
        news = False
        for _, same in groupby(self._store.archive.transactions(), key=lambda it: it.nonce):
            news |= self._chased(tuple(same))
        return news

    def _chased(self, same: tuple[TransactionRecord, ...]) -> bool:
        """Look after transactions that differ in their fees only, one of which can have its effect; whether one had."""
        for it in same:
            outcome = self._chain.outcome(it.hash)
            if outcome is not None:
                self._replaced(other for other in same if other.hash != it.hash)
                self._close(it, TransactionState.DONE if outcome else TransactionState.FAILED)
                return True
        last = next(it for it in same if it.state is not TransactionState.RAISED)
        try:
            if last.hash not in self._sent or self._clock() >= last.next_try:
                self._send(last, same)
            elif self._waits_long(last):
                self._raise(last)
        except UnderpricedError:
            if not self._raise(last):
                raise
        return False

    def _waits_long(self, it: TransactionRecord) -> bool:
        """Whether so many blocks have gone without a transaction that its fee may be too low."""
        now = self._chain.head().number
        return now - self._since.setdefault(it.hash, now) >= RAISED_AFTER

    def _raise(self, it: TransactionRecord) -> bool:
        """Send a transaction again for a higher fee, as far as that makes sense."""
        self._since.pop(it.hash, None)
        signed = self._chain.raised(it.raw)
        if signed is None:
            return False
        again = TransactionRecord(signed.hash, signed.nonce, signed.raw, it.purpose, TransactionState.SIGNED)
        with self._store.transaction("raised"):
            self._store.archive.keep_transaction(replace(it, state=TransactionState.RAISED))
            self._store.archive.keep_transaction(again)
        self._log.info("raised", purpose=it.purpose, transaction=again.hash)
        with suppress(ChainError):  # it is recorded: `chase` sends it
            self._send(again, (it, again))
        return True

    def _replaced(self, others: Iterable[TransactionRecord]) -> None:
        with self._store.transaction("replaced"):
            for it in others:
                self._store.archive.keep_transaction(replace(it, state=TransactionState.REPLACED))

    def _send(self, it: TransactionRecord, same: tuple[TransactionRecord, ...] = ()) -> None:
        try:
            self._chain.send(it.raw)
        except NonceUsedError:
            others = [other for other in same if other.hash != it.hash]
            if it.tries >= LOST_AFTER and not any(map(self._known, (it, *others))):
                self._replaced(others)
                self._close(it, TransactionState.LOST)
                return
        wait = min(FIRST_WAIT * 2 ** min(it.tries, MOST_DOUBLINGS), LONGEST_WAIT)
        with self._store.transaction("sent"):
            again = replace(it, state=TransactionState.SENT, tries=it.tries + 1, next_try=self._clock() + wait)
            self._store.archive.keep_transaction(again)
        self._sent.add(it.hash)

    def _known(self, it: TransactionRecord) -> bool:
        """Whether a transaction whose nonce is used is in a block, however new that is."""
        try:
            self._chain.send(it.raw)
        except NonceUsedError:
            return self._chain.outcome(it.hash) is not None
        return True

    def _close(self, it: TransactionRecord, state: TransactionState) -> None:
        self._sent.discard(it.hash)
        self._since.pop(it.hash, None)
        with self._store.transaction("outcome"):
            self._store.archive.keep_transaction(replace(it, state=state))
            if state is not TransactionState.DONE and it.call == REQUEST:
                for number, version in it.parts:
                    share = self._store.ledger.share(number)
                    if share is not None and self._frozen_version(number) == version:
                        advance(self._store, share, machine.Failed())

    def _frozen_version(self, share: int) -> int | None:
        entries = self._store.ledger.outbox(share)
        return next((entry.version for entry in entries if entry.state is OutboxState.FROZEN), None)

    # --- new ones -----------------------------------------------------------------------------------------------------

    def busy(self, call: str) -> set[tuple[int, int]]:
        """Share and version of what is under way."""
        listed = self._store.archive.transactions()
        return {part for it in listed if it.call == call for part in it.parts}

    def ask(self, shares: Sequence[ShareRecord]) -> bool:
        """Request the frozen deltas of shares, those of open ones in one transaction; whether anything was sent."""
        under_way = {share for share, _ in self.busy(REQUEST)}
        ready = [it for it in shares if duty(it) is Duty.SEND and it.own is Own.FROZEN and it.id not in under_way]
        requests = []
        sent = False
        for it in ready:
            entry = next(e for e in self._store.ledger.outbox(it.id) if e.state is OutboxState.FROZEN)
            head = self._chain.share(it.id)
            if head.version != it.version or head.pending:
                continue  # events are on their way that will settle it
            if it.agreed == 0:
                sent |= self._signed(OpenShare(it.id, entry.version, entry.content_hash))
            else:
                masks = (entry.extent.attributes, entry.extent.operations)
                requests.append(Request(it.id, entry.version, *masks, entry.content_hash))
        if requests:
            sent |= self._signed(RequestUpdates(tuple(requests)))
        return sent

    def answer(self, shares: Sequence[ShareRecord]) -> bool:
        """Acknowledge what was found right, all in one transaction, and reject the rest; whether anything was sent."""
        under_way = self.busy(ANSWER)
        acks, sent = [], False
        for it in shares:
            entry = self._store.ledger.inbox(it.id)
            if duty(it) is not Duty.ANSWER or entry is None or (it.id, entry.version) in under_way:
                continue
            if entry.answer == ACK:
                acks.append(Ack(it.id, entry.version, entry.update_hash))
            else:
                sent |= self._signed(Reject(it.id, entry.version, entry.update_hash, entry.answer))
        if acks:
            sent |= self._signed(Acks(tuple(acks)))
        return sent

    def withdraw(self, shares: Sequence[ShareRecord]) -> bool:
        """Cancel requests of this peer that it does not know, and what is overdue, as the share's policy has it."""
        sent = False
        for it in shares:
            if duty(it) is Duty.CANCEL and (it.id, it.version) not in self.busy(CANCEL):
                sent |= self._signed(Cancel(it.id, it.version))
            elif it.phase in (Phase.REQUESTED, Phase.ANSWERED) and it.deadline and it.policy in (EXCLUDES, CANCELS):
                sent |= self._overdue(it)
            elif it.phase is Phase.ANNOUNCED and it.deadline and it.policy in (EXCLUDES, CANCELS):
                sent |= self._withheld(it)
        return sent

    def _withheld(self, it: ShareRecord) -> bool:
        """Give up on a delta that cannot be had, while there is time to say so: who is silent may be excluded."""
        entry = self._store.ledger.inbox(it.id)
        if entry is None or self._chain.head().time <= entry.due - it.deadline // 4:
            return False
        since = self._missed.setdefault((it.id, entry.version), self._clock())
        if self._clock() < since + TRYING:
            return False  # who was away itself tries first
        del self._missed[it.id, entry.version]
        with self._store.transaction("fetched"):
            self._store.ledger.keep_inbox(replace(entry, delta=b"", answer=WITHHELD))
            advance(self._store, it, machine.Fetched())
        return True

    def _overdue(self, it: ShareRecord) -> bool:
        head = self._chain.share(it.id)
        grace = 0 if it.phase is Phase.REQUESTED else GRACE
        if (
            head.version != it.version
            or not head.pending
            or not head.due
            or self._chain.head().time <= head.due + grace
        ):
            return False
        if it.policy == CANCELS:
            if (it.id, it.version) in self.busy(CANCEL):
                return False
            return self._signed(Cancel(it.id, it.version))
        if (it.id, it.version) in self.busy(EXCLUDE):
            return False
        silent = [peer for peer, place in self._store.ledger.members(it.id).items() if head.pending >> place & 1]
        return self._all(Exclude(it.id, it.version, peer) for peer in silent if peer != it.authority)

    def _all(self, calls: Iterable[Call]) -> bool:
        """Send calls one by one; whether any was."""
        sent = False
        for call in calls:
            sent = self._signed(call) or sent
        return sent

    def _signed(self, call: Call) -> bool:
        """Sign, record and send a call; False if the contract would refuse it now."""
        try:
            signed = self._chain.sign(call, self._nonce())
        except RevertedError as error:
            return self._refused(call, error)
        record = TransactionRecord(signed.hash, signed.nonce, signed.raw, purpose(call), TransactionState.SIGNED)
        with self._store.transaction("signed"):
            self._store.archive.keep_transaction(record)
            if record.call == REQUEST:
                for number, _ in record.parts:
                    share = self._store.ledger.share(number)
                    assert share is not None
                    advance(self._store, share, machine.Signed())
        self._log.info("signed", purpose=record.purpose, transaction=record.hash)
        try:
            self._send(record)
        except ChainError:
            return True  # it is recorded: `chase` sends it
        return True

    def _refused(self, call: Call, error: RevertedError) -> bool:
        """One part of a call would be refused: the others go alone. A request without right is given up."""
        match call:
            case RequestUpdates(requests=requests) if len(requests) > 1:
                return self._all(RequestUpdates((request,)) for request in requests)
            case Acks(acks=acks) if len(acks) > 1:
                return self._all(Acks((ack,)) for ack in acks)
            case RequestUpdates(requests=(request,)) if error.name == "NoRight" and not self._rights_change(
                request.share
            ):
                with self._store.transaction("no right"):
                    share = self._store.ledger.share(request.share)
                    assert share is not None
                    advance(self._store, share, machine.Failed(NO_RIGHT))
                return True
            case _:
                return False  # events are on their way that will settle it

    def _rights_change(self, share: int) -> bool:
        """Whether other rights of this peer are on the chain that do not count yet, and may be left out again."""
        cursor = self._store.ledger.cursor()
        first = 0 if cursor is None else cursor.block + 1
        fresh = self._chain.events(first, self._chain.head().number)
        mine = [event for event in (*self._store.ledger.events(share), *fresh) if event.share == share]
        return any(it.name == "RightsSet" and it.arguments["peer"] == self._chain.address for it in mine)

    def _nonce(self) -> int:
        open_ = [it.nonce for it in self._store.archive.transactions()]
        return max([self._chain.nonce(), *(nonce + 1 for nonce in open_)])
