"""A view → the queries that follow each captured source row from its first captured edit to its last.

A *life* is a source row through its edits: `first` and `last` are the edits' numbers in `bxc_change_<Source>`. Nearly
always it is all edits of one primary key. Where an update changed a primary key, rows are followed from key to key.
"""

from __future__ import annotations

from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import (
    FALSE,
    TRUE,
    col,
    differ,
    equal,
    old,
    old_row,
    row,
    some,
    text_literal,
    where,
)
from bxc.expr import columns

Queries = list[tuple[str, str]]


def lives(shape: Shape) -> Queries:
    """The query `bxc_life`, with what it needs; beside `bxc_simple` where a view row and its source row have one key.

    Columns of both are `first` and `last`; `linked`, whether that is one row all the time; and `regrouped`, whether the
    row moved to another key of a grouped view other than by a put through this view.
    """
    strayed = f"select c.*\nfrom bxc_piece as c\nwhere {_regrouped(shape)}"
    return [
        ("bxc_rekeyed", _rekeyed(shape)),
        ("bxc_cut", _cut(shape)),
        ("bxc_simple", _simple(shape)),
        ("bxc_piece", _piece(shape)),
        *([("bxc_strayed", strayed)] if shape.plan.grouped else []),
        ("bxc_come", _events(shape, "c.bxc_op = 'insert'", _new_key(shape))),
        ("bxc_go", _events(shape, "c.bxc_op = 'delete'", _old_key(shape))),
        ("bxc_guest", _guests(shape)),
        ("bxc_hop", _hops(shape)),
        ("bxc_chain (first, edit)", _chain(shape)),
        ("bxc_life (first, last, linked, regrouped)", _life(shape)),
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
    return f"select {before} from bxc_rekeyed as c\nunion\nselect {', '.join(_new_key(shape))} from bxc_rekeyed as c"


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
    """All edits of one primary key, but for those that the view cannot tell from none."""
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
    conditions = [f"({some(seen, 4)})"] if shape.plan.predicate is not None else []
    relevant = where([*conditions, *_changes_what_is_read(shape)], 2)
    inner = ["c.bxc_seq", "c.bxc_op", *keys]
    linked = TRUE if by_primary_key else "max(iif(bxc_op = 'insert', bxc_seq, 0)) <= min(bxc_seq)"
    regrouped = FALSE
    if grouped:
        inner.append(f"({_regrouped(shape)}) as regrouped")
        regrouped = "max(regrouped)"
    return (
        f"select min(bxc_seq) as first, max(bxc_seq) as last, {linked} as linked, {regrouped} as regrouped\n"
        f"from (\n  select {', '.join(inner)}\n  from {shape.changes} as c{relevant}\n)\n"
        f"where {_vector(names)} not in (select {', '.join(names)} from bxc_cut)\n"
        f"group by {', '.join(names)}"
    )


def _changes_what_is_read(shape: Shape) -> list[str]:
    """That an edit is no update of columns alone that the view does not read; nothing if it reads all."""
    expressions = [column.value for column in shape.plan.columns]
    if shape.plan.predicate is not None:
        expressions.append(shape.plan.predicate)
    read = {name for expression in expressions for name in columns(expression)}
    if read.issuperset(shape.source_columns):
        return []
    listed = [name for name in shape.source_columns if name in read]
    return [f"(c.bxc_op <> 'update' or {differ([old('c', c) for c in listed], [col('c', c) for c in listed])})"]


def _both(parts: list[str]) -> str:
    return " and ".join(parts) or TRUE


def _piece(shape: Shape) -> str:
    """The edits of rows whose primary key changed at some time."""
    listed = ", ".join(_key_names(shape))
    return (
        f"select c.*\nfrom {shape.changes} as c\n"
        f"where {_vector(_old_key(shape))} in (select {listed} from bxc_cut)\n"
        f"  or {_vector(_new_key(shape))} in (select {listed} from bxc_cut)"
    )


def _named(texts: list[str], names: list[str]) -> str:
    return ", ".join(f"{text} as {name}" for text, name in zip(texts, names, strict=True))


def _events(shape: Shape, operation: str, key: list[str]) -> str:
    """The edits by which rows come to a primary key, or go from it, numbered for each key."""
    names = _key_names(shape)
    changed = f"c.bxc_op = 'update' and {differ(_new_key(shape), _old_key(shape))}"
    return (
        f"select {_named(key, names)}, c.bxc_seq,\n"
        f"  row_number() over (partition by {', '.join(key)} order by c.bxc_seq) as number\n"
        f"from bxc_piece as c\nwhere {operation} or {changed}"
    )


def _guests(shape: Shape) -> str:
    """For each key, how many rows had it at first (1 or 0): those that have it now, less who came, and who went."""
    names = _key_names(shape)
    mine = [f"bxc_cut.{name}" for name in names]
    here = shape.exists(equal([col("s", c) for c in shape.source.primary_key], mine))
    counts = [
        f"(select count(*) from {events} where {equal([f'{events}.{name}' for name in names], mine)})"
        for events in ("bxc_come", "bxc_go")
    ]
    return f"select {', '.join(names)},\n  {here}\n    - {counts[0]}\n    + {counts[1]} as at_first\nfrom bxc_cut"


def _hops(shape: Shape) -> str:
    """Each edit by which a row came to a key, with the one by which it went: who came first goes first.

    A put writes rows that swap keys one after the other, so for a moment two rows have one key.
    """
    names = _key_names(shape)

    def by_key(one: str, other: str) -> str:
        return equal([f"{one}.{name}" for name in names], [f"{other}.{name}" for name in names])

    return (
        "select bxc_come.bxc_seq as edit, bxc_go.bxc_seq as next\n"
        "from bxc_come\n"
        f"join bxc_guest on {by_key('bxc_guest', 'bxc_come')}\n"
        f"join bxc_go on {by_key('bxc_go', 'bxc_come')} and bxc_go.number = bxc_come.number + bxc_guest.at_first"
    )


def _chain(shape: Shape) -> str:
    """The edits that a row came and went by, from its first edit on."""
    names = _key_names(shape)
    at_first = equal([f"bxc_go.{name}" for name in names], [f"bxc_guest.{name}" for name in names])
    edited = equal(_old_key(shape, "p"), [f"bxc_guest.{name}" for name in names])
    return (
        f"select (select min(p.bxc_seq) from bxc_piece as p where {edited}), bxc_go.bxc_seq\n"
        f"from bxc_guest\njoin bxc_go on bxc_go.number = 1 and {at_first}\nwhere bxc_guest.at_first = 1\n"
        "union all\n"
        "select p.bxc_seq, p.bxc_seq\nfrom bxc_piece as p\nwhere p.bxc_op = 'insert'\n"
        "union all\n"
        "select bxc_chain.first, bxc_hop.next\nfrom bxc_chain\njoin bxc_hop on bxc_hop.edit = bxc_chain.edit"
    )


def _life(shape: Shape) -> str:
    """The last edit of a row that is still there may be one that changed no key."""
    last = (
        f"coalesce((select max(p.bxc_seq) from bxc_piece as p where {_stays(shape, _new_key(shape, 'c'))} "
        "and p.bxc_seq > c.bxc_seq), c.bxc_seq)"
    )
    simple = "" if keyed_by_primary_key(shape) else "select *\nfrom bxc_simple\nunion all\n"
    return (
        f"{simple}select bxc_chain.first, {last}, 1, {_strayed(shape) if shape.plan.grouped else FALSE}\n"
        "from bxc_chain\njoin bxc_piece as c on c.bxc_seq = bxc_chain.edit\n"
        "where bxc_chain.edit not in (select edit from bxc_hop)"
    )


def _stays(shape: Shape, key: list[str]) -> str:
    """Whether an edit `p` is of a row that has a primary key and keeps it."""
    return f"{equal(_old_key(shape, 'p'), key)} and {equal(_new_key(shape, 'p'), key)}"


def _strayed(shape: Shape) -> str:
    """Whether a life has an edit that moved the row to another group, other than by a put through this view."""
    since = "(select max(d.edit) from bxc_chain as d where d.first = e.first and d.edit < e.edit)"
    before = f"p.bxc_seq < e.edit and p.bxc_seq > coalesce({since}, 0) and {_stays(shape, _old_key(shape, 'g'))}"
    behind = (
        f"p.bxc_seq > e.edit and e.edit not in (select edit from bxc_hop) and {_stays(shape, _new_key(shape, 'g'))}"
    )
    return (
        "exists (\n"
        "    select 1\n"
        "    from bxc_strayed as p\n"
        "    join bxc_chain as e on e.first = bxc_chain.first\n"
        "    join bxc_piece as g on g.bxc_seq = e.edit\n"
        f"    where p.bxc_seq = e.edit\n      or {before}\n      or {behind}\n"
        "  )"
    )
