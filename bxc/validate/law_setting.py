"""A view's emitted files and its plan, side by side over the same symbolic rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from bxc import types
from bxc.codegen.sql.dialect import DUCKDB, POSTGRES, SQLITE
from bxc.codegen.sql.files import view_path
from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.end import End, legal, rows_of
from bxc.laws.put import Refusal
from bxc.laws.put_rows import Effect
from bxc.laws.table import Maybe, Table, World
from bxc.laws.term import FALSE, TRUE, Sort, Term
from bxc.laws.value import Row, Val, domain, null, plain, sort_of
from bxc.laws.verdict import Fault, Law
from bxc.plan import Fresh, PeerPlan, ViewPlan
from bxc.validate.database import Database
from bxc.validate.kinds import BOOL, NUMERIC, Kind
from bxc.validate.run import Result, query, run
from bxc.validate.script_postgres import check_names
from bxc.validate.sql import fold
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value, missing, truth

DIALECTS = {"sqlite": SQLITE, "duckdb": DUCKDB, "postgres": POSTGRES}
TESTED = (types.Text, types.Varchar, types.Enum)
"""Types whose values the staging tables do not keep apart: the put tests what is staged."""


@dataclass(frozen=True, slots=True)
class Case:
    """A way to break a law: its code, what the statements do then, and a term that is true where they do."""

    law: Law
    code: str
    what: str
    broken: Term


class Setting:
    """A legal symbolic source of at most so many rows, in the plan's terms (``world``) and the engine's (``database``).

    ``held`` is the plan in the engine's values; ``facts`` are what makes the source legal. ``rows`` makes its rows,
    where they are not just any.
    """

    def __init__(
        self,
        engine: str,
        held: PeerPlan,
        name: str,
        files: Mapping[str, str],
        number: int,
        rows: Callable[[End], Table] | None = None,
    ) -> None:
        self.engine = engine
        self.files = files
        self.end = End(held, next(view for view in held.views if view.name == name))
        self.view = self.end.view
        self.names = [c.name for c in self.end.source.columns]
        made = None if rows is None else rows(self.end)
        self.rows: Table = rows_of(self.end, number, "s", frozenset(self.names)) if made is None else made
        self.world, is_legal = legal(self.end, self.rows, "s")
        self.empty = _installed(engine, files, self.view)
        self.database = filled(self.empty, self.world)
        self.facts = [is_legal, *self._well_formed()]

    @property
    def made_up(self) -> frozenset[str]:
        """The source's columns for which the put makes up uuids."""
        integers = {c.name for c in self.end.source.columns if isinstance(c.type, types.Int)}
        fresh = {a.column for a in self.view.inserts if isinstance(a.value, Fresh)}
        return frozenset(fresh - integers)

    def _well_formed(self) -> Iterator[Term]:
        """What the engine's own view of violations says of the source: texts without U+0000, and the like."""
        for name in self.world:
            found = query(self.database, f"select * from {quoted(f'bxc_violations_{name}')}")
            yield from (t.not_(present) for present, _ in found.rows)

    # --- what is staged ---

    def variables(self, label: str, *, nullable: bool) -> dict[str, Val]:
        """A view row of which nothing is known."""
        return staged_variables(self.view, label, nullable=nullable)

    def fits(self, row: Mapping[str, Val]) -> Term:
        """What staging tables cannot hold is not there: numbers out of range."""
        held = [(v, self.view.column(name).type) for name, v in row.items()]
        return t.all_(t.or_(v.null, domain(v.term, type_)) for v, type_ in held if not isinstance(type_, TESTED))

    def ill_typed(self, row: Row) -> Term:
        """Whether a staged value is none of its type, by the tests that the source's own columns have to pass.

        What the view computes is stated, too, and has no column in the source: its type has a test of its own.
        """
        stored = self.end.stored
        as_row = {c.name: null(c.type) for c in self.end.source.columns}
        as_row.update({source: row[name] for name, source in stored.items()})
        found = filled(self.empty, {self.end.source.name: (Maybe(TRUE, as_row),)})
        listed = query(
            found, f"select bxc_code, bxc_constraint from {quoted(f'bxc_violations_{self.end.source.name}')}"
        )
        kept = []
        for present, (code, constraint) in listed.rows:
            if not (code.term.is_const and constraint.term.is_const):
                raise Unsupported("violations", "codes that are computed")
            if code.term.data == "BXC16" and not str(constraint.term.data).endswith(" not null"):
                kept.append(present)
        return t.any_((*kept, *self._ill_computed(row)))

    def _ill_computed(self, row: Row) -> Iterator[Term]:
        table = f"bxc_new_{self.view.name}"
        for name in [c.name for c in self.view.columns if c.source is None]:
            type_ = self.view.column(name).type
            test = DIALECTS[self.engine].type_check(type_, quoted(name))
            if test is not None and isinstance(type_, TESTED):
                stated = self.staged(table, [(TRUE, row)], self.empty)
                found = query(stated, f"select 1 as bxc_found from {quoted(table)} where not ({test})")
                yield from (present for present, _ in found.rows)

    def with_types(self, effect: Effect, staged: Sequence[tuple[Term, Row]]) -> Effect:
        """What a put does, refused also where a staged value is none of its type."""
        fault = Fault("view", (self.view.name,))
        found = [Refusal("BXC16", fault, t.and_(present, self.ill_typed(row))) for present, row in staged]
        return replace(effect, refusals=(*effect.refusals, *found))

    def staged(self, table: str, rows: Sequence[tuple[Term, Row]], database: Database | None = None) -> Database:
        """The database with rows in a staging table; columns that a row has not are NULL."""
        database = database or self.database
        columns = database.columns(table)
        listed = []
        for present, row in rows:
            held = {fold(name): value for name, value in row.items()}
            listed.append((present, [engine_value(c.kind, held.get(fold(c.name))) for c in columns]))
        return database.with_rows(table, listed)

    def put(self, action: str, database: Database) -> Result:
        """Runs the emitted put."""
        return run(database, self.files[view_path(self.view.name, action)])

    # --- what comes of it ---

    def content(
        self, database: Database, table: str, of: Mapping[str, types.Type], before: Database | None = None
    ) -> Table:
        """The rows of a table in the plan's terms: the columns whose types are given; none that were ``before``."""
        columns = [fold(c.name) for c in database.columns(table)]
        at = [(name, type_, columns.index(fold(name))) for name, type_ in of.items()]
        known = {row.id for row in before.rows[fold(table)]} if before is not None else set()
        return tuple(
            Maybe(row.present, {name: plan_value(type_, row.values[n]) for name, type_, n in at})
            for row in database.rows[fold(table)]
            if row.id not in known
        )

    def after(self, result: Result) -> World:
        """The sources afterwards."""
        world: World = {}
        for name in self.world:
            source = self.end.peer.source(name).source
            world[name] = self.content(result.database, name, {c.name: c.type for c in source.columns})
        return world

    def shown(self, database: Database, text: str) -> Table:
        """What a query of the view gives, in the plan's terms."""
        relation = query(database, text)
        of = {fold(c.name): c for c in self.view.columns}
        return tuple(
            Maybe(
                present,
                {
                    of[fold(name)].name: plan_value(of[fold(name)].type, value)
                    for name, value in zip(relation.names, cells, strict=True)
                },
            )
            for present, cells in relation.rows
        )


