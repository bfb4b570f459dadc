"""One step around a circle of shares: what a peer's view undergoes, and that put into the next peer's view."""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.circle import Hop
from bxc.laws.end import End
from bxc.laws.put import Delta, Outcome, put
from bxc.laws.solver import Model
from bxc.laws.story import ground_row, view_columns
from bxc.laws.table import Maybe, Table, World, get, rows_same, shown, visible
from bxc.laws.term import FALSE, Term
from bxc.laws.value import Row, choose, same
from bxc.witness import Edit


@dataclass(frozen=True, slots=True)
class Step:
    """A change of one row of a share: ``old`` where it was there before, ``new`` where it is there afterwards.

    ``some`` says that there is a change, ``single`` that it is of this row alone, ``granted`` that the peer has the
    rights to it. ``apart``: a row that changes its key goes and comes (as it does in a grouped view).
    """

    old: Maybe
    new: Maybe
    some: Term
    single: Term
    granted: Term
    apart: bool

    def edits(self, model: Model, end: End, world: World) -> tuple[Edit, ...]:
        """What is to be put into a view of that share."""
        found = []
        case = _Case(end, world, self)
        columns = view_columns(end)
        kinds = dict(columns)
        key = [(name, kinds[name]) for name in end.view.key]
        if model.of(case.goes):
            found.append(Edit("delete", ground_row(model, self.old.row, key), None))
        new = ground_row(model, self.new.row, columns) if model.of(self.new.present) else None
        if new is not None and model.of(case.stays):
            found.append(Edit("update", ground_row(model, case.found_by, key), new))
        elif new is not None:
            found.append(Edit("insert", None, new))
        return tuple(found)


class _Case:
    """Which operations bring a view to hold a change: ``goes``, ``stays`` (found by ``found_by``), or an insert."""

    def __init__(self, end: End, world: World, step: Step) -> None:
        held = get(end.view, world[end.source.name])
        key = end.view.key
        old, new = step.old, step.new
        has_old = t.any_(t.and_(m.present, rows_same(key, m.row, old.row)) for m in held)
        has_new = t.any_(t.and_(m.present, rows_same(key, m.row, new.row)) for m in held)
        moved = t.not_(rows_same(key, old.row, new.row))
        apart = t.and_(moved, has_new) if not step.apart else moved
        self.goes = t.and_(old.present, has_old, t.or_(t.not_(new.present), apart))
        renamed = FALSE if step.apart else t.and_(old.present, has_old)
        self.stays = t.and_(new.present, t.or_(has_new, renamed))
        self.comes = t.and_(new.present, t.not_(self.stays))
        self.found_by: Row = {name: choose(has_new, new.row[name], old.row[name]) for name in key}


def change_of(hop: Hop, before: Table, after: Table) -> Step:
    """What the view that a hop hands on undergoes; the source's rows stand in order, new ones behind the others."""
    view = hop.out.view
    pairs = []
    for number, now in enumerate(after):
        was = before[number] if number < len(before) else Maybe(FALSE, now.row)
        b = Maybe(t.and_(was.present, visible(view, was.row)), shown(view, was.row))
        a = Maybe(t.and_(now.present, visible(view, now.row)), shown(view, now.row))
        names = [c.name for c in view.columns]
        differs = t.or_(t.not_(t.eq(b.present, a.present)), t.and_(b.present, t.not_(rows_same(names, b.row, a.row))))
        pairs.append((b, a, differs))
    old, new, _ = pairs[-1]
    for b, a, differs in reversed(pairs[:-1]):
        old, new = _either(differs, b, old), _either(differs, a, new)
    changed = [differs for _, _, differs in pairs]
    several = t.any_(t.and_(x, y) for i, x in enumerate(changed) for y in changed[:i])
    step = Step(old, new, t.any_(changed), t.not_(several), FALSE, view.grouped)
    return Step(old, new, step.some, step.single, _granted(hop, step), view.grouped)


def _either(condition: Term, then: Maybe, otherwise: Maybe) -> Maybe:
    row = {name: choose(condition, value, otherwise.row[name]) for name, value in then.row.items()}
    return Maybe(t.ite(condition, then.present, otherwise.present), row)


def _granted(hop: Hop, step: Step) -> Term:
    """Whether the peer has the rights to hand a change on; what its view computes needs none."""
    view = hop.out.view
    held = hop.granted
    old, new = step.old, step.new
    comes, goes = t.and_(new.present, t.not_(old.present)), t.and_(old.present, t.not_(new.present))
    stays = t.and_(old.present, new.present)
    inserts, deletes = ("insert", "") in held, ("delete", "") in held
    facts = []
    if not inserts:
        facts.append(t.not_(comes))
    if not deletes:
        facts.append(t.not_(goes))
    moved = t.and_(stays, t.not_(rows_same(view.key, old.row, new.row)))
    for column in view.columns:
        name = column.name
        if column.source is None or ("update", name) in held or (name in view.key and inserts and deletes):
            continue
        facts.append(t.implies(stays, same(old.row[name], new.row[name])))
    if view.grouped and not (inserts and deletes):
        facts.append(t.not_(moved))
    return t.and_(*facts)


def put_content(end: End, world: World, step: Step) -> tuple[World, Term]:
    """The sources after a view has been brought to hold a change, and whether that was accepted."""
    source = end.source.name
    case = _Case(end, world, step)
    key = {name: step.old.row[name] for name in end.view.key}
    gone = put(end.peer, end.view, world, Delta("delete", key, None))
    table = _where(case.goes, gone, world[source])
    between = {**world, source: table}
    update = put(end.peer, end.view, between, Delta("update", case.found_by, step.new.row))
    insert = put(end.peer, end.view, between, Delta("insert", None, step.new.row))
    accepted = t.and_(
        t.implies(case.goes, t.not_(gone.refused)),
        t.implies(case.stays, t.not_(update.refused)),
        t.implies(case.comes, t.not_(insert.refused)),
    )
    updated = _where(case.stays, update, table)
    inserted = _where(case.comes, insert, updated)
    made = () if insert.created is None else (Maybe(t.and_(case.comes, insert.created.present), insert.created.row),)
    return {**world, source: (*inserted, *made)}, accepted


def _where(condition: Term, outcome: Outcome, otherwise: Table) -> Table:
    """The rows after a put where the condition holds, in their order; new rows are left to the caller."""
    return tuple(_either(condition, image.after, kept) for image, kept in zip(outcome.images, otherwise, strict=True))
