"""Pieces of SQL text for Spark: columns of an alias, rows as images, comparisons of several columns, wrapped lists.

An *image* gives the text of each source column's value in some row: a source row, or a row before or after an edit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bxc import expr as e
from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import SPARK, spark_text
from bxc.codegen.sql.expression import render
from bxc.expr import Expr, Literal
from bxc.resolve.ranges import Bounds, interval, of_type
from bxc.types import Int, Type

WIDTH = 108

Image = Callable[[str], str]


def q(name: str) -> str:
    """A name fit for a statement."""
    return names.quote(name, SPARK)


def col(alias: str, name: str) -> str:
    """A column of an alias."""
    return f"{alias}.{q(name)}"


def old(alias: str, name: str) -> str:
    """The column that holds a column's value before, of an alias."""
    return col(alias, names.old_column(name))


def row(alias: str) -> Image:
    """The values of an alias's own columns."""
    return lambda name: col(alias, name)


def constant(value: Literal) -> str:
    """A constant of its column's very type, so that no expression around it is widened or narrowed."""
    return f"cast({SPARK.literal(value)} as {SPARK.column_type(value.type)})"


def null(type_: Type) -> str:
    """A typed NULL."""
    return f"cast(null as {SPARK.column_type(type_)})"


def value(expr: Expr, image: Image) -> str:
    """An expression's value on an image, in parentheses."""
    return f"({render(expr, SPARK, lambda column: image(column.name))})"


WIDE = replace(
    SPARK,
    rescale=lambda operand, _, type_: f"cast({operand} as decimal(38, {type_.scale}))",
    widen=lambda operand: f"cast({operand} as decimal(19, 0))",
)
"""Writes arithmetic with decimals: what is staged, and what a `where` hides, may be any number that a column takes."""


def staged_value(expr: Expr, image: Image) -> str:
    """An expression's value on an image that holds any values, in parentheses; an error beyond 38 digits."""
    if not _calculates(expr):
        return value(expr, image)

    def wide(column: e.Column) -> str:
        text = image(column.name)
        return f"cast({text} as decimal(19, 0))" if isinstance(column.type, Int) else text

    return f"({render(expr, WIDE, wide)})"


def staged_holds(expr: Expr | None, image: Image) -> str:
    """Whether a condition is true on an image that holds staged values: true or false, never NULL."""
    return "true" if expr is None else f"{staged_value(expr, image)} is true"


def in_range(expr: Expr, bounds: Bounds) -> bool:
    """Whether no number in an expression leaves its type where each column is within its bounds."""
    if isinstance(expr, e.Arithmetic | e.Negate | e.Rescale):
        values, limits = interval(expr, bounds), of_type(expr.type)
        if values is not None and limits is not None and not values.within(limits):
            return False
    return all(in_range(child, bounds) for child in e.children(expr))


def _calculates(expr: Expr) -> bool:
    return isinstance(expr, e.Arithmetic | e.Negate | e.Rescale) or any(map(_calculates, e.children(expr)))


# --- several at once ------------------------------------------------------------------------------------------------


def equal(left: Sequence[str], right: Sequence[str], indent: int = 2) -> str:
    """Whether values that are not NULL are equal, one by one."""
    return wrapped([f"{a} = {b}" for a, b in zip(left, right, strict=True)], " and ", indent) or "true"


def same(left: Sequence[str], right: Sequence[str], indent: int = 2) -> str:
    """Whether values are the same, NULLs too."""
    parts = [f"{a} <=> {b}" for a, b in zip(left, right, strict=True)]
    return wrapped(parts, " and ", indent) or "true"


def differ(left: Sequence[str], right: Sequence[str], indent: int = 2) -> str:
    """Whether any value differs; NULL is a value like others."""
    parts = [f"{a} is distinct from {b}" for a, b in zip(left, right, strict=True)]
    if not parts:
        return "false"
    return parts[0] if len(parts) == 1 else f"({wrapped(parts, ' or ', indent)})"


def missing(values: Sequence[str]) -> str:
    """Whether any value is NULL."""
    return f"({' or '.join(f'{v} is null' for v in values)})"


def wrapped(items: Iterable[str], between: str, indent: int) -> str:
    """Items with something between them, in lines that begin at the indent (the first stands where it is put)."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(between) + len(item) <= WIDTH - indent:
            lines[-1] += between + item
        else:
            lines.append(item)
    return f"{between.rstrip()}\n{' ' * indent}".join(lines)


def listed(items: Iterable[str], indent: int) -> str:
    """Items with commas, in lines that begin at the indent."""
    return wrapped(items, ", ", indent)


def every(conditions: Iterable[str], indent: int = 2) -> str:
    """A conjunction, one condition a line; what is always true is left out."""
    return f"\n{' ' * indent}and ".join(c for c in conditions if c != "true") or "true"


def case(whens: Sequence[tuple[str, str]], otherwise: str | None, indent: int) -> str:
    """A CASE, on one line where that is short enough, else with a branch a line behind the indent."""
    branches = [f"when {condition} then {text}" for condition, text in whens]
    branches += [] if otherwise is None else [f"else {otherwise}"]
    if len(line := f"case {' '.join(branches)} end") <= WIDTH - indent and "\n" not in line:
        return line
    pad = "\n" + " " * indent
    return f"case{''.join(f'{pad}  {branch}' for branch in branches)}{pad}end"


def indented(text: str, by: int) -> str:
    """The text with each line but empty ones moved to the right."""
    return "\n".join(" " * by + line if line else line for line in text.split("\n"))


def ctes(queries: Iterable[tuple[str, str]]) -> str:
    """Named queries, as they stand behind `with`."""
    return ",\n".join(f"  {name} as (\n{indented(text, 4)}\n  )" for name, text in queries)


def quoted(text: str) -> str:
    """A text constant."""
    return spark_text(text)
