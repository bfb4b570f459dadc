"""A peer's sources → `schema.sql`.

Delta holds types and NOT NULL. All other constraints are held by puts; `bxc_violations_<Source>` lists what breaks
them.
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names, wording
from bxc.codegen.sql.dependencies import guarded_dependencies
from bxc.codegen.sql.dialect import SPARK
from bxc.codegen.sql.files import SqlFile
from bxc.codegen.sql.setwise.layout import indented, listed, missing
from bxc.codegen.sql.spark.capture import captured_table, log_columns
from bxc.codegen.sql.spark.text import WRITER, col, q, quoted, row, same, staged_value
from bxc.model import Column, Source
from bxc.plan import PeerPlan


def schema(peer: PeerPlan, spec: str, version: int) -> SqlFile:
    """Tables, rights, capture and violations of all sources of a peer."""
    parts = [
        f"-- {spec} version {version}: the sources of {peer.peer} in Spark, on Delta tables.\n"
        "-- Install once, before the views; running it again changes nothing.",
        _rights(peer),
        *(_source(plan.source) for plan in peer.sources),
        *(_violations(plan.source) for plan in peer.sources),
    ]
    return SqlFile("schema.sql", "\n\n".join(parts) + "\n")


def _rights(peer: PeerPlan) -> str:
    table = (
        "-- This peer's rights in its shares; attribute is '' for insert and delete.\n"
        f"create table if not exists {names.RIGHTS} (\n"
        "  share string not null,\n"
        "  operation string not null,\n"
        "  attribute string not null,\n"
        "  granted boolean not null\n"
        ") using delta;"
    )
    rows = [
        f"  ({quoted(r.share)}, {quoted(r.operation)}, {quoted(r.attribute)}, {'true' if r.granted else 'false'})"
        for r in peer.rights
    ]
    if not rows:
        return table
    values = ",\n  ".join(rows)
    columns = "share, operation, attribute, granted"
    key = " and ".join(f"t.{c} = r.{c}" for c in ("share", "operation", "attribute"))
    return (
        f"{table}\n\nmerge into {names.RIGHTS} as t\nusing (\n"
        f"  select * from values\n  {values}\n  as r({columns})\n) as r on {key}\n"
        f"when not matched then insert ({columns})\n  values (r.share, r.operation, r.attribute, r.granted);"
    )


# --- tables ---------------------------------------------------------------------------------------------------------


def _source(source: Source) -> str:
    change = q(names.change_table(source.name))
    definitions = ",\n".join(f"  {_column(column)}" for column in source.columns)
    return (
        f"-- {source.name}: rows, with the primary key {', '.join(source.primary_key)};\n"
        "-- captured edits; and the version of the table up to which they are captured\n"
        f"create table if not exists {q(source.name)} (\n{definitions}\n) using delta;\n\n"
        f"create table if not exists {change} (\n  {listed(log_columns(source), 2)}\n) using delta;\n\n"
        f"create table if not exists {captured_table(source)} (\n"
        "  bxc_version bigint, bxc_via string, bxc_put string\n) using delta;"
    )


def _column(column: Column) -> str:
    return f"{q(column.name)} {SPARK.column_type(column.type)}" + ("" if column.nullable else " not null")


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(q, columns))


# --- rows that break the spec ---------------------------------------------------------------------------------------


def _violations(source: Source) -> str:
    name, base = q(names.violations_view(source.name)), q(source.name)
    key = [col("s", c) for c in source.primary_key]
    arms = "\nunion all\n".join(
        f"select {listed([quoted(code), quoted(constraint), *key, quoted(detail)], 2)}\n"
        f"from {base} as s\nwhere {condition}"
        for code, constraint, detail, condition in _breaches(source)
    )
    header = listed(["bxc_code", "bxc_constraint", *map(q, source.primary_key), "bxc_detail"], 2)
    return (
        f"-- rows of {source.name} that break the spec\ncreate view if not exists {name} (\n  {header}\n) as\n{arms};"
    )


def _breaches(source: Source) -> Iterator[tuple[str, str, str, str]]:
    """Code, constraint, detail, and the condition on a source row `s`."""
    for column in source.columns:
        text = col("s", column.name)
        if not column.nullable:
            yield "BXC16", f"{column.name} not null", wording.is_null(column.name).detail, f"{text} is null"
        if (typed := SPARK.type_check(column.type, text)) is not None:
            misfit = wording.misfit(column.name, column.type).detail
            yield "BXC16", f"{column.name} {column.type}", misfit, f"not ({typed})"
    for check in source.checks:
        broken = f"not {staged_value(check.condition, row('s'))}"
        yield "BXC17", f"check {check.name}", wording.check_false(check.name).detail, broken
    for kind, key in [("primary key", source.primary_key), *(("unique", u.columns) for u in source.uniques)]:
        shown = ", ".join(key)
        twice = (
            f"  select {_names(key)}\n  from {q(source.name)}\n  where not {missing([q(c) for c in key])}\n"
            f"  group by {_names(key)}\n  having count(*) > 1"
        )
        condition = f"({', '.join(col('s', c) for c in key)}) in (\n{twice}\n)"
        yield "BXC17", f"{kind} ({shown})", wording.same_key(source.name, key).detail, condition
    for reference in source.foreign_keys:
        text = col("s", reference.column)
        found = f"select 1 from {q(reference.target)} as t where {col('t', reference.target_column)} = {text}"
        constraint = f"{reference.column} references {reference.target}({reference.target_column})"
        detail = wording.no_target(reference.column, reference.target).detail
        yield "BXC17", constraint, detail, f"{text} is not null and not exists ({found})"
    for left, right in guarded_dependencies(source):
        constraint = f"determines {', '.join(left)} -> {', '.join(right)}"
        detail = wording.disagrees(source.name, left, right).detail
        yield "BXC17", constraint, detail, _disagrees(source, left, right)


def _disagrees(source: Source, left: tuple[str, ...], right: tuple[str, ...]) -> str:
    """That a row is in a group with several right sides; the groups are found in one pass over the table."""
    base, grouping = q(source.name), _names(left)
    several = "\n    or ".join(WRITER.several_values(q(c)) for c in right)
    groups = f"select {grouping}\n  from {base}\n  group by {grouping}\n  having {several}"
    agree = same([col("o", c) for c in left], [col("g", c) for c in left])
    key, others = (", ".join(col(name, c) for c in source.primary_key) for name in ("s", "o"))
    return (
        f"({key}) in (\n  select {others}\n  from (\n{indented(groups, 4)}\n  ) as g\n  join {base} as o on {agree}\n)"
    )
