"""What the values in expressions can be, as far as a test of locality has to know; all of a query is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, fields, is_dataclass
from typing import Any, TypeVar, assert_never

from bxc.dataclass import dataclass
from bxc.validate import sql as s
from bxc.validate.local_relations import (
    NOTHING,
    SOMETHING,
    Lookup,
    NotLocalError,
    Origins,
    Part,
    Relation,
    of_column,
)
from bxc.validate.unnest import field_column

T = TypeVar("T")
KEEP = ("coalesce", "try", "greatest", "least")
"""Functions whose value is one of their arguments'."""
MADE_UP = ("random", "randomblob", "uuid", "gen_random_uuid")
Compared = dict[int, tuple[Part, dict[str, list[s.Name]]]]
"""The columns of some relations (by identity) that are equated with values of their own, and where."""


@dataclass(slots=True)
class Scope:
    """The relations in sight, and those around; ``aliases`` are the items of a select that may be named in it."""

    parts: list[Part] = field(default_factory=list)
    outer: Scope | None = None
    commons: dict[str, Relation] = field(default_factory=dict)
    aliases: dict[str, s.Expr] = field(default_factory=dict)

    def common(self, name: str) -> Relation | None:
        here: Scope | None = self
        while here is not None:
            if name in here.commons:
                return here.commons[name]
            here = here.outer
        return None


class Values(ABC):
    """Follows values through expressions.

    ``table`` gives a stored table or a view by its name; ``recent``, what a put has added to a table since it noted the
    greatest number there in a column of the session, if it has.
    What is found out: the ``lookups`` of sources, those by constants (``fixed``), and of which columns the ``greatest``
    or least value is taken.
    """

    def __init__(self, table: Callable[[str], Relation], recent: Callable[[str, str], Relation | None]) -> None:
        self.table = table
        self.recent = recent
        self.lookups: set[tuple[str, Lookup]] = set()
        self.greatest: set[tuple[str, str]] = set()
        self.fixed: set[tuple[str, Lookup, str]] = set()
        self.asides: dict[int, s.Name] = {}

    @abstractmethod
    def query(self, q: s.Query, scope: Scope, equated: Sequence[Origins] = ()) -> Relation:
        """What a query gives. ``equated``: its columns are compared with these values, and no other rows count."""

    @abstractmethod
    def few(self, q: s.Query, scope: Scope) -> Relation:
        """What a query gives where its rows must be few, and each of them count."""

    def _compared(self, e: s.Name, origins: Origins, here: Scope, equal: Compared) -> None:
        part, name = self._find(e, here)
        column = None if part is None else part.own(name)
        if part is None or column is None or part.relation.source is None:
            return
        if all(of_column(o, part.relation.source.name, column) for o in origins):
            equal.setdefault(id(part), (part, {}))[1].setdefault(column, []).append(e)

    def _aside(self, equal: Compared) -> None:
        for part, names in equal.values():
            source = part.relation.source
            lookups = () if source is None else source.lookups
            for lookup in lookups:
                if lookup.reads is None and lookup.columns <= set(names):
                    self.asides.update((id(e), e) for column in lookup.columns for e in names[column])

    # --- expressions ---

    def _read(self, part: Part, name: str) -> None:
        column = part.own(name)
        if column is not None:
            part.read.add(column)

    def _find(self, e: s.Name, scope: Scope) -> tuple[Part | None, str]:
        """The part that a name belongs to, in the nearest scope."""
        here: Scope | None = scope
        while here is not None:
            for part in here.parts:
                if (e.qualifier is None or e.qualifier == part.alias) and part.origins(e.name) is not None:
                    return part, e.name
            here = here.outer
        if e.qualifier is not None:  # a field of a struct in a column
            return self._find(s.Name(None, field_column(e.qualifier, e.name)), scope)
        return None, e.name

    def _asked(self, e: s.Expr | None, scope: Scope) -> None:
        if e is not None:
            self.origins(e, scope)

    def origins(self, e: s.Expr, scope: Scope) -> Origins:
        """What a value can be; refused if it takes more than lookups to tell it."""
        match e:
            case s.Name():
                return self._name(e, scope)
            case s.Literal():
                return NOTHING if e.value is None else frozenset((f"'{e.value!r}",))
            case s.Case():
                for test, _ in e.whens:
                    self._asked(test, scope)
                self._asked(e.operand, scope)
                values = [then for _, then in e.whens] + ([] if e.otherwise is None else [e.otherwise])
                return NOTHING.union(*(self.origins(value, scope) for value in values))
            case s.Cast():
                return self.origins(e.operand, scope)
            case s.Call():
                return self._call(e, scope)
            case s.InQuery():
                found = self._in(e, scope)
                if found.source is not None:
                    raise NotLocalError(f"looks at all rows of {found.source.name} by IN")
                return SOMETHING
            case s.Exists():
                found = self.query(e.query, scope)
                if found.source is not None:
                    raise NotLocalError(f"looks at all rows of {found.source.name} by EXISTS")
                return SOMETHING
            case s.Scalar():
                return self.few(e.query, scope).columns[0][1]
            case s.Aggregate():
                if e.operand is None:
                    return SOMETHING
                found_ = self.origins(e.operand, scope)
                return found_ if e.function in ("min", "max", "first") else SOMETHING
            case s.Window():
                for inner in (*e.partition, *(o.operand for o in e.order)):
                    self._asked(inner, scope)
                return SOMETHING
            case s.RowValue():
                return NOTHING.union(*(self.origins(item, scope) for item in e.items))
            case s.Star():
                return SOMETHING
            case _:
                assert_never(e)

    def _in(self, e: s.InQuery, scope: Scope) -> Relation:
        equal: Compared = {}
        inner = self.query(e.query, scope, [self._glance(cell, scope) for cell in cells(e.operand)])
        for cell, (_, origins) in zip(cells(e.operand), inner.columns, strict=False):
            if isinstance(cell, s.Name):
                self._compared(cell, origins, scope, equal)
        self._aside(equal)
        for cell in cells(e.operand):
            self._asked(cell, scope)
        return inner

    def _glance(self, e: s.Expr, scope: Scope) -> Origins:
        """What a value can be, without reading it."""
        if not isinstance(e, s.Name):
            return self.origins(e, scope)
        part, name = self._find(e, scope)
        return self.origins(e, scope) if part is None else part.origins(name) or NOTHING

    def _name(self, e: s.Name, scope: Scope) -> Origins:
        part, name = self._find(e, scope)
        if part is not None:
            if id(e) not in self.asides:
                self._read(part, name)
            return part.origins(name) or NOTHING
        here: Scope | None = scope
        while here is not None and e.qualifier is None:
            if e.name in here.aliases:
                inner = Scope(here.parts, here.outer, here.commons)
                inner.aliases = {k: v for k, v in here.aliases.items() if k != e.name}
                return self.origins(here.aliases[e.name], inner)
            here = here.outer
        raise NotLocalError(f"names {e.name}, which is not known")

    def _call(self, e: s.Call, scope: Scope) -> Origins:
        args = [self.origins(a, scope) for a in e.args]
        if e.function in MADE_UP:
            return frozenset(("+",))
        if e.function == "likelihood":
            return args[0]
        if e.function in KEEP:
            return NOTHING.union(*args)
        if e.function == "+":  # a number after the greatest
            return frozenset(f"+{o[1:]}" for a in args for o in a if o[0] == "^") or SOMETHING
        return SOMETHING


