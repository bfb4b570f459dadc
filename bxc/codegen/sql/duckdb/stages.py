"""A view → the steps of its put on DuckDB; see `setwise.stages`.

A put keeps each step as a temporary table, `bxc_violations_<View>` has them as common table expressions.
"""

from __future__ import annotations

from functools import partial

from bxc.codegen.sql.duckdb.shape import Shape
from bxc.codegen.sql.setwise.stages import (
    Stage,
    after,
    differs,
    found_row,
    kind,
    known,
    new_row,
    seen,
    steps,
    touched,
    work,
)


def stages(shape: Shape, staged: str) -> list[Stage]:
    """All steps from a relation of staged rows, which has the columns of `bxc_delta_<View>`, to the effects."""
    return steps(
        shape,
        seen=seen(shape, staged, [f"{shape.identity()} as bxc_rowid"]),
        known=partial(known, shape, staged),
        work=work(shape, staged),
        effect=_effect(shape),
    )


def _effect(shape: Shape) -> str:
    """Source rows before (`bxc_old_…`) and after; `bxc_kind` says what becomes of them.

    `insert`, `update`, `delete`, `set` (on delete set), `revive`; `keep` for an insert of a key that a row keeps, which
    must not change it. `bxc_gone`: the row as it was is to go; `bxc_made`: the row as it is after is to come.
    """
    found = found_row(shape, kind(shape), lambda name: after(shape, name, "bxc_kind"), ["s.bxc_rowid as bxc_rowid"])
    return (
        f"select e.*,\n  {differs(shape)} as bxc_changed,\n"
        f"  bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,\n"
        f"  bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made\n"
        f"from (\n{touched(shape, found, new_row(shape, ['null as bxc_rowid']), '  ')}\n"
        f") as e\nwhere e.bxc_kind is not null"
    )
