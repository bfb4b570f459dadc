"""CascadeEnds: which shares lead in a circle back to one another; one obligation for each circle.

A hop stands for a peer that receives a change of one share and hands it on to another. Without a circle of hops a
change ends after at most as many steps as there are shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256

from bxc import model
from bxc.dataclass import dataclass
from bxc.laws.canonical import near, text_of
from bxc.laws.end import End
from bxc.laws.limits import Limits
from bxc.laws.overlap import Holder, Overlap, Target
from bxc.laws.verdict import Law, Status, Verdict
from bxc.plan import Plan

LONGEST = 6
"""Shares in a circle, at most."""
MOST = 60
"""Circles that are followed, at most."""
MOST_STEPS = 20_000
"""Steps of the search for circles."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A peer that gets a change of share ``source`` by view ``into`` and hands it on to ``target`` by view ``out``.

    ``edits`` are the rights on ``source`` with their holders; ``granted`` those of the peer on ``target``.
    """

    source: str
    into: End
    out: End
    target: str
    edits: tuple[tuple[str, str, tuple[Holder, ...]], ...]
    granted: frozenset[tuple[str, str]]

    @property
    def peer(self) -> str:
        return self.into.peer.peer


@dataclass(frozen=True)
class Circle:
    """Hops of which each hands on what the next one gets, and the last what the first one gets.

    ``members`` are, for each hop, all views that the circle's peers have in the share which it receives.
    """

    hops: tuple[Hop, ...]
    members: tuple[tuple[End, ...], ...]

    law = Law.CASCADE_ENDS

    @property
    def subject(self) -> str:
        return f"share {self.hops[0].source}"

    @property
    def scope(self) -> str:
        """The way around."""
        return "; ".join(f"{hop.source} at {hop.peer} to {hop.target}" for hop in self.hops)

    @cached_property
    def key(self) -> str:
        """What it depends on."""
        parts: list[object] = [
            (
                hop.source,
                hop.target,
                hop.into.view,
                hop.out.view,
                near(hop.into.peer, hop.into.view.source),
                [(o, a, [(h.peers, h.end.text) for h in holders]) for o, a, holders in hop.edits],
                sorted(hop.granted),
            )
            for hop in self.hops
        ]
        parts = [*parts, [[end.text for end in ends] for ends in self.members]]
        return f"circle {self.scope}: {sha256(text_of(parts).encode('utf-8', 'surrogatepass')).hexdigest()}"

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """One verdict: harmless, or what comes back."""
        from bxc.laws.circle_labels import only_copies

        if only_copies(self):
            return (Verdict(Law.CASCADE_ENDS, self.subject, self.scope, Status.PROVED),)
        from bxc.laws.circle_proof import prove

        return prove(self, limits)


@dataclass(frozen=True)
class Around:
    """What there is to say of the shares as a whole: whether there are circles, and whether all could be followed."""

    shares: tuple[str, ...]
    circles: int
    whole: bool

    law = Law.CASCADE_ENDS
    subject = "all shares"

    @property
    def key(self) -> str:
        """What it depends on."""
        return f"around {self.shares} {self.circles} {self.whole}"

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """One verdict."""
        del limits
        if not self.whole:
            reason = (
                f"there are too many circles of shares, or too long ones, to follow each: {self.circles} were followed"
            )
            return (Verdict(Law.CASCADE_ENDS, self.subject, "", Status.UNKNOWN, reason=reason),)
        if self.circles:
            return ()
        steps = f"no circle: a change ends after at most {len(self.shares)} steps"
        return (Verdict(Law.CASCADE_ENDS, self.subject, steps, Status.PROVED),)


def circle_obligations(spec: model.Spec, plan: Plan, overlaps: Iterable[Overlap]) -> tuple[Circle | Around, ...]:
    """The circles among overlaps (as far as intervals tell), those that are alike once, and what is said of all."""
    if not spec.shares:
        return ()
    peers = {peer.peer: peer for peer in plan.peers}
    ends = {view.name: End(peers[view.peer], view) for peer in plan.peers for view in peer.views if view.shares}
    of_share = {share.name: [ends[view] for view in share.views if view in ends] for share in spec.shares}
    hops = list(_hops(overlaps, ends))
    search = _Search(hops)
    found: dict[str, Circle] = {}
    for cycle in search.circles():
        peers_of = {hop.peer for hop in cycle}
        members = tuple(tuple(end for end in of_share[hop.source] if end.peer.peer in peers_of) for hop in cycle)
        found.setdefault(_alike(cycle, members), Circle(cycle, members))
        if len(found) > MOST:
            search.whole = False
            break
    circles = tuple(found.values())
    return (*circles, Around(tuple(share.name for share in spec.shares), len(circles), search.whole))


def _hops(overlaps: Iterable[Overlap], ends: dict[str, End]) -> Iterator[Hop]:
    for overlap in overlaps:
        here = overlap.receiver.peer.peer
        edits = tuple((r.operation, r.attribute, r.holders) for r in overlap.rights if r.holders)
        if not any(holder.peers != (here,) for _, _, holders in edits for holder in holders):
            continue
        for candidate in overlap.candidates:
            for target in candidate.shares:
                granted = _granted(target, here)
                if granted:
                    yield Hop(overlap.share, overlap.receiver, ends[candidate.view.name], target.share, edits, granted)


def _granted(target: Target, peer: str) -> frozenset[tuple[str, str]]:
    return frozenset((operation, attribute) for operation, attribute, holder in target.rights if holder == peer)


def _alike(cycle: Sequence[Hop], members: Sequence[Sequence[End]]) -> str:
    """The same for circles of other peers that behave alike."""
    texts = [
        text_of(
            (
                hop.source,
                hop.target,
                hop.into.text,
                hop.out.text,
                [
                    (o, a, sorted((h.end.text, h.end.view.name == hop.into.view.name) for h in hs))
                    for o, a, hs in hop.edits
                ],
                sorted(hop.granted),
                [other.peer == hop.peer for other in cycle],
            )
        )
        for hop in cycle
    ]
    return "\n".join((*texts, *(end.text for ends in members for end in ends)))


class _Search:
    """Simple circles of shares, each begun at its first share in the order of the spec."""

    def __init__(self, hops: Sequence[Hop]) -> None:
        self.order = {name: number for number, name in enumerate(dict.fromkeys(hop.source for hop in hops))}
        self.by_source: dict[str, list[Hop]] = {}
        classes: dict[tuple[str, str, str, str, frozenset[tuple[str, str]]], int] = {}
        parts = _components({(hop.source, hop.target) for hop in hops})
        for hop in hops:
            if parts[hop.source] != parts[hop.target]:
                continue  # no way leads back
            # Of many ends that are alike, three stand for all: two that take turns, and one more that edits.
            alike = hop.source, hop.target, hop.into.text, hop.out.text, hop.granted
            classes[alike] = classes.get(alike, 0) + 1
            if classes[alike] <= 3:
                self.by_source.setdefault(hop.source, []).append(hop)
        self.steps = 0
        self.whole = True

    def circles(self) -> Iterator[tuple[Hop, ...]]:
        """All circles, short ones first; `whole` is false afterwards if the search was cut short."""
        ways: list[tuple[Hop, ...]] = [(hop,) for first in self.order for hop in self.by_source.get(first, ())]
        while ways:
            longer: list[tuple[Hop, ...]] = []
            for way in ways:
                for hop in self.by_source.get(way[-1].target, ()):
                    self.steps += 1
                    if self.steps > MOST_STEPS:
                        self.whole = False
                        return
                    if not self._follows(way, hop):
                        continue
                    if hop.target == way[0].source:
                        yield (*way, hop)
                    elif len(way) + 2 > LONGEST:
                        self.whole = False
                    else:
                        longer.append((*way, hop))
            ways = longer

    def _follows(self, way: tuple[Hop, ...], hop: Hop) -> bool:
        """Whether a way may go on so: no peer gets what it sent itself, no share but the first is met again."""
        if way[-1].peer == hop.peer or self.order[hop.source] <= self.order[way[0].source]:
            return False
        met = {step.source for step in way}
        return hop.source not in met and (hop.target == way[0].source or hop.target not in met)


def _components(edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """A number for each share, the same for shares that lead to one another (Kosaraju)."""
    ahead: dict[str, list[str]] = {}
    back: dict[str, list[str]] = {}
    for source, target in sorted(edges):
        ahead.setdefault(source, []).append(target)
        back.setdefault(target, []).append(source)
    left: list[str] = []  # in the order in which all that they lead to has been seen
    seen: set[str] = set()
    for root in (*ahead, *back):
        waiting = [(root, iter(ahead.get(root, ())))] if root not in seen else []
        seen.add(root)
        while waiting:
            share, others = waiting[-1]
            step = next((other for other in others if other not in seen), None)
            if step is None:
                left.append(waiting.pop()[0])
            else:
                seen.add(step)
                waiting.append((step, iter(ahead.get(step, ()))))
    found: dict[str, int] = {}
    for number, root in enumerate(reversed(left)):
        stack = [] if root in found else [root]
        while stack:
            share = stack.pop()
            if share not in found:
                found[share] = number
                stack += [other for other in back.get(share, ()) if other not in found]
    return found
