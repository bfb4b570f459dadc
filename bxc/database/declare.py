"""The tables of a live database → source declarations, as the text of a spec file.

What a spec cannot say stays as a comment at its place, so that nobody takes the declarations for more than they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from bxc import types as t
from bxc.database.catalog import Check, Column, ForeignKey, Table, is_own
from bxc.database.expression import Node, read
from bxc.database.translate import UntranslatableError, spec_condition, spec_literal, spec_name
from bxc.database.types import NoTypeError, Recognised, recognise
from bxc.dataclass import dataclass

Faults = Callable[[str], Mapping[int, str]]
"""The text of a file of declarations → line (from 1) → what is wrong with it."""


@dataclass(slots=True)
class Lines:
    """Lines of a file to be; ``source`` tells which source a line is part of."""

    texts: list[str] = field(default_factory=list)
    source: list[str | None] = field(default_factory=list)

    def add(self, text: str, source: str | None = None) -> None:
        """Append a line."""
        self.texts.append(text)
        self.source.append(source)

    @property
    def text(self) -> str:
        return "\n".join(self.texts) + "\n"


def declare(tables: Mapping[str, Table], engine: str, peer: str, title: str, faults: Faults) -> str:
    """The declarations of all tables but bxc's own; ``faults`` judges lines, and those at fault become comments.

    A table is left out, with a comment, if it has no primary key or a column that no type of the language can hold.
    """
    own = {name: table for name, table in tables.items() if not is_own(name)}
    left_out: dict[str, str] = {name: why for name, table in own.items() if (why := _why_not(table, engine))}
    faulty: dict[str, str] = {}
    while True:
        lines = _file(own, left_out, faulty, engine, peer, title)
        found = faults(lines.text)
        fresh = False
        for number, message in sorted(found.items()):
            text, source = lines.texts[number - 1], lines.source[number - 1]
            if source is None:
                continue
            if (
                text.lstrip().startswith(("check", "unique", "determines"))
                and (key := f"{source}\n{text}") not in faulty
            ):
                faulty[key] = message
                fresh = True
            elif source not in left_out:
                left_out[source] = message
                fresh = True
        if not fresh:
            return lines.text


def _file(
    tables: Mapping[str, Table],
    left_out: Mapping[str, str],
    faulty: Mapping[str, str],
    engine: str,
    peer: str,
    title: str,
) -> Lines:
    lines = Lines()
    lines.add(f"# {title}")
    for name, table in tables.items():
        lines.add("")
        if name in left_out:
            lines.add(f"# The table {_comment(name)} is left out: {_comment(left_out[name])}.")
        else:
            declared = [n for n in tables if n not in left_out]
            for text in _source(table, engine, peer, declared):
                key = f"{name}\n{text}"
                lines.add(_left_out(text, faulty[key]) if key in faulty else text, name)
    return lines


def _why_not(table: Table, engine: str) -> str | None:
    """Why a table cannot be a source; None if it can."""
    if not table.primary_key:
        return "it has no primary key"
    for note in table.notes:
        if note.endswith("is a generated column"):
            return note
    checks = _nodes(table)
    faults = []
    for column in table.columns:
        try:
            recognise(engine, column, checks, table.comments.get(column.name, ""), table.strict)
        except NoTypeError as error:
            faults.append(f"column {column.name}: {error}")
    return "; ".join(faults) or None


def _source(table: Table, engine: str, peer: str, declared: Sequence[str]) -> list[str]:
    """The lines of one source."""
    checks = _nodes(table)
    types = {c.name: recognise(engine, c, checks, table.comments.get(c.name, ""), table.strict) for c in table.columns}
    single = [key for key in table.foreign_keys if len(key.columns) == 1 and _named(key.target, declared)]
    lines = [f"source {spec_name(table.name)} at {spec_name(peer)} {{"]
    for column in table.columns:
        lines += _column(column, table, types[column.name].type, engine, single, declared)
    if len(table.primary_key) > 1:
        lines.append(f"  primary key ({_names(table.primary_key)})")
    lines += [f"  unique ({_names(columns)})" for columns in table.uniques if len(columns) > 1]
    lines += _checks(table, types, engine)
    lines += _remarks(table, single)
    lines.append("}")
    return lines


def _column(
    column: Column,
    table: Table,
    type_: t.Type,
    engine: str,
    foreign_keys: Sequence[ForeignKey],
    declared: Sequence[str],
) -> list[str]:
    parts = [spec_name(column.name), str(type_)]
    remarks = []
    if table.primary_key == (column.name,):
        parts.append("primary key")
    elif not column.nullable and column.name not in table.primary_key:
        parts.append("not null")
    if (column.name,) in table.uniques:
        parts.append("unique")
    if column.default is not None and column.default.upper() != "NULL":
        default = _default(column.default, type_, engine)
        if default is None:
            remarks.append(_left_out(f"default {column.default}", f"not a constant of {column.name}"))
        else:
            parts.append(f"default {default}")
    for index, key in enumerate(key for key in foreign_keys if key.columns == (column.name,)):
        target = f"{spec_name(_named(key.target, declared) or key.target)}({spec_name(key.target_columns[0])})"
        if index:
            remarks.append(_left_out(f"references {target}", f"{column.name} has another reference"))
        else:
            parts.append(f"references {target}")
    return [*remarks, "  " + "  ".join(parts)]


def _default(text: str, type_: t.Type, engine: str) -> str | None:
    node = read(text)
    if node is None:
        return None
    try:
        return spec_literal(node, type_, engine)
    except UntranslatableError:
        return None


def _checks(table: Table, types: Mapping[str, Recognised], engine: str) -> list[str]:
    """CHECKs that say more than the types, and those that narrower column types imply."""
    columns = {name: found.type for name, found in types.items()}
    spelled = [node for found in types.values() for node in found.spelled]
    lines = []
    for check in table.checks:
        node = read(check.text)
        if node is None:
            lines.append(_left_out(f"check ({check.text})", "the language has no such expression"))
        elif node not in spelled:
            lines.append(_check(check, node, columns, engine))
    narrow = [found.implied for found in types.values() if found.implied and isinstance(found.type, t.Int)]
    return lines + [f"  check ({spec_condition(node, columns, engine)})" for node in narrow]


def _check(check: Check, node: Node, columns: Mapping[str, t.Type], engine: str) -> str:
    try:
        condition = spec_condition(node, columns, engine)
    except UntranslatableError:
        return _left_out(f"check ({check.text})", "the language has no such expression")
    name = f"{spec_name(check.name)}: " if check.name else ""
    return f"  check {name}({condition})"


def _remarks(table: Table, declared: Sequence[ForeignKey]) -> list[str]:
    """Comments on what stays unsaid."""
    remarks = [f"  # not in the declaration: {_comment(note)}" for note in table.notes]
    for key in table.foreign_keys:
        text = f"foreign key ({_names(key.columns)}) references {key.target}({_names(key.target_columns)})"
        if key.actions:
            remarks.append(_left_out(f"{text} {key.actions}", "bxc has no such action"))
        elif key not in declared:
            remarks.append(_left_out(text, "a reference has one column, and its table is a source"))
    return remarks


def _nodes(table: Table) -> list[Node]:
    return [node for check in table.checks if (node := read(check.text)) is not None]


def _named(name: str, declared: Sequence[str]) -> str | None:
    """A declared table of that name, in whatever case; None if there is none."""
    return next((d for d in declared if d.lower() == name.lower()), None)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(spec_name, columns))


def _left_out(text: str, why: str) -> str:
    return f"  # left out: {_comment(text.strip())} ({_comment(why)})"


def _comment(text: str) -> str:
    """A text that fits in a comment."""
    return " ".join(text.split())
