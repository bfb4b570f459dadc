"""A view's steps → one lens over the view's base."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from bxc.dataclass import dataclass
from bxc.expr import Column, Expr, conjoin
from bxc.lens.add import add
from bxc.lens.drop import drop
from bxc.lens.keep import keep
from bxc.lens.rename import rename
from bxc.lens.shape import Hidden, Shape, ShapeColumn
from bxc.lens.where import where
from bxc.model import Add, Drop, Join, Keep, Key, Minus, OnDelete, OnHidden, Rename, Step, Union, View, Where


@dataclass(frozen=True, slots=True)
class Lens:
    """A view relative to its base: columns, condition and hidden columns in terms of the base's columns.

    The policies and the key are as declared: None where the view says nothing.
    """

    view: View
    columns: tuple[ShapeColumn, ...]
    condition: Expr | None
    hidden: tuple[Hidden, ...]
    key: Key | None
    on_delete: OnDelete | None
    on_hidden: OnHidden | None


def unsupported(view: View) -> Join | Union | Minus | None:
    """The first step for which no lens can be built yet."""
    return next((s for s in view.steps if isinstance(s, Join | Union | Minus)), None)


def lens_of(view: View, base: Iterable[Column]) -> Lens:
    """Compose the steps of a view, over the columns of its base. The view must have no unsupported step."""
    shape = Shape(tuple(ShapeColumn(c.name, c.type, c, c.name) for c in base))
    for step in view.steps:
        shape = _apply(shape, step)
    return Lens(
        view,
        shape.columns,
        conjoin(list(shape.conditions)),
        shape.hidden,
        next((s for s in view.steps if isinstance(s, Key)), None),
        next((s for s in view.steps if isinstance(s, OnDelete)), None),
        next((s for s in view.steps if isinstance(s, OnHidden)), None),
    )


def _apply(shape: Shape, step: Step) -> Shape:
    match step:
        case Where():
            return where(shape, step)
        case Keep():
            return keep(shape, step)
        case Drop():
            return drop(shape, step)
        case Rename():
            return rename(shape, step)
        case Add():
            return add(shape, step)
        case Key() | OnDelete() | OnHidden():
            return shape  # about the whole view, wherever they stand
        case Join() | Union() | Minus():
            raise ValueError(f"no lens for {type(step).__name__.lower()}")
        case _:
            assert_never(step)
