"""CascadeEnds, decided: an edit followed around a circle of shares, in symbols, over one row at each peer.

All ends of a share hold the same content before. All peers of the circle put the new content of a share into their
views, and one hands on what that does to the next share. A change that a put refuses, or that a peer has no right to
hand on, ends there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bxc import types
from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.circle import Circle, Hop
from bxc.laws.circle_step import Step, change_of, put_content
from bxc.laws.end import End, open_world, relevant_columns, rows_of
from bxc.laws.limits import Limits
from bxc.laws.overlap import Holder
from bxc.laws.overlap_edit import Arrival, arrival, origin
from bxc.laws.put import Delta, put
from bxc.laws.shrink import smallest
from bxc.laws.solver import Budget, Model, Solver, Unknown
from bxc.laws.story import content, database, differing, ground_row, source_columns, view_columns
from bxc.laws.table import Table, World, contents_same, get
from bxc.laws.term import Term
from bxc.laws.value import Val
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict
from bxc.witness import Column, Edit, Put, Row, Scenario, Witness
from bxc.witness import Table as Shown

Place = tuple[str, str]
"""A peer and one of its sources."""
Worlds = dict[Place, World]


def prove(circle: Circle, limits: Limits) -> tuple[Verdict, ...]:
    """Follow edits of each of the circle's shares; the first that brings other content back is told."""
    unknown: str | None = None
    for number in range(len(circle.hops)):
        turned = (*circle.hops[number:], *circle.hops[:number])
        members = (*circle.members[number:], *circle.members[:number])
        with t.arena():
            outcome = _Simulation(turned, members, limits).run()
        if isinstance(outcome, Finding):
            return (Verdict(Law.CASCADE_ENDS, circle.subject, circle.scope, Status.REFUTED, finding=outcome),)
        unknown = unknown or outcome
    if unknown is not None:
        return (Verdict(Law.CASCADE_ENDS, circle.subject, circle.scope, Status.UNKNOWN, reason=unknown),)
    if any(end.view.grouped for hop in circle.hops for end in (hop.into, hop.out)):
        reason = "a change of a group may change several rows at once, and one is followed"
        return (Verdict(Law.CASCADE_ENDS, circle.subject, circle.scope, Status.BOUNDED, k=1, reason=reason),)
    return (Verdict(Law.CASCADE_ENDS, circle.subject, circle.scope, Status.PROVED),)


@dataclass(frozen=True, slots=True)
class Received:
    """A put of what a step handed on, into a view of a peer whose sources were ``world``."""

    end: End
    step: Step
    world: World


@dataclass(frozen=True, slots=True)
class Round:
    """The way once around: all puts, the sources in the end, and whether all was accepted and allowed.

    ``closing`` is what comes back; ``differs`` says that it is other content.
    """

    received: tuple[Received, ...]
    worlds: Worlds
    allowed: Term
    closing: Step
    differs: Term


