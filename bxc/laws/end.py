"""One end of a share, or a view by itself: its symbolic sources, cut down to the columns that a question depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from bxc import model
from bxc.dataclass import dataclass
from bxc.expr import columns, conjuncts
from bxc.laws import term as t
from bxc.laws.canonical import end_text, near
from bxc.laws.table import Maybe, Table, World, references_kept, symbolic_row, table_legal, visible
from bxc.laws.term import FALSE, TRUE, Sort, Term
from bxc.laws.value import Row, Val, same, value
from bxc.plan import Assignment, FromView, PeerPlan, SetColumn, ViewPlan

DEEPEST = 8  # how far references of references are followed


@dataclass(frozen=True)
class End:
    """A view and its peer's plan.

    ``wheres`` names, for each operand of the view's condition, the view of the stack and the number of its step that
    asks for it; it is empty where nobody needs to know.
    """

    peer: PeerPlan
    view: ViewPlan
    wheres: tuple[tuple[str, int], ...] = ()

    @cached_property
    def source(self) -> model.Source:
        """The view's source."""
        return self.peer.source(self.view.source).source

    @cached_property
    def text(self) -> str:
        """Equal for ends that behave alike (names of peers, views and, where it is alone, the source do not count)."""
        return end_text(self.peer, self.view)

    @cached_property
    def stored(self) -> dict[str, str]:
        """The source column of each stored view column."""
        return {c.name: c.source for c in self.view.columns if c.source is not None}

    @cached_property
    def pinned_by_constraints(self) -> frozenset[str]:
        """The source columns that some rule reads: conditions, constraints, keys, policies, computed columns."""
        source, view = self.source, self.view
        read = set(_ruled(source))
        read.update(r.key.target_column for r in self.peer.source(source.name).referenced_by)
        if view.predicate is not None:
            read.update(columns(view.predicate))
        for column in view.computed:
            read.update(columns(column.value))
        for determined in view.determined:
            read.update((determined.column, *determined.by))
        if isinstance(view.on_delete, SetColumn):
            read.add(view.on_delete.column)
        for layer in view.layers:
            if layer.on_hidden != "reject":
                read.update(a.column for a in layer.revives if not self._shows(a))
        read.update(m.column for m in view.match)
        return frozenset(read)

    def _shows(self, assignment: Assignment) -> bool:
        """Whether a column takes what the view row has there, as it would anyway."""
        value = assignment.value
        return isinstance(value, FromView) and self.stored.get(value.column) == assignment.column

    @cached_property
    def groups(self) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
        """Columns of the view that are read together: a computed column (else none), and the others."""
        names: dict[str, set[str]] = {}
        for name, source in self.stored.items():
            names.setdefault(source, set()).add(name)

        def shown(read: Iterable[str]) -> frozenset[str]:
            return frozenset(name for column in read for name in names.get(column, ()))

        none: frozenset[str] = frozenset()
        conditions = (*conjuncts(self.view.predicate), *(c.condition for c in self.source.checks))
        found = [
            *((frozenset((c.name,)), shown(columns(c.value))) for c in self.view.computed),
            *((none, shown(columns(condition))) for condition in conditions),
            *((none, shown((*d.left, *d.right))) for d in self.source.dependencies),
            *((none, frozenset(together)) for together in names.values()),
        ]
        return tuple(group for group in found if len(group[0] | group[1]) > 1)

    @property
    def sources(self) -> tuple[model.Source, ...]:
        """The view's source and those that foreign keys tie it to."""
        return tuple(s.source for s in near(self.peer, self.view.source))

    @cached_property
    def refers_back(self) -> bool:
        """Whether references, of this source or of those that it refers to, lead back to this source."""
        waiting, known = [self.source], {""}
        while waiting:
            for key in waiting.pop().foreign_keys:
                if key.target == self.source.name:
                    return True
                if key.target not in known:
                    known.add(key.target)
                    waiting.append(self.peer.source(key.target).source)
        return False

    @property
    def references_itself(self) -> bool:
        return any(k.target == self.source.name for k in self.source.foreign_keys)


def relevant_names(ends: Iterable[End]) -> frozenset[str]:
    """The columns (by the views' names) that a rule of any end depends on."""
    names: set[str] = set()
    for end in ends:
        ruled = end.pinned_by_constraints
        names.update(c.name for c in end.view.columns if c.source is None or c.source in ruled)
        names.update(end.view.key)
    return frozenset(names)


def relevant_columns(end: End, names: Iterable[str]) -> frozenset[str]:
    """The source columns that matter at an end where these view columns do."""
    return end.pinned_by_constraints.union(end.stored[n] for n in names if n in end.stored)


# --- rows behind a view row -----------------------------------------------------------------------------------------


def behind(end: End, view_row: Mapping[str, Val], label: str, relevant: frozenset[str]) -> tuple[Row, Term]:
    """A source row that shows a view row, and what makes it show that row: hidden columns are free."""
    row = symbolic_row(end.source, label, relevant)
    for name, column in end.stored.items():
        row[column] = view_row[name]
    computed = [same(value(c.value, row), view_row[c.name]) for c in end.view.computed]
    return row, t.and_(visible(end.view, row), *computed)


# --- foreign keys ---------------------------------------------------------------------------------------------------


