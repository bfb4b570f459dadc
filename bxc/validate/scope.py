"""Names in a row's surroundings: the frame of a FROM clause, the row, its group, and the scopes around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bxc.dataclass import dataclass
from bxc.laws.term import TRUE, Term
from bxc.validate import sql as s
from bxc.validate.kinds import NULL, Kind
from bxc.validate.unsupported import Invalid, Unsupported
from bxc.validate.values import Value

Row = tuple[Term, tuple[Value, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """Rows that may be there, with the names and kinds of their columns (`null` where nothing tells).

    ``unique``: sets of columns (by number) in which no two rows that are there have equal values, none of them NULL.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: Sequence[Row]
    unique: tuple[frozenset[int], ...] = ()


class Frame:
    """The columns of a FROM clause, each with its table's name. ``hidden``: those that `*` leaves out."""

    def __init__(
        self,
        columns: Sequence[tuple[str | None, str]],
        kinds: Sequence[Kind] = (),
        hidden: frozenset[int] = frozenset(),
        unique: tuple[frozenset[int], ...] = (),
    ) -> None:
        self.columns = tuple(columns)
        self.kinds = tuple(kinds) or (NULL,) * len(self.columns)
        self.hidden = hidden
        self.unique = unique
        self._at: dict[tuple[str | None, str], int] = {}
        for index, (qualifier, name) in enumerate(self.columns):
            for key in {(qualifier, name), (None, name)}:
                self._at[key] = -1 if key in self._at else index

    def find(self, qualifier: str | None, name: str) -> int | None:
        """The index of a column; None if there is none."""
        index = self._at.get((qualifier, name))
        if index == -1:
            raise Invalid("name", f"{name} is of several tables")
        return index

    def means_row(self, qualifier: str | None, name: str) -> bool:
        """Whether a name that is no column is that of a table, whose row PostgreSQL takes for the value."""
        return qualifier is None and any(table == name for table, _ in self.columns)

    def star(self, qualifier: str | None) -> list[int]:
        """The columns that `*` stands for."""
        found = [
            index
            for index, (table, _) in enumerate(self.columns)
            if (qualifier is None or table == qualifier) and index not in self.hidden
        ]
        if not found:
            raise Unsupported("name", f"{qualifier}.*")
        return found

    def lacks(self, e: s.Expr, items: Sequence[s.Item]) -> bool:
        """Whether an expression is the name of one of these items, and of no column."""
        if not isinstance(e, s.Name) or e.qualifier is not None or self.find(None, e.name) is not None:
            return False
        return any(item.alias == e.name for item in items)

    def moved(self, by: int) -> tuple[frozenset[int], ...]:
        """What is unique, where so many columns stand before these."""
        return tuple(frozenset(by + index for index in key) for key in self.unique)

    def beside(self, other: Frame, unique: tuple[frozenset[int], ...] = ()) -> Frame:
        """The columns of two tables."""
        shifted = {len(self.columns) + index for index in other.hidden}
        columns, kinds = [*self.columns, *other.columns], [*self.kinds, *other.kinds]
        return Frame(columns, kinds, self.hidden | shifted, unique)


NO_FRAME = Frame(())


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """The common table expressions in sight."""

    name: str
    relation: Relation
    outer: Environment | None

    def find(self, name: str) -> Relation | None:
        """The nearest one of a name."""
        here: Environment | None = self
        while here is not None:
            if here.name == name:
                return here.relation
            here = here.outer
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A row within its frame. ``aliases``: items of the select that may be named; ``depth``: how many lie around it.

    ``group``: the members of the row's group, with the conditions under which they are. ``peers``: all rows of the
    select, for windows, this one being number ``place``.
    """

    frame: Frame
    values: tuple[Value, ...]
    outer: Scope | None = None
    commons: Environment | None = None
    aliases: tuple[tuple[str, s.Expr], ...] = ()
    group: Sequence[tuple[Term, Scope]] | None = None
    peers: Sequence[tuple[Term, Scope]] | None = None
    place: int = 0
    depth: int = 0

    def inner(self, frame: Frame, values: tuple[Value, ...]) -> Scope:
        """A scope of a row inside this one."""
        return Scope(frame, values, self, self.commons, depth=self.depth + 1)

    def grouped(self, group: Sequence[tuple[Term, Scope]]) -> Scope:
        return replace(self, group=group)

    def among(self, peers: Sequence[tuple[Term, Scope]], place: int) -> Scope:
        """The same row, knowing its peers."""
        return replace(self, peers=peers, place=place)


NOWHERE = Scope(NO_FRAME, ())
ONE_ROW: list[Row] = [(TRUE, ())]
