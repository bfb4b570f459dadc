"""A view → the scripts that put, and all its files.

A put makes its steps one by one as tables, refuses what breaks a rule, and only then writes: it notes that it is under
way, writes the source in one commit, logs its edits, and takes the note away. Each of these may be run again.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SPARK
from bxc.codegen.sql.files import SqlFile, capture_path, view_path
from bxc.codegen.sql.setwise.constraints import lookups
from bxc.codegen.sql.setwise.layout import equal, indented, listed
from bxc.codegen.sql.setwise.rules import Rule, rules_of_effects, rules_of_staged
from bxc.codegen.sql.setwise.stages import Stage
from bxc.codegen.sql.setwise.view import get_query
from bxc.codegen.sql.spark.capture import append, captured_row, captured_table, captured_version
from bxc.codegen.sql.spark.changes import changes_query
from bxc.codegen.sql.spark.shape import Shape
from bxc.codegen.sql.spark.stages import made, stages
from bxc.codegen.sql.spark.text import col, old, q, quoted
from bxc.codegen.sql.spark.view import install_script, staged_delta
from bxc.codegen.sql.wording import SENTENCES, keyless, message


def view_files(shape: Shape) -> tuple[SqlFile, ...]:
    """The five files of a view."""
    name = shape.name
    header = f"-- {name}: the view of {shape.source.name}\n"
    return (
        SqlFile(view_path(name), install_script(shape)),
        SqlFile(view_path(name, "get"), f"{header}{get_query(shape)};\n"),
        SqlFile(view_path(name, "put"), _put(shape, "put", "the view's new content", names.new_table(name))),
        SqlFile(view_path(name, "put_delta"), _put(shape, "put_delta", "a delta of the view", names.delta_table(name))),
        SqlFile(view_path(name, "changes"), changes_query(shape)),
    )


def _put(shape: Shape, action: str, what: str, table: str) -> str:
    name, source = shape.name, shape.source
    if shape.read_only:
        return f"-- {name} has no key: it can only be read.\nselect raise_error({quoted(keyless(name))});\n"
    captured = names.helper("captured", source.name)
    header = (
        f"-- Puts {what}, staged in {table}, into {source.name}: all of it or, with a BXC error, nothing.\n"
        f"-- Run it behind {capture_path(source.name)}; nothing else may write to {source.name} meanwhile.\n"
        "-- ${bxc_put} is any text that names the put. If it ends while\n"
        f"-- {captured} names the view, run the last five statements again."
    )
    whole = action == "put"
    steps = stages(shape, *((shape.own("batch"), "new") if whole else (q(table), "delta")))
    if whole:
        differing = "the rows of the view that are to come, to change and to go, as a delta"
        steps.insert(0, Stage(shape.own("batch"), differing, staged_delta(shape)))
    *tables, come = [
        f"-- {s.comment}\ncreate or replace table {s.relation} using delta as\n{s.query};"
        for s in (*steps, made(shape))
    ]
    return "\n\n".join([header, *tables, _guard(shape, whole), come, *_apply(shape, action)]) + "\n"


def _guard(shape: Shape, whole: bool) -> str:
    """Raises the error of the lowest code that applies; nothing is written before."""
    arms = [
        f"select case\n{_cases(rules_of_staged(shape))}\nend as bxc_code\nfrom {shape.own('work')} as w",
        f"select case\n{_cases(rules_of_effects(shape))}\nend\nfrom {shape.own('effect')} as e",
        *(f"-- {found.breach.detail}\nselect {quoted(found.breach.code)}\n{found.tail}" for found in lookups(shape)),
    ]
    if whole:
        arms.append(_staged_twice(shape))
    errors = "\n".join(
        f"  when {quoted(c)} then raise_error(\n    {quoted(message(c, shape.name))}\n  )" for c in SENTENCES
    )
    text = indented("\nunion all\n".join(arms), 2)
    comment = "-- the guard: refuses with the lowest code that applies"
    return f"{comment}\nselect case min(bxc_code)\n{errors}\nend as bxc_refused\nfrom (\n{text}\n);"


def _cases(rules: Sequence[Rule]) -> str:
    ordered = sorted(rules, key=lambda rule: rule.breach.code)
    return "\n".join(
        f"  when {rule.condition}\n    then {quoted(rule.breach.code)}  -- {rule.breach.detail}" for rule in ordered
    )


def _staged_twice(shape: Shape) -> str:
    """Whether a key is staged twice: as many staged rows as view rows find each other, else one of these finds two."""
    batch, view, table = shape.own("batch"), q(shape.name), q(names.new_table(shape.name))
    pairs = "(select count(*) from {all}) - (select count(*) from {batch} where bxc_op = '{op}')"
    staged = pairs.format(all=table, batch=batch, op="insert")
    shown = pairs.format(all=view, batch=batch, op="delete")
    return (
        "-- a key is staged twice: more staged rows than rows of the view find each other\n"
        f"select 'BXC10'\nwhere {staged}\n  <> {shown}"
    )


def _apply(shape: Shape, action: str) -> list[str]:
    """What writes: five statements, in this order."""
    captured, source = captured_table(shape.source), shape.source
    version = captured_version(source)
    effect = f"from {shape.own('effect')} where bxc_gone or bxc_made"
    operation = "case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end as bxc_op"
    before = [_typed(shape, c, q(names.old_column(c)), names.old_column(c)) for c in shape.columns]
    after = [_typed(shape, c, q(c)) for c in shape.columns]
    edits = f"select {listed([operation, *before, *after], 2)}\n{effect}"
    note = captured_row("bxc_version", quoted(shape.name), quoted(f"{action} ${{bxc_put}}"))
    done = captured_row("bxc_version + 1")
    logged = append(source, f"{version} + 1", quoted(shape.name), edits, f"bxc_seq > {version}")
    return [
        f"-- the put is under way\ninsert overwrite {captured}\nselect {note}\nfrom {captured};",
        f"-- apply, where few rows change; of this and the next one is enough\n{_merge(shape)}",
        f"-- apply, where many rows change\n{_overwrite(shape)}",
        f"-- capture: one number for the whole put, for its rows change at once\n{logged}",
        f"-- the put is done\ninsert overwrite {captured}\nselect {done}\nfrom {captured};",
    ]


def _typed(shape: Shape, column: str, text: str, name: str | None = None) -> str:
    return f"cast({text} as {SPARK.column_type(shape.source.column(column).type)}) as {q(name or column)}"


def _merge(shape: Shape) -> str:
    """Gives each primary key that the put touches the row that it is to have: doing so again changes nothing."""
    effect, rows, key = shape.own("effect"), shape.own("made"), shape.source.primary_key
    come = [*map(q, shape.columns), "false as bxc_dropped"]
    gone = [_typed(shape, c, old("e", c) if c in key else "null") for c in shape.columns]
    left = equal([col("m", c) for c in key], [old("e", c) for c in key])
    on = equal([col("s", c) for c in key], [col("u", c) for c in key])
    sets = [f"{q(c)} = {col('u', c)}" for c in shape.columns]
    return (
        f"merge into {shape.base} as s\nusing (\n"
        f"  select\n    {listed(come, 4)}\n  from {rows}\n"
        f"  union all\n"
        f"  select\n    {listed([*gone, 'true as bxc_dropped'], 4)}\n  from {effect} as e\n"
        f"  left anti join {rows} as m on {left}\n"
        f"  where e.bxc_gone\n"
        f") as u on {on}\n"
        f"when matched and u.bxc_dropped then delete\n"
        f"when matched then update set\n  {listed(sets, 2)}\n"
        f"when not matched and not u.bxc_dropped then insert (\n  {listed(map(q, shape.columns), 2)}\n) values (\n"
        f"  {listed([col('u', c) for c in shape.columns], 2)}\n);"
    )


def _overwrite(shape: Shape) -> str:
    """The same, by writing the whole table."""
    effect, rows, key = shape.own("effect"), shape.own("made"), shape.source.primary_key
    before = ", ".join(f"{q(names.old_column(c))} as {q(c)}" for c in key)
    on = equal([col("t", c) for c in key], [col("s", c) for c in key])
    return (
        f"insert overwrite {shape.base}\n"
        f"select\n  {listed([col('s', c) for c in shape.columns], 2)}\nfrom {shape.base} as s\n"
        f"left anti join (\n  select {before} from {effect} where bxc_gone\n"
        f"  union all\n  select {', '.join(map(q, key))} from {rows}\n) as t on {on}\n"
        f"union all\n"
        f"select\n  {listed(map(q, shape.columns), 2)}\nfrom {rows};"
    )
