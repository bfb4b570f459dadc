"""Pieces of SQL text in one dialect: columns of an alias, rows as images, expressions on them.

An *image* gives the text of each source column's value in some row: a source row, or a row before or after an edit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bxc import expr as e
from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import Dialect
from bxc.codegen.sql.expression import render
from bxc.codegen.sql.setwise.layout import indented, wrapped
from bxc.dataclass import dataclass
from bxc.expr import Expr, Literal
from bxc.resolve.ranges import Bounds, interval, of_type
from bxc.types import Decimal, Int, Text, Type

SHORT = 40

Image = Callable[[str], str]
Other = tuple[str, str, str]
"""A relation beside the one that is read, its alias, and the condition under which its row counts."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A dialect, and how its engine writes what every engine writes in its own way.

    ``widest`` writes arithmetic that no number of a column exceeds, on integers cast to ``widest_int``: what is staged,
    and what a `where` hides, may be any number that a column takes. ``attempt`` encloses such an expression, ``fitted``
    makes it a value of a type, NULL where it does not fit. ``type_of_cast`` names a type in a cast. ``same_value`` says
    that two values are the same, NULLs too if the third argument says that there may be some. ``excess`` says that a
    number has more digits than a decimal takes. ``some_value(text, type)`` is an aggregate: any value of a group, all
    of which are the same. ``several_values`` says that a group has several values in a column, of which NULL is one.
    ``semi_join`` and ``anti_join`` are how the engine writes these joins, None if it has none: then rows are looked up
    by a join with keys of which each is there once. ``fresh_uuid`` makes one up. ``counted`` gives a count a column's
    type. ``schema`` stands before names of objects, ``create_view`` at the head of a view that may be there already.
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
    several_values: Callable[[str], str]
    semi_join: str | None
    anti_join: str | None
    fresh_uuid: str
    counted: Callable[[str], str] = str
    schema: str = ""
    create_view: str = "create view if not exists"

    def q(self, name: str) -> str:
        """A name fit for a statement."""
        return names.quote(name, self.dialect)

    def object_(self, name: str) -> str:
        """The name of a table, view, sequence or function, with its schema."""
        return self.schema + self.q(name)

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
        if value.value is None:
            return self.null(value.type)
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

    def less(self, others: Sequence[Other], *conditions: str) -> str:
        """`kept` without relations that must have a row."""
        return self.kept(conditions, (), others)

    def kept(self, conditions: Sequence[str], among: Sequence[Other], less: Sequence[Other]) -> str:
        """The tail of a FROM clause: only rows under conditions for which some relations have a row and others none."""
        joins, where = [], [condition for condition in conditions if condition != "true"]
        for (relation, alias, on), there in [*((each, True) for each in among), *((each, False) for each in less)]:
            join = self.semi_join if there else self.anti_join
            if join is None:
                where.append(("" if there else "not ") + _exists(relation, alias, on))
            else:
                joins.append(f"{join} {relation} as {alias} on {on}")
        return "\n".join([*joins, *(["where " + "\n  and ".join(where)] if where else [])])

    @property
    def select_keys(self) -> str:
        """How keys are selected by which rows are looked up: each once, where they are joined."""
        return "select distinct" if self.semi_join is None else "select"

    def looked_up(self, base: str, alias: str, keys: str, key: str, condition: str) -> str:
        """The FROM clause of those rows of a base that agree with one of some keys; see ``select_keys``."""
        if self.semi_join is None:
            return f"from {keys} as {key}\njoin {base} as {alias} on {condition}"
        return f"from {base} as {alias}\n{self.semi_join} {keys} as {key} on {condition}"


def _exists(relation: str, alias: str, condition: str) -> str:
    """Whether a relation has a row under a condition: on one line where that is short enough."""
    if "\n" not in relation and len(condition) < SHORT:
        return f"exists (select 1 from {relation} as {alias} where {condition})"
    return f"exists (\n{indented(f'select 1 from {relation} as {alias}', 4)}\n    where {condition}\n  )"


def in_range(expr: Expr, bounds: Bounds) -> bool:
    """Whether no number in an expression leaves its type where each column is within its bounds."""
    if isinstance(expr, e.Arithmetic | e.Negate | e.Rescale):
        values, limits = interval(expr, bounds), of_type(expr.type)
        if values is not None and limits is not None and not values.within(limits):
            return False
    return all(in_range(child, bounds) for child in e.children(expr))


def _calculates(expr: Expr) -> bool:
    return isinstance(expr, e.Arithmetic | e.Negate | e.Rescale) or any(map(_calculates, e.children(expr)))
