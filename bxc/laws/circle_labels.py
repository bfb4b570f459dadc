"""Circles that are harmless by the names of their columns alone, without following an edit."""

from __future__ import annotations

from collections.abc import Iterator

from bxc.laws.circle import Circle
from bxc.laws.end import End

Cell = tuple[str, str, str]
"""A peer, its source, a column of it."""


def only_copies(circle: Circle) -> bool:
    """Whether nothing but values of one and the same column can go around.

    Rows are found by their primary keys, which nobody hands on a change of; no peer may hand on an insert or a delete;
    each view shows stored columns alone; and no share ties one column of a source to another one. Then every value
    that is handed on is one that the edit gave to just this column.
    """
    ends = [end for members in circle.members for end in members]
    if not all(_plain(end) for end in ends):
        return False
    for hop in circle.hops:
        if any(operation != "update" or attribute in hop.out.view.key for operation, attribute in hop.granted):
            return False
    return _apart(circle)


def _plain(end: End) -> bool:
    stored = {end.stored.get(name) for name in end.view.key}
    return not end.view.computed and not end.view.determined and stored == set(end.source.primary_key)


def _apart(circle: Circle) -> bool:
    """Whether columns that shares tie together are of different sources, and key columns tied to key columns only."""
    parent: dict[Cell, Cell] = {}

    def root(cell: Cell) -> Cell:
        while (above := parent.setdefault(cell, cell)) != cell:
            cell = above
        return cell

    for members in circle.members:
        for cells in _cells(members):
            for cell in cells[1:]:
                parent[root(cell)] = root(cells[0])
    seen: dict[tuple[Cell, str, str], str] = {}
    keys: dict[Cell, bool] = {}
    for members in circle.members:
        for end in members:
            for source in end.stored.values():
                cell = end.peer.peer, end.source.name, source
                if seen.setdefault((root(cell), *cell[:2]), source) != source:
                    return False
                in_key = source in end.source.primary_key
                if keys.setdefault(root(cell), in_key) != in_key:
                    return False
    return True


def _cells(members: tuple[End, ...]) -> Iterator[list[Cell]]:
    """What a share ties together, column by column."""
    for name in members[0].stored:
        yield [(end.peer.peer, end.source.name, end.stored[name]) for end in members]
