"""What is captured of a source: the log of its edits, up to which version it goes, and the script that goes on with it.

Delta keeps the versions of a table: edits are what differs between the last captured version and a later one. A row of
the log tells whose edit it is: `bxc_first` and `bxc_first_<key column>` are the same in all edits of one source row.
They are the number of the insert that made the row (0: it was there) and the key that it had then, so that a row is
followed through changes of its key without looking from edit to edit.
"""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SPARK
from bxc.codegen.sql.files import SqlFile, capture_path
from bxc.codegen.sql.setwise.layout import differ, equal, indented, listed
from bxc.codegen.sql.spark.text import col, old, q
from bxc.model import Source

FIRST = "bxc_first"
FROM, TO = "${bxc_from}", "${bxc_to}"


def first_column(column: str) -> str:
    """The column of the log that holds what a key column was when its row was first captured."""
    return f"{FIRST}_{column}"


def captured_table(source: Source) -> str:
    """Its only row: the version up to which edits are captured; and while a put is under way, the view and the put."""
    return q(names.helper("captured", source.name))


def log_columns(source: Source) -> list[str]:
    """The columns of `bxc_change_<Source>`, typed."""
    typed = [f"{q(c.name)} {SPARK.column_type(c.type)}" for c in source.columns]
    before = [f"{q(names.old_column(c.name))} {SPARK.column_type(c.type)}" for c in source.columns]
    first = [f"{q(first_column(c))} {SPARK.column_type(source.column(c).type)}" for c in source.primary_key]
    return ["bxc_seq bigint", "bxc_op string", "bxc_via string", *before, *typed, f"{FIRST} bigint", *first]


def capture(source: Source) -> SqlFile:
    """The script that appends to `bxc_change_<Source>` what has changed since the last captured version."""
    log = names.change_table(source.name)
    noted = names.helper("captured", source.name)
    header = (
        f"-- {source.name}: appends to {log} what differs between two of its versions.\n"
        f"-- {FROM}: the version in {noted}, or the greatest bxc_seq in {log}\n"
        f"-- if that is greater. {TO}: the version that `describe history` tells.\n"
        f"-- Nothing else may write to these two tables meanwhile."
    )
    new, before = f"{q(source.name)} version as of {TO}", f"{q(source.name)} version as of {FROM}"
    columns, key = [c.name for c in source.columns], source.primary_key
    no_old, no_new = f"{col('o', key[0])} is null", f"{col('n', key[0])} is null"
    changed = differ([col("o", c) for c in columns], [col("n", c) for c in columns])
    olds = [f"{col('o', c)} as {q(names.old_column(c))}" for c in columns]
    news = [f"{col('n', c)} as {q(c)}" for c in columns]
    operation = f"case when {no_old} then 'insert' when {no_new} then 'delete' else 'update' end as bxc_op"
    edits = (
        f"select {operation},\n  {listed([*olds, *news], 2)}\n"
        f"from (select * from {before}) as o\n"
        f"full join (select * from {new}) as n on {equal([col('o', c) for c in key], [col('n', c) for c in key])}\n"
        f"where {no_old} or {no_new}\n  or {changed}"
    )
    done = f"insert overwrite {captured_table(source)}\nselect {captured_row(f'cast({TO} as bigint)')};"
    text = append(source, f"cast({TO} as bigint)", "cast(null as string)", edits, f"bxc_seq >= {TO}")
    return SqlFile(capture_path(source.name), f"{header}\n\n{text}\n\n{done}\n")


def captured_row(version: str, via: str = "cast(null as string)", put: str = "cast(null as string)") -> str:
    """The columns of the row in `bxc_captured_<Source>`."""
    return f"{version} as bxc_version, {via} as bxc_via, {put} as bxc_put"


def append(source: Source, number: str, via: str, edits: str, logged: str) -> str:
    """Appends edits (`bxc_op`, the columns before and after) to the log, unless it has rows with a condition."""
    log, key = q(names.change_table(source.name)), source.primary_key
    columns = [c.name for c in source.columns]
    firsts = [q(first_column(c)) for c in key]
    arrivals = (
        f"select {listed([*map(q, key), FIRST, *firsts], 4)},\n"
        f"    row_number() over (partition by {', '.join(map(q, key))} order by bxc_seq desc) as bxc_nth\n"
        f"  from {log}\n  where bxc_op <> 'delete'"
    )
    inserted = "e.bxc_op = 'insert'"
    values = [
        f"{number} as bxc_seq",
        "e.bxc_op",
        f"{via} as bxc_via",
        *(old("e", c) for c in columns),
        *(col("e", c) for c in columns),
        f"case when {inserted} then {number} else coalesce(a.{FIRST}, 0) end as {FIRST}",
        *(
            f"case when {inserted} then {col('e', c)} else coalesce({col('a', first_column(c))}, {old('e', c)}) end"
            f" as {q(first_column(c))}"
            for c in key
        ),
    ]
    on = equal([col("a", c) for c in key], [old("e", c) for c in key])
    return (
        f"insert into {log}\nselect\n  {listed(values, 2)}\nfrom (\n{indented(edits, 2)}\n) as e\n"
        f"left join (\n  {arrivals}\n) as a on {on} and a.bxc_nth = 1\n"
        f"where not exists (select 1 from {log} where {logged});"
    )


def captured_version(source: Source) -> str:
    """The version up to which edits are captured, as a value."""
    return f"(select max(bxc_version) from {captured_table(source)})"
