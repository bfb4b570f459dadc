"""A delta that is too large for one version → the part that is asked for first, and the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bxc_runtime.delta import Delta, Edit, Key, Shape, sorted_delta
from bxc_runtime.wire import edit_text

MOST_EDITS = 1_000_000  # of a version's delta: with more, others reject it
MOST_OCTETS = 2**28 - 2**20  # of its lines; compressed they are hardly ever more
SHORT = 40  # octets of a value that is no text, with a comma
LONGEST = 6  # octets of a character in JSON


def parted(delta: Delta, shape: Shape) -> tuple[Delta, Delta]:
    """As much of a delta as goes into one version, which is a delta of the same base; the rest is one of what follows.

    An edit that gives its row another row's key goes along with the edit by which that row gives it up. A ring of such
    edits is never split: if one alone is too large, it is a part all the same, and others reject it.
    """
    sizes = _sizes(delta)
    if len(delta) <= MOST_EDITS and not sizes:
        return delta, ()
    freed = {edit.old: edit for edit in delta if edit.old is not None}
    part: set[Edit] = set()
    seen: set[Edit] = set()
    octets = 0
    for edit in delta:
        if edit in seen:
            continue
        chain, ring = _chain(edit, freed, seen, shape)
        units: list[list[Edit]] = [chain] if ring else [[it] for it in chain]
        for unit in units:
            more = sum(sizes.get(it, 0) for it in unit)
            if part and (len(part) + len(unit) > MOST_EDITS or octets + more > MOST_OCTETS):
                if ring:
                    break  # a smaller one may follow
                return _split(delta, part)
            part.update(unit)
            octets += more
    return _split(delta, part)


def _split(delta: Delta, part: Collection[Edit]) -> tuple[Delta, Delta]:
    return sorted_delta(part), sorted_delta(edit for edit in delta if edit not in part)


def _chain(edit: Edit, freed: Mapping[Key, Edit], seen: set[Edit], shape: Shape) -> tuple[list[Edit], bool]:
    """An edit and those without which it does not fit, that comes last; whether they lead back to it."""
    chain: list[Edit] = []
    at: Edit | None = edit
    while at is not None and at not in seen:
        chain.append(at)
        seen.add(at)
        key = None if at.new is None else shape.key_of(at.new)
        at = freed.get(key) if key is not None and key != at.old else None
    return chain[::-1], len(chain) > 1 and at is edit


def _sizes(delta: Delta) -> dict[Edit, int]:
    """The octets of each edit; none are counted if all together are few for certain."""
    if _at_most(delta) <= MOST_OCTETS:
        return {}
    sizes = {edit: len(edit_text(edit).encode()) + 1 for edit in delta}
    return sizes if sum(sizes.values()) > MOST_OCTETS else {}


def _at_most(delta: Delta) -> int:
    """No fewer octets than its lines have."""
    octets = SHORT * len(delta)
    keys = [edit.old for edit in delta if edit.old is not None]
    rows = [edit.new for edit in delta if edit.new is not None]
    for tuples in (keys, rows):
        for column in zip(*tuples, strict=True):
            octets += SHORT * len(column)
            if not {str, bytes}.isdisjoint(map(type, column)):
                octets += LONGEST * sum(len(value) for value in column if isinstance(value, str | bytes))
    return octets
