"""The put of a delta of one row over bounded symbolic tables: `docs/semantics.md` as terms.

A put of several rows is mostly a sequence of such puts as far as the questions asked here go: the first row that is
refused is refused for a legal source, since the rows before it lead from legal content to legal content. Where that is
not so (`together`), two rows are put as one (`put_rows`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from bxc import model
from bxc.dataclass import dataclass
from bxc.expr import conjuncts
from bxc.laws import term as t
from bxc.laws.table import Maybe, Table, World, clash, contains, disagree, keys, rows_same, visible
from bxc.laws.term import FALSE, TRUE, Term
from bxc.laws.value import Row, Val, choose, constant, equal, null, same, truth, value
from bxc.laws.verdict import Fault
from bxc.plan import (
    Assignment,
    Constant,
    DeleteRow,
    Fresh,
    FromView,
    Missing,
    PeerPlan,
    RejectDelete,
    SetColumn,
    ViewPlan,
)
from bxc.types import Int, Uuid

LARGEST = 2**63 - 1
SOME_UUID = 0x5F1C0A86_6C0E_4D0B_9B3E_7A1D2C4F8E90


@dataclass(frozen=True, slots=True)
class Delta:
    """One row: ``old`` has the view key's columns (update, delete), ``new`` all of the view's (insert, update)."""

    operation: str
    old: Row | None
    new: Row | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that the put breaks where ``term`` is true; ``code`` as in `docs/semantics.md`."""

    code: str
    fault: Fault
    term: Term


@dataclass(frozen=True, slots=True)
class Image:
    """A source row before and after: ``touched`` where the put's rule for its delta row speaks of it."""

    touched: Term
    before: Maybe
    after: Maybe


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a put does to its source: the rules that it may break, and the rows before and after if it breaks none.

    ``created`` is the row that an insert makes (its `present` says whether it does). ``given`` is what made-up values
    are not, being new.
    """

    refusals: tuple[Refusal, ...]
    images: tuple[Image, ...]
    created: Maybe | None
    given: Term = TRUE

    @property
    def refused(self) -> Term:
        return t.any_(r.term for r in self.refusals)

    @property
    def after(self) -> Table:
        """The source's rows afterwards."""
        rows = tuple(image.after for image in self.images)
        return rows if self.created is None else (*rows, self.created)


def put(peer: PeerPlan, view: ViewPlan, world: World, delta: Delta) -> Outcome:
    """The put of one delta row through a view, over the tables of its peer's sources (legal before)."""
    return _Put(peer, view, world, delta).outcome()