def quoted(name: str) -> str:
    """A name as both engines read it."""
    return '"' + name.replace('"', '""') + '"'


def staged_variables(view: ViewPlan, label: str, *, nullable: bool) -> dict[str, Val]:
    """A row of a view of which nothing is known but its types."""
    return {
        c.name: variable(f"{label}.{c.name}", c.type, nullable or (c.nullable and c.name not in view.key))
        for c in view.columns
    }


def variable(name: str, type_: types.Type, nullable: bool) -> Val:
    """A value of which nothing is known but its type."""
    return Val(t.var(f"{name}?", Sort.BOOL) if nullable else FALSE, t.var(name, sort_of(type_)))


def _installed(engine: str, files: Mapping[str, str], view: ViewPlan) -> Database:
    if engine == "postgres":
        check_names(list(files.values()))
    database = Database(engine)
    for path in ("schema.sql", view_path(view.name)):
        result = run(database, files[path])
        if result.accepted is not TRUE:
            raise Unsupported(path, "an installation that may fail")
        database = result.database
    return _with_digits(database, view) if engine == "postgres" else database


def _with_digits(database: Database, view: ViewPlan) -> Database:
    """PostgreSQL's staging tables take decimals of any digits; looked at are those of as many as the column has."""
    scales = {fold(c.name): c.type.scale for c in view.columns if isinstance(c.type, types.Decimal)}
    tables = dict(database.tables)
    for name in (fold(f"bxc_new_{view.name}"), fold(f"bxc_delta_{view.name}")):
        columns = tuple(
            replace(c, kind=replace(NUMERIC, scale=scales[c.name.removeprefix("bxc_old_")])) if c.kind == NUMERIC else c
            for c in tables[name].columns
        )
        tables[name] = replace(tables[name], columns=columns)
    return replace(database, tables=tables)


def filled(database: Database, world: World) -> Database:
    """The database with the plan's tables in it, nothing being left to capture."""
    for name, table in world.items():
        columns = database.columns(name)
        rows = []
        for m in table:
            held = {fold(n): value for n, value in m.row.items()}
            rows.append((m.present, [engine_value(c.kind, held[fold(c.name)]) for c in columns]))
        database = database.with_rows(name, rows)
        if fold(f"bxc_state_{name}") in database.tables:
            database = database.with_rows(f"bxc_state_{name}", rows)
    return database


def engine_value(kind: Kind, held: Val | None) -> Value:
    """A value of the plan as the engine holds it in a column of a kind; None is NULL."""
    if held is None:
        return missing(kind)
    if kind == BOOL:
        known = t.not_(held.null)
        return truth(t.and_(known, held.term), t.and_(known, t.not_(held.term)))
    term = held.term
    if term.sort is Sort.BOOL:
        term = t.ite(term, t.const(1), t.const(0))
    return Value(kind, held.null, term)


def plan_value(type_: types.Type, value: Value) -> Val:
    """What the engine holds as a value of the plan."""
    term = value.term
    if term.sort is not sort_of(type_):
        if value.null is TRUE:
            return Val(TRUE, t.const(plain(type_)))
        if isinstance(type_, types.Bool) and term.sort is Sort.INT:
            return Val(value.null, t.not_(t.eq(term, t.const(0))))
        raise Unsupported("value", f"of kind {value.kind} for {type_}")
    return Val(value.null, term)
