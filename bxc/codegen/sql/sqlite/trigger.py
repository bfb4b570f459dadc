"""Pieces of a put: triggers on views whose inserted rows make something happen."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.text import indented


def instead_of_insert(name: str, target: str, statements: Sequence[str], *, when: str | None = None) -> str:
    """A trigger that runs statements for each row inserted into a view."""
    condition = "" if when is None else f"\nwhen {when}"
    body = indented("\n\n".join(statements), 2)
    return f"create trigger if not exists {name} instead of insert on {target}{condition}\nbegin\n{body}\nend;"


def on_put(shape: Shape, part: str, staged: str, statements: Sequence[str]) -> str:
    """The trigger for one kind of row inserted into `bxc_put_<View>`."""
    return instead_of_insert(shape.own(part), shape.own("put"), statements, when=f"new.bxc_staged = '{staged}'")


def rows_like(shape: Shape, part: str, table: str) -> str:
    """A view with the columns of a table, to insert its rows into."""
    return f"create view if not exists {shape.own(part)} as select * from {table};"


def apply_rows(shape: Shape, part: str, condition: str) -> str:
    """The statement that inserts staged rows into such a view."""
    return f"insert into {shape.own(part)}\nselect * from {shape.work} as w\nwhere {condition};"
