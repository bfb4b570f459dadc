"""A view → the steps of its put on PostgreSQL; see `setwise.stages`.

A put keeps each step as a temporary table, `bxc_violations_<View>` has them as common table expressions.
"""

from __future__ import annotations

from functools import partial

from bxc.codegen.sql.postgres.shape import Shape
from bxc.codegen.sql.postgres.text import col, old
from bxc.codegen.sql.setwise.layout import differ, every, listed
from bxc.codegen.sql.setwise.stages import (
    Stage,
    after,
    agree,
    determining,
    differs,
    found_row,
    kind,
    new_row,
    on_key,
    staged_keys,
    steps,
    touched,
    work,
)


def stages(shape: Shape, staged: str) -> list[Stage]:
    """All steps from a relation of staged rows, which has the columns of `bxc_delta_<View>`, to the effects."""
    return steps(
        shape,
        seen=_seen(shape, staged),
        known=partial(_known, shape, staged),
        work=work(shape, staged),
        effect=_effect(shape),
    )


def _seen(shape: Shape, staged: str) -> str:
    """`seen` from the staged keys, each of them once: then the planner looks these up in the source's index."""
    pinned = [f"{col('s', c)} = {text}" for c, text in shape.pinned.items()]
    columns = [f"{shape.layer('s')} as bxc_layer", *(col("s", c) for c in shape.columns)]
    return (
        f"select\n  {listed(columns, 2)}\nfrom (\n{staged_keys(shape, staged, 'union')}) as w\n"
        f"join {shape.base} as s on {every([on_key(shape, 's'), *pinned])}"
    )


def _known(shape: Shape, staged: str, by: tuple[str, ...], columns: list[str]) -> str:
    """One row for each new value of the determining columns that the source has."""
    values = [col("s", c) for c in (*by, *columns)]
    return (
        f"select distinct on ({', '.join(col('s', b) for b in by)})\n  {listed(values, 2)}\nfrom (\n"
        f"{determining(shape, staged, by, 'select distinct')}) as t\njoin {shape.base} as s on {agree(shape, by)}"
    )


def _effect(shape: Shape) -> str:
    """Source rows before (`bxc_old_…`) and after; `bxc_kind` says what becomes of them.

    `insert`, `update`, `delete`, `set` (on delete set), `revive`; `keep` for an insert of a key that a row keeps, which
    must not change it. `bxc_gone`: the row as it was is to go; `bxc_made`: the row as it is after is to come.
    `bxc_leaves`: it is deleted, or changes a value that no two rows have, and leaves before it comes back, so that rows
    can swap such values.
    """
    found = found_row(shape, "k.bxc_kind", lambda name: after(shape, name, "k.bxc_kind"))
    decided = [f"cross join lateral (select {kind(shape)} as bxc_kind) as k", "where k.bxc_kind is not null"]
    keys = (shape.source.primary_key, *(u.columns for u in shape.source.uniques))
    unique = dict.fromkeys(c for key in keys for c in key)
    moves = differ([col("e", c) for c in unique], [old("e", c) for c in unique], 6)
    return (
        f"select e.*,\n"
        f"  e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,\n"
        f"  e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made,\n"
        f"  e.bxc_changed and (e.bxc_kind = 'delete' or e.bxc_kind not in ('insert', 'keep')\n"
        f"    and {moves}) as bxc_leaves\n"
        f"from (\n"
        f"  select e.*,\n    {differs(shape)} as bxc_changed\n"
        f"  from (\n{touched(shape, found, new_row(shape), '    ', decided)}\n"
        f"  ) as e\n) as e"
    )
