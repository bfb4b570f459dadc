"""A source → its table, with every constraint that SQLite can hold by itself."""

from __future__ import annotations

from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.sqlite.text import literal, q, value
from bxc.model import Column, Source
from bxc.types import Decimal


def table(source: Source) -> str:
    """The statement that creates the table where it is not there."""
    definitions = [_column(source, column) for column in source.columns]
    definitions += _keys(source)
    definitions += [f"constraint {q(check.name)} check ({value(check.condition, q)})" for check in source.checks]
    definitions += [
        f"foreign key ({q(key.column)}) references {q(key.target)} ({q(key.target_column)})"
        for key in source.foreign_keys
    ]
    body = ",\n".join(f"  {definition}" for definition in definitions)
    return f"create table if not exists {q(source.name)} (\n{body}\n) strict;"


def _column(source: Source, column: Column) -> str:
    """A column's name, type, NOT NULL, key, default and the check of its type."""
    name = q(column.name)
    parts = [name, SQLITE.column_type(column.type)]
    if isinstance(column.type, Decimal):
        parts.append(f"/* {column.type} */")  # the catalog keeps it, and nothing else there tells the scale
    if source.primary_key == (column.name,):
        # `integer primary key` is the table's own row number; NOT NULL would be without effect on it.
        parts.append("primary key" if parts[1] == "integer" else "not null primary key")
    elif not column.nullable:
        parts.append("not null")
    if (column.name,) in [unique.columns for unique in source.uniques]:
        parts.append("unique")
    if column.default is not None and column.default.value is not None:
        parts.append(f"default {literal(column.default)}")
    if (check := SQLITE.type_check(column.type, name)) is not None:
        parts.append(f"check ({check})")
    return " ".join(parts)


def _keys(source: Source) -> list[str]:
    """The keys of several columns."""
    keys = [] if len(source.primary_key) == 1 else [f"primary key ({_list(source.primary_key)})"]
    return keys + [f"unique ({_list(unique.columns)})" for unique in source.uniques if len(unique.columns) > 1]


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(map(q, columns))
