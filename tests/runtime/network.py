"""Peers in one process: the contract's reference model as their chain, answers handed over without a network.

A block is one transaction, mined as it is sent, unless the network is told to keep what is sent.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from contract.deployed import declared, spec_of_file
from contract.membership import constructed
from contract.model import call as contract_call
from contract.signing import address
from contract.state import Ack as ModelAck
from contract.state import Env, Event, Outcome, Refused, Registry
from contract.state import Request as ModelRequest

from bxc.codegen.digest import spec_digest
from bxc.database.connection import Address, open_database, transaction
from bxc.database.manifest import read_folder
from bxc_runtime import answers
from bxc_runtime.chains.protocol import (
    Acks,
    Block,
    Call,
    Cancel,
    ChainError,
    Exclude,
    JoinShare,
    NonceUsedError,
    OpenShare,
    Reject,
    RequestUpdates,
    RevertedError,
    ShareHead,
    Signed,
)
from bxc_runtime.edits import ask_to_open
from bxc_runtime.exchange.protocol import ExchangeError, RefusedError
from bxc_runtime.landing import view_state
from bxc_runtime.machine import Phase
from bxc_runtime.moves import content_digest
from bxc_runtime.peer import Peer
from bxc_runtime.records import EventRecord
from bxc_runtime.rows import Engine
from bxc_runtime.site import Site, read_site
from bxc_runtime.stores.store import SqlStore, Watch, open_store

SPECS = Path(__file__).parents[2] / "specs"
GENERATED = Path(__file__).parents[2] / "generated"
CONTRACT = "0x" + "c0" * 20
SECONDS = 2  # between blocks
NAMES: dict[str, tuple[str, ...]] = {
    "ShareDeclared": ("share", "authority", "opener", "deadline", "policy", "attributeCount", "schemaHash"),
    "MemberJoined": ("share", "peer", "index"),
    "RightsSet": ("share", "peer", "attributes", "operations", "by"),
    "UpdateRequested": ("share", "version", "by", "attributes", "operations", "contentHash", "updateHash"),
    "ShareOpened": ("share", "version", "by", "contentHash", "updateHash"),
    "Acked": ("share", "version", "peer"),
    "Committed": ("share", "version", "updateHash"),
    "Rejected": ("share", "version", "peer", "reason"),
    "Cancelled": ("share", "version", "by"),
    "PeerExcluded": ("share", "peer", "by"),
    "MemberLeft": ("share", "peer"),
    "MemberInvited": ("share", "peer", "attributes", "operations"),
    "InvitationWithdrawn": ("share", "peer"),
    "AuthorityOffered": ("share", "from", "to"),
    "AuthorityAccepted": ("share", "from", "to", "attributes"),
    "ShareClosed": ("share", "by"),
    "ShareMigrated": ("share", "successor"),
}


@dataclass(frozen=True, slots=True)
class Mined:
    block: Block
    events: tuple[Event, ...]
    registry: Registry
    nonces: dict[str, int]
    outcomes: dict[str, bool]


@dataclass(frozen=True, slots=True)
class Sent:
    hash: str
    sender: str
    nonce: int
    name: str
    args: tuple[Any, ...]


@dataclass(slots=True)
class World:
    """The chain that all peers see. ``held`` keeps sent transactions out of blocks; ``down`` lets nobody in."""

    blocks: list[Mined]
    signed: dict[str, Sent] = field(default_factory=dict)
    pool: list[str] = field(default_factory=list)
    held: bool = False
    down: bool = False
    time: int = 1_000
    forks: int = 0
    done: dict[str, tuple[int, bool]] = field(default_factory=dict)  # by transaction: its block, whether it had effect

    @property
    def tip(self) -> Mined:
        return self.blocks[-1]

    def do(self, sender: str, name: str, *args: Any) -> Outcome | Refused:
        """A call from outside of the peers, in a block of its own."""
        return self._mine(sender, name, args, None)

    def mine(self) -> None:
        """A block of each transaction in the pool, in an order that nonces allow."""
        while ready := [h for h in self.pool if self.signed[h].nonce == self._used(self.signed[h].sender)]:
            it = self.signed[ready[0]]
            self.pool.remove(it.hash)
            self._mine(it.sender, it.name, it.args, it)
        self.pool = [h for h in self.pool if self.signed[h].nonce >= self._used(self.signed[h].sender)]

    def reorganise(self, depth: int) -> None:
        """Leave out the newest blocks; their transactions are in the pool again."""
        for mined in self.blocks[len(self.blocks) - depth :]:
            self.pool += [number for number in mined.outcomes if number not in self.pool]
            for number in mined.outcomes:
                del self.done[number]
        del self.blocks[len(self.blocks) - depth :]
        self.forks += 1

    def empty(self, count: int = 1) -> None:
        """Blocks without transactions."""
        for _ in range(count):
            self._append((), self.tip.registry, self.tip.nonces, {})

    def settled(self, confirmations: int) -> bool:
        """Whether no event is too new to count."""
        return not any(mined.events for mined in self.blocks[len(self.blocks) - confirmations + 1 :])

    def _used(self, sender: str) -> int:
        return self.tip.nonces.get(sender, 0)

    def _mine(self, sender: str, name: str, args: tuple[Any, ...], it: Sent | None) -> Outcome | Refused:
        env = Env(sender, len(self.blocks), self.time + SECONDS)
        outcome = contract_call(self.tip.registry, env, name, args)
        refused = isinstance(outcome, Refused)
        registry = self.tip.registry if isinstance(outcome, Refused) else outcome.registry
        events = () if isinstance(outcome, Refused) else outcome.events
        nonces = self.tip.nonces if it is None else {**self.tip.nonces, sender: it.nonce + 1}
        self._append(events, registry, nonces, {} if it is None else {it.hash: not refused})
        return outcome

    def _append(
        self, events: tuple[Event, ...], registry: Registry, nonces: dict[str, int], outcomes: dict[str, bool]
    ) -> None:
        self.time += SECONDS
        number = len(self.blocks)
        name = sha256(f"{number} {self.forks} {self.tip.block.hash}".encode()).hexdigest()
        self.blocks.append(Mined(Block(number, f"0x{name}", self.time), events, registry, nonces, outcomes))
        self.done.update({transaction: (number, ok) for transaction, ok in outcomes.items()})


@dataclass(frozen=True, slots=True)
class MemoryChain:
    """The world as one peer sees it; see `Chain`."""

    world: World
    address: str
    confirmations: int = 1

    def head(self) -> Block:
        self._up()
        return self.world.tip.block

    def block(self, number: int) -> Block | None:
        self._up()
        return self.world.blocks[number].block if 0 <= number < len(self.world.blocks) else None

    def events(self, first: int, last: int) -> list[EventRecord]:
        self._up()
        found = []
        for mined in self.world.blocks[first : last + 1]:
            for place, event in enumerate(mined.events):
                values = dict(zip(NAMES[event.name], event.args, strict=True))
                share = values.pop("share")
                found.append(EventRecord(mined.block.number, place, mined.block.time, share, event.name, values))
        return found

    def share(self, number: int) -> ShareHead:
        self._up()
        it = self.world.tip.registry.shares[number]
        return ShareHead(it.version, it.committed, it.awaited, it.mask, it.due, it.chain)

    def nonce(self) -> int:
        self._up()
        return self.world.tip.nonces.get(self.address, 0)

    def check(self, call: Call) -> None:
        self._up()
        name, args = arguments(call)
        env = Env(self.address, len(self.world.blocks), self.world.time + SECONDS)
        outcome = contract_call(self.world.tip.registry, env, name, args)
        if isinstance(outcome, Refused):
            raise RevertedError(outcome.name)

    def sign(self, call: Call, nonce: int) -> Signed:
        self.check(call)
        name, args = arguments(call)
        number = sha256(repr((self.address, nonce, name, args)).encode()).hexdigest()
        self.world.signed[number] = Sent(number, self.address, nonce, name, args)
        return Signed(number, nonce, number.encode())

    def send(self, raw: bytes) -> None:
        self._up()
        number = raw.decode()
        if number in self.world.done:
            return
        if self.world.signed[number].nonce < self.nonce():
            raise NonceUsedError
        if number not in self.world.pool:
            place = (self.address, self.world.signed[number].nonce)
            signed = self.world.signed
            self.world.pool = [it for it in self.world.pool if (signed[it].sender, signed[it].nonce) != place]
            self.world.pool.append(number)
        if not self.world.held:
            self.world.mine()

    def raised(self, raw: bytes) -> Signed | None:
        self._up()
        it = self.world.signed[raw.decode()]
        if it.nonce < self.nonce():
            return None
        again = replace(it, hash=f"{it.hash}+")
        self.world.signed[again.hash] = again
        return Signed(again.hash, again.nonce, again.hash.encode())

    def outcome(self, transaction: str) -> bool | None:
        self._up()
        block, effect = self.world.done.get(transaction, (len(self.world.blocks), False))
        return effect if block <= len(self.world.blocks) - self.confirmations else None

    def _up(self) -> None:
        if self.world.down:
            raise ChainError("the node is down")


def arguments(call: Call) -> tuple[str, tuple[Any, ...]]:
    match call:
        case RequestUpdates(requests=requests):
            listed = tuple(ModelRequest(r.share, r.attributes, r.operations, r.content_hash) for r in requests)
            return "requestUpdates", (listed,)
        case OpenShare():
            return "openShare", (call.share, call.content_hash)
        case Acks(acks=acks):
            return "acks", (tuple(ModelAck(a.share, a.version, a.update_hash) for a in acks),)
        case Reject():
            reason = call.reason.encode().ljust(32, b"\0")
            return "reject", (call.share, call.version, call.update_hash, reason)
        case Cancel():
            return "cancel", (call.share,)
        case Exclude():
            return "exclude", (call.share, call.peer)
        case JoinShare():
            return "joinShare", (call.share,)


@dataclass(slots=True)
class MemoryExchange:
    """Answers of other peers' stores; who is away does not answer."""

    me: str
    stores: dict[str, SqlStore]
    away: set[str]

    def delta(self, peer: str, share: int, version: int) -> bytes:
        with self._asking(peer) as store:
            return answers.delta(store, self.me, share, version)

    def salt(self, peer: str, share: int) -> bytes:
        with self._asking(peer) as store:
            return answers.salt(store, self.me, share)

    @contextmanager
    def content(self, peer: str, share: int, version: int) -> Iterator[Iterable[str]]:
        with self._asking(peer) as store:
            yield answers.content(store, self.me, share, version)

    @contextmanager
    def _asking(self, peer: str) -> Iterator[SqlStore]:
        if peer in self.away or peer not in self.stores:
            raise ExchangeError("nobody answers")
        try:
            yield self.stores[peer]
        except answers.DeniedError as denied:
            raise RefusedError(denied.status) from denied


