"""A view → `<View>.changes.sql`: one SELECT that gives the view's net delta of all captured edits of its source."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.sqlite.lives import Queries, keyed_by_primary_key, lives
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import (
    Image,
    col,
    differ,
    equal,
    every,
    indented,
    old,
    old_row,
    q,
    row,
    value,
    vector,
    wrapped,
)


def changes_query(shape: Shape) -> str:
    """The SELECT, with the columns of `bxc_delta_<View>`."""
    queries = [*lives(shape), ("bxc_seen", _seen(shape, "bxc_life"))]
    if keyed_by_primary_key(shape):
        queries.append(("bxc_alone", _seen(shape, "bxc_simple")))
    queries += _grouped(shape) if shape.plan.grouped else MOVES
    final = _grouped_delta(shape) if shape.plan.grouped else _keyed_delta(shape)
    ctes = ",\n".join(f"{_header(name)} (\n{indented(text, 2)}\n)" for name, text in queries)
    return f"with recursive\n{indented(ctes, 2)}\n{final};"


ONCE = tuple(
    f"bxc_{name}"
    for name in (
        *("rekeyed", "cut", "piece", "strayed", "come", "go", "guest", "hop", "seen"),
        *("left", "entered", "before", "renamed"),
    )
)
"""The queries that several others read."""


def _header(name: str) -> str:
    return f"{name} as materialized" if name in ONCE else f"{name} as"


# --- rows before and after -------------------------------------------------------------------------------------------


def _columns(shape: Shape, image: Image, name_of: Callable[[str], str]) -> list[str]:
    return [f"{value(c.value, image)} as {q(name_of(c.name))}" for c in shape.plan.columns]


def _seen(shape: Shape, life: str) -> str:
    """Each life as the view sees it: whether it was visible at first and is now, and its view row then and now."""
    before, after = old_row("f"), row("l")
    was = " and ".join(["f.bxc_op <> 'insert'", *shape.visible(before)])
    now = " and ".join(["l.bxc_op <> 'delete'", *shape.visible(after)])
    listed = [
        f"({was}) is true as bxc_was",
        f"({now}) is true as bxc_is",
        f"{life}.linked as bxc_linked",
        *_columns(shape, before, names.old_column),
        *_columns(shape, after, str),
    ]
    if shape.plan.grouped:
        listed += [f"{life}.regrouped as bxc_regrouped", *_end_keys(shape)]
    return (
        f"select\n  {wrapped(listed, 2)}\nfrom {life}\n"
        f"cross join {shape.changes} as f on f.bxc_seq = {life}.first\n"
        f"cross join {shape.changes} as l on l.bxc_seq = {life}.last"
    )


def _end_names(shape: Shape) -> list[str]:
    return [f"bxc_end_{i}" for i in range(1, len(shape.source.primary_key) + 1)]


def _end_keys(shape: Shape) -> list[str]:
    """The primary key at the end of a life."""
    pairs = zip(shape.source.primary_key, _end_names(shape), strict=True)
    return [f"{col('l', c)} as {name}" for c, name in pairs]


def _old_view(shape: Shape, alias: str) -> list[str]:
    return [old(alias, c.name) for c in shape.plan.columns]


def _new_view(shape: Shape, alias: str) -> list[str]:
    return [col(alias, c.name) for c in shape.plan.columns]


def _select(columns: Sequence[str], source: str) -> str:
    return f"select {', '.join(columns) or '1'} from {source}"


def _in(key: Sequence[str], query: str) -> str:
    """Whether a key is among those that a query gives; for no key, whether the query gives a row."""
    return f"{vector(key)} in ({query})" if key else f"exists ({query})"


# --- keyed views ----------------------------------------------------------------------------------------------------


STAYED = "v.bxc_was and v.bxc_is and v.bxc_linked"
MOVES: Queries = [
    ("bxc_left", f"select v.*\nfrom bxc_seen as v\nwhere v.bxc_was and not ({STAYED})"),
    ("bxc_entered", f"select v.*\nfrom bxc_seen as v\nwhere v.bxc_is and not ({STAYED})"),
]
"""Lives whose row left the view, and those whose row entered it; one that is not linked did both."""


def _keyed_delta(shape: Shape) -> str:
    """Updates and renames; then rows that left and rows that entered, which together are updates."""
    old_key, new_key = shape.old_key("v"), shape.new_key("v")
    nulls = ["null"] * len(shape.plan.columns)
    no_key = ["null"] * len(old_key)
    old, new = _old_view(shape, "v"), _new_view(shape, "v")
    entered = _select(shape.new_key("e"), "bxc_entered as e")
    left = _select(shape.old_key("e"), "bxc_left as e")
    replaced = f"bxc_left as v\njoin bxc_entered as e on {equal(shape.new_key('e'), old_key)}"
    by = _new_view(shape, "e")
    alone = [_alone(shape)] if keyed_by_primary_key(shape) else []
    return "\nunion all\n".join(
        (
            *alone,
            _arm(shape, "'update'", old_key, new, "bxc_seen as v", [STAYED, differ(old, new)]),
            _arm(shape, "'delete'", old_key, nulls, "bxc_left as v", [f"not {_in(old_key, entered)}"]),
            _arm(shape, "'insert'", no_key, new, "bxc_entered as v", [f"not {_in(new_key, left)}"]),
            _arm(shape, "'update'", old_key, by, replaced, [differ(old, by)]),
        )
    )


def _alone(shape: Shape) -> str:
    """The change of each row that kept its key where that is the view's too, so that no other row can meet it."""
    operation = "case when not v.bxc_is then 'delete' when v.bxc_was then 'update' else 'insert' end"
    key = [f"iif(v.bxc_was, {text}, null)" for text in shape.old_key("v")]
    columns = [f"iif(v.bxc_is, {text}, null)" for text in _new_view(shape, "v")]
    changed = f"(v.bxc_was <> v.bxc_is or v.bxc_was and {differ(_old_view(shape, 'v'), _new_view(shape, 'v'))})"
    return _arm(shape, operation, key, columns, "bxc_alone as v", [changed])


