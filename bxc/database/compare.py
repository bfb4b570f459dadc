"""A table as the spec would have it and as it is → what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from bxc.codegen.sql.dialect import SQLITE
from bxc.codegen.sql.names import quote
from bxc.database.catalog import Column, ForeignKey, Table, is_own
from bxc.database.expression import Node, canonical, conjuncts, read
from bxc.database.types import DIALECTS, NoTypeError, own_check, recognise
from bxc.dataclass import dataclass

SQLITE_AFFINITY = (("int", "integer"), ("char", "text"), ("clob", "text"), ("text", "text"), ("blob", "blob"))
SQLITE_REAL = ("real", "floa", "doub")
HARMLESS = "on delete restrict"  # refuses what the others would do
NAMED_TYPES = {"integer": ("bool", "boolean"), "text": ("date", "datetime", "timestamp", "uuid")}


@dataclass(frozen=True, slots=True)
class RowGuard:
    """A row is bad if ``breaks`` (a condition of SQLite's on its columns) is true; ``code`` tells the kind of fault."""

    code: str
    breaks: str
    text: str


@dataclass(frozen=True, slots=True)
class UniqueGuard:
    """No two rows may agree on these columns."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReferenceGuard:
    """A foreign key that the table does not declare."""

    key: ForeignKey


Guard = RowGuard | UniqueGuard | ReferenceGuard


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, and, where the table only lacks a constraint of the spec, the guards that would supply it."""

    text: str
    guards: tuple[Guard, ...] = ()


def differences(wanted: Table, live: Table, engine: str) -> list[Difference]:
    """All differences that matter to a put; defaults and the order of columns do not."""
    columns = _fold([c.name for c in live.columns])
    found = [Difference(f"column {c.name} is missing") for c in wanted.columns if c.name.lower() not in columns]
    names = _fold([c.name for c in wanted.columns])
    found += [Difference(f"column {c.name} is not in the spec") for c in live.columns if c.name.lower() not in names]
    by_name = {c.name.lower(): c for c in live.columns}
    for column in wanted.columns:
        if column.name.lower() in by_name:
            found += _column(column, by_name[column.name.lower()], live, engine)
    found += _keys(wanted, live)
    found += _foreign_keys(wanted.foreign_keys, live.foreign_keys, engine)
    found += _checks(wanted, live, engine)
    if engine == "sqlite" and wanted.strict and not live.strict:
        text = "the table is not STRICT, so its columns may hold values of other types"
        found.append(Difference(text, tuple(_storage_guard(c) for c in wanted.columns)))
    found += [Difference(note) for note in live.notes]
    return found


def _column(wanted: Column, live: Column, table: Table, engine: str) -> list[Difference]:
    found = []
    if not _type_fits(wanted, live, table, engine):
        found.append(Difference(f"column {live.name} is {live.type or 'untyped'}, not {wanted.type}"))
    if live.nullable and not wanted.nullable:
        guard = RowGuard("BXC16", f"{quote(live.name, SQLITE)} is null", f"NULL in {live.name}")
        found.append(Difference(f"column {live.name} may be NULL", (guard,)))
    if wanted.nullable and not live.nullable and live.name not in table.primary_key:
        found.append(Difference(f"column {live.name} is NOT NULL, in the spec it is not"))
    return found


def _type_fits(wanted: Column, live: Column, table: Table, engine: str) -> bool:
    """Whether the live column can hold what the wanted one holds, as it holds it."""
    if wanted.type.lower() == live.type.lower():
        return True
    if engine == "sqlite":
        kind = wanted.type.lower()
        return _affinity(live.type) == kind or live.type.lower() in NAMED_TYPES.get(kind, ())
    try:
        recognised = recognise(engine, live, [], "", table.strict)
    except NoTypeError:
        return False
    storage = "BIGINT"
    if live.type.upper().startswith("ENUM"):
        storage = "VARCHAR"
    elif live.type.lower().startswith("character varying"):
        storage = "TEXT"
    return recognised.implied is not None and wanted.type.upper() == storage


def _storage_guard(column: Column) -> RowGuard:
    kind = column.type.lower()
    breaks = f"typeof({quote(column.name, SQLITE)}) not in ('null', '{kind}')"
    return RowGuard("BXC16", breaks, f"{column.name} must hold {kind} values")


def _affinity(declared: str) -> str:
    """The storage class that SQLite prefers for a declared type (datatype3.html, section 3.1)."""
    lower = declared.lower()
    for part, affinity in SQLITE_AFFINITY:
        if part in lower:
            return affinity
    return "real" if any(part in lower for part in SQLITE_REAL) else "numeric"


def _keys(wanted: Table, live: Table) -> list[Difference]:
    found = []
    live_keys = {_fold(columns) for columns in (*live.uniques, live.primary_key) if columns}
    nullable = {c.name.lower() for c in live.columns if c.nullable}
    key = _fold(wanted.primary_key)
    if _fold(live.primary_key) != key and (key not in live_keys or key & nullable):
        theirs = f"({', '.join(live.primary_key)})" if live.primary_key else "none"
        found.append(Difference(f"the primary key is {theirs}, not ({', '.join(wanted.primary_key)})"))
    known = {_fold(columns) for columns in (*wanted.uniques, wanted.primary_key)}
    missing = [columns for columns in wanted.uniques if _fold(columns) not in live_keys]
    extra = [columns for columns in (*live.uniques, live.primary_key) if columns and _fold(columns) not in known]
    return [
        *found,
        *(Difference(f"({', '.join(columns)}) is not UNIQUE", (UniqueGuard(columns),)) for columns in missing),
        *(Difference(f"({', '.join(columns)}) is UNIQUE, in the spec it is not") for columns in extra),
    ]


def _foreign_keys(wanted: Sequence[ForeignKey], live: Sequence[ForeignKey], engine: str) -> list[Difference]:
    ours, theirs = {_folded(k) for k in wanted}, {_folded(k) for k in live}
    missing = [k for k in wanted if _folded(k) not in theirs]
    found = [Difference(f"{_key_text(k)} is missing", (ReferenceGuard(k),)) for k in missing]
    why = "DuckDB's own foreign keys refuse legal updates" if engine == "duckdb" else "in the spec it is not"
    return found + [Difference(f"{_key_text(k)} is declared, {why}") for k in live if _folded(k) not in ours]


def outside_references(tables: Mapping[str, Table], sources: Iterable[str], engine: str) -> list[str]:
    """What makes foreign keys of tables outside of the spec unfit: puts take rows out and insert them again.

    An action on delete would change or delete rows that refer to a row which only gets another key; DuckDB would refuse
    even an update of other columns.
    """
    ours = {name.lower() for name in sources}
    found = []
    for name, table in tables.items():
        if name.lower() in ours or is_own(name):
            continue
        for key in table.foreign_keys:
            if key.target.lower() in ours and (engine == "duckdb" or "on delete" in key.actions.replace(HARMLESS, "")):
                why = "puts would be refused" if engine == "duckdb" else "puts that rename rows would set it off"
                found.append(f"table {name}: {_key_text(key)} is declared, and {why}")
    return found


def _folded(key: ForeignKey) -> ForeignKey:
    return replace(
        key,
        columns=tuple(c.lower() for c in key.columns),
        target=key.target.lower(),
        target_columns=tuple(c.lower() for c in key.target_columns),
    )


def _key_text(key: ForeignKey) -> str:
    columns, targets = ", ".join(key.columns), ", ".join(key.target_columns)
    return f"foreign key ({columns}) references {key.target}({targets}){' ' if key.actions else ''}{key.actions}"


def _checks(wanted: Table, live: Table, engine: str) -> list[Difference]:
    """CHECKs of one that the other lacks, conjunct by conjunct."""
    columns = _fold([c.name for c in wanted.columns])
    ours, theirs = _conditions(wanted, columns, engine), _conditions(live, columns, engine)
    held = _known([*theirs, *_need_not_declare(live, engine)])
    missing = [(text, conditions) for text, conditions in ours if not held.issuperset(conditions)]
    known = _known(ours)
    extra = [text for text, conditions in theirs if not known.issuperset(conditions)]
    types = _spelled_types(wanted, engine) if missing else {}
    return [
        *(Difference(f"CHECK ({t}) is missing", (_check_guard(t, types.get(parts)),)) for t, parts in missing),
        *(Difference(f"CHECK ({text}) is not in the spec") for text in extra),
    ]


def _known(listed: Sequence[tuple[str, tuple[Node, ...]]]) -> frozenset[Node]:
    return frozenset(condition for _, conditions in listed for condition in conditions)


def _spelled_types(wanted: Table, engine: str) -> dict[tuple[Node, ...], str]:
    """What CHECKs that spell out a column's type say, by their conjuncts."""
    checks = [(check.text, node) for check in wanted.checks if (node := read(check.text)) is not None]
    found = {}
    for column in wanted.columns:
        own = [node for text, node in checks if column.name in text]
        recognised = recognise(engine, column, own, wanted.comments.get(column.name, ""), wanted.strict)
        for spelled in recognised.spelled:
            found[conjuncts(canonical(spelled))] = f"{column.name} must be {recognised.type}"
    return found


def _check_guard(text: str, of_type: str | None) -> RowGuard:
    """The guard that holds a CHECK, which may say what type a column's values have."""
    if of_type is not None:
        return RowGuard("BXC16", f"not ({text})", of_type)
    return RowGuard("BXC17", f"not ({text})", f"CHECK ({text})")


def _need_not_declare(live: Table, engine: str) -> list[tuple[str, tuple[Node, ...]]]:
    """What sets a type of the spec apart from the type of the engine's that holds it: a date's year is 1 to 9999, say.

    Nobody declares that on tables of their own, and triggers cannot hold it there as they do on SQLite. The rows that
    are there are checked by the install, what puts bring by the puts, and later ones show in `bxc_violations_…`.
    """
    if engine == "sqlite":
        return []
    found = []
    for column in live.columns:
        with suppress(NoTypeError):
            held = own_check(DIALECTS[engine], recognise(engine, column, [], "", live.strict).type, column.name)
            if held is not None:
                found.append((column.name, conjuncts(canonical(held))))
    return found


def _conditions(table: Table, columns: frozenset[str], engine: str) -> list[tuple[str, tuple[Node, ...]]]:
    """Each CHECK's text and conjuncts, with those that the types of ``columns`` imply."""
    found = []
    for check in table.checks:
        node = read(check.text)
        tree = Node("unread", " ".join(check.text.split())) if node is None else canonical(node)
        found.append((" ".join(check.text.split()), conjuncts(tree)))
    for column in table.columns:
        if column.name.lower() not in columns:
            continue
        try:
            implied = recognise(engine, column, [], "", table.strict).implied
        except NoTypeError:
            continue
        if implied is not None:
            found.append((f"{column.name} as {column.type}", conjuncts(canonical(implied))))
    return found


def _fold(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)
