"""Overlap, decided: for each right and other view, whether a legal edit can change it, and by which operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.intervals_effect import Effects
from bxc.laws.intervals_reach import NOTHING, Change, Reach
from bxc.laws.limits import Limits
from bxc.laws.overlap import Candidate, HeldRight, Holder, Overlap, along
from bxc.laws.overlap_edit import Arrival, Origin, arrival, origin, seen
from bxc.laws.solver import Budget, Model, Nothing, Solver, Unknown
from bxc.laws.table import visible
from bxc.laws.term import Ground, Term
from bxc.laws.verdict import Verdict

Goal = tuple[str, str]
"""An operation on the other view, and the attribute of an update."""


class Reading(Model):
    """A model that remembers the parts of terms which it has evaluated."""

    def __init__(self, values: dict[str, Ground]) -> None:
        super().__init__(values)
        object.__setattr__(self, "_parts", {})

    def of(self, term: Term) -> Ground:
        """The value of a term; a variable that the query did not mention is false, 0 or empty."""
        found = t.rebuild(term, self._value, self._parts)  # type: ignore[attr-defined]
        return found.data  # type: ignore[no-any-return]

    def _value(self, variable: Term) -> Term:
        if variable.data in self.values:
            return t.const(self.values[variable.data])
        return t.const(Model({}).of(variable))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A counterexample to "this edit changes nothing there"."""

    holder: Holder
    arriving: Arrival
    origin: Origin | None
    model: Model


@dataclass(slots=True)
class Found:
    """What became of one right and one other view: the goals that can happen, by whose edits, and what is open."""

    right: HeldRight
    candidate: Candidate
    possible: Change
    goals: dict[Goal, Evidence] = field(default_factory=dict)
    remote: set[Goal] = field(default_factory=set)
    by: list[str] = field(default_factory=list)
    unknown: dict[Goal, str] = field(default_factory=dict)

    def settled(self, *, remote: bool) -> frozenset[Goal]:
        """The goals that need no more evidence: those that another peer's edit causes, or any edit."""
        return frozenset(self.remote if remote else self.goals)

    def take(self, goal: Goal, evidence: Evidence, *, remote: bool) -> None:
        """Note that a goal can happen."""
        self.goals[goal] = evidence
        if remote:
            self.remote.add(goal)
        self.by += [peer for peer in evidence.holder.peers if peer not in self.by]
        self.unknown.pop(goal, None)


def prove(overlap: Overlap, limits: Limits) -> tuple[Verdict, ...]:
    """The verdicts of an obligation."""
    from bxc.laws.overlap_verdicts import verdicts

    with t.arena():
        return tuple(verdicts(overlap, _Proof(overlap, limits).run()))


class _Proof:
    """One solver for all rights on one shared view."""

    def __init__(self, overlap: Overlap, limits: Limits) -> None:
        self.overlap = overlap
        self.solver = Solver(Budget(limits.query_ms, limits.deadline), alone=True)
        self.effects = Effects(overlap.receiver.view)
        self.reaches = [Reach(candidate.view) for candidate in overlap.candidates]
        self.arrivals: dict[tuple[str, str, frozenset[str]], Arrival] = {}

    def run(self) -> list[Found]:
        """All pairs of a right and another view that intervals do not keep apart, decided."""
        return [found for right in self.overlap.rights for found in self._right(right)]

    def _right(self, right: HeldRight) -> list[Found]:
        tiers = [along(self.overlap.receiver, h, right.attribute) for h in right.holders]
        everything = [
            right.attribute,
            *sorted(frozenset[str]().union(*(tied for _, tied in tiers)) - {right.attribute}),
        ]
        caused = self.effects.of(right.operation, *(everything if right.operation == "update" else ()))
        founds = []
        for candidate, reach in zip(self.overlap.candidates, self.reaches, strict=True):
            change = NOTHING
            for effect in caused:
                own = candidate.view.name == self.overlap.receiver.view.name
                change |= reach.changed_by(effect, same_view=own)
            if change.operations:
                founds.append(Found(right, candidate, change))
        if founds:
            for holder, (follow, tied) in zip(right.holders, tiers, strict=True):
                self._holder(founds, right, holder, follow, tied if right.operation == "update" else frozenset())
        return founds

    def _holder(
        self, founds: list[Found], right: HeldRight, holder: Holder, follow: frozenset[str], tied: frozenset[str]
    ) -> None:
        """What edits of one class of holders do: of the attribute alone; where that cannot be, of all tied to it."""
        if right.operation != "update":
            follow = frozenset()
        stuck = self._ask_all(founds, right, holder, follow, look=bool(tied - follow))
        if stuck:
            self._ask_all(stuck, right, holder, follow | tied, look=False)

    def _ask_all(
        self, founds: list[Found], right: HeldRight, holder: Holder, also: frozenset[str], *, look: bool
    ) -> list[Found]:
        """Ask for all goals; with ``look`` returns where no such edit reaches a row that the other view shows."""
        arriving = self._arrival(right, also)
        remote = holder.end is not self.overlap.receiver
        start = origin(holder.end, arriving) if remote else None
        self.solver.push()
        try:
            self.solver.add(*arriving.facts, *(() if start is None else start.facts))
            asking = _Asking(self.solver, holder, arriving, start)
            for found in founds:
                asking.decide(found, remote=remote)
            if not look:
                return []
            return [f for f in founds if not any(p in f.by for p in holder.peers) and not asking.meets(f)]
        finally:
            self.solver.pop()

    def _arrival(self, right: HeldRight, also: frozenset[str]) -> Arrival:
        key = right.operation, right.attribute, also
        if key not in self.arrivals:
            senders = [h.end for h in right.holders if h.end is not self.overlap.receiver]
            views = [candidate.view for candidate in self.overlap.candidates]
            self.arrivals[key] = arrival(self.overlap.receiver, views, senders, right.operation, right.attribute, also)
        return self.arrivals[key]