@dataclass(slots=True)
class Network:
    """The peers of a spec, each with a database of its own."""

    folder: Path
    engine: Engine
    world: World
    peers: dict[str, Peer]
    stores: dict[str, SqlStore]
    away: set[str]
    confirmations: int
    now: float = 0.0

    def clock(self) -> float:
        return self.now

    def edit(self, peer: str, *statements: str) -> None:
        """A user's edit, from outside: through a connection of its own."""
        database = open_database(self.address(peer), "write")
        try:
            with transaction(database):
                for statement in statements:
                    database.run(spelled(statement, self.engine) + ";")
        finally:
            database.close()

    def address(self, peer: str) -> Address:
        return self.servers.get(peer) or Address(self.engine, self.path(peer))

    def path(self, peer: str) -> Path:
        return self.folder / f"{peer}.{self.engine}"

    def start(self, name: str, watch: Watch = lambda when, what: None) -> Peer:
        """A peer's process, as it were: all that it had in memory is gone."""
        if name in self.peers:
            self.stores[self.peers[name].chain.address].close()
        site = site_of(self.spec, name)
        store = open_store(self.address(name), site, watch)
        if self.engine == "sqlite":
            store.connection.write("pragma synchronous = off")  # no test cuts the power
        me = address(site.peers.index(name))
        self.stores[me] = store
        chain = MemoryChain(self.world, me, self.confirmations)
        exchange = MemoryExchange(me, self.stores, self.away)
        peer = Peer(store, chain, exchange, confirmations=self.confirmations, clock=self.clock)
        self.peers[name] = peer
        return peer

    spec: str = "medical"
    servers: Mapping[str, Address] = field(default_factory=dict)

    def settle(self, turns: int = 60) -> None:
        """Let all peers work until nobody has anything to do."""
        for _ in range(turns):
            worked = False
            for name, peer in self.peers.items():
                if peer.chain.address not in self.away:
                    worked |= peer.turn()
                    self.stores[peer.chain.address].release()
                    assert name
            rest = not worked and self.quiet()
            self.now += 100.0
            self.world.empty(self.confirmations - 1)
            if rest:
                return
        raise AssertionError("the peers do not come to rest")

    def quiet(self) -> bool:
        """Whether nothing is on its way to or from the chain."""
        busy = any(peer.store.archive.transactions() for peer in self.peers.values() if not self._away(peer))
        return not busy and not self.world.pool and self.world.settled(self.confirmations)

    def _away(self, peer: Peer) -> bool:
        return peer.chain.address in self.away

    def rows(self, peer: str, name: str) -> list[tuple[Any, ...]]:
        store = self.peers[peer].store
        assert isinstance(store, SqlStore)
        found = store.connection.query(spelled(f"select * from {name} order by 1", self.engine))
        store.release()
        return found

    def same(self) -> None:
        """All members of a share that are here hold the content that the chain has a hash of."""
        for number, share in enumerate(self.world.tip.registry.shares):
            if not share.committed or share.closed:
                continue
            for peer in self.peers.values():
                if peer.chain.address in self.away or share.index(peer.chain.address) is None:
                    continue
                it = peer.store.ledger.share(number)
                assert it is not None
                assert it.phase is Phase.IDLE, (it, peer.store.site.peer)
                assert it.agreed == share.committed
                end = peer.store.site.shares[number]
                known = peer.store.archive.version(number, it.agreed)
                assert known is not None
                assert content_digest(end, it.lanes, it.agreed) == known.content_hash
                if not peer.store.ledger.outbox(number):
                    assert view_state(peer.store, it, end).lanes == it.lanes, (end.name, peer.store.site.peer)
            for store in self.stores.values():
                store.release()

    def close(self) -> None:
        for store in self.stores.values():
            store.close()

    def copy(self, folder: Path, watches: Mapping[str, Watch] = MappingProxyType({})) -> Network:
        """The same peers on the same chain, elsewhere; this one's databases must be closed."""
        folder.mkdir()
        for name in self.peers:
            shutil.copy(self.path(name), folder)
        was = self.world
        world = replace(was, blocks=list(was.blocks), signed=dict(was.signed), pool=list(was.pool), done=dict(was.done))
        made = Network(folder, self.engine, world, {}, {}, set(), self.confirmations, spec=self.spec)
        for name in self.peers:
            made.start(name, watches.get(name, lambda when, what: None))
        return made


