"""Which rows of a FROM clause are looked up, by the conditions that have to hold of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bxc.validate import sql as s
from bxc.validate.local_relations import NOTHING, Lookup, NotLocalError, Origins, Part, Source, of_column
from bxc.validate.local_values import Compared, Scope, Values, cells, conjuncts, each, has

Facts = list[tuple[s.Expr, tuple[Part, ...] | None]]
"""Conditions of joins, and for which parts they may be used (None: all)."""


class Lookups(Values):
    """Finds lookups, and refuses what is no lookup."""

    def bind(self, here: Scope, facts: list[tuple[s.Expr, tuple[Part, ...] | None]], where: s.Expr | None) -> None:
        """Finds out which parts are looked up, by what must hold of their rows."""
        known = [(e, of) for fact, of in facts for e in conjuncts(fact)] + [(e, None) for e in conjuncts(where)]
        pairs = [(a, b, strict, of) for e, of in known for a, b, strict in self._pairs(e, here)]
        changed = True
        while changed:
            changed = False
            for a, b, strict, of in pairs:
                for mine, other in ((a, b), (b, a)):
                    if isinstance(mine, s.Name):
                        changed |= self._look(here, mine, other, strict, of)

    def _look(
        self, here: Scope, mine: s.Name, other: s.Expr | Origins, strict: bool, of: tuple[Part, ...] | None
    ) -> bool:
        """Uses an equation for the part that a name belongs to; whether that part is looked up now."""
        part, name = self._find(mine, here)
        if part is None or part.bound or part not in here.parts or (of is not None and part not in of):
            return False
        column = part.own(name)
        if column is None or (not isinstance(other, frozenset) and not self._is_bound(other, here, part)):
            return False
        origins = other if isinstance(other, frozenset) else self.origins(other, here)
        self._equal(part, column, origins, strict)
        return self._settle(part)

    def _equal(self, part: Part, column: str, origins: Origins, strict: bool) -> None:
        source = part.relation.source
        assert source is not None
        odd = [o for o in origins if not of_column(o, source.name, column) and not o.startswith("'")]
        if odd:
            raise NotLocalError(f"looks up {source.name}.{column} by what is no value of it")
        part.equal[column] = part.equal.get(column, False) or strict
        part.by[column] = part.by.get(column, NOTHING) | origins

    def _settle(self, part: Part) -> bool:
        source = part.relation.source
        if part.bound or source is None:
            return False
        lookup = source.found_by(part.equal)
        if lookup is None:
            return False
        part.bound, part.lookup = True, lookup
        self.looked_up(source, lookup, NOTHING.union(*(part.by[column] for column in lookup.columns)))
        return True

    def looked_up(self, source: Source, lookup: Lookup, values: Origins) -> None:
        """Notes a lookup by some values; refuses those that may find more rows than are counted."""
        by = ", ".join(sorted(lookup.columns))
        if len(lookup.columns) > 1:
            raise NotLocalError(f"looks up {by} of {source.name}, which may be of different rows")
        for value in values:
            if value.startswith("'"):
                self.fixed.add((source.name, lookup, value))
            elif lookup.reads is not None and not value.startswith("~"):
                raise NotLocalError(f"looks up rows of {source.name} by {by} of another")
        self.lookups.add((source.name, lookup))

    def _pairs(self, e: s.Expr, here: Scope) -> Iterator[tuple[s.Expr | Origins, s.Expr | Origins, bool]]:
        """Equations that a condition implies, and whether NULL is equal to nothing in them."""
        match e:
            case s.Call("=" | "is" as function, (left, right)):
                lefts, rights = cells(left), cells(right)
                yield from ((a, b, function == "=" and len(lefts) == 1) for a, b in zip(lefts, rights, strict=True))
            case s.InQuery(operand, inner) if any(self._loose(cell, here) for cell in cells(operand)):
                relation = self.query(inner, here)
                if relation.source is None:
                    for cell, (_, origins) in zip(cells(operand), relation.columns, strict=True):
                        yield cell, origins, True

    def _set_aside(self, conditions: Sequence[s.Expr], here: Scope) -> None:
        """Rows that are compared by all of a key: they are seen, or it is false of them, as of all others.

        So such a comparison tells nothing else of rows that a lookup by a `determines` finds.
        """
        equal: Compared = {}
        for e in (e for condition in conditions for e in conjuncts(condition)):
            if not isinstance(e, s.Call) or e.function not in ("=", "is"):
                continue
            for left, right in zip(cells(e.args[0]), cells(e.args[1]), strict=False):
                for mine, other in ((left, right), (right, left)):
                    if isinstance(mine, s.Name):
                        self._compared(mine, self._glance(other, here), here, equal)
        self._aside(equal)

    def _loose(self, e: s.Expr, here: Scope) -> bool:
        if not isinstance(e, s.Name):
            return False
        part, _ = self._find(e, here)
        return part is not None and not part.bound and part in here.parts

    def _is_bound(self, e: s.Expr, here: Scope, target: Part) -> bool:
        """Whether a value is known before rows of a part are looked up."""
        for name in each(e, s.Name):
            part, _ = self._find(name, here)
            if part is None or part is target or (part in here.parts and not part.bound):
                return False
        return not has(e, s.Aggregate | s.Window)

    def _check_reads(self, here: Scope) -> None:
        for part in here.parts:
            lookup, source = part.lookup, part.relation.source
            if lookup is None or lookup.reads is None or source is None:
                continue
            more = part.read - lookup.reads
            if more:
                by = ", ".join(sorted(lookup.columns))
                raise NotLocalError(f"reads {', '.join(sorted(more))} of the rows of {source.name} that share {by}")
