"""A view's plan with its source: the matches and after-images that the statements of its put are made of.

Aliases: `w` is a staged row, `s` a source row, `e` an effect: a source row before and after. What other rows determine
stands in a staged row as `bxc_found_<column>` (whether there are such rows) and `bxc_value_<column>`, what is made up
for a new row as `bxc_fresh_<column>`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, assert_never

from bxc.codegen.sql import names
from bxc.codegen.sql.setwise.layout import case, differ, equal
from bxc.codegen.sql.setwise.writer import Image, Writer, in_range
from bxc.codegen.sql.viewed import Viewed
from bxc.dataclass import dataclass
from bxc.expr import Column, Expr, conjoin
from bxc.plan import (
    Assignment,
    Constant,
    DeleteRow,
    Fresh,
    FromView,
    Layer,
    Missing,
    SetColumn,
    ViewColumn,
)
from bxc.resolve.ranges import narrow


@dataclass(frozen=True, slots=True)
class SetShape(Viewed, ABC):
    """A view over its source. All texts are SQL of the dialect of ``write``, which each engine's own shape gives."""

    write: ClassVar[Writer]

    @abstractmethod
    def gone(self) -> str:
        """The tail of a FROM clause that leaves out the source rows `s` that a put takes away."""

    def gone_seen(self) -> str:
        """The same for rows `s` of `bxc_seen_<View>`."""
        return self.gone()

    @property
    def base(self) -> str:
        """The source."""
        return self.write.object_(self.source.name)

    @property
    def log(self) -> str:
        """The table of captured edits of the source."""
        return self.write.object_(names.change_table(self.source.name))

    def own(self, part: str) -> str:
        """A table of bxc's for this view."""
        return self.write.q(names.helper(part, self.name))

    def nullable(self, columns: Sequence[str]) -> list[bool]:
        """Which source columns can be NULL, be it only while they are staged."""
        return [self.source.column(c).nullable for c in columns]

    @property
    def columns(self) -> tuple[str, ...]:
        """The source's columns."""
        return tuple(c.name for c in self.source.columns)

    # --- keys and rows behind them ----------------------------------------------------------------------------------

    def new_key(self, alias: str = "w") -> list[str]:
        return [self.write.col(alias, name) for name in self.plan.key]

    def old_key(self, alias: str = "w") -> list[str]:
        return [self.write.old(alias, name) for name in self.plan.key]

    def shown_key(self) -> list[str]:
        """The key by which a row of `bxc_work_<View>` finds source rows: old for update and delete, new for insert."""
        return [self.write.col("w", names.helper("key", name)) for name in self.plan.key]

    def staged_key(self) -> list[str]:
        """The key under which a staged row `w` is listed if it breaks a rule: a delete's old one, else the new one."""
        return [
            case([("w.bxc_op = 'delete'", before)], new, 4)
            for new, before in zip(self.new_key(), self.old_key(), strict=True)
        ]

    def listed_key(self) -> list[str]:
        """`staged_key`, each column under the name that it has in an effect."""
        names_ = (self.write.q(names.helper("listed", name)) for name in self.plan.key)
        return [f"{text} as {name}" for text, name in zip(self.staged_key(), names_, strict=True)]

    def effect_key(self, alias: str = "e") -> list[str]:
        """The key under which an effect is listed if it breaks a rule."""
        return [self.write.col(alias, names.helper("listed", name)) for name in self.plan.key]

    def find_key(self) -> list[str]:
        """`shown_key`, found out of a staged row `w`."""
        return [
            case([("w.bxc_op in ('update', 'delete')", before)], new, 4)
            for new, before in zip(self.new_key(), self.old_key(), strict=True)
        ]

    def renamed(self, alias: str = "w") -> str:
        """Whether an update changes its key; unknown where a key has a NULL."""
        parts = [f"{new} <> {before}" for new, before in zip(self.new_key(alias), self.old_key(alias), strict=True)]
        return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The source columns behind the view's key, in its order."""
        behind = {m.value.column: m.column for m in self.plan.match if isinstance(m.value, FromView)}
        return tuple(behind[name] for name in self.plan.key)

    @property
    def pinned(self) -> dict[str, str]:
        """The constants at which `where` pins columns that the key rests on."""
        return {m.column: self.write.constant(m.value.value) for m in self.plan.match if isinstance(m.value, Constant)}

    def matches(self, key: Sequence[str], alias: str = "s", indent: int = 2) -> str:
        """Whether a source row has a view key, and the values that the key rests on."""
        columns = [self.write.col(alias, c) for c in (*self.key_columns, *self.pinned)]
        return equal(columns, [*key, *self.pinned.values()], indent)

    def visible(self, image: Image) -> str:
        """Whether a row is visible."""
        return "true" if self.plan.predicate is None else self.holds(self.plan.predicate, image)

    def layer(self, alias: str) -> str:
        """The number of the first `where` in a stack of views that hides a source row; 0 if none does."""
        layers = enumerate(self.plan.layers, 1)
        whens = [
            f"when not {self.holds(layer.predicate, self.write.row(alias))} then {number}" for number, layer in layers
        ]
        return f"case {' '.join(whens)} else 0 end" if whens else "0"

    def holds(self, condition: Expr, image: Image) -> str:
        """Whether a condition is true for a row that is, or was, in the source: true or false, never NULL."""
        return f"{self.condition(condition, image)} is true"

    def condition(self, condition: Expr, image: Image) -> str:
        """A condition on a row of the source; what an earlier `where` keeps in range may be any number here."""
        return (
            self.write.value(condition, image)
            if self._in_range(condition)
            else self.write.staged_value(condition, image)
        )

    def computed(self, column: ViewColumn, image: Image) -> str:
        """The value of a view's column on a row of the source; NULL where the row is hidden and exceeds the type."""
        if isinstance(column.value, Column):
            return image(column.value.name)
        if self._in_range(column.value):
            return self.write.value(column.value, image)
        return self.write.fitted(self.write.staged_value(column.value, image), column.type)

    def _in_range(self, expr: Expr) -> bool:
        """Whether the source's own CHECKs keep an expression in range."""
        checks = conjoin([check.condition for check in self.source.checks])
        return in_range(expr, {} if checks is None else narrow(checks))

    @property
    def delete_frees(self) -> bool:
        """Whether a vanished view row leaves its key free: deleted, or its key column set to another value."""
        policy = self.plan.on_delete
        if isinstance(policy, SetColumn):
            return policy.column in {m.column for m in self.plan.match}
        return isinstance(policy, DeleteRow)

    # --- after-images -----------------------------------------------------------------------------------------------

    def update_image(self, name: str) -> str:
        """The after-image of a source row `s` that an update `w` finds."""
        if name in self.stored:
            return self.write.col("w", self.stored[name])
        if name in self.determined:
            by = self.determined[name].by
            moved = differ([self.write.col("w", self.stored[b]) for b in by], [self.write.col("s", b) for b in by])
            return self._known(name, f"{moved} and ", self.write.col("s", name))
        return self.write.col("s", name)

    def insert_image(self, assignment: Assignment) -> str:
        """The value of a column of a new source row."""
        name = assignment.column
        match assignment.value:
            case FromView(column):
                return self.write.col("w", column)
            case Constant(literal):
                text = self.write.constant(literal)
            case Fresh():
                text = self.write.col("w", names.helper("fresh", name))
            case Missing():
                text = self.write.null(self.source.column(name).type)
            case _:
                assert_never(assignment.value)
        return self._known(name, "", text) if name in self.determined else text

    def revive_image(self, layer: Layer, name: str) -> str:
        """The after-image of a hidden source row `s` that an insert `w` brings into the view; no default: as it is."""
        assigned = {a.column: a for a in layer.revives}.get(name)
        if assigned is None or isinstance(assigned.value, Fresh | Missing):
            return self.update_image(name)
        return self.insert_image(assigned)

    def set_image(self, name: str) -> str:
        """The after-image of a source row `s` whose view row vanishes under `on delete set`."""
        policy = self.plan.on_delete
        assert isinstance(policy, SetColumn)
        return self.write.constant(policy.value) if name == policy.column else self.write.col("s", name)

    def _known(self, name: str, condition: str, otherwise: str) -> str:
        found, value_ = (
            self.write.col("w", names.helper("found", name)),
            self.write.col("w", names.helper("value", name)),
        )
        return f"case when {condition}{found} then {value_} else {otherwise} end"


def view_values(shape: SetShape, image: Image) -> list[str]:
    """The view's columns on an image."""
    return [shape.computed(c, image) for c in shape.plan.columns]
