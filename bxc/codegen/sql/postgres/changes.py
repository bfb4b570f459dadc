"""A view → `<View>.changes.sql`: one SELECT that gives the view's net delta of all captured edits of its source.

Most edits are the only ones of their key and speak for themselves. `edit` has the others, `side` the image of each
before and after: the edits of a put bear one number, for rows leave their keys before others take them. `first` and
`last` are the rows that were and are there; `link` follows a row whose primary key changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.postgres.shape import Shape
from bxc.codegen.sql.postgres.text import bare, col, null, object_, old, q, quoted, row
from bxc.codegen.sql.setwise.layout import ctes, differ, equal, listed
from bxc.codegen.sql.setwise.shape import view_values
from bxc.codegen.sql.setwise.writer import Image

Queries = list[tuple[str, str]]


def changes_query(shape: Shape) -> str:
    """The text of the file: the SELECT has the columns of `bxc_delta_<View>`."""
    log = names.change_table(shape.source.name)
    header = f"-- {shape.name}: the net delta of all edits in {log}; the caller deletes what it has consumed.\n"
    if shape.read_only:
        columns = listed([f"{null(c.type)} as {q(c.name)}" for c in shape.plan.columns], 2)
        remark = "-- The view has no key, so its changes have no name."
        return f"{header}{remark}\nselect cast(null as text) as bxc_op,\n  {columns}\nwhere false;\n"
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
    log = object_(names.change_table(shape.source.name))
    k = _k(shape)
    n = [f"n{i}" for i, _ in enumerate(k, 1)]
    a = [f"a{i}" for i, _ in enumerate(k, 1)]
    old_key, new_key = _key(shape, "c", before=True), _key(shape, "c")
    before = listed([_as(old_key, k), *(f"{old('c', c)} as {q(c)}" for c in shape.columns)], 2)
    after = listed([*new_key, *(col("c", c) for c in shape.columns)], 2)
    side = (
        f"select 2 * c.bxc_seq as bxc_at,\n  {before}\nfrom edit as c\nwhere c.bxc_op <> 'insert'\n"
        f"union all\nselect 2 * c.bxc_seq + 1,\n  {after}\nfrom edit as c\nwhere c.bxc_op <> 'delete'"
    )
    partition = ", ".join(k)
    ends = f"select {partition}, min(bxc_at) as bxc_first, max(bxc_at) as bxc_last\nfrom side\ngroup by {partition}"
    end = "select s.*\nfrom side as s\njoin ends as e on {on} and e.bxc_{end} = s.bxc_at\nwhere s.bxc_at % 2 = {side}"
    depart = (
        f"select c.bxc_seq, {_as(old_key, k)}, {_as(new_key, n)}, c.bxc_op = 'delete' as bxc_dead\n"
        f"from edit as c\nwhere c.bxc_op = 'delete'\n  or c.bxc_op = 'update' and {differ(old_key, new_key)}"
    )
    later = f"select d.bxc_seq, {', '.join(f'd.{c}' for c in (*k, *n))}, d.bxc_dead, min(x.bxc_seq) as bxc_next\n"
    hop = (
        f"{later}from depart as d\nleft join depart as x on {_on('x', 'd', k, n)} and x.bxc_seq > d.bxc_seq\n"
        f"group by d.bxc_seq, {', '.join(f'd.{c}' for c in (*k, *n))}, d.bxc_dead"
    )
    first_hop = f"select distinct on ({partition}) *\nfrom hop\norder by {partition}, bxc_seq"
    walk = (
        f"select {', '.join(f'f.{c} as {d}' for c, d in zip(k, a, strict=True))}, {', '.join(f'h.{c}' for c in n)}, "
        "h.bxc_dead, h.bxc_next\n"
        f"from first as f\njoin first_hop as h on {_on('h', 'f', k)}\n"
        "union all\n"
        f"select {', '.join(f'w.{c}' for c in a)}, {', '.join(f'h.{c}' for c in n)}, h.bxc_dead, h.bxc_next\n"
        f"from walk as w\njoin hop as h on {_on('h', 'w', k, n)} and h.bxc_seq = w.bxc_next\nwhere not w.bxc_dead"
    )
    return [
        ("several", _several(shape)),
        ("edit", f"select c.* from {log} as c\njoin several as m on {_named(shape)}"),
        ("side", side),
        ("ends", ends),
        ("first", end.format(on=_on("e", "s", k), end="first", side=0)),
        ("last", end.format(on=_on("e", "s", k), end="last", side=1)),
        ("depart", depart),
        ("hop", hop),
        ("first_hop", first_hop),
        (f"walk ({', '.join((*a, *n))}, bxc_dead, bxc_next)", walk),
        ("link", f"select {', '.join((*a, *n))} from walk where not bxc_dead and bxc_next is null"),
    ]


def _several(shape: Shape) -> str:
    """The keys of edits that do not speak for themselves: of several edits, or of one that changes its key."""
    log = object_(names.change_table(shape.source.name))
    k = _k(shape)
    before, after = _key(shape, "c", before=True), _key(shape, "c")
    moved = f"c.bxc_op = 'update' and {differ(before, after)}"
    keys = ", ".join(k)
    return (
        f"select {keys}\nfrom (\n"
        f"  select {_as(_named_key(shape), k)}, {moved} as bxc_moved\n  from {log} as c\n"
        f"  union all\n"
        f"  select {_as(before, k)}, true\n  from {log} as c\n  where {moved}\n"
        f") as c\ngroup by {keys}\nhaving count(*) > 1 or bool_or(bxc_moved)"
    )


def _named_key(shape: Shape) -> list[str]:
    """The key of an edit `c`: the new one, but of a delete the old one."""
    pairs = zip(_key(shape, "c"), _key(shape, "c", before=True), strict=True)
    return [f"coalesce({after}, {before})" for after, before in pairs]


def _named(shape: Shape) -> str:
    """Whether an edit `c` has a key of `several`."""
    return equal([f"m.{c}" for c in _k(shape)], _named_key(shape))


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
    target = ",\n    ".join(
        f"case when l.{a[0]} is not null then l.{x}\n      when {stays} then f.{c}\n    end as {x}"
        for c, x in zip(k, n, strict=True)
    )
    inner = f"select f.*,\n    {target}\n  from first as f\n  left join link as l on {_on('l', 'f', a, k)}"
    followed = _pair(
        shape,
        (f"f.{k[0]} is not null", [f"f.{c}" for c in k], row("f")),
        (f"l.{k[0]} is not null", [f"l.{c}" for c in k], row("l")),
    )
    log = object_(names.change_table(shape.source.name))
    alone = _pair(
        shape,
        ("c.bxc_op <> 'insert'", _key(shape, "c", before=True), lambda name: old("c", name)),
        ("c.bxc_op <> 'delete'", _key(shape, "c"), row("c")),
    )
    return (
        f"{alone}\nfrom {log} as c\nwhere not exists (select 1 from several as m where {_named(shape)})\n"
        f"union all\n"
        f"{followed}\nfrom (\n  {inner}\n) as f\nfull join last as l on {_on('l', 'f', k, n)}"
    )


_End = tuple[str, list[str], Image]
"""A row before or after all edits: whether there is one, its primary key, and its values."""


def _pair(shape: Shape, before: _End, after: _End) -> str:
    k = _k(shape)
    columns = []
    for (there, _, image), name in ((before, "bxc_was"), (after, "bxc_is")):
        columns.append(f"({there} and {shape.visible(image)}) as {name}")
    for (_, key, _), name in ((before, "bxc_from_"), (after, "bxc_to_")):
        columns += [f"{text} as {q(name + c)}" for text, c in zip(key, k, strict=True)]
    columns += [*_view_as(shape, before[2], WAS), *_view_as(shape, after[2], IS)]
    return f"select\n  {listed(columns, 2)}"


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
        f"gone as g\nfull join come as c on {on_key}\nwhere {no_old} or {no_new}\n  or {replaced}",
    )
    return f"{stayed}\nunion all\n{others}"


# --- grouped views --------------------------------------------------------------------------------------------------


def _group_queries(shape: Shape) -> Queries:
    """Groups that edits touched: as they were, and as they are now.

    All visible rows of a group show the same, so one row tells what the group was or is. Edited rows tell both of most
    groups; only for the others the source is asked for a row that no edit touched.
    """
    key, columns = shape.plan.key, _all(shape)
    keys = ", ".join(map(q, key))

    def one_each(side: str, prefix: str) -> str:
        shown = {c: col("p", prefix + c) for c in columns}
        selected = [
            f"{text} as {q(c)}" if c in key else f"{_any(shape, c, text)} as {q(c)}" for c, text in shown.items()
        ]
        grouping = ", ".join(shown[c] for c in key)
        return f"select {listed(selected, 2)}\nfrom pair as p\nwhere p.{side}\ngroup by {grouping}"

    here = equal([col("w", c) for c in key], [col("n", c) for c in key])
    asked = (
        f"select {keys} from was_edited as w where not exists (select 1 from now_edited as n where {here})\n"
        f"union all\nselect {keys} from now_edited as n where not exists (select 1 from was_edited as w where {here})"
    )
    values = dict(zip(columns, view_values(shape, row("s")), strict=True))
    shown = [f"{values[c]} as {q(c)}" if c in key else f"{_any(shape, c, values[c])} as {q(c)}" for c in columns]
    edited = [f"p.{q('bxc_to_' + c)}" for c in _k(shape)]
    untouched = (
        f"select {listed(shown, 2)}\n"
        f"from asked as t\njoin {shape.base} as s on {shape.matches([col('t', c) for c in key])}\n"
        f"where not exists (select 1 from pair as p where {equal(edited, _key(shape, 's'))})\n"
        f"  and {shape.visible(row('s'))}\ngroup by {', '.join(values[c] for c in key)}"
    )

    def with_untouched(edited: str) -> str:
        on = equal([col("u", c) for c in key], [col("e", c) for c in key])
        others = f"select * from untouched as u where not exists (select 1 from {edited} as e where {on})"
        return f"select * from {edited}\nunion all\n{others}"

    return [
        ("was_edited", one_each("bxc_was", WAS)),
        ("now_edited", one_each("bxc_is", IS)),
        ("asked", asked),
        ("untouched", untouched),
        ("was", with_untouched("was_edited")),
        ("now", with_untouched("now_edited")),
        *_renames(shape),
    ]


def _any(shape: Shape, column: str, text: str) -> str:
    """Some value of a view's column in a group, all of which are the same."""
    return f"(array_agg(cast({text} as {bare(shape.plan.column(column).type)})))[1]"


