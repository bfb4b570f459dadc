"""Evidence of an edge → its witness: the edit at the sender's end, the receiver's rows, the other view around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bxc import types
from bxc.laws.end import End
from bxc.laws.overlap_edit import Arrival, seen
from bxc.laws.overlap_proof import Evidence, Goal, Reading
from bxc.laws.shrink import plainer
from bxc.laws.solver import Model
from bxc.laws.story import content, database, differing, ground_row, source_columns, view_columns
from bxc.laws.table import World
from bxc.laws.value import Val
from bxc.plan import Fresh, ViewPlan
from bxc.witness import Column, Content, Edit, Put, Row, Scenario, Table, Witness


def witness(evidence: Evidence, view: ViewPlan, goal: Goal, outcome: str) -> Witness:
    """The witness of what ``goal`` says of another view; its scenario ends with that view's new content."""
    arriving = evidence.arriving
    model = _plain(evidence, view, goal)
    receiver = arriving.receiver
    other = End(receiver.peer, view)
    here = receiver.peer.peer
    databases = [database(model, receiver, arriving.world, here)]
    before = [content(model, receiver, arriving.world, here), content(model, other, arriving.world, here)]
    after = [content(model, end, arriving.world_after, here) for end in (receiver, other) if _foretold(arriving, end)]
    tables = []
    if evidence.origin is not None:
        sender = evidence.origin.sender
        for world, when in ((evidence.origin.before, "before"), (evidence.origin.after, "after")):
            label = f"{sender.peer.peer}, {when}"
            databases.append(database(model, sender, world, label))
            before.append(content(model, sender, world, label))
        first, then = before[-2:]
        for held, against in ((first, then), (then, first)):
            title = f"view `{sender.view.name}` at {held.database} the edit"
            tables.append(_table(title, sender, held.rows, differing(held.rows, against.rows, sender)))
    put = Put(here, receiver.view.name, (_edit(model, arriving),))
    tables.append(_source(model, arriving))
    tables += _moved(model, other, arriving)
    scenario = Scenario(tuple(databases), tuple(dict.fromkeys(before)), (put,), None, tuple(dict.fromkeys(after)))
    return Witness(tuple(tables), outcome, scenario)


def _plain(evidence: Evidence, view: ViewPlan, goal: Goal) -> Model:
    """The counterexample, as plain as it can be made without asking the solver again."""
    arriving, origin = evidence.arriving, evidence.origin
    wanted = [term for operation, attribute, term in seen(arriving, view) if (operation, attribute) == goal]
    facts = (*arriving.facts, *(() if origin is None else origin.facts), *wanted)
    worlds = [(arriving.receiver, arriving.world)]
    if origin is not None:
        worlds += [(origin.sender, origin.before), (origin.sender, origin.after)]
    spare = [m.present for _, world in worlds for table in reversed(world.values()) for m in reversed(table)]
    return Reading(plainer(facts, evidence.model, spare, _values(arriving, worlds)).values)


def _values(arriving: Arrival, worlds: Sequence[tuple[End, World]]) -> Iterator[tuple[Val, types.Type]]:
    """All values with their types: the row that is touched first, then what it becomes."""
    kinds = dict(view_columns(arriving.receiver))
    for row in (arriving.old, arriving.new):
        yield from ((held, kinds[name]) for name, held in (row or {}).items())
    for end, world in worlds:
        for source in end.peer.sources:
            for maybe in world.get(source.name, ()):
                yield from ((maybe.row[name], type_) for name, type_ in source_columns(source.source))


def _edit(model: Model, arriving: Arrival) -> Edit:
    """The delta's one row."""
    columns = view_columns(arriving.receiver)
    kinds = dict(columns)
    key = [(name, kinds[name]) for name in arriving.receiver.view.key]
    old = None if arriving.old is None else ground_row(model, arriving.old, key)
    new = None if arriving.new is None else ground_row(model, arriving.new, columns)
    return Edit(arriving.operation, old, new)


def _foretold(arriving: Arrival, end: End) -> bool:
    """Whether the content after the put is known: a new uuid is not."""
    if arriving.operation != "insert":
        return True
    made = {a.column for a in arriving.receiver.view.inserts if isinstance(a.value, Fresh)}
    return not any(
        c.name in made and isinstance(c.type, types.Uuid) and c.name in end.stored.values() for c in end.source.columns
    )


def _moved(model: Model, other: End, arriving: Arrival) -> Iterator[Table]:
    """The other view before and after, with the cells that differ marked."""
    name, here = other.view.name, other.peer.peer
    before: Content = content(model, other, arriving.world, "")
    after = content(model, other, arriving.world_after, "")
    for held, against, when in ((before, after, "before"), (after, before, "after")):
        marked = frozenset(
            (i, j) for i, row in enumerate(held.rows) if row not in against.rows for j in _differing(row, against.rows)
        )
        yield _table(f"view `{name}` at {here}, {when} the put", other, held.rows, marked)


def _differing(row: Row, others: Sequence[Row]) -> Iterator[int]:
    """The places at which a row differs from the only other one; all places where there is none."""
    if len(others) == 1:
        yield from (j for j, (a, b) in enumerate(zip(row, others[0], strict=True)) if a != b)
    else:
        yield from range(len(row))


def _table(title: str, end: End, rows: tuple[Row, ...], marked: frozenset[tuple[int, int]] = frozenset()) -> Table:
    return Table(title, tuple(Column(*c) for c in view_columns(end)), rows, marked)


def _source(model: Model, arriving: Arrival) -> Table:
    """The receiver's rows, with the cells that the put changes."""
    end = arriving.receiver
    columns = source_columns(end.source)
    changed: dict[Row, set[int]] = {}
    for maybe, image in zip(arriving.world[end.source.name], arriving.outcome.images, strict=True):
        if model.of(maybe.present):
            row, after = (ground_row(model, held.row, columns) for held in (maybe, image.after))
            stays = model.of(image.after.present)
            places = (j for j, (a, b) in enumerate(zip(row, after, strict=True)) if a != b or not stays)
            changed.setdefault(row, set()).update(places)
    title = f"source `{end.source.name}` at {end.peer.peer}, before the put"
    marked = frozenset((i, j) for i, places in enumerate(changed.values()) for j in places)
    return Table(title, tuple(Column(*c) for c in columns), tuple(changed), marked)
