"""The emitted put of a view, evaluated over symbolic rows, against the meaning of the plan (`bxc.laws.put`).

For every legal source and every staged row: the SQL refuses what the plan refuses, with the same code, and otherwise
leaves the same rows; putting back what get gives changes nothing; what is accepted is what get then gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from bxc.codegen.sql.files import SqlFile
from bxc.laws import put as model
from bxc.laws import term as t
from bxc.laws.canonical import text_of
from bxc.laws.end import End, legal, rows_of
from bxc.laws.limits import Limits
from bxc.laws.solver import Budget, Model, Nothing, Solver, Unknown
from bxc.laws.table import Maybe, Table, World, contents_same, get, rows_same
from bxc.laws.term import FALSE, TRUE, Sort, Term
from bxc.laws.value import Row, Val, domain, sort_of
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict
from bxc.plan import Fresh, PeerPlan, ViewPlan
from bxc.validate.database import Database
from bxc.validate.run import Result, query, run
from bxc.validate.shape import as_held, cut
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value

Emit = Callable[[str, PeerPlan], tuple[SqlFile, ...]]
"""Engine and peer → the peer's files, with paths from the engine's folder."""

CODES = ("BXC10", "BXC11", "BXC12", "BXC14", "BXC15", "BXC16", "BXC17", "BXC18", "BXC19")
LAWS = {
    "BX101": Law.GET_PUT,
    "BX102": Law.PUT_GET,
    "BX105": Law.PUT_TOTAL,
    "BX106": Law.HIDDEN_KEPT,
}
HELP = "this is a fault of bxc and not of the spec: please report it to the project's issue tracker with the spec"


@dataclass(frozen=True)
class Translated:
    """The put of one view on one engine."""

    engine: str
    peer: PeerPlan
    name: str
    emit: Emit

    law = Law.SOURCE_KEPT

    @property
    def subject(self) -> str:
        return f"view {self.name}"

    @cached_property
    def shape(self) -> PeerPlan:
        """What the put depends on."""
        return cut(self.peer, self._view(self.peer))

    @cached_property
    def files(self) -> dict[str, str]:
        """The emitted files, by their paths."""
        return {file.path: file.text for file in self.emit(self.engine, self.shape)}

    @cached_property
    def key(self) -> str:
        """The emitted text and the plan that it is to follow."""
        parts = [self.engine, text_of(self.shape), *(f"{path}\n{text}" for path, text in sorted(self.files.items()))]
        return f"translated {self.name}: {sha256(chr(0).join(parts).encode('utf-8', 'surrogatepass')).hexdigest()}"

    def _view(self, peer: PeerPlan) -> ViewPlan:
        return next(view for view in peer.views if view.name == self.name)

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """A verdict for each law that the statements keep, and for each that they break."""
        try:
            with t.arena():
                return tuple(_Validation(self, limits).verdicts())
        except Unsupported as error:
            reason = f"the emitted SQL holds what is not understood: {error}"
            return (Verdict(Law.PUT_GET, self.subject, self._scope(""), Status.UNKNOWN, reason=reason),)

    def _scope(self, what: str) -> str:
        return f"{what} on {self.engine}".strip()


@dataclass(frozen=True, slots=True)
class _Case:
    """A claim about one kind of put: the code of what breaks it, and a term that is true where it is broken."""

    code: str
    what: str
    broken: Term


class _Validation:
    def __init__(self, asked: Translated, limits: Limits) -> None:
        self.asked = asked
        self.solver = Solver(Budget(limits.query_ms))
        held = as_held(asked.shape, asked.engine)
        self.end = End(held, asked._view(held))
        self.view = self.end.view
        self.database = _installed(asked.engine, asked.files, asked.name)
        everything = frozenset(c.name for c in self.end.source.columns)
        number = 3 if self.view.grouped or self.view.determined or self.end.references_itself else 2
        self.rows = rows_of(self.end, number, "s", everything)
        self.world, is_legal = legal(self.end, self.rows, "s")
        self.database = self._filled(self.database, self.world)
        self.solver.add(is_legal, *self._well_formed())

    def verdicts(self) -> Iterator[Verdict]:
        for what, cases in (
            ("get then put", self._back()),
            ("insert", self._one("insert")),
            ("update", self._one("update")),
            ("delete", self._one("delete")),
        ):
            yield from self._asked(what, list(cases))

    def _asked(self, what: str, cases: list[_Case]) -> Iterator[Verdict]:
        scope = self.asked._scope(what)
        told = False
        for case in cases:
            answer = self.solver.ask(case.broken)
            match answer:
                case Nothing():
                    continue
                case Unknown():
                    yield Verdict(LAWS[case.code], self.asked.subject, scope, Status.UNKNOWN, reason=answer.reason)
                case Model():
                    finding = self._finding(case, what)
                    yield Verdict(LAWS[case.code], self.asked.subject, scope, Status.REFUTED, finding=finding)
            told = True
        if not told:
            law = Law.GET_PUT if what == "get then put" else Law.PUT_GET
            yield Verdict(law, self.asked.subject, scope, Status.PROVED)

    def _finding(self, case: _Case, what: str) -> Finding:
        return Finding(
            case.code,
            "error",
            f"the SQL that bxc writes for `{self.asked.name}` on {self.asked.engine} {case.what} ({what})",
            Fault("view", (self.asked.name,)),
            help=HELP,
        )

    # --- the source ---

    def _filled(self, database: Database, world: World) -> Database:
        for name, table in world.items():
            columns = [c.name for c in database.columns(name)]
            kinds = [c.kind for c in database.columns(name)]
            rows = [
                (m.present, [engine_value(kind, m.row[c]) for c, kind in zip(columns, kinds, strict=True)])
                for m in table
            ]
            database = database.with_rows(name, rows)
            if f"bxc_state_{name}".lower() in database.tables:
                database = database.with_rows(f"bxc_state_{name}", rows)
        return database

    def _well_formed(self) -> Iterator[Term]:
        """What the engine's own view of violations says of the source: texts in canonical form, and the like."""
        for name in self.world:
            found = query(self.database, f'select * from "bxc_violations_{name}"')
            yield from (t.not_(present) for present, _ in found.rows)

    # --- putting back what get gives ---

    def _back(self) -> Iterator[_Case]:
        content = get(self.view, self.rows)
        staged = self._distinct(content)
        database = self._staged(f"bxc_new_{self.view.name}", staged, {})
        result = run(database, self.asked.files[f"{self.view.name}.put.sql"])
        yield _Case("BX101", "refuses what get gave", t.not_(result.accepted))
        before, after = self.rows, self._after(result)
        names = [c.name for c in self.end.source.columns]
        yield _Case(
            "BX101",
            "changes a source by what get gave",
            t.and_(result.accepted, t.not_(contents_same(names, before, after))),
        )

    def _distinct(self, content: Table) -> Table:
        """A content without repeats: those behind an equal row are not there."""
        names = [c.name for c in self.view.columns]
        found: list[Maybe] = []
        for m in content:
            repeated = t.any_(t.and_(o.present, rows_same(names, o.row, m.row)) for o in found)
            found.append(Maybe(t.and_(m.present, t.not_(repeated)), m.row))
        return tuple(found)

    # --- a delta of one row ---

    def _one(self, operation: str) -> Iterator[_Case]:
        delta, facts = self._delta(operation)
        expected = model.put(self.end.peer, self.view, self.world, delta)
        row = {**({} if delta.new is None else delta.new)}
        old = {} if delta.old is None else {f"bxc_old_{n}": held for n, held in delta.old.items()}
        database = self._staged(f"bxc_delta_{self.view.name}", (Maybe(TRUE, {**row, **old}),), {"bxc_op": operation})
        result = run(database, self.asked.files[f"{self.view.name}.put_delta.sql"])
        given = t.and_(facts, t.not_(result.doubt), t.not_(self._ill_formed(result, expected)))
        for code in ("constraint", "error"):
            broken = result.refused.get(code, FALSE)
            yield _Case("BX105", "fails with an error of the engine", t.and_(given, broken))
        earlier = FALSE
        for code in CODES:
            breaks = t.any_(r.term for r in expected.refusals if r.code == code)
            lowest = t.and_(breaks, t.not_(earlier))
            earlier = t.or_(earlier, breaks)
            differs = t.not_(t.eq(lowest, result.refused.get(code, FALSE)))
            yield _Case(
                "BX105", f"refuses with {code} where it should not, or not where it should", t.and_(given, differs)
            )
        yield from self._written(result, expected, given)

    def _written(self, result: Result, expected: model.Outcome, given: Term) -> Iterator[_Case]:
        accepted = t.and_(given, result.accepted, t.not_(expected.refused))
        after = self._after(result)
        random = {a.column for a in self.view.inserts if isinstance(a.value, Fresh)}
        stored = set(self.end.stored.values())
        names = [c.name for c in self.end.source.columns if c.name not in random]
        shown_names = [n for n in names if n in stored]
        differs = t.not_(contents_same(shown_names, expected.after, after))
        yield _Case("BX102", "does not write what was staged", t.and_(accepted, differs))
        differs = t.not_(contents_same(names, expected.after, after))
        yield _Case("BX106", "does not keep what the view hides", t.and_(accepted, differs))
        yield _Case("BX102", "leaves more rows than it should", t.and_(accepted, self._more(expected.after, after)))

    def _more(self, expected: Table, after: Table) -> Term:
        return t.not_(t.eq(t.count(m.present for m in expected), t.count(m.present for m in after)))

    def _delta(self, operation: str) -> tuple[model.Delta, Term]:
        """A staged row of values that the view's columns can have; keys are not NULL."""
        new: Row | None = None
        old: Row | None = None
        facts: list[Term] = []
        if operation != "delete":
            new = {c.name: _variable(f"n.{c.name}", c.type, c.nullable) for c in self.view.columns}
        if operation != "insert":
            keys = [self.view.column(name) for name in self.view.key]
            old = {c.name: _variable(f"o.{c.name}", c.type, nullable=False) for c in keys}
        for row in (new, old):
            for name, held in (row or {}).items():
                facts.append(t.or_(held.null, domain(held.term, self.view.column(name).type)))
        if new is not None:
            facts += [t.not_(new[name].null) for name in self.view.key]
        return model.Delta(operation, old, new), t.and_(*facts)

    def _ill_formed(self, result: Result, expected: model.Outcome) -> Term:
        """Where a staged value is none of its type: what the engine's own tests of texts say is taken as it is."""
        foreseen = t.any_(r.term for r in expected.refusals if r.code == "BXC16")
        return t.and_(result.refused.get("BXC16", FALSE), t.not_(foreseen))

    # --- between plan and engine ---

    def _staged(self, table: str, rows: Table, words: dict[str, str]) -> Database:
        columns = self.database.columns(table)
        staged = []
        for m in rows:
            values = []
            for column in columns:
                if column.name in words:
                    values.append(Value(column.kind, FALSE, t.const(words[column.name])))
                elif column.name in m.row:
                    values.append(engine_value(column.kind, m.row[column.name]))
                else:
                    values.append(engine_value(column.kind, None))
            staged.append((m.present, values))
        return self.database.with_rows(table, staged)

    def _after(self, result: Result) -> Table:
        columns = result.database.columns(self.end.source.name)
        types = {c.name: c.type for c in self.end.source.columns}
        return tuple(
            Maybe(present, {c.name: plan_value(types[c.name], v) for c, v in zip(columns, values, strict=True)})
            for present, values in result.database.content(self.end.source.name)
        )


