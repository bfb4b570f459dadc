"""A view → `<View>.changes.sql`: one SELECT that gives the view's net delta of all captured edits of its source.

`side` holds the image before (0) and after (1) of each edit. The edits of a put bear one number: rows leave their keys
before others take them. `first` and `last` are the rows that were and are there; `link` follows a row whose primary
key changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.duckdb.shape import Shape, view_values
from bxc.codegen.sql.duckdb.text import Image, col, ctes, differ, equal, listed, null, old, q, quoted, row

Queries = list[tuple[str, str]]


def changes_query(shape: Shape) -> str:
    """The text of the file: the SELECT has the columns of `bxc_delta_<View>`."""
    log = names.change_table(shape.source.name)
    header = (
        f"-- {shape.name}: the net delta of all edits in {log}; the caller deletes what it has consumed.\n"
        f"-- Run {shape.source.name}.capture.sql first, in the same transaction.\n"
    )
    if shape.read_only:
        columns = listed([f"{null(c.type)} as {q(c.name)}" for c in shape.plan.columns], 2)
        remark = "-- The view has no key, so its changes have no name."
        return f"{header}{remark}\nselect null as bxc_op,\n  {columns}\nwhere false;\n"
    queries = [*_rows(shape), ("pair", _pairs(shape))]
    if shape.plan.grouped:
        queries += _group_queries(shape)
        final = _group_delta(shape)
    else:
        queries += _keyed_queries()
        final = _keyed_delta(shape)
    return f"{header}with recursive\n{ctes(queries)}\n{final};\n"


# --- rows from the first edit to the last ---------------------------------------------------------------------------


def _k(shape: Shape) -> list[str]:
    return [f"k{i}" for i, _ in enumerate(shape.source.primary_key, 1)]


def _key(shape: Shape, alias: str, *, before: bool = False) -> list[str]:
    return [(old if before else col)(alias, c) for c in shape.source.primary_key]


def _as(texts: Sequence[str], columns: Sequence[str]) -> str:
    return ", ".join(f"{text} as {name}" for text, name in zip(texts, columns, strict=True))


def _on(left: str, right: str, columns: Sequence[str], others: Sequence[str] | None = None) -> str:
    return equal([f"{left}.{c}" for c in columns], [f"{right}.{c}" for c in others or columns])


def _rows(shape: Shape) -> Queries:
    log = q(names.change_table(shape.source.name))
    k = _k(shape)
    n = [f"n{i}" for i, _ in enumerate(k, 1)]
    a = [f"a{i}" for i, _ in enumerate(k, 1)]
    old_key, new_key = _key(shape, "c", before=True), _key(shape, "c")
    before = listed([_as(old_key, k), *(f"{old('c', c)} as {q(c)}" for c in shape.columns)], 2)
    after = listed([*new_key, *(col("c", c) for c in shape.columns)], 2)
    side = (
        f"select c.bxc_seq, 0 as bxc_side,\n  {before}\nfrom {log} as c\nwhere c.bxc_op <> 'insert'\n"
        f"union all\nselect c.bxc_seq, 1,\n  {after}\nfrom {log} as c\nwhere c.bxc_op <> 'delete'"
    )
    ranked = (
        "select * from side\nqualify row_number() over (partition by {k} order by {order}) = 1 and bxc_side = {side}"
    )
    partition = ", ".join(k)
    depart = (
        f"select c.bxc_seq, {_as(old_key, k)}, {_as(new_key, n)}, c.bxc_op = 'delete' as bxc_dead\n"
        f"from {log} as c\nwhere c.bxc_op = 'delete' or c.bxc_op = 'update' and {differ(old_key, new_key)}"
    )
    later = f"select d.bxc_seq, {', '.join(f'd.{c}' for c in (*k, *n))}, d.bxc_dead, min(x.bxc_seq) as bxc_next\n"
    hop = (
        f"{later}from depart as d\nleft join depart as x on {_on('x', 'd', k, n)} and x.bxc_seq > d.bxc_seq\n"
        "group by all"
    )
    first_hop = f"select *\nfrom hop\nqualify row_number() over (partition by {partition} order by bxc_seq) = 1"
    walk = (
        f"select {', '.join(f'f.{c} as {d}' for c, d in zip(k, a, strict=True))}, {', '.join(f'h.{c}' for c in n)}, "
        "h.bxc_dead, h.bxc_next\n"
        f"from first as f\njoin first_hop as h on {_on('h', 'f', k)}\n"
        "union all\n"
        f"select {', '.join(f'w.{c}' for c in a)}, {', '.join(f'h.{c}' for c in n)}, h.bxc_dead, h.bxc_next\n"
        f"from walk as w\njoin hop as h on {_on('h', 'w', k, n)} and h.bxc_seq = w.bxc_next\nwhere not w.bxc_dead"
    )
    return [
        ("side", side),
        ("first", ranked.format(k=partition, order="bxc_seq, bxc_side", side=0)),
        ("last", ranked.format(k=partition, order="bxc_seq desc, bxc_side desc", side=1)),
        ("depart", depart),
        ("hop", hop),
        ("first_hop", first_hop),
        (f"walk ({', '.join((*a, *n))}, bxc_dead, bxc_next)", walk),
        ("link", f"select {', '.join((*a, *n))} from walk where not bxc_dead and bxc_next is null"),
    ]


def _view_as(shape: Shape, image: Image, prefix: str) -> list[str]:
    values = view_values(shape, image)
    return [f"{text} as {q(prefix + c.name)}" for text, c in zip(values, shape.plan.columns, strict=True)]


WAS, IS = "bxc_was_", "bxc_is_"


def _pairs(shape: Shape) -> str:
    """Each row that was or is there, as the view showed and shows it; both sides are filled where it is one row."""
    k = _k(shape)
    n = [f"n{i}" for i, _ in enumerate(k, 1)]
    a = [f"a{i}" for i, _ in enumerate(k, 1)]
    stays = f"not exists (select 1 from depart as d where {_on('d', 'f', k)})"
    target = ", ".join(
        f"case when l.{a[0]} is not null then l.{x} when {stays} then f.{c} end as {x}"
        for c, x in zip(k, n, strict=True)
    )
    inner = f"select f.*, {target}\n  from first as f\n  left join link as l on {_on('l', 'f', a, k)}"
    columns = [
        f"(f.{k[0]} is not null and {shape.visible(row('f'))}) as bxc_was",
        f"(l.{k[0]} is not null and {shape.visible(row('l'))}) as bxc_is",
        *(f"f.{c} as {q('bxc_from_' + c)}" for c in k),
        *(f"l.{c} as {q('bxc_to_' + c)}" for c in k),
        *_view_as(shape, row("f"), WAS),
        *_view_as(shape, row("l"), IS),
    ]
    return f"select\n  {listed(columns, 2)}\nfrom (\n  {inner}\n) as f\nfull join last as l on {_on('l', 'f', k, n)}"


def _was(alias: str, columns: Sequence[str]) -> list[str]:
    return [col(alias, WAS + c) for c in columns]


def _is(alias: str, columns: Sequence[str]) -> list[str]:
    return [col(alias, IS + c) for c in columns]


def _all(shape: Shape) -> list[str]:
    return [c.name for c in shape.plan.columns]


def _delta(shape: Shape, operation: str, key: Sequence[str], columns: Sequence[str], source: str) -> str:
    header = ["bxc_op", *(names.old_column(name) for name in shape.plan.key), *_all(shape)]
    selected = [f"{text} as {q(name)}" for text, name in zip([operation, *key, *columns], header, strict=True)]
    return f"select {listed(selected, 2)}\nfrom {source}"


# --- keyed views ----------------------------------------------------------------------------------------------------


def _keyed_queries() -> Queries:
    return [
        ("gone", "select * from pair where bxc_was and not bxc_is"),
        ("come", "select * from pair where bxc_is and not bxc_was"),
    ]


def _keyed_delta(shape: Shape) -> str:
    key, columns = shape.plan.key, _all(shape)
    changed = differ(_was("p", columns), _is("p", columns))
    stayed = _delta(
        shape,
        "'update'",
        _was("p", key),
        _is("p", columns),
        f"pair as p\nwhere p.bxc_was and p.bxc_is and {changed}",
    )
    no_old, no_new = "g.bxc_was is null", "c.bxc_is is null"
    on_key = equal(_was("g", key), _is("c", key))
    replaced = differ(_was("g", columns), _is("c", columns))
    others = _delta(
        shape,
        f"case when {no_old} then 'insert' when {no_new} then 'delete' else 'update' end",
        _was("g", key),
        _is("c", columns),
        f"gone as g\nfull join come as c on {on_key}\nwhere {no_old} or {no_new} or {replaced}",
    )
    return f"{stayed}\nunion all\n{others}"


# --- grouped views --------------------------------------------------------------------------------------------------


def _group_queries(shape: Shape) -> Queries:
    """Groups that edits touched: as they were, and as the source has them now."""
    key, columns = shape.plan.key, _all(shape)
    named = ", ".join(map(q, columns))
    keys = ", ".join(map(q, key))
    touched = (
        f"select {_as(_was('p', key), [q(c) for c in key])} from pair as p where p.bxc_was\n"
        f"union\nselect {', '.join(_is('p', key))} from pair as p where p.bxc_is"
    )
    k = _k(shape)
    edited = equal([f"p.{q('bxc_to_' + c)}" for c in k], _key(shape, "s"))
    rows_now = (
        f"select {listed(_view_as(shape, row('s'), ''), 2)},\n"
        f"  exists (select 1 from pair as p where {edited}) as bxc_edited\n"
        f"from {shape.base} as s\nsemi join touched as t on {shape.matches([col('t', c) for c in key])}\n"
        f"where {shape.visible(row('s'))}"
    )
    first = f"qualify row_number() over (partition by {keys}) = 1"
    was_rows = (
        f"select {_as(_was('p', columns), [q(c) for c in columns])} from pair as p where p.bxc_was\n"
        f"union all\nselect {named} from now_row where not bxc_edited"
    )
    via = _moved_otherwise(shape)
    here = f"exists (select 1 from now as x where {equal([col('x', c) for c in key], _was('p', key))})"
    there = f"exists (select 1 from was as x where {equal([col('x', c) for c in key], _is('p', key))})"
    old_names = [q(names.old_column(c)) for c in key]
    pairs = f"{_as(_was('p', key), old_names)}, {_as(_is('p', key), [q(c) for c in key])}"
    renamed = (
        f"select distinct {pairs}\n"
        f"from pair as p\nwhere p.bxc_was and p.bxc_is and {differ(_was('p', key), _is('p', key))}\n"
        f"  and not {here}\n  and not {there}\n  and not {via}"
    )
    olds = ", ".join(q(names.old_column(c)) for c in key)
    one = (
        "select * from moved\n"
        f"qualify count(*) over (partition by {keys}) = 1 and count(*) over (partition by {olds}) = 1"
    )
    return [
        ("touched", touched),
        ("now_row", rows_now),
        ("now", f"select {named} from now_row\n{first}"),
        ("was_row", was_rows),
        ("was", f"select {named} from was_row\n{first}"),
        ("moved", renamed),
        ("renamed", one),
    ]


def _moved_otherwise(shape: Shape) -> str:
    """Whether the row of a pair `p` was moved between groups other than by a put through this view."""
    log = q(names.change_table(shape.source.name))
    group = [c.source for c in shape.plan.columns if c.name in shape.plan.key and c.source is not None]
    k = _k(shape)
    starts = equal(_key(shape, "c", before=True), [f"p.{q('bxc_from_' + c)}" for c in k])
    ends = equal(_key(shape, "c"), [f"p.{q('bxc_to_' + c)}" for c in k])
    moves = differ([old("c", c) for c in group], [col("c", c) for c in group])
    return (
        f"exists (\n    select 1 from {log} as c\n    where c.bxc_op = 'update' and {moves}\n"
        f"      and c.bxc_via is distinct from {quoted(shape.name)} and ({starts} or {ends})\n  )"
    )


def _group_delta(shape: Shape) -> str:
    key, columns = shape.plan.key, _all(shape)
    renames = _delta(
        shape,
        "'update'",
        [old("r", c) for c in key],
        [col("n", c) for c in columns],
        f"renamed as r\njoin now as n on {equal([col('n', c) for c in key], [col('r', c) for c in key])}",
    )
    no_old, no_new = f"{col('w', key[0])} is null", f"{col('n', key[0])} is null"
    on_key = equal([col("w", c) for c in key], [col("n", c) for c in key])
    changed = differ([col("w", c) for c in columns], [col("n", c) for c in columns])
    was_renamed = equal([old("r", c) for c in key], [col("w", c) for c in key])
    now_renamed = equal([col("r", c) for c in key], [col("n", c) for c in key])
    others = _delta(
        shape,
        f"case when {no_old} then 'insert' when {no_new} then 'delete' else 'update' end",
        [col("w", c) for c in key],
        [col("n", c) for c in columns],
        f"was as w\nfull join now as n on {on_key}\nwhere ({no_old} or {no_new} or {changed})\n"
        f"  and not exists (select 1 from renamed as r where {was_renamed} or {now_renamed})",
    )
    return f"{renames}\nunion all\n{others}"
