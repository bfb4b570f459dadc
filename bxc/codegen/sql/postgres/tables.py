"""Sources → their tables, with every constraint but functional dependencies, which PostgreSQL does not know."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql.dialect import POSTGRES
from bxc.codegen.sql.postgres.text import body, object_, q, quoted, value
from bxc.codegen.sql.setwise.layout import indented
from bxc.model import Column, ForeignKey, Source


def tables(sources: Sequence[Source]) -> str:
    """The statements that create the tables that are not there, each behind those that it refers to.

    Where tables refer to each other in a circle, one gets its foreign key when the other is there.
    """
    ordered = _ordered(sources)
    place = {source.name: number for number, source in enumerate(ordered)}
    late = [
        (source, key)
        for source in ordered
        for key in source.foreign_keys
        if place.get(key.target, -1) > place[source.name]
    ]
    created = [_table(source, [k for k in source.foreign_keys if (source, k) not in late]) for source in ordered]
    if not late:
        return "\n\n".join(created)
    variables = "\n".join(
        f"  bxc_new{number} boolean := to_regclass({quoted(object_(source.name))}) is null;"
        for number, (source, _) in enumerate(late)
    )
    added = [
        f"if bxc_new{number} then\n  alter table {object_(source.name)} add {_reference(key)};\nend if;"
        for number, (source, key) in enumerate(late)
    ]
    statements = indented("\n\n".join([*created, *added]), 2)
    return f"do {body(f'declare{chr(10)}{variables}{chr(10)}begin{chr(10)}{statements}{chr(10)}end')};"


def _ordered(sources: Sequence[Source]) -> list[Source]:
    """Each source behind those that it refers to, as far as that is possible."""
    by_name = {source.name: source for source in sources}
    ordered: list[Source] = []
    seen: set[str] = set()
    for first in sources:
        stack = [(first, False)]
        while stack:
            source, done = stack.pop()
            if done:
                ordered.append(source)
            elif source.name not in seen:
                seen.add(source.name)
                targets = [by_name[k.target] for k in source.foreign_keys if k.target in by_name]
                stack += [(source, True), *((target, False) for target in reversed(targets))]
    return ordered


def _table(source: Source, references: Sequence[ForeignKey]) -> str:
    definitions = [_column(column) for column in source.columns]
    definitions.append(f"primary key ({_names(source.primary_key)})")
    definitions += [f"unique ({_names(unique.columns)})" for unique in source.uniques]
    definitions += [f"constraint {q(c.name)} check {value(c.condition, q)}" for c in source.checks]
    definitions += [_reference(key) for key in references]
    listed = ",\n".join(f"  {definition}" for definition in definitions)
    return f"create table if not exists {object_(source.name)} (\n{listed}\n);"


def _reference(key: ForeignKey) -> str:
    """Deferrable, so that a transaction may bring rows before those that they refer to."""
    return f"foreign key ({q(key.column)}) references {object_(key.target)} ({q(key.target_column)}) deferrable"


def _column(column: Column) -> str:
    parts = [q(column.name), POSTGRES.column_type(column.type)]
    if not column.nullable:
        parts.append("not null")
    if column.default is not None and column.default.value is not None:
        parts.append(f"default {POSTGRES.literal(column.default)}")
    if (check := POSTGRES.type_check(column.type, q(column.name))) is not None:
        parts.append(f"check ({check})")
    return " ".join(parts)


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(q, columns))
