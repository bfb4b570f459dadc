"""A peer's sources → `schema.sql`, and for each source the script that captures edits made outside of puts.

DuckDB has no triggers: `bxc_state_<Source>` is the source as it was last captured, and puts note what they write in
`bxc_journal_<Source>`, so that capturing finds the edits of others and not theirs.
"""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import DUCKDB
from bxc.codegen.sql.duckdb.text import WRITER, col, old, q, quoted, value
from bxc.codegen.sql.files import SqlFile, capture_path
from bxc.codegen.sql.setwise.layout import differ, equal, listed
from bxc.codegen.sql.setwise.source_violations import source_violations
from bxc.model import Column, Source
from bxc.plan import PeerPlan

ORDER = """\
-- else DuckDB loses rows: in a transaction, none inserted and then some 120,000 into the same table
set preserve_insertion_order = false;"""
"""As of DuckDB 2.0: also if the table is made of no rows in that transaction. The setting is the session's."""


def schema(peer: PeerPlan, spec: str, version: int) -> SqlFile:
    """Tables, rights, capture and violations of all sources of a peer."""
    parts = [
        f"-- {spec} version {version}: the sources of {peer.peer} in DuckDB.\n"
        "-- Install once, before the views; running it again changes nothing.",
        ORDER,
        _rights(peer),
        *(_source(plan.source) for plan in peer.sources),
        *(source_violations(WRITER, plan.source) for plan in peer.sources),
    ]
    return SqlFile("schema.sql", "\n\n".join(parts) + "\n")


def _rights(peer: PeerPlan) -> str:
    table = (
        "-- This peer's rights in its shares; attribute is '' for insert and delete.\n"
        f"create table if not exists {names.RIGHTS} (\n"
        "  share varchar not null,\n"
        "  operation varchar not null check (operation in ('update', 'insert', 'delete')),\n"
        "  attribute varchar not null,\n"
        "  granted boolean not null,\n"
        "  primary key (share, operation, attribute)\n"
        ");"
    )
    rows = [
        f"  ({quoted(r.share)}, {quoted(r.operation)}, {quoted(r.attribute)}, {'true' if r.granted else 'false'})"
        for r in peer.rights
    ]
    if not rows:
        return table
    values = ",\n".join(rows)
    return f"{table}\n\ninsert into {names.RIGHTS} values\n{values}\non conflict do nothing;"


# --- tables ---------------------------------------------------------------------------------------------------------


def _source(source: Source) -> str:
    name, sequence = q(source.name), q(names.helper("seq", source.name))
    change, state, journal = (q(names.helper(part, source.name)) for part in ("change", "state", "journal"))
    typed = [f"{q(c.name)} {DUCKDB.column_type(c.type)}" for c in source.columns]
    before = [f"{q(names.old_column(c.name))} {DUCKDB.column_type(c.type)}" for c in source.columns]
    log = ["bxc_op varchar not null", "bxc_via varchar", *before, *typed]
    keys = [f"{q(names.old_column(c))} {DUCKDB.column_type(source.column(c).type)}" for c in source.primary_key]
    return "\n\n".join(
        (
            f"-- {source.name}: rows, captured edits, and the rows as last captured\n{_table(source)}",
            f"create sequence if not exists {sequence};",
            f"create table if not exists {change} (\n"
            f"  bxc_seq bigint not null default nextval({quoted(sequence)}),\n"
            f"  {listed(log, 2)}\n);",
            f"create table if not exists {state} as select * from {name};",
            f"create table if not exists {journal} (\n  {listed(['bxc_put bigint', *keys, *typed], 2)}\n);",
        )
    )


def _table(source: Source) -> str:
    definitions = [_column(column) for column in source.columns]
    definitions.append(f"primary key ({_names(source.primary_key)})")
    definitions += [f"unique ({_names(unique.columns)})" for unique in source.uniques]
    definitions += [f"constraint {q(c.name)} check {value(c.condition, q)}" for c in source.checks]
    body = ",\n".join(f"  {definition}" for definition in definitions)
    return f"create table if not exists {q(source.name)} (\n{body}\n);"