def _variable(name: str, type_: object, nullable: bool) -> Val:
    return Val(t.var(f"{name}?", Sort.BOOL) if nullable else FALSE, t.var(name, sort_of(type_)))  # type: ignore[arg-type]


def _installed(engine: str, files: dict[str, str], view: str) -> Database:
    database = Database(engine)
    for path in ("schema.sql", f"{view}.sql"):
        result = run(database, files[path])
        if result.accepted is not TRUE:
            raise Unsupported(path, "an installation that may fail")
        database = result.database
    return database


def engine_value(kind: object, held: Val | None) -> Value:
    """A value of the plan as the engine holds it in a column of a kind; None is NULL."""
    from bxc.validate.kinds import BOOL, Kind
    from bxc.validate.values import missing, truth

    assert isinstance(kind, Kind)
    if held is None:
        return missing(kind)
    if kind == BOOL:
        known = t.not_(held.null)
        return truth(t.and_(known, held.term), t.and_(known, t.not_(held.term)))
    term = held.term
    if term.sort is Sort.BOOL:
        term = t.ite(term, t.const(1), t.const(0))
    return Value(kind, held.null, term)


def plan_value(type_: object, value: Value) -> Val:
    """What the engine holds as a value of the plan."""
    from bxc.types import Bool

    term = value.term
    if isinstance(type_, Bool) and term.sort is Sort.INT:
        term = t.not_(t.eq(term, t.const(0)))
    return Val(value.null, term)