def _renames(shape: Shape) -> Queries:
    """Groups of which all rows moved to one new group, by puts through this view alone."""
    key, k = shape.plan.key, _k(shape)
    n = [f"n{i}" for i, _ in enumerate(k, 1)]
    olds, news = [q(names.old_column(c)) for c in key], [q(c) for c in key]
    was, is_ = _was("p", key), _is("p", key)
    group = [c.source for c in shape.plan.columns if c.name in key and c.source is not None]
    otherwise = (
        f"select {_as(_key(shape, 'c', before=True), k)}, {_as(_key(shape, 'c'), n)}\n"
        f"from {object_(names.change_table(shape.source.name))} as c\n"
        f"where c.bxc_op = 'update' and c.bxc_via is distinct from {quoted(shape.name)}\n"
        f"  and {differ([old('c', c) for c in group], [col('c', c) for c in group])}"
    )
    started, ended = ([q(prefix + c) for c in k] for prefix in ("bxc_from_", "bxc_to_"))
    moved = (
        f"select distinct {_as(was, olds)}, {_as(is_, news)}\nfrom pair as p\n"
        f"where p.bxc_was and p.bxc_is and {differ(was, is_)}\n"
        f"  and not exists (select 1 from now as g where {equal([col('g', c) for c in key], was)})\n"
        f"  and not exists (select 1 from was as h where {equal([col('h', c) for c in key], is_)})\n"
        f"  and not exists (select 1 from otherwise as o where {_on('o', 'p', k, started)})\n"
        f"  and not exists (select 1 from otherwise as x where {_on('x', 'p', n, ended)})"
    )
    one = (
        f"select {', '.join([*olds, *news])}\nfrom (\n"
        f"  select m.*, count(*) over (partition by {', '.join(news)}) as bxc_into,\n"
        f"    count(*) over (partition by {', '.join(olds)}) as bxc_from\n  from moved as m\n"
        ") as m\nwhere bxc_into = 1 and bxc_from = 1"
    )
    return [("otherwise", otherwise), ("moved", moved), ("renamed", one)]


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
        f"was as w\nfull join now as n on {on_key}\nwhere ({no_old} or {no_new}\n  or {changed})\n"
        f"  and not exists (select 1 from renamed as r where {was_renamed} or {now_renamed})",
    )
    return f"{renames}\nunion all\n{others}"
