"""Calls to try next: such that should succeed, such that nearly do, replays, and any at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from .model import call
from .signing import separator, signed
from .state import Ack, Address, Env, Outcome, Refused, Registry, Request, Rights, Share


@dataclass(frozen=True, slots=True)
class Step:
    caller: Address
    name: str
    args: tuple[Any, ...]


WEIGHTS = {
    "requestUpdate": 10, "requestUpdates": 4, "openShare": 10, "ack": 12, "acks": 4, "ackBySignature": 6, "reject": 2,
    "cancel": 2, "exclude": 5, "setRights": 3, "offerAuthority": 3, "acceptAuthority": 3, "declareShare": 2,
    "inviteMember": 4, "withdrawInvitation": 1, "joinShare": 5, "leaveShare": 1, "closeShare": 0.2, "migrateShare": 0.2,
}  # fmt: skip
NAMES, SHARES_OF_NAMES = tuple(WEIGHTS), tuple(WEIGHTS.values())
MAX_SHARES = 9
SIGNED_AT_ONCE = 5


class Chooser:
    """Draws steps for a registry as it is now; ``actors`` are the addresses of 0, 1, …"""

    def __init__(
        self, random: Random, registry: Registry, env: Env, actors: Sequence[Address], past: list[Ack]
    ) -> None:
        self.random = random
        self.registry = registry
        self.env = env
        self.actors = actors
        self.past = past
        self.domain = separator(registry.address)

    # --- such that should succeed ---

    def lively(self) -> Step | None:
        """A step that the model allows; None if none was found soon."""
        for _ in range(25):
            step = self.likely()
            if step is not None and self.allowed(step):
                return step
        return None

    def likely(self, name: str = "") -> Step | None:
        """A step with fitting arguments; None if the share that was looked at has no use for it."""
        name = name or self.random.choices(NAMES, SHARES_OF_NAMES)[0]
        share = self.random.choice(self.registry.shares)
        if share.closed:
            share = self.random.choice(self.registry.shares)
        return self._FITTING[name](self, share)

    def allowed(self, step: Step) -> bool:
        return isinstance(self.outcome(step), Outcome)

    def outcome(self, step: Step) -> Outcome | Refused:
        env = Env(step.caller, self.env.block, self.env.time, self.env.judge)
        return call(self.registry, env, step.name, step.args)

    def _request(self, share: Share) -> Step | None:
        asked = self._asked(share, self._member(share))
        return asked and Step(asked[0], "requestUpdate", (share.id, asked[1], asked[2], self._word()))

    def _requests(self, share: Share) -> Step | None:
        caller = self._member(share)
        both = (
            (other.id, self._asked(other, caller)) for other in self.registry.shares if other.index(caller) is not None
        )
        asked = [
            Request(number, it[1], it[2], self._word()) for number, it in both if it and self.random.random() < 0.6
        ]
        return Step(caller, "requestUpdates", (tuple(asked),)) if asked else None

    def _asked(self, share: Share, caller: Address) -> tuple[Address, int, int] | None:
        held = share.rights(caller)
        busy = share.awaited or not share.committed or share.last_block == self.env.block
        if not held.operations or (busy and self.random.random() < 0.9):
            return None
        operations = self.random.choice((held.operations, held.operations & self.random.randrange(8)))
        attributes = held.attributes & self._mask(240) or held.attributes
        return (caller, attributes, operations) if operations & 1 else (caller, 0, operations)

    def _open(self, share: Share) -> Step | None:
        return None if share.committed else Step(share.opener, "openShare", (share.id, self._word()))

    def _ack(self, share: Share) -> Step | None:
        return self._by_awaited(share, "ack", *_pending(share)) if share.awaited else None

    def _acks(self, share: Share) -> Step | None:
        caller = self._member(share)
        due = [Ack(*_pending(other)) for other in self.registry.shares if other.awaits(caller)]
        return Step(caller, "acks", (tuple(self._some(due)),)) if due else None

    def _signatures(self, share: Share) -> Step | None:
        awaited = _awaited(share)
        if not awaited:
            return None
        ack = Ack(*_pending(share))
        peers = self._some(awaited)[:SIGNED_AT_ONCE]
        signatures = tuple(signed(self.actors.index(peer), self.domain, ack) for peer in peers)
        return Step(self._actor(), "ackBySignature", (*_pending(share), signatures))

    def _reject(self, share: Share) -> Step | None:
        return self._by_awaited(share, "reject", *_pending(share), self._word()) if share.awaited else None

    def _cancel(self, share: Share) -> Step | None:
        caller = self.random.choice((share.requester, share.authority, self._actor()))
        return Step(caller, "cancel", (share.id,)) if share.awaited else None

    def _exclude(self, share: Share) -> Step | None:
        caller = self.random.choice((share.authority, self._actor()))
        return Step(caller, "exclude", (share.id, self._answering(share))) if share.awaited else None

    def _set_rights(self, share: Share) -> Step | None:
        caller, peer = self._ruler(share), self._member(share)
        mine, old = share.columns_of(caller), share.rights(peer)
        attributes = (old.attributes & ~mine) | (self._mask(share.attribute_count) & mine)
        operations = self.random.randrange(8) if caller == share.authority else old.operations
        operations = operations & 6 | (attributes != 0)
        return Step(caller, "setRights", (share.id, peer, attributes, operations))

    def _offer(self, share: Share) -> Step | None:
        return Step(self._ruler(share), "offerAuthority", (share.id, self._member(share)))

    def _accept(self, share: Share) -> Step | None:
        offered = sorted(set(share.offers.values()))
        return Step(self.random.choice(offered), "acceptAuthority", (share.id,)) if offered else None

    def _declare(self, share: Share) -> Step | None:
        if len(self.registry.shares) >= MAX_SHARES:
            return None
        count = min(len(self.actors), 64) if self.random.random() < 0.03 else self.random.randint(2, 5)
        members = self.random.sample(list(self.actors), min(count, len(self.actors)))
        rights = [self._rights(240) for _ in members]
        terms = (self.random.choice((0, 30, 2**40 - 1)), self.random.randrange(3), self._word())
        masks = (tuple(r.attributes for r in rights), tuple(r.operations for r in rights))
        return Step(members[0], "declareShare", (tuple(members), *masks, self.random.choice(members), *terms))

    def _invite(self, share: Share) -> Step | None:
        strangers = [peer for peer in self.actors if share.index(peer) is None]
        if not strangers:
            return None
        rights = self._rights(share.attribute_count)
        attributes = rights.attributes & self.random.choice((-1, share.columns_of(share.authority)))
        operations = rights.operations & 6 | (attributes != 0)
        return Step(share.authority, "inviteMember", (share.id, self.random.choice(strangers), attributes, operations))

    def _withdraw(self, share: Share) -> Step | None:
        invited = sorted(share.invitations)
        return Step(share.authority, "withdrawInvitation", (share.id, self.random.choice(invited))) if invited else None

    def _join(self, share: Share) -> Step | None:
        invited = sorted(share.invitations)
        return Step(self.random.choice(invited), "joinShare", (share.id,)) if invited else None

    def _leave(self, share: Share) -> Step | None:
        return Step(self._member(share), "leaveShare", (share.id,))

    def _close(self, share: Share) -> Step | None:
        return Step(share.authority, "closeShare", (share.id,))

    def _migrate(self, share: Share) -> Step | None:
        return Step(share.authority, "migrateShare", (share.id, self._actor()))

    _FITTING: dict[str, Callable[[Chooser, Share], Step | None]] = {  # noqa: RUF012
        "requestUpdate": _request, "requestUpdates": _requests, "openShare": _open, "ack": _ack, "acks": _acks,
        "ackBySignature": _signatures, "reject": _reject, "cancel": _cancel, "exclude": _exclude,
        "setRights": _set_rights, "offerAuthority": _offer, "acceptAuthority": _accept, "declareShare": _declare,
        "inviteMember": _invite, "withdrawInvitation": _withdraw, "joinShare": _join, "leaveShare": _leave,
        "closeShare": _close, "migrateShare": _migrate,
    }  # fmt: skip

    # --- choices ---

    def _by_awaited(self, share: Share, name: str, *args: Any) -> Step:
        return Step(self._answering(share), name, args)

    def _answering(self, share: Share) -> Address:
        """Somebody who is awaited, or once was."""
        return self.random.choice(_awaited(share)) if self.random.random() < 0.9 else self._member(share)

    def _actor(self) -> Address:
        return self.random.choice(self.actors)

    def _member(self, share: Share) -> Address:
        members = [member.peer for member in share.members if member is not None]
        return self.random.choice(members) if members else self._actor()

    def _ruler(self, share: Share) -> Address:
        return self.random.choice((share.authority, *sorted(share.columns)))

    def _some(self, items: Sequence[Any]) -> list[Any]:
        return self.random.sample(list(items), self.random.randint(1, len(items)))

    def _word(self) -> bytes:
        return self.random.randbytes(32)

    def _mask(self, bits: int) -> int:
        return self.random.getrandbits(bits) & self.random.choice((-1, 1, self.random.getrandbits(bits)))

    def _rights(self, bits: int) -> Rights:
        attributes = self._mask(bits)
        return Rights(attributes, self.random.choice((0, 2, 4, 6)) | (attributes != 0))


def _awaited(share: Share) -> list[Address]:
    return [m.peer for m in share.members if m is not None and share.awaits(m.peer)]


def _pending(share: Share) -> tuple[int, int, bytes]:
    return share.id, share.version, share.chain