class Rules:
    """What all puts of a view follow: how rows match, what they become, and the constraints of the source."""

    def __init__(self, peer: PeerPlan, view: ViewPlan, world: World) -> None:
        self.peer = peer
        self.view = view
        self.world = world
        self.source = peer.source(view.source).source
        self.rows = world[view.source]
        self.types = {c.name: c for c in self.source.columns}

    # --- matching ---

    def matches(self, row: Row, key: Row) -> Term:
        """Whether a source row has a view key, visible or not."""
        parts = []
        for match in self.view.match:
            held = row[match.column]
            wanted = key[match.value.column] if isinstance(match.value, FromView) else constant(match.value.value)
            parts.append(equal(held, wanted))
        return t.all_(parts)

    def shown(self, maybe: Maybe) -> Term:
        return t.and_(maybe.present, visible(self.view, maybe.row))

    # --- images ---

    def image(self, before: Maybe, touched: Term, after: Row) -> Image:
        row = {name: choose(touched, after[name], held) for name, held in before.row.items()}
        return Image(touched, before, Maybe(before.present, row))

    def stored_columns(self) -> Iterator[tuple[str, str]]:
        for column in self.view.columns:
            if column.source is not None:
                yield column.source, column.name

    def stored(self, row: Row, new: Row) -> dict[str, Val]:
        """A source row that takes the view row's stored columns."""
        return {**row, **{source: new[name] for source, name in self.stored_columns()}}

    def followed(self, before: Row, after: dict[str, Val]) -> dict[str, Val]:
        """Hidden columns `determined by` others that change take what other rows have."""
        followed = dict(after)
        for determined in self.view.determined:
            changed = t.not_(rows_same(determined.by, before, after))
            known = self.known(determined.column, determined.by, after, after[determined.column])
            followed[determined.column] = choose(changed, known, after[determined.column])
        return followed

    def known(self, column: str, by: Sequence[str], row: Row, otherwise: Val) -> Val:
        """What source rows (before the put) with these ``by`` have in a column."""
        found = otherwise
        for maybe in reversed(self.rows):
            agrees = t.and_(maybe.present, rows_same(by, maybe.row, row))
            found = choose(agrees, maybe.row[column], found)
        return found

    def _created(self, new: Row) -> dict[str, Val]:
        row = {a.column: self.inserted(a, new) for a in self.view.inserts}
        for determined in self.view.determined:
            row[determined.column] = self.known(determined.column, determined.by, row, row[determined.column])
        return row

    def inserted(self, assignment: Assignment, new: Row) -> Val:
        match assignment.value:
            case FromView(column=column):
                return new[column]
            case Constant(value=literal):
                return constant(literal)
            case Missing():
                return null(self.types[assignment.column].type)
            case Fresh():
                return self._fresh(assignment.column)
            case _:
                assert_never(assignment.value)

    def _fresh(self, column: str) -> Val:
        """The greatest value so far (not below 0) and one more; for a uuid this is as good as any other new one.

        A uuid is also greater than `SOME_UUID`, since a small one may well be a constant of the spec.
        """
        greatest = t.const(SOME_UUID if isinstance(self.types[column].type, Uuid) else 0)
        for maybe in self.rows:
            held = maybe.row[column]
            better = t.and_(maybe.present, t.not_(held.null), t.lt(greatest, held.term))
            greatest = t.ite(better, held.term, greatest)
        return Val(FALSE, t.add(greatest, t.const(1)))

    def revived(self, row: Row, new: Row) -> tuple[dict[str, Val], Term]:
        """What a hidden row becomes, and whether its layer rejects that."""
        stored = self.stored(row, new)
        after = self.followed(row, stored)
        by = {d.column: d.by for d in self.view.determined}
        rejected = FALSE
        outer = TRUE  # whether all layers so far show the row
        for layer in self.view.layers:
            inside = truth(layer.predicate, row).true
            decides = t.and_(outer, t.not_(inside))
            if layer.on_hidden == "reject":
                rejected = t.or_(rejected, decides)
            else:
                for assignment in layer.revives:
                    if isinstance(assignment.value, Fresh | Missing):
                        continue  # what has no default stays
                    column, given = assignment.column, self.inserted(assignment, new)
                    if column in by:
                        given = self.known(column, by[column], stored, given)
                    after[column] = choose(decides, given, after[column])
            outer = t.and_(outer, inside)
        return after, rejected

    # --- rules ---

    def refusal(self, code: str, kind: str, term: Term) -> Refusal:
        return Refusal(code, Fault(kind, (self.view.name,)), term)

    def exhausted(self, column: str, term: Term) -> Refusal:
        """BXC14 where `fresh` has no int left."""
        return Refusal("BXC14", Fault("fresh", (self.source.name, column)), term)

    def column_fault(self, column: str) -> Fault:
        return Fault("column", (self.source.name, column))

    def visible_after(self, new: Row, written: Sequence[tuple[Term, Row]]) -> Iterator[Refusal]:
        """BXC12 and BXC15: after-images must be of the view, with the computed columns as stated."""
        for number, condition in enumerate(conjuncts(self.view.predicate)):
            lost = t.any_(t.and_(touched, t.not_(truth(condition, row).true)) for touched, row in written)
            yield Refusal("BXC12", Fault("where", (self.view.name, str(number))), lost)
        for column in self.view.computed:
            wrong = t.any_(
                t.and_(touched, t.not_(same(value(column.value, row), new[column.name]))) for touched, row in written
            )
            yield Refusal("BXC15", Fault("add", (self.view.name, column.name)), wrong)

    def constraints(self, images: Sequence[Image], created: Table) -> Iterator[Refusal]:
        """BXC17: the source's constraints, over the rows afterwards."""
        source, after = self.source, (*(i.after for i in images), *created)
        changed = [*(i.touched for i in images), *(m.present for m in created)]
        for check in source.checks:
            broken = t.any_(
                t.and_(m.present, c, truth(check.condition, m.row).false) for m, c in zip(after, changed, strict=True)
            )
            yield Refusal("BXC17", Fault("check", (source.name, check.name)), broken)
        for number, columns in enumerate(keys(source)):
            broken = self._pairs(after, changed, lambda a, b, key=columns: clash(key, a, b))
            fault = Fault("unique", (source.name, *columns)) if number else Fault("primary key", (source.name,))
            yield Refusal("BXC17", fault, broken)
        for dependency in source.dependencies:
            broken = self._pairs(after, changed, lambda a, b, d=dependency: disagree(d, a, b))
            names = (source.name, ",".join(dependency.left), ",".join(dependency.right))
            yield Refusal("BXC17", Fault("determines", names), broken)
        yield from self._references(images, after, changed)

    @staticmethod
    def _pairs(after: Table, changed: Sequence[Term], broken: object) -> Term:
        assert callable(broken)
        found = []
        for i, a in enumerate(after):
            for j, b in enumerate(after[:i]):
                either = t.or_(changed[i], changed[j])
                found.append(t.and_(a.present, b.present, either, broken(a.row, b.row)))
        return t.any_(found)

    def _references(self, images: Sequence[Image], after: Table, changed: Sequence[Term]) -> Iterator[Refusal]:
        source = self.source
        for key in source.foreign_keys:
            target = after if key.target == source.name else self.world.get(key.target, ())
            dangling = t.any_(
                t.and_(m.present, c, self._dangles(key, m.row, target)) for m, c in zip(after, changed, strict=True)
            )
            yield Refusal("BXC17", Fault("references", (source.name, key.column)), dangling)
        for referencing in self.peer.source(source.name).referenced_by:
            key = referencing.key
            own = referencing.source == source.name
            rows = after if own else self.world.get(referencing.source, ())
            lost = []
            for image in images:
                held = image.before.row[key.target_column]
                still = t.and_(image.after.present, same(image.after.row[key.target_column], held))
                for m in rows:
                    refers = t.and_(m.present, equal(m.row[key.column], held))
                    found = t.any_(t.and_(r.present, equal(r.row[key.target_column], held)) for r in after)
                    lost.append(t.and_(image.before.present, t.not_(still), refers, t.not_(found)))
            yield Refusal("BXC17", Fault("references", (referencing.source, key.column)), t.any_(lost))

    @staticmethod
    def _dangles(key: model.ForeignKey, row: Row, target: Table) -> Term:
        held = row[key.column]
        found = t.any_(t.and_(r.present, equal(held, r.row[key.target_column])) for r in target)
        return t.and_(t.not_(held.null), t.not_(found))


