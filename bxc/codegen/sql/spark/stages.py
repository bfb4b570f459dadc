"""A view → the steps of its put on Spark; see `setwise.stages`.

A put keeps each step as a table, which `bxc_violations_<View>` reads.

made    behind the guard: the rows that are to come
"""

from __future__ import annotations

from functools import partial

from bxc.codegen.sql.dialect import SPARK
from bxc.codegen.sql.setwise.layout import indented, listed
from bxc.codegen.sql.setwise.stages import (
    Stage,
    chosen,
    differs,
    found_row,
    kind,
    known,
    new_row,
    reviving,
    seen,
    steps,
    touched,
    work,
)
from bxc.codegen.sql.spark.capture import captured_version
from bxc.codegen.sql.spark.shape import Shape
from bxc.codegen.sql.spark.text import col, q, quoted
from bxc.plan import SetColumn

OWN = ("w.bxc_staged", "w.bxc_at")


def stages(shape: Shape, staged: str, kind: str) -> list[Stage]:
    """All steps from a relation of staged rows, which has the columns of `bxc_delta_<View>`, to the effects.

    ``kind``: whose rows these are, `new` or `delta`; the steps have it as `bxc_staged`, and the source's version as
    `bxc_at`.
    """
    own = [f"{quoted(kind)} as bxc_staged", f"{captured_version(shape.source)} as bxc_at"]
    return steps(
        shape,
        seen=seen(shape, staged),
        known=partial(known, shape, staged),
        work=work(shape, staged, own),
        effect=_effect(shape),
    )


def _effect(shape: Shape) -> str:
    """Source rows before (`bxc_old_…`) and after; `bxc_kind` says what becomes of them.

    `insert`, `update`, `delete`, `set` (on delete set), `revive`; `keep` for an insert of a key that a row keeps, which
    must not change it. `bxc_gone`: the row as it was is to go; `bxc_made`: the row as it is after is to come.
    """
    found = found_row(shape, kind(shape), lambda name: _after(shape, name), OWN)
    rows = (
        f"select e.*,\n  {differs(shape)} as bxc_changed\n"
        f"from (\n{touched(shape, found, new_row(shape, OWN), '  ')}\n"
        f") as e\nwhere e.bxc_kind is not null"
    )
    return (
        "select e.*,\n"
        "  e.bxc_changed and e.bxc_kind not in ('insert', 'keep') as bxc_gone,\n"
        "  e.bxc_changed and e.bxc_kind not in ('delete', 'keep') as bxc_made\n"
        f"from (\n{indented(rows, 2)}\n) as e"
    )


def made(shape: Shape) -> Stage:
    """The step behind the guard: the rows that are to come, as the source has them."""
    rows = [f"cast({q(c.name)} as {SPARK.column_type(c.type)}) as {q(c.name)}" for c in shape.source.columns]
    query = f"select\n  {listed(rows, 2)}\nfrom {shape.own('effect')}\nwhere bxc_made"
    return Stage(shape.own("made"), "the rows that are to come", query)


def _after(shape: Shape, name: str) -> str:
    """The after-image of a source row `s` that a staged row `w` finds; what it does not touch may have any."""
    images = [("w.bxc_op = 'update'", shape.update_image(name))]
    if name in shape.stored:
        images.append(("w.bxc_op = 'insert' and s.bxc_layer = 0", shape.update_image(name)))
    for number in reviving(shape):
        layer = shape.plan.layers[number - 1]
        images.append((f"w.bxc_op = 'insert' and s.bxc_layer = {number}", shape.revive_image(layer, name)))
    if isinstance(shape.plan.on_delete, SetColumn):
        images.append(("w.bxc_op = 'delete'", shape.set_image(name)))
    unchanged = col("s", name)
    conditions: dict[str, list[str]] = {}
    for condition, image in images:
        if image != unchanged:
            conditions.setdefault(image, []).append(condition)
    whens = [(" or ".join(found), image) for image, found in conditions.items()]
    return chosen(shape, whens, "w.bxc_op <> 'delete'", unchanged)
