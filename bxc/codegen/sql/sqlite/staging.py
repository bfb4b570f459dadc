"""A view → the tables that its rows are staged in, and what is looked up for a staged row before a put begins.

Callers fill `bxc_new_<View>` and `bxc_delta_<View>`. A put copies what it is to apply into `bxc_work_<View>`, which is
empty otherwise: SQLite's statistics never speak of it, so its plans do not change with them.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.sqlite.shape import TOO_LARGE, Shape, found_column, fresh_column, value_column
from bxc.codegen.sql.sqlite.text import WIDTH, col, q, row, same, value, wrapped
from bxc.dataclass import dataclass
from bxc.types import Int

LARGEST = 2**63 - 1


def few(condition: str) -> str:
    """A condition on staged rows that makes SQLite think them few, whatever its statistics say of the source.

    It then searches the source for each. Else it might scan the source, be it to build a Bloom filter.
    """
    return f"likelihood({condition}, 0.0000001)"


@dataclass(frozen=True, slots=True)
class Batch:
    """Where staged rows stand: a relation, and whether its `bxc_staged` column tells apart what is staged together."""

    relation: str
    tagged: bool

    def tag(self, alias: str) -> list[str]:
        return [f"{alias}.bxc_staged"] if self.tagged else []

    def among(
        self, key: Sequence[str], alias: str, listed: Sequence[str], condition: str, indent: int | None = None
    ) -> str:
        """Whether a key of a staged row is one that rows ``x`` of the same batch list under a condition.

        With an indent, on several lines if it is long.
        """
        wanted, offered = [*self.tag(alias), *key], [*self.tag("x"), *listed]
        if not wanted:
            return f"exists (select 1 from {self.relation} as x where {condition})"
        left = wanted[0] if len(wanted) == 1 else f"({', '.join(wanted)})"
        query = [f"select {', '.join(offered)}", f"from {self.relation} as x", f"where {condition}"]
        return f"{left} in ({_laid_out(query, indent)})"

    def twice(self, key: Sequence[str], condition: str, indent: int | None = None) -> str:
        """The keys, with the tag, that more than one row ``x`` has under a condition: a SELECT."""
        listed = ", ".join([*self.tag("x"), *key]) or "1"
        grouped = ", ".join([*self.tag("x"), *key]) or "null"
        query = [f"select {listed}", f"from {self.relation} as x", f"where {condition}", f"group by {grouped}"]
        return _laid_out([*query, "having count(*) > 1"], indent)


def _laid_out(query: Sequence[str], indent: int | None) -> str:
    """A query to stand between parentheses: on one line, or with an indent on one a clause if it is long."""
    line = " ".join(query)
    if indent is None or len(line) <= WIDTH // 2:
        return line
    pad = "\n" + " " * indent
    return "".join(f"{pad}  {clause}" for clause in query) + pad


def delta_columns(shape: Shape) -> list[str]:
    """The columns of a delta, in order."""
    return [q(name) for name in ("bxc_op", *map(names.old_column, shape.plan.key), *_view_columns(shape))]


def _view_columns(shape: Shape) -> list[str]:
    return [column.name for column in shape.plan.columns]


def _view_definitions(shape: Shape) -> list[str]:
    return [f"{q(c.name)} {SQLITE.column_type(c.type)}" for c in shape.plan.columns]


def _delta_definitions(shape: Shape) -> list[str]:
    keys = [f"{q(names.old_column(c.name))} {SQLITE.column_type(c.type)}" for c in shape.key]
    return ["bxc_op text", *keys, *_view_definitions(shape)]


def _looked_up(shape: Shape) -> list[str]:
    """The columns of the work table behind those of a delta."""
    definitions = []
    for name in shape.determined:
        type_ = SQLITE.column_type(shape.source.column(name).type)
        definitions += [f"{q(found_column(name))} integer", f"{q(value_column(name))} {type_}"]
    for name in shape.fresh:
        definitions.append(f"{q(fresh_column(name))} {SQLITE.column_type(shape.source.column(name).type)}")
    return definitions


def tables(shape: Shape) -> str:
    """The statements that create the staging tables and the work table."""
    named = [
        (q(names.new_table(shape.name)), _view_definitions(shape)),
        (q(names.delta_table(shape.name)), _delta_definitions(shape)),
        (shape.work, [*_delta_definitions(shape), *_looked_up(shape)]),
    ]
    return "\n\n".join(
        f"create table if not exists {name} (\n  {wrapped(definitions, 2)}\n) strict;" for name, definitions in named
    )


def copy_delta(shape: Shape) -> str:
    """The statement that takes the staged delta into the work table."""
    delta = q(names.delta_table(shape.name))
    if not _looked_up(shape):
        return f"insert into {shape.work} select * from {delta};"
    listed = wrapped(delta_columns(shape), 2)
    return f"insert into {shape.work} (\n  {listed}\n)\nselect {wrapped(delta_columns(shape), 2)} from {delta};"


# --- what is looked up ----------------------------------------------------------------------------------------------


def known_values(shape: Shape, alias: str) -> list[tuple[str, str]]:
    """For each determined column, whether the source knows its value, and the value: column and text."""
    found = []
    for name, determined in shape.determined.items():
        agree = same([col("d", b) for b in determined.by], [col(alias, shape.stored[b]) for b in determined.by])
        found.append((found_column(name), f"exists (select 1 from {shape.base} as d where {agree})"))
        value = f"(select {col('d', name)} from {shape.base} as d where {agree} limit 1)"
        found.append((value_column(name), value))
    return found


def creates(shape: Shape, batch: Batch) -> str:
    """Whether an insert `w` needs a new source row: none with its key is there and stays under it."""
    leaving = batch.among(shape.new_key("w"), "w", shape.old_key("x"), leaves_key(shape, "x"), 6)
    gone = " and ".join([*shape.visible(row("s")), leaving])
    stays = shape.exists(shape.matches(shape.new_key("w"), row("s")), f"({gone}) is not true", indent=2)
    return f"w.bxc_op = 'insert' and not {stays}"


def same_row(shape: Shape) -> str:
    """Whether a source row `s` gives all columns of a staged row `w`, computed ones too."""
    values = [value(column.value, row("s")) for column in shape.plan.columns]
    return same(values, [col("w", column.name) for column in shape.plan.columns])


def leaves_key(shape: Shape, alias: str) -> str:
    """Whether a staged row makes a visible source row leave its key free."""
    renamed = f"{alias}.bxc_op = 'update' and {shape.renamed(alias)}"
    return f"({alias}.bxc_op = 'delete' or {renamed})" if shape.delete_frees else renamed


def fresh_value(shape: Shape, name: str, number: str) -> str:
    """A fresh value for a source column; ``number`` counts the rows that need one."""
    if not isinstance(shape.source.column(name).type, Int):
        return (
            "lower(printf('%s-%s-4%s-%s%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2), "
            "substr('89ab', 1 + (random() & 3), 1), substr(hex(randomblob(2)), 2), hex(randomblob(6))))"
        )
    greatest = f"(select max(coalesce(max({col('s', name)}), 0), 0) from {shape.base} as s)"
    return f"iif({greatest} > {LARGEST} - {number}, {TOO_LARGE}, {greatest} + {number})"


def needs_fresh(shape: Shape, name: str, batch: Batch) -> str:
    """Whether a staged row `w` needs a fresh value for a source column."""
    needed = creates(shape, batch)
    return f"{needed} and not {col('w', found_column(name))}" if name in shape.determined else needed


def look_up(shape: Shape) -> list[str]:
    """The statements that fill the looked-up columns of the work table, before the put changes anything."""
    statements = []
    known = known_values(shape, shape.work)
    if known:
        assignments = ",\n  ".join(f"{q(name)} = {text}" for name, text in known)
        statements.append(f"update {shape.work} set\n  {assignments}\nwhere bxc_op <> 'delete';")
    return statements + [_number(shape, name) for name in shape.fresh]


def _number(shape: Shape, name: str) -> str:
    """Fresh values for one column, in the order of the view key."""
    rowid = _row_number(shape)
    order = ", ".join(shape.new_key("w"))
    over = f"row_number() over ({'order by ' + order if order else ''})"
    condition = needs_fresh(shape, name, Batch(shape.work, tagged=False))
    return (
        f"update {shape.work} set {q(fresh_column(name))} = {fresh_value(shape, name, 'n.bxc_number')}\n"
        f"from (\n"
        f"  select w.{rowid} as bxc_row, {over} as bxc_number\n"
        f"  from {shape.work} as w\n"
        f"  where {condition}\n"
        f") as n\n"
        f"where {shape.work}.{rowid} = n.bxc_row;"
    )


def _row_number(shape: Shape) -> str:
    """A name for the work table's row number that no column takes."""
    taken = {column.name.lower() for column in shape.plan.columns}
    return next(name for name in ("rowid", "oid", "_rowid_") if name not in taken)