def _arm(
    shape: Shape, operation: str, key: Sequence[str], columns: Sequence[str], source: str, condition: Sequence[str]
) -> str:
    header = ["bxc_op", *(names.old_column(name) for name in shape.plan.key), *(c.name for c in shape.plan.columns)]
    listed = [f"{text} as {q(name)}" for text, name in zip([operation, *key, *columns], header, strict=True)]
    clause = f"\nwhere {every(condition, 2)}" if condition else ""
    return f"select\n  {wrapped(listed, 2)}\nfrom {source}{clause}"


# --- grouped views --------------------------------------------------------------------------------------------------


def _grouped(shape: Shape) -> Queries:
    """Groups that rows were in at first, groups that rows are in now, and groups that puts through the view renamed."""
    old_key, new_key = shape.old_key("v"), shape.new_key("v")
    then = ", ".join(_old_view(shape, "v"))
    renamed = every(
        [
            f"{STAYED} and not v.bxc_regrouped",
            differ(old_key, new_key),
            f"not {_is_there(shape, old_key)}",
            f"not {_was_there(shape, new_key)}",
        ],
        4,
    )
    one = [
        f"row_number() over (partition by {', '.join(mine)} order by {', '.join(others)}) as {name}"
        for mine, others, name in ((old_key, new_key, "bxc_first"), (new_key, old_key, "bxc_second"))
    ]
    queries = [
        ("bxc_before", f"select {then}\nfrom bxc_seen as v\nwhere v.bxc_was\ngroup by {', '.join(old_key) or 'null'}"),
        ("bxc_after", f"select distinct {', '.join(new_key) or '1'}\nfrom bxc_seen as v\nwhere v.bxc_is"),
    ]
    if shape.key:
        pairs = [*old_key, *new_key]
        listed = f"select distinct {', '.join(pairs)}\n    from bxc_seen as v\n    where {renamed}"
        ranked = f"select v.*, {', '.join(one)}\n  from (\n    {listed}\n  ) as v"
        renames = f"select {', '.join(pairs)}\nfrom (\n  {ranked}\n) as v\nwhere bxc_first = 1 and bxc_second = 1"
        queries.append(("bxc_renamed", renames))
    return queries


def _is_there(shape: Shape, key: Sequence[str]) -> str:
    """Whether the view has a row with a key now."""
    return shape.exists(*shape.shows(key, row("s")))


def _was_there(shape: Shape, key: Sequence[str]) -> str:
    """Whether the view had a row with a key before: of an edited row, or of one that no edit touched."""
    ends = [col("s", c) for c in shape.source.primary_key]
    touched = f"{vector(ends)} in (select {', '.join(_end_names(shape))} from bxc_seen where bxc_is)"
    untouched = shape.exists(*shape.shows(key, row("s")), f"not {touched}")
    edited = _in(key, _select(shape.old_key("b"), "bxc_before as b"))
    return f"({edited} or {untouched})"


def _values_now(shape: Shape, key: Sequence[str]) -> list[str]:
    """The view's columns of the row with a key, as the source has it now."""
    keys = dict(zip(shape.plan.key, key, strict=True))
    found = " and ".join(shape.shows(key, row("s")))
    return [
        keys.get(c.name) or f"(select {value(c.value, row('s'))} from {shape.base} as s where {found} limit 1)"
        for c in shape.plan.columns
    ]


def _grouped_delta(shape: Shape) -> str:
    """Renames; groups that rows left or changed; groups that rows made."""
    old_key, new_key = shape.old_key("v"), shape.new_key("v")
    no_key = ["null"] * len(old_key)
    here = "v.bxc_here"
    now_names = [q(names.helper("now", c.name)) for c in shape.plan.columns]
    looked_up = [f"{text} as {name}" for text, name in zip(_values_now(shape, old_key), now_names, strict=True)]
    source = (
        f"(\n  select\n    {wrapped(['v.*', f'{_is_there(shape, old_key)} as bxc_here', *looked_up], 4)}\n"
        f"  from bxc_before as v\n) as v"
    )
    others = [i for i, c in enumerate(shape.plan.columns) if c.name not in shape.plan.key]
    changed = differ([f"v.{now_names[i]}" for i in others], [_old_view(shape, "v")[i] for i in others])
    columns = [f"iif({here}, v.{name}, null)" for name in now_names]
    stayed, made = [f"(not {here} or {changed})"], [f"not {_was_there(shape, new_key)}"]
    arms = []
    if shape.key:
        arms.append(_arm(shape, "'update'", old_key, _values_now(shape, new_key), "bxc_renamed as v", []))
        stayed.append(f"not {_in(old_key, _select(shape.old_key('r'), 'bxc_renamed as r'))}")
        made.append(f"not {_in(new_key, _select(shape.new_key('r'), 'bxc_renamed as r'))}")
    arms.append(_arm(shape, f"iif({here}, 'update', 'delete')", old_key, columns, source, stayed))
    arms.append(_arm(shape, "'insert'", no_key, _values_now(shape, new_key), "bxc_after as v", made))
    return "\nunion all\n".join(arms)
