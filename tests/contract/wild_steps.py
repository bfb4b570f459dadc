"""Calls that should mostly be refused: one thing of a fitting call is wrong, or all of them; forged signatures."""

from __future__ import annotations

from typing import Any

from eth_keys.constants import SECPK1_N

from .signing import address, separator, signed
from .state import ZERO, Ack, Address, Refused, Request, Signature
from .steps import NAMES, Chooser, Step

KINDS = {
    "requestUpdate": ("share", "mask", "small", "word"),
    "requestUpdates": ("requests",),
    "openShare": ("share", "word"),
    "ack": ("share", "version", "hash"),
    "acks": ("acks",),
    "ackBySignature": ("share", "version", "hash", "signatures"),
    "reject": ("share", "version", "hash", "word"),
    "cancel": ("share",),
    "exclude": ("share", "peer"),
    "setRights": ("share", "peer", "mask", "small"),
    "offerAuthority": ("share", "peer"),
    "acceptAuthority": ("share",),
    "declareShare": ("peers", "masks", "smalls", "peer", "time", "small", "word"),
    "inviteMember": ("share", "peer", "mask", "small"),
    "withdrawInvitation": ("share", "peer"),
    "joinShare": ("share",),
    "leaveShare": ("share",),
    "closeShare": ("share",),
    "migrateShare": ("share", "peer"),
}
MIND = 40
LARGE = (2**40, 2**64, 2**255, 2**256 - 1)


class Wild(Chooser):
    """Draws steps that an honest peer would not try."""

    def refused(self) -> Step:
        """A step that the model refuses, each call and error as likely as any other that comes to mind now."""
        found: dict[tuple[str, str], Step] = {}
        for _ in range(MIND):
            step = self.random.choice((self.thought, self.nearly, self.nearly, self.anything))()
            outcome = self.outcome(step)
            if isinstance(outcome, Refused):
                found[step.name, outcome.name] = step
        return self.random.choice(list(found.values())) if found else self.anything()

    def thought(self) -> Step:
        """A step that fits a share in some state, if not in this one."""
        names = self.random.choices(NAMES, k=9)
        return next(filter(None, map(self.likely, names)), None) or self.anything()

    def nearly(self) -> Step:
        """Such a step with another caller, or one other argument."""
        step = self.thought()
        place = self.random.randint(-1, len(step.args) - 1)
        if place < 0:
            return Step(self._anybody(), step.name, step.args)
        args = list(step.args)
        args[place] = self._value(KINDS[step.name][place], args)
        return Step(step.caller, step.name, tuple(args))

    def at(self, name: str, number: int) -> Step:
        """That call of that share, there or not, closed or not."""
        args: list[Any] = []
        for kind in KINDS[name]:
            match kind:
                case "share":
                    args.append(number)
                case "requests":
                    args.append((Request(number, 1, 1, self._word()),))
                case "acks":
                    args.append((Ack(number, 1, self._word()),))
                case _:
                    args.append(self._value(kind, args))
        return Step(self._anybody(), name, tuple(args))

    def anything(self) -> Step:
        name = self.random.choice(NAMES)
        args: list[Any] = []
        for kind in KINDS[name]:
            args.append(self._value(kind, args))
        return Step(self._anybody(), name, tuple(args))

    def _anybody(self) -> Address:
        share = self.random.choice(self.registry.shares)
        return self.random.choice((self._actor(), self._member(share), share.authority, share.opener, share.requester))

    def _value(self, kind: str, before: list[Any]) -> Any:
        """A value of a kind; ``before`` are the arguments, the first of them known."""
        random = self.random
        match kind:
            case "share":
                number = len(self.registry.shares)
                return random.choice((*range(number), *range(number), number, random.choice(LARGE)))
            case "mask":
                return random.choice((0, 1, self._mask(240), 1 << 240, 1 << 255, self._mask(8), *LARGE))
            case "small":
                return random.choice((0, 1, 2, 3, 5, 6, 7, 8, 9, 256, *LARGE))
            case "word":
                return self._word()
            case "time":
                return random.choice((0, 1, 2**40 - 1, *LARGE))
            case "version":
                share = self._share(before)
                return random.choice((0, share.version, share.version + 1, share.committed, *LARGE))
            case "hash":
                share = self._share(before)
                return random.choice((share.chain, self._word(), bytes(32), *(a.update_hash for a in self.past[-3:])))
            case "peer":
                return random.choice((ZERO, self.registry.address, self._anybody(), self._anybody(), self._anybody()))
            case "peers":
                return self._peers()
            case "masks":
                return tuple(self._mask(240) for _ in before[0])
            case "smalls":
                good = tuple(random.choice((0, 2, 4)) | (mask != 0) for mask in before[1])
                return random.choice((good, good[1:], tuple(random.randrange(9) for _ in good)))
            case "requests":
                return tuple(self._any_request() for _ in range(random.randrange(3)))
            case "acks":
                return tuple(self.some_ack() for _ in range(random.randrange(3)))
            case "signatures":
                return tuple(self.forged(before) for _ in range(random.choice((0, 1, 1, 1, 2, 3))))
        raise AssertionError(kind)

    def _share(self, args: list[Any]) -> Any:
        shares = self.registry.shares
        return shares[args[0]] if args and args[0] < len(shares) else self.random.choice(shares)

    def _peers(self) -> tuple[Address, ...]:
        chosen = self.random.sample(list(self.actors), self.random.randint(0, min(4, len(self.actors))))
        chosen += self.random.choice(([], [ZERO], chosen[:1], [f"0x{n:040x}" for n in range(1, 65)]))
        return tuple(chosen)

    def _any_request(self) -> Request:
        return Request(self._value("share", []), *(self._value(kind, []) for kind in ("mask", "small", "word")))

    def some_ack(self) -> Ack:
        """Of now, or of a version that is over or was never told to this branch of the chain."""
        share = self.random.choice(self.registry.shares)
        now = Ack(share.id, share.version, share.chain)
        unknown = Ack(len(self.registry.shares), share.version, share.chain)
        return self.random.choice((now, now, unknown, self.random.choice(self.past or [now])))

    def forged(self, args: list[Any], kind: int = -1) -> Signature:
        """A signature that is wrong in one way, or right but for somebody else; a right one for kinds above 7."""
        random = self.random
        ack = Ack(args[0], args[1], args[2])
        who = self.actors.index(self._member(self._share(args)))
        match kind if kind >= 0 else random.randrange(10):
            case 0:
                return signed(who, separator(self.registry.address, 1), ack)
            case 1:
                return signed(who, separator(address(5)), ack)
            case 2:
                return signed(who, separator(self.registry.address, version="2"), ack)
            case 3:
                return signed(who, self.domain, self.some_ack())
            case 4:
                return self.too_high()
            case 5:
                return Signature(bytes(32), self._word())
            case 6:
                return Signature(self._word(), self._word())
            case 7:
                return signed(random.randrange(len(self.actors)), self.domain, ack)
            case _:
                return signed(who, self.domain, ack)

    def too_high(self) -> Signature:
        """`s` in the upper half, as far as 255 bits reach, with an `r` that is on the curve."""
        honest = signed(0, self.domain, Ack(0, 0, bytes(32)))
        half = SECPK1_N // 2
        return Signature(honest.r, (half + self.random.randint(1, 2**64)).to_bytes(32, "big"))
