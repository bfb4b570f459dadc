"""What in a source a view depends on, and so how the view changes when rows of the source do."""

from __future__ import annotations

from bxc.codegen.graph.effect import Effect, Image
from bxc.codegen.graph.region import meet, region
from bxc.expr import columns, conjuncts
from bxc.plan import ViewPlan

NO, MAYBE, YES = range(3)


class Reach:
    """What in its source a view depends on: the columns that it shows and reads, and where its rows lie."""

    def __init__(self, view: ViewPlan) -> None:
        self.view = view
        self._conditions = frozenset(conjuncts(view.predicate))
        self._region = region(conjuncts(view.predicate))
        self.reads = frozenset(name for condition in self._conditions for name in columns(condition))
        self.shows: dict[str, set[str]] = {}
        for column in view.columns:
            for source in columns(column.value):
                self.shows.setdefault(source, set()).add(column.name)

    def changed_by(self, effect: Effect, *, same_view: bool) -> tuple[set[str], set[str]]:
        """The operations and updated attributes that an effect can cause here."""
        before, after = self._holds(effect.before), self._holds(effect.after)
        if before == NO and after == NO:
            return set(), set()
        moves = effect.before is None or effect.after is None or not self.reads.isdisjoint(effect.writes)
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
        return operations, attributes

    def _holds(self, image: Image | None) -> int:
        """Whether a row can be in this view."""
        if image is None:
            return NO
        if self._conditions <= image.inside:
            return YES
        if image.outside is not None and self._conditions.issuperset(conjuncts(image.outside)):
            return NO
        return MAYBE if meet(self._region, image.region) else NO
