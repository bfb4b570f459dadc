"""Pieces of SQL text for SQLite: columns of an alias, rows as images, comparisons of several columns, wrapped lists.

An *image* gives the text of each source column's value in some row: a source row, a captured row before or after an
edit, or the after-image that a put computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SQLITE, text_literal
from bxc.codegen.sql.expression import conjunct_groups, render, render_conjunct
from bxc.expr import And, Expr, Literal, conjuncts

WIDTH = 112
LONGEST = 250  # parts of a chain that are written without parentheses
TRUE, FALSE = "1", "0"

Image = Callable[[str], str]


def q(name: str) -> str:
    """A name fit for a statement."""
    return names.quote(name, SQLITE)


def col(alias: str, name: str) -> str:
    """A column of an alias (which is already fit for a statement)."""
    return f"{alias}.{q(name)}"


def old(alias: str, name: str) -> str:
    """The column that holds a column's value before, of an alias."""
    return f"{alias}.{q(names.old_column(name))}"


def row(alias: str) -> Image:
    """The values of an alias's own columns."""
    return lambda name: col(alias, name)


def old_row(alias: str) -> Image:
    """The values before of an alias with `bxc_old_…` columns."""
    return lambda name: old(alias, name)


def literal(value: Literal) -> str:
    """A constant that can stand anywhere in an expression."""
    text = SQLITE.literal(value)
    return f"({text})" if text.startswith("-") else text


def value(expr: Expr, image: Image) -> str:
    """An expression's value on an image."""
    return render(expr, SQLITE, lambda column: image(column.name))


def conditions(expr: Expr | None, image: Image) -> list[str]:
    """The conjuncts of a condition on an image, each fit to stand between `and`.

    Where some stand together, `is true` keeps SQLite from handing them on one by one, which nests them.
    """
    return [
        is_true(part, image)
        if isinstance(part, And)
        else render_conjunct(part, SQLITE, lambda column: image(column.name))
        for part in conjunct_groups(conjuncts(expr))
    ]


def is_true(expr: Expr | None, image: Image) -> str:
    """Whether a condition is true: 1 or 0, never NULL."""
    return f"({value(expr, image)}) is true" if expr is not None else TRUE


def not_true(expr: Expr | None, image: Image) -> str:
    """Whether a condition is false or unknown: 1 or 0, never NULL."""
    return f"({value(expr, image)}) is not true" if expr is not None else FALSE


def vector(items: Sequence[str]) -> str:
    """One value, or several in parentheses."""
    return items[0] if len(items) == 1 else f"({', '.join(items)})"


def equal(left: Sequence[str], right: Sequence[str]) -> str:
    """Whether values that are not NULL are equal, one by one."""
    return " and ".join(f"{a} = {b}" for a, b in zip(left, right, strict=True)) or TRUE


def same(left: Sequence[str], right: Sequence[str]) -> str:
    """Whether values are the same, NULLs too."""
    return f"{vector(left)} is {vector(right)}" if left else TRUE


def differ(left: Sequence[str], right: Sequence[str]) -> str:
    """Whether any value differs; NULL is a value like others."""
    return f"{vector(left)} is not {vector(right)}" if left else FALSE


def wrapped(items: Iterable[str], indent: int) -> str:
    """Items with commas, in lines that begin at the indent (the first line stands where it is put)."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) + 2 <= WIDTH - indent:
            lines[-1] += f", {item}"
        else:
            lines.append(item)
    return (",\n" + " " * indent).join(lines)


def every(parts: Sequence[str], indent: int) -> str:
    """A conjunction, one condition a line."""
    return ("\n" + " " * indent + "and ").join(_grouped(parts, "and")) or TRUE


def some(parts: Sequence[str], indent: int) -> str:
    """A disjunction, one condition a line; conjunctions among the parts need their own parentheses."""
    return ("\n" + " " * indent + "or ").join(_grouped(parts, "or")) or FALSE


def _grouped(parts: Sequence[str], operator: str) -> Sequence[str]:
    """The parts as they are, or, where they are very many, those behind the first in parentheses.

    SQLite counts each operator of a chain as a level of its expression, and takes 1,000 of them.
    """
    firsts = range(LONGEST, len(parts), LONGEST)
    groups = (f" {operator} ".join(parts[first : first + LONGEST]) for first in firsts)
    return [*parts[:LONGEST], *(f"({group})" for group in groups)]


def indented(text: str, by: int) -> str:
    """The text with each line but empty ones moved to the right."""
    return "\n".join(" " * by + line if line else line for line in text.split("\n"))


def where(parts: Sequence[str], indent: int) -> str:
    """A WHERE clause on a line of its own; nothing where there is no condition."""
    return f"\n{' ' * indent}where {every(parts, indent + 2)}" if parts else ""


__all__ = [
    "FALSE",
    "TRUE",
    "WIDTH",
    "Image",
    "col",
    "conditions",
    "differ",
    "equal",
    "every",
    "indented",
    "is_true",
    "literal",
    "not_true",
    "old",
    "old_row",
    "q",
    "row",
    "same",
    "some",
    "text_literal",
    "value",
    "vector",
    "where",
    "wrapped",
]
