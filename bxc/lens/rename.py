"""`rename`: ρ. Its put is the inverse renaming."""

from __future__ import annotations

from dataclasses import replace

from bxc.lens.shape import Shape
from bxc.model import Rename


def rename(shape: Shape, step: Rename) -> Shape:
    """The shape with one column under a new name."""
    columns = tuple(replace(c, name=step.new) if c.name == step.old else c for c in shape.columns)
    return replace(shape, columns=columns)
