"""A view → `bxc_violations_<View>`: every staged row that breaks a rule, with the code, by the letter of the rules.

Outside a put it judges what stands in the staging tables, during one what stands in the work table. `t` is a staged
row with what was looked up for it, `e` its effect on one source row: values before and after.
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.sqlite.constraints import broken_constraints
from bxc.codegen.sql.sqlite.effects import Parts, effects
from bxc.codegen.sql.sqlite.shape import TOO_LARGE, Shape, found_column, fresh_column
from bxc.codegen.sql.sqlite.staging import Batch, delta_columns, fresh_value, known_values, leaves_key, needs_fresh
from bxc.codegen.sql.sqlite.text import (
    TRUE,
    col,
    every,
    indented,
    is_true,
    not_true,
    q,
    row,
    some,
    text_literal,
    value,
    vector,
    wrapped,
)
from bxc.plan import RejectDelete, SetColumn
from bxc.types import Int

BATCH = Batch("bxc_judged", tagged=True)


def violations(shape: Shape) -> str:
    """The statement that creates the view: code, `new` or `delta`, the key, a detail."""
    key = [q(name) for name in shape.plan.key]
    header = ", ".join(["bxc_code", "bxc_staged", *key, "bxc_detail"])
    queries = [*_staged(shape), *effects(shape)]
    ctes = ",\n".join(
        f"{name} as {'materialized ' if keep else ''}(\n{indented(text, 2)}\n)" for name, text, keep in queries
    )
    arms = "\nunion all\n".join([*_of_rows(shape), *_of_effects(shape)])
    name = q(names.violations_view(shape.name))
    return f"create view if not exists {name} ({header}) as\nwith\n{indented(ctes, 2)}\n{arms};"


# --- staged rows ----------------------------------------------------------------------------------------------------


def _staged(shape: Shape) -> Parts:
    """What is staged, as deltas, and what the source knows of it."""
    lookups = known_values(shape, "w")
    listed = ", ".join(["w.*", *(f"{text} as {q(name)}" for name, text in lookups)])
    batch = Batch("bxc_known", tagged=True)
    fresh = []
    for name in shape.fresh:
        needed = needs_fresh(shape, name, batch)
        order = ", ".join(shape.new_key("w"))
        window = f"partition by w.bxc_staged, {needed}" + (f" order by {order}" if order else "")
        number = fresh_value(shape, name, f"row_number() over ({window})")
        fresh.append(f"iif({needed}, {number}, null) as {q(fresh_column(name))}")
    return [
        ("bxc_stage", "\nunion all\n".join(_sources(shape)), True),
        ("bxc_known", f"select {listed}\nfrom bxc_stage as w", True),
        ("bxc_judged", f"select {wrapped(['w.*', *fresh], 2)}\nfrom bxc_known as w", True),
    ]


def _sources(shape: Shape) -> Iterator[str]:
    idle = "(select putting from bxc_session) is null"
    columns = delta_columns(shape)
    view_columns = [q(column.name) for column in shape.plan.columns]
    delta, new = q(names.delta_table(shape.name)), q(names.new_table(shape.name))
    shown = shape.exists(*shape.shows(shape.new_key("w"), row("s")))
    keys = [f"iif({shown}, {k}, null)" for k in shape.new_key("w")]
    aliases = [f"{text} as {name}" for text, name in zip(keys, columns[1:], strict=False)]
    yield f"select 'delta' as bxc_staged, {wrapped(columns, 2)}\nfrom {delta}\nwhere {idle}"
    listed = ["'new'", f"iif({shown}, 'update', 'insert')", *aliases, *view_columns]
    yield f"select {wrapped(listed, 2)}\nfrom {new} as w\nwhere {idle}"
    key = [col("s", c.source) for c in shape.key if c.source is not None]
    kept = Batch(new, tagged=False).among(key, "s", shape.new_key("x"), _no_null(shape.new_key("x")))
    distinct = "distinct " if shape.plan.grouped else ""
    # Through the session's row, so that during a put the source is not even begun to be read.
    vanished = ["i.putting is null", f"exists (select 1 from {new})", *shape.visible(row("s")), f"not {kept}"]
    listed = ["'new'", "'delete'", *key, *("null" for _ in view_columns)]
    source = f"bxc_session as i\ncross join {shape.base} as s"
    yield f"select {distinct}{wrapped(listed, 2)}\nfrom {source}\nwhere {every(vanished, 2)}"
    yield f"select 'work', {wrapped(columns, 2)}\nfrom {shape.work}\nwhere not {idle}"


def _no_null(texts: list[str]) -> str:
    return " and ".join(f"{text} is not null" for text in texts) or TRUE


def _key_of(shape: Shape) -> list[str]:
    """The key under which a staged row is listed."""
    return [f"iif(t.bxc_op is 'delete', {o}, {n})" for o, n in zip(shape.old_key("t"), shape.new_key("t"), strict=True)]


def _row_arm(shape: Shape, code: str, detail: str, condition: str) -> str:
    listed = ", ".join([f"'{code}'", "t.bxc_staged", *_key_of(shape), text_literal(detail)])
    return f"select {listed}\nfrom bxc_judged as t\nwhere {condition}"


def _case_arm(shape: Shape, code: str, details: list[tuple[str, str]], condition: str) -> str:
    """One row for the first detail that holds."""
    whens = "\n".join(f"      when {test} then {text_literal(detail)}" for test, detail in details)
    names_of = [f"bxc_key_{i}" for i in range(len(shape.plan.key))]
    keys = [f"{text} as {name}" for text, name in zip(_key_of(shape), names_of, strict=True)]
    inner = ", ".join(["t.bxc_staged", *keys])
    outer = ", ".join([text_literal(code), "bxc_staged", *names_of, "bxc_found"])
    found = f"select {inner},\n    case\n{whens}\n    end as bxc_found\n  from bxc_judged as t\n  where {condition}"
    return f"select {outer}\nfrom (\n  {found}\n)\nwhere bxc_found is not null"


def _of_rows(shape: Shape) -> Iterator[str]:
    """Rules on a staged row's keys, values and visibility."""
    yield from _keys(shape)
    yield from _values(shape)
    shown = shape.exists(*shape.shows(shape.old_key("t"), row("s")))
    yield _row_arm(shape, "BXC18", "no row has the old key", f"t.bxc_op = 'update' and not {shown}")
    if isinstance(shape.plan.on_delete, RejectDelete):
        yield _row_arm(shape, "BXC19", "the view rejects deletes", f"t.bxc_op = 'delete' and {shown}")


