"""The changes of views on Spark; see `setwise.changes`.

The log tells whose each edit is, so a source row's first edit has what it was and its last one what it is.
"""

from __future__ import annotations

from bxc.codegen.sql.setwise.changes import (
    IS,
    WAS,
    Queries,
    changes_text,
    elsewhere,
    key_of,
    positions,
    renamed,
    shown_as,
)
from bxc.codegen.sql.setwise.layout import equal, listed
from bxc.codegen.sql.setwise.writer import Image
from bxc.codegen.sql.spark.capture import FIRST, first_column
from bxc.codegen.sql.spark.shape import Shape
from bxc.codegen.sql.spark.text import col, old, q, row


def changes_query(shape: Shape) -> str:
    """See `changes_text`."""
    return changes_text(
        shape,
        lambda: [*_rows(shape), ("pair", _pairs(shape))],
        lambda: _renames(shape),
        capture=True,
        recursive=False,
    )


def _first(shape: Shape, alias: str) -> list[str]:
    """What all edits of one source row have in common."""
    return [f"{alias}.{FIRST}", *(col(alias, first_column(c)) for c in shape.source.primary_key)]


def _rows(shape: Shape) -> Queries:
    log = shape.log
    row_of = ", ".join(_first(shape, "c"))
    numbered = (
        f"select c.*,\n  row_number() over (partition by {row_of} order by c.bxc_seq) as bxc_from_start,\n"
        f"  row_number() over (partition by {row_of} order by c.bxc_seq desc) as bxc_from_end\nfrom {log} as c"
    )
    return [("edit", numbered)]


def _pairs(shape: Shape) -> str:
    """Each row that was or is there, as the view showed and shows it: by its first edit and by its last one."""
    k = positions(shape)
    was: Image = lambda name: old("f", name)  # noqa: E731
    is_ = row("l")
    columns = [
        f"(f.bxc_op <> 'insert' and {shape.visible(was)}) as bxc_was",
        f"(l.bxc_op <> 'delete' and {shape.visible(is_)}) as bxc_is",
        *(f"{text} as {name}" for text, name in zip(_first(shape, "f"), _named_first(shape), strict=True)),
        *(f"{text} as {q('bxc_to_' + c)}" for text, c in zip(key_of(shape, "l"), k, strict=True)),
        *shown_as(shape, was, WAS),
        *shown_as(shape, is_, IS),
    ]
    on = equal(_first(shape, "l"), _first(shape, "f"))
    return (
        f"select\n  {listed(columns, 2)}\nfrom edit as f\njoin edit as l on {on}\n"
        "where f.bxc_from_start = 1 and l.bxc_from_end = 1"
    )


def _named_first(shape: Shape) -> list[str]:
    return [FIRST, *(q(first_column(c)) for c in shape.source.primary_key)]


def _renames(shape: Shape) -> Queries:
    otherwise = f"select distinct {', '.join(_first(shape, 'c'))}\nfrom edit as c\nwhere {elsewhere(shape, 'c')}"
    return renamed(shape, otherwise, ("otherwise", "o", equal(_first(shape, "o"), _first(shape, "p"))))
