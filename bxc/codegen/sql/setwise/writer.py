"""Pieces of SQL text in one dialect: columns of an alias, rows as images, expressions on them.

An *image* gives the text of each source column's value in some row: a source row, or a row before or after an edit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bxc import expr as e
from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import Dialect
from bxc.codegen.sql.expression import render
from bxc.codegen.sql.setwise.layout import wrapped
from bxc.dataclass import dataclass
from bxc.expr import Expr, Literal
from bxc.resolve.ranges import Bounds, interval, of_type
from bxc.types import Decimal, Int, Text, Type

Image = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Writer:
    """A dialect, and how its engine writes what every engine writes in its own way.

    ``widest`` writes arithmetic that no number of a column exceeds, on integers cast to ``widest_int``: what is staged,
    and what a `where` hides, may be any number that a column takes. ``attempt`` encloses such an expression, ``fitted``
    makes it a value of a type, NULL where it does not fit. ``type_of_cast`` names a type in a cast. ``same_value`` says
    that two values are the same, NULLs too if the third argument says that there may be some. ``excess`` says that a
    number has more digits than a decimal takes. ``some_value(text, type)`` is an aggregate: any value of a group, all
    of which are the same.
    ``looked_up(base, its alias, keys, their alias, condition)`` is the FROM clause of those rows of a base that agree
    with one of some keys. ``anti_join`` is how the engine writes that join, None if it has none. ``fresh_uuid`` makes
    one up. ``counted`` gives a count a column's type.
    """

    dialect: Dialect
    widest: Dialect
    widest_int: str
    attempt: Callable[[str], str]
    fitted: Callable[[str, Type], str]
    type_of_cast: Callable[[Type], str]
    same_value: Callable[[str, str, bool], str]
    excess: Callable[[str, Decimal], str]
    some_value: Callable[[str, Type], str]
    looked_up: Callable[[str, str, str, str, str], str]
    anti_join: str | None
    fresh_uuid: str
    counted: Callable[[str], str] = str

    def q(self, name: str) -> str:
        """A name fit for a statement."""
        return names.quote(name, self.dialect)

    def col(self, alias: str, name: str) -> str:
        """A column of an alias."""
        return f"{alias}.{self.q(name)}"

    def old(self, alias: str, name: str) -> str:
        """The column that holds a column's value before, of an alias."""
        return self.col(alias, names.old_column(name))

    def row(self, alias: str) -> Image:
        """The values of an alias's own columns."""
        return lambda name: self.col(alias, name)

    def quoted(self, text: str) -> str:
        """A text constant."""
        return self.dialect.literal(Literal(text, Text()))

    def constant(self, value: Literal) -> str:
        """A constant of its column's very type, so that no expression around it is widened or narrowed."""
        return f"cast({self.dialect.literal(value)} as {self.type_of_cast(value.type)})"

    def null(self, type_: Type) -> str:
        """A typed NULL."""
        return f"cast(null as {self.type_of_cast(type_)})"

    def value(self, expr: Expr, image: Image) -> str:
        """An expression's value on an image, in parentheses."""
        return f"({render(expr, self.dialect, lambda column: image(column.name))})"

    def staged_value(self, expr: Expr, image: Image) -> str:
        """An expression's value on an image that holds any values, in parentheses; see ``attempt``."""
        if not _calculates(expr):
            return self.value(expr, image)

        def wide(column: e.Column) -> str:
            text = image(column.name)
            return f"cast({text} as {self.widest_int})" if isinstance(column.type, Int) else text

        return self.attempt(render(expr, self.widest, wide))

    def staged_holds(self, expr: Expr | None, image: Image) -> str:
        """Whether a condition is true on an image that holds staged values: true or false, never NULL."""
        return "true" if expr is None else f"{self.staged_value(expr, image)} is true"

    def same(self, left: Sequence[str], right: Sequence[str], nullable: Sequence[bool], indent: int = 2) -> str:
        """Whether values are the same, NULLs too where they can be."""
        return wrapped(map(self.same_value, left, right, nullable), " and ", indent) or "true"

    def less(self, others: Sequence[tuple[str, str, str]], *conditions: str) -> str:
        """The tail of a FROM clause: only rows under conditions, for which no other relation has a row.

        ``others``: each of these relations, its alias, and the condition under which its row counts.
        """
        joins, kept = [], [condition for condition in conditions if condition != "true"]
        for relation, alias, condition in others:
            if self.anti_join is None:
                kept.append(f"not exists (select 1 from {relation} as {alias} where {condition})")
            else:
                joins.append(f"{self.anti_join} {relation} as {alias} on {condition}")
        return "\n".join([*joins, *(["where " + "\n  and ".join(kept)] if kept else [])])


def in_range(expr: Expr, bounds: Bounds) -> bool:
    """Whether no number in an expression leaves its type where each column is within its bounds."""
    if isinstance(expr, e.Arithmetic | e.Negate | e.Rescale):
        values, limits = interval(expr, bounds), of_type(expr.type)
        if values is not None and limits is not None and not values.within(limits):
            return False
    return all(in_range(child, bounds) for child in e.children(expr))


def _calculates(expr: Expr) -> bool:
    return isinstance(expr, e.Arithmetic | e.Negate | e.Rescale) or any(map(_calculates, e.children(expr)))
