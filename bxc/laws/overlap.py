"""Overlap: which right on which share can change which other share, at which peer; one obligation for each shared view.

Pairs of views that conditions by constants keep apart (`bxc.laws.intervals`) make no obligation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from hashlib import sha256

from bxc import model
from bxc.dataclass import dataclass
from bxc.expr import columns
from bxc.laws.canonical import near, text_of, view_text
from bxc.laws.end import End
from bxc.laws.intervals_effect import Effect, Effects
from bxc.laws.intervals_reach import Reaches
from bxc.laws.limits import Limits
from bxc.laws.verdict import Law, Obligation, Verdict
from bxc.plan import PeerPlan, Plan, ViewPlan

OPERATIONS = ("update", "insert", "delete")
"""The order in which operations are told."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Peers whose ends behave alike and who hold a right; ``end`` is the first one's.

    ``updates`` are the columns of the share that they may update. The receiver itself is a holder of its own.
    """

    peers: tuple[str, ...]
    end: End
    updates: frozenset[str]


@dataclass(frozen=True, slots=True)
class HeldRight:
    """A right on the share that the edit comes from, by its holders, the receiver last."""

    operation: str
    attribute: str
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A share that another view is an end of. ``later``: it stands behind the share that the edit comes from."""

    share: str
    rights: tuple[tuple[str, str, str], ...]
    later: bool

    def holds(self, peer: str, operation: str, attribute: str = "") -> bool:
        """Whether a peer holds a right on it."""
        return (operation, attribute, peer) in self.rights


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another view of the receiver's source (or the view itself) and the other shares that it is an end of."""

    view: ViewPlan
    shares: tuple[Target, ...]


@dataclass(frozen=True)
class Overlap:
    """What edits of one share, put into the receiver's view, do to its other shares. ``digest`` stands for it all."""

    share: str
    receiver: End
    rights: tuple[HeldRight, ...]
    candidates: tuple[Candidate, ...]
    digest: str

    law = Law.OVERLAP

    @property
    def subject(self) -> str:
        return f"share {self.share}"

    @cached_property
    def key(self) -> str:
        """What it depends on."""
        return f"overlap {self.share} at {self.receiver.view.name}: {self.digest}"

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """Verdicts of Overlap (with edges), CascadeRights and OneWriter."""
        from bxc.laws.overlap_proof import prove

        return prove(self, limits)


def overlap_obligations(spec: model.Spec, plan: Plan) -> tuple[Obligation, ...]:
    """The obligations of all shared views that may meet another share's view, in the order of the shares."""
    return tuple(overlaps(spec, plan))


def overlaps(spec: model.Spec, plan: Plan) -> Iterator[Overlap]:
    """The same, as what they are."""
    ends = {view.name: End(peer, view) for peer in plan.peers for view in peer.views if view.shares}
    effects = {name: Effects(end.view) for name, end in ends.items()}
    beside: dict[str, list[ViewPlan]] = {}
    for end in ends.values():
        beside.setdefault(end.view.source, []).append(end.view)
    reaches = {source: Reaches(views) for source, views in beside.items() if _meet(views)}
    shares = {share.name: share for share in spec.shares}
    order = {name: number for number, name in enumerate(shares)}
    digests = _Digests()
    for share in spec.shares:
        held: tuple[HeldRight, ...] | None = None
        for name in share.views:
            end = ends[name]
            if end.view.source not in reaches or not share.rights:
                continue
            if held is None:
                held = _rights(share, [ends[view] for view in share.views], digests)
            mine = tuple(_for(end, right, ends, share) for right in held)
            caused = [effect for right in mine for effect in _effects(effects[name], right, end)]
            others = reaches[end.view.source].changed_by(caused, end.view)
            candidates = tuple(
                Candidate(view, _targets(share, view, shares, order))
                for view, _ in others
                if any(to != share.name and to in shares for to in view.shares)
            )
            if candidates:
                yield Overlap(share.name, end, mine, candidates, digests.of(end, mine, candidates))


def _meet(views: list[ViewPlan]) -> bool:
    """Whether there is more than one share among them."""
    return len({share for view in views for share in view.shares}) > 1


def _targets(
    share: model.Share, view: ViewPlan, shares: Mapping[str, model.Share], order: Mapping[str, int]
) -> tuple[Target, ...]:
    return tuple(
        Target(
            name,
            tuple((r.operation, r.attribute, r.peer) for r in shares[name].rights),
            order[name] > order[share.name],
        )
        for name in view.shares
        if name != share.name and name in shares
    )


def _rights(share: model.Share, ends: list[End], digests: _Digests) -> tuple[HeldRight, ...]:
    """The rights of a share, also those that go without saying; holders whose ends are alike stand together."""
    by_peer = {end.peer.peer: end for end in ends}
    updates: dict[str, set[str]] = {}
    rights: dict[tuple[str, str], dict[str, None]] = {}
    for right in share.rights:
        rights.setdefault((right.operation, right.attribute), {})[right.peer] = None
        if right.operation == "update":
            updates.setdefault(right.peer, set()).add(right.attribute)
    for peer in updates:
        for attribute in _loose(by_peer[peer]) if peer in by_peer else ():
            rights.setdefault(("update", attribute), {})[peer] = None
    bits = {column.name: bit for bit, column in enumerate(ends[0].view.columns)}
    found = []
    for operation, attribute in sorted(rights, key=lambda r: (OPERATIONS.index(r[0]), bits.get(r[1], -1))):
        peers = [peer for peer in rights[operation, attribute] if peer in by_peer]
        holders = [Holder((peer,), by_peer[peer], frozenset(updates.get(peer, ()))) for peer in peers]
        found.append(HeldRight(operation, attribute, _classes(holders, digests)))
    return tuple(found)


