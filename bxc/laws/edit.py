"""Legal edits of one end of a share, as another end receives them (`docs/checking.md`).

The receiver's rows are free; the sender's are built behind the content that both see, before and after the edit. As
every constraint but a foreign key holds of part of a table if it holds of all, and a put treats each key by itself, a
few rows are as good as any number: the touched one, one more for constraints of two rows, and one more where a row is
looked up (`determined by`, a reference to the same source).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.end import End, open_world, relevant_columns, relevant_names, rows_of, sources_showing
from bxc.laws.put import Delta, Outcome, put
from bxc.laws.put_rows import Staged, put_rows
from bxc.laws.table import Maybe, Table, World, rows_same, shown, symbolic_row, visible
from bxc.laws.term import FALSE, TRUE, Sort, Term
from bxc.laws.value import Row, Val, choose, domain, same, sort_of
from bxc.plan import ViewColumn


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit may do: a row is inserted, deleted or updated in ``attributes``; ``open`` fills an empty view.

    Columns that the sender computes are attributes too: they need no right, as they follow from their inputs. With
    ``also`` a second row is updated in these columns; where the share opens it is inserted, and the source is empty.
    Then ``more`` rows may be inserted beside these two.
    """

    operation: str
    attributes: frozenset[str] = frozenset()
    also: frozenset[str] | None = None
    more: int = 0

    @property
    def inserts(self) -> bool:
        return self.operation in ("insert", "open")


@dataclass(frozen=True, slots=True)
class Question:
    """An edit of ``sender`` received by ``receiver``, in symbols: ask for an assignment of ``facts`` and more.

    ``before`` and ``after`` are the sender's sources, ``world`` the receiver's. ``old`` and ``new`` are the row of the
    view that changes, ``others`` are the rows beside it. ``marks`` lists what a small witness avoids, the most
    unwelcome first.
    """

    sender: End
    receiver: End
    change: Change
    world: World
    before: World
    after: World
    old: Row | None
    new: Row | None
    others: tuple[Delta, ...]
    outcome: Outcome
    facts: Term
    names: frozenset[str]
    marks: tuple[Term, ...]


def rows_needed(end: End) -> int:
    """How many rows of the receiver's source stand for all of them."""
    return 3 if end.view.determined or end.references_itself or end.view.grouped else 2


def question(sender: End, receiver: End, change: Change) -> Question:
    """An edit and its put; ``sender`` and ``receiver`` may be the same end (a peer's own edit of its view)."""
    names = relevant_names((sender, receiver)) | change.attributes
    here = relevant_columns(receiver, names)
    there = relevant_columns(sender, names)
    empty = change.operation == "open" and change.also is not None
    rows = rows_of(receiver, 0 if empty else rows_needed(receiver), "r", here)
    facts: list[Term] = []
    old: Row | None = None
    if change.inserts:
        new: Row | None = _new_row(receiver, names)
    else:
        rows = (Maybe(TRUE, rows[0].row), *rows[1:])
        facts.append(visible(receiver.view, rows[0].row))
        old = shown(receiver.view, rows[0].row)
        new = None
        if change.operation == "update":
            new = {**old, **{c.name: _variable(c) for c in receiver.view.columns if c.name in change.attributes}}
    facts += () if new is None else _typed_row(receiver, new)
    others, rows, more = _others(receiver, change, rows, old, names)
    facts += more
    world, receiver_legal = open_world(receiver, rows, "r")
    content = tuple(Maybe(t.and_(m.present, visible(receiver.view, m.row)), shown(receiver.view, m.row)) for m in rows)
    facts.append(receiver_legal)
    if change.operation == "open":
        facts += [t.not_(m.present) for m in content]
    facts += _really_changes(receiver, change, content, old, new, others)
    afterwards = _afterwards(receiver, change, content, old, new, others)
    before, before_legal = sources_showing(sender, content, "b", there)
    after, after_legal = sources_showing(sender, afterwards, "a", there)
    facts += [before_legal, after_legal]
    outcome = _put(receiver, world, (_delta(receiver, change, old, new), *others))
    facts.append(outcome.given)
    marks = _marks(receiver, change, rows, world, before, after, old, new)
    return Question(
        sender, receiver, change, world, before, after, old, new, others, outcome, t.and_(*facts), names, tuple(marks)
    )


def _new_row(end: End, names: frozenset[str], label: str = "new") -> dict[str, Val]:
    """A new row of the view: variables where it matters, else what all rows have there."""
    plain = symbolic_row(end.source, "", frozenset())
    return {
        c.name: plain[c.source] if c.source is not None and c.name not in names else _variable(c, label)
        for c in end.view.columns
    }


