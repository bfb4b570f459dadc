"""A view → the INSTEAD OF triggers with which it can be edited like a table.

An edit stages its one row for the same put that deltas take, and asks for this peer's rights on what it changed. A
computed column that the edit leaves as it was is computed again.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql.sqlite.rights import unlicensed_name
from bxc.codegen.sql.sqlite.shape import Shape, fresh_column
from bxc.codegen.sql.sqlite.staging import delta_columns, fresh_value, known_values
from bxc.codegen.sql.sqlite.text import Image, col, indented, q, row, text_literal, value, wrapped


def edit_triggers(shape: Shape, *, judged: bool) -> str:
    """The triggers on the view; ``judged`` if some view of its source is shared, so that edits need rights."""
    nulls = ["null"] * len(shape.key)
    old_key = [col("old", name) for name in shape.plan.key]
    unchanged = ["null"] * len(shape.plan.columns)
    return "\n\n".join(
        (
            _trigger(shape, "insert", [*nulls, *_inserted(shape)], judged=judged),
            _trigger(shape, "update", [*old_key, *_updated(shape)], judged=judged),
            _trigger(shape, "delete", [*old_key, *unchanged], judged=judged),
        )
    )


def _trigger(shape: Shape, operation: str, values: Sequence[str], *, judged: bool) -> str:
    listed = wrapped(delta_columns(shape), 2)
    row_of = wrapped([text_literal(operation), *values], 2)
    statements = [
        f"insert into {shape.work} (\n  {listed}\n) values (\n  {row_of}\n);",
        f"insert into {shape.own('put')} values ('work');",
    ]
    if judged:
        message = text_literal(f"BXC13 {shape.name}: this peer has no right to this edit; see bxc_rights")
        statements.append(
            f"select raise(abort, {message})\n"
            f"where exists (select 1 from {unlicensed_name(shape.source.name)})\n"
            f"  and not (select loading from bxc_session);"
        )
    body = indented("\n".join(statements), 2)
    name = shape.own(f"edit_{operation}")
    return f"create trigger if not exists {name} instead of {operation} on {q(shape.name)}\nbegin\n{body}\nend;"


# --- computed columns -----------------------------------------------------------------------------------------------


def _inserted(shape: Shape) -> list[str]:
    """The staged columns of an INSERT; a computed column that is NULL is computed."""
    return [
        col("new", c.name)
        if c.source is not None
        else f"coalesce({col('new', c.name)}, {_computed_for_insert(shape, c.name)})"
        for c in shape.plan.columns
    ]


def _computed_for_insert(shape: Shape, name: str) -> str:
    """The value of a computed column in the row that the insert makes, or brings back."""
    expr = shape.plan.column(name).value
    made = value(expr, shape.insert_image("new", _known(shape)))
    choices = []
    for index, layer in enumerate(shape.plan.layers):
        if layer.on_hidden == "revive" and not shape.stored_only(expr):
            hidden = [shape.matches(shape.new_key("new"), row("s")), *shape.hidden_at(index, row("s"))]
            image = shape.revive_image(layer, "new", _known(shape))
            choices.append(f"(select {value(expr, image)} from {shape.base} as s where {' and '.join(hidden)} limit 1)")
    return ", ".join([*choices, made])


def _updated(shape: Shape) -> list[str]:
    """The staged columns of an UPDATE; a computed column that stays as it was is computed again."""
    return [
        col("new", c.name) if c.source is not None else _computed_for_update(shape, c.name) for c in shape.plan.columns
    ]


def _computed_for_update(shape: Shape, name: str) -> str:
    expr = shape.plan.column(name).value
    image = shape.update_image("new", known=_known(shape))
    if shape.stored_only(expr):
        again = value(expr, image)
    else:
        shows = [shape.matches([col("old", key) for key in shape.plan.key], row("s")), *shape.visible(row("s"))]
        again = f"(select {value(expr, image)} from {shape.base} as s where {' and '.join(shows)} limit 1)"
    return f"iif({col('new', name)} is {col('old', name)}, {again}, {col('new', name)})"


def _known(shape: Shape) -> Image:
    """What is looked up for a staged row, spelled out: the view's own rows have no columns for it."""
    lookups = dict(known_values(shape, "new"))
    lookups |= {fresh_column(name): fresh_value(shape, name, "1") for name in shape.fresh}
    return lambda name: lookups[name]
