"""The key of a view: which of its columns find the source rows behind one view row.

All in terms of source columns. In order: the source's primary key, a NOT NULL UNIQUE key, the one minimal key that the
functional dependencies imply; a key column that `where` pins to a constant may be dropped.
"""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.lens.dependency import Implies, Names, closure, minimal_keys
from bxc.model import Source


@dataclass(frozen=True, slots=True)
class Columns:
    """What a view shows of its source, and facts from its conditions.

    ``stored``: the source columns that it stores, in its order; ``read``: those that its computed columns read.
    """

    stored: tuple[str, ...]
    read: Names
    pinned: Names
    not_null: Names

    @property
    def shown(self) -> Names:
        """The source columns that make up a view row; a key determines them all."""
        return self.read.union(self.stored)


@dataclass(frozen=True, slots=True)
class Found:
    """The one key, as source columns in the view's order."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """More than one key would do."""

    candidates: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class NoKey:
    """The dependencies imply none short of the whole row, or `where` pins all of it (then `pinned`)."""

    pinned: bool = False


def implications(source: Source, not_null: Names) -> tuple[Implies, ...]:
    """All functional dependencies of a source: declared, and those of its keys (UNIQUE ones only where not NULL)."""
    everything = frozenset(c.name for c in source.columns)
    keys = [source.primary_key, *(u.columns for u in source.uniques if set(u.columns) <= not_null)]
    return (
        *(Implies(frozenset(key), everything) for key in keys),
        *(Implies(frozenset(d.left), frozenset(d.right)) for d in source.dependencies),
    )


def infer_key(source: Source, columns: Columns) -> Found | Several | NoKey:
    """The key of a view that declares none."""
    if primary := _kept(source.primary_key, columns):
        return Found(primary)
    uniques = {
        kept for u in source.uniques if set(u.columns) <= columns.not_null and (kept := _kept(u.columns, columns))
    }
    minimal = tuple(sorted(k for k in uniques if not any(set(other) < set(k) for other in uniques)))
    if minimal:
        return Found(minimal[0]) if len(minimal) == 1 else Several(minimal)
    stored, dependencies = frozenset(columns.stored), implications(source, columns.not_null)
    if not columns.read <= closure(stored | columns.pinned, dependencies):
        return NoKey()  # rows that are equal in all that is stored may differ in what is computed
    implied = minimal_keys(stored, columns.pinned - stored, dependencies)
    keys = tuple(_in_order(key, columns) for key in implied if key and key < stored)
    match keys:
        case ():
            return NoKey(pinned=any(not key for key in implied))
        case (key,):
            return Found(key)
        case _:
            return Several(keys)


def determines_all(source: Source, key: tuple[str, ...], columns: Columns) -> bool:
    """Whether a declared key determines the whole view row."""
    return columns.shown <= closure(set(key) | columns.pinned, implications(source, columns.not_null))


def _kept(key: tuple[str, ...], columns: Columns) -> tuple[str, ...] | None:
    """The kept columns of a source key, in the view's order, if the others are pinned; None if one is lost."""
    if not set(key) <= set(columns.stored) | columns.pinned:
        return None
    return _in_order(frozenset(key), columns)


def _in_order(key: Names, columns: Columns) -> tuple[str, ...]:
    return tuple(c for c in columns.stored if c in key)