class _Simulation:
    """Edits of the first hop's share, around all hops and back."""

    def __init__(self, hops: tuple[Hop, ...], members: tuple[tuple[End, ...], ...], limits: Limits) -> None:
        self.hops = hops
        self.members = members
        self.solver = Solver(Budget(limits.query_ms, limits.deadline), alone=True)
        self.share = hops[0].source
        self.back = hops[-1].out  # the view of the edited share at the peer that closes the circle
        self.ends = {_place(end): end for ends in reversed(members) for end in ends}

    def run(self) -> Finding | str | None:
        """A finding, why it is not known, or None: no edit comes back changed."""
        unknown: str | None = None
        for operation, attribute, holders in self.hops[0].edits:
            for holder in holders:
                match self._edit(operation, attribute, holder):
                    case Finding() as finding:
                        return finding
                    case str() as reason:
                        unknown = reason
        return unknown

    def _edit(self, operation: str, attribute: str, holder: Holder) -> Finding | str | None:
        first = self.hops[0]
        arriving = self._arrival(operation, attribute, holder)
        start, facts = self._start(arriving)
        if not {end.peer.peer for end in self.members[0]} & set(holder.peers):
            facts += origin(holder.end, arriving).facts
        edited = {**start, _place(first.into): arriving.world_after}
        for end in self.members[0]:
            if end.peer.peer != first.peer:
                there = edited[_place(end)]
                outcome = put(end.peer, end.view, there, Delta(operation, arriving.delta_key, arriving.new))
                facts.append(t.not_(outcome.refused))
                edited[_place(end)] = {**there, end.source.name: outcome.after}
        once = self._around(start, edited)
        self.solver.push()
        try:
            self.solver.add(*facts, once.allowed)
            answer = self.solver.ask(once.differs)
            if isinstance(answer, Unknown):
                return answer.reason
            if not isinstance(answer, Model):
                return None
            wanted = [once.differs]
            again = self._again(once) if first.peer != self.back.peer.peer else None
            endless = None if again is None else self.solver.ask(*wanted, *again)
            if again is not None and isinstance(endless, Model):
                answer, wanted = endless, [*wanted, *again]
            model = smallest(self.solver, wanted, answer, *_wishes(arriving, start, self.ends))
            return self._finding(holder, arriving, start, edited, once, model, endless=isinstance(endless, Model))
        finally:
            self.solver.pop()

    def _again(self, once: Round) -> tuple[Term, ...]:
        """That what came back goes around once more, and comes back as something else again."""
        second, _, allowed = self._received(once.worlds, self.members[0], once.closing, self.back.peer.peer)
        twice = self._around(once.worlds, second)
        return (once.closing.single, *allowed, twice.allowed, twice.differs)

    def _arrival(self, operation: str, attribute: str, holder: Holder) -> Arrival:
        """The edit, put at the first hop; every column of its source matters further on."""
        first = self.hops[0]
        return arrival(first.into, [first.out.view], [holder.end], operation, attribute, frozenset(), whole=True)

    def _start(self, arriving: Arrival) -> tuple[Worlds, list[Term]]:
        """Legal sources of all peers whose views agree on every share of the circle."""
        worlds = {_place(self.hops[0].into): arriving.world}
        facts = list(arriving.facts)
        for number, (place, end) in enumerate(self.ends.items()):
            if place not in worlds:
                names = [c.name for c in end.source.columns]
                rows = rows_of(end, 1, f"p{number}.", relevant_columns(end, ()) | frozenset(names))
                worlds[place], is_legal = open_world(end, rows, f"p{number}.")
                facts.append(is_legal)
        for ends in self.members:
            names = [c.name for c in ends[0].view.columns]
            facts += [contents_same(names, _content(worlds, ends[0]), _content(worlds, end)) for end in ends[1:]]
        return worlds, facts

    def _around(self, before: Worlds, after: Worlds) -> Round:
        """The hops one after the other: from the sources before and after what the first hop received."""
        old, now = before, after
        received: list[Received] = []
        allowed: list[Term] = []
        for hop, ends in zip(self.hops, self.members[1:], strict=False):
            step = change_of(hop, _rows(old, hop.out), _rows(now, hop.out))
            old = now
            now, puts, accepted = self._received(now, ends, step, hop.peer)
            received += puts
            allowed += [step.some, step.single, step.granted, *accepted]
        closing = change_of(self.hops[-1], _rows(after, self.back), _rows(now, self.back))
        names = [c.name for c in self.back.view.columns]
        differs = t.not_(contents_same(names, _content(after, self.back), _content(now, self.back)))
        return Round(tuple(received), now, t.and_(*allowed, closing.granted), closing, differs)

    @staticmethod
    def _received(
        worlds: Worlds, ends: tuple[End, ...], step: Step, sender: str
    ) -> tuple[Worlds, list[Received], list[Term]]:
        """A change put at all its receivers."""
        now = dict(worlds)
        puts, allowed = [], []
        for end in ends:
            if end.peer.peer != sender:
                place = _place(end)
                puts.append(Received(end, step, now[place]))
                now[place], accepted = put_content(end, now[place], step)
                allowed.append(accepted)
        return now, puts, allowed

    # --- telling ---

    def _finding(
        self,
        holder: Holder,
        arriving: Arrival,
        start: Worlds,
        edited: Worlds,
        once: Round,
        model: Model,
        *,
        endless: bool,
    ) -> Finding:
        way = " → ".join((*(f"`{hop.source}`" for hop in self.hops), f"`{self.share}`"))
        who, attribute = holder.peers[0], arriving.attribute
        what = f"{arriving.operation} {attribute}".strip()
        others = [(Fault("share", (hop.target,)), f"{hop.peer} hands it on here") for hop in self.hops[:-1]]
        others.append((Fault("view", (self.back.view.name,)), f"and here it comes back, to {self.back.peer.peer}"))
        head = f"`{what}` by {who} in share `{self.share}` comes back around {way} with other content"
        outcome = "What comes back differs from what the edit gave"
        if endless:
            head += ", and again the next time round"
            outcome += ", and it goes around once more"
        return Finding(
            "BX342" if endless else "BX341",
            "error",
            head,
            Fault("right", (self.share, arriving.operation, attribute, who)),
            "an edit by this right sets it off",
            tuple(others),
            "let a column lead back only to itself, or leave out the rights that close the circle",
            self._witness(arriving, start, edited, once, model, outcome),
        )

    def _witness(
        self,
        arriving: Arrival,
        start: Worlds,
        edited: Worlds,
        once: Round,
        model: Model,
        outcome: str,
    ) -> Witness:
        """All peers' sources, the edit put at both ends of its share, then what each hop hands on."""
        databases = [database(model, self.ends[place], start[place], _label(place)) for place in start]
        kinds = dict(view_columns(arriving.receiver))
        key = [(name, kinds[name]) for name in arriving.receiver.view.key]
        edit = Edit(
            arriving.operation,
            None if arriving.old is None else ground_row(model, arriving.old, key),
            None if arriving.new is None else ground_row(model, arriving.new, view_columns(arriving.receiver)),
        )
        first = self.hops[0]
        puts = [Put(_label(_place(first.into)), first.into.view.name, (edit,))]
        puts += [
            Put(_label(_place(end)), end.view.name, (_ordered(edit, arriving.receiver, end),))
            for end in self.members[0]
            if end.peer.peer != first.peer
        ]
        for put_ in once.received:
            edits = put_.step.edits(model, put_.end, put_.world)
            if edits:
                puts.append(Put(_label(_place(put_.end)), put_.end.view.name, edits))
        final = once.worlds
        after = (content(model, self.back, final[_place(self.back)], _label(_place(self.back))),)
        tables = [*self._sources(model, start), *self._contents(model, start, edited, final)]
        scenario = Scenario(tuple(databases), (), tuple(puts), None, after)
        return Witness(tuple(tables), outcome, scenario)

    def _sources(self, model: Model, start: Worlds) -> Iterator[Shown]:
        for place, world in start.items():
            source = self.ends[place].source
            columns = source_columns(source)
            rows = tuple(ground_row(model, m.row, columns) for m in world[source.name] if model.of(m.present))
            yield Shown(f"source `{source.name}` at {place[0]}, before", tuple(Column(*c) for c in columns), rows)

    def _contents(self, model: Model, start: Worlds, edited: Worlds, final: Worlds) -> Iterator[Shown]:
        columns = tuple(Column(*c) for c in view_columns(self.back))
        place = _place(self.back)
        last: tuple[Row, ...] | None = None
        for worlds, when in ((start, "before"), (edited, "after the edit"), (final, "when it has come back")):
            rows = content(model, self.back, worlds[place], "").rows
            marked = frozenset[tuple[int, int]]() if last is None else differing(rows, last, self.back)
            yield Shown(f"view `{self.back.view.name}` at {self.back.peer.peer}, {when}", columns, rows, marked)
            last = rows


