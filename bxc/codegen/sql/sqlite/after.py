"""A view → the rules that a put judges when it has applied its rows, by what it captured and what has become of them.

A refusal takes back the whole statement, so this is as good as before, and cheaper: a constraint that speaks of several
rows is looked up in the source as it is now, for the captured rows alone. In a view whose key the engine itself holds
unique, each staged row captures one edit, unless it changes nothing or breaks a rule: only where the counts differ are
the staged rows looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql.sqlite.indexes import guarded_dependencies
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import FALSE, col, differ, literal, old, q, row, same, value
from bxc.expr import Literal
from bxc.model import ForeignKey
from bxc.plan import Referencing, SetColumn
from bxc.types import Bool, Bytes, Decimal, Int, Real, Type

CAPTURED = "c.bxc_seq > (select mark from bxc_session)"

Finding = tuple[str, str]


def findings(shape: Shape) -> list[Finding]:
    """The codes that a put may still meet, each with its condition."""
    return [*_of_rows(shape), *_of_references(shape), *_of_references_here(shape), *_of_dependencies(shape)]


# --- staged rows that did not come to be ----------------------------------------------------------------------------


def incomplete(shape: Shape) -> str:
    """Whether there are more staged rows than captured edits."""
    captured = f"(select max(bxc_seq) from {shape.changes}) - (select mark from bxc_session)"
    return f"(select count(*) from {shape.work}) is not {captured}"


def _of_rows(shape: Shape) -> Iterator[Finding]:
    counted = f"{incomplete(shape)}\n    and " if shape.single else ""
    source, new = row("s"), shape.new_key("w")

    def staged(operation: str, *parts: str) -> str:
        condition = " and ".join([f"w.bxc_op = '{operation}'", *parts])
        return f"{counted}exists (select 1 from {shape.work} as w where {condition})"

    shown = shape.shows(new, source)
    yield "BXC10", staged("insert", shape.exists(*shown, f"not ({shape.same_stored()})"))
    mixed = [
        f"{col('w', c.name)} is not ({value(c.value, source)})"
        for c in shape.plan.computed
        if not shape.stored_only(c.value)
    ]
    if mixed:
        yield "BXC15", staged("insert", shape.exists(*shown, f"({' or '.join(mixed)})"))
    if shape.plan.predicate is not None:
        hidden = f"({value(shape.plan.predicate, source)}) is not true"
        yield "BXC11", staged("insert", shape.exists(shape.matches(new, source), hidden))
    yield "BXC17", staged("insert", f"not {shape.exists(shape.matches(new, source))}")
    yield "BXC18", staged("update", shape.kept_key(), f"not {shape.exists(*shape.shows(shape.old_key('w'), source))}")
    if may_collide(shape):
        yield "BXC17", "(select code from bxc_session) is not null"
        left = shape.exists(*shape.shows(new, source), shape.changed_by_update(shape.updated))
        yield "BXC17", staged("update", left)
    if sets_unique(shape):
        yield "BXC17", staged("delete", shape.exists(*shape.shows(shape.old_key("w"), source)))


def may_collide(shape: Shape) -> bool:
    """Whether updates or revived rows may take the value of a unique column from another row."""
    return not shape.unique_columns.isdisjoint(shape.written)


def sets_unique(shape: Shape) -> bool:
    """Whether `on delete set` writes a unique column."""
    return isinstance(shape.plan.on_delete, SetColumn) and shape.plan.on_delete.column in shape.unique_columns


# --- constraints between rows ---------------------------------------------------------------------------------------


def _captured(shape: Shape, *parts: str) -> str:
    listed = "\n      and ".join([CAPTURED, *parts])
    return f"exists (\n      select 1 from {shape.changes} as c\n      where {listed}\n    )"


def _changed(columns: tuple[str, ...]) -> str:
    return f"(c.bxc_op = 'insert' or {differ([col('c', c) for c in columns], [old('c', c) for c in columns])})"


def _can_change(shape: Shape, columns: tuple[str, ...]) -> bool:
    return not shape.written.isdisjoint(columns)


def _written_rows(shape: Shape, columns: tuple[str, ...]) -> str:
    """The captured edits after which a constraint on these columns must hold."""
    return _changed(columns) if _can_change(shape, columns) else "c.bxc_op = 'insert'"


def _of_references(shape: Shape) -> Iterator[Finding]:
    """Foreign keys of the source: the row referred to is there."""
    for key in shape.source.foreign_keys:
        text = col("c", key.column)
        target = f"exists (select 1 from {q(key.target)} as t where {col('t', key.target_column)} = {text})"
        rows = _written_rows(shape, (key.column,))
        yield "BXC17", _captured(shape, f"{text} is not null", rows, f"not {target}")


def _of_references_here(shape: Shape) -> Iterator[Finding]:
    """Foreign keys that point at the source: nothing refers to a value that is gone."""
    for entry in shape.referenced_by:
        changes = _can_change(shape, (entry.key.target_column,))
        if changes or shape.deletes:
            yield "BXC17", _captured(shape, *_dangling(shape, entry, entry.key, changes=changes))


def _dangling(shape: Shape, entry: Referencing, key: ForeignKey, *, changes: bool) -> list[str]:
    gone, now = old("c", key.target_column), col("c", key.target_column)
    refers = f"exists (select 1 from {q(entry.source)} as r where {col('r', key.column)} = {gone})"
    provided = f"exists (select 1 from {shape.base} as s where {col('s', key.target_column)} = {gone})"
    lost = f"c.bxc_op <> 'insert' and {gone} is not {now}" if changes else "c.bxc_op = 'delete'"
    return [lost, refers, f"not {provided}"]


def _of_dependencies(shape: Shape) -> Iterator[Finding]:
    """Functional dependencies: no row agrees on the left and disagrees on the right."""
    for left, right in guarded_dependencies(shape.source):
        rows = _written_rows(shape, (*left, *right))
        others = "\n        or ".join(_disagreeing(shape, left, right))
        yield "BXC17", _captured(shape, "c.bxc_op <> 'delete'", rows, f"({others})")


def _disagreeing(shape: Shape, left: tuple[str, ...], right: tuple[str, ...]) -> Iterator[str]:
    """Whether there is such a row, by looks to both sides of the captured row in the index on (left, right)."""
    for index, name in enumerate(right):
        agree = [*left, *right[:index]]
        prefix = " and ".join(same([col("s", c)], [col("c", c)]) for c in agree)
        mine, theirs = col("c", name), col("s", name)
        smallest = literal(smallest_of(shape.source.column(name).type))
        yield f"exists (select 1 from {shape.base} as s where {prefix} and {theirs} < {mine})"
        yield f"exists (select 1 from {shape.base} as s where {prefix} and {theirs} > {mine})"
        if shape.source.column(name).nullable:
            yield (
                f"{mine} is null and exists (select 1 from {shape.base} as s where {prefix} and {theirs} >= {smallest})"
            )
            yield f"{mine} is not null and exists (select 1 from {shape.base} as s where {prefix} and {theirs} is null)"


def smallest_of(type_: Type) -> Literal:
    """A constant that no value of a type, as SQLite holds it, is less than."""
    match type_:
        case Int() | Decimal() | Bool():
            return Literal(-(2**63), Int())
        case Real():
            return Literal(float("-1.7976931348623157e308"), Real())
        case Bytes():
            return Literal(b"", Bytes())
        case _:
            return Literal("", type_)


__all__ = ["FALSE", "findings", "incomplete", "may_collide", "sets_unique"]
