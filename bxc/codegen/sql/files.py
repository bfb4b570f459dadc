"""The files that an emitter returns."""

from __future__ import annotations

from bxc.codegen.sql.names import file_name
from bxc.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One file of SQL. ``path`` is relative to `<Peer>/<engine>/`, ``text`` ends in a line end."""

    path: str
    text: str


def view_path(view: str, action: str | None = None) -> str:
    """The path of a view's file: `<View>.sql`, or `<View>.put.sql` for the action `put`."""
    return f"{file_name(view)}.sql" if action is None else f"{file_name(view)}.{action}.sql"


def capture_path(source: str) -> str:
    """The path of the script that finds and captures edits of a source where the engine has no triggers."""
    return f"{file_name(source)}.capture.sql"
