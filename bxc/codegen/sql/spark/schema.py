"""A peer's sources → `schema.sql`.

Delta holds types and NOT NULL. All other constraints are held by puts; `bxc_violations_<Source>` lists what breaks
them.
"""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SPARK
from bxc.codegen.sql.files import SqlFile
from bxc.codegen.sql.setwise.layout import listed
from bxc.codegen.sql.setwise.source_violations import source_violations
from bxc.codegen.sql.spark.capture import captured_table, log_columns
from bxc.codegen.sql.spark.text import WRITER, q, quoted
from bxc.model import Column, Source
from bxc.plan import PeerPlan


def schema(peer: PeerPlan, spec: str, version: int) -> SqlFile:
    """Tables, rights, capture and violations of all sources of a peer."""
    parts = [
        f"-- {spec} version {version}: the sources of {peer.peer} in Spark, on Delta tables.\n"
        "-- Install once, before the views; running it again changes nothing.",
        _rights(peer),
        *(_source(plan.source) for plan in peer.sources),
        *(source_violations(WRITER, plan.source) for plan in peer.sources),
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
