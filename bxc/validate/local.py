"""Whether the statements of a put read sources only by looking up rows: then a few source rows stand for any number.

**What is tested**, on the syntax trees of all statements that a put of a delta can run (script, triggers, views,
temporary tables) and of the view of violations, by following where values come from. Every read of a source (its
table, or a view of it) must be *keyed*: conditions that have to hold equate, by `=`, `is` or a positive IN, values that
are known before (of staged rows, of rows found so far, constants) with all columns of

- its primary key or a UNIQUE (not by a comparison for which NULL equals NULL, where a column can be NULL), or its row
  id: such a *lookup* finds one row at most;
- or a UNIQUE so that NULL equals NULL: then two rows stand for all that are found, as below, and `count(*) > 1` may be
  asked too;
- or the left of a `determines`: such a lookup finds any number of rows, which agree in the columns of the dependency.
  Of these rows only those columns may be read, and by nothing that makes a difference between one row and several of
  them (EXISTS, IN, semi and anti joins, DISTINCT, `min`, `max`, `bool_or`, `first`, `count(c) between 1 and count(*) -
  1`); a key only whole, to compare it with its own values: that is true of a row that is looked up by it, if of any.

Each is by **one column**: values of several may be of different rows (the old ward beside the new number), and would
find a third one. The value in each such comparison must be the column's own: staged for it, a constant, or of a row
that is there (which finds itself; so it may not be compared with the left of a `determines`, or where NULL equals
NULL). So must be what is written into a column, as constraints look rows up by it. Beside lookups, the greatest or
least value of a column in the whole source may be taken, but nothing looked up by it. Every other reading of a source
(by no key, all of it, counted, limited, NOT IN where NULL may be) makes the put not local, as does whatever is not
known here. Staged rows, captured edits and what is set aside are of a fixed number, and may be read in any way; but
nothing may be looked up by what is staged for another put, or by edits that were captured before (those with numbers
after the greatest that the session has noted are the put's own).

**Why that is enough.** Let a put of a fixed number of staged rows do other than its meaning on a legal source of any
size. Call a row *seen* if a lookup, of the statements or of the meaning, finds it, or if it has such a greatest value;
of the rows that a lookup by `determines` finds and no other does, which agree in all that is read of them, keep one.
By induction over the statements (a value that is compared comes from staged or seen rows) the run on the seen rows
alone takes the same steps: each lookup finds the same rows there, no read finds any other, and rows that are not seen
are neither read nor written. So it refuses with the same code, and leaves and captures the same. The meaning
(`bxc/laws/put_rows.py`) looks rows up in the same ways: by the view's key, by keys and dependencies for what a row
becomes, by `determined by`, and a greatest value. Since a part of a legal source is legal (references to other sources
are left to be bounded), the seen rows are a counterexample. Which they are at most is told by `local_rows.roles`, and a
put is proved if all of them are looked at.

It is said of puts of one and two staged rows, and of get; not of longer deltas, nor of whole puts, which compare all
rows of the view.

In PostgreSQL's functions all branches are followed (`local_procedures`). The trigger that captures edits is left out
where it returns at once: if the put has told the session, under no condition, that edits of the source are its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bxc.codegen.sql.files import view_path
from bxc.dataclass import dataclass
from bxc.plan import PeerPlan, ViewPlan
from bxc.validate import sql as s
from bxc.validate.database import Database
from bxc.validate.local_procedures import OWN, Procedures
from bxc.validate.local_queries import Flow, noted
from bxc.validate.local_relations import (
    NOTHING,
    SOMETHING,
    Lookup,
    NotLocalError,
    Origins,
    Part,
    Relation,
    Source,
    of_column,
    sources,
    staging,
)
from bxc.validate.local_values import Scope, has
from bxc.validate.read_query import read_expression, read_query, read_statement
from bxc.validate.run import run
from bxc.validate.script import read_script
from bxc.validate.sql import fold
from bxc.validate.unsupported import Unsupported

MOST_ROUNDS = 12
MOST_NESTED = 24
SESSION = "bxc_session"
"""A table of one row."""


@dataclass(frozen=True, slots=True)
class Locality:
    """How statements read sources: by which lookups, and whose greatest values; or ``reason``, why they are not local.

    ``fixed`` are lookups by constants.
    """

    reason: str | None
    lookups: frozenset[tuple[str, Lookup]] = frozenset()
    greatest: frozenset[tuple[str, str]] = frozenset()
    fixed: frozenset[tuple[str, Lookup, str]] = frozenset()


def of_put(
    engine: str, files: Mapping[str, str], peer: PeerPlan, view: ViewPlan, *, remembered: bool = True
) -> Locality:
    """How the put of a delta, and the list of what it violates, read sources.

    ``remembered``: edits may have been captured before, of any rows.
    """
    work, history = f"bxc_work_{view.name}", {f"{table}_{view.source}" for table in ("bxc_change", "bxc_journal")}
    walk = _Walk(engine, files, peer, view, {work, *history}, history if remembered else ())
    listing = _Walk(engine, files, peer, view, {work, f"bxc_new_{view.name}"})
    path = view_path(view.name, "put_delta")
    try:
        walk.script(path, files[path])
        listing.place = f"bxc_violations_{view.name}"
        listing.listed(fold(listing.place))
    except (NotLocalError, Unsupported, RecursionError) as error:
        place = listing.place or walk.place
        return Locality(f"{place} {error}")
    flows = (walk.flow, listing.flow)
    return Locality(
        None,
        frozenset().union(*(flow.lookups for flow in flows)),
        frozenset().union(*(flow.greatest for flow in flows)),
        frozenset().union(*(flow.fixed for flow in flows)),
    )


def of_get(engine: str, files: Mapping[str, str], peer: PeerPlan, view: ViewPlan) -> Locality:
    """How get, and the view itself, read sources: row by row, each row for itself."""
    walk = _Walk(engine, files, peer, view)
    for path, text in ((view_path(view.name, "get"), files[view_path(view.name, "get")]), (view_path(view.name), "")):
        try:
            query = _query(engine, text) if text else walk.view_query(fold(view.name))
            walk.row_by_row(query)
        except (NotLocalError, Unsupported) as error:
            return Locality(f"{path} {error}")
    return Locality(None)


class _Walk:
    """Runs scripts over what values can be, until nothing new comes of it.

    ``empty``: tables of which nothing is known but what the script adds; ``past``: those among them that hold more.
    """

    def __init__(
        self,
        engine: str,
        files: Mapping[str, str],
        peer: PeerPlan,
        view: ViewPlan,
        empty: Iterable[str] = (),
        past: Iterable[str] = (),
    ) -> None:
        self.engine = engine
        empty = set(map(fold, empty))
        self.past = set(map(fold, past))
        self.empty: frozenset[str] = frozenset()
        self.sources = sources(peer)
        self.flow = Flow(self.table, self.recent)
        self.place = ""
        self._nested = 0
        self.procedures = Procedures(self.statement, self.flow)
        database = Database(engine)
        for path in ("schema.sql", view_path(view.name)):
            database = run(database, files[path]).database
        self.database = database
        self.procedures.database = database
        self.sure: frozenset[str] = frozenset()  # columns of the session that are not NULL now
        self.notes: dict[str, str] = {}  # tables whose greatest numbers columns of the session hold
        self.held: dict[str, dict[str, Origins]] = {}
        self.temporary: dict[str, tuple[str, ...]] = {}
        for name, table in database.tables.items():
            columns = [c.name for c in table.columns]
            if name == fold(f"bxc_delta_{view.name}"):
                self.held[name] = dict(staging(view, columns))
            else:  # others than empty ones have rows of which nothing is known
                self.held[name] = dict.fromkeys(columns, NOTHING if name in empty else SOMETHING)

    # --- tables ---

    def table(self, name: str) -> Relation:
        """A stored table or a view."""
        source = self.sources.get(name)
        if source is not None:
            return Relation(tuple((c, frozenset((f"{name}.{c}",))) for c in source.columns), source)
        if name in self.database.views:
            view = self.database.views[name]
            return self.flow.query(self.view_query(name), Scope()).renamed(view.columns)
        if name.startswith("bxc_state_") or name not in self.held:
            raise NotLocalError(f"reads {name}")
        if name in self.past:
            return Relation(tuple(dict.fromkeys(self.held[name], SOMETHING).items()))
        sure = self.sure if name == SESSION else frozenset()
        return Relation(tuple(self.held[name].items()), empty=name in self.empty, sure=sure)

    def recent(self, name: str, note: str) -> Relation | None:
        """What has come into a table since its greatest number was noted."""
        return Relation(tuple(self.held[name].items())) if self.notes.get(note) == name else None

    def view_query(self, name: str) -> s.Query:
        return read_query(self.engine, self.database.views[name].text)

    def row_by_row(self, query: s.Query) -> None:
        """A view's rows are each made of one row of the source; `distinct` only leaves out what is there already."""
        if not isinstance(query, s.Select) or query.joins or query.group is not None or query.group_all:
            raise NotLocalError("is more than a selection of rows")
        every = (query.items, query.where, query.having, query.qualify)
        if query.limit_one or has(every, s.Aggregate | s.Window | s.Exists | s.InQuery | s.Scalar):
            raise NotLocalError("looks at more than one row at a time")
        table = query.table
        if not isinstance(table, s.Table):
            raise NotLocalError("is more than a selection of rows")
        if table.name in self.database.views:
            if any(not isinstance(item.expr, s.Star) for item in query.items) or query.where is not None:
                raise NotLocalError("is more than a selection of rows")
            self.row_by_row(self.view_query(table.name))
        elif table.name not in self.sources:
            raise NotLocalError(f"reads {table.name}")

    def listed(self, name: str) -> None:
        """What a view of violations lists, where no put is running: any row of it counts, however often it is there."""
        self.empty = frozenset(t for t, columns in self.held.items() if not any(columns.values()))
        relation = self.table(name)
        if relation.source is not None:
            raise NotLocalError(f"lists all rows of {relation.source.name}")

    # --- statements ---

    def script(self, path: str, text: str) -> None:
        """All statements, again and again until tables hold no values of other origins than before."""
        for _ in range(MOST_ROUNDS):
            before = {name: dict(columns) for name, columns in self.held.items()}
            self.sure, self.notes = frozenset(), {}
            self.procedures.uncaptured = frozenset()
            for statement in read_script(self.engine, text):
                self.place = path
                self.statement(statement, Scope())
            if before == self.held:
                return
        raise NotLocalError("takes too many rounds to follow")

    def statement(self, statement: s.Statement, scope: Scope) -> None:
        match statement:
            case s.Select((s.Item(s.Call(function, ()), _),), None) if function.startswith(OWN):
                self.procedures.call(function, ())
            case s.Select() | s.Union() | s.Values() | s.With():
                relation = self.flow.query(statement, scope)
                if relation.source is not None:
                    raise NotLocalError(f"reads all rows of {relation.source.name}")
            case s.Insert():
                self._insert(statement, scope)
            case s.Update():
                self._change(statement.table, statement.source, statement.where, statement.sets, scope)
            case s.Delete():
                self._change(statement.table, statement.using, statement.where, (), scope)
            case s.CreateTableAs() | s.CreateTemporary():
                relation = self.flow.query(statement.query, scope)
                if relation.source is not None:
                    raise NotLocalError(f"keeps all rows of {relation.source.name} in {statement.name}")
                if relation.repeats:
                    raise NotLocalError(f"keeps each of the rows that a lookup finds in {statement.name}")
                self._hold(statement.name, relation.columns)
            case s.Drop() | s.Ignored():
                pass
            case _:
                raise NotLocalError(f"holds {type(statement).__name__}")

    def _hold(self, table: str, columns: Sequence[tuple[str, Origins]]) -> None:
        held = self.held.setdefault(table, {})
        for name, origins in columns:
            held[name] = held.get(name, NOTHING) | origins

    def _insert(self, statement: s.Insert, scope: Scope) -> None:
        name = statement.table
        if statement.first is not None:
            called, delete = statement.first
            self.statement(delete, scope)
            scope = Scope(outer=scope, commons={called: Relation((("?column?", SOMETHING),))})
        relation = self.flow.few(statement.query, scope)
        names = self._names(name)
        row = dict.fromkeys(names, NOTHING)
        row.update(zip(statement.columns or names, (o for _, o in relation.columns), strict=False))
        if name in self.sources:
            self._written(self.sources[name], row)
        elif name not in self.database.views:
            if name not in self.held:
                raise NotLocalError(f"writes {name}")
            self._hold(name, list(row.items()))
        if statement.conflict is not None and statement.conflict.sets is not None:
            self._overwrite(statement, statement.conflict.sets, row)
        self._fire(name, "insert", {"new": row}, tuple(row))

    def _overwrite(self, statement: s.Insert, sets: Sequence[tuple[str, s.Expr]], row: Mapping[str, Origins]) -> None:
        """What ON CONFLICT writes into a row that is found by the key of the one that was to be inserted."""
        name = statement.table
        if name not in self.sources:
            raise NotLocalError(f"overwrites rows of {name}")
        there = Part(statement.alias or name, self.table(name), True)
        here = Scope([there, Part("excluded", Relation(tuple(row.items())), True)])
        self._written(self.sources[name], {column: self.flow.origins(value, here) for column, value in sets})
        self.procedures.after(name, "update")

    def _names(self, name: str) -> tuple[str, ...]:
        if name in self.sources:
            return self.sources[name].columns
        if name in self.database.views:
            return tuple(column for column, _ in self.table(name).columns)
        return tuple(self.held.get(name, ()))

    def _written(self, source: Source, row: Mapping[str, Origins]) -> None:
        """What is written into a source's columns must be values of their own: constraints look rows up by them."""
        for column, origins in row.items():
            for origin in origins:
                if not of_column(origin, source.name, column) and origin[0] != "'":
                    raise NotLocalError(f"writes into {source.name}.{column} what is no value of it")
        for lookup in source.lookups:
            if lookup.reads is None and lookup.columns & set(row):
                self.flow.looked_up(source, lookup, NOTHING.union(*(row.get(c, NOTHING) for c in lookup.columns)))

    def _change(
        self,
        table: s.Table,
        other: s.Table | s.Derived | None,
        where: s.Expr | None,
        sets: tuple[tuple[str, s.Expr], ...],
        scope: Scope,
    ) -> None:
        """An UPDATE or DELETE: the rows that it touches must be looked up, one by one."""
        relation = self.table(table.name)
        if table.name in self.database.views:
            raise NotLocalError(f"changes the view {table.name}")
        target = Part(table.alias, relation, relation.source is None)
        select = s.Select((), other, (), where, None, False, None, None, False, False)
        here = Scope([target], scope)
        self.flow._from(select, here)
        self.flow.bind(here, [], where)
        if not all(part.bound for part in here.parts):
            raise NotLocalError(f"changes rows of {table.name} that are looked up by no key")
        if any(part.relation.repeats or (part.lookup and part.lookup.reads is not None) for part in here.parts):
            raise NotLocalError(f"changes each of the rows of {table.name} that a lookup finds")
        if where is not None:
            self.flow.origins(where, here)
        new = {column: self.flow.origins(value, here) for column, value in sets}
        if relation.source is not None:
            self._written(relation.source, new)
        else:
            self._hold(table.name, list(new.items()))
        if table.name == SESSION:
            told = {name for name, value in sets if isinstance(value, s.Literal) and value.value is not None}
            notes = {name: of for name, value in sets if (of := noted(value)) is not None}
            if where is not None or other is not None:
                told, notes = set(), {}
            self.procedures.noted(sets, where)
            self.sure = self.sure - {name for name, _ in sets} | told
            self.notes = {n: of for n, of in self.notes.items() if n not in new} | notes
        old = dict(relation.columns)
        event = "update" if sets else "delete"
        rows = {"old": old, "new": {**old, **new}} if sets else {"old": old}
        self._fire(table.name, event, rows, tuple(column for column, _ in sets))

    # --- triggers ---

    def _fire(self, table: str, event: str, rows: Mapping[str, Mapping[str, Origins]], sets: Sequence[str]) -> None:
        self.procedures.after(table, event)
        for trigger in self.database.triggers.get(table, ()):
            if trigger.event == event and (trigger.of is None or set(trigger.of) & set(sets)):
                self._run(trigger, rows)

    def _run(self, trigger: s.CreateTrigger, rows: Mapping[str, Mapping[str, Origins]]) -> None:
        scope = Scope([Part(alias, Relation(tuple(row.items())), True) for alias, row in rows.items()])
        before, self.place, sure, notes = self.place, f"trigger {trigger.name}", self.sure, dict(self.notes)
        if trigger.when is not None:
            when = read_expression(self.engine, trigger.when)
            if self._never(when, rows):
                self.place = before
                return
            self.flow.origins(when, scope)
        if self._nested >= MOST_NESTED:
            raise NotLocalError("runs in itself")
        self._nested += 1
        for text in trigger.body:
            self.place = f"trigger {trigger.name}"
            self.statement(read_statement(self.engine, text), scope)
        self._nested -= 1
        self.place, self.sure = before, self.sure & sure  # it may not have run
        self.notes = dict(self.notes.items() & notes.items())

    @staticmethod
    def _never(when: s.Expr, rows: Mapping[str, Mapping[str, Origins]]) -> bool:
        """Whether a trigger is for other constants than the one that is inserted."""
        match when:
            case s.Call("=", (s.Name("new", name), s.Literal(str(word)))):
                origins = rows.get("new", {}).get(name, SOMETHING)
                return all(o.startswith("'") for o in origins) and f"'{word!r}" not in origins
        return False


def _query(engine: str, text: str) -> s.Query:
    (statement,) = read_script(engine, text)
    if not isinstance(statement, s.Select | s.Union | s.Values | s.With):
        raise Unsupported("query", text[:80])
    return statement
