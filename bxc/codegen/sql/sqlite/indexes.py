"""A peer's plan → the indexes with which puts, guards and changes take time by the delta, not by the table."""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.dependencies import Columns
from bxc.codegen.sql.indexed import indexed
from bxc.codegen.sql.sqlite.text import q
from bxc.model import Source
from bxc.plan import PeerPlan


def indexes(peer: PeerPlan) -> list[str]:
    """The statements that create the indexes that no key of a table gives already."""
    return [
        _index(plan.source, columns)
        for plan in peer.sources
        for columns in indexed(peer, plan.source, tuple(entry.key.target_column for entry in plan.referenced_by))
    ]


def _index(source: Source, columns: Columns) -> str:
    name = q(names.helper("index", source.name, *columns))
    listed = ", ".join(map(q, columns))
    return f"create index if not exists {name} on {q(source.name)} ({listed});"
