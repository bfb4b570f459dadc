"""A view → `<View>.changes.sql`: one SELECT that gives the view's net delta of all captured edits of its source.

The log tells whose each edit is, so a source row's first edit has what it was and its last one what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.setwise.layout import ctes, differ, equal, indented, listed
from bxc.codegen.sql.setwise.shape import view_values
from bxc.codegen.sql.setwise.writer import Image
from bxc.codegen.sql.spark.capture import FIRST, first_column
from bxc.codegen.sql.spark.shape import Shape
from bxc.codegen.sql.spark.text import col, null, old, q, quoted, row

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
        return f"{header}{remark}\nselect cast(null as string) as bxc_op,\n  {columns}\nwhere false;\n"
    queries = [*_rows(shape), ("pair", _pairs(shape))]
    if shape.plan.grouped:
        queries += _group_queries(shape)
        final = _group_delta(shape)
    else:
        queries += _keyed_queries()
        final = _keyed_delta(shape)
    return f"{header}with\n{ctes(queries)}\n{final};\n"


# --- rows from the first edit to the last ---------------------------------------------------------------------------


def _k(shape: Shape) -> list[str]:
    return [f"k{i}" for i, _ in enumerate(shape.source.primary_key, 1)]


def _key(shape: Shape, alias: str, *, before: bool = False) -> list[str]:
    return [(old if before else col)(alias, c) for c in shape.source.primary_key]


def _as(texts: Sequence[str], columns: Sequence[str]) -> str:
    return ", ".join(f"{text} as {name}" for text, name in zip(texts, columns, strict=True))


def _on(left: str, right: str, columns: Sequence[str], others: Sequence[str] | None = None) -> str:
    return equal([f"{left}.{c}" for c in columns], [f"{right}.{c}" for c in others or columns])


def _first(shape: Shape, alias: str) -> list[str]:
    """What all edits of one source row have in common."""
    return [f"{alias}.{FIRST}", *(col(alias, first_column(c)) for c in shape.source.primary_key)]


def _rows(shape: Shape) -> Queries:
    log = q(names.change_table(shape.source.name))
    row_of = ", ".join(_first(shape, "c"))
    numbered = (
        f"select c.*,\n  row_number() over (partition by {row_of} order by c.bxc_seq) as bxc_from_start,\n"
        f"  row_number() over (partition by {row_of} order by c.bxc_seq desc) as bxc_from_end\nfrom {log} as c"
    )
    return [("edit", numbered)]


def _view_as(shape: Shape, image: Image, prefix: str) -> list[str]:
    values = view_values(shape, image)
    return [f"{text} as {q(prefix + c.name)}" for text, c in zip(values, shape.plan.columns, strict=True)]


WAS, IS = "bxc_was_", "bxc_is_"


def _pairs(shape: Shape) -> str:
    """Each row that was or is there, as the view showed and shows it: by its first edit and by its last one."""
    k = _k(shape)
    was: Image = lambda name: old("f", name)  # noqa: E731
    is_ = row("l")
    columns = [
        f"(f.bxc_op <> 'insert' and {shape.visible(was)}) as bxc_was",
        f"(l.bxc_op <> 'delete' and {shape.visible(is_)}) as bxc_is",
        *(f"{text} as {name}" for text, name in zip(_first(shape, "f"), _named_first(shape), strict=True)),
        *(f"{text} as {q('bxc_to_' + c)}" for text, c in zip(_key(shape, "l"), k, strict=True)),
        *_view_as(shape, was, WAS),
        *_view_as(shape, is_, IS),
    ]
    on = equal(_first(shape, "l"), _first(shape, "f"))
    return (
        f"select\n  {listed(columns, 2)}\nfrom edit as f\njoin edit as l on {on}\n"
        "where f.bxc_from_start = 1 and l.bxc_from_end = 1"
    )


def _named_first(shape: Shape) -> list[str]:
    return [FIRST, *(q(first_column(c)) for c in shape.source.primary_key)]


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
        selected = [f"{text} as {q(c)}" if c in key else f"first({text}) as {q(c)}" for c, text in shown.items()]
        grouping = ", ".join(shown[c] for c in key)
        return f"select {listed(selected, 2)}\nfrom pair as p\nwhere p.{side}\ngroup by {grouping}"

    here = equal([col("w", c) for c in key], [col("n", c) for c in key])
    asked = (
        f"select {keys} from was_edited as w left anti join now_edited as n on {here}\n"
        f"union all\nselect {keys} from now_edited as n left anti join was_edited as w on {here}"
    )
    values = dict(zip(columns, view_values(shape, row("s")), strict=True))
    shown = [f"{values[c]} as {q(c)}" if c in key else f"first({values[c]}) as {q(c)}" for c in columns]
    edited = [f"p.{q('bxc_to_' + c)}" for c in _k(shape)]
    untouched = (
        f"select {listed(shown, 2)}\n"
        f"from {shape.base} as s\nleft semi join asked as t on {shape.matches([col('t', c) for c in key])}\n"
        f"left anti join pair as p on {equal(edited, _key(shape, 's'))}\n"
        f"where {shape.visible(row('s'))}\ngroup by {', '.join(values[c] for c in key)}"
    )

    def with_untouched(edited: str) -> str:
        on = equal([col("u", c) for c in key], [col("e", c) for c in key])
        return f"select * from {edited}\nunion all\nselect * from untouched as u left anti join {edited} as e on {on}"

    return [
        ("was_edited", one_each("bxc_was", WAS)),
        ("now_edited", one_each("bxc_is", IS)),
        ("asked", asked),
        ("untouched", untouched),
        ("was", with_untouched("was_edited")),
        ("now", with_untouched("now_edited")),
        *_renames(shape),
    ]


def _renames(shape: Shape) -> Queries:
    """Groups of which all rows moved to one new group, by puts through this view alone."""
    key = shape.plan.key
    olds, news = [q(names.old_column(c)) for c in key], [q(c) for c in key]
    was, is_ = _was("p", key), _is("p", key)
    group = [c.source for c in shape.plan.columns if c.name in key and c.source is not None]
    otherwise = (
        f"select distinct {', '.join(_first(shape, 'c'))}\nfrom edit as c\n"
        f"where c.bxc_op = 'update' and c.bxc_via is distinct from {quoted(shape.name)}\n"
        f"  and {differ([old('c', c) for c in group], [col('c', c) for c in group])}"
    )
    moved = (
        f"select distinct {_as(was, olds)}, {_as(is_, news)}\nfrom pair as p\n"
        f"left anti join now as g on {equal([col('g', c) for c in key], was)}\n"
        f"left anti join was as h on {equal([col('h', c) for c in key], is_)}\n"
        f"left anti join otherwise as o on {equal(_first(shape, 'o'), _first(shape, 'p'))}\n"
        f"where p.bxc_was and p.bxc_is and {differ(was, is_)}"
    )
    counted = (
        f"select *, count(*) over (partition by {', '.join(news)}) as bxc_to,\n"
        f"  count(*) over (partition by {', '.join(olds)}) as bxc_from\nfrom moved"
    )
    one = f"select {', '.join((*olds, *news))}\nfrom (\n{indented(counted, 2)}\n)\nwhere bxc_to = 1 and bxc_from = 1"
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
