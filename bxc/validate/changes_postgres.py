"""What PostgreSQL's statements do to tables: temporary ones, ON CONFLICT, and what is tested when a statement ends."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from bxc.laws.term import FALSE, Term, not_, or_
from bxc.validate import kinds as k
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.arithmetic import cast
from bxc.validate.constraints import broken_references, conflicts, refuse_row
from bxc.validate.database import State, StoredRow
from bxc.validate.local_values import has
from bxc.validate.queries import TEMPORARY
from bxc.validate.runner import Runner
from bxc.validate.scope import NOWHERE, Environment, Frame, Relation, Scope
from bxc.validate.simplify import meet
from bxc.validate.unsupported import Invalid, Unsupported
from bxc.validate.values import Value

Change = tuple[str, Term, tuple[Value, ...] | None, tuple[Value, ...] | None]
"""A row that a statement changes: the operation, when, and the row before and after."""


class Changes(Runner):
    """Runs PostgreSQL's statements in a state.

    Queries see the tables as they were before their statement; constraints between rows are tested as each is written,
    references when the statement ends, and then the triggers run.
    """

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._changes: list[Change] = []

    @abstractmethod
    def after(self, table: str, event: str, changes: Sequence[Change], guard: Term) -> None:
        """Runs the triggers after a statement, whether it has changed a row or not."""

    def statement(self, statement: s.Statement, scope: Scope, guard: Term) -> None:
        match statement:
            case s.Insert() | s.Update() | s.Delete():
                self._change(statement, scope, guard)
            case _:
                super().statement(statement, scope, guard)

    # --- definitions ---

    def _define(self, statement: s.Statement) -> None:
        state = self.state
        match statement:
            case s.CreateTemporary():
                if statement.name in state.tables:
                    raise Invalid("table", f"{statement.name} is there already")
                self._create_as(s.CreateTableAs(statement.name, statement.query, False))
            case s.CreateView():
                state.views[statement.name] = statement
            case s.CreateFunction():
                state.functions[statement.name] = statement
            case s.CreateStatementTrigger():
                others = [t for t in state.after.get(statement.table, ()) if t.name != statement.name]
                state.after[statement.table] = (*others, statement)
            case s.Drop():
                if statement.name in state.tables:
                    if not statement.name.startswith(TEMPORARY):
                        raise Unsupported("drop", statement.name)
                    del state.tables[statement.name], state.rows[statement.name]
                elif not statement.if_exists:
                    raise Invalid("table", statement.name)
            case s.CreateTableAs() | s.CreateTrigger():
                raise Unsupported("statement", type(statement).__name__)
            case _:
                super()._define(statement)

    # --- changes ---

    def _change(self, statement: s.Insert | s.Update | s.Delete, scope: Scope, guard: Term) -> None:
        """A statement that changes rows, with what is tested and run when it ends."""
        before, outer = dict(self.state.rows), self._changes
        self._changes = []
        fired = [(self._target(statement), type(statement).__name__.lower())]
        if isinstance(statement, s.Insert) and statement.conflict is not None and statement.conflict.sets is not None:
            fired.append((fired[0][0], "update"))
        if isinstance(statement, s.Insert) and statement.first is not None:
            fired.append((self.queries.stored(statement.first[1].table.name), "delete"))
        if any(table in self.state.views or table not in self.state.tables for table, _ in fired):
            raise Unsupported("change", f"of {fired[0][0]}, which is no table")
        self.queries.forget()
        match statement:
            case s.Insert():
                self._insert(statement, scope, guard)
            case s.Update():
                self._update(statement, scope, guard)
            case s.Delete():
                self._delete(statement, scope, guard)
        changes, self._changes = self._changes, outer
        self.expressions.changes = v.tally(
            condition for operation, condition, _, _ in changes if operation == fired[0][1]
        )
        self.state.refuse("constraint", meet(guard, broken_references(self.state, before)))
        for table, event in fired:
            self.after(table, event, [change for change in changes if change[0] == event], guard)

    def _target(self, statement: s.Insert | s.Update | s.Delete) -> str:
        table = statement.table if isinstance(statement, s.Insert) else statement.table.name
        return self.queries.stored(table)

    def _fire(
        self,
        table: str,  # noqa: ARG002 - what a statement changes is one table
        event: str,
        names: tuple[str, ...],  # noqa: ARG002
        old: tuple[Value, ...] | None,
        new: tuple[Value, ...] | None,
        guard: Term,
        sets: tuple[str, ...],  # noqa: ARG002
    ) -> None:
        """Notes a changed row: triggers run when the statement ends."""
        if guard is not FALSE:
            self._changes.append((event, guard, old, new))

    def _insert(self, statement: s.Insert, scope: Scope, guard: Term) -> None:
        name = self._target(statement)
        table = self.state.written(name)
        commons = scope.commons
        if statement.first is not None:
            called, delete = statement.first
            _needs(statement.query, called)
            at = len(self._changes)
            snapshot = dict(self.state.rows)
            self._delete(delete, scope, guard)
            rows = [(condition, (v.number(1),)) for _, condition, _, _ in self._changes[at:]]
            relation = Relation(("?column?",), (k.INT32,), rows)
            commons = Environment(called, relation, commons)
            after, self.state.rows = self.state.rows, snapshot  # the query sees what was there before
        inside = Scope(scope.frame, scope.values, scope.outer, commons, depth=scope.depth)
        relation = self.queries.query(statement.query, inside, guard)
        if statement.first is not None:
            self.state.rows = after
        rows_ = [
            (meet(guard, present), self._row(statement, table, cells, meet(guard, present)))
            for present, cells in relation.rows
        ]
        if statement.conflict is None:
            for condition, new in rows_:
                if condition is not FALSE:
                    self._insert_new(statement, table, new, condition)
        else:
            self._insert_or_update(statement, table, rows_)

    def _insert_new(self, statement: s.Insert, table: s.CreateTable, new: tuple[Value, ...], guard: Term) -> None:
        refuse_row(self.expressions, table, new, guard)
        taken = conflicts(self.state, table, new, None, table.keys)
        if statement.ignore:
            guard = meet(guard, not_(taken))
        else:
            self.state.refuse("constraint", meet(guard, taken))
        self._store(table, new, guard)

    def _store(self, table: s.CreateTable, new: tuple[Value, ...], guard: Term) -> int | None:
        if guard is FALSE:
            return None
        stored = StoredRow(self.state.new_id(), guard, new)
        self.state.store(table.name, (*self.state.rows[table.name], stored))
        self._fire(table.name, "insert", (), None, new, guard, ())
        return stored.id

    def _insert_or_update(
        self, statement: s.Insert, table: s.CreateTable, rows: Sequence[tuple[Term, tuple[Value, ...]]]
    ) -> None:
        """ON CONFLICT: a row that is there is changed, but none that this statement has written.

        In which order rows come is left open: where one needs a value that another gives up, it is doubted.
        """
        conflict = statement.conflict
        assert conflict is not None
        if all(set(conflict.key) != set(key) for key in table.keys):
            raise Invalid("on conflict", ", ".join(conflict.key))
        others = [key for key in table.keys if set(key) != set(conflict.key)]
        names = [c.name for c in table.columns]
        there = self.state.rows[table.name]
        touched: dict[int, Term] = {}
        for condition, new in rows:
            if condition is FALSE:
                continue
            refuse_row(self.expressions, table, new, condition)
            clashes = [
                (row, meet(condition, row.present, _same(names, conflict.key, new, row.values)))
                for row in self.state.rows[table.name]
            ]
            clashes = [(row, clash) for row, clash in clashes if clash is not FALSE]
            fresh = meet(condition, not_(or_(*(clash for _, clash in clashes))))
            self.state.refuse("constraint", meet(fresh, conflicts(self.state, table, new, None, others)))
            self._doubt_others(table, there, rows, condition, new, others, conflict.key)
            for row, clash in clashes if conflict.sets is not None else ():
                self.state.refuse("error", meet(clash, touched.get(row.id, FALSE)))
                self._overwrite(statement, table, row, new, clash)
                touched[row.id] = or_(touched.get(row.id, FALSE), clash)
            made = self._store(table, new, fresh)
            if made is not None:
                touched[made] = fresh

    def _overwrite(
        self, statement: s.Insert, table: s.CreateTable, row: StoredRow, excluded: tuple[Value, ...], guard: Term
    ) -> None:
        """What DO UPDATE does to a row that is there."""
        conflict = statement.conflict
        assert conflict is not None
        assert conflict.sets is not None
        names = tuple(c.name for c in table.columns)
        frame = Frame([(statement.alias, n) for n in names] + [("excluded", n) for n in names])
        scope = NOWHERE.inner(frame, row.values + excluded)
        sets = dict(conflict.sets)
        if has(conflict.sets, s.Exists | s.InQuery | s.Scalar):
            raise Unsupported("on conflict", "a query")
        if set(sets) - set(names):
            raise Invalid("name", min(set(sets) - set(names)))
        new = tuple(
            cast(self.expressions.value(sets[c.name], scope, guard), c.kind, self.expressions.arithmetic, guard)
            if c.name in sets
            else old
            for c, old in zip(table.columns, row.values, strict=True)
        )
        keys = [key for key in table.keys if set(key) & set(sets)]
        refuse_row(self.expressions, table, new, guard)
        self.state.refuse("constraint", meet(guard, conflicts(self.state, table, new, row.id, keys)))
        values = tuple(v.choose(guard, a, b) for a, b in zip(new, row.values, strict=True))
        now = next(r for r in self.state.rows[table.name] if r.id == row.id)
        self._replace(table.name, StoredRow(row.id, now.present, values))
        self._fire(table.name, "update", names, row.values, new, guard, ())

    def _doubt_others(
        self,
        table: s.CreateTable,
        there: Sequence[StoredRow],
        rows: Sequence[tuple[Term, tuple[Value, ...]]],
        condition: Term,
        new: tuple[Value, ...],
        keys: Sequence[tuple[str, ...]],
        by: tuple[str, ...],
    ) -> None:
        names = [c.name for c in table.columns]
        for other, more in rows:
            if more is new or other is FALSE:
                continue
            for row in there:
                moves = meet(condition, other, row.present, _same(names, by, more, row.values))
                for key in keys if moves is not FALSE else ():
                    gives_up = not_(_same(names, key, more, row.values))
                    self.expressions.doubt(meet(moves, gives_up, _same(names, key, new, row.values)))


def _same(names: Sequence[str], key: Sequence[str], a: Sequence[Value], b: Sequence[Value]) -> Term:
    places = [names.index(name) for name in key]
    return v.conjunction([v.equal(a[n], b[n]) for n in places]).term


def _needs(query: s.Query, name: str) -> None:
    """Refuses a query that gives a row without having counted what is deleted: then it would not be deleted first."""
    if isinstance(query, s.Select):
        left = [query.where]
        while left:
            match left.pop():
                case s.Call("and", args):
                    left += args
                case s.Call(
                    _, (s.Scalar(s.Select((s.Item(s.Aggregate("count", None), _),), s.Table(table), (), None)), _)
                ):
                    if table == name:
                        return
    raise Unsupported("insert", "rows that may come before others leave")
