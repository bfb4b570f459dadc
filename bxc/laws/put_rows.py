"""The put of a delta of several rows over bounded symbolic tables, judged as a whole: `docs/semantics.md` as terms.

The operations of the rows are fixed; their values, and whether they are staged at all, are symbolic. A whole put is
the delta of the staged content against what the view shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.put import LARGEST, SOME_UUID, Image, Refusal, Rules
from bxc.laws.table import Maybe, Table, World, contains, rows_same, shown, visible
from bxc.laws.term import FALSE, TRUE, Sort, Term
from bxc.laws.value import Row, Val, choose, constant, same, truth
from bxc.laws.verdict import Fault
from bxc.plan import Assignment, DeleteRow, Fresh, Missing, PeerPlan, RejectDelete, SetColumn, ViewPlan
from bxc.types import Int, Uuid


@dataclass(frozen=True, slots=True)
class Staged:
    """One row of a delta, which is staged where ``present`` is true.

    ``old`` has the view key's columns (None for an insert, which states none), ``new`` all of the view's (None for a
    delete).
    """

    operation: str
    old: Row | None
    new: Row | None
    present: Term = TRUE


@dataclass(frozen=True, slots=True)
class Effect:
    """What a put of several rows does. ``given``: what the uuids that it makes up are not, being new.

    ``twice``: where two rows of the delta write one cell with different values; such a put is refused.
    """

    refusals: tuple[Refusal, ...]
    images: tuple[Image, ...]
    created: Table
    given: Term
    twice: Term

    @property
    def refused(self) -> Term:
        return t.any_(r.term for r in self.refusals)

    @property
    def after(self) -> Table:
        """The source's rows afterwards."""
        return (*(image.after for image in self.images), *self.created)

    def lowest(self, codes: Sequence[str]) -> dict[str, Term]:
        """For each code, when it is the lowest that applies (the codes in ascending order)."""
        found, earlier = {}, FALSE
        for code in codes:
            breaks = t.any_(r.term for r in self.refusals if r.code == code)
            found[code] = t.and_(breaks, t.not_(earlier))
            earlier = t.or_(earlier, breaks)
        return found


def put_rows(peer: PeerPlan, view: ViewPlan, world: World, delta: Sequence[Staged]) -> Effect:
    """The put of a delta through a view, over the tables of its peer's sources (legal before)."""
    return _PutRows(peer, view, world, delta).effect(())


def put_content(peer: PeerPlan, view: ViewPlan, world: World, content: Table) -> Effect:
    """The put of a view's whole content."""
    delta = tuple(_difference(peer, view, world, content))
    rules = _PutRows(peer, view, world, delta)
    stated = tuple(Staged("update", None, m.row, m.present) for m in content)
    refusals = [*rules.null_values(stated), *rules.repeated_keys(stated)]
    return rules.effect(tuple(refusals))


def _difference(peer: PeerPlan, view: ViewPlan, world: World, content: Table) -> Iterator[Staged]:
    rules = Rules(peer, view, world)
    rows = [(rules.shown(m), m.row, shown(view, m.row)) for m in rules.rows]
    names = [c.name for c in view.columns]
    for m in content:
        key = {name: m.row[name] for name in view.key}
        there = [t.and_(visible_, rules.matches(row, key)) for visible_, row, _ in rows]
        differs = [
            t.and_(found, t.not_(rows_same(names, out, m.row))) for found, (_, _, out) in zip(there, rows, strict=True)
        ]
        yield Staged("insert", None, m.row, t.and_(m.present, t.not_(t.any_(there))))
        yield Staged("update", key, m.row, t.and_(m.present, t.any_(differs)))
    for n, (visible_, _, out) in enumerate(rows):
        key = {name: out[name] for name in view.key}
        told = t.any_(t.and_(earlier, rows_same(view.key, other, out)) for earlier, _, other in rows[:n])
        kept = contains(content, out, view.key)
        yield Staged("delete", key, None, t.and_(visible_, t.not_(told), t.not_(kept)))


@dataclass(frozen=True, slots=True)
class _Insert:
    """An insert: ``creates`` where it makes the source row ``created``."""

    staged: Staged
    creates: Term
    created: dict[str, Val]


