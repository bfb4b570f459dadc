"""Deltas of a share's content: their algebra, in values that no engine has a part in.

A delta speaks of a base content. Each of its edits names the row that it is about by that row's key in the base (none
for a row that is new), so a row keeps its identity through renames: what a view hides of it stays with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter, ne
from typing import NamedTuple

from bxc.types import Type, Value
from bxc_runtime.recent import octets_of

Row = tuple[Value, ...]
Key = tuple[Value, ...]
Lookup = Callable[[Key], Row | None]
"""The base content: the row of a key, None where there is none."""

UPDATE, INSERT, DELETE = 1, 2, 4  # operation bits, as in the contract
REPLACE = INSERT | DELETE  # who may do both may update every column: a row goes, and comes otherwise


class DeltaError(Exception):
    """A delta that cannot be one of this base. ``code`` is the reason that a peer gives to the chain."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Edit(NamedTuple):
    """``old`` is the row's key in the base, ``new`` the whole row after; an insert lacks `old`, a delete `new`.

    A tuple, as the interpreter makes, hashes and sorts these many times faster than it does a dataclass.
    """

    old: Key | None
    new: Row | None

    @property
    def operation(self) -> int:
        """The bit of its kind."""
        if self.old is None:
            return INSERT
        return DELETE if self.new is None else UPDATE


Delta = tuple[Edit, ...]


def picked(places: Sequence[int]) -> Callable[[Row], Row]:
    """What picks the values at some places of a row."""
    if len(places) == 1:
        (place,) = places
        return lambda row: (row[place],)
    return itemgetter(*places)


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a share in the order of their bits, and the places of its key. ``key_of`` gives a row's key."""

    columns: tuple[str, ...]
    types: tuple[Type, ...]
    key: tuple[int, ...]
    key_of: Callable[[Row], Key] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key_of", picked(self.key))

    def keys_of(self, rows: Sequence[Row]) -> list[Key]:
        """The keys of many rows."""
        return list(zip(*[[row[place] for row in rows] for place in self.key], strict=True))


@dataclass(frozen=True, slots=True)
class Extent:
    """What a delta does, as the contract counts it: changed columns and operations, as masks."""

    attributes: int
    operations: int

    def within(self, other: Extent) -> bool:
        """Whether ``other`` covers all of this."""
        return not (self.attributes & ~other.attributes or self.operations & ~other.operations)

    def declared_by(self, asked: Extent, computed: int) -> bool:
        """Whether a request that declares ``asked`` may do this.

        ``computed`` are columns that its maker's end computes: they may change along with an update of whatever else.
        """
        if asked.operations & REPLACE == REPLACE:
            return True
        return Extent(self.attributes & ~computed, self.operations).within(asked)

    def asked_with(self, rights: Extent, computed: int) -> Extent | None:
        """What a request declares to do this; None if a peer with these rights may not.

        ``computed`` are the columns that its own end computes.
        """
        if not self.attributes:
            return self if self.within(rights) else None
        stored = self.attributes & ~computed
        if not stored & ~rights.attributes and rights.attributes:
            return Extent(stored or rights.attributes & -rights.attributes, self.operations)
        if rights.operations & REPLACE == REPLACE:
            held = stored & rights.attributes
            return Extent(held, (UPDATE if held else 0) | REPLACE)
        return None

    def __or__(self, other: Extent) -> Extent:
        return Extent(self.attributes | other.attributes, self.operations | other.operations)


NOTHING = Extent(0, 0)


def extent_of(edit: Edit, base: Lookup) -> Extent:
    """What one edit does to its base."""
    if edit.old is None or edit.new is None:
        return Extent(0, edit.operation)
    was = base(edit.old)
    if was is None:
        raise DeltaError("BXC18", "an update of a key that the base does not have")
    return _updating(tuple(map(ne, was, edit.new)))


@lru_cache(maxsize=1_024)
def _updating(changed: tuple[bool, ...]) -> Extent:
    attributes = sum(1 << bit for bit, it in enumerate(changed) if it)
    return Extent(attributes, UPDATE if attributes else 0)


