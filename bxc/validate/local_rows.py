"""How many source rows stand for any number of them, in each kind of put; and why none do where that is so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from bxc.dataclass import dataclass
from bxc.laws.end import End, rows_of
from bxc.laws.table import Maybe, Table
from bxc.plan import Fresh, FromView, PeerPlan, SetColumn, ViewPlan
from bxc.validate.law_setting import staged_variables
from bxc.validate.local import Locality, of_get, of_put
from bxc.validate.local_relations import ROW, sources
from bxc.validate.sql import fold

MOST = 4
"""So many rows of the source are looked at, where that makes a proof."""
WHOLE = "a whole put compares all rows of the view, and may write any number of them"


class Reach:
    """How far the questions about one view's statements reach."""

    def __init__(self, engine: str, files: Mapping[str, str], peer: PeerPlan, name: str) -> None:
        self._about = (engine, files, peer, next(view for view in peer.views if view.name == name))

    @cached_property
    def get(self) -> str | None:
        """Why two rows do not stand for all when the view is read; None where they do."""
        return of_get(*self._about).reason

    @cached_property
    def _one(self) -> Locality:
        """The put of one row, where nothing has been captured."""
        _, _, peer, view = self._about
        reason = why_not(peer, view)
        return of_put(*self._about, remembered=False) if reason is None else Locality(reason)

    @cached_property
    def _two(self) -> Locality:
        """The put of two rows, where edits have been captured before."""
        return self._one if self._one.reason is not None else of_put(*self._about)

    def _put(self, operations: Sequence[str]) -> Locality:
        return self._one if len(operations) == 1 else self._two

    def why_few(self, what: str) -> str | None:
        """Why the rows that are looked at do not stand for all in one kind of question; None where they do."""
        if what == "get":
            return self.get
        operations = what.split(" and ")
        return self.delta(operations)[1] if set(operations) <= {"insert", "update", "delete"} else WHOLE

    def delta(self, operations: Sequence[str]) -> tuple[int, str | None]:
        """How many rows stand for all in a put of such staged rows, or 0 and why none do."""
        reason = self._put(operations).reason
        if reason is not None:
            return 0, reason
        number = len(self._roles(operations))
        if number > MOST:
            return 0, f"such a put has to do with up to {number} rows of {self._about[3].source}"
        return number, None

    def _roles(self, operations: Sequence[str]) -> tuple[Role, ...]:
        _, _, peer, view = self._about
        return tuple(roles(peer, view, self._put(operations), operations))

    def rows(self, operations: Sequence[str], more: int) -> Callable[[End], Table] | None:
        """The rows that stand for all, and some more of which nothing is known; None where none stand for all."""
        if self.delta(operations)[1] is not None:
            return None
        # one more than the argument asks for
        listed = (*self._roles(operations), *(Role() for _ in range(more + 1)))
        return lambda end: role_rows(end, listed, nullable=len(operations) == 1)


@dataclass(frozen=True, slots=True)
class Role:
    """A row of the source that a put sees: ``values`` are the staged values (row and view column) of its columns."""

    values: tuple[tuple[str, str, str], ...] = ()


def roles(peer: PeerPlan, view: ViewPlan, locality: Locality, operations: Sequence[str]) -> Iterator[Role]:
    """The rows that a put of staged rows sees, if they are there.

    For each staged row: the one that its old key finds, the one that its new key finds, and one for each other lookup
    by what a row becomes. For the put: one for each greatest value, and for each constant in a lookup; two for each
    lookup where NULL equals NULL. A single insert may state an old key, too.
    """
    stored = {fold(c.source): c.name for c in view.columns if c.source is not None}
    keys = {fold(m.column): m.value.column for m in view.match if isinstance(m.value, FromView)}
    others = sorted(map(sorted, set(_others(peer, view, locality))))
    for number, operation in enumerate(operations):
        if operation != "insert" or len(operations) == 1:
            yield Role(tuple((column, f"o{number}", name) for column, name in sorted(keys.items())))
        if operation != "delete":
            yield Role(tuple((column, f"n{number}", name) for column, name in sorted(keys.items())))
            for columns in others:
                yield Role(tuple((c, f"n{number}", stored[c]) for c in columns if c in stored))
        elif isinstance(view.on_delete, SetColumn):
            yield from (Role() for _ in others)
    yield from (Role() for _, lookup in locality.lookups if lookup.two for _ in range(lookup.weight))
    yield from (Role() for _ in locality.greatest | set(_fresh(view)))
    yield from (Role() for _, lookup, _ in locality.fixed for _ in range(lookup.weight))


def role_rows(end: End, listed: Sequence[Role], *, nullable: bool) -> Table:
    """The rows of these roles as terms: columns that are staged values are the staged variables themselves."""
    rows = rows_of(end, len(listed), "s", frozenset(c.name for c in end.source.columns))
    source = {fold(c.name): c.name for c in end.source.columns}
    found = []
    for role, maybe in zip(listed, rows, strict=True):
        row = dict(maybe.row)
        for column, label, name in role.values:
            row[source[column]] = staged_variables(end.view, label, nullable=nullable)[name]
        found.append(Maybe(maybe.present, row))
    return tuple(found)


def _fresh(view: ViewPlan) -> Iterator[tuple[str, str]]:
    for assignment in view.inserts:
        if isinstance(assignment.value, Fresh):
            yield fold(view.source), f"max {fold(assignment.column)}"


def _match(view: ViewPlan) -> frozenset[str]:
    return frozenset(fold(m.column) for m in view.match)


def _others(peer: PeerPlan, view: ViewPlan, locality: Locality) -> Iterator[frozenset[str]]:
    """The lookups, of the statements and the meaning, but those that find no more than the view's key does."""
    source = sources(peer)[fold(view.source)]
    keys = [lookup.columns for lookup in source.lookups if lookup.reads is None and lookup.columns <= _match(view)]
    wanted = {lookup.columns for lookup in source.lookups} | {lookup.columns for _, lookup in locality.lookups}
    for columns in wanted | {frozenset(map(fold, d.by)) for d in view.determined}:
        if columns != frozenset((ROW,)) and not any(key <= columns for key in keys):
            yield columns


def why_not(peer: PeerPlan, view: ViewPlan) -> str | None:
    """What of the meaning itself is not a matter of single lookups."""
    plan = peer.source(view.source)
    if view.grouped:
        return f"a row of the view stands for any number of rows of {view.source}"
    if plan.source.foreign_keys or plan.referenced_by:
        return "rows refer to rows of other sources, of which few are looked at"
    lookups = sources(peer)[fold(view.source)].lookups
    if several := [lookup.columns for lookup in lookups if len(lookup.columns) > 1]:
        by = ", ".join(sorted(several[0]))
        return f"{by} of {view.source} are looked up together, and may be of different rows"
    if len(_match(view)) > 1:
        return f"a row of {view.source} is found by several columns, which may be of different rows"
    stored = [c.source for c in view.columns if c.source is not None]
    if len(stored) > len(set(map(fold, stored))):
        return f"two columns of the view are one of {view.source}"
    if not any(lookup.reads is None and lookup.columns <= _match(view) for lookup in lookups):
        return f"a key of the view finds rows of {view.source} by no key of it"
    for determined in view.determined:
        known = (d for d in plan.source.dependencies if set(d.left) == set(determined.by))
        if not any(determined.column in d.right for d in known):
            return f"{determined.column} is looked up by columns that do not determine it"
    return None
