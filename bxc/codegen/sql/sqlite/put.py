"""A view → the triggers that put: staged rows into the source, in one statement.

A put is a row inserted into `bxc_put_<View>`, whose triggers do the work: `delta` and `new` copy what is staged into
the work table, `work` judges and applies it, `move` applies what cannot be written row by row where it stands: rows
that take other keys, swap unique values, or come back into the view. Rows are applied one by one through INSTEAD OF
triggers, so that each is found by its key whatever SQLite's statistics say.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.sqlite.after import findings, may_collide, sets_unique
from bxc.codegen.sql.sqlite.before import suspicions, value_faults
from bxc.codegen.sql.sqlite.capture import captured_columns
from bxc.codegen.sql.sqlite.refusal import refuse_listed, refuse_lowest
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.staging import Batch, copy_delta, delta_columns, look_up
from bxc.codegen.sql.sqlite.text import (
    TRUE,
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
    some,
    text_literal,
    value,
    wrapped,
)
from bxc.plan import DeleteRow, SetColumn


def put_objects(shape: Shape) -> str:
    """The view `bxc_put_<View>`, the views that apply rows, and their triggers."""
    parts = [f"create view if not exists {shape.own('put')} (bxc_staged) as select null where 0;"]
    parts += [_delete(shape), _update(shape), *_moving(shape)]
    parts += [_from_delta(shape), _from_new(shape), _work(shape)]
    return "\n\n".join(part for part in parts if part)


def _trigger(name: str, target: str, when: str | None, statements: Sequence[str]) -> str:
    condition = "" if when is None else f"\nwhen {when}"
    body = indented("\n\n".join(statements), 2)
    return f"create trigger if not exists {name} instead of insert on {target}{condition}\nbegin\n{body}\nend;"


def _on_put(shape: Shape, part: str, staged: str, statements: Sequence[str]) -> str:
    return _trigger(shape.own(part), shape.own("put"), f"new.bxc_staged = '{staged}'", statements)


# --- what is put ----------------------------------------------------------------------------------------------------


def _from_delta(shape: Shape) -> str:
    run = f"insert into {shape.own('put')} values ('work');"
    return _on_put(shape, "stage_delta", "delta", [copy_delta(shape), run])


def _from_new(shape: Shape) -> str:
    """A whole put: the differences between what is staged and what the view shows."""
    new = q(names.new_table(shape.name))
    twice = Batch(new, tagged=False).twice(shape.new_key("x"), TRUE)
    faults = [
        f"exists (\n    select 1 from {new} as w\n    where {some(value_faults(shape), 6)}\n  )",
        f"exists ({twice})",
    ]
    listed = wrapped(delta_columns(shape), 2)
    shown = shape.exists(*shape.shows(shape.new_key("w"), row("s")))
    keys = [f"iif({shown}, {key}, null)" for key in shape.new_key("w")]
    values = wrapped([col("w", column.name) for column in shape.plan.columns], 2)
    there = shape.exists(*shape.shows(shape.new_key("w"), row("s")), same_row(shape))
    changed = (
        f"-- rows that are new or differ\n"
        f"insert into {shape.work} (\n  {listed}\n)\n"
        f"select\n  iif({shown}, 'update', 'insert'),\n"
        + "".join(f"  {key},\n" for key in keys)
        + f"  {values}\nfrom {new} as w\nwhere not {there};"
    )
    run = f"insert into {shape.own('put')} values ('work');"
    return _on_put(shape, "stage_new", "new", [refuse_listed(shape, faults), changed, _vanished(shape), run])


def same_row(shape: Shape, w: str = "w", s: str = "s") -> str:
    """Whether a source row gives all columns of a staged row, computed ones too."""
    values = [value(column.value, row(s)) for column in shape.plan.columns]
    staged = [col(w, column.name) for column in shape.plan.columns]
    return same(values, staged)


def _vanished(shape: Shape) -> str:
    new = q(names.new_table(shape.name))
    listed = wrapped(["bxc_op", *(q(names.old_column(name)) for name in shape.plan.key)], 2)
    key = [col("s", c.source) for c in shape.key if c.source is not None]
    kept = Batch(new, tagged=False).among(key, "s", shape.new_key("x"), TRUE)
    distinct = "distinct " if shape.plan.grouped else ""
    return (
        f"-- rows that are gone\n"
        f"insert into {shape.work} ({listed})\n"
        f"select {distinct}{', '.join([text_literal('delete'), *key])}\n"
        f"from {shape.base} as s\n"
        f"where {every([*shape.visible(row('s')), f'not {kept}'], 2)};"
    )


# --- the put itself -------------------------------------------------------------------------------------------------


def _work(shape: Shape) -> str:
    """The trigger that judges and applies the rows of the work table."""
    begin = (
        f"update bxc_session set\n"
        f"  putting = {text_literal(shape.name)},\n"
        f"  mark = (select coalesce(max(bxc_seq), 0) from {shape.changes});"
    )
    applied = _apply(shape, "delete", "w.bxc_op = 'delete'")
    statements = [
        begin,
        *look_up(shape),
        f"-- what can be seen before anything changes\n{refuse_listed(shape, suspicions(shape))}",
        f"-- vanished rows first, then rows that keep their key, then those that move, then new rows\n{applied}",
    ]
    if shape.fixed_updated:
        statements.append(_apply(shape, "update", f"w.bxc_op = 'update' and {shape.kept_key()}"))
    if moves := _moves(shape):
        statements.append(f"insert into {shape.own('put')}\nselect 'move'\nwhere {_join(moves)};")
    statements += [
        _new_rows(shape),
        f"-- what can be seen now\n{refuse_lowest(shape, findings(shape))}",
        f"update bxc_session set putting = null, code = null;\ndelete from {shape.work};",
    ]
    return _on_put(shape, "apply", "work", statements)


def _join(conditions: Sequence[str]) -> str:
    return "\n  or ".join(conditions)


def _apply(shape: Shape, part: str, condition: str) -> str:
    return f"insert into {shape.own(part)}\nselect * from {shape.work} as w\nwhere {condition};"


def _rows_like(shape: Shape, part: str, table: str) -> str:
    return f"create view if not exists {shape.own(part)} as select * from {table};"


def _delete(shape: Shape) -> str:
    """The view whose inserted rows vanish from the source, by the view's policy."""
    base = row(shape.base)
    condition = every(shape.shows(shape.old_key("new"), base), 2)
    match shape.plan.on_delete:
        case DeleteRow():
            statement = f"delete from {shape.base}\nwhere {condition};"
        case SetColumn() as policy:
            ignore = " or ignore" if sets_unique(shape) else ""
            assignment = f"{q(policy.column)} = {literal(policy.value)}"
            statement = f"update{ignore} {shape.base} set {assignment}\nwhere {condition};"
        case _:
            statement = "select null;  -- refused before it comes to this"
    trigger = _trigger(shape.own("at_delete"), shape.own("delete"), None, [statement])
    return f"{_rows_like(shape, 'delete', shape.work)}\n\n{trigger}"


