"""A view → the scripts that put, and all its files.

A put makes its steps one by one as temporary tables, refuses what breaks a rule, and only then writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.duckdb.shape import Shape
from bxc.codegen.sql.duckdb.stages import stages
from bxc.codegen.sql.duckdb.text import q, quoted
from bxc.codegen.sql.duckdb.view import install_script
from bxc.codegen.sql.files import SqlFile, capture_path, view_path
from bxc.codegen.sql.setwise.constraints import lookups
from bxc.codegen.sql.setwise.followed import changes_query
from bxc.codegen.sql.setwise.layout import indented, listed
from bxc.codegen.sql.setwise.rules import Rule, rules_of_effects, rules_of_staged
from bxc.codegen.sql.setwise.stages import Stage
from bxc.codegen.sql.setwise.view import get_query, new_as_delta
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
        SqlFile(view_path(name, "changes"), changes_query(shape, capture=True)),
    )


def _put(shape: Shape, action: str, what: str, table: str) -> str:
    name, source = shape.name, shape.source.name
    if shape.read_only:
        return f"-- {name} has no key: it can only be read.\nselect error({quoted(keyless(name))});\n"
    captures, puts = capture_path(source), view_path(name, action)
    header = (
        f"-- Puts {what}, staged in {table}, into {source}: all of it or, with a BXC error, nothing.\n"
        f"-- Run it in one transaction, behind {captures}; after an error roll back. For example:\n"
        f"--   duckdb -bail my.db -c begin -c '.read {captures}' -c '.read {puts}' -c commit"
    )
    whole = action == "put"
    steps = stages(shape, shape.own("batch") if whole else q(table))
    if whole:
        differing = "the rows of the view that are to come, to change and to go, as a delta"
        steps.insert(0, Stage(shape.own("batch"), differing, new_as_delta(shape)))
    tables = [f"-- {s.comment}\ncreate or replace temp table {s.relation} as\n{s.query};" for s in steps]
    dropped = "\n".join(f"drop table {s.relation};" for s in reversed(steps))
    return "\n\n".join([header, *tables, _guard(shape, whole), _apply(shape), _capture(shape), dropped]) + "\n"


def _guard(shape: Shape, whole: bool) -> str:
    """Raises the error of the lowest code that applies; nothing is written before."""
    arms = [
        f"select case\n{_cases(rules_of_staged(shape))}\nend as bxc_code\nfrom {shape.own('work')} as w",
        f"select case\n{_cases(rules_of_effects(shape))}\nend\nfrom {shape.own('effect')} as e",
        *(f"-- {found.breach.detail}\nselect {quoted(found.breach.code)}\n{found.tail}" for found in lookups(shape)),
    ]
    if whole:
        arms.append(_staged_twice(shape))
    errors = "\n".join(f"  when {quoted(c)} then error(\n    {quoted(message(c, shape.name))}\n  )" for c in SENTENCES)
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


def _apply(shape: Shape) -> str:
    effect = shape.own("effect")
    written = listed(map(q, shape.columns), 2)
    return (
        "-- apply: rows that change leave the source and come back as they are to be\n"
        f"delete from {shape.base} as s\nwhere {shape.identity()} in (\n"
        f"  select bxc_rowid from {effect} where bxc_gone\n);\n\n"
        f"insert into {shape.base} (\n  {written}\n)\nselect\n  {written}\n"
        f"from {effect} where bxc_made;"
    )


def _capture(shape: Shape) -> str:
    """One number for the whole put: its rows change at once."""
    source, effect = shape.source, shape.own("effect")
    number = f"(select nextval({quoted(q(names.helper('seq', source.name)))}))"
    log, journal = q(names.change_table(source.name)), q(names.helper("journal", source.name))
    before = [q(names.old_column(c)) for c in shape.columns]
    after = [q(c) for c in shape.columns]
    old_key = [q(names.old_column(c)) for c in source.primary_key]
    operation = "case when bxc_kind in ('insert', 'delete') then bxc_kind else 'update' end"
    logged = listed(["bxc_seq", "bxc_op", "bxc_via", *before, *after], 2)
    values = listed([number, operation, quoted(shape.name), *before, *after], 2)
    noted = listed(["bxc_put", *old_key, *after], 2)
    entries = listed([number, *old_key, *after], 2)
    return (
        "-- capture: one number for the whole put, for its rows change at once\n"
        f"insert into {log} (\n  {logged}\n)\nselect\n  {values}\nfrom {effect} where bxc_gone or bxc_made;\n\n"
        f"insert into {journal} (\n  {noted}\n)\nselect\n  {entries}\nfrom {effect} where bxc_gone or bxc_made;"
    )
