"""A peer's plan → what to index, so that puts, guards and changes take time by the delta, not by the table."""

from __future__ import annotations

from bxc.codegen.sql.dependencies import Columns, guarded_dependencies
from bxc.model import Source
from bxc.plan import Fresh, FromView, PeerPlan, ViewPlan
from bxc.types import Int


def indexed(peer: PeerPlan, source: Source, referenced: tuple[str, ...]) -> list[Columns]:
    """The columns of a source to index, in order, as far as no key of the table serves already.

    ``referenced``: its columns that others refer to.
    """
    wanted: list[Columns] = [(key.column,) for key in source.foreign_keys]
    wanted += [(column,) for column in referenced]
    for view in peer.views:
        if view.source == source.name:
            wanted += _of_view(view, source)
    keys = [source.primary_key, *(unique.columns for unique in source.uniques)]
    needed = [columns for columns in wanted if columns and not _served(columns, keys)]
    return _longest([*_of_dependencies(source), *needed])


def _of_dependencies(source: Source) -> list[Columns]:
    """Left before right: whether a row disagrees on the right is then one look to each side."""
    return [(*left, *right) for left, right in guarded_dependencies(source)]


def _of_view(view: ViewPlan, source: Source) -> list[Columns]:
    """For the rows behind a view row, for what other rows determine, and for the greatest int."""
    by_key = tuple(m.column for m in view.match if isinstance(m.value, FromView))
    pinned = tuple(m.column for m in view.match if not isinstance(m.value, FromView))
    fresh = [a.column for a in view.inserts if isinstance(a.value, Fresh)]
    counted = [(c,) for c in fresh if isinstance(source.column(c).type, Int)]
    return [(*by_key, *pinned), *(d.by for d in view.determined), *counted]


def _served(columns: Columns, keys: list[Columns]) -> bool:
    """Whether a key of the table finds the rows with these columns: it is among them, or begins with them."""
    return any(set(key) <= set(columns) or set(key[: len(columns)]) == set(columns) for key in keys)


def _longest(wanted: list[Columns]) -> list[Columns]:
    """The lists that no other begins with, in order."""
    distinct = set(wanted)
    return sorted(
        columns
        for columns in distinct
        if not any(len(other) > len(columns) and other[: len(columns)] == columns for other in distinct)
    )
