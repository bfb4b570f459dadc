"""A view → its files: the view with its staging and triggers, and the statements that get, put and list changes."""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.files import SqlFile, view_path
from bxc.codegen.sql.sqlite.changes import changes_query
from bxc.codegen.sql.sqlite.edits import edit_triggers
from bxc.codegen.sql.sqlite.put import put_objects
from bxc.codegen.sql.sqlite.rights import rights_triggers
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.staging import tables
from bxc.codegen.sql.sqlite.text import q, row, text_literal, value, where, wrapped
from bxc.codegen.sql.sqlite.violations import violations
from bxc.codegen.sql.wording import keyless


def view_files(shape: Shape, *, judged: bool) -> tuple[SqlFile, ...]:
    """The five files of a view; ``judged`` if some view of its source is shared."""
    name = shape.name
    return (
        SqlFile(view_path(name), _install(shape, judged=judged)),
        SqlFile(view_path(name, "get"), f"-- {name}: the view of {shape.source.name}\n{get_query(shape)};\n"),
        SqlFile(view_path(name, "put"), _put(shape, "new", names.new_table(name), "the view's new content")),
        SqlFile(view_path(name, "put_delta"), _put(shape, "delta", names.delta_table(name), "a delta of the view")),
        SqlFile(view_path(name, "changes"), _changes(shape)),
    )


def get_query(shape: Shape) -> str:
    """The SELECT of the view."""
    columns = [_selected(value(c.value, row("s")), c.name, c.source) for c in shape.plan.columns]
    distinct = " distinct" if shape.plan.grouped or shape.read_only else ""
    return f"select{distinct}\n  {wrapped(columns, 2)}\nfrom {shape.base} as s{where(shape.visible(row('s')), 0)}"


def _selected(text: str, name: str, source: str | None) -> str:
    return text if name == source else f"{text} as {q(name)}"


def _install(shape: Shape, *, judged: bool) -> str:
    name = q(shape.name)
    parts = [
        f"-- {shape.name}: view of {shape.source.name}, staging, put and edits.\n"
        f"-- Install once, after schema.sql; running it again changes nothing.",
        f"create view if not exists {name} as\n{get_query(shape)};",
        f"-- staging: callers fill and clear bxc_new_ and bxc_delta_; bxc_work_ is the put's own\n{tables(shape)}",
    ]
    if shape.read_only:
        return "\n\n".join([*parts, _refuse_all(shape)]) + "\n"
    parts += [
        f"-- every staged row that breaks a rule\n{violations(shape)}",
        f"-- the put\n{put_objects(shape)}",
        f"-- edits of the view itself\n{edit_triggers(shape, judged=judged)}",
    ]
    if shape.plan.shares:
        parts.append(f"-- rights to edit {shape.source.name} where that changes {shape.name}\n{rights_triggers(shape)}")
    return "\n\n".join(parts) + "\n"


def _refuse_all(shape: Shape) -> str:
    """A view without a key is for reading: no put can say which row it means."""
    message = text_literal(keyless(shape.name))
    nothing = "select 'BXC10' as bxc_code, 'new' as bxc_staged, 'the view has no key' as bxc_detail where 0"
    return (
        f"create view if not exists {q(names.violations_view(shape.name))} as {nothing};\n\n"
        f"create view if not exists {shape.own('put')} (bxc_staged) as select null where 0;\n\n"
        f"create trigger if not exists {shape.own('apply')} instead of insert on {shape.own('put')}\n"
        f"begin\n  select raise(abort, {message});\nend;"
    )


def _put(shape: Shape, staged: str, table: str, what: str) -> str:
    return (
        f"-- Puts {what}, staged in {table}, into {shape.source.name}: all of it or, with a BXC error, nothing.\n"
        f"-- Run it in one transaction; after an error roll back. For example:\n"
        f"--   sqlite3 -bail my.db 'begin immediate' '.read {view_path(shape.name, _action(staged))}' commit\n"
        f"insert into {shape.own('put')} (bxc_staged) values ('{staged}');\n"
    )


def _action(staged: str) -> str:
    return "put" if staged == "new" else "put_delta"


def _changes(shape: Shape) -> str:
    change = names.change_table(shape.source.name)
    header = f"-- {shape.name}: the net delta of all edits in {change}; the caller deletes what it has consumed.\n"
    if shape.read_only:
        columns = wrapped(["null as bxc_op", *(f"null as {q(c.name)}" for c in shape.plan.columns)], 2)
        return f"{header}-- The view has no key, so its changes have no name.\nselect\n  {columns}\nwhere 0;\n"
    return f"{header}{changes_query(shape)}\n"