class _PutRows(Rules):
    def __init__(self, peer: PeerPlan, view: ViewPlan, world: World, delta: Sequence[Staged]) -> None:
        super().__init__(peer, view, world)
        self.delta = [s for s in delta if s.present is not FALSE]
        self.given: list[Term] = []
        self.twice: list[Term] = []
        self.visible = [self.shown(m) for m in self.rows]
        self.images = [Image(FALSE, m, m) for m in self.rows]
        self.refusals: list[Refusal] = []

    def effect(self, refusals: tuple[Refusal, ...]) -> Effect:
        self.refusals += [*refusals, *self._keys(), *self.null_values(self.delta)]
        for staged in self.delta:
            if staged.operation == "update":
                self._update(staged)
            elif staged.operation == "delete":
                self._delete(staged)
        created = tuple(Maybe(i.creates, i.created) for i in self._inserts())
        broken = self.constraints(self.images, created)
        found = tuple(r for r in (*self.refusals, *broken) if r.term is not FALSE)
        return Effect(found, tuple(self.images), created, t.and_(*self.given), t.any_(self.twice))

    # --- keys and values, before anything is done ---

    def _keys(self) -> Iterator[Refusal]:
        """BXC10 and BXC11, of the staged rows among each other and against the view."""
        for n, s in enumerate(self.delta):
            others = [o for i, o in enumerate(self.delta) if i != n]
            faults = []
            if s.operation != "insert":
                faults.append(self._has_null(s.old))
                faults += [self._same_key(s.old, o.old, o) for o in others if o.operation != "insert"]
            elif s.old is not None:
                faults += [t.not_(held.null) for held in s.old.values()]
            if s.operation != "delete":
                faults.append(self._has_null(s.new))
                faults += [self._same_key(s.new, o.new, o) for o in others if o.operation != "delete"]
            if s.operation == "insert":
                faults += [self._same_key(s.new, o.old, o) for o in others if o.operation == "delete"]
            yield self.refusal("BXC10", "view", t.and_(s.present, t.any_(faults)))
            if s.operation == "update":
                yield from self._rename(s)

    def _rename(self, s: Staged) -> Iterator[Refusal]:
        """A row may take a key that is free, or that another row of the delta leaves."""
        new = _row(s.new)
        moves = t.and_(s.present, self._moves(s))
        there = [self.matches(m.row, new) for m in self.rows]
        seen = t.any_(t.and_(v, found) for v, found in zip(self.visible, there, strict=True))
        yield self.refusal("BXC10", "view", t.and_(moves, seen, t.not_(self._leaves(new))))
        hidden = t.any_(
            t.and_(m.present, t.not_(v), found) for m, v, found in zip(self.rows, self.visible, there, strict=True)
        )
        yield self.refusal("BXC11", "on hidden", t.and_(moves, hidden))
        policy = self.view.on_delete
        if isinstance(policy, SetColumn):
            deleted = t.any_(self._same_key(new, o.old, o) for o in self.delta if o.operation == "delete")
            kept = t.any_(
                t.and_(v, found, self.matches({**m.row, policy.column: constant(policy.value)}, new))
                for m, v, found in zip(self.rows, self.visible, there, strict=True)
            )
            yield self.refusal("BXC11", "on hidden", t.and_(moves, deleted, kept))

    def repeated_keys(self, stated: Sequence[Staged]) -> Iterator[Refusal]:
        """BXC10: two rows of a content with one key, and keys with a NULL."""
        for n, s in enumerate(stated):
            twice = t.any_(self._same_key(s.new, o.new, o) for o in stated[:n])
            yield self.refusal("BXC10", "view", t.and_(s.present, t.or_(twice, self._has_null(s.new))))

    def null_values(self, stated: Sequence[Staged]) -> Iterator[Refusal]:
        """BXC16: NULL in a column that the view declares NOT NULL."""
        for s in stated:
            for column in self.view.columns:
                if s.new is not None and not column.nullable:
                    fault = Fault("view", (self.view.name,))
                    yield Refusal("BXC16", fault, t.and_(s.present, s.new[column.name].null))

    def _has_null(self, row: Row | None) -> Term:
        return t.any_(_row(row)[name].null for name in self.view.key)

    def _same_key(self, a: Row | None, b: Row | None, other: Staged) -> Term:
        """Whether another row that is staged has the same key."""
        return t.and_(other.present, rows_same(self.view.key, _row(a), _row(b)))

    def _moves(self, s: Staged) -> Term:
        return t.not_(rows_same(self.view.key, _row(s.old), _row(s.new)))

    def _leaves(self, key: Row) -> Term:
        """Whether the delta deletes or renames away the view's row with this key."""
        found = []
        for o in self.delta:
            if o.operation == "delete":
                found.append(self._same_key(key, o.old, o))
            elif o.operation == "update":
                found.append(t.and_(self._same_key(key, o.old, o), self._moves(o)))
        return t.any_(found)

    # --- the three operations ---

    def _touch(self, index: int, touched: Term, after: Row, present: Term = TRUE) -> None:
        """A source row takes new values, or goes, where it is touched."""
        image = self.images[index]
        differs = t.not_(rows_same([c.name for c in self.source.columns], image.after.row, after))
        self.twice.append(t.and_(image.touched, touched, differs))
        row = {name: choose(touched, after[name], held) for name, held in image.after.row.items()}
        still = t.and_(image.after.present, t.or_(t.not_(touched), present))
        self.images[index] = Image(t.or_(image.touched, touched), image.before, Maybe(still, row))

    def _update(self, s: Staged) -> None:
        old, new = _row(s.old), _row(s.new)
        written = []
        for index, m in enumerate(self.rows):
            touched = t.and_(s.present, self.visible[index], self.matches(m.row, old))
            after = self.followed(m.row, self.stored(m.row, new))
            self._touch(index, touched, after)
            written.append((touched, after))
        self.refusals += self.visible_after(new, written)
        lost = t.and_(s.present, t.not_(t.any_(touched for touched, _ in written)))
        self.refusals.append(self.refusal("BXC18", "view", lost))

    def _delete(self, s: Staged) -> None:
        old, policy = _row(s.old), self.view.on_delete
        for index, m in enumerate(self.rows):
            touched = t.and_(s.present, self.visible[index], self.matches(m.row, old))
            match policy:
                case DeleteRow():
                    self._touch(index, touched, m.row, FALSE)
                case RejectDelete():
                    self.refusals.append(self.refusal("BXC19", "on delete", touched))
                case SetColumn():
                    after = {**m.row, policy.column: constant(policy.value)}
                    self._touch(index, touched, after)
                    still = truth(policy.leaves, after).true
                    self.refusals.append(self.refusal("BXC19", "on delete", t.and_(touched, still)))
                    if policy.stays is not None:
                        lost = t.not_(truth(policy.stays, after).true)
                        self.refusals.append(self.refusal("BXC12", "on delete", t.and_(touched, lost)))

    def _inserts(self) -> list[_Insert]:
        """All inserts; those that make a row come in the order of their keys."""
        listed: list[_Insert] = []
        inserts = [s for s in self.delta if s.operation == "insert"]
        creating = [t.and_(s.present, self._insert(s)) for s in inserts]
        for n, (s, creates) in enumerate(zip(inserts, creating, strict=True)):
            earlier = [
                (t.and_(c, self._before(o, s)), o)
                for i, (c, o) in enumerate(zip(creating, inserts, strict=True))
                if i != n
            ]
            listed.append(_Insert(s, creates, self._new_row(s, creates, earlier, n)))
        for made in listed:
            self.refusals += self.visible_after(_row(made.staged.new), [(made.creates, made.created)])
        return listed

    def _insert(self, s: Staged) -> Term:
        """What an insert does to rows with its key that are there; whether there are none, so that it makes one."""
        new = _row(s.new)
        left = self._leaves(new)
        there = [self.matches(m.row, new) for m in self.rows]
        stays = [t.and_(v, found, t.not_(left)) for v, found in zip(self.visible, there, strict=True)]
        settled = t.any_(stays)
        hides = []
        for index, m in enumerate(self.rows):
            stay = t.and_(s.present, stays[index])
            differs = t.any_(t.not_(same(m.row[source], new[name])) for source, name in self.stored_columns())
            self.refusals.append(self.refusal("BXC10", "view", t.and_(stay, differs)))
            self.refusals += self.visible_after(new, [(stay, m.row)])
            behind = t.and_(m.present, t.not_(visible(self.view, m.row)), there[index])
            hides.append(behind)
            hidden = t.and_(s.present, behind, t.not_(settled))
            after, rejected = self.revived(m.row, new)
            self.refusals.append(self.refusal("BXC11", "on hidden", t.and_(hidden, rejected)))
            revives = t.and_(hidden, t.not_(rejected))
            self._touch(index, revives, after)
            self.refusals += self.visible_after(new, [(revives, after)])
        return t.not_(t.or_(settled, *hides))

    def _before(self, a: Staged, b: Staged) -> Term:
        """Whether one staged row's key comes before another's."""
        before = FALSE
        for name in reversed(self.view.key):
            x, y = _row(a.new)[name], _row(b.new)[name]
            before = t.or_(_less(x.term, y.term), t.and_(same(x, y), before))
        return before

    # --- new source rows ---

    def _new_row(self, s: Staged, creates: Term, earlier: list[tuple[Term, Staged]], number: int) -> dict[str, Val]:
        """The source row of an insert, if the inserts before it make rows where these conditions hold."""
        new = _row(s.new)
        row = {a.column: self.inserted(a, new) for a in self.view.inserts if not isinstance(a.value, Fresh)}
        by = {d.column: d.by for d in self.view.determined}
        for assignment in self.view.inserts:
            column = assignment.column
            if isinstance(assignment.value, Fresh):
                row[column] = self._fresh_value(assignment, s, creates, earlier, number)
            elif isinstance(assignment.value, Missing):
                found = contains(self.rows, row, by[column]) if column in by else FALSE
                lacking = t.and_(creates, t.not_(found))
                self.refusals.append(Refusal(assignment.value.code, self.column_fault(column), lacking))
        for column, others in by.items():
            row[column] = self.known(column, others, row, row[column])
        return {c.name: row[c.name] for c in self.source.columns}

    def _fresh_value(
        self, assignment: Assignment, s: Staged, creates: Term, earlier: list[tuple[Term, Staged]], number: int
    ) -> Val:
        """The greatest int so far (not below 0) and 1, 2, …; a uuid is greater than all, as good as any other."""
        column = assignment.column
        type_ = self.types[column].type
        if not isinstance(type_, Int):
            return self._fresh_uuid(column, number)
        greatest = self._greatest(column, 0)
        used = t.count(self._takes_fresh(column, condition, o) for condition, o in earlier)
        made = t.add(greatest, t.add(used, t.const(1)))
        beyond = t.and_(self._takes_fresh(column, creates, s), t.lt(t.const(LARGEST), made))
        self.refusals.append(self.exhausted(column, beyond))
        return Val(FALSE, made)

    def _takes_fresh(self, column: str, creates: Term, s: Staged) -> Term:
        """Whether a new row takes a fresh value: none where rows that are there say what it is."""
        by = next((d.by for d in self.view.determined if d.column == column), None)
        if by is None:
            return creates
        stated = {source: _row(s.new)[name] for source, name in self.stored_columns()}
        return t.and_(creates, t.not_(contains(self.rows, stated, by)))

    def _greatest(self, column: str, least: int) -> Term:
        greatest = t.const(least)
        for m in self.rows:
            held = m.row[column]
            greatest = t.ite(t.and_(m.present, t.not_(held.null), t.lt(greatest, held.term)), held.term, greatest)
        return greatest

    def _fresh_uuid(self, column: str, number: int) -> Val:
        if isinstance(self.types[column].type, Uuid):
            return Val(FALSE, t.add(self._greatest(column, SOME_UUID), t.const(number + 1)))
        made = t.var(f"new {column} {number}", Sort.TEXT)  # a uuid that is held as its text
        least = f"{SOME_UUID:032x}"
        held = [
            t.implies(t.and_(m.present, t.not_(m.row[column].null)), t.lt(m.row[column].term, made)) for m in self.rows
        ]
        others = [t.lt(t.var(f"new {column} {n}", Sort.TEXT), made) for n in range(number)]
        self.given += [t.lt(t.const(least), made), *held, *others]
        return Val(FALSE, made)


def _less(a: Term, b: Term) -> Term:
    if a.sort is Sort.BOOL:
        return t.and_(t.not_(a), b)
    return t.lt(a, b)


def _row(row: Row | None) -> Row:
    assert row is not None
    return row
