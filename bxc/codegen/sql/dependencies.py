"""A source → the functional dependencies that its keys do not imply, which a put must guard."""

from __future__ import annotations

from bxc.model import Source

Columns = tuple[str, ...]


def guarded_dependencies(source: Source) -> list[tuple[Columns, Columns]]:
    """The dependencies, left and right, that no key of the table implies."""
    nullable = {c.name for c in source.columns if c.nullable}
    keys = [set(source.primary_key), *(set(u.columns) for u in source.uniques if nullable.isdisjoint(u.columns))]
    return [
        (fd.left, tuple(c for c in fd.right if c not in fd.left))
        for fd in source.dependencies
        if not any(key <= set(fd.left) for key in keys) and not set(fd.right) <= set(fd.left)
    ]