def _keys(shape: Shape) -> Iterator[str]:
    source, new_key, old_key = row("s"), shape.new_key("t"), shape.old_key("t")
    leaving = BATCH.among(new_key, "t", shape.old_key("x"), _leaves(shape))
    leaves = " and ".join([*shape.visible(source), leaving])
    if shape.key:
        no_new = some([f"{k} is null" for k in new_key], 4)
        no_old = some([f"{k} is null" for k in old_key], 4)
        has_old = some([f"{k} is not null" for k in old_key], 4)
        yield _row_arm(shape, "BXC10", "the key has a NULL", f"t.bxc_op in ('insert', 'update') and ({no_new})")
        yield _row_arm(shape, "BXC10", "the old key has a NULL", f"t.bxc_op in ('update', 'delete') and ({no_old})")
        yield _row_arm(shape, "BXC10", "an insert has an old key", f"t.bxc_op = 'insert' and ({has_old})")
    written, found = "x.bxc_op in ('update', 'delete')", "x.bxc_op in ('insert', 'update')"
    twice_old = f"{vector(['t.bxc_staged', *old_key])} in ({BATCH.twice(shape.old_key('x'), written)})"
    twice_new = f"{vector(['t.bxc_staged', *new_key])} in ({BATCH.twice(shape.new_key('x'), found)})"
    yield _row_arm(shape, "BXC10", "two rows have this old key", f"t.bxc_op in ('update', 'delete') and {twice_old}")
    yield _row_arm(shape, "BXC10", "two rows have this new key", f"t.bxc_op in ('insert', 'update') and {twice_new}")
    deleted = BATCH.among(new_key, "t", shape.old_key("x"), "x.bxc_op = 'delete'")
    yield _row_arm(
        shape, "BXC10", "another row deletes this key; say update instead", f"t.bxc_op = 'insert' and {deleted}"
    )
    shown, matched = shape.shows(new_key, source), shape.matches(new_key, source)
    taken = shape.exists(*shown, f"not ({shape.same_stored('t')})", f"not ({leaves})")
    yield _row_arm(shape, "BXC10", "the key is taken by another row", f"t.bxc_op = 'insert' and {taken}")
    if shape.key:
        renamed = f"t.bxc_op = 'update' and {shape.renamed('t')}"
        gone = BATCH.among(new_key, "t", shape.old_key("x"), f"(x.bxc_op = 'delete' or {_renames(shape)})")
        stays = f"{renamed} and {shape.exists(*shown)} and not {gone}"
        yield _row_arm(shape, "BXC10", "the new key is taken by another row", stays)
        yield from _hidden_renames(shape, renamed)
    yield from _hidden_inserts(shape, matched, leaves)


def _renames(shape: Shape) -> str:
    return f"x.bxc_op = 'update' and {shape.renamed('x')}"