def _loose(end: End) -> Iterator[str]:
    """What a view computes from columns that it hides: it follows edits of these, which need no right.

    A peer without any update right cannot ask for a version in which it changes; its own database refuses the edit.
    """
    shown = frozenset(end.stored.values())
    return (column.name for column in end.view.computed if not shown.issuperset(columns(column.value)))


def _classes(holders: list[Holder], digests: _Digests) -> tuple[Holder, ...]:
    if len(holders) < 2:
        return tuple(holders)
    alike: dict[tuple[str, frozenset[str]], list[Holder]] = {}
    for holder in holders:
        alike.setdefault((digests.alike(holder.end), holder.updates), []).append(holder)
    return tuple(replace(those[0], peers=tuple(h.peers[0] for h in those)) for those in alike.values())


def _for(receiver: End, right: HeldRight, ends: Mapping[str, End], share: model.Share) -> HeldRight:
    """A right as a receiver meets it: its own edits stand by themselves, last."""
    here = receiver.peer.peer
    if not any(here in holder.peers for holder in right.holders):
        return right
    by_peer = {ends[view].peer.peer: ends[view] for view in share.views}
    remote, own = [], []
    for holder in right.holders:
        others = tuple(p for p in holder.peers if p != here)
        if others:
            remote.append(replace(holder, peers=others, end=by_peer[others[0]]))
        if len(others) < len(holder.peers):
            own.append(replace(holder, peers=(here,), end=receiver))
    return replace(right, holders=(*remote, *own))


def _effects(effects: Effects, right: HeldRight, receiver: End) -> tuple[Effect, ...]:
    """What edits by a right can do to the source, with all that may change along with its attribute."""
    if right.operation != "update":
        return effects.of(right.operation)
    tied = (along(receiver, holder, right.attribute)[1] for holder in right.holders)
    return effects.of("update", *sorted({right.attribute}.union(*tied)))


# --- what may change along with an attribute ------------------------------------------------------------------------


def along(receiver: End, holder: Holder, attribute: str) -> tuple[frozenset[str], frozenset[str]]:
    """The columns that an update of an attribute may take along: what is computed from it; and all that is tied to it.

    What the holder computes follows without a right; what it stores needs one. Tied are columns that one condition,
    CHECK, `determines` or computed column reads together, at either end.
    """
    computed = frozenset(c.name for c in holder.end.view.computed)
    free = computed | holder.updates
    groups = receiver.groups if holder.end is receiver else receiver.groups + holder.end.groups
    follow = {c for head, group in groups if attribute in group for c in head}
    tied = {attribute}
    grown = True
    while grown:
        grown = False
        for head, group in groups:
            both = group | head
            if not both.isdisjoint(tied) and not both <= tied:
                tied |= both
                grown = True
    return frozenset(follow & free) - {attribute}, frozenset(tied & free) - {attribute}


# --- digests --------------------------------------------------------------------------------------------------------


class _Digests:
    """Digests of what an obligation depends on, each computed once."""

    def __init__(self) -> None:
        self._views: dict[str, bytes] = {}
        self._sources: dict[tuple[str, str], bytes] = {}
        self._alike: dict[str, str] = {}

    def of(self, receiver: End, rights: tuple[HeldRight, ...], candidates: tuple[Candidate, ...]) -> str:
        whole = sha256(self._end(receiver))
        for right in rights:
            for holder in right.holders:
                said = (right.operation, right.attribute, holder.peers, sorted(holder.updates))
                whole.update(f"{said}".encode("utf-8", "surrogatepass"))
                whole.update(self._end(holder.end))
        for candidate in candidates:
            whole.update(self._view(candidate.view))
            whole.update(f"{candidate.shares}".encode("utf-8", "surrogatepass"))
        return whole.hexdigest()

    def alike(self, end: End) -> str:
        """The same for ends that behave alike."""
        if end.view.name not in self._alike:
            self._alike[end.view.name] = end.text
        return self._alike[end.view.name]

    def _end(self, end: End) -> bytes:
        return self._view(end.view) + self._source(end.peer, end.view.source)

    def _view(self, view: ViewPlan) -> bytes:
        if view.name not in self._views:
            self._views[view.name] = sha256(view_text(view).encode("utf-8", "surrogatepass")).digest()
        return self._views[view.name]

    def _source(self, peer: PeerPlan, source: str) -> bytes:
        key = peer.peer, source
        if key not in self._sources:
            self._sources[key] = _digest((peer.peer, near(peer, source)))
        return self._sources[key]


def _digest(value: object) -> bytes:
    return sha256(text_of(value).encode("utf-8", "surrogatepass")).digest()
