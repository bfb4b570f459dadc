"""A view → `bxc_violations_<View>`: every staged row that breaks a rule, with the code, by the letter of the rules.

Outside a put it judges what stands in the staging tables, during one what stands in the work table. `t` is a staged
row with what was looked up for it, `e` its effect on one source row: values before and after.
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names, wording
from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.sqlite.constraints import broken_constraints
from bxc.codegen.sql.sqlite.effects import Parts, effects
from bxc.codegen.sql.sqlite.shape import TOO_LARGE, Shape, found_column, fresh_column
from bxc.codegen.sql.sqlite.staging import (
    Batch,
    delta_columns,
    fresh_value,
    known_values,
    leaves_key,
    needs_fresh,
    same_row,
)
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
from bxc.codegen.sql.wording import Breach
from bxc.plan import RejectDelete, SetColumn
from bxc.types import Int

BATCH = Batch("bxc_judged", tagged=True)


def violations(shape: Shape) -> str:
    """The statement that creates the view: code, `new` or `delta`, the key, a detail."""
    key = [q(name) for name in shape.plan.key]
    header = wrapped(["bxc_code", "bxc_staged", *key, "bxc_detail"], 2)
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
    listed = wrapped(["w.*", *(f"{text} as {q(name)}" for name, text in lookups)], 2)
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
    found = shape.shows(shape.new_key("w"), row("s"))
    shown = shape.exists(*found)
    keys = [f"iif({shown}, {k}, null)" for k in shape.new_key("w")]
    aliases = [f"{text} as {name}" for text, name in zip(keys, columns[1:], strict=False)]
    yield f"select 'delta' as bxc_staged, {wrapped(columns, 2)}\nfrom {delta}\nwhere {idle}"
    listed = ["'new'", f"iif({shown}, 'update', 'insert')", *aliases, *view_columns]
    twice = Batch(new, tagged=False).twice(shape.new_key("x"), TRUE)
    as_it_is = shape.exists(*found, same_row(shape), indent=2)
    differs = f"(not {as_it_is}\n  or {vector(shape.new_key('w'))} in ({twice}))"
    yield f"select {wrapped(listed, 2)}\nfrom {new} as w\nwhere {idle}\n  and {differs}"
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
    """The key under which a staged row is listed: a delete's old one, else the new one."""
    return [f"iif(t.bxc_op is 'delete', {o}, {n})" for o, n in zip(shape.old_key("t"), shape.new_key("t"), strict=True)]


def _row_arm(shape: Shape, breach: Breach, *conditions: str) -> str:
    listed = [text_literal(breach.code), "t.bxc_staged", *_key_of(shape), text_literal(breach.detail)]
    return f"select {wrapped(listed, 2)}\nfrom bxc_judged as t\nwhere {every(conditions, 2)}"


def _of_rows(shape: Shape) -> Iterator[str]:
    """Rules on a staged row's keys, values and visibility."""
    yield from _keys(shape)
    yield from _values(shape)
    shown = shape.exists(*shape.shows(shape.old_key("t"), row("s")), indent=2)
    yield _row_arm(shape, wording.key_unknown(shape.name), "t.bxc_op = 'update'", f"not {shown}")
    if isinstance(shape.plan.on_delete, RejectDelete):
        yield _row_arm(shape, wording.deletes_rejected(shape.name), "t.bxc_op = 'delete'", shown)


INSERT = "t.bxc_op = 'insert'"
NEW = "t.bxc_op in ('insert', 'update')"
OLD = "t.bxc_op in ('update', 'delete')"


def _keys(shape: Shape) -> Iterator[str]:
    new_key, old_key = shape.new_key("t"), shape.old_key("t")
    if shape.key:
        yield _row_arm(shape, wording.NULL_IN_KEY, NEW, f"({some([f'{k} is null' for k in new_key], 4)})")
        yield _row_arm(shape, wording.NULL_IN_OLD_KEY, OLD, f"({some([f'{k} is null' for k in old_key], 4)})")
        has_old = some([f"{k} is not null" for k in old_key], 4)
        yield _row_arm(shape, wording.OLD_KEY_OF_INSERT, INSERT, f"({has_old})")
    written, found = "x.bxc_op in ('update', 'delete')", "x.bxc_op in ('insert', 'update')"
    twice_old = f"{vector(['t.bxc_staged', *old_key])} in ({BATCH.twice(shape.old_key('x'), written, 2)})"
    twice_new = f"{vector(['t.bxc_staged', *new_key])} in ({BATCH.twice(shape.new_key('x'), found, 2)})"
    yield _row_arm(shape, wording.OLD_KEY_TWICE, OLD, twice_old)
    yield _row_arm(shape, wording.NEW_KEY_TWICE, NEW, twice_new)
    deleted = BATCH.among(new_key, "t", shape.old_key("x"), "x.bxc_op = 'delete'", 2)
    yield _row_arm(shape, wording.KEY_DELETED, INSERT, deleted)
    leaves = " and ".join([*shape.visible(row("s")), _leaving(shape)])
    shown = shape.shows(new_key, row("s"))
    taken = shape.exists(*shown, f"not ({shape.same_stored('t')})", f"({leaves}) is not true", indent=2)
    yield _row_arm(shape, wording.key_taken(shape.name), INSERT, taken)
    if shape.key:
        yield from _renames(shape)
    yield from _hidden_inserts(shape, leaves)


def _leaving(shape: Shape) -> str:
    """Whether another staged row makes the row with the new key leave it."""
    return BATCH.among(shape.new_key("t"), "t", shape.old_key("x"), leaves_key(shape, "x"), 6)


