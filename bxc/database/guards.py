"""Constraints that a table of SQLite lacks → triggers and indexes that hold them, none of which alters the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bxc.codegen.sql.dialect import SQLITE, text_literal
from bxc.codegen.sql.names import SESSION, helper, quote
from bxc.database.catalog import ForeignKey
from bxc.database.compare import Guard, ReferenceGuard, RowGuard, UniqueGuard

LOCAL = f"(select putting from {SESSION}) is null"


def guard_statements(table: str, key: Sequence[str], guards: Sequence[Guard]) -> list[str]:
    """The statements that make a table keep constraints; ``key`` is its primary key.

    A refused row raises an error that starts with the code. A foreign key is held at both its ends. A running put is
    left alone: it guards all constraints itself, and by the whole of its changes.
    """
    rows: list[RowGuard] = []
    script: list[str] = []
    for guard in guards:
        match guard:
            case RowGuard():
                rows.append(guard)
            case UniqueGuard():
                index = quote(helper("unique", table, *guard.columns), SQLITE)
                script.append(f"create unique index {index} on {quote(table, SQLITE)} ({_list(guard.columns)});")
            case ReferenceGuard():
                rows.append(_child(table, guard.key))
                script += _parent(table, guard.key)
            case _:
                assert_never(guard)
    rows.sort(key=lambda guard: guard.code)
    if rows:
        script += [_rows(table, key, rows, event) for event in ("insert", "update")]
    return script


def _rows(table: str, key: Sequence[str], guards: Sequence[RowGuard], event: str) -> str:
    """A trigger that looks at the row just written."""
    this = " and ".join(f"{quote(c, SQLITE)} is new.{quote(c, SQLITE)}" for c in key)
    name = quote(table, SQLITE)
    tests = "\n".join(
        f"  select raise(abort, {text_literal(f'{guard.code} {guard.text}')})\n"
        f"  where exists (select 1 from {name} where {this} and ({guard.breaks}));"
        for guard in guards
    )
    trigger = quote(helper("guard", table, event), SQLITE)
    return f"create trigger {trigger} after {event} on {name}\nwhen {LOCAL}\nbegin\n{tests}\nend;"


def _child(table: str, key: ForeignKey) -> RowGuard:
    present = " and ".join(f"{quote(c, SQLITE)} is not null" for c in key.columns)
    target = quote(key.target, SQLITE)
    equal = " and ".join(
        f"bxc_target.{quote(t, SQLITE)} = {quote(table, SQLITE)}.{quote(c, SQLITE)}"
        for c, t in zip(key.columns, key.target_columns, strict=True)
    )
    missing = f"not exists (select 1 from {target} as bxc_target where {equal})"
    return RowGuard("BXC17", f"{present} and {missing}", f"no row of {key.target} for {', '.join(key.columns)}")


def _parent(table: str, key: ForeignKey) -> list[str]:
    """Triggers on the referenced table: a value that is referred to stays."""
    pairs = list(zip(key.columns, key.target_columns, strict=True))
    refers = " and ".join(f"{quote(c, SQLITE)} = old.{quote(t, SQLITE)}" for c, t in pairs)
    changed = " or ".join(f"old.{quote(t, SQLITE)} is not new.{quote(t, SQLITE)}" for _, t in pairs)
    message = text_literal(f"BXC17 {table} refers to this row of {key.target}")
    body = f"  select raise(abort, {message})\n  where exists (select 1 from {quote(table, SQLITE)} where {refers});"
    target = quote(key.target, SQLITE)
    names = [quote(helper("guard", table, *key.columns, event), SQLITE) for event in ("deleted", "changed")]
    return [
        f"create trigger {names[0]} after delete on {target}\nwhen {LOCAL}\nbegin\n{body}\nend;",
        f"create trigger {names[1]} after update on {target}\nwhen {LOCAL} and ({changed})\nbegin\n{body}\nend;",
    ]


def _list(columns: Sequence[str]) -> str:
    return ", ".join(quote(column, SQLITE) for column in columns)
