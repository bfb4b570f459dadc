"""A view → its files: the view with its staging and violations, and the scripts that get and put."""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import DUCKDB
from bxc.codegen.sql.duckdb.changes import changes_query
from bxc.codegen.sql.duckdb.effects import effect_queries, violation_queries
from bxc.codegen.sql.duckdb.shape import Shape, view_values
from bxc.codegen.sql.duckdb.text import col, ctes, equal, listed, null, old, q, quoted, row
from bxc.codegen.sql.files import SqlFile, view_path
from bxc.types import Decimal, Type

SENTENCES = {
    "BXC10": "a key is NULL, staged twice, or taken by a row that stays",
    "BXC11": "a key belongs to a source row that the view does not show",
    "BXC12": "a row does not fulfil the condition of the view",
    "BXC14": "a new row has no value for a key column that the view hides",
    "BXC15": "a computed column is stated otherwise than its inputs give it",
    "BXC16": "a value is outside its type, or NULL where the view has none",
    "BXC17": "a constraint of the source would be broken",
    "BXC18": "an update speaks of a key that no row has",
    "BXC19": "a row must not vanish from the view",
}


def view_files(shape: Shape) -> tuple[SqlFile, ...]:
    """The five files of a view."""
    name = shape.name
    header = f"-- {name}: the view of {shape.source.name}\n"
    return (
        SqlFile(view_path(name), _install(shape)),
        SqlFile(view_path(name, "get"), f"{header}{get_query(shape)};\n"),
        SqlFile(view_path(name, "put"), _put(shape, "new", "the view's new content", names.new_table(name))),
        SqlFile(view_path(name, "put_delta"), _put(shape, "delta", "a delta of the view", names.delta_table(name))),
        SqlFile(view_path(name, "changes"), changes_query(shape)),
    )


def get_query(shape: Shape) -> str:
    """The SELECT of the view."""
    values = view_values(shape, row("s"))
    columns = [f"{text} as {q(c.name)}" for text, c in zip(values, shape.plan.columns, strict=True)]
    distinct = " distinct" if shape.plan.grouped or shape.read_only else ""
    condition = "" if shape.plan.predicate is None else f"\nwhere {shape.visible(row('s'))}"
    return f"select{distinct}\n  {listed(columns, 2)}\nfrom {shape.base} as s{condition}"


# --- <View>.sql -----------------------------------------------------------------------------------------------------


def _install(shape: Shape) -> str:
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
        _violations_view(shape),
    ]
    return "\n\n".join(parts) + "\n"


def _staging_type(type_: Type) -> str:
    """The type of a staging column: wide enough for decimals of too many digits, which the put refuses."""
    return f"decimal(38, {type_.scale})" if isinstance(type_, Decimal) else DUCKDB.column_type(type_)


def _violations_view(shape: Shape) -> str:
    name = q(names.violations_view(shape.name))
    key = [q(k) for k in shape.plan.key]
    header = f"-- every staged row that breaks a rule\ncreate view if not exists {name} as"
    if shape.read_only:
        nothing = "select 'BXC10' as bxc_code, 'new' as bxc_staged, 'the view has no key' as bxc_detail where false"
        return f"{header}\n{nothing};"
    new_rows = f"exists (select 1 from {q(names.new_table(shape.name))})"
    staged = f"{_staged_delta(shape)}\nunion all\n{_staged_new(shape, new_rows)}"
    queries = [("staged", staged), *violation_queries(shape, "staged")]
    return f"{header}\nwith\n{ctes(queries)}\nselect bxc_code, bxc_staged, {', '.join(key)}, bxc_detail from violation;"


def _delta_names(shape: Shape) -> list[str]:
    return [q(n) for n in ("bxc_op", *map(names.old_column, shape.plan.key), *(c.name for c in shape.plan.columns))]


