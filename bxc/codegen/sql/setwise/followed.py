"""The changes of views where the log tells a row by its primary key alone, as DuckDB and PostgreSQL have it.

Most edits are the only ones of their key and speak for themselves. `edit` has the others, `side` the image of each
before and after: the edits of a put bear one number, for rows leave their keys before others take them. `first` and
`last` are the rows that were and are there; `link` follows a row whose primary key changed.
"""

from __future__ import annotations

from bxc.codegen.sql.setwise.changes import (
    IS,
    WAS,
    Queries,
    agree,
    changes_text,
    elsewhere,
    key_of,
    named,
    positions,
    renamed,
    shown_as,
)
from bxc.codegen.sql.setwise.layout import differ, equal, listed
from bxc.codegen.sql.setwise.shape import SetShape
from bxc.codegen.sql.setwise.writer import Image


def changes_query(shape: SetShape, *, capture: bool) -> str:
    """See `changes_text`."""
    return changes_text(
        shape,
        lambda: [*_followed(shape), ("pair", _pairs(shape))],
        lambda: _renames(shape),
        capture=capture,
        recursive=True,
    )


# --- rows from the first edit to the last ---------------------------------------------------------------------------


def _followed(shape: SetShape) -> Queries:
    log = shape.log
    k = positions(shape)
    n = [f"n{i}" for i, _ in enumerate(k, 1)]
    a = [f"a{i}" for i, _ in enumerate(k, 1)]
    old_key, new_key = key_of(shape, "c", before=True), key_of(shape, "c")
    before = listed(
        [named(old_key, k), *(f"{shape.write.old('c', c)} as {shape.write.q(c)}" for c in shape.columns)], 2
    )
    after = listed([*new_key, *(shape.write.col("c", c) for c in shape.columns)], 2)
    side = (
        f"select 2 * c.bxc_seq as bxc_at,\n  {before}\nfrom edit as c\nwhere c.bxc_op <> 'insert'\n"
        f"union all\nselect 2 * c.bxc_seq + 1,\n  {after}\nfrom edit as c\nwhere c.bxc_op <> 'delete'"
    )
    partition = ", ".join(k)
    ends = f"select {partition}, min(bxc_at) as bxc_first, max(bxc_at) as bxc_last\nfrom side\ngroup by {partition}"
    end = "select s.*\nfrom side as s\njoin ends as e on {on} and e.bxc_{end} = s.bxc_at\nwhere s.bxc_at % 2 = {side}"
    depart = (
        f"select c.bxc_seq, {named(old_key, k)}, {named(new_key, n)}, c.bxc_op = 'delete' as bxc_dead\n"
        f"from edit as c\nwhere c.bxc_op = 'delete'\n  or c.bxc_op = 'update' and {differ(old_key, new_key)}"
    )
    later = f"select d.bxc_seq, {', '.join(f'd.{c}' for c in (*k, *n))}, d.bxc_dead, min(x.bxc_seq) as bxc_next\n"
    hop = (
        f"{later}from depart as d\nleft join depart as x on {agree('x', 'd', k, n)} and x.bxc_seq > d.bxc_seq\n"
        f"group by d.bxc_seq, {', '.join(f'd.{c}' for c in (*k, *n))}, d.bxc_dead"
    )
    first_hop = (
        "select *\nfrom (\n"
        f"  select h.*, row_number() over (partition by {partition} order by h.bxc_seq) as bxc_nth\n  from hop as h\n"
        ") as h\nwhere bxc_nth = 1"
    )
    walk = (
        f"select {', '.join(f'f.{c} as {d}' for c, d in zip(k, a, strict=True))}, {', '.join(f'h.{c}' for c in n)}, "
        "h.bxc_dead, h.bxc_next\n"
        f"from first as f\njoin first_hop as h on {agree('h', 'f', k)}\n"
        "union all\n"
        f"select {', '.join(f'w.{c}' for c in a)}, {', '.join(f'h.{c}' for c in n)}, h.bxc_dead, h.bxc_next\n"
        f"from walk as w\njoin hop as h on {agree('h', 'w', k, n)} and h.bxc_seq = w.bxc_next\nwhere not w.bxc_dead"
    )
    return [
        ("several", _several(shape)),
        ("edit", "select c.*\n" + shape.write.looked_up(log, "c", "several", "m", _named(shape))),
        ("side", side),
        ("ends", ends),
        ("first", end.format(on=agree("e", "s", k), end="first", side=0)),
        ("last", end.format(on=agree("e", "s", k), end="last", side=1)),
        ("depart", depart),
        ("hop", hop),
        ("first_hop", first_hop),
        (f"walk ({', '.join((*a, *n))}, bxc_dead, bxc_next)", walk),
        ("link", f"select {', '.join((*a, *n))} from walk where not bxc_dead and bxc_next is null"),
    ]


