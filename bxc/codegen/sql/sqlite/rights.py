"""A shared view → the triggers that refuse an edit of its source which this peer's rights do not allow (BXC13).

A trigger sees one row before (`old`) and after (`new`). An edit through a view is judged afterwards, by what it
captured, for all shared views of the source: `bxc_unlicensed_<Source>` lists what the running put changed without a
right.
"""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import (
    FALSE,
    Image,
    differ,
    every,
    indented,
    old_row,
    q,
    row,
    same,
    text_literal,
    value,
)
from bxc.dataclass import dataclass
from bxc.expr import columns

LOCAL = "exists (select 1 from bxc_session where putting is null and not loading)"
CAPTURED = "bxc_seq > (select mark from bxc_session)"


def rights_triggers(shape: Shape) -> str:
    """The triggers for direct edits of the source of a shared view."""
    return "\n\n".join((_on_insert(shape), _on_delete(shape), _on_update(shape)))


def unlicensed_name(source: str) -> str:
    """The view that lists what the running put changed without a right."""
    return q(names.helper("unlicensed", source))


def unlicensed(shapes: list[Shape]) -> str:
    """The statement that creates `bxc_unlicensed_<Source>`, for the shared views of one source."""
    arms = "\nunion all\n".join(map(_captured_arm, shapes))
    return f"create view if not exists {unlicensed_name(shapes[0].source.name)} (bxc_view, bxc_right) as\n{arms};"


def _lacks(shape: Shape, operation: str, attribute: str | None = "") -> str:
    """Whether this peer lacks a right on some share of the view; with no attribute named, for every attribute."""
    of = "" if attribute is None else f"and attribute = {text_literal(attribute)} "
    found = [
        f"not exists (select 1 from bxc_rights where share = {text_literal(share)} and operation = '{operation}' "
        f"{of}and granted)"
        for share in shape.plan.shares
    ]
    return found[0] if len(found) == 1 else f"({' or '.join(found)})"


# --- what an edit of one source row does to a view -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Edit:
    """A source row before and after.

    ``existed`` and ``exists`` are conditions under which there is a row before and after. Of a grouped view,
    ``remains`` says whether the row's old group has a row after the edit, ``was_there`` whether its new group had one
    before, and ``renames`` whether a change of the group is a rename of the group.
    """

    before: Image
    after: Image
    existed: list[str]
    exists: list[str]
    remains: str
    was_there: str
    renames: str


def _unlicensed_changes(shape: Shape, edit: _Edit) -> list[tuple[str, str]]:
    """The conditions under which an edit lacks a right, each with the right."""
    was = [*edit.existed, *shape.visible(edit.before)]
    now = [*edit.exists, *shape.visible(edit.after)]
    left, entered, stays = [*was, *_none(now)], [*now, *_none(was)], [*was, *now]
    if shape.plan.grouped:
        groups = (_group(shape, edit.before), _group(shape, edit.after))
        moved = differ(*groups) if edit.renames == FALSE else f"{differ(*groups)} and not {edit.renames}"
        left = [*was, _or(moved, _none(now)), f"not {edit.remains}"]
        entered = [*now, _or(moved, _none(was)), f"not {edit.was_there}"]
        stays.append(same(*groups) if edit.renames == FALSE else f"({same(*groups)} or {edit.renames})")
    changes = [([*entered, _lacks(shape, "insert")], "insert rows"), ([*left, _lacks(shape, "delete")], "delete rows")]
    for source, name in shape.stored.items():
        changed = differ([edit.before(source)], [edit.after(source)])
        changes.append(([changed, _lacks(shape, "update", name), *stays], f"update {name}"))
    for column in shape.plan.computed:  # they follow without a right; but no version is asked for without any
        changed = differ([value(column.value, edit.before)], [value(column.value, edit.after)])
        changes.append(([changed, _lacks(shape, "update", None), *stays], f"update {column.name}"))
    return [(every(parts, 4), right) for parts, right in changes if FALSE not in parts]


def _none(parts: list[str]) -> list[str]:
    """That not all parts are true."""
    return [f"({' and '.join(parts)}) is not true"] if parts else [FALSE]


def _or(one: str, other: list[str]) -> str:
    return one if other == [FALSE] else f"({one} or {other[0]})"


