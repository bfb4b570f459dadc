"""Eight peers over thousands of updates, and whatever may befall them, by one seed.

The peers are real: their loop, their database files, their signed questions and answers over HTTP's messages. The chain
is the contract's reference model. Time is the soak's own, so that waits and deadlines cost none.
"""

from __future__ import annotations

import asyncio
import logging
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import structlog

from bxc.database.connection import RefusedError
from bxc_runtime.chains.protocol import ChainError
from bxc_runtime.exchange import server
from bxc_runtime.peer import Peer
from bxc_runtime.stores.store import SqlStore, open_store

from .compiled import compile_spec
from .network import MemoryChain, network
from .soak_figures import Figures
from .soak_mail import Mail, Messages, remember_signatures
from .soak_oracle import Oracle
from .soak_people import Authorities, Operators
from .soak_spec import MOST_ROWS, TREE, first_rows, spec

CONFIRMATIONS, EPOCH = 2, 1_700_000_000
RIGHTS = 0.1  # of the steps have an authority decide otherwise
WINDOW = 150  # steps between two moments at which everything is compared
FAULTS = ("kill", "node", "away", "disk", "skew", "late blocks", "lost transaction", "reorganisation", "deadline")


class DeathError(Exception):
    """The process is no more."""


@dataclass(frozen=True, slots=True)
class OneNode(MemoryChain):
    """The chain through a peer's own node, which may be down when others are up."""

    down: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)

    def _up(self) -> None:
        if self.address in self.down:
            self.faults["node down"] += 1
            raise ChainError("the node is down")