def _several(shape: SetShape) -> str:
    """The keys of edits that do not speak for themselves: of several edits, or of one that changes its key."""
    log = shape.log
    k = positions(shape)
    before, after = key_of(shape, "c", before=True), key_of(shape, "c")
    moved = f"c.bxc_op = 'update' and {differ(before, after)}"
    keys = ", ".join(k)
    return (
        f"select {keys}\nfrom (\n"
        f"  select {named(_named_key(shape), k)}, {moved} as bxc_moved\n  from {log} as c\n"
        f"  union all\n"
        f"  select {named(before, k)}, true\n  from {log} as c\n  where {moved}\n"
        f") as c\ngroup by {keys}\nhaving count(*) > 1 or bool_or(bxc_moved)"
    )


def _named_key(shape: SetShape) -> list[str]:
    """The key of an edit `c`: the new one, but of a delete the old one."""
    pairs = zip(key_of(shape, "c"), key_of(shape, "c", before=True), strict=True)
    return [f"coalesce({after}, {before})" for after, before in pairs]


def _named(shape: SetShape) -> str:
    """Whether an edit `c` has a key of `several`."""
    return equal([f"m.{c}" for c in positions(shape)], _named_key(shape))


def _pairs(shape: SetShape) -> str:
    """Each row that was or is there, as the view showed and shows it; both sides are filled where it is one row."""
    k = positions(shape)
    n = [f"n{i}" for i, _ in enumerate(k, 1)]
    a = [f"a{i}" for i, _ in enumerate(k, 1)]
    stays = f"not exists (select 1 from depart as d where {agree('d', 'f', k)})"
    target = ",\n    ".join(
        f"case when l.{a[0]} is not null then l.{x}\n      when {stays} then f.{c}\n    end as {x}"
        for c, x in zip(k, n, strict=True)
    )
    inner = f"select f.*,\n    {target}\n  from first as f\n  left join link as l on {agree('l', 'f', a, k)}"
    followed = _pair(
        shape,
        (f"f.{k[0]} is not null", [f"f.{c}" for c in k], shape.write.row("f")),
        (f"l.{k[0]} is not null", [f"l.{c}" for c in k], shape.write.row("l")),
    )
    log = shape.log
    alone = _pair(
        shape,
        ("c.bxc_op <> 'insert'", key_of(shape, "c", before=True), lambda name: shape.write.old("c", name)),
        ("c.bxc_op <> 'delete'", key_of(shape, "c"), shape.write.row("c")),
    )
    return (
        f"{alone}\nfrom {log} as c\n{shape.write.less([('several', 'm', _named(shape))])}\n"
        f"union all\n"
        f"{followed}\nfrom (\n  {inner}\n) as f\nfull join last as l on {agree('l', 'f', k, n)}"
    )


_End = tuple[str, list[str], Image]
"""A row before or after all edits: whether there is one, its primary key, and its values."""


def _pair(shape: SetShape, before: _End, after: _End) -> str:
    k = positions(shape)
    columns = []
    for (there, _, image), name in ((before, "bxc_was"), (after, "bxc_is")):
        columns.append(f"({there} and {shape.visible(image)}) as {name}")
    for (_, key, _), name in ((before, "bxc_from_"), (after, "bxc_to_")):
        columns += [f"{text} as {shape.write.q(name + c)}" for text, c in zip(key, k, strict=True)]
    columns += [*shown_as(shape, before[2], WAS), *shown_as(shape, after[2], IS)]
    return f"select\n  {listed(columns, 2)}"


def _renames(shape: SetShape) -> Queries:
    k = positions(shape)
    n = [f"n{i}" for i, _ in enumerate(k, 1)]
    otherwise = (
        f"select {named(key_of(shape, 'c', before=True), k)}, {named(key_of(shape, 'c'), n)}\n"
        f"from {shape.log} as c\nwhere {elsewhere(shape, 'c')}"
    )
    started, ended = ([shape.write.q(prefix + c) for c in k] for prefix in ("bxc_from_", "bxc_to_"))
    left = ("otherwise", "o", agree("o", "p", k, started))
    return renamed(shape, otherwise, left, ("otherwise", "x", agree("x", "p", n, ended)))