def extents(delta: Sequence[Edit], gone: Sequence[Row], made: Sequence[Row]) -> set[Extent]:
    """What the edits of a delta do that has these `images`: many do the same, so columns are compared, not rows."""
    if len(gone) == len(made) == len(delta):
        before, after, others = gone, made, set[int]()
    else:
        going, coming = iter(gone), iter(made)
        pairs = [(None if old is None else next(going), None if new is None else next(coming)) for old, new in delta]
        before = [was for was, now in pairs if was is not None and now is not None]
        after = [now for was, now in pairs if was is not None and now is not None]
        others = {edit.operation for edit in delta if edit.old is None or edit.new is None}
    columns = zip(zip(*before, strict=True), zip(*after, strict=True), strict=True)
    changed = set(zip(*[map(ne, was, now) for was, now in columns], strict=True))
    return {_updating(it) for it in changed} | {Extent(0, operation) for operation in others}


def octets_in(delta: Sequence[Edit]) -> int:
    """About how much memory a delta takes."""
    keys = [edit.old for edit in delta if edit.old is not None]
    rows = [edit.new for edit in delta if edit.new is not None]
    return octets_of(keys) + octets_of(rows)


def sorted_delta(edits: Iterable[Edit]) -> Delta:
    """The one order in which a delta is kept and sent."""
    listed = list(edits)
    kept = [edit for edit in listed if edit.old is not None]
    new = [edit for edit in listed if edit.old is None] if len(kept) < len(listed) else []
    return (*_ordered(kept, _OLD), *_ordered(new, _NEW))


_OLD, _NEW = itemgetter(0), itemgetter(1)


def _ordered(edits: list[Edit], name: Callable[[Edit], Row]) -> list[Edit]:
    """Edits in the order of their names. NULLs have no place among other values: then it is the order of the texts."""
    try:
        return sorted(edits, key=name)
    except TypeError:
        return sorted(edits, key=lambda edit: repr(name(edit)))


Images = tuple[list[Row], list[Row]]


def images(delta: Iterable[Edit], base: Lookup, shape: Shape) -> Images:
    """The rows that a delta takes from its base, and those that it puts there.

    DeltaError if it is no delta of that base: an unknown key, a key twice, a key that a row which stays has.
    """
    edits = tuple(delta)
    olds = [edit.old for edit in edits if edit.old is not None]
    gone = [row for row in map(base, olds) if row is not None]
    if len(gone) < len(olds):
        raise DeltaError("BXC18", "an edit of a key that the base does not have")
    given_up = set(olds)
    if len(given_up) < len(olds):
        raise DeltaError("BXC10", "two edits of one key")
    made = [edit.new for edit in edits if edit.new is not None]
    keys = shape.keys_of(made)
    taken = set(keys)
    if len(taken) < len(keys) or any(None in column for column in zip(*keys, strict=True)):
        raise DeltaError("BXC10", "two new rows with one key, or a key with NULL")
    if any(base(key) is not None for key in taken - given_up):
        raise DeltaError("BXC10", "a new row has the key of a row that stays")
    return gone, made


def applied(delta: Iterable[Edit], base: Lookup, shape: Shape) -> Lookup:
    """The content after a delta, looked up lazily."""
    gone = {edit.old for edit in delta if edit.old is not None}
    made = {shape.key_of(edit.new): edit.new for edit in delta if edit.new is not None}

    def lookup(key: Key) -> Row | None:
        if key in made:
            return made[key]
        return None if key in gone else base(key)

    return lookup


def inverse(delta: Iterable[Edit], base: Lookup, shape: Shape) -> Delta:
    """The delta that leads back: its base is the content after ``delta``."""
    return sorted_delta(
        Edit(
            None if edit.new is None else shape.key_of(edit.new),
            None if edit.old is None else base(edit.old),
        )
        for edit in delta
    )


def composed(first: Iterable[Edit], second: Iterable[Edit], base: Lookup, shape: Shape) -> Delta:
    """One delta of ``base`` that does what both do in turn; what ends where it began is left out."""
    firsts = tuple(first)
    by_new = {shape.key_of(edit.new): edit for edit in firsts if edit.new is not None}
    result: list[Edit] = [edit for edit in firsts if edit.new is None]
    for edit in second:
        before = by_new.pop(edit.old, None) if edit.old is not None else None
        if before is None:
            result.append(edit)
        elif before.old is not None or edit.new is not None:
            result.append(Edit(before.old, edit.new))
    result.extend(by_new.values())
    return _normal(result, base, shape)


