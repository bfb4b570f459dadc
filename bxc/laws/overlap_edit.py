"""One edit of a share as it arrives at a peer, in symbols, and what it does to the peer's other views.

One row of the source is touched. It needs no others beside it but those from which a put takes values (`determined by`,
`fresh`, a reference to the same source), as more rows only add reasons to refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.end import End, open_world, relevant_columns, relevant_names, sources_showing
from bxc.laws.intervals_effect import Effects
from bxc.laws.put import Delta, Outcome, put
from bxc.laws.table import (
    Maybe,
    Table,
    World,
    rows_same,
    shown,
    symbolic_row,
    visible,
)
from bxc.laws.term import FALSE, TRUE, Sort, Term
from bxc.laws.value import Row, Val, choose, domain, same, sort_of
from bxc.plan import Fresh, ViewColumn, ViewPlan


@dataclass(frozen=True, slots=True)
class Arrival:
    """A put at ``receiver`` of an edit that uses a right: ``attributes`` may change, ``attribute`` does.

    ``old`` and ``new`` are the row of the view that changes; ``content`` and ``afterwards`` are what the view holds
    before and after; ``facts`` makes the receiver's sources legal and the put accepted.
    """

    receiver: End
    operation: str
    attribute: str
    attributes: frozenset[str]
    world: World
    old: Row | None
    new: Row | None
    content: Table
    afterwards: Table
    outcome: Outcome
    facts: tuple[Term, ...]

    @property
    def delta_key(self) -> Row | None:
        """The old key of the delta."""
        return None if self.old is None else {name: self.old[name] for name in self.receiver.view.key}

    @property
    def world_after(self) -> World:
        """The receiver's sources after the put."""
        return {**self.world, self.receiver.source.name: self.outcome.after}


@dataclass(frozen=True, slots=True)
class Origin:
    """Legal sources of a sender around an edit; ``facts`` makes them so."""

    sender: End
    before: World
    after: World
    facts: tuple[Term, ...]


def rows_needed(view: ViewPlan, operation: str, end: End) -> int:
    """How many rows of the source an edit can depend on."""
    looked_up = 0 if operation == "delete" else len(view.determined)
    if operation == "insert":
        looked_up += any(isinstance(a.value, Fresh) for a in view.inserts)
    revives = any(layer.on_hidden == "revive" for layer in view.layers)
    touched = 1 if operation != "insert" or revives else 0
    return touched + looked_up + end.references_itself


def written(view: ViewPlan, operation: str, attributes: Iterable[str]) -> frozenset[str]:
    """The source columns that an edit may write in rows that are there before."""
    effects = Effects(view).of(operation, *attributes)
    return frozenset(c for e in effects if e.before is not None and e.after is not None for c in e.writes)


def arrival(
    receiver: End,
    others: Iterable[ViewPlan],
    senders: Iterable[End],
    operation: str,
    attribute: str,
    also: frozenset[str],
    *,
    whole: bool = False,
) -> Arrival:
    """An edit by a right, and its put; ``others`` are the views to look at, ``also`` what may change along.

    ``whole``: all columns of the source matter to what is asked.
    """
    attributes = also | {attribute} if operation == "update" else frozenset[str]()
    names = relevant_names((receiver, *senders)) | attributes
    here = relevant_columns(receiver, names) | _read(receiver, others, written(receiver.view, operation, attributes))
    if whole:
        here |= {c.name for c in receiver.source.columns}
    count = rows_needed(receiver.view, operation, receiver)
    rows = tuple(Maybe(t.var(f"r{i}!", Sort.BOOL), symbolic_row(receiver.source, f"r{i}", here)) for i in range(count))
    old: Row | None = None
    new: dict[str, Val] | None = None
    facts: list[Term] = []
    if operation == "insert":
        plain = symbolic_row(receiver.source, "", frozenset())
        new = {
            c.name: plain[c.source] if c.source is not None and c.source not in here else _variable(c)
            for c in receiver.view.columns
        }
    else:
        rows = (Maybe(TRUE, rows[0].row), *rows[1:])
        facts.append(visible(receiver.view, rows[0].row))
        old = shown(receiver.view, rows[0].row)
        if operation == "update":
            new = {**old, **{c.name: _variable(c) for c in receiver.view.columns if c.name in attributes}}
            facts.append(t.not_(same(old[attribute], new[attribute])))
    if new is not None:
        facts += [t.or_(new[c.name].null, domain(new[c.name].term, c.type)) for c in receiver.view.columns]
    world, is_legal = open_world(receiver, rows, "r")
    facts.append(is_legal)
    content = tuple(Maybe(t.and_(m.present, visible(receiver.view, m.row)), shown(receiver.view, m.row)) for m in rows)
    facts += _new_key(receiver.view, content, old, new)
    key = None if old is None else {name: old[name] for name in receiver.view.key}
    outcome = put(receiver.peer, receiver.view, world, Delta(operation, key, new))
    facts += [t.not_(r.term) for r in outcome.refusals]
    afterwards = _afterwards(receiver.view, content, old, new)
    return Arrival(
        receiver, operation, attribute, attributes, world, old, new, content, afterwards, outcome, tuple(facts)
    )


