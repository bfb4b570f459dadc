"""A view → the look-ups for constraints of its source that concern several rows: keys, dependencies, foreign keys.

Each is the tail of a query over the effects `e` of a put, and finds those that break the constraint. The sources are
asked only for rows with values that the put brings or takes away, in one pass each.
"""

from __future__ import annotations

from bxc.codegen.sql import wording
from bxc.codegen.sql.dependencies import guarded_dependencies
from bxc.codegen.sql.setwise.layout import equal, indented
from bxc.codegen.sql.setwise.rules import made
from bxc.codegen.sql.spark.shape import Shape
from bxc.codegen.sql.spark.text import col, old, q, same
from bxc.codegen.sql.wording import Breach
from bxc.dataclass import dataclass
from bxc.model import ForeignKey
from bxc.plan import SetColumn


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is wrong, and a query's `from` and `where` that find the effects `e` with it."""

    breach: Breach
    tail: str


def lookups(shape: Shape) -> list[Lookup]:
    """All look-ups of a view's put."""
    source = shape.source
    found = [_unique(shape, key) for key in (source.primary_key, *(u.columns for u in source.uniques))]
    found += [_determines(shape, left, right) for left, right in guarded_dependencies(source)]
    found += [_refers(shape, key) for key in source.foreign_keys]
    found += [_referred(shape, referring.source, referring.key) for referring in shape.referenced_by]
    return found


def _unique(shape: Shape, key: tuple[str, ...]) -> Lookup:
    full = [f"{col('e', c)} is not null" for c in key if shape.source.column(c).nullable]
    taken = " and ".join([made(shape, key), *full])
    twice = _groups(_later(shape, shape.source.name, key, key, taken), key, "count(*) > 1")
    on = equal([col("r", c) for c in key], [col("e", c) for c in key])
    tail = f"{_effects(shape)}\nleft semi join (\n{indented(twice, 2)}\n) as r on {on}\nwhere {taken}"
    return Lookup(wording.same_key(shape.source.name, key), tail)


def _determines(shape: Shape, left: tuple[str, ...], right: tuple[str, ...]) -> Lookup:
    several = " or ".join(several_values(c) for c in right)
    changed = made(shape, (*left, *right))
    rows = _later(shape, shape.source.name, (*left, *right), left, changed)
    groups = _groups(rows, left, several)
    on = same([col("r", c) for c in left], [col("e", c) for c in left])
    tail = f"{_effects(shape)}\nleft semi join (\n{indented(groups, 2)}\n) as r on {on}\nwhere {changed}"
    return Lookup(wording.disagrees(shape.source.name, left, right), tail)


def _groups(rows: str, by: tuple[str, ...], condition: str) -> str:
    columns = ", ".join(map(q, by))
    return f"select {columns}\nfrom (\n{indented(rows, 2)}\n)\ngroup by {columns}\nhaving {condition}"


def several_values(column: str) -> str:
    """Whether a group has several values in a column; NULL is one."""
    text = q(column)
    return f"min({text}) <> max({text}) or count({text}) between 1 and count(*) - 1"


def _refers(shape: Shape, key: ForeignKey) -> Lookup:
    brought = f"{made(shape, (key.column,))} and {col('e', key.column)} is not null"
    there = _later(shape, key.target, (key.target_column,), (key.target_column,), brought, wanted=(key.column,))
    on = f"{col('r', key.target_column)} = {col('e', key.column)}"
    tail = f"{_effects(shape)}\nleft anti join (\n{indented(there, 2)}\n) as r on {on}\nwhere {brought}"
    return Lookup(wording.no_target(key.column, key.target), tail)


def _referred(shape: Shape, child: str, key: ForeignKey) -> Lookup:
    gone, now = old("e", key.target_column), col("e", key.target_column)
    lost = f"e.bxc_gone and {gone} is not null and {gone} is distinct from {now}"
    holders = _later(shape, child, (key.column,), (key.column,), lost, wanted=(key.target_column,), before=True)
    made_again = f"select {q(key.target_column)} from {shape.own('effect')} where bxc_made"
    tail = (
        f"{_effects(shape)}\nleft semi join (\n{indented(holders, 2)}\n) as r on {col('r', key.column)} = {gone}\n"
        f"left anti join (\n  {made_again}\n) as a on {col('a', key.target_column)} = {gone}\n"
        f"where {lost}"
    )
    return Lookup(wording.still_referred(child, key.column, key.target_column), tail)


def _effects(shape: Shape) -> str:
    return f"from {shape.own('effect')} as e"


def _later(
    shape: Shape,
    source: str,
    columns: tuple[str, ...],
    by: tuple[str, ...],
    condition: str,
    wanted: tuple[str, ...] | None = None,
    *,
    before: bool = False,
) -> str:
    """Some columns of a source's rows as they will be after the put: all rows with certain values, perhaps more.

    The values of the columns ``by`` are those that effects under a condition have in ``wanted`` (else in ``by``), after
    or before.
    """
    own = source == shape.source.name
    effect = shape.own("effect")
    chosen = [(old if before else col)("e", c) for c in wanted or by]
    values = ", ".join(f"{text} as {q(c)}" for text, c in zip(chosen, by, strict=True))
    seen = own and wanted is None and _all_seen(shape, by)
    relation = shape.own("seen") if seen else q(source)
    on = same([col("t", c) for c in by], [col("s", c) for c in by])
    text = (
        f"select {', '.join(col('s', c) for c in columns)}\nfrom {relation} as s\n"
        f"left semi join (\n  select {values}\n  from {effect} as e\n  where {condition}\n) as t on {on}"
    )
    if not own:
        return text
    return f"{text}\n{shape.gone()}\nunion all\nselect {', '.join(map(q, columns))} from {effect} where bxc_made"


def _all_seen(shape: Shape, columns: tuple[str, ...]) -> bool:
    """Whether all source rows with values that a put brings into these columns have a key that is staged.

    A staged NULL finds no row by its key, but may agree with one.
    """
    policy = shape.plan.on_delete
    matched = {*shape.key_columns, *shape.pinned}
    moves = isinstance(policy, SetColumn) and policy.column in matched
    nullable = any(shape.source.column(c).nullable for c in matched)
    return matched <= set(columns) and not nullable and not moves and not set(shape.pinned) & set(shape.stored)
