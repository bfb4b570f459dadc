"""Functional dependencies: closures and minimal keys (Armstrong 1974; Lucchesi and Osborn 1978 for the notion)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from bxc.dataclass import dataclass

Names = frozenset[str]
MAX_EXTRA = 3  # key columns beyond the unavoidable ones that the search adds before it asks for a `key (…)` line
MAX_CANDIDATES = 24  # bounds that search: at most 2,324 sets


@dataclass(frozen=True, slots=True)
class Implies:
    """Rows that agree on ``left`` agree on ``right``."""

    left: Names
    right: Names


def closure(names: Iterable[str], dependencies: tuple[Implies, ...]) -> Names:
    """All columns that the given ones determine."""
    known = set(names)
    pending = list(dependencies)
    while True:
        ready = [d for d in pending if d.left <= known]
        if not ready:
            return frozenset(known)
        pending = [d for d in pending if not d.left <= known]
        for dependency in ready:
            known |= dependency.right


def minimal_keys(columns: Names, given: Names, dependencies: tuple[Implies, ...]) -> list[Names]:
    """The minimal sets of ``columns`` that determine all of them, ``given`` columns being constant; smallest first.

    At most `MAX_EXTRA` columns beyond those that every key must have are tried, so keys wider than that are missed;
    where more than `MAX_CANDIDATES` columns could serve, none is found.
    """

    def determines(names: Names) -> bool:
        return columns <= closure(names | given, dependencies)

    needed = frozenset(c for c in columns if c not in closure((columns - {c}) | given, dependencies))
    if determines(needed):
        return [needed]
    useful = frozenset().union(*(d.left for d in dependencies))
    candidates = sorted((columns - needed) & useful)
    if len(candidates) > MAX_CANDIDATES:
        return []
    found: list[Names] = []
    for size in range(1, MAX_EXTRA + 1):
        for extra in combinations(candidates, size):
            key = needed | frozenset(extra)
            if not any(k <= key for k in found) and determines(key):
                found.append(key)
    return found
