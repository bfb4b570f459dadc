"""A counterexample → its witness: the rows of all tables, what to show of them, and how to see it happen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bxc import model as m
from bxc import types
from bxc.laws.edit import Question
from bxc.laws.end import End
from bxc.laws.solver import Model
from bxc.laws.table import Table, World, get
from bxc.laws.value import Row, Val, decode
from bxc.witness import Column, Content, Database, Edit, Put, Scenario, SourceRows, Witness
from bxc.witness import Row as GroundRow
from bxc.witness import Table as Shown


def ground(model: Model, held: Val, type_: types.Type) -> types.Value:
    """What a symbolic value is in a counterexample."""
    return None if model.of(held.null) else decode(model.of(held.term), type_)


def ground_row(model: Model, row: Row, columns: Sequence[tuple[str, types.Type]]) -> GroundRow:
    """What a symbolic row is, in the order of some columns."""
    return tuple(ground(model, row[name], type_) for name, type_ in columns)


def ground_rows(model: Model, table: Table, columns: Sequence[tuple[str, types.Type]]) -> tuple[GroundRow, ...]:
    """The rows that are there, each once, in order."""
    rows = (ground_row(model, maybe.row, columns) for maybe in table if model.of(maybe.present))
    return tuple(dict.fromkeys(rows))


def source_columns(source: m.Source) -> tuple[tuple[str, types.Type], ...]:
    """Names and types of a source's columns."""
    return tuple((c.name, c.type) for c in source.columns)


def view_columns(end: End) -> tuple[tuple[str, types.Type], ...]:
    """Names and types of a view's columns."""
    return tuple((c.name, c.type) for c in end.view.columns)


def database(model: Model, end: End, world: World, label: str) -> Database:
    """A peer's database in a counterexample."""
    filled = []
    for source in end.peer.sources:
        if source.name in world:
            rows = ground_rows(model, world[source.name], source_columns(source.source))
            if rows:
                filled.append(SourceRows(source.name, rows))
    return Database(label, end.peer.peer, tuple(filled))


def content(model: Model, end: End, world: World, label: str) -> Content:
    """What the view holds over a world."""
    return Content(label, end.view.name, ground_rows(model, get(end.view, world[end.source.name]), view_columns(end)))


def typed_values(question: Question) -> Iterator[tuple[Val, types.Type]]:
    """All symbolic values of a question with their types, those that a reader sees first in front."""
    for row in (question.old, question.new):
        if row is not None:
            yield from ((row[name], type_) for name, type_ in view_columns(question.receiver))
    for end, world in (
        (question.receiver, question.world),
        (question.sender, question.before),
        (question.sender, question.after),
    ):
        for source in end.peer.sources:
            for maybe in world.get(source.name, ()):
                for name, type_ in source_columns(source.source):
                    yield maybe.row[name], type_


def edits(model: Model, question: Question) -> Iterator[Edit]:
    """The delta's rows."""
    columns = view_columns(question.receiver)
    kinds = dict(columns)
    key = [(name, kinds[name]) for name in question.receiver.view.key]
    operation = "insert" if question.change.inserts else question.change.operation
    rows = [(operation, question.old, question.new)]
    rows += [(other.operation, other.old, other.new) for other in question.others]
    for kind, before, after in rows:
        old = None if before is None else ground_row(model, before, key)
        new = None if after is None else ground_row(model, after, columns)
        yield Edit(kind, old, new)


def witness(model: Model, question: Question, refused: str | None, reading: Iterable[str], outcome: str) -> Witness:
    """The witness of an edit whose put ends with ``refused``; ``reading`` are the source columns that matter to it."""
    sender, receiver = question.sender, question.receiver
    own = sender == receiver
    here = receiver.peer.peer
    before, after = (f"{sender.peer.peer}, before", f"{sender.peer.peer}, after")
    if own:
        before, after = (f"{here}, as it is", f"{here}, as it could be")
    databases = [database(model, receiver, question.world, here), database(model, sender, question.after, after)]
    held = [content(model, receiver, question.world, here), content(model, sender, question.after, after)]
    if not own and question.change.operation != "open":
        databases.insert(1, database(model, sender, question.before, before))
        held.insert(1, content(model, sender, question.before, before))
    put = Put(here, receiver.view.name, tuple(edits(model, question)))
    scenario = Scenario(tuple(databases), tuple(held), (put,), refused)
    tables = (*_edited(model, question), _source_table(model, question, frozenset(reading)))
    return Witness(tuple(t for t in tables if t.rows), outcome, scenario)


def _edited(model: Model, question: Question) -> Iterator[Shown]:
    """The sender's view before and after, with the cells that change."""
    sender = question.sender
    columns = view_columns(sender)
    shown = tuple(Column(*c) for c in columns)
    own = sender == question.receiver
    world = question.world if own else question.before
    rows = {True: content(model, sender, world, "").rows, False: content(model, sender, question.after, "").rows}
    if question.change.operation == "open":
        rows[True] = ()
    for first, when in ((True, "before"), (False, "after the edit")):
        listed, marked = rows[first], differing(rows[first], rows[not first], sender)
        yield Shown(f"view `{sender.view.name}` at {sender.peer.peer}, {when}", shown, listed, marked)


def differing(rows: Sequence[GroundRow], others: Sequence[GroundRow], end: End) -> frozenset[tuple[int, int]]:
    """The cells of a view's rows that are not the same in its other content."""
    names, there = [c.name for c in end.view.columns], set(others)
    return frozenset(
        (i, j) for i, row in enumerate(rows) if row not in there for j in _changed(row, others, names, end.view.key)
    )


def _changed(row: GroundRow, others: Sequence[GroundRow], names: Sequence[str], key: Sequence[str]) -> Iterator[int]:
    """The places at which a row differs from the one with its key; all of a row that is alone."""
    at = [names.index(name) for name in key]
    for other in others:
        if all(row[i] == other[i] for i in at):
            yield from (i for i, (a, b) in enumerate(zip(row, other, strict=True)) if a != b)
            return
    yield from range(len(row))


def _source_table(model: Model, question: Question, reading: frozenset[str]) -> Shown:
    receiver = question.receiver
    columns = source_columns(receiver.source)
    rows = ground_rows(model, question.world[receiver.source.name], columns)
    marked = frozenset((i, j) for i in range(len(rows)) for j, (name, _) in enumerate(columns) if name in reading)
    return Shown(
        f"source `{receiver.source.name}` at {receiver.peer.peer}, before the put",
        tuple(Column(*c) for c in columns),
        rows,
        marked,
    )
