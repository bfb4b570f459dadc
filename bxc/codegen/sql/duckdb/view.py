"""A view → `<View>.sql` and `<View>.get.sql`: the view, its staging, and what is wrong there."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import DUCKDB
from bxc.codegen.sql.duckdb.shape import Shape
from bxc.codegen.sql.duckdb.stages import stages
from bxc.codegen.sql.duckdb.text import col, q, quoted
from bxc.codegen.sql.setwise.constraints import Lookup, lookups
from bxc.codegen.sql.setwise.layout import indented, listed
from bxc.codegen.sql.setwise.rules import Rule, rules_of_effects, rules_of_staged
from bxc.codegen.sql.setwise.view import get_query, new_as_delta
from bxc.types import Decimal, Type

# --- <View>.sql -----------------------------------------------------------------------------------------------------


def install_script(shape: Shape) -> str:
    """`<View>.sql`."""
    columns = [f"{q(c.name)} {_staging_type(c.type)}" for c in shape.plan.columns]
    keys = [f"{q(names.old_column(k))} {_staging_type(shape.plan.column(k).type)}" for k in shape.plan.key]
    delta = ["bxc_op varchar", *keys, *columns]
    new_table, delta_table = q(names.new_table(shape.name)), q(names.delta_table(shape.name))
    parts = [
        f"-- {shape.name}: view of {shape.source.name}, staging and violations.\n"
        "-- Install once, after schema.sql; running it again changes nothing.",
        f"create view if not exists {q(shape.name)} as\n{get_query(shape)};",
        "-- staging: callers fill and clear these; a put only reads them\n"
        f"create table if not exists {new_table} (\n  {listed(columns, 2)}\n);",
        f"create table if not exists {delta_table} (\n  {listed(delta, 2)}\n);",
        violations_view(shape),
    ]
    return "\n\n".join(parts) + "\n"


def _staging_type(type_: Type) -> str:
    """The type of a staging column: wide enough for decimals of too many digits, which the put refuses."""
    return f"decimal(38, {type_.scale})" if isinstance(type_, Decimal) else DUCKDB.column_type(type_)


# --- violations -----------------------------------------------------------------------------------------------------


def violations_view(shape: Shape) -> str:
    """Every staged row that breaks a rule: what a put would do, by the same steps, but with all reasons."""
    name = q(names.violations_view(shape.name))
    header = f"-- every staged row that breaks a rule\ncreate view if not exists {name} as"
    if shape.read_only:
        nothing = "select 'BXC10' as bxc_code, 'new' as bxc_staged, 'the view has no key' as bxc_detail where false"
        return f"{header}\n{nothing};"
    delta = _violations(shape, "delta", q(names.delta_table(shape.name)), [])
    batch = (shape.own("batch"), _staged_content(shape))
    new = _violations(shape, "new", shape.own("batch"), [batch])
    return f"{header}\nselect * from (\n{indented(delta, 2)}\n)\nunion all\nselect * from (\n{indented(new, 2)}\n);"


def _staged_content(shape: Shape) -> str:
    """As a put takes it, but nothing where nothing is staged, and with all rows whose key is staged twice."""
    table, key = q(names.new_table(shape.name)), ", ".join(map(q, shape.plan.key))
    staged_key = ", ".join(col("n", k) for k in shape.plan.key)
    twice = f"({staged_key}) in (select ({key}) from {table} group by {key} having count(*) > 1)"
    return f"select * from (\n{indented(new_as_delta(shape, twice), 2)}\n)\nwhere exists (select 1 from {table})"


def _violations(shape: Shape, staged: str, relation: str, before: list[tuple[str, str]]) -> str:
    """The rows of one staging table that break rules; each step is made once, whatever number of rules reads it."""
    steps = [*before, *((s.relation, s.query) for s in stages(shape, relation))]
    arms = [
        _broken(shape, staged, "work", "w", rules_of_staged(shape)),
        _broken(shape, staged, "effect", "e", rules_of_effects(shape)),
        *(_looked_up(shape, staged, lookup) for lookup in lookups(shape)),
    ]
    queries = ",\n".join(f"  {name} as materialized (\n{indented(text, 4)}\n  )" for name, text in steps)
    return f"with\n{queries}\n" + "\nunion all\n".join(arms)


def _broken(shape: Shape, staged: str, table: str, alias: str, rules: Sequence[Rule]) -> str:
    """One row for each rule that a row of a step breaks."""
    found = ",".join(
        f"\n    case when {rule.condition}\n"
        f"      then {{'code': {quoted(rule.breach.code)}, 'detail': {quoted(rule.breach.detail)}}} end"
        for rule in rules
    )
    key = ", ".join(shape.listed_key() if alias == "w" else shape.effect_key())
    columns = ["bxc_broken.code as bxc_code", f"{quoted(staged)} as bxc_staged", *_listed_key(shape, "b")]
    return (
        f"select {listed([*columns, 'bxc_broken.detail as bxc_detail'], 2)}\nfrom (\n"
        f"  select {key}, unnest([{found}\n  ]) as bxc_broken\n"
        f"  from {shape.own(table)} as {alias}\n) as b\nwhere bxc_broken is not null"
    )


def _looked_up(shape: Shape, staged: str, lookup: Lookup) -> str:
    code, detail = quoted(lookup.breach.code), quoted(lookup.breach.detail)
    columns = [f"{code} as bxc_code", f"{quoted(staged)} as bxc_staged", *_listed_key(shape, "e")]
    return f"select {listed([*columns, f'{detail} as bxc_detail'], 2)}\n{lookup.tail}"


def _listed_key(shape: Shape, alias: str) -> list[str]:
    return [f"{text} as {q(k)}" for text, k in zip(shape.effect_key(alias), shape.plan.key, strict=True)]
