"""A source of shared views → the function that refuses an edit which this peer's rights do not allow (BXC13).

Edits are judged after they were captured, all of one statement at once, for all shared views of the source: directly
made ones, and those through a view.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.postgres.shape import Shape
from bxc.codegen.sql.postgres.text import col, function, object_, old, quoted, row
from bxc.codegen.sql.setwise.layout import differ, equal, indented
from bxc.codegen.sql.setwise.writer import Image

FALSE = "false"
CAPTURED = "bxc_seq = bxc_number"


def judge_name(source: str) -> str:
    """The function that judges the edits captured under a number."""
    return object_(names.helper("judge", source))


def judge(shapes: Sequence[Shape]) -> str:
    """The statement that creates the function, for the shared views of one source."""
    source = shapes[0].source.name
    wanted = ",\n    ".join(dict.fromkeys(entry for shape in shapes for entry in _wanted(shape)))
    held = (
        f"select 1 from {object_(names.RIGHTS)} as r\n"
        "  where r.share = n.share and r.operation = n.operation and r.attribute = n.attribute and r.granted"
    )
    loading = f"select 1 from {object_(names.SESSION)} as s where s.source = {quoted(source)} and s.loading"
    quick = (
        f"if exists ({loading}) or not exists (\n"
        f"  select 1 from (values\n    {wanted}\n  ) as n (share, operation, attribute)\n"
        f"  where not exists (\n  {held}\n  )\n) then\n  return;  -- nothing is forbidden\nend if;"
    )
    arms = "\nunion all\n".join(_arm(shape) for shape in shapes)
    found = f"select f.bxc_view, f.bxc_right into bxc_view, bxc_right\nfrom (\n{indented(arms, 2)}\n) as f\nlimit 1;"
    refusal = (
        "if found then\n"
        "  raise exception using errcode = 'BXC13',\n"
        "    message = 'BXC13 ' || bxc_view || ': this peer has no right to ' || bxc_right;\n"
        "end if;"
    )
    variables = ["bxc_view text", "bxc_right text"]
    signature = f"{judge_name(source)}(bxc_number bigint)"
    made = function(signature, "void", variables, [quick, found, refusal])
    return f"{made}\n\nrevoke execute on function {judge_name(source)}(bigint) from public;"


def _wanted(shape: Shape) -> list[str]:
    rights = [("insert", ""), ("delete", ""), *(("update", name) for name in shape.stored.values())]
    return [
        f"({quoted(share)}, {quoted(operation)}, {quoted(attribute)})"
        for share in shape.plan.shares
        for operation, attribute in rights
    ]


def lacks(shape: Shape, operation: str, attribute: str | None = "") -> str:
    """Whether this peer lacks a right on some share of the view; with no attribute named, for every attribute."""
    found = [f"not {held}" for held in _held(shape, operation, attribute)]
    return found[0] if len(found) == 1 else f"({' or '.join(found)})"


def may(shape: Shape, operation: str, attribute: str = "") -> str:
    """Whether this peer has a right on all shares of the view."""
    return " and ".join(_held(shape, operation, attribute))


def _held(shape: Shape, operation: str, attribute: str | None) -> list[str]:
    of = "" if attribute is None else f"and attribute = {quoted(attribute)} "
    return [
        f"exists (select 1 from {object_(names.RIGHTS)} where share = {quoted(share)} "
        f"and operation = '{operation}' {of}and granted)"
        for share in shape.plan.shares
    ]


# --- what captured edits do to a view -------------------------------------------------------------------------------


def _arm(shape: Shape) -> str:
    """What the captured edits change in one view without a right."""
    cases = "\n".join(f"when {condition} then {quoted(right)}" for condition, right in _unlicensed_changes(shape))
    return (
        f"select {quoted(shape.name)} as bxc_view, c.bxc_right\n"
        f"from (\n  select case\n{indented(cases, 4)}\n  end as bxc_right\n"
        f"  from {_log(shape)} as c\n  where c.{CAPTURED}\n) as c\n"
        f"where c.bxc_right is not null"
    )


def _log(shape: Shape) -> str:
    return object_(names.change_table(shape.source.name))


def _before(alias: str) -> Image:
    return lambda name: old(alias, name)


def _unlicensed_changes(shape: Shape) -> list[tuple[str, str]]:
    """The conditions under which an edit `c` lacks a right, each with the right."""
    before, after = _before("c"), row("c")
    was, now = f"c.bxc_op <> 'insert' and {shape.visible(before)}", f"c.bxc_op <> 'delete' and {shape.visible(after)}"
    left, entered, stays = f"{was} and not ({now})", f"{now} and not ({was})", f"{was} and {now}"
    if shape.plan.grouped:
        groups = (_group(shape, before), _group(shape, after))
        renames = f"c.bxc_via is not distinct from {quoted(shape.name)}"
        moved = f"{differ(*groups)} and not {renames}"
        left = f"{was} and ({moved} or not ({now})) and not {_in_group(shape, before)}"
        entered = f"{now} and ({moved} or not ({was})) and not {_group_was_there(shape, after)}"
        stays = f"{was} and {now} and (not {differ(*groups)} or {renames})"
    changes = [
        (f"{entered} and {lacks(shape, 'insert')}", "insert rows"),
        (f"{left} and {lacks(shape, 'delete')}", "delete rows"),
    ]
    for source, name in shape.stored.items():
        changed = differ([before(source)], [after(source)])
        changes.append((f"{changed} and {stays} and {lacks(shape, 'update', name)}", f"update {name}"))
    for column in shape.plan.computed:  # they follow without a right; but no version is asked for without any
        changed = differ([shape.computed(column, before)], [shape.computed(column, after)])
        changes.append((f"{changed} and {stays} and {lacks(shape, 'update', None)}", f"update {column.name}"))
    return changes


def _group(shape: Shape, image: Image) -> list[str]:
    """A row's view key."""
    return [image(c) for c in shape.key_columns]


def _in_group(shape: Shape, image: Image, more: str = "true") -> str:
    """Whether the source has a visible row `s` in the group of an image."""
    conditions = [shape.matches(_group(shape, image)), shape.visible(row("s")), more]
    listed = " and ".join(c for c in conditions if c != "true")
    return f"exists (select 1 from {shape.base} as s where {listed})"


def _group_was_there(shape: Shape, image: Image) -> str:
    """Whether the group of an image had a row before the edits: one that they left alone, or one that they changed."""
    written = f"select 1 from {_log(shape)} as d where d.{CAPTURED}"
    now_written = equal([col("d", c) for c in shape.source.primary_key], shape.identity())
    left_alone = _in_group(shape, image, f"not exists ({written} and d.bxc_op <> 'delete' and {now_written})")
    group = equal(
        [old("d", c) for c in (*shape.key_columns, *shape.pinned)], [*_group(shape, image), *shape.pinned.values()]
    )
    before = f"d.bxc_op <> 'insert' and {group} and {shape.visible(_before('d'))}"
    return f"({left_alone} or exists ({written} and {before}))"