def _normal(edits: Iterable[Edit], base: Lookup, shape: Shape) -> Delta:
    """A delete and an insert of one key are an update; an update to what is there is nothing."""
    listed = list(edits)
    inserted = {shape.key_of(e.new): e.new for e in listed if e.old is None and e.new is not None}
    kept: list[Edit] = []
    for edit in listed:
        if edit.old is not None and edit.new is None and edit.old in inserted:
            kept.append(Edit(edit.old, inserted.pop(edit.old)))
        elif edit.old is not None:
            kept.append(edit)
    kept.extend(Edit(None, row) for row in inserted.values())
    return sorted_delta(e for e in kept if e.old is None or e.new is None or base(e.old) != e.new)


def difference(before: Mapping[Key, Row], after: Mapping[Key, Row]) -> Delta:
    """The delta without renames that leads from one content to another."""
    edits = [Edit(key, None) for key in before if key not in after]
    edits += [Edit(key if key in before else None, row) for key, row in after.items() if before.get(key) != row]
    return sorted_delta(edits)


@dataclass(frozen=True, slots=True)
class Clash:
    """A local edit that gave way: ``column`` None for a whole row; the local value and the one that was agreed."""

    key: Key
    column: int | None
    local: Value | Row
    agreed: Value | Row


def rebased(
    local: Sequence[Edit], agreed: Sequence[Edit], base: Lookup, shape: Shape
) -> tuple[Delta, tuple[Clash, ...]]:
    """Local edits of ``base``, as edits of the content after ``agreed``, and what gave way to it.

    Cells that only one of both touches keep that one's value. Where both touch a cell the agreed value stands; a row
    that is agreed to vanish, or to come with a key that a local row wants, stands as a whole. A local delete stays one.
    """
    olds = {edit.old: edit for edit in agreed if edit.old is not None}
    moved: list[Edit] = []
    clashes: list[Clash] = []
    for edit in local:
        after = olds.get(edit.old) if edit.old is not None else None
        if after is None:
            moved.append(edit)
        elif edit.new is None:
            if after.new is not None:  # first changed, then deleted: nothing is in the other's way
                moved.append(Edit(shape.key_of(after.new), None))
        elif after.new is None:
            clashes.append(Clash(shape.key_of(edit.new), None, edit.new, None))
        else:
            assert edit.old is not None
            merged, found = _merged(edit.new, after.new, base(edit.old), shape)
            clashes += found
            if merged is not None:
                moved.append(merged)
    content = applied(agreed, base, shape)
    kept, crowded = unclashed(moved, content, shape)
    for edit in crowded:
        assert edit.new is not None
        row = content(shape.key_of(edit.new))
        if row != edit.new:
            clashes.append(Clash(shape.key_of(edit.new), None, edit.new, row))
    return kept, tuple(clashes)


def unclashed(edits: Sequence[Edit], base: Lookup, shape: Shape) -> tuple[Delta, tuple[Edit, ...]]:
    """The edits that together are a delta of ``base``, and those whose new key is another row's.

    A delta of which all edits fit is given back as it is. An edit that does not fit keeps its row, so it may crowd out
    another one that wants that row's key, and so on.
    """
    by_old = {edit.old for edit in edits if edit.old is not None}
    wanted = [(edit, shape.key_of(edit.new)) for edit in edits if edit.new is not None]
    takers: dict[Key, Edit] = {}
    bad: list[Edit] = []
    for edit, key in wanted:
        if takers.setdefault(key, edit) is not edit or (key not in by_old and base(key) is not None):
            bad.append(edit)
    if not bad:
        return edits if isinstance(edits, tuple) else sorted_delta(edits), ()
    crowded: dict[Edit, None] = {}
    for edit in bad:  # which grows meanwhile
        crowded[edit] = None
        if edit.old is not None and base(edit.old) is not None:
            other = takers.get(edit.old)
            if other is not None and other not in crowded:
                bad.append(other)  # the key that it wants is not given up
    return sorted_delta(edit for edit in edits if edit not in crowded), tuple(crowded)


def _merged(local: Row, agreed: Row, base: Row | None, shape: Shape) -> tuple[Edit | None, list[Clash]]:
    assert base is not None
    row: list[Value] = []
    clashes = []
    for column, (was, mine, theirs) in enumerate(zip(base, local, agreed, strict=True)):
        if theirs == was and mine != was:
            row.append(mine)
            continue
        row.append(theirs)
        if mine not in (was, theirs):
            clashes.append(Clash(shape.key_of(agreed), column, mine, theirs))
    merged = tuple(row)
    return (None if merged == agreed else Edit(shape.key_of(agreed), merged)), clashes
