"""A view → the rules that a put judges when it has applied its rows, by what it wrote and captured.

A put applies the staged rows that keep the rules of their own (see `rules`) and leaves out the rest, so source rows
behind the rest are as before. A refusal takes back the whole statement: judging late is as good, and cheaper. In a view
whose key the engine itself holds unique, each staged row writes one source row, unless it changes nothing or breaks a
rule: only where the counts differ are the staged rows looked at again. A constraint that speaks of several rows is
looked up in the source as it is now, for the captured rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bxc.codegen.sql.dependencies import guarded_dependencies
from bxc.codegen.sql.sqlite.rules import cases, insert_rules, key_faults, sound_values, update_rules
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.staging import Batch
from bxc.codegen.sql.sqlite.text import col, differ, every, indented, is_true, literal, old, q, row, same, value
from bxc.expr import Literal
from bxc.plan import RejectDelete
from bxc.types import Bool, Bytes, Decimal, Int, Real, Type

CAPTURED = "c.bxc_seq > (select mark from bxc_session)"


def lowest_code(shape: Shape) -> str:
    """The lowest code of what is wrong, as a subquery; NULL where nothing is."""
    staged = _lowest(list(_of_rows(shape)))
    if shape.single:
        incomplete = f"(select count(*) from {shape.work}) is not (select written from bxc_session)"
        staged = f"iif({incomplete}, {staged}, null)"
    constraints = [*_of_references(shape), *_of_references_here(shape), *_of_dependencies(shape)]
    return _lowest([f"select {staged} as code", *(f"select 'BXC17' where {broken}" for broken in constraints)])


def _lowest(arms: Sequence[str]) -> str:
    united = "\nunion all\n".join(arms)
    return f"(\n  select min(code) from (\n{indented(united, 4)}\n  )\n)"


# --- staged rows that were left out ---------------------------------------------------------------------------------


def _of_rows(shape: Shape) -> Iterator[str]:
    """Queries that give the codes of rules that staged rows break, in the column `code`."""
    batch = Batch(shape.work, tagged=False)
    for key, operations in ((shape.old_key("x"), "'update', 'delete'"), (shape.new_key("x"), "'insert', 'update'")):
        yield f"select 'BXC10' as code where exists ({batch.twice(key, f'x.bxc_op in ({operations})')})"
    yield _codes(shape, _case(_of_staged_values(shape)))
    yield _codes(shape, _of_insert(shape), "insert")
    yield _codes(shape, _of_update(shape), "update")
    if isinstance(shape.plan.on_delete, RejectDelete):
        shown = shape.exists(*shape.shows(shape.old_key("w"), row("s")))
        yield _codes(shape, f"iif({shown}, 'BXC19', null)", "delete")


def _codes(shape: Shape, code: str, operation: str | None = None) -> str:
    condition = "" if operation is None else f"\nwhere w.bxc_op = '{operation}'"
    return f"select {code} as code\nfrom {shape.work} as w{condition}"


def _case(found: Iterable[tuple[str, str]], otherwise: str = "null") -> str:
    """The code behind the first condition that is true."""
    whens = "".join(f"  when {condition} then '{code}'\n" for condition, code in found)
    return f"case\n{whens}  else {otherwise}\nend" if whens else otherwise


def _of_staged_values(shape: Shape) -> Iterator[tuple[str, str]]:
    for fault in key_faults(shape):
        yield fault, "BXC10"
    yield "coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')", "BXC16"
    if values := sound_values(shape):
        yield f"w.bxc_op <> 'delete' and not (\n    {every(values, 4)}\n  )", "BXC16"


def _of_insert(shape: Shape) -> str:
    """The code for an insert, by the rows with its key: there is none, all are hidden, or one is shown.

    A row that is shown is the one that the put has inserted, or one that was there.
    """
    source = row("s")
    shown = is_true(shape.plan.predicate, source)
    otherwise = [f"{col('w', c.name)} is not ({value(c.value, source)})" for c in shape.plan.computed]
    differs = [(f"not ({shape.same_stored()})", "BXC10"), *((condition, "BXC15") for condition in otherwise)]
    new = _case(cases(insert_rules(shape)), "'BXC17'")
    code = (
        f"case\n"
        f"  when count(*) = 0 then\n{indented(new, 4)}\n"
        f"  when not max(shown) then 'BXC11'\n"
        f"  else min(iif(shown, code, null))\n"
        f"end"
    )
    return _looked_up(shape, code, [f"{shown} as shown", _case(differs)], shape.matches(shape.new_key("w"), source))


def _of_update(shape: Shape) -> str:
    """The code for an update; a row that was updated keeps all rules, for it is its own after-image."""
    left_out = (shape.changed_by_update(shape.fixed_updated), "BXC17")
    code = _case([*cases(update_rules(shape, row("s"))), left_out])
    shown = " and ".join(shape.shows(shape.old_key("w"), row("s")))
    return _looked_up(shape, "iif(count(*) = 0, 'BXC18', min(code))", [code], shown)


def _looked_up(shape: Shape, code: str, columns: Sequence[str], condition: str) -> str:
    """A code drawn from source rows, the last of whose columns is a code of their own."""
    listed = indented(",\n".join(columns), 6).lstrip()
    inner = f"    select {listed} as code\n    from {shape.base} as s\n    where {condition}"
    return f"(\n  select {indented(code, 2).lstrip()}\n  from (\n{inner}\n  )\n)"


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


def _of_references(shape: Shape) -> Iterator[str]:
    """Foreign keys of the source: the row referred to is there."""
    for key in shape.source.foreign_keys:
        text = col("c", key.column)
        target = f"exists (select 1 from {q(key.target)} as t where {col('t', key.target_column)} = {text})"
        rows = _written_rows(shape, (key.column,))
        yield _captured(shape, f"{text} is not null", rows, f"not {target}")


def _of_references_here(shape: Shape) -> Iterator[str]:
    """Foreign keys that point at the source: nothing refers to a value that is gone."""
    for entry in shape.referenced_by:
        key = entry.key
        changes = _can_change(shape, (key.target_column,))
        if changes or shape.deletes:
            gone, now = old("c", key.target_column), col("c", key.target_column)
            lost = f"c.bxc_op <> 'insert' and {gone} is not {now}" if changes else "c.bxc_op = 'delete'"
            refers = f"exists (select 1 from {q(entry.source)} as r where {col('r', key.column)} = {gone})"
            provided = shape.exists(f"{col('s', key.target_column)} = {gone}")
            yield _captured(shape, lost, refers, f"not {provided}")


def _of_dependencies(shape: Shape) -> Iterator[str]:
    """Functional dependencies: no row agrees on the left and disagrees on the right."""
    for left, right in guarded_dependencies(shape.source):
        rows = _written_rows(shape, (*left, *right))
        others = "\n        or ".join(_disagreeing(shape, left, right))
        yield _captured(shape, "c.bxc_op <> 'delete'", rows, f"({others})")


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