def surroundings(end: End, table: Table, label: str) -> tuple[World, Term]:
    """The tables that a table of the view's source refers to or is referred to by, and what makes all of it legal.

    Each reference may find a row of its own; rows that are one and the same may stand there more than once. Of each
    source that refers to this one there is one row.
    """
    world: World = {end.source.name: table}
    facts: list[Term] = []
    _targets(end, end.source, table, label, world, facts, 0)
    for referencing in end.peer.source(end.source.name).referenced_by:
        name = referencing.source
        if name == end.source.name or name in world:
            continue
        other = end.peer.source(name).source
        columns_read = _ruled(other)
        row = symbolic_row(other, f"{label}.{name}", columns_read | {referencing.key.column})
        world[name] = (Maybe(t.var(f"{label}.{name}!", t.Sort.BOOL), row),)
        _targets(end, other, world[name], f"{label}.{name}", world, facts, 1)
    for name, rows in world.items():
        source = end.peer.source(name).source
        if name != end.source.name:
            facts.append(table_legal(source, rows, repeats=True))
        facts += [references_kept(k, rows, world.get(k.target, ())) for k in source.foreign_keys]
    return world, t.and_(*facts)


def sources_showing(sender: End, content: Table, label: str, relevant: frozenset[str]) -> tuple[World, Term]:
    """Legal sources of the sender whose view holds a content: one row behind each view row."""
    rows, facts = [], []
    for number, m in enumerate(content):
        row, shows = behind(sender, m.row, f"{label}{number}", relevant)
        facts.append(t.implies(m.present, shows))
        rows.append(Maybe(m.present, row))
    hidden = hidden_rows(sender, len(rows), f"{label}h", relevant)
    world, is_legal = legal(sender, (*rows, *hidden), label, repeats=True)
    return world, t.and_(is_legal, *facts)


def _targets(
    end: End, source: model.Source, table: Table, label: str, world: World, facts: list[Term], depth: int
) -> None:
    peer = end.peer
    for key in source.foreign_keys:
        if key.target in (source.name, end.source.name):  # its rows are there already
            continue
        target = peer.source(key.target).source
        relevant = _ruled(target)
        if depth >= DEEPEST:
            facts += [t.implies(m.present, m.row[key.column].null) for m in table]
            continue
        made = []
        for number, maybe in enumerate(table):
            held = maybe.row[key.column]
            name = f"{label}.{key.column}.{number}"
            row = symbolic_row(target, name, relevant)
            row[key.target_column] = Val(FALSE, held.term)
            for own in target.foreign_keys:
                if target.column(own.column).nullable and own.target == target.name:
                    row[own.column] = Val(TRUE, row[own.column].term)
            made.append(Maybe(t.and_(maybe.present, t.not_(held.null)), row))
        if any(k.target == target.name and not target.column(k.column).nullable for k in target.foreign_keys):
            spare = f"{label}.{key.column}!"  # rows may refer to each other
            made.append(Maybe(t.var(f"{spare}there", Sort.BOOL), symbolic_row(target, spare, relevant)))
        world[key.target] = (*world.get(key.target, ()), *made)
        _targets(end, target, tuple(made), f"{label}.{key.column}", world, facts, depth + 1)


def _ruled(source: model.Source) -> frozenset[str]:
    """The columns that a source's own rules read."""
    read: set[str] = set(source.primary_key)
    for unique in source.uniques:
        read.update(unique.columns)
    for check in source.checks:
        read.update(columns(check.condition))
    for dependency in source.dependencies:
        read.update(dependency.left, dependency.right)
    read.update(key.column for key in source.foreign_keys)
    return frozenset(read)


def legal(end: End, table: Table, label: str, *, repeats: bool = False) -> tuple[World, Term]:
    """The tables around one of the view's source, and what makes them and it legal."""
    world, facts = surroundings(end, table, label)
    return world, t.and_(facts, table_legal(end.source, table, repeats=repeats))


def open_world(end: End, rows: Table, label: str) -> tuple[World, Term]:
    """The tables around the rows of a view's source, and what makes all of it legal.

    What the source refers to has a row more than the rows at hand need, for what a put writes.
    """
    source = end.source
    if all(key.target == source.name for key in source.foreign_keys):
        return legal(end, rows, label)
    spare = Maybe(
        t.var(f"{label}!spare", Sort.BOOL),
        symbolic_row(source, f"{label}!", frozenset(c.name for c in source.columns)),
    )
    world, facts = surroundings(end, (*rows, spare), label)
    world[source.name] = rows
    kept = [references_kept(k, rows, rows) for k in source.foreign_keys if k.target == source.name]
    kept += [
        references_kept(r.key, world[r.source], rows)
        for r in end.peer.source(source.name).referenced_by
        if r.source in world and r.source != source.name
    ]
    return world, t.and_(facts, table_legal(source, rows), *kept)


def hidden_rows(end: End, number: int, label: str, relevant: frozenset[str]) -> Table:
    """Rows that the view does not show and that others may refer to, as many as may be needed.

    None where no reference leads back to the view's source: rows that nobody refers to can be left out.
    """
    if not end.refers_back:
        return ()
    rows = rows_of(end, number, label, relevant)
    return tuple(Maybe(t.and_(m.present, t.not_(visible(end.view, m.row))), m.row) for m in rows)


def rows_of(end: End, number: int, label: str, relevant: frozenset[str]) -> Table:
    """Rows of the view's source that may or may not be there."""
    return tuple(
        Maybe(t.var(f"{label}{i}!", t.Sort.BOOL), symbolic_row(end.source, f"{label}{i}", relevant))
        for i in range(number)
    )


def visible_rows(end: End, table: Table) -> Iterator[Term]:
    """For each row whether the view shows it."""
    return (t.and_(m.present, visible(end.view, m.row)) for m in table)