def _renames(shape: Shape) -> Iterator[str]:
    """Renames to keys that the view shows, or that the source keeps where the view does not show them."""
    new_key, old_key = shape.new_key("t"), shape.old_key("x")
    renamed = ["t.bxc_op = 'update'", shape.renamed("t")]
    gone = f"(x.bxc_op = 'delete' or x.bxc_op = 'update' and {shape.renamed('x')})"
    shown = shape.exists(*shape.shows(new_key, row("s")), indent=2)
    stays = f"({BATCH.among(new_key, 't', old_key, gone, 2)}) is not true"
    yield _row_arm(shape, wording.new_key_taken(shape.name), *renamed, shown, stays)
    if shape.plan.predicate is None:
        return
    hidden = f"({value(shape.plan.predicate, row('s'))}) is not true"
    found = shape.exists(shape.matches(new_key, row("s")), hidden, indent=2)
    yield _row_arm(shape, wording.new_key_hidden(shape.name, shape.source.name), *renamed, found)
    policy = shape.plan.on_delete
    if isinstance(policy, SetColumn) and not shape.delete_frees:
        deleted = BATCH.among(new_key, "t", old_key, "x.bxc_op = 'delete'", 2)
        yield _row_arm(shape, wording.KEY_KEPT, *renamed, deleted, shown)


def _hidden_inserts(shape: Shape, leaves: str) -> Iterator[str]:
    """Inserts of keys that only hidden rows have, where the layer that hides them rejects."""
    new_key, source = shape.new_key("t"), row("s")
    shown = shape.exists(*shape.shows(new_key, source), f"({leaves}) is not true", indent=2)
    for index, layer in enumerate(shape.plan.layers):
        if layer.on_hidden != "revive":
            found = shape.exists(shape.matches(new_key, source), *shape.hidden_at(index, source), indent=2)
            yield _row_arm(shape, wording.key_hidden(shape.name, shape.source.name), INSERT, found, f"not {shown}")


def _values(shape: Shape) -> Iterator[str]:
    known = "coalesce(t.bxc_op, '') not in ('insert', 'update', 'delete')"
    yield _row_arm(shape, wording.UNKNOWN_OPERATION, known)
    faults = []
    for column in shape.plan.columns:
        text = col("t", column.name)
        if not column.nullable:
            faults.append((wording.is_null(column.name), f"{text} is null"))
        if (check := SQLITE.type_check(column.type, text)) is not None:
            faults.append((wording.misfit(column.name, column.type), f"not ({check})"))
    if faults:
        yield _value_arm(shape, faults)


def _value_arm(shape: Shape, faults: list[tuple[Breach, str]]) -> str:
    """One query for all columns: one for each would be more than SQLite takes for a wide view."""
    details = wrapped([f"({n}, {text_literal(breach.detail)})" for n, (breach, _) in enumerate(faults, 1)], 4)
    whens = "\n".join(f"    when {number} then {condition}" for number, (_, condition) in enumerate(faults, 1))
    code = faults[0][0].code
    listed = wrapped([text_literal(code), "t.bxc_staged", *_key_of(shape), "f.column2"], 2)
    return (
        f"select {listed}\nfrom bxc_judged as t\ncross join (\n  values\n    {details}\n) as f\n"
        f"where {NEW}\n  and case f.column1\n{whens}\n  end"
    )


# --- effects --------------------------------------------------------------------------------------------------------

KEPT = "e.bxc_kind in ('insert', 'update', 'revive')"
STATED = "e.bxc_kind in ('insert', 'update', 'revive', 'keep')"


def _effect_arm(shape: Shape, breach: Breach, *conditions: str) -> str:
    keys = [col("e", names.helper("key", name)) for name in shape.plan.key]
    listed = [text_literal(breach.code), "e.bxc_staged", *keys, text_literal(breach.detail)]
    return f"select {wrapped(listed, 2)}\nfrom bxc_effect as e\nwhere {every(conditions, 2)}"


def _of_effects(shape: Shape) -> Iterator[str]:
    """Rules on after-images."""
    after = row("e")
    policy = shape.plan.on_delete
    if shape.plan.predicate is not None:
        yield _effect_arm(shape, wording.outside(shape.name), KEPT, not_true(shape.plan.predicate, after))
    if isinstance(policy, SetColumn):
        if policy.stays is not None:
            outside = not_true(policy.stays, after)
            yield _effect_arm(shape, wording.leaves_below(shape.name), "e.bxc_kind = 'set'", outside)
        stays = is_true(policy.leaves, after)
        yield _effect_arm(shape, wording.still_visible(shape.name), "e.bxc_kind = 'set'", stays)
    yield from _without_value(shape)
    for column in shape.plan.computed:
        stated = col("e", names.helper("stated", column.name))
        differs = f"{stated} is not ({value(column.value, after)})"
        yield _effect_arm(shape, wording.computed_otherwise(column.name), STATED, differs)
    for breach, condition in broken_constraints(shape):
        yield _effect_arm(shape, breach, condition)


def _without_value(shape: Shape) -> Iterator[str]:
    """New rows for which a hidden column has no value."""

    def unknown(name: str) -> list[str]:
        return [f"not {col('e', found_column(name))}"] if name in shape.determined else []

    for name, code in shape.missing:
        breach = wording.no_value(code, name, grouped=shape.plan.grouped)
        yield _effect_arm(shape, breach, "e.bxc_kind = 'insert'", *unknown(name))
    for name in shape.fresh:
        if isinstance(shape.source.column(name).type, Int):
            past = f"{col('e', name)} = {TOO_LARGE}"
            yield _effect_arm(shape, wording.no_int(name), "e.bxc_kind = 'insert'", past, *unknown(name))
