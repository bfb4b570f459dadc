"""What in a source a view depends on, and so how the view changes when rows of the source do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bxc.dataclass import dataclass
from bxc.expr import columns, conjuncts
from bxc.laws.intervals import Region, meet, region
from bxc.laws.intervals_effect import Effect, Image
from bxc.plan import ViewPlan
from bxc.types import Value

NO, MAYBE, YES = range(3)


@dataclass(frozen=True, slots=True)
class Change:
    """What a view can undergo; ``attributes`` are those of an update."""

    operations: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()

    def __or__(self, other: Change) -> Change:
        return Change(self.operations | other.operations, self.attributes | other.attributes)


NOTHING = Change()


class Reach:
    """What of its source a view shows (by column, the view's columns that do), what it reads, where its rows lie."""

    def __init__(self, view: ViewPlan) -> None:
        self.view = view
        self._conditions = frozenset(conjuncts(view.predicate))
        self.region = region(conjuncts(view.predicate))
        self.reads = frozenset(name for condition in self._conditions for name in columns(condition))
        self.shows: dict[str, set[str]] = {}
        for column in view.columns:
            for source in columns(column.value):
                self.shows.setdefault(source, set()).add(column.name)

    def changed_by(self, effect: Effect, *, same_view: bool) -> Change:
        """What an effect can cause here."""
        before, after = self._holds(effect.before), self._holds(effect.after)
        if before == NO and after == NO:
            return NOTHING
        moves = self._may_move(effect)
        operations = set()
        if moves and after != NO and before != YES:
            operations.add("insert")
        if moves and before != NO and after != YES:
            operations.add("delete")
        attributes: set[str] = set()
        if before != NO and after != NO:
            attributes = {name for column in effect.writes for name in self.shows.get(column, ())}
            if self.view.grouped and not same_view and not attributes.isdisjoint(self.view.key):
                operations |= {"insert", "delete"}  # a row that goes to another group leaves one and enters one
                attributes -= set(self.view.key)
        if attributes:
            operations.add("update")
        return Change(frozenset(operations), frozenset(attributes))

    def _may_move(self, effect: Effect) -> bool:
        """Whether it can bring a row in or take one out; a condition that holds before and after does neither."""
        if effect.before is None or effect.after is None:
            return True
        undecided = self._conditions - (effect.before.inside & effect.after.inside)
        return any(not effect.writes.isdisjoint(columns(condition)) for condition in undecided)

    def _holds(self, image: Image | None) -> int:
        """Whether a row can be in this view."""
        if image is None:
            return NO
        if self._conditions <= image.inside:
            return YES
        if image.outside is not None and self._conditions.issuperset(conjuncts(image.outside)):
            return NO
        return MAYBE if meet(self.region, image.region) else NO


class Reaches:
    """The views over one source, found by the constants that their conditions pin.

    A source with a view for each of thousands of patients is the usual case: only views that a row can be in are
    looked at, not all.
    """

    def __init__(self, views: Sequence[ViewPlan]) -> None:
        self._reaches = [Reach(view) for view in views]
        self._by_value: dict[str, dict[Value, list[int]]] = {}
        for number, reach in enumerate(self._reaches):
            for column, values in _pins(reach.region):
                for value in values:
                    self._by_value.setdefault(column, {}).setdefault(value, []).append(number)
        self._open = {
            column: [n for n, reach in enumerate(self._reaches) if column not in dict(_pins(reach.region))]
            for column in self._by_value
        }

    def changed_by(self, effects: Sequence[Effect], through: ViewPlan) -> Iterator[tuple[ViewPlan, Change]]:
        """The views that any of the effects of a put through a view can change, in their order, and how."""
        near = {n for effect in effects for image in (effect.before, effect.after) if image for n in self._near(image)}
        for number in sorted(near):
            reach = self._reaches[number]
            change = NOTHING
            for effect in effects:
                change |= reach.changed_by(effect, same_view=reach.view.name == through.name)
            if change.operations:
                yield reach.view, change

    def _near(self, image: Image) -> Sequence[int]:
        """The numbers of all views that a row can be in, and of others."""
        best: Sequence[int] = range(len(self._reaches))
        for column, values in _pins(image.region):
            if column in self._by_value:
                pinned = self._by_value[column]
                found = [*self._open[column], *(n for value in values for n in pinned.get(value, ()))]
                best = min(best, found, key=len)
        return best


def _pins(where: Region) -> Iterator[tuple[str, frozenset[Value]]]:
    """The columns that have one of a few values there, and these values."""
    for column, domain in where.items():
        if domain.values is not None and not domain.null:
            yield column, domain.values
