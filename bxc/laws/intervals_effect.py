"""A right on a view's share turned into what its changes, put into the view, can do to rows of the source.

The put is that of `docs/semantics.md`. An effect names the source columns that may change, hidden ones too (`on delete
set`, revive, `determined by`, defaults), and what is known of a touched row before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bxc.dataclass import dataclass
from bxc.expr import Expr, columns, conjuncts
from bxc.laws.intervals import ANYTHING, Region, constant, region
from bxc.plan import Constant, DeleteRow, Layer, Missing, RejectDelete, SetColumn, ViewPlan


@dataclass(frozen=True, slots=True)
class Image:
    """A touched row of the source: it lies in ``region``, makes ``inside`` true and does not make ``outside`` true."""

    region: Region
    inside: frozenset[Expr] = frozenset()
    outside: Expr | None = None

    @property
    def possible(self) -> bool:
        """Whether there can be such a row: conditions may contradict one another, or a default."""
        return not any(domain.empty for domain in self.region.values())


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of source rows: ``before`` None for a new row, ``after`` None for a deleted one."""

    writes: frozenset[str]
    before: Image | None
    after: Image | None


class Effects:
    """What the rights on one view can do to its source."""

    def __init__(self, view: ViewPlan) -> None:
        self.view = view
        self._conditions = conjuncts(view.predicate)
        self._visible = Image(region(self._conditions), frozenset(self._conditions))
        self._sources = frozenset(c.source for c in view.columns if c.source is not None)

    def of(self, operation: str, *attributes: str) -> tuple[Effect, ...]:
        """The effects of a right; empty where every put of such a change is refused or changes nothing.

        ``attributes`` are those that an update changes at once.
        """
        return tuple(e for e in self._of(operation, attributes) if all(i.possible for i in (e.before, e.after) if i))

    def _of(self, operation: str, attributes: tuple[str, ...]) -> Iterable[Effect]:
        match operation:
            case "update":
                return self._update(attributes)
            case "insert":
                return self._insert()
            case "delete":
                return self._delete()
            case _:
                raise ValueError(f"no such operation: {operation}")

    def _update(self, attributes: tuple[str, ...]) -> tuple[Effect, ...]:
        stored = frozenset(s for name in attributes if (s := self.view.column(name).source) is not None)
        if not stored:
            return ()
        return (Effect(self._with_determined(stored), self._visible, self._visible),)

    def _delete(self) -> tuple[Effect, ...]:
        match self.view.on_delete:
            case DeleteRow():
                return (Effect(frozenset(), self._visible, None),)
            case RejectDelete():
                return ()
            case SetColumn(column=column, value=value, leaves=leaves):
                kept = self._unless(frozenset((column,)))
                gone = Image({**kept.region, column: constant(value.value)}, kept.inside, leaves)
                return (Effect(frozenset((column,)), self._visible, gone),)

    def _insert(self) -> Iterator[Effect]:
        determined = {d.column for d in self.view.determined}
        settled = [a for a in self.view.inserts if a.column not in determined]
        if not any(isinstance(a.value, Missing) for a in settled):
            known = dict(self._visible.region)
            for assignment in settled:
                if isinstance(assignment.value, Constant):
                    column = assignment.column
                    known[column] = known.get(column, ANYTHING).narrow(constant(assignment.value.value.value))
            everything = frozenset(a.column for a in self.view.inserts)
            yield Effect(everything, None, Image(known, self._visible.inside))
        for layer in self.view.layers:
            if layer.on_hidden == "revive":
                yield self._revive(layer)

    def _revive(self, layer: Layer) -> Effect:
        found_by = {m.column for m in self.view.match}
        writes = self._with_determined((self._sources | {a.column for a in layer.revives}) - found_by)
        kept = self._unless(writes)
        return Effect(writes, Image(kept.region, kept.inside, layer.predicate), self._visible)

    def _with_determined(self, written: frozenset[str]) -> frozenset[str]:
        """The columns that change where these do, hidden ones that follow them too."""
        return written | {d.column for d in self.view.determined if not written.isdisjoint(d.by)}

    def _unless(self, written: frozenset[str]) -> Image:
        """What stays true of a visible row when these columns change."""
        untouched = [c for c in self._conditions if written.isdisjoint(columns(c))]
        return Image(region(untouched), frozenset(untouched))
