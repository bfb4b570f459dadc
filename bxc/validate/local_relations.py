"""What the test of locality knows of tables: where values come from, and by which columns rows may be looked up.

An *origin* says what a value can be: ``source.column`` (of that column in a row that is there), ``~source.column``
(staged for that column), ``+source.column`` (made up for that column), ``^source.column`` (the greatest or least value
of it), ``'text`` (a constant) or `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from bxc import model
from bxc.dataclass import dataclass
from bxc.plan import PeerPlan, ViewPlan
from bxc.validate.sql import fold

UNKNOWN = "?"
Origins = frozenset[str]
NOTHING: Origins = frozenset()
SOMETHING: Origins = frozenset((UNKNOWN,))
ROW = "rowid"


class NotLocalError(Exception):
    """A statement that is not known to be local: what it does."""


def of_column(origin: str, table: str, column: str) -> bool:
    """Whether a value is one of a column's own: of a row that is there, or staged for it."""
    return origin.removeprefix("~") == f"{table}.{column}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Columns by which rows may be found. ``reads`` None: they find one row at most, which may be read as a whole.

    Otherwise they find any number of rows, which agree in ``reads``: only whether there are any, and those columns,
    may be asked for, so that one row stands for all (or ``two``, so that it may be asked whether it is one).
    """

    columns: frozenset[str]
    reads: frozenset[str] | None = None
    two: bool = False

    @property
    def weight(self) -> int:
        """How many rows stand for those that are found."""
        return 2 if self.two else 1

    @property
    def repeats(self) -> int:
        """0: one row at most is found; 1 or 2: that many stand for all."""
        return 0 if self.reads is None else self.weight


@dataclass(frozen=True, slots=True)
class Source:
    """A source: its table may have any number of rows. ``solid``: its columns that are never NULL."""

    name: str
    columns: tuple[str, ...]
    solid: frozenset[str]
    lookups: tuple[Lookup, ...]

    def found_by(self, equal: Mapping[str, bool]) -> Lookup | None:
        """The lookup that columns allow; each says whether it is compared so that NULL is equal to nothing."""
        for lookup in self.lookups:
            columns = lookup.columns
            if columns <= set(equal) and (
                lookup.reads is not None or all(equal[c] or c in self.solid or c == ROW for c in columns)
            ):
                return lookup
        return None


def sources(peer: PeerPlan) -> dict[str, Source]:
    """The sources of a peer by their folded names."""
    return {fold(plan.name): _source(plan.source) for plan in peer.sources}


def _source(source: model.Source) -> Source:
    names = tuple(fold(c.name) for c in source.columns)
    solid = {fold(c.name) for c in source.columns if not c.nullable} | {fold(n) for n in source.primary_key}
    keys = [frozenset(map(fold, source.primary_key)), *(frozenset(map(fold, u.columns)) for u in source.uniques)]
    found = [Lookup(frozenset((ROW,))), *(Lookup(key) for key in keys)]
    for dependency in source.dependencies:
        left = frozenset(map(fold, dependency.left))
        found.append(Lookup(left, left | frozenset(map(fold, dependency.right))))
    # Where NULL equals NULL, a UNIQUE finds one row, or all that are NULL there.
    found += [Lookup(frozenset(map(fold, u.columns)), frozenset(map(fold, u.columns)), True) for u in source.uniques]
    return Source(fold(source.name), names, frozenset(solid), tuple(found))


@dataclass(frozen=True, slots=True)
class Relation:
    """The columns of a table or query, by name in their order, and what their values can be.

    ``source`` is the source whose rows these are, one for one, where there may be any number of them. ``repeats``: rows
    that one lookup finds are among them, of which one or two stand for all, so that more must make no difference.
    ``empty``: there are none. ``sure``: columns that are not NULL now.
    """

    columns: tuple[tuple[str, Origins], ...]
    source: Source | None = None
    repeats: int = 0
    empty: bool = False
    sure: frozenset[str] = frozenset()

    def renamed(self, names: Sequence[str] | None) -> Relation:
        if names is None:
            return self
        columns = tuple((name, origins) for name, (_, origins) in zip(names, self.columns, strict=True))
        return Relation(columns, self.source, self.repeats, self.empty)


@dataclass(slots=True, eq=False)
class Part:
    """One relation of a FROM clause. ``bound``: its rows are few, or looked up.

    ``lookup`` is how; ``read`` are the columns of a source that something asks for.
    """

    alias: str
    relation: Relation
    bound: bool
    lookup: Lookup | None = None
    equal: dict[str, bool] = field(default_factory=dict)
    by: dict[str, Origins] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    hidden: bool = False

    def origins(self, name: str) -> Origins | None:
        """What a column can be; None if there is no such column."""
        found = [origins for column, origins in self.relation.columns if column == name]
        if found:
            return found[0]
        source = self.relation.source
        if name in (ROW, "oid", "_rowid_"):
            return frozenset((f"{source.name}.{ROW}",)) if source is not None else SOMETHING
        return None

    def own(self, name: str) -> str | None:
        """The source's column that a column is."""
        source, origins = self.relation.source, self.origins(name)
        if source is None or origins is None or len(origins) != 1:
            return None
        table, _, column = next(iter(origins)).partition(".")
        return column if table == source.name else None


def most(repeats: Iterable[int]) -> int:
    """The repeats of rows beside each other: where one stands for all of some, it must for all."""
    found = {number for number in repeats if number}
    return min(found, default=0)


def staging(view: ViewPlan, columns: Sequence[str]) -> Iterator[tuple[str, Origins]]:
    """What the columns of a staging table hold: values of the source columns that they store."""
    stored = {fold(c.name): f"~{fold(view.source)}.{fold(c.source)}" for c in view.columns if c.source is not None}
    for name in columns:
        origin = stored.get(name) or stored.get(name.removeprefix("bxc_old_"))
        yield name, SOMETHING if origin is None else frozenset((origin,))