class _Put(Rules):
    def __init__(self, peer: PeerPlan, view: ViewPlan, world: World, delta: Delta) -> None:
        super().__init__(peer, view, world)
        self.delta = delta

    def outcome(self) -> Outcome:
        match self.delta.operation:
            case "update":
                images, created, refusals = self._update()
            case "delete":
                images, created, refusals = self._delete()
            case "insert":
                images, created, refusals = self._insert()
            case _:
                raise ValueError(self.delta.operation)
        refusals += self.constraints(images, () if created is None else (created,))
        return Outcome(tuple(r for r in refusals if r.term is not FALSE), images, created)

    # --- the three operations ---

    def _update(self) -> tuple[tuple[Image, ...], Maybe | None, list[Refusal]]:
        old, new = self.delta.old, self.delta.new
        assert old is not None
        assert new is not None
        images = []
        for maybe in self.rows:
            touched = t.and_(self.shown(maybe), self.matches(maybe.row, old))
            after = self.followed(maybe.row, self.stored(maybe.row, new))
            images.append(self.image(maybe, touched, after))
        moved = t.not_(rows_same(self.view.key, old, new))
        others = [(i, t.and_(t.not_(i.touched), self.matches(i.before.row, new), moved)) for i in images]
        refusals = [
            self.refusal("BXC10", "view", t.any_(t.and_(taken, self.shown(i.before)) for i, taken in others)),
            self.refusal(
                "BXC11",
                "on hidden",
                t.any_(t.and_(i.before.present, taken, t.not_(self.shown(i.before))) for i, taken in others),
            ),
            *self.visible_after(new, [(i.touched, i.after.row) for i in images]),
            self.refusal("BXC18", "view", t.not_(t.any_(i.touched for i in images))),
        ]
        return tuple(images), None, refusals

    def _delete(self) -> tuple[tuple[Image, ...], Maybe | None, list[Refusal]]:
        old = self.delta.old
        assert old is not None
        images, refusals = [], []
        for maybe in self.rows:
            touched = t.and_(self.shown(maybe), self.matches(maybe.row, old))
            match self.view.on_delete:
                case DeleteRow():
                    gone = Maybe(t.and_(maybe.present, t.not_(touched)), maybe.row)
                    images.append(Image(touched, maybe, gone))
                case RejectDelete():
                    images.append(Image(touched, maybe, maybe))
                    refusals.append(self.refusal("BXC19", "on delete", touched))
                case SetColumn(column=column, value=literal, leaves=leaves, stays=stays):
                    after = {**maybe.row, column: constant(literal)}
                    images.append(self.image(maybe, touched, after))
                    still = truth(leaves, after).true
                    refusals.append(self.refusal("BXC19", "on delete", t.and_(touched, still)))
                    if stays is not None:
                        lost = t.not_(truth(stays, after).true)
                        refusals.append(self.refusal("BXC12", "on delete", t.and_(touched, lost)))
                case _:
                    assert_never(self.view.on_delete)
        return tuple(images), None, refusals

    def _insert(self) -> tuple[tuple[Image, ...], Maybe | None, list[Refusal]]:
        new = self.delta.new
        assert new is not None
        images, refusals = [], []
        here = [t.and_(m.present, self.matches(m.row, new)) for m in self.rows]
        staying = [t.and_(h, visible(self.view, m.row)) for h, m in zip(here, self.rows, strict=True)]
        settled = t.any_(staying)  # hidden rows of a group that is there stay hidden
        for maybe, matches, stays in zip(self.rows, here, staying, strict=True):
            differs = t.any_(t.not_(same(maybe.row[s], new[c])) for s, c in self.stored_columns())
            refusals.append(self.refusal("BXC10", "view", t.and_(stays, differs)))
            hidden = t.and_(matches, t.not_(settled))
            after, rejected = self.revived(maybe.row, new)
            refusals.append(self.refusal("BXC11", "on hidden", t.and_(hidden, rejected)))
            images.append(self.image(maybe, t.and_(hidden, t.not_(rejected)), after))
        creates = t.not_(t.any_(here))
        created = self._created(new)
        by = {d.column: d.by for d in self.view.determined}
        for assignment in self.view.inserts:
            if isinstance(assignment.value, Missing | Fresh):
                others = by.get(assignment.column)
                found = FALSE if others is None else contains(self.rows, created, others)
                refusals.append(self._without_value(assignment, t.and_(creates, t.not_(found))))
        made = Maybe(creates, created)
        kept = [(stays, m.row) for stays, m in zip(staying, self.rows, strict=True)]
        revived = [(i.touched, i.after.row) for i in images]
        refusals += self.visible_after(new, [*kept, *revived, (creates, created)])
        return tuple(images), made, refusals

    def _without_value(self, assignment: Assignment, needed: Term) -> Refusal:
        """A hidden column needs a value and has no default, or there is no int left to make up."""
        if isinstance(assignment.value, Missing):
            return Refusal(assignment.value.code, self.column_fault(assignment.column), needed)
        column, beyond = assignment.column, FALSE
        if isinstance(self.types[column].type, Int):
            beyond = t.lt(t.const(LARGEST), self._fresh(column).term)
        return self.exhausted(column, t.and_(needed, beyond))