def _update(shape: Shape) -> str:
    """The view whose inserted rows give their values to the source rows with their key."""
    columns = shape.fixed_updated
    if not columns:
        return ""
    ignore = "" if shape.unique_columns.isdisjoint(columns) else " or ignore"
    condition = [
        *shape.shows(shape.old_key("new"), row(shape.base)),
        shape.changed_by_update(columns, "new", shape.base),
    ]
    assignments = wrapped(_assignments(columns, shape.update_image("new", row(shape.base))), 2)
    statement = f"update{ignore} {shape.base} set\n  {assignments}\nwhere {every(condition, 2)};"
    trigger = _trigger(shape.own("at_update"), shape.own("update"), None, [statement])
    return f"{_rows_like(shape, 'update', shape.work)}\n\n{trigger}"


def _assignments(columns: Sequence[str], image: Image) -> list[str]:
    return [f"{q(c)} = {image(c)}" for c in columns]


def _new_rows(shape: Shape) -> str:
    columns = shape.source_columns
    image = shape.insert_image()
    listed = wrapped(map(q, columns), 2)
    values = wrapped([image(c) for c in columns], 2)
    free = f"not {shape.exists(shape.matches(shape.new_key('w'), row('s')))}"
    return (
        f"insert into {shape.base} (\n  {listed}\n)\nselect\n  {values}\nfrom {shape.work} as w\n"
        f"where w.bxc_op = 'insert'\n  and {free}\non conflict do nothing;"
    )


# --- rows that move -------------------------------------------------------------------------------------------------


def _contested(shape: Shape) -> bool:
    """Whether an update that keeps its key may meet a unique value that another row is about to leave."""
    return not shape.unique_columns.isdisjoint(shape.fixed_updated)


def _moves(shape: Shape) -> list[str]:
    """Conditions under which there are rows to move."""
    source = row("s")
    conditions = []
    if shape.key:
        renamed = f"w.bxc_op = 'update' and {shape.renamed()}"
        conditions.append(f"exists (select 1 from {shape.work} as w where {renamed})")
    if _contested(shape):
        counts = (
            f"(select count(*) from {shape.work} where bxc_op <> 'insert')\n"
            f"    is not (select max(bxc_seq) from {shape.changes}) - (select mark from bxc_session)"
        )
        left = shape.exists(*shape.shows(shape.old_key("w"), source), shape.changed_by_update(shape.updated))
        waiting = f"exists (select 1 from {shape.work} as w where w.bxc_op = 'update' and {left})"
        conditions.append(f"{counts}\n    and {waiting}" if shape.single else waiting)
    if shape.revives:
        assert shape.plan.predicate is not None
        hidden = f"({value(shape.plan.predicate, source)}) is not true"
        found = shape.exists(shape.matches(shape.new_key("w"), source), hidden)
        conditions.append(f"exists (select 1 from {shape.work} as w where w.bxc_op = 'insert' and {found})")
    return conditions


