"""What a database's catalog says about a table, in one form for all engines."""

from __future__ import annotations

from dataclasses import field

from bxc.dataclass import dataclass

OWN_PREFIX = "bxc_"


def is_own(name: str) -> bool:
    """Whether a name is of bxc's own objects; no source may have one of these."""
    return name.lower().startswith(OWN_PREFIX)


@dataclass(frozen=True, slots=True)
class Column:
    """``type`` and ``default`` are the catalog's texts; a default is an expression."""

    name: str
    type: str
    nullable: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK: its name, where it has one, and its expression as the catalog gives it."""

    name: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``columns`` refer to ``target_columns`` of ``target``; ``actions`` such as `on delete cascade`, else empty."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    actions: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A base table.

    ``strict``: the engine itself refuses values of another type. ``notes`` are facts that have no place here (a
    generated column, a partial index), each with the column or index that it is about. ``comments`` are the texts of
    comments behind columns in the statement that made the table, by column.
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    checks: tuple[Check, ...]
    foreign_keys: tuple[ForeignKey, ...]
    strict: bool
    notes: tuple[str, ...] = ()
    comments: dict[str, str] = field(default_factory=dict)
