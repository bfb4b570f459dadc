"""Where the source columns of an inserted or revived row get their values from, through a stack of views."""

from __future__ import annotations

from bxc import model
from bxc.dataclass import dataclass
from bxc.expr import Expr, Literal, columns
from bxc.flatten.key import ViewKey
from bxc.lens.facts import pinned
from bxc.lens.pipeline import Lens
from bxc.lens.shape import Hidden
from bxc.plan import (
    Assignment,
    Constant,
    Determined,
    Fresh,
    FromView,
    InsertValue,
    Layer,
    Missing,
    ViewColumn,
    ViewPlan,
)


@dataclass(frozen=True, slots=True)
class Level:
    """One view of a stack: its lens, what is below it, and what is known of it so far.

    ``columns`` are those of the view; ``own`` is this view's condition and ``predicate`` the stack's, both over source
    columns.
    """

    source: model.Source
    lens: Lens
    below: ViewPlan | None
    columns: tuple[ViewColumn, ...]
    own: Expr | None
    predicate: Expr | None
    key: ViewKey

    def source_column(self, base_column: str) -> str | None:
        """The source column behind a column of the base; None where it is computed."""
        return base_column if self.below is None else self.below.column(base_column).source

    def hidden_here(self) -> dict[str, Hidden]:
        """What this view hides of its base, by source column."""
        return {c: hidden for hidden in self.lens.hidden if (c := self.source_column(hidden.column))}


def insert_values(level: Level) -> tuple[Assignment, ...]:
    """The value of each source column in a row that an insert makes, in the source's order."""
    stored = {c.source: c.name for c in level.columns if c.source}
    lower = {} if level.below is None else {a.column: a.value for a in level.below.inserts}
    hidden = level.hidden_here()
    constants = pinned(level.predicate)

    def value(column: model.Column) -> InsertValue:
        if column.name in stored:
            return FromView(stored[column.name])
        if column.name in hidden:
            return _default(column, hidden[column.name], level, constants)
        return _from_below(column, lower[column.name], level, constants)

    return tuple(Assignment(c.name, value(c)) for c in level.source.columns)


def _from_below(column: model.Column, value: InsertValue, level: Level, constants: dict[str, Literal]) -> InsertValue:
    """What a column takes that a view below hides, which has its say about it.

    One value can serve one row only: not the key of rows of which a group may have many, unless `where` asks for it.
    """
    shared = level.key.grouped and column.name in level.source.primary_key and isinstance(value, Constant)
    return Missing("BXC14") if shared and column.name not in constants else value


def _default(column: model.Column, hidden: Hidden, level: Level, constants: dict[str, Literal]) -> InsertValue:
    """What a column that this view hides takes."""
    is_key = column.name in level.source.primary_key
    match hidden.default:
        case model.Fresh():
            return Fresh()
        case Literal() if not (is_key and level.key.grouped) or column.name in constants:
            return Constant(hidden.default)
    if is_key:
        return Constant(constants[column.name]) if column.name in constants else _of_source(column, level)
    if column.default is not None:
        return Constant(column.default)
    return Constant(Literal(None, column.type)) if column.nullable else Missing("BXC16")


def _of_source(column: model.Column, level: Level) -> InsertValue:
    """A hidden key column that is neither declared nor pinned: the source's default can serve one row only."""
    if column.default is not None and not level.key.grouped:
        return Constant(column.default)
    return Missing("BXC14")


def layers(level: Level, inserts: tuple[Assignment, ...]) -> tuple[Layer, ...]:
    """The conditions of the stack, the source's nearest first, with what reviving a row at each of them sets."""
    values = {a.column: a.value for a in inserts}
    lower = () if level.below is None else level.below.layers
    fixed = {*level.key.columns, *level.key.pinned}
    keeps_lower_key = level.below is None or {m.column for m in level.below.match} <= fixed
    stacked = tuple(
        Layer(
            layer.predicate,
            # Without the key of the view that hides a row, an insert cannot name the row to revive.
            layer.on_hidden if keeps_lower_key else "reject",
            tuple(
                Assignment(a.column, values[a.column] if isinstance(a.value, FromView) else a.value)
                for a in layer.revives
            ),
        )
        for layer in lower
    )
    if level.own is None:
        return stacked
    policy = "reject" if level.lens.on_hidden is None else level.lens.on_hidden.policy
    reads = set(columns(level.own)) - set(level.source.primary_key)
    hidden = level.hidden_here()
    revives = tuple(a for a in inserts if isinstance(a.value, FromView) or (a.column in hidden and a.column in reads))
    return (*stacked, Layer(level.own, policy, revives))


def determined(level: Level) -> tuple[Determined, ...]:
    """The hidden columns that other rows determine, by the kept source columns."""
    found = [
        Determined(column, by)
        for column, hidden in level.hidden_here().items()
        if (by := tuple(c for name in hidden.determined_by if (c := level.source_column(name))))
    ]
    stored = {c.source for c in level.columns if c.source}
    inherited = () if level.below is None else (d for d in level.below.determined if set(d.by) <= stored)
    return (*inherited, *found)