class Soak:
    """Eight peers and their users. All chance comes from one seed."""

    def __init__(self, folder: Path, seed: int, window: int = WINDOW) -> None:
        self.window = window
        self.chance = random.Random(seed)
        self.figures = Figures(seed)
        self.applied: Counter[tuple[str, str, int]] = Counter()
        self.dying: dict[str, int] = {}
        self.nodes: set[str] = set()
        self.ends: dict[int, list[Callable[[], None]]] = {}  # by step: what is over then
        self.step = 0
        self.skews: dict[str, float] = {}
        self.births: dict[str, float] = {}
        self.loop = asyncio.new_event_loop()
        self.posted = 0
        self.mail = Messages(self.loop, self.chance, self.figures.faults)
        self._listen()
        self.forget_signatures = remember_signatures()
        place = compile_spec(folder, "soak", spec())
        self.it = network(folder, {peer: first_rows(peer) for peer in TREE}, spec=place, confirmations=CONFIRMATIONS)
        self.names = {peer.chain.address: name for name, peer in self.it.peers.items()}
        self.mail.between(self.names, self.it.away, self._answering)
        for name in TREE:
            self._start(name)
        self.oracle = Oracle(self.it)
        self.oracle.compare(strictly=True)
        self.authorities = Authorities(self.it, self.chance, self.figures.faults)
        self.operators = Operators(self.it.peers, self.chance, self.oracle, self.figures)

    # --- processes ----------------------------------------------------------------------------------------------------

    def _watch(self, peer: str) -> Callable[[str, str], None]:
        def watch(when: str, what: str) -> None:
            if peer in self.dying and what != "prepare":
                self.dying[peer] -= 1
                if self.dying[peer] < 0:
                    del self.dying[peer]
                    self.figures.faults[f"kill {when} {what}"] += 1
                    raise DeathError

        return watch

    def _start(self, name: str) -> None:
        """A new process: all that it had in memory is gone, and its monotonic clock begins anew."""
        self.it.start(name, self._watch(name))
        store = self.it.peers[name].store
        assert isinstance(store, SqlStore)
        born = self.births[name] = self.it.now - self.chance.uniform(0, 1e6)
        chain = OneNode(
            self.it.world, self.it.peers[name].chain.address, CONFIRMATIONS, self.nodes, self.figures.faults
        )
        mail = Mail(self.mail, name)
        exchange = mail.exchange(lambda: self._clock(name))
        self.it.peers[name] = Peer(
            store, chain, exchange, confirmations=CONFIRMATIONS, clock=lambda: self.it.now - born
        )
        self.mail.begin(name)

    @contextmanager
    def _answering(self, name: str) -> Iterator[SqlStore]:
        store = open_store(self.it.address(name), self.it.peers[name].store.site, prepare=False)
        store.connection.write("pragma synchronous = off")
        try:
            yield store
        finally:
            store.close()

    def turn(self, name: str) -> bool:
        """A turn of a peer's loop; whether it did anything."""
        peer = self.it.peers[name]
        if peer.chain.address in self.it.away:
            return False
        try:
            worked = peer.turn()
        except DeathError:
            self._start(name)
            worked = True
        self.it.now += self.chance.uniform(0.2, 1.5)
        return worked

    # --- users --------------------------------------------------------------------------------------------------------

    def edit(self) -> None:
        """Somebody edits a row of a table, or two of them."""
        peer = self.chance.choice("ABCDEFGH")
        self.figures.edits += 1
        if peer in "GH" and self.chance.random() < 0.3:
            self._edit_typed(peer)
            return
        known = {row[0] for row in self.it.rows(peer, f"T{peer}")}
        kind = self.chance.random()
        if kind < 0.82 and known:
            number = self.chance.choice(sorted(known))
            columns = self.chance.sample(TREE[peer], self.chance.randint(1, len(TREE[peer])))
            values = {column: self.oracle.value(peer) for column in columns}
            told = ", ".join(f"{column} = '{value}'" for column, value in values.items())
            statement = f"update T{peer} set {told} where id = {number}"
        elif kind < 0.92 and len(known) < MOST_ROWS:
            number = self.chance.choice(sorted(set(range(MOST_ROWS + 20)) - known))
            values = {column: self.oracle.value(peer) for column in TREE[peer]}
            told = ", ".join(f"'{value}'" for value in values.values())
            statement = f"insert into T{peer} (id, {', '.join(values)}) values ({number}, {told})"
        elif known:
            number, values = self.chance.choice(sorted(known)), {}
            statement = f"delete from T{peer} where id = {number}"
        else:
            return
        with suppress(RefusedError):  # a guard of its own database
            self.it.edit(peer, statement)
            self.oracle.wrote(peer, f"T{peer}", number, values)

    def _edit_typed(self, peer: str) -> None:
        number = self.oracle.number()
        code = f"c{self.chance.randint(0, 9)}"
        known = {(row[0], row[1]) for row in self.it.rows(peer, f"V{peer}")}
        day = f"2026-01-0{int(code[1:]) % 9 + 1}"
        if (code, day) not in known:
            statement = (
                f"insert into V{peer} (code, day, n, price, r, at, ok, u) values ('{code}', '{day}', {number}, "
                f"{number}, {number}.25, '2026-11-21 10:00:00.{number % 10**6:06}', {number % 2}, "
                f"'00000000-0000-0000-0000-{number:012}')"
            )
            values = {"n": str(number)}
        elif self.chance.random() < 0.1:
            statement, values = f"delete from V{peer} where code = '{code}'", {}
        else:
            statement = f"update V{peer} set n = {number}, price = {number}, ok = 1 - ok where code = '{code}'"
            values = {"n": str(number)}
        with suppress(RefusedError):
            self.it.edit(peer, statement)
            self.oracle.wrote(peer, f"V{peer}", (code, day), values)

    # --- what befalls them --------------------------------------------------------------------------------------------

    def befall(self) -> None:
        """One fault, and when it ends."""
        kind, peer = self.chance.choice(FAULTS), self.chance.choice(sorted(TREE))
        address, world = self.it.peers[peer].chain.address, self.it.world
        match kind:
            case "kill":
                self.dying[peer] = self.chance.randint(0, 24)
                return  # counted where it happens
            case "node":
                self.nodes.add(address)
                self._later(lambda: self.nodes.discard(address))
                return  # counted by question
            case "away":
                self.it.away.add(address)
                self._later(lambda: self.it.away.discard(address))
            case "disk":
                self._full(peer)
            case "skew":
                self.skews[peer] = self.chance.choice((-400.0, -20.0, 20.0, 400.0))
                self._later(lambda: self.skews.pop(peer, None))
            case "late blocks":
                world.held = True
                self._later(self._blocks_come)
            case "lost transaction":
                if not world.pool:
                    world.held = True
                    self._later(self._transactions_lost)
                    return
                self._transactions_lost()
                return
            case "reorganisation":
                world.reorganise(1)
                world.empty()  # in the place of the one that is left out: more than that is a fork
            case "deadline":
                world.time += 3_700
        self.figures.faults[kind] += 1

    def _later(self, end: Callable[[], Any]) -> None:
        self.ends.setdefault(self.step + self.chance.randint(1, 12), []).append(end)

    def _full(self, peer: str) -> None:
        store = self.it.peers[peer].store
        assert isinstance(store, SqlStore)
        ((pages,),) = store.connection.query("pragma page_count")
        store.connection.write(f"pragma max_page_count = {pages}")
        self._later(lambda: self._room(peer))

    def _room(self, peer: str) -> None:
        store = self.it.peers[peer].store
        assert isinstance(store, SqlStore)
        store.connection.write("pragma max_page_count = 1000000")

    def _blocks_come(self) -> None:
        self.it.world.held = False
        self.it.world.mine()

    def _transactions_lost(self) -> None:
        self.figures.faults["transaction lost"] += len(self.it.world.pool)
        self.it.world.pool.clear()
        self._blocks_come()

    def _heal(self) -> None:
        for step in sorted(self.ends):
            for end in self.ends.pop(step):
                end()
        self.dying.clear()

    # --- the run ------------------------------------------------------------------------------------------------------

    def run(self, updates: int, tell: Callable[[Figures], None] = lambda _: None) -> Figures:
        """Go on until so many updates are committed, and all have been compared once more after the last.

        ``tell`` is called after each comparison.
        """
        began, worked = time.perf_counter(), time.process_time()
        it, before = self.figures, self.oracle.updates

        def count() -> None:
            it.updates = self.oracle.updates - before
            it.rejected, it.cancelled = self.oracle.ended["Rejected"], self.oracle.ended["Cancelled"]
            it.conflicts, it.trace = self.oracle.conflicts, self.oracle.trace()
            it.unpublishable = self.oracle.unpublishable
            it.resent = sum(self._resent(peer) for peer in self.it.peers.values())
            it.wall, it.cpu = time.perf_counter() - began, time.process_time() - worked
            it.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            tell(it)

        while it.updates < updates:
            for _ in range(self.window):
                self._step()
            self._compare()
            self.operators.operate(undo=False)
            count()
        self.authorities.give_back()
        self._compare()
        self.operators.operate(undo=True)
        self._compare(strictly=True)
        count()
        return it

    @staticmethod
    def _resent(peer: Peer) -> int:
        assert isinstance(peer.store, SqlStore)
        sql = "select coalesce(sum(tries - 1), 0) from bxc_transaction where tries > 1"
        ((again,),) = peer.store.connection.query(sql)
        return int(again)

    def _step(self) -> None:
        self.step += 1
        for end in self.ends.pop(self.step, []):
            end()
        for _ in range(self.chance.randint(0, 3)):
            self.edit()
        if self.chance.random() < 0.35:
            self.befall()
        if self.chance.random() < RIGHTS:
            self.authorities.change()
        self.authorities.act()
        if self.chance.random() < 0.2:
            self.mail.deliver_late()
        for name in self.chance.sample(sorted(TREE), self.chance.randint(3, len(TREE))):
            self.turn(name)
        self.it.world.empty()

    def _settle(self) -> None:
        self._heal()
        self.mail.deliver_late()
        quiet = 0
        for _ in range(600):
            worked = [self.turn(name) for name in TREE]
            worked.append(not self.authorities.act())
            self.it.now += 60.0
            self.it.world.empty(CONFIRMATIONS - 1)
            quiet = 0 if any(worked) or not self.it.quiet() else quiet + 1
            if quiet == 2:
                return
        raise AssertionError(f"the peers do not come to rest; seed {self.figures.seed}, step {self.step}")

    def _compare(self, *, strictly: bool = False) -> None:
        self.mail.calm = True
        self._settle()
        self.mail.calm = False
        self.figures.comparisons += 1
        twice = {what: count for what, count in self.applied.items() if count > 1}
        assert not twice, f"put twice: {twice}"
        try:
            self.oracle.compare(strictly=strictly)
        except AssertionError as error:
            raise AssertionError(f"seed {self.figures.seed}, step {self.step}: {error}") from error
        self._forget()

    def _forget(self) -> None:
        """Old blocks need no state: nothing reorganises them."""
        world = self.it.world
        for place, mined in enumerate(world.blocks[:-10]):
            if mined.registry is not world.tip.registry:
                world.blocks[place] = replace(mined, registry=world.tip.registry, nonces={})
        world.signed.clear()

    def _listen(self) -> None:
        """Count what the peers log; the clock of those who answer is the soak's."""

        def keep(_: Any, __: str, event: Any) -> Any:
            self.figures.logs[event["event"]] += 1
            if event["event"] == "applied":
                self.applied[event["peer"], event["share"], event["version"]] += 1
            raise structlog.DropEvent

        structlog.configure(processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
        vars(server)["time"] = SimpleNamespace(time=lambda: self._clock(self.mail.answering))

    def _clock(self, name: str) -> float:
        """What a peer's calendar clock shows."""
        return EPOCH + self.it.now + self.skews.get(name, 0.0)

    def close(self) -> None:
        """Close all databases."""
        self.it.close()
        self.loop.close()
        vars(server)["time"] = time
        self.forget_signatures()
        structlog.reset_defaults()


def soak(
    folder: Path, updates: int, seed: int, window: int = WINDOW, tell: Callable[[Figures], None] = lambda _: None
) -> Figures:
    """A soak of its own, in a folder that is empty; ``tell`` is called after each comparison."""
    it = Soak(folder, seed, window)
    try:
        return it.run(updates, tell)
    finally:
        it.close()