def _moving(shape: Shape) -> list[str]:
    """The views and triggers for rows that move: all after-images are captured first, then written."""
    if not _moves(shape):
        return []
    parts = [_shift(shape)]
    if shape.revives:
        parts.append(_revive(shape))
    parts.append(_rewrite(shape))
    if may_collide(shape):
        parts.append(_rekey(shape))
    parts.append(_move(shape))
    return parts


MOVED = "c.bxc_seq > (select moved from bxc_session)"


def _move(shape: Shape) -> str:
    statements = [
        f"update bxc_session set\n"
        f"  uncaptured = {text_literal(shape.source.name)},\n"
        f"  moved = (select coalesce(max(bxc_seq), 0) from {shape.changes});",
    ]
    waiting = "w.bxc_op = 'update'" if _contested(shape) else f"w.bxc_op = 'update' and {shape.renamed()}"
    if shape.key or _contested(shape):
        statements.append(_apply(shape, "shift", waiting))
    if shape.revives:
        statements.append(_apply(shape, "revive", "w.bxc_op = 'insert'"))
    rewrite = f"insert into {shape.own('rewrite')}\nselect * from {shape.changes} as c\nwhere {MOVED}"
    if may_collide(shape):
        keys = _colliding(shape)
        rekeyed = differ([col("c", c) for c in keys], [old("c", c) for c in keys])
        kept = same([col("c", c) for c in keys], [old("c", c) for c in keys])
        listed = wrapped(map(q, shape.source_columns), 2)
        values = wrapped([col("c", c) for c in shape.source_columns], 2)
        moved = f"from {shape.changes} as c\nwhere {MOVED}\n  and {rekeyed}"
        statements += [
            f"{rewrite}\n  and {kept};",
            f"-- all leave their keys before any takes another\ninsert into {shape.own('rekey')}\nselect * {moved};",
            f"insert into {shape.base} (\n  {listed}\n)\nselect\n  {values}\n{moved}\non conflict do nothing;",
            f"update bxc_session set code = 'BXC17'\n"
            f"where changes() <> (\n  select count(*) {indented(moved, 2).lstrip()}\n);",
        ]
    else:
        statements.append(f"{rewrite};")
    statements.append("update bxc_session set uncaptured = null;")
    return _on_put(shape, "move", "move", statements)


def _colliding(shape: Shape) -> list[str]:
    """The columns of keys that moved rows may change."""
    return [c for c in shape.source_columns if c in shape.unique_columns and c in shape.written]


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
    trigger = _trigger(shape.own("at_shift"), shape.own("shift"), None, [statement])
    return f"{_rows_like(shape, 'shift', shape.work)}\n\n{trigger}"


def _revive(shape: Shape) -> str:
    """The view whose inserted rows bring hidden source rows back."""
    statements = []
    for index, layer in enumerate(shape.plan.layers):
        if layer.on_hidden == "revive":
            condition = [shape.matches(shape.new_key("new"), row("s")), *shape.hidden_at(index, row("s"))]
            statements.append(_captures(shape, shape.revive_image(layer, "new"), condition))
    trigger = _trigger(shape.own("at_revive"), shape.own("revive"), None, statements)
    return f"{_rows_like(shape, 'revive', shape.work)}\n\n{trigger}"


def _found(shape: Shape) -> str:
    """The source row that a captured edit speaks of."""
    return " and ".join(f"{col(shape.base, c)} = {old('new', c)}" for c in shape.source.primary_key)


def _rewrite(shape: Shape) -> str:
    """The view whose inserted captured edits are written where the row stands."""
    columns = [c for c in shape.source_columns if c in shape.written]
    assignments = wrapped([f"{q(c)} = {col('new', c)}" for c in columns], 2)
    statement = f"update {shape.base} set\n  {assignments}\nwhere {_found(shape)};"
    trigger = _trigger(shape.own("at_rewrite"), shape.own("rewrite"), None, [statement])
    return f"{_rows_like(shape, 'rewrite', shape.changes)}\n\n{trigger}"


def _rekey(shape: Shape) -> str:
    """The view whose inserted captured edits take their row out, to be inserted again under other keys."""
    statement = f"delete from {shape.base}\nwhere {_found(shape)};"
    trigger = _trigger(shape.own("at_rekey"), shape.own("rekey"), None, [statement])
    return f"{_rows_like(shape, 'rekey', shape.changes)}\n\n{trigger}"
