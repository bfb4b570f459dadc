"""A source → the table of its captured edits, and the triggers that write there what no put has captured itself."""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.sqlite.text import indented, q, text_literal, wrapped
from bxc.model import Source


def captured_columns(source: Source) -> list[str]:
    """The columns of a captured edit, behind `bxc_seq`."""
    columns = [column.name for column in source.columns]
    return [q(name) for name in ("bxc_op", "bxc_via", *map(names.old_column, columns), *columns)]


def change_table(source: Source) -> str:
    """The statement that creates the table of captured edits."""
    definitions = ["bxc_seq integer primary key", "bxc_op text not null", "bxc_via text"]
    for name_of in (names.old_column, str):
        definitions += [f"{q(name_of(c.name))} {SQLITE.column_type(c.type)}" for c in source.columns]
    listed = wrapped(definitions, 2)
    return f"create table if not exists {q(names.change_table(source.name))} (\n  {listed}\n) strict;"


def triggers(source: Source) -> str:
    """The triggers that capture inserts, updates and deletes of the source."""
    return "\n\n".join(_trigger(source, operation) for operation in ("insert", "update", "delete"))


def _trigger(source: Source, operation: str) -> str:
    columns = [q(column.name) for column in source.columns]
    nulls = ["null"] * len(columns)
    before = nulls if operation == "insert" else [f"old.{column}" for column in columns]
    after = nulls if operation == "delete" else [f"new.{column}" for column in columns]
    values = wrapped([text_literal(operation), "(select putting from bxc_session)", *before, *after], 4)
    name = q(names.helper(f"capture_{operation}", source.name))
    insert = (
        f"insert into {q(names.change_table(source.name))} (\n"
        f"  {wrapped(captured_columns(source), 4)}\n"
        f") values (\n  {values}\n);"
    )
    return (
        f"create trigger if not exists {name} after {operation} on {q(source.name)}\n"
        f"when (select uncaptured from bxc_session) is not {text_literal(source.name)}\n"
        f"begin\n{indented(insert, 2)}\nend;"
    )
