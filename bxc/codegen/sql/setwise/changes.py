"""A view → `<View>.changes.sql`: one SELECT that gives the view's net delta of all captured edits of its source.

`pair` has each source row that was or is there, as the view showed it (`bxc_was_…`) and shows it (`bxc_is_…`). How the
edits of one row are found, and which puts moved a whole group, each engine's log tells in a way of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.setwise.layout import ctes, differ, equal, listed
from bxc.codegen.sql.setwise.shape import SetShape, view_values
from bxc.codegen.sql.setwise.writer import Image
from bxc.types import Text

Queries = list[tuple[str, str]]
WAS, IS = "bxc_was_", "bxc_is_"


def changes_text(
    shape: SetShape, pairs: Callable[[], Queries], renames: Callable[[], Queries], *, capture: bool, recursive: bool
) -> str:
    """The text of the file: the SELECT has the columns of `bxc_delta_<View>`.

    ``pairs`` gives the queries up to `pair`, ``renames`` those up to `renamed` (the groups that took another key);
    ``capture`` says that a script captures edits, ``recursive`` that a query refers to itself.
    """
    write, log = shape.write, names.change_table(shape.source.name)
    header = f"-- {shape.name}: the net delta of all edits in {log}; the caller deletes what it has consumed.\n"
    if capture:
        header += f"-- Run {shape.source.name}.capture.sql first, in the same transaction.\n"
    if shape.read_only:
        columns = listed([f"{write.null(c.type)} as {write.q(c.name)}" for c in shape.plan.columns], 2)
        remark = "-- The view has no key, so its changes have no name."
        return f"{header}{remark}\nselect {write.null(Text())} as bxc_op,\n  {columns}\nwhere false;\n"
    if shape.plan.grouped:
        queries, final = [*pairs(), *_group_queries(shape), *renames()], _group_delta(shape)
    else:
        queries, final = [*pairs(), *_keyed_queries()], _keyed_delta(shape)
    return f"{header}with{' recursive' if recursive else ''}\n{ctes(queries)}\n{final};\n"


def positions(shape: SetShape) -> list[str]:
    """Names for the columns of the primary key that no column has."""
    return [f"k{i}" for i, _ in enumerate(shape.source.primary_key, 1)]


def key_of(shape: SetShape, alias: str, *, before: bool = False) -> list[str]:
    """The primary key of an alias: as it is, or as it was before."""
    return [(shape.write.old if before else shape.write.col)(alias, c) for c in shape.source.primary_key]


def named(texts: Sequence[str], columns: Sequence[str]) -> str:
    """Texts under names."""
    return ", ".join(f"{text} as {name}" for text, name in zip(texts, columns, strict=True))


def agree(left: str, right: str, columns: Sequence[str], others: Sequence[str] | None = None) -> str:
    """Whether columns of two aliases are equal; ``others`` are those of the second, if they have other names."""
    return equal([f"{left}.{c}" for c in columns], [f"{right}.{c}" for c in others or columns])


def shown_as(shape: SetShape, image: Image, prefix: str) -> list[str]:
    """What the view shows of a row, under prefixed names."""
    values = view_values(shape, image)
    return [f"{text} as {shape.write.q(prefix + c.name)}" for text, c in zip(values, shape.plan.columns, strict=True)]


def was(shape: SetShape, alias: str, columns: Sequence[str]) -> list[str]:
    """What a `pair` was in the view."""
    return [shape.write.col(alias, WAS + c) for c in columns]


def is_(shape: SetShape, alias: str, columns: Sequence[str]) -> list[str]:
    """What a `pair` is in the view."""
    return [shape.write.col(alias, IS + c) for c in columns]


def _all(shape: SetShape) -> list[str]:
    return [c.name for c in shape.plan.columns]


def _delta(shape: SetShape, operation: str, key: Sequence[str], columns: Sequence[str], source: str) -> str:
    header = ["bxc_op", *(names.old_column(name) for name in shape.plan.key), *_all(shape)]
    selected = [
        f"{text} as {shape.write.q(name)}" for text, name in zip([operation, *key, *columns], header, strict=True)
    ]
    return f"select {listed(selected, 2)}\nfrom {source}"


# --- keyed views ----------------------------------------------------------------------------------------------------


def _keyed_queries() -> Queries:
    return [
        ("gone", "select * from pair where bxc_was and not bxc_is"),
        ("come", "select * from pair where bxc_is and not bxc_was"),
    ]


def _keyed_delta(shape: SetShape) -> str:
    key, columns = shape.plan.key, _all(shape)
    changed = differ(was(shape, "p", columns), is_(shape, "p", columns))
    stayed = _delta(
        shape,
        "'update'",
        was(shape, "p", key),
        is_(shape, "p", columns),
        f"pair as p\nwhere p.bxc_was and p.bxc_is and {changed}",
    )
    no_old, no_new = "g.bxc_was is null", "c.bxc_is is null"
    on_key = equal(was(shape, "g", key), is_(shape, "c", key))
    replaced = differ(was(shape, "g", columns), is_(shape, "c", columns))
    others = _delta(
        shape,
        f"case when {no_old} then 'insert' when {no_new} then 'delete' else 'update' end",
        was(shape, "g", key),
        is_(shape, "c", columns),
        f"gone as g\nfull join come as c on {on_key}\nwhere {no_old} or {no_new}\n  or {replaced}",
    )
    return f"{stayed}\nunion all\n{others}"


# --- grouped views --------------------------------------------------------------------------------------------------


def _group_queries(shape: SetShape) -> Queries:
    """Groups that edits touched: as they were, and as they are now.

    All visible rows of a group show the same, so one row tells what the group was or is. Edited rows tell both of most
    groups; only for the others the source is asked for a row that no edit touched.
    """
    write, key, columns = shape.write, shape.plan.key, _all(shape)
    keys = ", ".join(map(write.q, key))

    def one_of_each(values: dict[str, str]) -> str:
        some = [text if c in key else write.some_value(text, shape.plan.column(c).type) for c, text in values.items()]
        return listed([f"{text} as {write.q(c)}" for c, text in zip(values, some, strict=True)], 2)

    def edited(side: str, prefix: str) -> str:
        shown = {c: write.col("p", prefix + c) for c in columns}
        grouping = ", ".join(shown[c] for c in key)
        return f"select {one_of_each(shown)}\nfrom pair as p\nwhere p.{side}\ngroup by {grouping}"

    def with_untouched(edited: str) -> str:
        on = equal([write.col("u", c) for c in key], [write.col("e", c) for c in key])
        return f"select * from {edited}\nunion all\nselect * from untouched as u {write.less([(edited, 'e', on)])}"

    here = equal([write.col("w", c) for c in key], [write.col("n", c) for c in key])
    asked = (
        f"select {keys} from was_edited as w {write.less([('now_edited', 'n', here)])}\n"
        f"union all\nselect {keys} from now_edited as n {write.less([('was_edited', 'w', here)])}"
    )
    values = dict(zip(columns, view_values(shape, write.row("s")), strict=True))
    ends = [f"p.{write.q('bxc_to_' + c)}" for c in positions(shape)]
    untouched = (
        f"select {one_of_each(values)}\n"
        + write.looked_up(shape.base, "s", "asked", "t", shape.matches([write.col("t", c) for c in key]))
        + "\n"
        + write.less([("pair", "p", equal(ends, key_of(shape, "s")))], shape.visible(write.row("s")))
        + f"\ngroup by {', '.join(values[c] for c in key)}"
    )
    return [
        ("was_edited", edited("bxc_was", WAS)),
        ("now_edited", edited("bxc_is", IS)),
        ("asked", asked),
        ("untouched", untouched),
        ("was", with_untouched("was_edited")),
        ("now", with_untouched("now_edited")),
    ]


def elsewhere(shape: SetShape, alias: str) -> str:
    """Whether an edit moved a row to another group, and not by a put through this view."""
    write = shape.write
    group = [c.source for c in shape.plan.columns if c.name in shape.plan.key and c.source is not None]
    moved = differ([write.old(alias, c) for c in group], [write.col(alias, c) for c in group])
    return f"{alias}.bxc_op = 'update' and {alias}.bxc_via is distinct from {write.quoted(shape.name)}\n  and {moved}"


def renamed(shape: SetShape, otherwise: str, *moves: tuple[str, str, str]) -> Queries:
    """Groups of which all rows moved to one new group, by puts through this view alone.

    ``otherwise``: the query of edits that moved rows otherwise; ``moves``: how these are found for a `pair`, as `less`
    takes it.
    """
    write, key = shape.write, shape.plan.key
    olds, news = [write.q(names.old_column(c)) for c in key], [write.q(c) for c in key]
    before, after = was(shape, "p", key), is_(shape, "p", key)
    still = ("now", "g", equal([write.col("g", c) for c in key], before))
    already = ("was", "h", equal([write.col("h", c) for c in key], after))
    moved = f"select distinct {named(before, olds)}, {named(after, news)}\nfrom pair as p\n" + write.less(
        [still, already, *moves], f"p.bxc_was and p.bxc_is and {differ(before, after)}"
    )
    one = (
        f"select {', '.join([*olds, *news])}\nfrom (\n"
        f"  select m.*, count(*) over (partition by {', '.join(news)}) as bxc_into,\n"
        f"    count(*) over (partition by {', '.join(olds)}) as bxc_from\n  from moved as m\n"
        ") as m\nwhere bxc_into = 1 and bxc_from = 1"
    )
    return [("otherwise", otherwise), ("moved", moved), ("renamed", one)]


def _group_delta(shape: SetShape) -> str:
    write, key, columns = shape.write, shape.plan.key, _all(shape)
    old_key, new_key = [write.col("w", c) for c in key], [write.col("n", c) for c in key]
    from_key, to_key = [write.old("r", c) for c in key], [write.col("r", c) for c in key]
    now = [write.col("n", c) for c in columns]
    renames = _delta(shape, "'update'", from_key, now, f"renamed as r\njoin now as n on {equal(new_key, to_key)}")
    no_old, no_new = f"{old_key[0]} is null", f"{new_key[0]} is null"
    changed = differ([write.col("w", c) for c in columns], now)
    others = _delta(
        shape,
        f"case when {no_old} then 'insert' when {no_new} then 'delete' else 'update' end",
        old_key,
        now,
        f"was as w\nfull join now as n on {equal(old_key, new_key)}\nwhere ({no_old} or {no_new}\n  or {changed})\n"
        f"  and not exists (select 1 from renamed as r where {equal(from_key, old_key)} or {equal(to_key, new_key)})",
    )
    return f"{renames}\nunion all\n{others}"