class _Asking:
    """Goals put to the solver whose facts are one edit of one class of holders."""

    def __init__(self, solver: Solver, holder: Holder, arriving: Arrival, start: Origin | None) -> None:
        self.solver = solver
        self.holder = holder
        self.arriving = arriving
        self.origin = start
        self.plain = _plain(arriving)
        self.last: Reading | None = None

    def decide(self, found: Found, *, remote: bool) -> None:
        """Which goals can happen; those that an earlier class of holders reached count for this one by one of them."""
        goals = dict(_goals(self.arriving, found))
        earlier = found.settled(remote=remote)
        for goal, term in goals.items():
            if goal not in found.settled(remote=remote):
                self._one(found, goal, term, goals, remote=remote)
        if not any(peer in found.by for peer in self.holder.peers):
            again = t.any_(goals[goal] for goal in earlier if goal in goals)
            if isinstance(self._ask(again), Reading):
                found.by += self.holder.peers

    def _one(self, found: Found, goal: Goal, term: Term, goals: dict[Goal, Term], *, remote: bool) -> None:
        """Decide a goal; a counterexample may settle others too. The first one is shown, so a plain one is sought."""
        plain = Nothing() if found.goals else self._ask(t.and_(term, self.plain))
        match plain if isinstance(plain, Reading) else self._ask(term):
            case Reading() as model:
                evidence = Evidence(self.holder, self.arriving, self.origin, model)
                for other, its in goals.items():
                    if other not in found.settled(remote=remote) and model.of(its):
                        found.take(other, evidence, remote=remote)
            case Unknown(reason) if goal not in found.goals:
                found.unknown[goal] = reason
            case _:
                pass

    def meets(self, found: Found) -> bool:
        """Whether the edit can touch a row that the other view shows before or after."""
        view = found.candidate.view
        rows = [row for image in self.arriving.outcome.images for row in (image.before, image.after)]
        shows = t.any_(t.and_(row.present, visible(view, row.row)) for row in rows)
        return not isinstance(self._ask(shows), Nothing)

    def _ask(self, goal: Term) -> Reading | Nothing | Unknown:
        if goal.is_const and not goal.data:
            return Nothing()
        if self.last is not None and self.last.of(goal):
            return self.last
        match self.solver.ask(goal):
            case Model() as model:
                self.last = Reading(model.values)
                return self.last
            case other:
                return other


def _plain(arriving: Arrival) -> Term:
    """That there are no rows but the touched one, and no NULLs: what a witness is better without."""
    rows = [row for table in arriving.world.values() for row in table]
    spare = [t.not_(row.present) for row in rows if not row.present.is_const]
    held = [value for row in (*(r.row for r in rows), arriving.new or {}) for value in row.values()]
    return t.and_(*spare, *(t.not_(value.null) for value in held if not value.null.is_const))


def _goals(arriving: Arrival, found: Found) -> Iterator[tuple[Goal, Term]]:
    """What the other view can undergo as far as intervals tell, and when."""
    for operation, attribute, term in seen(arriving, found.candidate.view):
        if operation in found.possible.operations and (not attribute or attribute in found.possible.attributes):
            yield (operation, attribute), term
