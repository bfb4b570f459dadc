"""Whether a query reads sources only by looking up rows, and what its columns can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from bxc.validate import sql as s
from bxc.validate.local_lookups import Facts, Lookups
from bxc.validate.local_relations import NOTHING, NotLocalError, Origins, Part, Relation, most
from bxc.validate.local_values import Scope, conjuncts, each, has

ANY_NUMBER = ("min", "max", "bool_or", "first")
"""Aggregates to which it makes no difference how often a row is there (`first`, where all rows agree)."""


class Flow(Lookups):
    """Follows values through queries."""

    # --- queries ---

    def query(self, q: s.Query, scope: Scope, equated: Sequence[Origins] = ()) -> Relation:
        """What a query gives. ``equated``: its columns are compared with these values, and no other rows count."""
        match q:
            case s.Select():
                return self._select(q, scope, equated)
            case s.Union():
                parts = [self.query(part, scope, equated) for part in q.parts]
                if any(part.source is not None for part in parts):
                    raise NotLocalError("joins all rows of a source to others by UNION")
                columns = tuple(
                    (name, frozenset().union(*(part.columns[n][1] for part in parts)))
                    for n, (name, _) in enumerate(parts[0].columns)
                )
                repeats, empty = most(part.repeats for part in parts), all(part.empty for part in parts)
                return Relation(columns, None, repeats, empty)
            case s.Values():
                rows = [[self.origins(cell, scope) for cell in row] for row in q.rows]
                return Relation(
                    tuple((f"column{n + 1}", NOTHING.union(*c)) for n, c in enumerate(zip(*rows, strict=True)))
                )
            case s.With():
                if q.recursive:
                    raise NotLocalError("is recursive")
                inner = Scope(outer=scope)
                for common in q.commons:
                    inner.commons[common.name] = self.query(common.query, inner).renamed(common.columns)
                return self.query(q.body, inner, equated)
            case _:
                assert_never(q)

    def few(self, q: s.Query, scope: Scope) -> Relation:
        """What a query gives where its rows must be few, and each of them count."""
        relation = self.query(q, scope)
        if relation.source is not None:
            raise NotLocalError(f"reads all rows of {relation.source.name}")
        if relation.repeats:
            raise NotLocalError("does something for each of the rows that a lookup finds")
        return relation

    # --- select ---

    def _select(self, q: s.Select, scope: Scope, equated: Sequence[Origins]) -> Relation:
        here = Scope(outer=scope, aliases={item.alias: item.expr for item in q.items if item.alias})
        if not self._counts(q) and any(self._nowhere(e, scope) for e in conjuncts(q.where)):
            return Relation(tuple((name, NOTHING) for name in self._names(q, scope)), empty=True)
        facts = self._from(q, here)
        if self._is_empty(q, here):
            return Relation(tuple((name, NOTHING) for name in self._names(q, scope)), empty=True)
        if equated:
            facts += self._equated(q, here, equated)
        self.bind(here, facts, q.where)
        self._set_aside([e for e in (*(join.on for join in q.joins), q.where) if e is not None], here)
        for join in q.joins:
            self._asked(join.on, here)
        self._asked(q.where, here)
        asked = [item.expr for item in q.items] + [e for e in (q.having, q.qualify) if e is not None]
        aggregated = q.group is not None or q.group_all or any(has(e, s.Aggregate) for e in asked)
        loose = [part for part in here.parts if not part.bound]
        repeats = most(map(_repeats, here.parts))
        columns = tuple(self._columns(q, here))
        for e in (*(q.group or ()), *asked):
            self._asked(e, here)
        self._check_reads(here)
        if q.limit_one and not (repeats and not loose and len(here.parts) == 1 and here.parts[0].lookup is not None):
            raise NotLocalError("has a LIMIT")
        if any(has(e, s.Window) for e in asked) and (loose or repeats):
            raise NotLocalError("numbers rows that a lookup finds")
        if loose:
            return self._of_all(q, loose, here, aggregated, columns)
        if aggregated and repeats and not all(self._indifferent(e, repeats) for e in asked):
            raise NotLocalError("counts rows that a lookup finds")
        once = aggregated or q.distinct or q.limit_one or self._one_of_each(q, here)
        return Relation(columns, None, 0 if once else repeats)

    def _one_of_each(self, q: s.Select, here: Scope) -> bool:
        """Whether one row is kept for each value of what rows are looked up by, so that those left out are like it."""
        if q.distinct_on is None:
            return False
        found = [part for part in here.parts if part.lookup is not None]
        named = [self._find(e, here) for e in q.distinct_on if isinstance(e, s.Name)]
        own = {part.own(name) for part, name in named if part in found and part is not None}
        if len(found) != 1 or found[0].lookup is None or len(named) != len(q.distinct_on):
            raise NotLocalError("keeps one of several rows")
        if own != found[0].lookup.columns:
            raise NotLocalError("keeps one of several rows")
        return True

    def _is_empty(self, q: s.Select, here: Scope) -> bool:
        """Whether a select has no rows, as a table that it reads has none."""
        if self._counts(q):
            return False
        inner = {part.alias for part in here.parts[:1]}
        inner |= {join.table.alias or "" for join in q.joins if join.kind in ("inner", "cross", "semi")}
        outer = any(join.kind == "full" for join in q.joins)
        if not outer and any(part.relation.empty and part.alias in inner for part in here.parts):
            return True
        return any(
            isinstance(e, s.Call)
            and e.function == "is"
            and isinstance(e.args[1], s.Literal)
            and e.args[1].value is None
            and self._is_there(e.args[0], here)
            for e in conjuncts(q.where)
        )

    @staticmethod
    def _counts(q: s.Select) -> bool:
        """Whether a select has a row even where there is none."""
        return q.group is None and not q.group_all and any(has(item.expr, s.Aggregate) for item in q.items)

    def _nowhere(self, e: s.Expr, scope: Scope) -> bool:
        """Whether a condition asks for rows of a table that has none."""
        match e:
            case s.Exists(s.Select(table=s.Table(name), joins=()) as inner) if not self._counts(inner):
                return scope.common(name) is None and self.table(name).empty
        return False

    def _names(self, q: s.Query, scope: Scope) -> list[str]:
        """The columns of a query, whatever it reads."""
        match q:
            case s.Select():
                tables = [t for t in (q.table,) if t is not None]
                tables += [join.table for join in q.joins if join.kind not in ("semi", "anti")]
                found: list[str] = []
                for number, item in enumerate(q.items):
                    if isinstance(item.expr, s.Star):
                        wanted = [t for t in tables if item.expr.qualifier in (None, t.alias)]
                        found += [name for table in wanted for name in self._names_of(table, scope)]
                    else:
                        name = item.expr.name if isinstance(item.expr, s.Name) else f"?{number}"
                        found.append(item.alias or name)
                return found
            case s.Union():
                return self._names(q.parts[0], scope)
            case s.Values() | s.With():
                return [name for name, _ in self.query(q, scope).columns]
            case _:
                assert_never(q)

    def _names_of(self, table: s.Table | s.Derived, scope: Scope) -> list[str]:
        if isinstance(table, s.Derived):
            return self._names(table.query, scope)
        return [name for name, _ in (scope.common(table.name) or self.table(table.name)).columns]

    def _is_there(self, e: s.Expr, here: Scope) -> bool:
        """Whether a value is known not to be NULL."""
        match e:
            case s.Name():
                part, name = self._find(e, here)
                return part is not None and name in part.relation.sure
            case s.Scalar(s.Select((s.Item(s.Name(_, name)),), s.Table(table), (), None, None)):
                return here.common(table) is None and name in self.table(table).sure
        return False

    def _of_all(
        self,
        q: s.Select,
        loose: list[Part],
        here: Scope,
        aggregated: bool,
        columns: tuple[tuple[str, Origins], ...],
    ) -> Relation:
        """A select from all rows of a source: the rows themselves, or the extreme value of a column."""
        name = loose[0].relation.source.name if loose[0].relation.source is not None else ""
        if len(here.parts) > 1:
            raise NotLocalError(f"looks up {name} by no key of it")
        if not aggregated and not q.distinct:
            return Relation(columns, loose[0].relation.source)
        found = [a for item in q.items for a in each(item.expr, s.Aggregate)]
        plain = q.group is None and not q.group_all and q.where is None and q.having is None and not q.distinct
        for aggregate in found:
            operand = aggregate.operand
            if not plain or aggregate.function not in ("min", "max") or not isinstance(operand, s.Name):
                raise NotLocalError(f"takes all rows of {name} together")
            self.greatest.add((name, f"{aggregate.function} {operand.name}"))
        if not found:
            raise NotLocalError(f"takes all rows of {name} together")
        return Relation(tuple((n, frozenset(f"^{o}" for o in origins)) for n, origins in columns))

    def _from(self, q: s.Select, here: Scope) -> Facts:
        """Fills the scope; what holds of rows that are joined, and of which parts it may be used (None: all)."""
        facts: Facts = []
        if q.table is not None:
            here.parts.append(self._part(q.table, here, q.where))
        for join in q.joins:
            part = self._part(join.table, here, q.where)
            part.hidden = join.kind in ("semi", "anti")
            here.parts.append(part)
            if join.kind == "full" and not all(p.bound for p in here.parts):
                raise NotLocalError("compares all rows of a source by FULL JOIN")
            if join.on is not None and join.kind != "full":
                facts.append((join.on, None if join.kind in ("inner", "cross", "semi") else (part,)))
        return facts

    def _part(self, table: s.Table | s.Derived, here: Scope, where: s.Expr | None) -> Part:
        match table:
            case s.Derived():
                outside = here if table.lateral else here.outer or Scope()
                relation = self.query(table.query, outside).renamed(table.columns)
                return Part(table.alias or "", relation, relation.source is None)
            case s.Table():
                relation = here.common(table.name) or self._since(table, where) or self.table(table.name)
                return Part(table.alias, relation, relation.source is None)
            case _:
                assert_never(table)

    def _since(self, table: s.Table, where: s.Expr | None) -> Relation | None:
        """The rows of a table with greater numbers than a column of the session says, where these are known."""
        for e in conjuncts(where):
            match e:
                case s.Call(
                    ">", (s.Name(table.alias, "bxc_seq"), s.Scalar(s.Select((s.Item(s.Name(None, note)),)) as noted))
                ) if _plain(noted) and isinstance(noted.table, s.Table) and noted.table.name == "bxc_session":
                    if (found := self.recent(table.name, note)) is not None:
                        return found
        return None

    def _equated(self, q: s.Select, here: Scope, equated: Sequence[Origins]) -> Facts:
        """The items of a query behind IN are equal to what stands before it."""
        for item, origins in zip(q.items, equated, strict=False):
            if isinstance(item.expr, s.Name):
                part, name = self._find(item.expr, here)
                column = None if part is None else part.own(name)
                source = None if part is None else part.relation.source
                if part is not None and column is not None and source is not None and not part.bound:
                    if column not in source.solid:
                        raise NotLocalError(f"looks for values of {source.name}.{column}, which may be NULL, by IN")
                    self._equal(part, column, origins, True)
        for part in here.parts:
            self._settle(part)
        return []

    def _indifferent(self, e: s.Expr, repeats: int) -> bool:
        """Whether an expression of aggregates is the same if rows are there ``repeats`` times or more."""
        match e:
            case s.Call(">", (s.Aggregate("count", None), s.Literal(1))):
                return repeats > 1
            case s.Aggregate():
                return e.function in ANY_NUMBER or e.distinct
            case s.Call("and", (s.Call(">=", (s.Aggregate("count") as some, low)), s.Call("<=", (other, high)))):
                return (
                    isinstance(low, s.Literal)
                    and low.value == 1
                    and isinstance(other, s.Aggregate)
                    and isinstance(some.operand, s.Name)
                    and isinstance(other.operand, s.Name)
                    and some.operand.name == other.operand.name
                    and isinstance(high, s.Call)
                    and high.function == "-"
                    and isinstance(high.args[0], s.Aggregate)
                    and high.args[0].operand is None
                )
            case s.Call():
                return all(self._indifferent(arg, repeats) for arg in e.args)
            case s.Case():
                inner = [e.operand, *(x for when in e.whens for x in when), e.otherwise]
                return all(self._indifferent(x, repeats) for x in inner if x is not None)
        return not has(e, s.Aggregate)

    def _columns(self, q: s.Select, here: Scope) -> Iterator[tuple[str, Origins]]:
        for number, item in enumerate(q.items):
            if isinstance(item.expr, s.Star):
                for part in here.parts:
                    if (item.expr.qualifier or part.alias) == part.alias and not part.hidden:
                        for name, origins in part.relation.columns:
                            self._read(part, name)
                            yield name, origins
                continue
            name = item.expr.name if isinstance(item.expr, s.Name) else f"?{number}"
            yield item.alias or name, self.origins(item.expr, here)


def _plain(q: s.Select) -> bool:
    """Whether a select gives its items for each row of a table."""
    return not q.joins and q.where is None and q.group is None and not (q.group_all or q.having or q.qualify)


def noted(e: s.Expr) -> str | None:
    """The table whose greatest number a value is: `(select coalesce(max(bxc_seq), 0) from …)`."""
    match e:
        case s.Scalar(
            s.Select(
                (s.Item(s.Call("coalesce", (s.Aggregate("max", s.Name(None, "bxc_seq")), s.Literal()))),), s.Table(name)
            ) as q
        ) if _plain(q):
            return name
    return None


def _repeats(part: Part) -> int:
    """Whether rows stand beside each of those that a lookup finds."""
    if part.hidden:
        return 0
    return most((part.relation.repeats, 0 if part.lookup is None else part.lookup.repeats))
