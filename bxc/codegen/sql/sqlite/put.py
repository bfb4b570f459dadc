"""A view → the triggers that put: staged rows into the source, in one statement.

A put is a row inserted into `bxc_put_<View>`, whose triggers do the work. `delta` and `new` copy what is staged into
the work table; `work` applies and judges it; `move` applies what cannot be written where it stands (see `move`).

What is applied keeps the rules of its own row, by conditions of the statements and not by OR IGNORE: that would reach
into the user's own triggers, and an OR REPLACE of the statement that edits the view would take its place.
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names
from bxc.codegen.sql.sqlite.after import lowest_code
from bxc.codegen.sql.sqlite.move import move_objects, sets_unique
from bxc.codegen.sql.sqlite.refusal import lowest_listed, refuse, refuse_lowest
from bxc.codegen.sql.sqlite.rules import insert_rules, set_rules, sound_values, update_rules
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.staging import Batch, copy_delta, delta_columns, few, look_up, same_row
from bxc.codegen.sql.sqlite.text import (
    TRUE,
    col,
    equal,
    every,
    literal,
    not_true,
    q,
    row,
    same,
    some,
    text_literal,
    vector,
    wrapped,
)
from bxc.codegen.sql.sqlite.trigger import apply_rows, instead_of_insert, on_put, rows_like
from bxc.plan import DeleteRow, SetColumn


def put_objects(shape: Shape) -> str:
    """The view `bxc_put_<View>`, the views that apply rows, and their triggers."""
    parts = [f"create view if not exists {shape.own('put')} (bxc_staged) as select null where 0;"]
    parts += [*([] if sets_unique(shape) else [_delete(shape)]), *move_objects(shape)]
    parts += [_from_delta(shape), _from_new(shape), _work(shape)]
    return "\n\n".join(parts)


# --- what is put ----------------------------------------------------------------------------------------------------


def _from_delta(shape: Shape) -> str:
    return on_put(shape, "stage_delta", "delta", [copy_delta(shape), _run(shape)])


def _run(shape: Shape) -> str:
    return f"insert into {shape.own('put')} values ('work');"


def _from_new(shape: Shape) -> str:
    """A whole put: the differences between what is staged and what the view shows."""
    twice = Batch(q(names.new_table(shape.name)), tagged=False).twice(shape.new_key("x"), TRUE)
    refused = f"select {refuse(shape, 'BXC10')}\nwhere exists ({twice});"
    return on_put(shape, "stage_new", "new", [refused, _changed(shape), _vanished(shape), _run(shape)])


def _changed(shape: Shape) -> str:
    """The statement that stages the rows that are new or differ."""
    shown = shape.shows(shape.new_key("w"), row("s"))
    keys = [f"iif({shape.exists(*shown)}, {key}, null)" for key in shape.new_key("w")]
    values = wrapped([col("w", column.name) for column in shape.plan.columns], 2)
    return (
        f"-- rows that are new or differ\n"
        f"insert into {shape.work} (\n  {wrapped(delta_columns(shape), 2)}\n)\n"
        f"select\n  iif({shape.exists(*shown)}, 'update', 'insert'),\n"
        + "".join(f"  {key},\n" for key in keys)
        + f"  {values}\nfrom {q(names.new_table(shape.name))} as w\n"
        f"where not {shape.exists(*shown, same_row(shape))};"
    )


def _vanished(shape: Shape) -> str:
    """The statement that stages deletes of the rows that are gone."""
    listed = wrapped(["bxc_op", *(q(names.old_column(name)) for name in shape.plan.key)], 2)
    key = [col("s", c.source) for c in shape.key if c.source is not None]
    kept = Batch(q(names.new_table(shape.name)), tagged=False).among(key, "s", shape.new_key("x"), TRUE)
    distinct = "distinct " if shape.plan.grouped else ""
    return (
        f"-- rows that are gone\n"
        f"insert into {shape.work} ({listed})\n"
        f"select {distinct}{', '.join([text_literal('delete'), *key])}\n"
        f"from {shape.base} as s\n"
        f"where {every([*shape.visible(row('s')), f'not {kept}'], 2)};"
    )


# --- the put itself -------------------------------------------------------------------------------------------------

COUNT = "update bxc_session set written = written + changes();"
"""Counts what the statement before has written; what triggers write in turn does not count."""


def _work(shape: Shape) -> str:
    """The trigger that applies and judges the rows of the work table."""
    begin = (
        f"update bxc_session set\n"
        f"  putting = {text_literal(shape.name)},\n"
        f"  mark = (select coalesce(max(bxc_seq), 0) from {shape.changes}),\n"
        f"  written = 0,\n"
        f"  careful = {_careful(shape)};"
    )
    statements = [
        begin,
        *look_up(shape),
        "-- where rows move, all of the put is judged before anything changes\n"
        + refuse_lowest(shape, lowest_listed(shape), "(select careful from bxc_session)"),
    ]
    writes = [] if sets_unique(shape) else [apply_rows(shape, "delete", _is("delete"))]
    if shape.fixed_updated:
        writes.append(f"{_update(shape)}\n{COUNT}")
    if move_objects(shape):
        writes.append(f"insert into {shape.own('put')} select 'move' where (select careful from bxc_session);")
    first = (
        "rows that keep their key first" if sets_unique(shape) else "vanished rows first, then rows that keep their key"
    )
    told = f"-- {first}, then those that move, then new rows;\n-- what breaks a rule is left out, and found below"
    writes[0] = f"{told}\n{writes[0]}"
    statements += writes
    statements += [
        f"{_new_rows(shape)}\n{COUNT}",
        "-- else it is judged now\n"
        + refuse_lowest(shape, lowest_code(shape), "not (select careful from bxc_session)"),
        f"update bxc_session set putting = null;\ndelete from {shape.work};",
    ]
    return on_put(shape, "apply", "work", statements)


def _is(operation: str, alias: str = "w") -> str:
    return f"{alias}.bxc_op = '{operation}'"


def _careful(shape: Shape) -> str:
    """Whether what one staged row does depends on others, so that all must be judged before anything changes."""
    kinds = (("insert", _careful_inserts), ("update", _careful_updates), ("delete", _careful_deletes))
    found = [(_is(kind), list(of_kind(shape))) for kind, of_kind in kinds]
    conditions = [f"{kind} and ({' or '.join(each)})" for kind, each in found if each]
    return f"exists (\n    select 1 from {shape.work} as w\n    where {some(conditions, 6)}\n  )"


def _careful_inserts(shape: Shape) -> Iterator[str]:
    """Inserts of keys that are deleted, and of keys of hidden rows that they bring back."""
    yield Batch(shape.work, tagged=False).among(shape.new_key("w"), "w", shape.old_key("x"), _is("delete", "x"))
    if shape.revives:
        yield shape.exists(shape.matches(shape.new_key("w"), row("s")), not_true(shape.plan.predicate, row("s")))


def _careful_updates(shape: Shape) -> Iterator[str]:
    """Renames, and unique values that another row has, or takes too."""
    if shape.key:
        yield shape.renamed()
    for key in shape.uniques:
        if set(key).isdisjoint(shape.fixed_updated):
            continue
        if set(key) <= set(shape.stored) and not shape.plan.grouped:  # the rows of a group take one value
            new, offered = ([col(alias, shape.stored[c]) for c in key] for alias in ("w", "x"))
            mine = shape.matches(shape.old_key("w"), row("s"))
            yield shape.exists(equal([col("s", c) for c in key], new), f"not ({mine})")
            yield f"{vector(new)} in ({Batch(shape.work, tagged=False).twice(offered, _is('update', 'x'))})"
        else:
            changed = shape.changed_by_update(c for c in key if c in shape.fixed_updated)
            yield shape.exists(*shape.shows(shape.old_key("w"), row("s")), changed)


def _careful_deletes(shape: Shape) -> Iterator[str]:
    """Rows that `on delete set` would make break a rule, or that it gives a unique value."""
    policy = shape.plan.on_delete
    if isinstance(policy, SetColumn):
        if policy.column in shape.unique_columns:
            yield TRUE
        else:
            broken = " or ".join(f"({rule.broken})" for rule in set_rules(shape, row("s")))
            yield shape.exists(*shape.shows(shape.old_key("w"), row("s")), f"({broken})")


def _delete(shape: Shape) -> str:
    """The view whose inserted rows vanish from the source, by the view's policy."""
    found = every(shape.shows(shape.old_key("new"), row(shape.base)), 2)
    match shape.plan.on_delete:
        case DeleteRow():
            statements = [f"delete from {shape.base}\nwhere {found};\n{COUNT}"]
        case SetColumn() as policy:
            assignment = f"{q(policy.column)} = {literal(policy.value)}"
            statements = [f"update {shape.base} set {assignment}\nwhere {found};\n{COUNT}"]
        case _:
            statements = ["select null;  -- left out, and so refused"]
    trigger = instead_of_insert(shape.own("at_delete"), shape.own("delete"), statements)
    return f"{rows_like(shape, 'delete', shape.work)}\n\n{trigger}"


