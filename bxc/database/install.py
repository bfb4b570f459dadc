"""A spec's generated files → a database with all of a peer's tables, views and triggers, or the reasons why not.

The scripts are first run on an empty database; what its catalog then says is what each table must be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from bxc.codegen.sql.dialect import SQLITE, text_literal
from bxc.codegen.sql.names import SESSION, change_table, new_table, quote, violations_view
from bxc.database.bundle import Bundle, Peer, Source
from bxc.database.catalog import Table, is_own
from bxc.database.compare import Guard, RowGuard, differences, outside_references
from bxc.database.connection import IN_MEMORY, Address, Database, Emptiable, open_database, transaction
from bxc.database.guards import guard_statements
from bxc.database.rows import RowFile
from bxc.database.stage import Load, Progress, load
from bxc.database.tokens import tokens
from bxc.database.types import DIALECTS
from bxc.dataclass import dataclass

MOST_SHOWN = 5


class MismatchError(Exception):
    """The database does not fit the spec; ``reasons`` name what, and ``enforceable`` tells whether guards would do."""

    def __init__(self, reasons: Sequence[str], *, enforceable: bool = False) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = tuple(reasons)
        self.enforceable = enforceable


@dataclass(frozen=True, slots=True)
class Installed:
    """What an install did: sources made, found fitting, or given guards; rows loaded by source."""

    created: tuple[str, ...]
    found: tuple[str, ...]
    guarded: tuple[str, ...]
    loaded: Mapping[str, int]


def install(
    database: Database, bundle: Bundle, peer: str, loads: Mapping[str, RowFile], *, enforce: bool, progress: Progress
) -> Installed:
    """Create what is missing, in one transaction.

    MismatchError, with nothing changed, if a table that is there differs from the spec, or holds rows that break it.
    With ``enforce``, constraints that a table lacks are no mismatch: guard triggers hold them (SQLite only).
    """
    owner = bundle.peers[peer]
    scripts = bundle.install_script(peer, database.engine)
    with transaction(database):
        wanted, made = _reference(database, scripts)
        _refuse_other_kinds(database, owner)
        live = database.tables()
        if unfit := outside_references(live, owner.sources, database.engine):
            raise MismatchError(unfit)
        present = {name: table for name in owner.sources if (table := _find(live, name)) is not None}
        guards = _compared(database, present, wanted, owner, enforce)
        existing = _drop_outdated(database, made, owner)
        _run(database, scripts, existing)
        _check_rows(database, list(present))
        for name, needed in guards.items():
            _guard(database, owner.sources[name], needed)
        loaded = _load_all(database, bundle, owner, loads, progress)
        _check_rows(database, list(loaded))
    created = tuple(name for name in owner.sources if name not in present)
    return Installed(created, tuple(n for n in present if n not in guards), tuple(guards), loaded)


def _reference(database: Database, scripts: Sequence[str]) -> tuple[Mapping[str, Table], Mapping[str, tuple[str, str]]]:
    """The tables and objects that the scripts make where nothing is: in memory, or in an empty schema of the server."""
    if isinstance(database, Emptiable):
        with database.emptied():
            for script in scripts:
                database.run(script)
            return database.tables(), database.objects()
    reference = open_database(Address(database.engine, Path(IN_MEMORY)), "create")
    try:
        with transaction(reference):
            for script in scripts:
                reference.run(script)
        return reference.tables(), reference.objects()
    finally:
        reference.close()


def _refuse_other_kinds(database: Database, owner: Peer) -> None:
    """MismatchError if something else than a table, a view perhaps, has the name of a source."""
    names = {name.lower() for name in owner.sources}
    others = {name: kind for name, (kind, _) in database.objects().items() if name.lower() in names and kind != "table"}
    if others:
        raise MismatchError([f"{name} is a {kind} already, in the spec it is a table" for name, kind in others.items()])


def _find(tables: Mapping[str, Table], name: str) -> Table | None:
    """The table of a name; engines do not mind its case."""
    return next((table for found, table in tables.items() if found.lower() == name.lower()), None)


def _compared(
    database: Database, present: Mapping[str, Table], wanted: Mapping[str, Table], owner: Peer, enforce: bool
) -> dict[str, list[Guard]]:
    """The guards that tables still need, where guards are wanted and suffice; else MismatchError.

    What guards of an earlier install hold is no difference any more.
    """
    held = {_normal(sql) for _, sql in database.objects().values()}
    guards: dict[str, list[Guard]] = {}
    lacking: list[str] = []
    others: list[str] = []
    for name, table in present.items():
        found = differences(wanted[name], table, database.engine)
        needed = [guard for difference in found for guard in difference.guards]
        statements = guard_statements(name, owner.sources[name].key, needed)
        others += [f"table {table.name}: {difference.text}" for difference in found if not difference.guards]
        if not all(_normal(statement) in held for statement in statements):
            guards[name] = needed
            lacking += [f"table {table.name}: {difference.text}" for difference in found if difference.guards]
    can_guard = database.engine == "sqlite"
    if others or (lacking and not (enforce and can_guard)):
        reasons = others if enforce and can_guard else [*others, *lacking]
        raise MismatchError(reasons, enforceable=can_guard and not others)
    return guards


def _normal(statement: str) -> str:
    """A statement as its catalog and its script both have it."""
    return " ".join(statement.split()).rstrip(";").lower()


def _guard(database: Database, source: Source, guards: Sequence[Guard]) -> None:
    """Create guards, in the place of those that an earlier install made otherwise."""
    _check_guarded(database, source, guards)
    for statement in guard_statements(source.name, source.key, guards):
        kind, name = _created(statement)
        database.run(f"drop {kind} if exists {quote(name, SQLITE)};")
        database.run(statement)


# --- running the scripts --------------------------------------------------------------------------------------------


def _drop_outdated(database: Database, wanted: Mapping[str, tuple[str, str]], owner: Peer) -> frozenset[str]:
    """Drop bxc's own objects that another version of the spec made otherwise; the names (in lower case) that stay.

    MismatchError if an object of the user's has the name of a view, or an outdated table still holds captured edits.
    """
    live = database.objects()
    by_name = {name.lower(): name for name in live}
    sources = {name.lower() for name in owner.sources}
    stay = set(by_name)
    for name, (kind, sql) in wanted.items():
        found = by_name.get(name.lower())
        if found is None or name.lower() in sources:
            continue
        if live[found][1] == sql or kind == "sequence":  # a sequence's statement tells how far it is
            continue
        if not is_own(name) and new_table(name).lower() not in by_name:
            raise MismatchError([f"{live[found][0]} {found} is there already, and the spec has a view of that name"])
        dialect = DIALECTS[database.engine]
        held = kind == "table" and live[found][0] == "table" and name != SESSION and _holds_rows(database, found)
        if held:
            raise MismatchError([f"{found} is of another version of the spec and holds rows; consume them first"])
        cascade = " cascade" if database.engine == "postgres" else ""
        database.run(f"drop {live[found][0]} if exists {quote(found, dialect)}{cascade};")
        stay.discard(name.lower())
    # What hung on a dropped table went with it.
    return frozenset(stay & {name.lower() for name in database.objects()})


def _holds_rows(database: Database, table: str) -> bool:
    return bool(list(database.query(f"select 1 from {quote(table, DIALECTS[database.engine])} limit 1").rows))


def _run(database: Database, scripts: Sequence[str], existing: frozenset[str]) -> None:
    """Run the statements of the scripts, but for those that make or fill what is there."""
    for script in scripts:
        for statement in database.statements(script):
            if not _is_done(statement, existing):
                database.run(statement)


def _is_done(statement: str, existing: frozenset[str]) -> bool:
    """Whether a statement creates an object that exists, or fills a table that exists and minds repetition."""
    words = [token for token in tokens(statement) if token.kind in ("word", "name")]
    if words[0].is_word("create"):
        return _created(statement)[1].lower() in existing
    if words[0].is_word("insert"):
        into = next(i for i, word in enumerate(words) if word.is_word("into"))
        repeatable = any(word.is_word("conflict", "ignore", "exists") for word in words)
        return words[into + 1].text.lower() in existing and not repeatable
    return False


def _created(statement: str) -> tuple[str, str]:
    """The kind and name of the object that a CREATE makes."""
    words = [token for token in tokens(statement) if token.kind in ("word", "name")]
    kind = next(i for i, word in enumerate(words) if word.is_word("table", "view", "index", "trigger", "sequence"))
    rest = words[kind + 1 :]
    return words[kind].text.lower(), (rest[3] if rest[0].is_word("if") else rest[0]).text


# --- rows -----------------------------------------------------------------------------------------------------------


def _load_all(
    database: Database, bundle: Bundle, owner: Peer, loads: Mapping[str, RowFile], progress: Progress
) -> dict[str, int]:
    """Load row files into their sources, referenced sources first. What is loaded is no captured edit."""
    loaded: dict[str, int] = {}
    for name in [name for name in _load_order(owner.sources) if name in loads]:
        if _holds_rows(database, name):
            raise MismatchError([f"table {name} holds rows already, so nothing is loaded into it"])
        _set_loading(database, name)
        loaded[name] = load(database, Load(loads[name], name, owner.sources[name].columns), progress)
        _set_loading(database, None)
        capture = bundle.capture_script(owner.name, database.engine, name)
        if capture is not None:
            database.run(capture)
            database.run(f"delete from {quote(change_table(name), DIALECTS[database.engine])};")
    return loaded


def _set_loading(database: Database, source: str | None) -> None:
    """While rows are loaded into a source: ask for no right and capture no edit, where triggers do that."""
    if database.engine == "sqlite":
        uncaptured = "null" if source is None else text_literal(source)
        database.run(f"update {SESSION} set loading = {int(source is not None)}, uncaptured = {uncaptured};")
    elif database.engine == "postgres":
        loading = "false" if source is None else f"source = {text_literal(source)}"
        database.run(f"update {SESSION} set loading = {loading}, uncaptured = {loading};")


def _load_order(sources: Mapping[str, Source]) -> list[str]:
    graph = {name: [target for target in source.refers_to if target != name] for name, source in sources.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:
        return list(sources)


def _check_guarded(database: Database, source: Source, guards: Sequence[Guard]) -> None:
    """MismatchError if a row breaks what a guard is to hold; the rest is seen by `_check_rows`."""
    key = ", ".join(quote(column, SQLITE) for column in source.key)
    for guard in guards:
        if isinstance(guard, RowGuard):
            sql = f"select {key} from {quote(source.name, SQLITE)} where {guard.breaks} limit 1"
            for row in database.query(sql).rows:
                listed = ", ".join(f"{c} {v!r}" for c, v in zip(source.key, row, strict=True))
                raise MismatchError([f"table {source.name}: the row with {listed} breaks {guard.text}"])


def _check_rows(database: Database, sources: Sequence[str]) -> None:
    """MismatchError if a source holds rows that break the spec."""
    reasons = []
    for name in dict.fromkeys(sources):
        view = quote(violations_view(name), DIALECTS[database.engine])
        found = database.query(f"select * from {view} limit {MOST_SHOWN + 1}")
        for count, row in enumerate(found.rows):
            if count == MOST_SHOWN:
                reasons.append(f"table {name}: and more such rows")
                break
            listed = ", ".join(f"{c} {v!r}" for c, v in zip(found.columns[2:-1], row[2:-1], strict=True))
            reasons.append(f"table {name}: the row with {listed} breaks {row[1]}: {row[-1]}")
    if reasons:
        raise MismatchError(reasons)