def _staged_delta(shape: Shape) -> str:
    table = q(names.delta_table(shape.name))
    return f"select 'delta' as bxc_staged, {', '.join(_delta_names(shape))} from {table}"


def _staged_new(shape: Shape, condition: str) -> str:
    """The delta of the staged content against the view; vanished rows only under a condition."""
    table, view = q(names.new_table(shape.name)), q(shape.name)
    on_key = equal([col("n", k) for k in shape.plan.key], [col("v", k) for k in shape.plan.key])
    is_new = f"{col('v', shape.plan.key[0])} is null"
    before = [f"{col('v', k)} as {q(names.old_column(k))}" for k in shape.plan.key]
    columns = [col("n", c.name) for c in shape.plan.columns]
    gone = [f"{null(c.type)} as {q(c.name)}" for c in shape.plan.columns]
    return (
        f"select 'new' as bxc_staged, case when {is_new} then 'insert' else 'update' end as bxc_op,\n"
        f"  {listed([*before, *columns], 2)}\n"
        f"from {table} as n\nleft join {view} as v on {on_key}\n"
        "union all\n"
        f"select 'new', 'delete',\n  {listed([*before, *gone], 2)}\n"
        f"from {view} as v\nanti join {table} as n on {on_key}\nwhere {condition}"
    )


# --- puts -----------------------------------------------------------------------------------------------------------


def _put(shape: Shape, staged: str, what: str, table: str) -> str:
    name, source = shape.name, shape.source
    if shape.read_only:
        return f"-- {name} has no key: it can only be read.\nselect error({quoted(_message('BXC10', name))});\n"
    batch, change = q(names.helper("batch", name)), q(names.helper("apply", name))
    rows = _staged_delta(shape) if staged == "delta" else _staged_new(shape, "true")
    cases = "\n".join(f"  when {quoted(c)} then error({quoted(_message(c, name))})" for c in SENTENCES)
    key = source.primary_key
    written = ", ".join(map(q, shape.columns))
    before = ", ".join(q(names.old_column(c)) for c in shape.columns)
    old_key = ", ".join(q(names.old_column(c)) for c in key)
    found = equal([col("s", c) for c in key], [old("c", c) for c in key])
    log, journal = q(names.change_table(source.name)), q(names.helper("journal", source.name))
    sequence = quoted(q(names.helper("seq", source.name)))
    return f"""\
-- Puts {what}, staged in {table}, into {source.name}: all of it or, with a BXC error, nothing.
-- Run it in one transaction, behind {source.name}.capture.sql; after an error roll back. In the duckdb shell:
--   begin;  .read {source.name}.capture.sql  .read {name}.put{"_delta" if staged == "delta" else ""}.sql  commit;

create or replace temp table {batch} as
{rows};

-- guard: the lowest code that applies
select case error_code
{cases}
end
from (
  with
{ctes(violation_queries(shape, batch))}
  select min(bxc_code) as error_code from violation
);

-- every source row that changes, before and after
create or replace temp table {change} as
with
{ctes(effect_queries(shape, batch))}
select * from change;

-- apply: rows that change leave the source and come back as they are to be
delete from {shape.base} as s using {change} as c
where c.bxc_kind <> 'insert' and {found};

insert into {shape.base} ({written})
select {written} from {change} where bxc_kind <> 'delete';

-- capture: one number for the whole put, for its rows change at once
insert into {log} (bxc_seq, bxc_op, bxc_via, {before}, {written})
select (select nextval({sequence})),
  case bxc_kind when 'insert' then 'insert' when 'delete' then 'delete' else 'update' end,
  {quoted(name)}, {before}, {written}
from {change};

insert into {journal} (bxc_put, {old_key}, {written})
select (select coalesce(max(bxc_put), 0) + 1 from {journal}), {old_key}, {written}
from {change};

drop table {batch};
drop table {change};
"""


def _message(code: str, view: str) -> str:
    return f"{code} {view}: {SENTENCES[code]}; see {names.violations_view(view)}"
