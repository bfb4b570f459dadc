"""A peer's sources → `schema.sql`: tables with their constraints, rights, and the capture of edits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bxc.codegen.sql import names
from bxc.codegen.sql.files import SqlFile
from bxc.codegen.sql.indexed import indexed
from bxc.codegen.sql.postgres.capture import change_table, triggers
from bxc.codegen.sql.postgres.rights import judge
from bxc.codegen.sql.postgres.roles import create_role, role_name
from bxc.codegen.sql.postgres.shape import Shape
from bxc.codegen.sql.postgres.tables import tables
from bxc.codegen.sql.postgres.text import WRITER, object_, q, quoted
from bxc.codegen.sql.setwise.source_violations import source_violations
from bxc.model import Source
from bxc.plan import PeerPlan

SESSION = f"""\
-- One row a source: what is going on. Others see nothing of it, for it is reset in the transaction that set it.
create table if not exists {object_(names.SESSION)} (
  source text primary key,
  uncaptured boolean not null default false, -- edits are not captured: a put captures its own, a load is no edit
  loading boolean not null default false     -- no right is asked for; whoever sets it resets it in the same transaction
);"""


def schema(peer: PeerPlan, shapes: Sequence[Shape], spec: str, version: int) -> SqlFile:
    """Tables, rights, capture and violations of all sources of a peer."""
    sources = [plan.source for plan in peer.sources]
    parts = [
        f"-- {spec} version {version}: the sources of {peer.peer} in PostgreSQL.\n"
        "-- Install once, before the views; running it again changes nothing.",
        create_role(role_name(spec, peer.peer)),
        SESSION,
        _rights(peer),
        f"-- the sources\n{tables(sources)}",
    ]
    for plan in peer.sources:
        source = plan.source
        parts.append(f"-- {source.name}: captured edits, and rows that break the spec\n{change_table(source)}")
        parts.append(source_violations(WRITER, source))
        referenced = tuple(entry.key.target_column for entry in plan.referenced_by)
        if needed := [_index(source, columns) for columns in indexed(peer, source, referenced)]:
            comment = "-- with these, puts and changes take time by the delta and not by the table"
            parts.append("\n".join([comment, *needed]))
        shared = [shape for shape in shapes if shape.source.name == source.name and shape.plan.shares]
        if shared:
            parts.append(f"-- what an edit of {source.name} changes without a right\n{judge(shared)}")
        parts.append(triggers(source, judged=bool(shared)))
    return SqlFile("schema.sql", "\n\n".join(parts) + "\n")


def _rights(peer: PeerPlan) -> str:
    rights = object_(names.RIGHTS)
    table = (
        "-- This peer's rights in its shares; attribute is '' for insert and delete.\n"
        f"create table if not exists {rights} (\n"
        "  share text not null,\n"
        "  operation text not null check (operation in ('update', 'insert', 'delete')),\n"
        "  attribute text not null,\n"
        "  granted boolean not null,\n"
        "  primary key (share, operation, attribute)\n"
        ");"
    )
    rows = [
        f"  ({quoted(r.share)}, {quoted(r.operation)}, {quoted(r.attribute)}, {'true' if r.granted else 'false'})"
        for r in peer.rights
    ]
    if not rows:
        return table
    values = ",\n".join(rows)
    return f"{table}\n\ninsert into {rights} values\n{values}\non conflict do nothing;"


def _index(source: Source, columns: tuple[str, ...]) -> str:
    """PostgreSQL cuts names, so the index is called after a digest of its columns."""
    digest = hashlib.sha256("\0".join(columns).encode()).hexdigest()[:10]
    name = q(names.helper(digest, source.name))
    listed = ", ".join(map(q, columns))
    return f"create index if not exists {name} on {object_(source.name)} ({listed});"
