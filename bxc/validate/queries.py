"""Queries over symbolic rows → relations. Rows that cannot be there are dropped at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import assert_never

from bxc.laws.term import FALSE, TRUE, Term, const, not_, or_
from bxc.validate import kinds as k
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.database import MOST_ROWS, State, StoredRow
from bxc.validate.expressions import Expressions
from bxc.validate.joins import at_most_one, halved, lateral, merged, merged_right
from bxc.validate.read_query import read_query
from bxc.validate.rows import first_of_each, one, without_repeats
from bxc.validate.scope import NO_FRAME, NOWHERE, ONE_ROW, Environment, Frame, Relation, Row, Scope
from bxc.validate.simplify import meet
from bxc.validate.unsupported import Invalid, Unsupported
from bxc.validate.values import Value

TEMPORARY = "pg_temp."
MOST_ROUNDS = 60  # of a recursive common table expression
Scoped = tuple[Term, Scope]


class Queries:
    """Evaluates queries in a state. What does not look at the rows around it is evaluated once in a statement."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.expressions = Expressions(state, self.query)
        self._known: dict[tuple[int, int], tuple[object, object, Relation]] = {}
        self.inside = False  # a function of PostgreSQL's, where bare names are those of temporary tables

    def forget(self) -> None:
        """Forgets results: a statement begins."""
        self._known = {}

    def query(self, query: s.Query, scope: Scope, guard: Term) -> Relation:
        """The rows of a query inside a scope."""
        key = (id(query), id(scope.commons))
        found = self._known.get(key)
        if found is not None:
            return found[2]
        e = self.expressions
        before, e.touched = e.touched, scope.depth + 1
        relation = self._query(query, scope, guard)
        if e.touched > scope.depth and guard is not FALSE:  # where it is, CASE is not looked at
            self._known[key] = (query, scope.commons, relation)
        e.touched = min(before, e.touched)
        return relation

    def _query(self, query: s.Query, scope: Scope, guard: Term) -> Relation:
        match query:
            case s.Select():
                return self._select(query, scope, guard)
            case s.Union():
                return self._union([self.query(part, scope, guard) for part in query.parts], query.distinct)
            case s.Values():
                value = self.expressions.value
                rows = [(TRUE, tuple(value(cell, scope, guard) for cell in row)) for row in query.rows]
                names = tuple(f"column{n + 1}" for n in range(len(rows[0][1])))
                return Relation(names, _kinds([k.NULL] * len(names), rows), rows)
            case s.With():
                return self._with(query, scope, guard)
            case _:
                assert_never(query)

    # --- tables ---

    def table(self, name: str) -> Relation:
        """The rows of a stored table, with their identities as last columns, which `*` leaves out."""
        table = self.state.tables[name]
        identities = self.identities(table)
        columns = (*(c.name for c in table.columns), *identities)
        kinds = (*(c.kind for c in table.columns), *(k.ID for _ in identities))
        rows = [(row.present, self.cells(table, row)) for row in self.state.rows[name]]
        order = [c.name for c in table.columns]
        unique = tuple(frozenset(map(order.index, key)) for key in table.keys)
        return Relation(columns, kinds, rows, unique)

    def identities(self, table: s.CreateTable) -> tuple[str, ...]:
        """The names under which a table's rows tell their identity."""
        if self.state.engine != "sqlite":
            return ("rowid",) if self.state.engine == "duckdb" else ()
        taken = {c.name for c in table.columns}
        return () if table.rowid else tuple(n for n in ("rowid", "oid", "_rowid_") if n not in taken)

    def cells(self, table: s.CreateTable, row: StoredRow) -> tuple[Value, ...]:
        """A row's values, with its identity under each of its names."""
        own = v.known(k.ID, const(row.id))
        return (*row.values, *(own for _ in self.identities(table)))

    def frame(self, table: s.CreateTable, alias: str) -> Frame:
        """The columns of a stored table, identities too."""
        names = (*(c.name for c in table.columns), *self.identities(table))
        return Frame([(alias, name) for name in names])

    def source(self, table: s.Table | s.Derived, scope: Scope, guard: Term) -> tuple[Frame, Sequence[Row]]:
        """What stands behind FROM: its columns and rows."""
        match table:
            case s.Derived():
                relation = self.query(table.query, scope, guard)
                names_ = table.columns or relation.names
                if len(names_) != len(relation.names):
                    raise Unsupported("table", f"names for some columns of {table.alias}")
                columns = [(table.alias, name) for name in names_]
                return Frame(columns, relation.kinds, frozenset(), relation.unique), relation.rows
            case s.Table():
                common = None if scope.commons is None else scope.commons.find(table.name)
                name = self.stored(table.name)
                hidden: frozenset[int] = frozenset()
                if common is not None:
                    relation = common
                elif name in self.state.tables:
                    relation = self.table(name)
                    hidden = frozenset(range(len(self.state.tables[name].columns), len(relation.names)))
                else:
                    relation = self.view(name, guard)
                names = [(table.alias, name) for name in relation.names]
                return Frame(names, relation.kinds, hidden, relation.unique), relation.rows
            case _:
                assert_never(table)

    def stored(self, name: str) -> str:
        """The name of a table or view: outside of functions, PostgreSQL looks for bare names in `public`, too."""
        bare = name.removeprefix(TEMPORARY)
        return name if self.inside or name in self.state.tables else bare

    def view(self, name: str, guard: Term) -> Relation:
        """The rows of a view, in which no variable of a function is known."""
        view = self.state.views.get(name)
        if view is None and name.startswith(f"{TEMPORARY}pg_"):
            raise Unsupported("table", f"{name}, of the catalogue")
        if view is None:
            raise Invalid("table", name)
        query = read_query(self.state.engine, view.text)
        known, self.expressions.variables = self.expressions.variables, frozenset()
        relation = self.query(query, NOWHERE, guard)
        self.expressions.variables = known
        if view.columns is None:
            return relation
        return Relation(view.columns, relation.kinds, relation.rows, relation.unique)

    # --- with, union ---

    def _with(self, query: s.With, scope: Scope, guard: Term) -> Relation:
        for common in query.commons:
            if query.recursive and isinstance(common.query, s.Union) and _mentions(common.query, common.name):
                relation = self._recursive(common, common.query, scope, guard)
            else:
                relation = self._named(common, self.query(common.query, scope, guard))
            scope = replace(scope, commons=Environment(common.name, relation, scope.commons))
        return self.query(query.body, scope, guard)

    def _named(self, common: s.Common, relation: Relation) -> Relation:
        return Relation(common.columns or relation.names, relation.kinds, relation.rows, relation.unique)

    def _recursive(self, common: s.Common, union: s.Union, scope: Scope, guard: Term) -> Relation:
        """Round by round: the parts that name the expression see the rows of the last round alone."""
        if union.distinct:
            raise Unsupported("with recursive", "union without all")
        steps = [part for part in union.parts if _mentions(part, common.name)]
        starts = [part for part in union.parts if not _mentions(part, common.name)]
        last = self._named(common, self._union([self.query(part, scope, guard) for part in starts], False))
        rows = list(last.rows)
        for _ in range(MOST_ROUNDS):
            if not last.rows:
                return Relation(last.names, last.kinds, rows)
            inside = replace(scope, commons=Environment(common.name, last, scope.commons))
            step = self._union([self.query(part, inside, guard) for part in steps], False)
            last = Relation(last.names, last.kinds, step.rows)
            rows += step.rows
            if len(rows) > MOST_ROWS:
                break
        raise Unsupported("with recursive", f"{common.name} does not end soon")

    def _union(self, parts: Sequence[Relation], distinct: bool) -> Relation:
        rows = [row for part in parts for row in part.rows]
        if any(len(part.names) != len(parts[0].names) for part in parts):
            raise Unsupported("union", "rows of different lengths")
        kinds: tuple[k.Kind, ...] = (k.NULL,) * len(parts[0].names)
        for part in parts:
            kinds = tuple(k.common(a, b) for a, b in zip(kinds, part.kinds, strict=True))
        kinds = _kinds(kinds, rows)
        if self.state.engine != "sqlite":  # the others give a column one kind
            rows = [(p, tuple(v.convert(c, kind) for c, kind in zip(cells, kinds, strict=True))) for p, cells in rows]
        if not distinct:
            return Relation(parts[0].names, kinds, rows)
        return Relation(parts[0].names, kinds, without_repeats(rows), (frozenset(range(len(kinds))),))

    # --- select ---

    def _select(self, q: s.Select, scope: Scope, guard: Term) -> Relation:
        frame, rows = self._from(q, scope, guard)
        aliases = tuple((item.alias, item.expr) for item in q.items if item.alias) if self._lateral else ()
        base = replace(scope.inner(frame, ()), aliases=aliases)
        scoped: list[Scoped] = []
        for present, cells in rows:
            here = replace(base, values=cells)
            kept = present if q.where is None else self._kept(q.where, present, here, guard)
            if kept is not FALSE:
                scoped.append((kept, here))
        if len(scoped) > MOST_ROWS:
            raise Unsupported("select", f"more than {MOST_ROWS} rows")
        scoped = self._grouped(q, scoped, base, guard)
        if q.having is not None:
            scoped = self._filtered(q.having, scoped, guard)
        if q.qualify is not None or any(_has(item.expr, s.Window) for item in q.items):
            scoped = [(present, here.among(scoped, place)) for place, (present, here) in enumerate(scoped)]
        if q.qualify is not None:
            scoped = self._filtered(q.qualify, scoped, guard)
        return self._projected(q, frame, scoped, guard)

    @property
    def _lateral(self) -> bool:
        """Whether items of a select may be named in it."""
        return self.state.engine == "duckdb"

    def _kept(self, where: s.Expr, present: Term, scope: Scope, guard: Term) -> Term:
        return meet(present, self.expressions.condition(where, scope, meet(guard, present)))

    def _filtered(self, condition: s.Expr, scoped: Sequence[Scoped], guard: Term) -> list[Scoped]:
        kept = [(self._kept(condition, present, here, guard), here) for present, here in scoped]
        return [(present, here) for present, here in kept if present is not FALSE]

    def _projected(self, q: s.Select, frame: Frame, scoped: Sequence[Scoped], guard: Term) -> Relation:
        columns = _columns(q.items, frame)
        rows: list[Row] = []
        for present, here in scoped:
            cells: list[Value] = []
            inside = meet(guard, present)
            for item in q.items:
                if isinstance(item.expr, s.Star):
                    cells += [here.values[index] for index in frame.star(item.expr.qualifier)]
                else:
                    cells.append(self.expressions.value(item.expr, here, inside))
            rows.append((present, tuple(cells)))
        if q.distinct_on is not None:
            value, on = self.expressions.value, q.distinct_on
            keys = [[value(e, here, meet(guard, present)) for e in on] for present, here in scoped]
            rows = first_of_each(rows, keys, guard, self.expressions.doubt)
        if q.distinct:
            rows = without_repeats(rows)
        if q.limit_one:
            rows = one(rows, guard, self.expressions.doubt)
        names, kinds, origins = zip(*columns, strict=True)
        return Relation(names, _kinds(kinds, rows), rows, _unique(q, frame, origins))

    # --- from ---

    def _from(self, q: s.Select, scope: Scope, guard: Term) -> tuple[Frame, Sequence[Row]]:
        if q.table is None:
            return NO_FRAME, ONE_ROW
        frame, rows = self.source(q.table, scope, guard)
        for join in q.joins:
            frame, rows = self._join(join, frame, rows, scope, guard)
        return frame, rows

    def _join(
        self, join: s.Join, frame: Frame, rows: Sequence[Row], scope: Scope, guard: Term
    ) -> tuple[Frame, Sequence[Row]]:
        if isinstance(join.table, s.Derived) and join.table.lateral:
            return lateral(join, frame, rows, scope, guard, self.source)
        right, others = self.source(join.table, scope, guard)
        single = at_most_one(join, frame, right)
        swapped = join.kind == "inner" and at_most_one(join, right, frame)
        unique = frame.unique if single and join.kind != "full" else ()
        both = frame.beside(right, (*unique, *(right.moved(len(frame.columns)) if swapped else ())))
        inside = scope.inner(both, ())
        pairs: list[list[Term]] = []
        for present, cells in rows:
            line = []
            for second, more in others:
                together = meet(present, second)
                if together is not FALSE and join.on is not None:
                    here = replace(inside, values=cells + more)
                    together = meet(together, self.expressions.condition(join.on, here, meet(guard, together)))
                line.append(together)
            pairs.append(line)
        if join.kind in ("semi", "anti"):
            return frame, halved(rows, pairs, anti=join.kind == "anti")
        padding = tuple(v.missing(kind) for kind in right.kinds)
        outer = join.kind in ("left", "full")
        if single:
            found = merged(rows, others, pairs, padding, outer=outer)
        elif swapped:
            found = merged_right(rows, others, pairs, frame)
        else:
            found = [
                (p, cells + more)
                for (_, cells), line in zip(rows, pairs, strict=True)
                for p, (_, more) in zip(line, others, strict=True)
                if p is not FALSE
            ]
            if outer:
                found += [(p, cells + padding) for p, cells in halved(rows, pairs, anti=True)]
        if join.kind == "full":
            columns = [[line[n] for line in pairs] for n in range(len(others))]
            padding = tuple(v.missing(kind) for kind in frame.kinds)
            found += [(p, padding + more) for p, more in halved(others, columns, anti=True)]
        return both, found

    # --- group by ---

    def _grouped(self, q: s.Select, scoped: list[Scoped], base: Scope, guard: Term) -> list[Scoped]:
        exprs = q.group
        if q.group_all:
            exprs = tuple(item.expr for item in q.items if not _has(item.expr, s.Aggregate))
        if exprs is None:
            asked = [item.expr for item in q.items] + ([] if q.having is None else [q.having])
            if not any(_has(e, s.Aggregate) for e in asked):
                return scoped
            nothing = replace(base, values=tuple(v.missing() for _ in base.frame.columns))
            here = scoped[0][1] if scoped and scoped[0][0] is TRUE else nothing
            return [(TRUE, here.grouped(scoped))]
        if any(isinstance(e, s.Literal) for e in exprs):
            raise Unsupported("group by", "a constant")
        if self.state.engine == "postgres" and any(base.frame.lacks(e, q.items) for e in exprs):
            raise Unsupported("group by", "an item by its name")
        keys = [tuple(self.expressions.value(e, here, meet(guard, p)) for e in exprs) for p, here in scoped]
        found: list[Scoped] = []
        for index, (present, here) in enumerate(scoped):
            earlier: list[Term] = []
            for n in range(index):
                earlier.append(meet(scoped[n][0], v.identical_rows(keys[index], keys[n])))
                if earlier[-1] is TRUE:
                    break
            leads = meet(present, not_(or_(*earlier)))
            if leads is FALSE:
                continue
            members = [(TRUE, here)]
            for n in range(index + 1, len(scoped)):
                member = meet(scoped[n][0], v.identical_rows(keys[index], keys[n]))
                if member is not FALSE:
                    members.append((member, scoped[n][1]))
            found.append((leads, here.grouped(members)))
        return found