def origin(sender: End, arriving: Arrival) -> Origin:
    """The sources of a sender whose view holds what the receiver's does, before and after the edit."""
    names = relevant_names((sender, arriving.receiver)) | arriving.attributes
    relevant = relevant_columns(sender, names)
    before, b = sources_showing(sender, arriving.content, "b", relevant)
    after, a = sources_showing(sender, arriving.afterwards, "a", relevant)
    return Origin(sender, before, after, (b, a))


def seen(arriving: Arrival, view: ViewPlan) -> Iterator[tuple[str, str, Term]]:
    """What a view of the receiver's undergoes: operation, attribute ('' unless an update), and when."""
    moves = [(i.before, i.after) for i in arriving.outcome.images]
    if arriving.outcome.created is not None:
        made = arriving.outcome.created
        moves.append((Maybe(FALSE, made.row), made))
    own = view.name == arriving.receiver.view.name
    before = [Maybe(t.and_(b.present, visible(view, b.row)), shown(view, b.row)) for b, _ in moves]
    after = [Maybe(t.and_(a.present, visible(view, a.row)), shown(view, a.row)) for _, a in moves]
    if own or not view.grouped:
        pairs = list(zip(before, after, strict=True))
        yield "insert", "", t.any_(t.and_(t.not_(b.present), a.present) for b, a in pairs)
        yield "delete", "", t.any_(t.and_(b.present, t.not_(a.present)) for b, a in pairs)
    else:
        pairs = [(b, a) for b in before for a in after]
        yield "insert", "", t.any_(t.and_(a.present, t.not_(_keyed(before, a.row, view))) for a in after)
        yield "delete", "", t.any_(t.and_(b.present, t.not_(_keyed(after, b.row, view))) for b in before)
    for column in view.columns:
        name = column.name
        parts = [t.and_(b.present, a.present, t.not_(same(b.row[name], a.row[name]))) for b, a in pairs]
        if view.grouped and not own:
            stays = [rows_same(view.key, b.row, a.row) for b, a in pairs]
            parts = [t.and_(part, stay) for part, stay in zip(parts, stays, strict=True)]
        yield "update", name, t.any_(parts)


def _keyed(table: Iterable[Maybe], row: Row, view: ViewPlan) -> Term:
    return t.any_(t.and_(m.present, rows_same(view.key, m.row, row)) for m in table)


def _read(receiver: End, others: Iterable[ViewPlan], writes: frozenset[str]) -> frozenset[str]:
    """The columns of the source that other views depend on, as far as they can differ between rows or change."""
    found: set[str] = set()
    for view in others:
        end = End(receiver.peer, view)
        found |= end.pinned_by_constraints
        found |= {c for c in end.stored.values() if c in writes}
        found |= {end.stored[name] for name in view.key}
    return frozenset(found)


def _variable(column: ViewColumn) -> Val:
    name = f"new.{column.name}"
    is_null = t.var(f"{name}?", Sort.BOOL) if column.nullable else FALSE
    return Val(is_null, t.var(name, sort_of(column.type)))


def _new_key(view: ViewPlan, content: Table, old: Row | None, new: Row | None) -> Iterator[Term]:
    """A new key is one that no other row of the view has."""
    if new is None:
        return
    for name in view.key:
        yield t.not_(new[name].null)
    for m in content:
        taken = t.and_(m.present, rows_same(view.key, m.row, new))
        yield t.not_(taken) if old is None else t.or_(t.not_(taken), rows_same(view.key, m.row, old))


def _afterwards(view: ViewPlan, content: Table, old: Row | None, new: Row | None) -> Table:
    """The view's content after the edit."""
    if old is None:
        assert new is not None
        return (*content, Maybe(TRUE, new))
    rows = []
    for m in content:
        touched = rows_same(view.key, m.row, old)
        if new is None:
            rows.append(Maybe(t.and_(m.present, t.not_(touched)), m.row))
        else:
            rows.append(Maybe(m.present, {n: choose(touched, new[n], held) for n, held in m.row.items()}))
    return tuple(rows)