def _leaves(shape: Shape) -> str:
    return leaves_key(shape, "x")


def _hidden_renames(shape: Shape, renamed: str) -> Iterator[str]:
    """Renames to keys that the source keeps where the view does not show them."""
    if shape.plan.predicate is None:
        return
    hidden = f"({value(shape.plan.predicate, row('s'))}) is not true"
    found = shape.exists(shape.matches(shape.new_key("t"), row("s")), hidden)
    yield _row_arm(shape, "BXC11", "a row that the view hides has the new key", f"{renamed} and {found}")
    policy = shape.plan.on_delete
    if isinstance(policy, SetColumn) and policy.column not in {m.column for m in shape.plan.match}:
        deleted = BATCH.among(shape.new_key("t"), "t", shape.old_key("x"), "x.bxc_op = 'delete'")
        shown = shape.exists(*shape.shows(shape.new_key("t"), row("s")))
        detail = "a row that this delta hides keeps the new key"
        yield _row_arm(shape, "BXC11", detail, f"{renamed} and {deleted} and {shown}")


def _hidden_inserts(shape: Shape, matched: str, leaves: str) -> Iterator[str]:
    """Inserts of keys that only hidden rows have, where the layer that hides them rejects."""
    shown = shape.exists(*shape.shows(shape.new_key("t"), row("s")), f"not ({leaves})")
    for index, layer in enumerate(shape.plan.layers):
        if layer.on_hidden != "revive":
            found = shape.exists(matched, *shape.hidden_at(index, row("s")))
            condition = f"t.bxc_op = 'insert' and {found} and not {shown}"
            yield _row_arm(shape, "BXC11", "a row that the view hides has the key", condition)


def _values(shape: Shape) -> Iterator[str]:
    known = "coalesce(t.bxc_op, '') in ('insert', 'update', 'delete')"
    yield _row_arm(shape, "BXC16", "bxc_op is none of insert, update, delete", f"not ({known})")
    details = []
    for column in shape.plan.columns:
        text = col("t", column.name)
        if not column.nullable or column.name in shape.plan.key:
            details.append((f"{text} is null", f"{column.name} is NULL"))
        if (check := SQLITE.type_check(column.type, text)) is not None:
            details.append((f"not ({check})", f"{column.name} is no {column.type}"))
    if details:
        yield _case_arm(shape, "BXC16", details, "t.bxc_op is not 'delete'")


# --- effects --------------------------------------------------------------------------------------------------------


def _effect_arm(shape: Shape, code: str, detail: str, condition: str) -> str:
    keys = [col("e", names.helper("key", name)) for name in shape.plan.key]
    listed = ", ".join([f"'{code}'", "e.bxc_staged", *keys, text_literal(detail)])
    return f"select {listed}\nfrom bxc_effect as e\nwhere {condition}"


def _of_effects(shape: Shape) -> Iterator[str]:
    """Rules on after-images."""
    after = row("e")
    policy = shape.plan.on_delete
    if shape.plan.predicate is not None:
        outside = not_true(shape.plan.predicate, after)
        yield _effect_arm(
            shape,
            "BXC12",
            "where is not true for the row",
            f"e.bxc_kind in ('insert', 'update', 'revive') and {outside}",
        )
    if isinstance(policy, SetColumn):
        if policy.stays is not None:
            outside = not_true(policy.stays, after)
            yield _effect_arm(shape, "BXC12", "the row would leave the view below", f"e.bxc_kind = 'set' and {outside}")
        stays = is_true(policy.leaves, after)
        yield _effect_arm(shape, "BXC19", "the row would still be visible", f"e.bxc_kind = 'set' and {stays}")
    yield from _without_value(shape)
    for column in shape.plan.computed:
        stated = col("e", names.helper("stated", column.name))
        wrong = (
            f"e.bxc_kind in ('insert', 'update', 'revive', 'keep') and {stated} is not ({value(column.value, after)})"
        )
        yield _effect_arm(shape, "BXC15", f"{column.name} is computed otherwise", wrong)
    for constraint, condition in broken_constraints(shape):
        yield _effect_arm(shape, "BXC17", constraint, condition)


def _without_value(shape: Shape) -> Iterator[str]:
    """New rows for which a hidden column has no value."""
    for name, code in shape.missing:
        found = f" and not {col('e', found_column(name))}" if name in shape.determined else ""
        yield _effect_arm(shape, code, f"{name} is hidden and has no default", f"e.bxc_kind = 'insert'{found}")
    for name in shape.fresh:
        if isinstance(shape.source.column(name).type, Int):
            past = f"e.bxc_kind = 'insert' and {col('e', name)} = {TOO_LARGE}"
            yield _effect_arm(shape, "BXC14", f"{name} has no greater int left", past)
