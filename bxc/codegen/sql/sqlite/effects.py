"""A view → the queries that say what its staged rows do to source rows, before anything is done.

An effect has `bxc_staged`, `bxc_kind` (`insert`, `update`, `revive`, `set`, `delete`; `keep` for an insert of what is
there), the staged key, the stated computed columns, and each source column before and after. `bxc_gone`: the row as it
was is to go; `bxc_made`: the row as it is after is to come.
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.sql import names
from bxc.codegen.sql.sqlite.shape import Shape, found_column
from bxc.codegen.sql.sqlite.staging import Batch, creates, few, leaves_key
from bxc.codegen.sql.sqlite.text import Image, col, every, old, q, row, wrapped
from bxc.plan import DeleteRow, SetColumn

Parts = list[tuple[str, str, bool]]
"""Common table expressions: name, query, and whether it is to be computed once."""

BATCH = Batch("bxc_judged", tagged=True)


def effects(shape: Shape) -> Parts:
    """The query `bxc_effect` over `bxc_judged`, the staged rows; each effect has a number of its own, `bxc_row`."""
    arms = "\nunion all\n".join(_arms(shape))
    columns = shape.source_columns
    before, after = (wrapped([side("a", c) for c in columns], 6) for side in (old, col))
    changed = f"({after})\n      is not ({before})"
    numbered = (
        "select a.*, row_number() over () as bxc_row,\n"
        f"  a.bxc_kind not in ('insert', 'keep')\n    and {changed} as bxc_gone,\n"
        f"  a.bxc_kind not in ('delete', 'keep')\n    and {changed} as bxc_made\n"
        "from bxc_every_effect as a"
    )
    return [("bxc_every_effect", arms, False), ("bxc_effect", numbered, True)]


def _columns(shape: Shape, kind: str, before: Image | None, after: Image | None, *, deleted: bool) -> str:
    """The columns of an effect of one kind."""
    keys = shape.old_key("w") if deleted else shape.new_key("w")
    listed = [("w.bxc_staged", "bxc_staged"), (f"'{kind}'", "bxc_kind")]
    listed += [(text, names.helper("key", name)) for text, name in zip(keys, shape.plan.key, strict=True)]
    listed += [(col("w", c.name), names.helper("stated", c.name)) for c in shape.plan.computed]
    listed += [(col("w", found_column(name)), found_column(name)) for name in shape.determined]
    columns = shape.source_columns
    listed += [("null" if before is None else before(c), names.old_column(c)) for c in columns]
    listed += [("null" if after is None else after(c), c) for c in columns]
    return wrapped([f"{text} as {q(name)}" for text, name in listed], 2)


def _arms(shape: Shape) -> Iterator[str]:
    source = row("s")
    yield _from_source(
        shape,
        _columns(shape, "update", source, shape.update_image(), deleted=False),
        shape.shows(shape.old_key("w"), source),
        "update",
    )
    yield from _deletes(shape)
    inserted = _columns(shape, "insert", None, shape.insert_image(), deleted=False)
    yield f"select {inserted}\nfrom bxc_judged as w\nwhere {creates(shape, BATCH)}"
    leaving = BATCH.among(shape.new_key("w"), "w", shape.old_key("x"), leaves_key(shape, "x"))
    stays = f"({leaving}) is not true"
    shown = shape.shows(shape.new_key("w"), source)
    if shape.plan.computed:
        keep = _columns(shape, "keep", source, _stated(shape), deleted=False)
        yield _from_source(shape, keep, [*shown, stays], "insert")
    staying = shape.exists(*shape.shows(shape.new_key("w"), row("v")), alias="v")
    for index, layer in enumerate(shape.plan.layers):
        if layer.on_hidden == "revive":
            revived = _columns(shape, "revive", source, shape.revive_image(layer), deleted=False)
            hidden = [shape.matches(shape.new_key("w"), source), *shape.hidden_at(index, source)]
            unless = f"not ({staying} and ({stays}))"
            yield _from_source(shape, revived, [*hidden, unless], "insert")


def _stated(shape: Shape) -> Image:
    """A source row `s` with the stored columns as a staged row `w` states them."""
    stored = shape.stored
    return lambda name: col("w", stored[name]) if name in stored else col("s", name)


def _deletes(shape: Shape) -> Iterator[str]:
    shows = shape.shows(shape.old_key("w"), row("s"))
    match shape.plan.on_delete:
        case DeleteRow():
            yield _from_source(shape, _columns(shape, "delete", row("s"), None, deleted=True), shows, "delete")
        case SetColumn():
            hidden = _columns(shape, "set", row("s"), shape.set_image(row("s")), deleted=True)
            yield _from_source(shape, hidden, shows, "delete")
        case _:
            pass


def _from_source(shape: Shape, columns: str, conditions: list[str], operation: str) -> str:
    """Staged rows with the source rows that they find; the source is looked up by key, not scanned."""
    rows = every([few(f"w.bxc_op = '{operation}'"), *conditions[1:]], 2)
    return f"select {columns}\nfrom bxc_judged as w\ncross join {shape.base} as s on {conditions[0]}\nwhere {rows}"
