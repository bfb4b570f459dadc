"""A view → the triggers that move source rows: to other keys, to unique values that others leave, into or out of it.

All after-images are captured first; then rows that keep their keys are written where they stand, and the others are
taken out and inserted again, so that all have left their keys before any takes another. The put was judged before.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql.sqlite.capture import captured_columns
from bxc.codegen.sql.sqlite.refusal import refuse
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import (
    Image,
    col,
    differ,
    every,
    indented,
    literal,
    old,
    q,
    row,
    same,
    text_literal,
    wrapped,
)
from bxc.codegen.sql.sqlite.trigger import apply_rows, instead_of_insert, on_put, rows_like
from bxc.plan import SetColumn

MOVED = "c.bxc_seq > (select moved from bxc_session)"


def move_objects(shape: Shape) -> list[str]:
    """The statements that create the views and triggers; none where no row can move."""
    if not _moves_rows(shape):
        return []
    parts = [_shift(shape)]
    if shape.revives:
        parts.append(_revive(shape))
    if sets_unique(shape):
        parts.append(_vanish(shape))
    parts.append(_rewrite(shape))
    if _colliding(shape):
        parts.append(_rekey(shape))
    parts.append(_move(shape))
    return parts


def _moves_rows(shape: Shape) -> bool:
    return bool((shape.key or shape.revives) and shape.updated)


def sets_unique(shape: Shape) -> bool:
    """Whether vanished rows move, as `on delete set` gives them a unique value that another row may leave."""
    policy = shape.plan.on_delete
    return _moves_rows(shape) and isinstance(policy, SetColumn) and policy.column in shape.unique_columns


def _move(shape: Shape) -> str:
    statements = [
        f"update bxc_session set\n"
        f"  uncaptured = {text_literal(shape.source.name)},\n"
        f"  moved = (select coalesce(max(bxc_seq), 0) from {shape.changes});",
    ]
    waiting = "w.bxc_op = 'update'" if shape.contested else f"w.bxc_op = 'update' and {shape.renamed()}"
    statements.append(apply_rows(shape, "shift", waiting))
    if shape.revives:
        statements.append(apply_rows(shape, "revive", "w.bxc_op = 'insert'"))
    if sets_unique(shape):
        statements.append(apply_rows(shape, "delete", "w.bxc_op = 'delete'"))
    rewrite = f"insert into {shape.own('rewrite')}\nselect * from {shape.changes} as c\nwhere {MOVED}"
    if keys := _colliding(shape):
        before, after = [old("c", c) for c in keys], [col("c", c) for c in keys]
        statements.append(f"{rewrite}\n  and {same(after, before)};")
        statements += _moves(shape, f"from {shape.changes} as c\nwhere {MOVED}\n  and {differ(after, before)}")
    else:
        statements.append(f"{rewrite};")
    statements.append("update bxc_session set uncaptured = null;")
    return on_put(shape, "move", "move", statements)


def _moves(shape: Shape, moved: str) -> list[str]:
    """The statements that take rows out and insert them again."""
    listed = wrapped(map(q, shape.source_columns), 2)
    values = wrapped([col("c", c) for c in shape.source_columns], 2)
    return [
        f"insert into {shape.own('rekey')}\nselect * {moved};",
        f"insert into {shape.base} (\n  {listed}\n)\nselect\n  {values}\n{moved}\non conflict do nothing;",
        f"select {refuse(shape, 'BXC17')}\nwhere changes() <> (\n  select count(*)\n{indented(moved, 2)}\n);",
    ]


def _colliding(shape: Shape) -> list[str]:
    """The columns of keys that moved rows may change."""
    return [c for c in shape.source_columns if c in shape.unique_columns and c in shape.written]


# --- after-images ---------------------------------------------------------------------------------------------------


def _captures(shape: Shape, image: Image, condition: Sequence[str]) -> str:
    """A statement that captures the after-images of source rows `s`, without writing them yet."""
    columns = shape.source_columns
    values = [text_literal("update"), text_literal(shape.name), *(col("s", c) for c in columns)]
    values += [image(c) for c in columns]
    return (
        f"insert into {shape.changes} (\n  {wrapped(captured_columns(shape.source), 2)}\n)\n"
        f"select\n  {wrapped(values, 2)}\nfrom {shape.base} as s\nwhere {every(condition, 2)};"
    )


def _shift(shape: Shape) -> str:
    """The view whose inserted rows say which visible source rows become what."""
    condition = [*shape.shows(shape.old_key("new"), row("s")), shape.changed_by_update(shape.updated, "new")]
    statement = _captures(shape, shape.update_image("new"), condition)
    trigger = instead_of_insert(shape.own("at_shift"), shape.own("shift"), [statement])
    return f"{rows_like(shape, 'shift', shape.work)}\n\n{trigger}"


def _revive(shape: Shape) -> str:
    """The view whose inserted rows bring hidden source rows back."""
    statements = []
    for index, layer in enumerate(shape.plan.layers):
        if layer.on_hidden == "revive":
            condition = [shape.matches(shape.new_key("new"), row("s")), *shape.hidden_at(index, row("s"))]
            statements.append(_captures(shape, shape.revive_image(layer, "new"), condition))
    trigger = instead_of_insert(shape.own("at_revive"), shape.own("revive"), statements)
    return f"{rows_like(shape, 'revive', shape.work)}\n\n{trigger}"


def _vanish(shape: Shape) -> str:
    """The view whose inserted rows vanish from it, but not from the source."""
    policy = shape.plan.on_delete
    assert isinstance(policy, SetColumn)

    def image(column: str) -> str:
        return literal(policy.value) if column == policy.column else col("s", column)

    statement = _captures(shape, image, shape.shows(shape.old_key("new"), row("s")))
    trigger = instead_of_insert(shape.own("at_delete"), shape.own("delete"), [statement])
    return f"{rows_like(shape, 'delete', shape.work)}\n\n{trigger}"


# --- captured edits written -----------------------------------------------------------------------------------------


def _found(shape: Shape) -> str:
    """The source row that a captured edit speaks of."""
    return " and ".join(f"{col(shape.base, c)} = {old('new', c)}" for c in shape.source.primary_key)


def _rewrite(shape: Shape) -> str:
    """The view whose inserted captured edits are written where the row stands."""
    columns = [c for c in shape.source_columns if c in shape.written]
    assignments = wrapped([f"{q(c)} = {col('new', c)}" for c in columns], 2)
    statement = f"update {shape.base} set\n  {assignments}\nwhere {_found(shape)};"
    trigger = instead_of_insert(shape.own("at_rewrite"), shape.own("rewrite"), [statement])
    return f"{rows_like(shape, 'rewrite', shape.changes)}\n\n{trigger}"


def _rekey(shape: Shape) -> str:
    """The view whose inserted captured edits take their row out, to be inserted again under other keys."""
    statement = f"delete from {shape.base}\nwhere {_found(shape)};"
    trigger = instead_of_insert(shape.own("at_rekey"), shape.own("rekey"), [statement])
    return f"{rows_like(shape, 'rekey', shape.changes)}\n\n{trigger}"
