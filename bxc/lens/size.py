"""How large the expressions of a view become when they are carried to its source, known before they are built.

A column that is computed from a computed column repeats the latter's expression; a stack of doublings would otherwise
grow without bound.
"""

from __future__ import annotations

from collections.abc import Mapping

from bxc.expr import Column, Expr, children
from bxc.model import Add, Rename, View, Where

MAX_NODES = 20_000


def size(expr: Expr, columns: Mapping[str, int] | None = None) -> int:
    """The number of nodes, each column counting for as many as it stands for (one by default)."""
    if isinstance(expr, Column):
        return 1 if columns is None else columns.get(expr.name, 1)
    return 1 + sum(size(child, columns) for child in children(expr))


def oversized(view: View, base: Mapping[str, int]) -> Where | Add | None:
    """The first step whose expression would have more than `MAX_NODES` nodes over the source.

    ``base`` gives the size of each column of the view's base.
    """
    sizes = dict(base)
    for step in view.steps:
        match step:
            case Add():
                sizes[step.column] = size(step.value, sizes)
                if sizes[step.column] > MAX_NODES:
                    return step
            case Where():
                if size(step.condition, sizes) > MAX_NODES:
                    return step
            case Rename():
                sizes[step.new] = sizes.get(step.old, 1)
            case _:
                pass
    return None