def _update(shape: Shape) -> str:
    """Gives staged values to the source rows with their key.

    Unary plus keeps SQLite from going through the source and searching the staged rows.
    """
    columns, base = shape.fixed_updated, row(shape.base)
    w = "w" if shape.base.lower() != "w" else "bxc_w"
    image = shape.update_image(w, base)
    unmoved = same([base(c) for c in shape.contested], [image(c) for c in shape.contested])
    condition = [
        few(_is("update", w)),
        shape.kept_key(w),
        shape.matches([f"+{key}" for key in shape.old_key(w)], base),
        *shape.visible(base),
        *([f"(not (select careful from bxc_session) or {unmoved})"] if shape.contested else []),
        shape.changed_by_update(columns, w, shape.base),
        *sound_values(shape, w),
        *(rule.kept for rule in update_rules(shape, base, w)),
    ]
    assignments = wrapped([f"{q(c)} = {image(c)}" for c in columns], 2)
    return f"update {shape.base} set\n  {assignments}\nfrom {shape.work} as {w}\nwhere {every(condition, 2)};"


def _new_rows(shape: Shape) -> str:
    columns, image = shape.source_columns, shape.insert_image()
    listed, values = wrapped(map(q, columns), 2), wrapped([image(c) for c in columns], 2)
    condition = [
        _is("insert"),
        *(f"{key} is null" for key in shape.old_key("w")),
        f"not {shape.exists(shape.matches(shape.new_key('w'), row('s')))}",
        *sound_values(shape),
        *(rule.kept for rule in insert_rules(shape)),
    ]
    return (
        f"insert into {shape.base} (\n  {listed}\n)\nselect\n  {values}\nfrom {shape.work} as w\n"
        f"where {every(condition, 2)}\non conflict do nothing;"
    )