# --- syntax ---------------------------------------------------------------------------------------------------------


def cells(e: s.Expr) -> tuple[s.Expr, ...]:
    """The items of a row value, or the one value."""
    return e.items if isinstance(e, s.RowValue) else (e,)


def conjuncts(e: s.Expr | None) -> Iterator[s.Expr]:
    """The conditions that all hold where one does."""
    if isinstance(e, s.Call) and e.function == "and":
        for part in e.args:
            yield from conjuncts(part)
    elif isinstance(e, s.Call) and e.function == "likelihood":
        yield from conjuncts(e.args[0])
    elif e is not None:
        yield e


def each(e: object, kind: type[T]) -> Iterator[T]:
    """The nodes of a kind in an expression, outside the queries in it."""
    if isinstance(e, kind):
        yield e
    if isinstance(e, tuple):
        for part in e:
            yield from each(part, kind)
    elif is_dataclass(e) and not isinstance(e, s.Select | s.Union | s.Values | s.With):
        for f in fields(e):
            yield from each(getattr(e, f.name), kind)


def has(e: object, kind: Any) -> bool:
    """Whether an expression has a node of a kind, outside the queries in it."""
    if isinstance(e, kind):
        return True
    if isinstance(e, tuple):
        return any(has(part, kind) for part in e)
    if isinstance(e, s.Select | s.Union | s.Values | s.With) or not is_dataclass(e):
        return False
    return any(has(getattr(e, f.name), kind) for f in fields(e))
