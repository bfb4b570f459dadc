"""`drop`: π by a deny-list, with the default that an insert gives the hidden column."""

from __future__ import annotations

from dataclasses import replace

from bxc.lens.shape import Hidden, Shape
from bxc.model import Drop


def drop(shape: Shape, step: Drop) -> Shape:
    """The shape without one column. A computed column vanishes without a trace."""
    stored = shape.stored(step.column)
    by = tuple(base for name in step.determined_by if (base := shape.stored(name)) is not None)
    hidden = () if stored is None else (Hidden(stored, step.default, by, step.span),)
    return replace(
        shape,
        columns=tuple(c for c in shape.columns if c.name != step.column),
        hidden=(*shape.hidden, *hidden),
    )
