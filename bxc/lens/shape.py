"""What a pipeline of lens steps has made of its base so far."""

from __future__ import annotations

from collections.abc import Mapping

from bxc.dataclass import dataclass
from bxc.expr import Column, Expr, Literal, substitute
from bxc.model import Fresh
from bxc.text import Span
from bxc.types import Type


@dataclass(frozen=True, slots=True)
class ShapeColumn:
    """A column at this point: its value over the base's columns, and the base column that it stores, if any."""

    name: str
    type: Type
    value: Expr
    stored: str | None


@dataclass(frozen=True, slots=True)
class Hidden:
    """A base column that is no longer there. ``default`` None: none was declared in this view, else at ``span``."""

    column: str
    default: Literal | Fresh | None
    determined_by: tuple[str, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """Columns in order, the conditions so far and the hidden columns, all in terms of the base's columns."""

    columns: tuple[ShapeColumn, ...]
    conditions: tuple[Expr, ...] = ()
    hidden: tuple[Hidden, ...] = ()

    def over_base(self, expr: Expr) -> Expr:
        """An expression over the columns at this point, carried to the base's columns."""
        values: Mapping[str, Expr] = {c.name: c.value for c in self.columns}

        def value(column: Column) -> Expr:
            return values[column.name]

        return substitute(expr, value)

    def stored(self, name: str) -> str | None:
        """The base column behind a column at this point; None where it is computed."""
        return next(c.stored for c in self.columns if c.name == name)