def _wishes(
    arriving: Arrival, start: Worlds, ends: dict[Place, End]
) -> tuple[list[Term], list[tuple[Val, types.Type]]]:
    """What a witness should not need (rows, NULLs), and all values with their types: the edited row first."""
    kinds = dict(view_columns(arriving.receiver))
    values = [(held, kinds[name]) for row in (arriving.old, arriving.new) for name, held in (row or {}).items()]
    marks: list[Term] = []
    for place, world in start.items():
        tables = [(source, world.get(source.name, ())) for source in ends[place].sources]
        marks += [m.present for _, table in reversed(tables) for m in reversed(table)]
        values += [(m.row[c.name], c.type) for source, table in tables for m in table for c in source.columns]
    marks += [held.null for held, _ in values]
    return [mark for mark in dict.fromkeys(marks) if not mark.is_const], values


def _ordered(edit: Edit, by: End, end: End) -> Edit:
    """An edit of one end of a share, by the order of the columns and of the key at another."""
    names, key = [c.name for c in by.view.columns], list(by.view.key)
    row = None if edit.row is None else tuple(edit.row[names.index(c.name)] for c in end.view.columns)
    old = None if edit.old_key is None else tuple(edit.old_key[key.index(name)] for name in end.view.key)
    return replace(edit, old_key=old, row=row)


def _place(end: End) -> Place:
    return end.peer.peer, end.view.source


def _label(place: Place) -> str:
    return f"{place[0]}, {place[1]}"


def _rows(worlds: Worlds, end: End) -> Table:
    """The rows of the view's source, visible or not."""
    return worlds[_place(end)][end.source.name]


def _content(worlds: Worlds, end: End) -> Table:
    return get(end.view, _rows(worlds, end))