def generated(spec: str) -> Path:
    """The generated files of one of the project's specs, or of one that a test has compiled beside its file."""
    return Path(spec) if "/" in spec else GENERATED / spec


def spelled(statement: str, engine: str) -> str:
    """PostgreSQL folds names that are not quoted."""
    return re.sub(r"\b(D\d+)\b", r'"\1"', statement) if engine == "postgres" else statement


@cache
def site_of(spec: str, peer: str) -> Site:
    site = read_site(generated(spec), peer)
    return replace(site, addresses={name: address(number) for number, name in enumerate(site.peers)})


@cache
def deployment(spec: str) -> Registry:
    """The registry after the constructor has run, in block 1."""
    model = spec_of_file(Path(f"{spec}.bxc") if "/" in spec else SPECS / f"{spec}.bxc")
    people = [address(number) for number in range(len(model.peers))]
    env = Env(address(1_000), 1, 1_000)
    made = constructed(CONTRACT, bytes.fromhex(spec_digest(model)), people, len(people), declared(model, people), env)
    _CONSTRUCTED[spec] = made.events
    return made.registry


_CONSTRUCTED: dict[str, tuple[Event, ...]] = {}


def network(
    folder: Path,
    rows: dict[str, str],
    spec: str = "medical",
    engine: Engine = "sqlite",
    confirmations: int = 1,
    open_shares: bool = True,
    servers: Mapping[str, Address] = MappingProxyType({}),
) -> Network:
    """Peers whose databases are installed, with their first rows; their shares are open if that is asked for."""
    registry = deployment(spec)
    genesis = Mined(Block(0, "0x" + "00" * 32, 998), (), registry, {}, {})
    first = Mined(Block(1, "0x" + "11" * 32, 1_000), _CONSTRUCTED[spec], registry, {}, {})
    it = Network(folder, engine, World([genesis, first]), {}, {}, set(), confirmations, spec=spec, servers=servers)
    for name in rows:
        install(it.address(name), spec, name, rows[name])
        it.start(name)
    if open_shares:
        for peer in it.peers.values():
            for number in peer.store.site.shares:
                ask_to_open(peer.store, number)
        it.settle()
        it.same()
        assert all(share.committed for share in it.world.tip.registry.shares)
    return it


def install(address: Address, spec: str, peer: str, rows: str) -> None:
    """What `bxc install --load` does."""
    files, engine = read_folder(generated(spec)), address.engine
    database = open_database(address, "create")
    try:
        with transaction(database):
            for script in files.install_script(peer, engine):
                database.run(script)
            yes, no = {"sqlite": ("1", "0"), "postgres": ("true", "false")}.get(engine, ("", ""))
            if yes:
                database.run(f"update bxc_session set loading = {yes};")
            database.run(spelled(rows, engine))
            if no:
                database.run(f"update bxc_session set loading = {no};")
    finally:
        database.close()
