"""A name that is not known → the known name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that differs from a name by case or by few letters, else None.

    Up to a third of the longer name's letters may be wrong, missing, extra or swapped with their neighbour. Of equally
    close candidates the first in the alphabet is taken, so the answer does not depend on their order.
    """
    folded = name.casefold()
    best: tuple[int, str] | None = None
    for candidate in candidates:
        allowed = max(len(name), len(candidate)) // 3
        if best is not None:
            allowed = min(allowed, best[0])
        if candidate == name or abs(len(name) - len(candidate)) > allowed:
            continue
        far = _distance(folded, candidate.casefold(), allowed)
        if far <= allowed and (best is None or (far, candidate) < best):
            best = (far, candidate)
    return best[1] if best else None


def _distance(left: str, right: str, limit: int) -> int:
    """How many letters to change, add, leave out or swap with a neighbour; above the limit, any number above it."""
    if left == right:
        return 0
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        after = [i]
        for j, other in enumerate(right, 1):
            cost = min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            after.append(cost)
        if min(min(row), min(after)) > limit:
            return limit + 1
        before, row = row, after
    return row[-1]
