"""A view → `<View>.sql` and `<View>.get.sql`: the view, its staging, and what is wrong there."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import POSTGRES
from bxc.codegen.sql.postgres.shape import Shape
from bxc.codegen.sql.postgres.stages import stages
from bxc.codegen.sql.postgres.text import col, object_, q, quoted
from bxc.codegen.sql.setwise.constraints import Lookup, lookups
from bxc.codegen.sql.setwise.layout import indented, listed
from bxc.codegen.sql.setwise.rules import Rule, rules_of_effects, rules_of_staged
from bxc.codegen.sql.setwise.view import new_as_delta
from bxc.types import Decimal, Type


def staging(shape: Shape) -> str:
    """The statements that create the staging tables."""
    columns = [f"{q(c.name)} {_staging_type(c.type)}" for c in shape.plan.columns]
    keys = [f"{q(names.old_column(k))} {_staging_type(shape.plan.column(k).type)}" for k in shape.plan.key]
    delta = ["bxc_op text", *keys, *columns]
    new_table, delta_table = object_(names.new_table(shape.name)), object_(names.delta_table(shape.name))
    return (
        "-- staging: callers fill and clear these; a put only reads them\n"
        f"create table if not exists {new_table} (\n  {listed(columns, 2)}\n);\n\n"
        f"create table if not exists {delta_table} (\n  {listed(delta, 2)}\n);"
    )


def _staging_type(type_: Type) -> str:
    """The type of a staging column: decimals of any digits, so that the put can refuse what is too much."""
    return "numeric" if isinstance(type_, Decimal) else POSTGRES.column_type(type_)


# --- violations -----------------------------------------------------------------------------------------------------


def violations(shape: Shape) -> str:
    """Every staged row that breaks a rule: what a put would do, by the same steps, but with all reasons."""
    name = object_(names.violations_view(shape.name))
    header = f"-- every staged row that breaks a rule\ncreate or replace view {name} as"
    if shape.read_only:
        texts = "text 'BXC10' as bxc_code, text 'new' as bxc_staged, text 'the view has no key' as bxc_detail"
        return f"{header}\nselect {texts} where false;"
    delta = _violations(shape, "delta", object_(names.delta_table(shape.name)), [])
    batch = (shape.own("batch"), _staged_content(shape))
    new = _violations(shape, "new", shape.own("batch"), [batch])
    return (
        f"{header}\nselect * from (\n{indented(delta, 2)}\n) as d\n"
        f"union all\nselect * from (\n{indented(new, 2)}\n) as n;"
    )


def _staged_content(shape: Shape) -> str:
    """As a put takes it, but nothing where nothing is staged, and with all rows whose key is staged twice."""
    table, key = object_(names.new_table(shape.name)), ", ".join(map(q, shape.plan.key))
    staged_key = ", ".join(col("n", k) for k in shape.plan.key)
    twice = f"({staged_key}) in (select {key} from {table} group by {key} having count(*) > 1)"
    delta = indented(new_as_delta(shape, twice), 2)
    return f"select * from (\n{delta}\n) as b\nwhere exists (select 1 from {table})"


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
        f"\n  ({quoted(rule.breach.code)}, {quoted(rule.breach.detail)},\n    {rule.condition})" for rule in rules
    )
    texts = shape.staged_key() if alias == "w" else shape.effect_key()
    key = [f"{text} as {q(k)}" for text, k in zip(texts, shape.plan.key, strict=True)]
    columns = ["b.bxc_code", f"{quoted(staged)} as bxc_staged", *key, "b.bxc_detail"]
    return (
        f"select {listed(columns, 2)}\nfrom {shape.own(table)} as {alias}\n"
        f"cross join lateral (values{found}\n) as b (bxc_code, bxc_detail, bxc_broken)\nwhere b.bxc_broken"
    )


def _looked_up(shape: Shape, staged: str, lookup: Lookup) -> str:
    key = [f"{text} as {q(k)}" for text, k in zip(shape.effect_key(), shape.plan.key, strict=True)]
    code, detail = quoted(lookup.breach.code), quoted(lookup.breach.detail)
    columns = [f"{code} as bxc_code", f"{quoted(staged)} as bxc_staged", *key]
    return f"select {listed([*columns, f'{detail} as bxc_detail'], 2)}\n{lookup.tail}"
