"""A view → `<View>.sql` and `<View>.get.sql`: the view, its staging, and what is wrong there."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names, wording
from bxc.codegen.sql.dialect import SPARK
from bxc.codegen.sql.setwise.constraints import Lookup, lookups
from bxc.codegen.sql.setwise.layout import equal, indented, listed
from bxc.codegen.sql.setwise.rules import Rule, rules_of_effects, rules_of_staged
from bxc.codegen.sql.setwise.view import get_query, new_as_delta
from bxc.codegen.sql.spark.capture import captured_version
from bxc.codegen.sql.spark.shape import Shape
from bxc.codegen.sql.spark.stages import made, stages
from bxc.codegen.sql.spark.text import col, q, quoted
from bxc.codegen.sql.wording import Breach
from bxc.types import Decimal, Type

# --- <View>.sql -----------------------------------------------------------------------------------------------------


def install_script(shape: Shape) -> str:
    """`<View>.sql`."""
    columns = [f"{q(c.name)} {_staging_type(c.type)}" for c in shape.plan.columns]
    keys = [f"{q(names.old_column(k))} {_staging_type(shape.plan.column(k).type)}" for k in shape.plan.key]
    delta = ["bxc_op string", *keys, *columns]
    new_table, delta_table = q(names.new_table(shape.name)), q(names.delta_table(shape.name))
    parts = [
        f"-- {shape.name}: view of {shape.source.name}, staging and violations.\n"
        "-- Install once, after schema.sql; running it again changes nothing.",
        f"create view if not exists {q(shape.name)} as\n{get_query(shape)};",
        "-- staging: callers fill and clear these; a put only reads them\n"
        f"create table if not exists {new_table} (\n  {listed(columns, 2)}\n) using delta;",
        f"create table if not exists {delta_table} (\n  {listed(delta, 2)}\n) using delta;",
        *_kept_steps(shape),
        violations_view(shape),
    ]
    return "\n\n".join(parts) + "\n"


def _staging_type(type_: Type) -> str:
    """The type of a staging column: wide enough for decimals of too many digits, which the put refuses."""
    return f"decimal(38, {type_.scale})" if isinstance(type_, Decimal) else SPARK.column_type(type_)


def staged_delta(shape: Shape) -> str:
    """The staged content against the view as a delta; a key of the view is cast to its staging column's type."""
    key = [f"cast({col('v', k)} as {_staging_type(shape.plan.column(k).type)})" for k in shape.plan.key]
    return new_as_delta(shape, old_key=key)


# --- violations -----------------------------------------------------------------------------------------------------


def _kept_steps(shape: Shape) -> list[str]:
    """The tables of the steps, for what is staged now."""
    delta = q(names.delta_table(shape.name))
    steps = [] if shape.read_only else [*stages(shape, delta, "delta"), made(shape)]
    return [f"create table if not exists {s.relation} using delta as\n{s.query};" for s in steps]


def violations_view(shape: Shape) -> str:
    """Every row that breaks a rule in the put that was judged last, by the steps that it has left."""
    name = q(names.violations_view(shape.name))
    header = (
        "-- every staged row that breaks a rule, in the put that was judged last;\n"
        "-- nothing if the source has been written since\n"
        f"create view if not exists {name} as"
    )
    if shape.read_only:
        nothing = "select 'BXC10' as bxc_code, 'new' as bxc_staged, 'the view has no key' as bxc_detail where false"
        return f"{header}\n{nothing};"
    arms = [
        _broken(shape, "work", "w", rules_of_staged(shape)),
        _broken(shape, "effect", "e", rules_of_effects(shape)),
        *(_looked_up(shape, lookup) for lookup in lookups(shape)),
        _staged_twice(shape, wording.NEW_KEY_TWICE, known=False),
        _staged_twice(shape, wording.OLD_KEY_TWICE, known=True),
    ]
    return f"{header}\n" + "\nunion all\n".join(arms) + ";"


def _broken(shape: Shape, table: str, alias: str, rules: Sequence[Rule]) -> str:
    """One row for each rule that a row of a step breaks."""
    found = ",".join(
        f"\n    case when {rule.condition}\n"
        f"      then named_struct('code', {quoted(rule.breach.code)}, 'detail', {quoted(rule.breach.detail)}) end"
        for rule in rules
    )
    key = ", ".join(shape.listed_key() if alias == "w" else shape.effect_key())
    columns = ["b.bxc_broken.code as bxc_code", "b.bxc_staged", *_listed_key(shape, "b")]
    return (
        f"select {listed([*columns, 'b.bxc_broken.detail as bxc_detail'], 2)}\nfrom (\n"
        f"  select a.*, explode(a.bxc_found) as bxc_broken\n  from (\n"
        f"    select {alias}.bxc_staged, {key}, array({indented(found, 2)}\n    ) as bxc_found\n"
        f"    from {shape.own(table)} as {alias}\n    where {_current(shape, alias)}\n  ) as a\n) as b\n"
        "where b.bxc_broken is not null"
    )


def _current(shape: Shape, alias: str) -> str:
    """That the source has not been written since a row of a step was made."""
    return f"{alias}.bxc_at = {captured_version(shape.source)}"


def _looked_up(shape: Shape, lookup: Lookup) -> str:
    columns = [f"{quoted(lookup.breach.code)} as bxc_code", "e.bxc_staged", *_listed_key(shape, "e")]
    return (
        f"select {listed([*columns, f'{quoted(lookup.breach.detail)} as bxc_detail'], 2)}\n"
        f"{lookup.tail}\n  and {_current(shape, 'e')}"
    )


def _staged_twice(shape: Shape, breach: Breach, *, known: bool) -> str:
    """The rows of a new content whose key is staged twice; ``known``: only those that the view has."""
    table, key = q(names.new_table(shape.name)), shape.plan.key
    columns = [quoted(breach.code), quoted("new"), *(col("n", k) for k in key), quoted(breach.detail)]
    keys = ", ".join(map(q, key))
    twice = f"(select {keys} from {table} group by {keys} having count(*) > 1)"
    text = f"select {listed(columns, 2)}\nfrom {table} as n\n"
    staged = [col("n", k) for k in key]
    text += f"left semi join {twice} as t on {equal([col('t', k) for k in key], staged)}"
    if known:
        text += f"\nleft semi join {q(shape.name)} as v on {equal([col('v', k) for k in key], staged)}"
    return text


def _listed_key(shape: Shape, alias: str) -> list[str]:
    return [f"{text} as {q(k)}" for text, k in zip(shape.effect_key(alias), shape.plan.key, strict=True)]