def _column(column: Column) -> str:
    parts = [q(column.name), DUCKDB.column_type(column.type)]
    if not column.nullable:
        parts.append("not null")
    if column.default is not None and column.default.value is not None:
        parts.append(f"default {DUCKDB.literal(column.default)}")
    if (check := DUCKDB.type_check(column.type, q(column.name))) is not None:
        parts.append(f"check ({check})")
    return " ".join(parts)


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(q, columns))


# --- capture --------------------------------------------------------------------------------------------------------


def capture(source: Source) -> SqlFile:
    """The script that appends to `bxc_change_<Source>` what others than puts have changed since it last ran."""
    header = (
        f"-- {source.name}: appends to {names.change_table(source.name)} the edits that others than puts made "
        "since its last run.\n"
        "-- Run it first, in the same transaction: before each put, and before reading the changes of a view."
    )
    return SqlFile(capture_path(source.name), f"{header}\n\n{ORDER}\n\n{_take_over(source)}\n\n{_find_edits(source)}\n")


def _helper(source: Source, part: str) -> str:
    return q(names.helper(part, source.name))


def _take_over(source: Source) -> str:
    """The state takes over what puts have noted in the journal, and empties it."""
    state, journal, outside = (_helper(source, part) for part in ("state", "journal", "outside"))
    columns, key = [c.name for c in source.columns], source.primary_key
    written = listed(map(q, columns), 2)
    touched = "\n    union\n    ".join(
        (
            f"select {', '.join(f'{q(names.old_column(c))} as {q(c)}' for c in key)} from {journal}",
            f"select {_names(key)} from {journal}",
        )
    )
    in_state = equal([col(state, c) for c in key], [col("t", c) for c in key])
    noted = [*map(q, columns), *(q(names.old_column(c)) for c in key), "bxc_put"]
    ranked = (
        f"select {listed(noted, 4)}\n  from {journal}\n  where {q(key[0])} is not null\n"
        f"  qualify row_number() over (partition by {_names(key)} order by bxc_put desc) = 1"
    )
    later = equal([old("l", c) for c in key], [col("j", c) for c in key])
    return f"""\
-- what puts have written is no news: the state takes it over, the last put of a key counting
create or replace temp table {outside} as
select
  {listed([col("j", c) for c in columns], 2)}
from (
  {ranked}
) as j
where not exists (select 1 from {journal} as l where l.bxc_put > j.bxc_put and {later});

delete from {state} using (
    {touched}
  ) as t
where {in_state};

insert into {state} (
  {written}
)
select
  {written}
from {outside};

delete from {journal};"""


def _find_edits(source: Source) -> str:
    """What differs from the state is logged, and the state takes it over."""
    change, state, outside = (_helper(source, part) for part in ("change", "state", "outside"))
    columns, key = [c.name for c in source.columns], source.primary_key
    written = listed(map(q, columns), 2)
    pairs = equal([col("o", c) for c in key], [col("n", c) for c in key])
    no_old, no_new = f"{col('o', key[0])} is null", f"{col('n', key[0])} is null"
    changed = differ([col("o", c) for c in columns], [col("n", c) for c in columns])
    before = [f"{col('o', c)} as {q(names.old_column(c))}" for c in columns]
    after = [f"{col('n', c)} as {q(c)}" for c in columns]
    logged = listed(["bxc_op", *(q(names.old_column(c)) for c in columns), *map(q, columns)], 2)
    by_old = equal([col(state, c) for c in key], [old("d", c) for c in key])
    return f"""\
-- what differs now was done by others
create or replace temp table {outside} as
select
  case when {no_old} then 'insert' when {no_new} then 'delete' else 'update' end as bxc_op,
  {listed([*before, *after], 2)}
from {state} as o
full join {q(source.name)} as n on {pairs}
where {no_old} or {no_new}
  or {changed};

insert into {change} (
  {logged}
)
select
  {logged}
from {outside};

delete from {state} using {outside} as d where {by_old};

insert into {state} (
  {written}
)
select
  {written}
from {outside}
where bxc_op <> 'delete';

drop table {outside};"""
