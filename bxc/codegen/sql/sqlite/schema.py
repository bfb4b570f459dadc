"""A peer's plan → `schema.sql`: sources with all constraints, capture of edits, rights, violations."""

from __future__ import annotations

from bxc.codegen.sql.sqlite.capture import change_table, triggers
from bxc.codegen.sql.sqlite.indexes import indexes
from bxc.codegen.sql.sqlite.rights import unlicensed
from bxc.codegen.sql.sqlite.shape import Shape
from bxc.codegen.sql.sqlite.source_violations import source_violations
from bxc.codegen.sql.sqlite.table import table
from bxc.codegen.sql.sqlite.text import text_literal
from bxc.plan import PeerPlan, RightsRow

SESSION = """\
-- One row: what is going on. A put sets and resets it in its own statement.
create table if not exists bxc_session (
  id integer primary key check (id = 1),
  putting text,                       -- the view whose put is running
  uncaptured text,                    -- the source whose edits the put has captured itself
  mark integer not null default 0,    -- the last edit captured before the put
  careful integer,                    -- 1: rows move, so all of the put is judged before anything changes
  moved integer not null default 0,   -- the last edit captured before those rows move
  written integer not null default 0, -- how many source rows the put has written by itself
  loading integer not null default 0  -- 1: no right is asked for; whoever sets it resets it in the same transaction
) strict;

insert or ignore into bxc_session (id) values (1);"""

RIGHTS = """\
-- This peer's rights in its shares; attribute is '' for insert and delete.
create table if not exists bxc_rights (
  share text not null,
  operation text not null check (operation in ('update', 'insert', 'delete')),
  attribute text not null,
  granted integer not null check (granted in (0, 1)),
  primary key (share, operation, attribute)
) strict, without rowid;"""


def schema(peer: PeerPlan, shapes: list[Shape], spec: str, version: int) -> str:
    """The text of `schema.sql`."""
    parts = [_header(peer, spec, version), SESSION, RIGHTS]
    if peer.rights:
        parts.append(_granted(peer.rights))
    for plan in peer.sources:
        parts.append(f"-- {plan.name}: rows, captured edits, and rows that break the spec")
        parts += [table(plan.source), change_table(plan.source), source_violations(plan.source)]
    statements = indexes(peer)
    if statements:
        parts.append(
            "-- with these, puts and changes take time by the delta and not by the table\n" + "\n".join(statements)
        )
    for plan in peer.sources:
        parts.append(f"-- capture of edits of {plan.name}\n{triggers(plan.source)}")
        shared = [shape for shape in shapes if shape.source.name == plan.name and shape.plan.shares]
        if shared:
            parts.append(f"-- what an edit through a view of {plan.name} changes without a right\n{unlicensed(shared)}")
    return "\n\n".join(parts) + "\n"


def _header(peer: PeerPlan, spec: str, version: int) -> str:
    return (
        f"-- {spec} version {version}: the sources of {peer.peer} in SQLite.\n"
        "-- Install once, before the views; running it again changes nothing.\n"
        "-- Open connections with `pragma foreign_keys = on`, and with `pragma recursive_triggers = on` where edits\n"
        "-- say `insert or replace`: SQLite hides the replaced row from triggers otherwise."
    )


def _granted(rights: tuple[RightsRow, ...]) -> str:
    rows = ",\n".join(
        f"  ({text_literal(r.share)}, '{r.operation}', {text_literal(r.attribute)}, {int(r.granted)})" for r in rights
    )
    return f"insert or ignore into bxc_rights (share, operation, attribute, granted) values\n{rows};"
