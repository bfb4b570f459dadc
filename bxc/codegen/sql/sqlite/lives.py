"""A view → the queries that follow each captured source row from its first captured edit to its last.

A *life* is a source row through its edits: `first` and `last` are the edits' numbers in `bxc_change_<Source>`, aliases
`f` and `l`. Nearly always it is all edits of one primary key. Where an update changed a primary key, edits are
followed one by one: the next edit of a row is the first that finds, under its new key, the row as the edit left it.
"""

from __future__ import annotations

from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import (
    FALSE,
    TRUE,
    col,
    differ,
    equal,
    every,
    old,
    old_row,
    row,
    same,
    some,
    text_literal,
)

Queries = list[tuple[str, str]]


def lives(shape: Shape) -> Queries:
    """The query `life`, with what it needs.

    Its columns are `first` and `last`; `linked`, whether that is one row all the time; and `regrouped`, whether the row
    moved to another key of a grouped view other than by a put through this view.
    """
    return [
        ("rekeyed", _rekeyed(shape)),
        ("cut", _cut(shape)),
        ("simple", _simple(shape)),
        ("piece", _piece(shape)),
        ("link", _link(shape)),
        ("chain (first, last)", _chain()),
        ("life", _life(shape)),
    ]


def _key_names(shape: Shape) -> list[str]:
    return [f"k{i}" for i in range(1, len(shape.source.primary_key) + 1)]


def _old_key(shape: Shape, alias: str = "c") -> list[str]:
    return [old(alias, c) for c in shape.source.primary_key]


def _new_key(shape: Shape, alias: str = "c") -> list[str]:
    return [col(alias, c) for c in shape.source.primary_key]


def _vector(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _rekeyed(shape: Shape) -> str:
    changed = differ(_new_key(shape), _old_key(shape))
    return f"select c.*\nfrom {shape.changes} as c\nwhere c.bxc_op = 'update' and {changed}"


def _cut(shape: Shape) -> str:
    names = _key_names(shape)
    before = ", ".join(f"{text} as {name}" for text, name in zip(_old_key(shape), names, strict=True))
    return f"select {before} from rekeyed as c\nunion\nselect {', '.join(_new_key(shape))} from rekeyed as c"


def keyed_by_primary_key(shape: Shape) -> bool:
    """Whether a view row and its source row have one key."""
    return not shape.plan.grouped and {m.column for m in shape.plan.match} == set(shape.source.primary_key)


def _regrouped(shape: Shape, alias: str = "c") -> str:
    """Whether an edit moves a row to another group, other than by a put through this view."""
    if not shape.plan.grouped:
        return FALSE
    key = [c.source for c in shape.key if c.source is not None]
    moved = differ([col(alias, c) for c in key], [old(alias, c) for c in key])
    return f"{alias}.bxc_op = 'update' and {alias}.bxc_via is not {text_literal(shape.name)} and {moved}"


def _simple(shape: Shape) -> str:
    """All edits of one primary key; those that touch the view neither before nor after are left out where they may."""
    names = _key_names(shape)
    keys = [
        f"coalesce({before}, {after}) as {name}"
        for before, after, name in zip(_old_key(shape), _new_key(shape), names, strict=True)
    ]
    seen = [_both(shape.visible(old_row("c"))), _both(shape.visible(row("c")))]
    grouped, by_primary_key = shape.plan.grouped, keyed_by_primary_key(shape)
    if not by_primary_key:
        seen.append("c.bxc_op <> 'update'")
    if grouped:
        seen.append(_regrouped(shape))
    relevant = "" if shape.plan.predicate is None else f"\n  where {some(seen, 4)}"
    inner = ["c.bxc_seq", "c.bxc_op", *keys]
    linked = TRUE if by_primary_key else "max(iif(bxc_op = 'insert', bxc_seq, 0)) <= min(bxc_seq)"
    regrouped = FALSE
    if grouped:
        inner.append(f"({_regrouped(shape)}) as regrouped")
        regrouped = "max(regrouped)"
    return (
        f"select min(bxc_seq) as first, max(bxc_seq) as last, {linked} as linked, {regrouped} as regrouped\n"
        f"from (\n  select {', '.join(inner)}\n  from {shape.changes} as c{relevant}\n)\n"
        f"where {_vector(names)} not in (select {', '.join(names)} from cut)\n"
        f"group by {', '.join(names)}"
    )


def _both(parts: list[str]) -> str:
    return " and ".join(parts) or TRUE


def _piece(shape: Shape) -> str:
    """The edits of rows whose primary key changed at some time."""
    listed = ", ".join(_key_names(shape))
    return (
        f"select c.*\nfrom {shape.changes} as c\n"
        f"where {_vector(_old_key(shape))} in (select {listed} from cut)\n"
        f"  or {_vector(_new_key(shape))} in (select {listed} from cut)"
    )


def _link(shape: Shape) -> str:
    """Each edit with the next of the same row."""
    follows = equal(_old_key(shape, "n"), _new_key(shape, "p"))
    columns = shape.source_columns
    as_left = same([old("n", c) for c in columns], [col("p", c) for c in columns])
    later = every([follows, "n.bxc_seq > p.bxc_seq", as_left], 6)
    nearest = f"select min(n.bxc_seq)\n    from piece as n\n    where {later}"
    return f"select\n  p.bxc_seq as edit,\n  (\n    {nearest}\n  ) as next\nfrom piece as p\nwhere p.bxc_op <> 'delete'"


def _chain() -> str:
    return (
        "select p.bxc_seq, p.bxc_seq\n"
        "from piece as p\n"
        "where p.bxc_seq not in (select next from link where next is not null)\n"
        "union all\n"
        "select chain.first, link.next\n"
        "from chain\n"
        "join link on link.edit = chain.last\n"
        "where link.next is not null"
    )


def _life(shape: Shape) -> str:
    if not shape.plan.grouped:
        followed = "select first, max(last), 1, 0\nfrom chain\ngroup by first"
    else:
        followed = (
            f"select chain.first, max(chain.last), 1, max({_regrouped(shape)})\n"
            f"from chain\njoin piece as c on c.bxc_seq = chain.last\ngroup by chain.first"
        )
    return f"select first, last, linked, regrouped\nfrom simple\nunion all\n{followed}"
