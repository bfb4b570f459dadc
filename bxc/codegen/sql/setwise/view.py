"""A view's SELECT, and its staged content as a delta."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.expression import conjunct_groups
from bxc.codegen.sql.setwise.layout import differ, equal, every, listed
from bxc.codegen.sql.setwise.shape import SetShape, view_values
from bxc.expr import conjuncts


def get_query(shape: SetShape) -> str:
    """The SELECT of the view."""
    write = shape.write
    values = view_values(shape, write.row("s"))
    columns = [f"{text} as {write.q(c.name)}" for text, c in zip(values, shape.plan.columns, strict=True)]
    distinct = " distinct" if shape.plan.grouped or shape.read_only else ""
    parts = [shape.condition(part, write.row("s")) for part in conjunct_groups(conjuncts(shape.plan.predicate))]
    condition = f"\nwhere {every(parts)}" if parts else ""
    return f"select{distinct}\n  {listed(columns, 2)}\nfrom {shape.base} as s{condition}"


def new_as_delta(shape: SetShape, also: str = "false", old_key: Sequence[str] | None = None) -> str:
    """The staged content against the view as a delta: the rows in which they differ, and rows `n` under a condition.

    ``old_key``: how the key of a row `v` of the view is written.
    """
    write, key = shape.write, shape.plan.key
    others = [c.name for c in shape.plan.columns if c.name not in key]
    is_new, is_gone = f"{write.col('v', key[0])} is null", f"{write.col('n', key[0])} is null"
    changed = differ([write.col("n", c) for c in others], [write.col("v", c) for c in others])
    operation = f"case when {is_new} then 'insert' when {is_gone} then 'delete' else 'update' end as bxc_op"
    olds = [write.col("v", k) for k in key] if old_key is None else old_key
    before = [f"{text} as {write.q(names.old_column(k))}" for text, k in zip(olds, key, strict=True)]
    on_key = equal([write.col("n", k) for k in key], [write.col("v", k) for k in key])
    conditions = [c for c in (is_new, is_gone, changed, also) if c != "false"]
    return (
        f"select\n  {listed([operation, *before, *(write.col('n', c.name) for c in shape.plan.columns)], 2)}\n"
        f"from {write.object_(names.new_table(shape.name))} as n\n"
        f"full join {write.object_(shape.name)} as v on {on_key}\n"
        "where " + "\n  or ".join(conditions)
    )
