"""`add`: a computed column, read-only. A put ignores it, but refuses a row that states it otherwise."""

from __future__ import annotations

from dataclasses import replace

from bxc.lens.shape import Shape, ShapeColumn
from bxc.model import Add


def add(shape: Shape, step: Add) -> Shape:
    """The shape with a computed column behind the others."""
    column = ShapeColumn(step.column, step.type, shape.over_base(step.value), None)
    return replace(shape, columns=(*shape.columns, column))
