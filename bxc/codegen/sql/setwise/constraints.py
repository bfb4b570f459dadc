"""A view → the look-ups for constraints of its source that concern several rows: keys, dependencies, foreign keys.

Each is the tail of a query over the effects `e` of a put, and finds those that break the constraint. The sources are
asked only for rows with values that the put brings or takes away, in one pass each.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import wording
from bxc.codegen.sql.dependencies import guarded_dependencies
from bxc.codegen.sql.setwise.layout import equal, indented
from bxc.codegen.sql.setwise.rules import made
from bxc.codegen.sql.setwise.shape import SetShape
from bxc.codegen.sql.setwise.writer import Other
from bxc.codegen.sql.wording import Breach
from bxc.dataclass import dataclass
from bxc.model import ForeignKey
from bxc.plan import SetColumn


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is wrong, and a query's `from` and `where` that find the effects `e` with it."""

    breach: Breach
    tail: str


def lookups(shape: SetShape) -> list[Lookup]:
    """All look-ups of a view's put."""
    source = shape.source
    found = [_unique(shape, key) for key in (source.primary_key, *(u.columns for u in source.uniques))]
    found += [_determines(shape, left, right) for left, right in guarded_dependencies(source)]
    found += [_refers(shape, key) for key in source.foreign_keys]
    found += [_referred(shape, referring.source, referring.key) for referring in shape.referenced_by]
    return found


def _unique(shape: SetShape, key: tuple[str, ...]) -> Lookup:
    write = shape.write
    full = [f"{write.col('e', c)} is not null" for c in key if shape.source.column(c).nullable]
    taken = " and ".join([made(shape, key), *full])
    twice = _groups(shape, _later(shape, shape.source.name, key, key, taken), key, "count(*) > 1")
    on = equal([write.col("r", c) for c in key], [write.col("e", c) for c in key])
    return Lookup(wording.same_key(shape.source.name, key), _effects(shape, taken, among=[(twice, "r", on)]))


def _determines(shape: SetShape, left: tuple[str, ...], right: tuple[str, ...]) -> Lookup:
    write = shape.write
    several = " or ".join(write.several_values(write.q(c)) for c in right)
    changed = made(shape, (*left, *right))
    rows = _later(shape, shape.source.name, (*left, *right), left, changed)
    groups = _groups(shape, rows, left, several)
    on = write.same([write.col("r", c) for c in left], [write.col("e", c) for c in left], shape.nullable(left))
    tail = _effects(shape, changed, among=[(groups, "r", on)])
    return Lookup(wording.disagrees(shape.source.name, left, right), tail)


def _groups(shape: SetShape, rows: str, by: tuple[str, ...], condition: str) -> str:
    columns = ", ".join(map(shape.write.q, by))
    return f"select {columns}\nfrom (\n{indented(rows, 2)}\n) as l\ngroup by {columns}\nhaving {condition}"


def _refers(shape: SetShape, key: ForeignKey) -> Lookup:
    refers = shape.write.col("e", key.column)
    brought = f"{made(shape, (key.column,))} and {refers} is not null"
    there = _later(shape, key.target, (key.target_column,), (key.target_column,), brought, wanted=(key.column,))
    on = f"{shape.write.col('r', key.target_column)} = {refers}"
    return Lookup(wording.no_target(key.column, key.target), _effects(shape, brought, less=[(there, "r", on)]))


def _referred(shape: SetShape, child: str, key: ForeignKey) -> Lookup:
    write = shape.write
    gone, now = write.old("e", key.target_column), write.col("e", key.target_column)
    lost = f"e.bxc_gone and {gone} is not null and {gone} is distinct from {now}"
    holders = _later(shape, child, (key.column,), (key.column,), lost, wanted=(key.target_column,), before=True)
    made_again = f"select {write.q(key.target_column)} from {shape.own('effect')} where bxc_made"
    tail = _effects(
        shape,
        lost,
        among=[(holders, "r", f"{write.col('r', key.column)} = {gone}")],
        less=[(made_again, "a", f"{write.col('a', key.target_column)} = {gone}")],
    )
    return Lookup(wording.still_referred(child, key.column, key.target_column), tail)


def _effects(shape: SetShape, condition: str, *, among: Sequence[Other] = (), less: Sequence[Other] = ()) -> str:
    """The effects under a condition for which there are rows of some queries, and none of others."""
    queries = ([(f"(\n{indented(query, 2)}\n)", alias, on) for query, alias, on in each] for each in (among, less))
    return f"from {shape.own('effect')} as e\n{shape.write.kept([condition], *queries)}"


def _later(
    shape: SetShape,
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
    write, own = shape.write, source == shape.source.name
    effect = shape.own("effect")
    chosen = [(write.old if before else write.col)("e", c) for c in wanted or by]
    values = ", ".join(f"{text} as {write.q(c)}" for text, c in zip(chosen, by, strict=True))
    seen = own and wanted is None and _all_seen(shape, by)
    relation = shape.own("seen") if seen else write.object_(source)
    nullable = [wanted is None and null for null in shape.nullable(by)] if own else [False for _ in by]
    on = write.same([write.col("t", c) for c in by], [write.col("s", c) for c in by], nullable)
    keys = f"(\n  {write.select_keys} {values}\n  from {effect} as e\n  where {condition}\n)"
    text = f"select {', '.join(write.col('s', c) for c in columns)}\n{write.looked_up(relation, 's', keys, 't', on)}"
    if not own:
        return text
    rows = f"select {', '.join(map(write.q, columns))} from {effect} where bxc_made"
    return f"{text}\n{shape.gone_seen() if seen else shape.gone()}\nunion all\n{rows}"


def _all_seen(shape: SetShape, columns: tuple[str, ...]) -> bool:
    """Whether all source rows with values that a put brings into these columns have a key that is staged.

    A staged NULL finds no row by its key, but may agree with one.
    """
    policy = shape.plan.on_delete
    matched = {*shape.key_columns, *shape.pinned}
    moves = isinstance(policy, SetColumn) and policy.column in matched
    nullable = any(shape.source.column(c).nullable for c in matched)
    return matched <= set(columns) and not nullable and not moves and not set(shape.pinned) & set(shape.stored)