def _columns(items: Sequence[s.Item], frame: Frame) -> list[tuple[str, k.Kind, int | None]]:
    """Names, kinds and, where it is a column of the frame, the origin of each column of a select."""
    found: list[tuple[str, k.Kind, int | None]] = []
    for number, item in enumerate(items):
        match item.expr:
            case s.Star(qualifier):
                found += [(frame.columns[index][1], frame.kinds[index], index) for index in frame.star(qualifier)]
            case s.Name(qualifier, name):
                at = frame.find(qualifier, name)
                found.append((item.alias or name, k.NULL if at is None else frame.kinds[at], at))
            case s.Cast(_, kind):
                found.append((item.alias or f"?{number}", kind, None))
            case _:
                found.append((item.alias or f"?{number}", k.NULL, None))
    return found


def _unique(q: s.Select, frame: Frame, origins: Sequence[int | None]) -> tuple[frozenset[int], ...]:
    """In which columns of a select no two rows agree."""
    found = [frozenset(range(len(origins)))] if q.distinct else []
    if q.group is not None:
        named = [frame.find(e.qualifier, e.name) if isinstance(e, s.Name) else None for e in q.group]
        if all(at is not None and at in origins for at in named):
            found.append(frozenset(origins.index(at) for at in named))
    elif not q.group_all:
        found += [frozenset(map(origins.index, key)) for key in frame.unique if key <= set(origins)]
    return tuple(found)


def _kinds(kinds: Sequence[k.Kind], rows: Sequence[Row]) -> tuple[k.Kind, ...]:
    """The kinds of columns, as far as their values tell more."""
    for _, cells in rows:
        kinds = [k.common(kind, cell.kind) for kind, cell in zip(kinds, cells, strict=True)]
    return tuple(kinds)


def _has(e: object, kind: type) -> bool:
    """Whether an expression contains a node of a kind, outside the queries in it."""
    if isinstance(e, kind):
        return True
    if isinstance(e, tuple):
        return any(_has(part, kind) for part in e)
    if isinstance(e, s.Select | s.Union | s.Values | s.With) or not is_dataclass(e):
        return False
    return any(_has(getattr(e, f.name), kind) for f in fields(e))


def _mentions(query: object, name: str) -> bool:
    """Whether a query reads a table of a name."""
    if isinstance(query, s.Table):
        return query.name == name
    if isinstance(query, tuple):
        return any(_mentions(part, name) for part in query)
    if not is_dataclass(query):
        return False
    return any(_mentions(getattr(query, f.name), name) for f in fields(query))
