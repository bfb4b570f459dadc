"""`where`: σ. Incoming rows must make the condition true; rows outside it are never touched."""

from __future__ import annotations

from dataclasses import replace

from bxc.lens.shape import Shape
from bxc.model import Where


def where(shape: Shape, step: Where) -> Shape:
    """The shape restricted by the condition."""
    return replace(shape, conditions=(*shape.conditions, shape.over_base(step.condition)))