def _group(shape: Shape, image: Image) -> list[str]:
    """A row's view key."""
    return [image(c.source) for c in shape.key if c.source is not None]


def _in_group(shape: Shape, image: Image, *more: str) -> str:
    """Whether the source has a visible row `s` in the group of an image."""
    return shape.exists(*shape.shows(_group(shape, image), row("s")), *more)


def _other_in_group(shape: Shape, image: Image) -> str:
    key = shape.source.primary_key
    return _in_group(shape, image, differ([row("s")(c) for c in key], [image(c) for c in key]))


# --- direct edits ---------------------------------------------------------------------------------------------------


def _trigger(shape: Shape, operation: str, event: str, when: list[str], body: str) -> str:
    name = q(names.helper(f"rights_{operation}", shape.name))
    return (
        f"create trigger if not exists {name} after {event} on {shape.base}\n"
        f"when {every([LOCAL, *when], 2)}\n"
        f"begin\n{indented(body, 2)}\nend;"
    )


def _refusal(shape: Shape, right: str) -> str:
    return f"raise(abort, {text_literal(f'BXC13 {shape.name}: this peer has no right to {right}')})"


def _on_insert(shape: Shape) -> str:
    when = [*shape.visible(row("new")), _lacks(shape, "insert")]
    if shape.plan.grouped:
        when.append(f"not {_other_in_group(shape, row('new'))}")
    return _trigger(shape, "insert", "insert", when, f"select {_refusal(shape, 'insert rows')};")


def _on_delete(shape: Shape) -> str:
    when = [*shape.visible(row("old")), _lacks(shape, "delete")]
    if shape.plan.grouped:
        when.append(f"not {_in_group(shape, row('old'))}")
    return _trigger(shape, "delete", "delete", when, f"select {_refusal(shape, 'delete rows')};")


def _on_update(shape: Shape) -> str:
    """An update can change a view row, or make the row leave or enter the view."""
    before, after = row("old"), row("new")
    predicate = shape.plan.predicate
    read = {*shape.stored, *(columns(predicate) if predicate is not None else ())}
    read.update(name for column in shape.plan.computed for name in columns(column.value))
    listed = [c for c in shape.source_columns if c in read]
    edit = _Edit(before, after, [], [], _in_group(shape, before), _other_in_group(shape, after), renames=FALSE)
    changes = _unlicensed_changes(shape, edit)
    cases = "\n".join(f"when {condition} then {_refusal(shape, right)}" for condition, right in changes)
    changed = differ([before(c) for c in listed], [after(c) for c in listed])
    event = f"update of {', '.join(map(q, listed))}"
    return _trigger(shape, "update", event, [changed], f"select case\n{indented(cases, 2)}\nend;")


# --- edits through a view -------------------------------------------------------------------------------------------


def _captured_arm(shape: Shape) -> str:
    """What the edits captured since the put began change in one view without a right."""
    before, after = old_row("c"), row("c")
    edit = _Edit(
        before,
        after,
        ["c.bxc_op <> 'insert'"],
        ["c.bxc_op <> 'delete'"],
        _in_group(shape, before),
        _group_was_there(shape, after),
        renames=f"c.bxc_via is {text_literal(shape.name)}",
    )
    changes = _unlicensed_changes(shape, edit)
    cases = "\n".join(f"when {condition} then {text_literal(right)}" for condition, right in changes)
    return (
        f"select {text_literal(shape.name)}, bxc_right\n"
        f"from (\n  select case\n{indented(cases, 4)}\n  end as bxc_right\n"
        f"  from {shape.changes} as c\n  where c.{CAPTURED}\n)\n"
        f"where bxc_right is not null"
    )


def _group_was_there(shape: Shape, image: Image) -> str:
    """Whether the group of an image had a row before the put: one that the put left alone, or one that it wrote."""
    key = shape.source.primary_key
    written = f"select 1 from {shape.changes} as d where d.{CAPTURED}"
    now_written = same([row("d")(c) for c in key], [row("s")(c) for c in key])
    left_alone = _in_group(shape, image, f"not exists ({written} and d.bxc_op <> 'delete' and {now_written})")
    group = shape.matches(_group(shape, image), old_row("d"))
    before = " and ".join(["d.bxc_op <> 'insert'", group, *shape.visible(old_row("d"))])
    return f"({left_alone} or exists ({written} and {before}))"
