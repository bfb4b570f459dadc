"""The people of a soak beside its users: operators, who settle what the loop cannot, and the shares' authorities."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from contract.state import Outcome, Rights

from bxc_runtime.conflicts import AGREED, LOCAL, ResolveError, resolve, retry, revert
from bxc_runtime.delta import DELETE, INSERT, UPDATE
from bxc_runtime.local import NO_RIGHT
from bxc_runtime.peer import Peer
from bxc_runtime.stores.connection import PutRefusedError

from .network import Network
from .soak_figures import Figures
from .soak_oracle import Oracle

MOST_TAKEN = 4  # peers that lack a right of a share at once
ROWS = (INSERT, DELETE)


@dataclass(slots=True)
class Authorities:
    """They take rights of peers and give them back, at any moment at which the contract lets them."""

    it: Network
    chance: random.Random
    faults: Counter[str]
    first: dict[tuple[int, str], Rights] = field(default_factory=dict)  # by share and address
    wanted: dict[tuple[int, str], Rights] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for share in self.it.world.tip.registry.shares:
            self.first.update({(share.id, it.peer): it.rights for it in share.members if it is not None})
        self.wanted.update(self.first)

    def change(self) -> None:
        """An authority decides to take something of a peer, or to give all back."""
        less = [who for who, rights in self.wanted.items() if rights != self.first[who]]
        if less and (len(less) == MOST_TAKEN or self.chance.random() < 0.4):
            who = self.chance.choice(less)
            self.wanted[who] = self.first[who]
            return
        who = self.chance.choice(sorted(self.wanted))
        self.wanted[who] = self._taken(self.wanted[who])

    def _taken(self, rights: Rights) -> Rights:
        columns = [bit for bit in range(rights.attributes.bit_length()) if rights.attributes >> bit & 1]
        kinds = [kind for kind in ROWS if rights.operations & kind]
        attributes, operations = rights.attributes, rights.operations
        what = self.chance.choice(("column", "column and rows", "column and rows", "rows", "all"))
        if what == "all":
            return Rights(0, 0)
        if what.startswith("column") and columns:
            attributes &= ~(1 << self.chance.choice(columns))
        if what.endswith("rows") and kinds:  # who may insert and delete may update: a row goes, and comes otherwise
            operations &= ~self.chance.choice(kinds)
        return Rights(attributes, operations & ~UPDATE | (UPDATE if attributes else 0))

    def give_back(self) -> None:
        """All that has been taken."""
        self.wanted = dict(self.first)

    def act(self) -> bool:
        """Tell the chain what has been decided, again if a block was left out; whether it takes all of it."""
        world, done = self.it.world, True
        if world.held:
            return False
        for (share, peer), rights in self.wanted.items():
            head = world.tip.registry.shares[share]
            before = head.rights(peer)
            if rights == before:
                continue
            outcome = world.do(head.authority, "setRights", share, peer, rights.attributes, rights.operations)
            if isinstance(outcome, Outcome):
                self.faults["right given back" if rights == self.first[share, peer] else "right taken"] += 1
                continue
            assert outcome.name == "UpdatePending", outcome  # who has asked has the right until all have answered
            done = False
        return done


@dataclass(slots=True)
class Operators:
    """One at each peer."""

    peers: dict[str, Peer]
    chance: random.Random
    oracle: Oracle
    figures: Figures

    def operate(self, *, undo: bool) -> None:
        """Settle conflicts and held edits, most of them; all of them for what is agreed, if that is to be undone."""
        for name, peer in self.peers.items():
            store = peer.store
            for conflict in store.archive.conflicts():
                side = LOCAL if not undo and self.chance.random() < 0.3 else AGREED
                try:
                    resolve(store, conflict.id, side)
                    if side == LOCAL:
                        self.oracle.wrote_again(name, conflict)
                except (ResolveError, PutRefusedError):
                    resolve(store, conflict.id, AGREED)
            for number in store.site.shares:
                self._held(name, peer, number, undo=undo)

    def _held(self, name: str, peer: Peer, share: int, *, undo: bool) -> None:
        held = [entry for entry in peer.store.ledger.outbox(share) if entry.state == "held"]
        if not held:
            return
        self.figures.held += 1
        if not undo and any(entry.reason == NO_RIGHT for entry in held) and self.chance.random() < 0.7:
            return  # it is published once the right is there again
        if undo or self.chance.random() < 0.7:
            revert(peer.store, share)
            self.oracle.undone(name, [entry.delta for entry in held])
        else:
            retry(peer.store, share)
