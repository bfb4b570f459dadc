"""A view's plan with its source: the matches and after-images that the statements of its put are made of.

Aliases: `w` is a staged row, `s` a source row, `e` an effect: a source row with its after-image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import DUCKDB
from bxc.codegen.sql.duckdb.text import (
    Image,
    col,
    constant,
    differ,
    equal,
    holds,
    null,
    old,
    q,
    row,
    same,
    value,
)
from bxc.expr import Column
from bxc.model import Source
from bxc.plan import (
    Assignment,
    Constant,
    DeleteRow,
    Determined,
    Fresh,
    FromView,
    Layer,
    Missing,
    Referencing,
    SetColumn,
    ViewPlan,
)
from bxc.types import Decimal


@dataclass(frozen=True, slots=True)
class Shape:
    """A view over its source. All texts are SQL for DuckDB."""

    plan: ViewPlan
    source: Source
    referenced_by: tuple[Referencing, ...]

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def base(self) -> str:
        return q(self.source.name)

    @property
    def columns(self) -> tuple[str, ...]:
        """The source's columns."""
        return tuple(c.name for c in self.source.columns)

    @property
    def stored(self) -> dict[str, str]:
        """The view column that stores each kept source column."""
        return {c.source: c.name for c in self.plan.stored if c.source is not None}

    @property
    def determined(self) -> dict[str, Determined]:
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

    # --- keys and rows behind them ----------------------------------------------------------------------------------

    def new_key(self, alias: str = "w") -> list[str]:
        return [col(alias, name) for name in self.plan.key]

    def old_key(self, alias: str = "w") -> list[str]:
        return [old(alias, name) for name in self.plan.key]

    def renamed(self, alias: str = "w") -> str:
        """Whether an update changes its key."""
        return differ(self.new_key(alias), self.old_key(alias))

    def matches(self, key: Sequence[str], alias: str = "s") -> str:
        """Whether a source row has a view key, and the values that the key rests on."""
        by_name = dict(zip(self.plan.key, key, strict=True))
        return " and ".join(
            f"{col(alias, m.column)} = "
            + (by_name[m.value.column] if isinstance(m.value, FromView) else constant(m.value.value))
            for m in self.plan.match
        )

    def visible(self, image: Image) -> str:
        """Whether a row is visible."""
        return holds(self.plan.predicate, image)

    def exists(self, *conditions: str, alias: str = "s") -> str:
        """Whether the source has a row that fulfils all conditions."""
        return f"exists (select 1 from {self.base} as {alias} where {' and '.join(conditions)})"

    def shown(self, key: Sequence[str]) -> str:
        """Whether a visible source row has a view key."""
        return self.exists(self.matches(key), self.visible(row("s")))

    @property
    def delete_frees(self) -> bool:
        """Whether a vanished view row leaves its key free: deleted, or its key column set to another value."""
        policy = self.plan.on_delete
        if isinstance(policy, SetColumn):
            return policy.column in {m.column for m in self.plan.match}
        return isinstance(policy, DeleteRow)

    @property
    def frees(self) -> str:
        """Whether a staged row `x` makes visible source rows leave its old key."""
        renames = f"x.bxc_op = 'update' and {self.renamed('x')}"
        return f"(x.bxc_op = 'delete' or {renames})" if self.delete_frees else renames

    def freed(self, staged: str, key: Sequence[str], condition: str) -> str:
        """Whether a row `x` of what is staged with `w` fulfils a condition and has this old key."""
        mine = equal(self.old_key("x"), key)
        return f"exists (select 1 from {staged} as x where x.bxc_staged = w.bxc_staged and {mine} and {condition})"

    # --- after-images -----------------------------------------------------------------------------------------------

    def stated(self, column: str) -> str:
        """The value of a view column in a staged row `w`; NULL where it is outside its type (which is refused)."""
        type_ = self.plan.column(column).type
        text = col("w", column)
        return f"try_cast({text} as {DUCKDB.column_type(type_)})" if isinstance(type_, Decimal) else text

    def known(self, d: Determined, what: str) -> str:
        """Something of a source row that has the columns which determine a hidden one as `w` states them."""
        agree = same([col("d", b) for b in d.by], [col("w", self.stored[b]) for b in d.by])
        return f"select {what} from {self.base} as d where {agree}"

    def update_image(self, name: str) -> str:
        """The after-image of a source row `s` that an update `w` finds."""
        if name in self.stored:
            return self.stated(self.stored[name])
        if name in self.determined:
            d = self.determined[name]
            moved = differ([col("w", self.stored[b]) for b in d.by], [col("s", b) for b in d.by])
            return self._looked_up(d, f"{moved} and ", col("s", name))
        return col("s", name)

    def insert_image(self, assignment: Assignment) -> str:
        """The value of a column of a new source row."""
        name = assignment.column
        type_ = self.source.column(name).type
        match assignment.value:
            case FromView(column):
                return self.stated(column)
            case Constant(literal):
                text = constant(literal)
            case Fresh():
                text = col("w", names.helper("fresh", name))
            case Missing():
                text = null(type_)
            case _:
                assert_never(assignment.value)
        return self._looked_up(self.determined[name], "", text) if name in self.determined else text

    def revive_image(self, layer: Layer, name: str) -> str:
        """The after-image of a hidden source row `s` that an insert `w` brings into the view."""
        assigned = {a.column: a for a in layer.revives}
        if name in assigned and not isinstance(assigned[name].value, Fresh | Missing):
            return self.insert_image(assigned[name])
        return col("s", name)

    def set_image(self, name: str) -> str:
        """The after-image of a source row `s` whose view row vanishes under `on delete set`."""
        policy = self.plan.on_delete
        assert isinstance(policy, SetColumn)
        return constant(policy.value) if name == policy.column else col("s", name)

    def hidden_at(self, index: int) -> str:
        """Whether a source row `s` is hidden by the layer of that index, and by none below it."""
        layers = self.plan.layers
        below = [holds(layer.predicate, row("s")) for layer in layers[:index]]
        return " and ".join([*below, f"not {holds(layers[index].predicate, row('s'))}"])

    def _looked_up(self, d: Determined, condition: str, otherwise: str) -> str:
        exists, value = self.known(d, "1"), self.known(d, col("d", d.column))
        return f"case when {condition}exists ({exists}) then ({value} limit 1) else {otherwise} end"


def view_values(shape: Shape, image: Image) -> list[str]:
    """The view's columns on an image."""
    return [image(c.value.name) if isinstance(c.value, Column) else value(c.value, image) for c in shape.plan.columns]
