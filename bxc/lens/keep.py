"""`keep`: π by an allow-list. Hidden columns keep their value on update and take their default on insert."""

from __future__ import annotations

from dataclasses import replace

from bxc.lens.shape import Hidden, Shape
from bxc.model import Keep


def keep(shape: Shape, step: Keep) -> Shape:
    """The shape with the listed columns only, in the list's order."""
    by_name = {c.name: c for c in shape.columns}
    defaults = {d.column: d for d in step.defaults}
    kept = set(step.columns)

    def hide(column: str, stored: str) -> Hidden:
        default = defaults.get(column)
        return Hidden(stored, None) if default is None else Hidden(stored, default.value, span=default.span)

    hidden = tuple(hide(c.name, c.stored) for c in shape.columns if c.name not in kept and c.stored is not None)
    return replace(shape, columns=tuple(by_name[name] for name in step.columns), hidden=(*shape.hidden, *hidden))
