"""A view's plan with its source, as far as it is one for all engines: each engine's `Shape` adds its own texts."""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.model import Source
from bxc.plan import Determined, Fresh, Missing, Referencing, ViewPlan


@dataclass(frozen=True, slots=True)
class Viewed:
    """A view over its source, and the foreign keys of other sources that refer to it."""

    plan: ViewPlan
    source: Source
    referenced_by: tuple[Referencing, ...]

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def stored(self) -> dict[str, str]:
        """The view column that stores each kept source column."""
        return {c.source: c.name for c in self.plan.stored if c.source is not None}

    @property
    def determined(self) -> dict[str, Determined]:
        """The hidden source columns that others determine."""
        return {d.column: d for d in self.plan.determined}

    @property
    def fresh(self) -> tuple[str, ...]:
        """The source columns that take a fresh value in a new row."""
        return tuple(a.column for a in self.plan.inserts if isinstance(a.value, Fresh))

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """The source columns that have no value in a new row, each with the code that refuses it."""
        return tuple((a.column, a.value.code) for a in self.plan.inserts if isinstance(a.value, Missing))

    @property
    def read_only(self) -> bool:
        """Whether the view has no key, so that no row of it can be named."""
        return not self.plan.key
