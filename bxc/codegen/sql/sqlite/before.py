"""A view → the conditions under which a put is suspicious before it changes anything.

They are cheap, and true whenever a staged row breaks a rule that can be judged then: every rule but BXC18, keys that
are taken, and those constraints that speak of several rows. They may be true without need; `bxc_violations_<View>`
decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bxc import expr as e
from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.sqlite.shape import TOO_LARGE, Shape, found_column, fresh_column
from bxc.codegen.sql.sqlite.staging import Batch, leaves_key
from bxc.codegen.sql.sqlite.text import FALSE, TRUE, Image, col, is_true, not_true, row, some, value
from bxc.plan import RejectDelete, SetColumn
from bxc.types import Int

_Wanted = Callable[[e.Expr], bool]


def suspicions(shape: Shape) -> list[str]:
    """Conditions on the work table and the source."""
    batch = Batch(shape.work, tagged=False)
    key = [f"coalesce({o}, {n})" for o, n in zip(shape.old_key("x"), shape.new_key("x"), strict=True)]
    found = [
        _staged(shape, some([*row_faults(shape), *_of_inserts(shape)], 4)),
        f"exists ({batch.twice(key, TRUE)})",
    ]
    if shape.key:
        found += _of_renames(shape, batch)
    found += _of_updates(shape)
    found += _of_revivals(shape)
    found += _of_deletes(shape)
    return found


def _staged(shape: Shape, condition: str) -> str:
    return f"exists (select 1 from {shape.work} as w where {condition})"


def row_faults(shape: Shape) -> list[str]:
    """What is wrong with a staged row `w` of a delta by itself."""
    keys = [f"(w.bxc_op = 'insert') = ({old_key} is not null)" for old_key in shape.old_key("w")]
    values = [*value_faults(shape), *_stored_faults(shape)]
    return [
        "coalesce(w.bxc_op, '') not in ('insert', 'update', 'delete')",
        *keys,
        f"w.bxc_op <> 'delete' and (\n      {some(values, 6)}\n    )",
    ]


def value_faults(shape: Shape) -> list[str]:
    """NULLs and values outside their type."""
    faults = []
    for column in shape.plan.columns:
        text = col("w", column.name)
        if not column.nullable or column.name in shape.plan.key:
            faults.append(f"{text} is null")
        if (check := SQLITE.type_check(column.type, text)) is not None:
            faults.append(f"not ({check})")
    return faults or [FALSE]


def _image_faults(shape: Shape, image: Image, wanted: _Wanted) -> list[str]:
    """What is wrong with an after-image: `where`, CHECKs, computed columns, as far as ``wanted`` picks expressions."""
    faults = [not_true(part, image) for part in e.conjuncts(shape.plan.predicate) if wanted(part)]
    faults += [f"not ({value(c.condition, image)})" for c in shape.source.checks if wanted(c.condition)]
    faults += [
        f"{col('w', column.name)} is not ({value(column.value, image)})"
        for column in shape.plan.computed
        if wanted(column.value)
    ]
    return faults


def _stored_faults(shape: Shape) -> list[str]:
    """What the staged values alone break, whatever the source row is."""
    return _image_faults(shape, shape.insert_image(), shape.stored_only)


def _of_inserts(shape: Shape) -> Iterator[str]:
    """What a new source row breaks, or has no value for."""
    faults = _image_faults(shape, shape.insert_image(), lambda part: not shape.stored_only(part))
    faults += [f"not {col('w', found_column(name))}" if name in shape.determined else TRUE for name, _ in shape.missing]
    for name in shape.fresh:
        if isinstance(shape.source.column(name).type, Int):
            faults.append(f"{col('w', fresh_column(name))} = {TOO_LARGE}")
    if faults:
        yield f"w.bxc_op = 'insert' and (\n      {some(faults, 6)}\n    )"


def _of_updates(shape: Shape) -> Iterator[str]:
    """What the after-images of updates break, where stored and hidden columns come together."""
    image = shape.update_image()
    computed = {column.value for column in shape.plan.computed}

    def mixed(part: e.Expr) -> bool:
        return not shape.stored_only(part) and (shape.reads_updated(part) or part in computed)

    if faults := _image_faults(shape, image, mixed):
        found = shape.exists(*shape.shows(shape.old_key("w"), row("s")), f"({some(faults, 8)})")
        yield _staged(shape, f"w.bxc_op = 'update' and {found}")


def _of_revivals(shape: Shape) -> Iterator[str]:
    """What the after-images of hidden rows that inserts bring back break."""
    for index, layer in enumerate(shape.plan.layers):
        if layer.on_hidden == "revive":
            faults = _image_faults(shape, shape.revive_image(layer), lambda part: not shape.stored_only(part))
            if faults:
                hidden = [shape.matches(shape.new_key("w"), row("s")), *shape.hidden_at(index, row("s"))]
                found = shape.exists(*hidden, f"({some(faults, 8)})")
                yield _staged(shape, f"w.bxc_op = 'insert' and {found}")


def _of_renames(shape: Shape, batch: Batch) -> Iterator[str]:
    """Renames of what is not there, or to keys that are taken."""
    source = row("s")
    leaving = batch.among(shape.new_key("w"), "w", shape.old_key("x"), leaves_key(shape, "x"))
    leaves = " and ".join([*shape.visible(source), leaving])
    stays = "x.bxc_op = 'insert' or x.bxc_op = 'update' and " + shape.kept_key("x")
    faults = [
        f"not {shape.exists(*shape.shows(shape.old_key('w'), source))}",
        shape.exists(shape.matches(shape.new_key("w"), source), f"not ({leaves})"),
        batch.among(shape.new_key("w"), "w", shape.new_key("x"), stays),
    ]
    yield _staged(shape, f"w.bxc_op = 'update' and {shape.renamed()} and (\n    {some(faults, 4)}\n  )")
    renamed = f"x.bxc_op = 'update' and {shape.renamed('x')}"
    yield f"exists ({batch.twice(shape.new_key('x'), renamed)})"


def _of_deletes(shape: Shape) -> Iterator[str]:
    """Vanished rows that must not vanish, or whose after-image breaks a rule."""
    shows = shape.shows(shape.old_key("w"), row("s"))
    match shape.plan.on_delete:
        case RejectDelete():
            yield _staged(shape, f"w.bxc_op = 'delete' and {shape.exists(*shows)}")
        case SetColumn() as policy:
            image = shape.set_image()
            faults = [is_true(policy.leaves, image)]
            faults += [not_true(part, image) for part in e.conjuncts(policy.stays)]
            faults += [
                f"not ({value(check.condition, image)})"
                for check in shape.source.checks
                if policy.column in set(e.columns(check.condition))
            ]
            found = shape.exists(*shows, f"({some(faults, 8)})")
            yield _staged(shape, f"w.bxc_op = 'delete' and {found}")