def _others(
    receiver: End, change: Change, rows: Table, old: Row | None, names: frozenset[str]
) -> tuple[tuple[Delta, ...], Table, list[Term]]:
    """The second row of the delta: the last of the receiver's rows, which is of the view and has another key.

    Where the share opens it is new, and there may be more.
    """
    if change.also is None:
        return (), rows, []
    if change.operation == "open":
        labels = ["also", *(f"more {number}" for number in range(change.more))]
        made = [_new_row(receiver, names, label) for label in labels]
        return (
            tuple(Delta("insert", None, it) for it in made),
            rows,
            [f for it in made for f in _typed_row(receiver, it)],
        )
    last = rows[-1].row
    key = receiver.view.key
    before = shown(receiver.view, last)
    new = {**before, **{c.name: _variable(c, "also") for c in receiver.view.columns if c.name in change.also}}
    facts = [visible(receiver.view, last), *_typed_row(receiver, new)]
    if old is not None:
        facts.append(t.not_(rows_same(key, old, before)))
    also = Delta("update", {name: before[name] for name in key}, new)
    return (also,), (*rows[:-1], Maybe(TRUE, last)), facts


def _put(receiver: End, world: World, delta: Sequence[Delta]) -> Outcome:
    """The put of the delta's row, or of all as one."""
    if len(delta) == 1:
        return put(receiver.peer, receiver.view, world, delta[0])
    staged = [Staged(d.operation, None if d.operation == "insert" else d.old, d.new) for d in delta]
    effect = put_rows(receiver.peer, receiver.view, world, staged)
    return Outcome(effect.refusals, effect.images, None, effect.given)


def _variable(column: ViewColumn, label: str = "new") -> Val:
    name = f"{label}.{column.name}"
    is_null = t.var(f"{name}?", Sort.BOOL) if column.nullable else FALSE
    return Val(is_null, t.var(name, sort_of(column.type)))


def _typed_row(end: End, row: Mapping[str, Val]) -> list[Term]:
    types = {c.name: c.type for c in end.view.columns}
    return [t.or_(held.null, domain(held.term, types[name])) for name, held in row.items() if not held.term.is_const]


def _really_changes(
    receiver: End, change: Change, content: Table, old: Row | None, new: Row | None, others: Sequence[Delta]
) -> list[Term]:
    """An update changes something; a new key is new (the view is a set with a key)."""
    if new is None:
        return []
    facts = []
    key = receiver.view.key
    edits = [(old, new), *((other.old, other.new) for other in others if other.new is not None)]
    if old is not None:
        facts.append(t.not_(rows_same(sorted(change.attributes), old, new)))
    for place, (before, after) in enumerate(edits):
        beside = [*edits[:place], *edits[place + 1 :]]
        facts.append(_free(key, before, after, content, beside))
        facts += [t.not_(rows_same(key, after, earlier)) for _, earlier in edits[:place]]
        facts += [t.not_(after[name].null) for name in key]
    return facts


def _free(
    key: Sequence[str], old: Row | None, new: Row, content: Table, others: Sequence[tuple[Row | None, Row]]
) -> Term:
    """Whether a row keeps its key or takes one that no other row has, or that another row of the edit leaves."""
    stays = FALSE if old is None else rows_same(key, old, new)
    parts = []
    for m in content:
        itself = FALSE if old is None else rows_same(key, m.row, old)
        leaves = t.any_(
            t.and_(rows_same(key, m.row, before), t.not_(rows_same(key, before, after)))
            for before, after in others
            if before is not None
        )
        parts.append(t.or_(stays, t.not_(m.present), itself, leaves, t.not_(rows_same(key, m.row, new))))
    return t.and_(*parts)


def _afterwards(
    receiver: End, change: Change, content: Table, old: Row | None, new: Row | None, others: Sequence[Delta]
) -> Table:
    """The content after the edit."""
    key = receiver.view.key
    rows = []
    for m in content:
        present, row = m.present, m.row
        for also in others:
            if also.old is not None and also.new is not None:
                row = _replaced(row, rows_same(key, m.row, also.old), also.new)
        if old is not None:
            touched = rows_same(key, m.row, old)
            if new is None:
                present = t.and_(present, t.not_(touched))
            else:
                row = _replaced(row, touched, new)
        rows.append(Maybe(present, row))
    if change.inserts:
        made = [new, *(also.new for also in others if also.operation == "insert")]
        rows += [Maybe(TRUE, row) for row in made if row is not None]
    return tuple(rows)


def _replaced(row: Row, touched: Term, new: Row) -> Row:
    return {name: choose(touched, new[name], held) for name, held in row.items()}


def _delta(receiver: End, change: Change, old: Row | None, new: Row | None) -> Delta:
    key = None if old is None else {name: old[name] for name in receiver.view.key}
    return Delta("insert" if change.inserts else change.operation, key, new)


def _marks(
    receiver: End,
    change: Change,
    rows: Table,
    world: World,
    before: World,
    after: World,
    old: Row | None,
    new: Row | None,
) -> list[Term]:
    """What a witness should not need: more rows, changes of more columns, NULLs."""
    found = [m.present for m in reversed(rows) if not m.present.is_const]
    found += [m.present for name, table in world.items() if name != receiver.view.source for m in table]
    if old is not None and new is not None:
        found += [t.not_(same(old[n], new[n])) for n in sorted(change.attributes, reverse=True)]
    for table in (*world.values(), *before.values(), *after.values()):
        found += [held.null for m in table for held in m.row.values() if not held.null.is_const]
    return [mark for mark in dict.fromkeys(found) if not mark.is_const]
