"""Queries over symbolic rows → relations. Rows that cannot be there are dropped at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import assert_never

from bxc.laws.term import FALSE, TRUE, Term, and_, any_, const, not_, or_
from bxc.validate import kinds as k
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.database import MOST_ROWS, State
from bxc.validate.expressions import Expressions
from bxc.validate.read_query import read_query
from bxc.validate.scope import NO_FRAME, NOWHERE, ONE_ROW, Environment, Frame, Relation, Row, Scope
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value

MOST_ROUNDS = 60  # of a recursive common table expression
Scoped = tuple[Term, Scope]


class Queries:
    """Evaluates queries in a state. What does not look at the rows around it is evaluated once in a statement."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.expressions = Expressions(state, self.query)
        self._known: dict[tuple[int, int], tuple[object, object, Relation]] = {}

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
        if e.touched > scope.depth:
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
        """The rows of a stored table, in DuckDB with their row ids as a last column."""
        columns = tuple(c.name for c in self.state.tables[name].columns)
        kinds = tuple(c.kind for c in self.state.tables[name].columns)
        if self.state.engine == "sqlite":
            return Relation(columns, kinds, [(row.present, row.values) for row in self.state.rows[name]])
        rows = [(row.present, (*row.values, v.known(k.ID, const(row.id)))) for row in self.state.rows[name]]
        return Relation((*columns, "rowid"), (*kinds, k.ID), rows)

    def source(self, table: s.Table | s.Derived, scope: Scope, guard: Term) -> tuple[Frame, Sequence[Row]]:
        """What stands behind FROM: its columns and rows."""
        match table:
            case s.Derived():
                relation = self.query(table.query, scope, guard)
                return Frame([(table.alias, name) for name in relation.names], relation.kinds), relation.rows
            case s.Table():
                common = None if scope.commons is None else scope.commons.find(table.name)
                hidden: frozenset[int] = frozenset()
                if common is not None:
                    relation = common
                elif table.name in self.state.tables:
                    relation = self.table(table.name)
                    if self.state.engine == "duckdb":
                        hidden = frozenset({len(relation.names) - 1})
                else:
                    relation = self.view(table.name, guard)
                columns = [(table.alias, name) for name in relation.names]
                return Frame(columns, relation.kinds, hidden), relation.rows
            case _:
                assert_never(table)

    def view(self, name: str, guard: Term) -> Relation:
        """The rows of a view."""
        view = self.state.views.get(name)
        if view is None:
            raise Unsupported("table", name)
        query = read_query(self.state.engine, view.text)
        relation = self.query(query, NOWHERE, guard)
        if view.columns is None:
            return relation
        return Relation(view.columns, relation.kinds, relation.rows)

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
        return Relation(common.columns or relation.names, relation.kinds, relation.rows)

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
        if self.state.engine == "duckdb":  # it gives a column one kind
            rows = [(p, tuple(v.convert(c, kind) for c, kind in zip(cells, kinds, strict=True))) for p, cells in rows]
        return Relation(parts[0].names, kinds, _distinct(rows) if distinct else rows)

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
        return and_(present, self.expressions.condition(where, scope, and_(guard, present)))

    def _filtered(self, condition: s.Expr, scoped: Sequence[Scoped], guard: Term) -> list[Scoped]:
        kept = [(self._kept(condition, present, here, guard), here) for present, here in scoped]
        return [(present, here) for present, here in kept if present is not FALSE]

    def _projected(self, q: s.Select, frame: Frame, scoped: Sequence[Scoped], guard: Term) -> Relation:
        columns: list[tuple[str, k.Kind]] = []
        for number, item in enumerate(q.items):
            match item.expr:
                case s.Star(qualifier):
                    columns += [(frame.columns[index][1], frame.kinds[index]) for index in frame.star(qualifier)]
                case s.Name(qualifier, name):
                    at = frame.find(qualifier, name)
                    columns.append((item.alias or name, k.NULL if at is None else frame.kinds[at]))
                case s.Cast(_, kind):
                    columns.append((item.alias or f"?{number}", kind))
                case _:
                    columns.append((item.alias or f"?{number}", k.NULL))
        rows: list[Row] = []
        for present, here in scoped:
            cells: list[Value] = []
            inside = and_(guard, present)
            for item in q.items:
                if isinstance(item.expr, s.Star):
                    cells += [here.values[index] for index in frame.star(item.expr.qualifier)]
                else:
                    cells.append(self.expressions.value(item.expr, here, inside))
            rows.append((present, tuple(cells)))
        if q.distinct:
            rows = _distinct(rows)
        kinds = _kinds([kind for _, kind in columns], rows)
        return Relation(tuple(name for name, _ in columns), kinds, self._one(rows, guard) if q.limit_one else rows)

    def _one(self, rows: Sequence[Row], guard: Term) -> list[Row]:
        """One of the rows: which, is left open where they differ."""
        kept: list[Row] = []
        for index, (present, cells) in enumerate(rows):
            for other, second in rows[:index]:
                both = and_(guard, present, other)
                if both is not FALSE:
                    self.expressions.doubt(and_(both, not_(v.identical_rows(cells, second))))
            first = and_(present, not_(or_(*(p for p, _ in rows[:index]))))
            if first is not FALSE:
                kept.append((first, cells))
        return kept

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
        right, others = self.source(join.table, scope, guard)
        both = frame.beside(right)
        inside = scope.inner(both, ())
        pairs: list[list[Term]] = []
        for present, cells in rows:
            line = []
            for second, more in others:
                together = and_(present, second)
                if together is not FALSE and join.on is not None:
                    here = replace(inside, values=cells + more)
                    together = and_(together, self.expressions.condition(join.on, here, and_(guard, together)))
                line.append(together)
            pairs.append(line)
        if join.kind in ("semi", "anti"):
            return frame, _halved(rows, pairs, anti=join.kind == "anti")
        found: list[Row] = []
        for (_, cells), line in zip(rows, pairs, strict=True):
            found += [(p, cells + more) for p, (_, more) in zip(line, others, strict=True) if p is not FALSE]
        if join.kind in ("left", "full"):
            padding = tuple(v.missing() for _ in right.columns)
            found += [(p, cells + padding) for p, cells in _halved(rows, pairs, anti=True)]
        if join.kind == "full":
            columns = [[line[n] for line in pairs] for n in range(len(others))]
            padding = tuple(v.missing() for _ in frame.columns)
            found += [(p, padding + more) for p, more in _halved(others, columns, anti=True)]
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
        keys = [tuple(self.expressions.value(e, here, and_(guard, p)) for e in exprs) for p, here in scoped]
        found: list[Scoped] = []
        for index, (present, here) in enumerate(scoped):
            earlier: list[Term] = []
            for n in range(index):
                earlier.append(and_(scoped[n][0], v.identical_rows(keys[index], keys[n])))
                if earlier[-1] is TRUE:
                    break
            leads = and_(present, not_(or_(*earlier)))
            if leads is FALSE:
                continue
            members = [(TRUE, here)]
            for n in range(index + 1, len(scoped)):
                member = and_(scoped[n][0], v.identical_rows(keys[index], keys[n]))
                if member is not FALSE:
                    members.append((member, scoped[n][1]))
            found.append((leads, here.grouped(members)))
        return found


def _halved(rows: Sequence[Row], pairs: Sequence[Sequence[Term]], *, anti: bool) -> list[Row]:
    """The rows that find a partner, or those that find none."""
    found = []
    for (present, cells), line in zip(rows, pairs, strict=True):
        partner = any_(line)
        kept = and_(present, not_(partner) if anti else partner)
        if kept is not FALSE:
            found.append((kept, cells))
    return found


def _kinds(kinds: Sequence[k.Kind], rows: Sequence[Row]) -> tuple[k.Kind, ...]:
    """The kinds of columns, as far as their values tell more."""
    for _, cells in rows:
        kinds = [k.common(kind, cell.kind) for kind, cell in zip(kinds, cells, strict=True)]
    return tuple(kinds)


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """Each row where no equal one comes before it."""
    found: list[Row] = []
    for index, (present, cells) in enumerate(rows):
        kept = present
        for other, earlier in rows[:index]:
            if kept is FALSE:
                break
            kept = and_(kept, not_(and_(other, v.identical_rows(cells, earlier))))
        if kept is not FALSE:
            found.append((kept, cells))
    return found


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
