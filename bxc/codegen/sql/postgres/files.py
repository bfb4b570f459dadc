"""A view → its five files."""

from __future__ import annotations

from bxc.codegen.sql.files import SqlFile, view_path
from bxc.codegen.sql.postgres.edits import editing, view_with_check
from bxc.codegen.sql.postgres.put import call, functions
from bxc.codegen.sql.postgres.roles import view_grants
from bxc.codegen.sql.postgres.shape import Shape
from bxc.codegen.sql.postgres.view import staging, violations
from bxc.codegen.sql.setwise.followed import changes_query
from bxc.codegen.sql.setwise.view import get_query


def view_files(shape: Shape, role: str, *, judged: bool) -> tuple[SqlFile, ...]:
    """The five files of a view; ``judged`` if some view of its source is shared, so that edits need rights."""
    name = shape.name
    parts = [
        f"-- {name}: view of {shape.source.name}, staging, put and edits.\n"
        "-- Install once, after schema.sql; running it again changes nothing.",
        view_with_check(shape),
        staging(shape),
        violations(shape),
        "-- the put\n" + "\n\n".join(functions(shape)),
        *editing(shape, judged=judged),
        view_grants(shape, role),
    ]
    return (
        SqlFile(view_path(name), "\n\n".join(parts) + "\n"),
        SqlFile(view_path(name, "get"), f"-- {name}: the view of {shape.source.name}\n{get_query(shape)};\n"),
        SqlFile(view_path(name, "put"), call(shape, "put")),
        SqlFile(view_path(name, "put_delta"), call(shape, "put_delta")),
        SqlFile(view_path(name, "changes"), changes_query(shape, capture=False)),
    )
