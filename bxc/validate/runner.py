"""Runs statements on databases of symbolic rows: what they, triggers, and the engine's own constraints do."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.laws.term import FALSE, TRUE, Term, add, const, ite, not_, or_
from bxc.validate import kinds as k
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.arithmetic import cast
from bxc.validate.constraints import broken_references, conflicts, refuse_row
from bxc.validate.database import State, StoredRow
from bxc.validate.queries import Queries
from bxc.validate.read_query import read_expression, read_statement
from bxc.validate.scope import NOWHERE, Frame, Relation, Scope
from bxc.validate.simplify import meet
from bxc.validate.unsupported import Invalid, Unsupported
from bxc.validate.values import Value

MOST_NESTED = 24  # triggers within triggers


class Runner:
    """Runs statements in a state."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.queries = Queries(state)
        self.expressions = self.queries.expressions
        self._nested = 0

    def top(self, statement: s.Statement) -> None:
        """A statement of the script itself: SQLite looks at foreign keys when it ends."""
        before = dict(self.state.rows)
        try:
            self.statement(statement, NOWHERE, TRUE)
        except Invalid:
            self.state.refuse("error", TRUE)
        if self.state.engine == "sqlite":
            broken = broken_references(self.state, before)
            self.state.refuse("constraint", broken)

    def end(self) -> None:
        """The script ends."""

    def statement(self, statement: s.Statement, scope: Scope, guard: Term) -> None:
        """One statement, where the guard holds."""
        self.queries.forget()
        match statement:
            case s.Select() | s.Union() | s.Values() | s.With():
                self.queries.query(statement, scope, guard)
            case s.Insert():
                self._insert(statement, scope, guard)
            case s.Update():
                self._update(statement, scope, guard)
            case s.Delete():
                self._delete(statement, scope, guard)
            case _:
                self._define(statement)

    # --- definitions ---

    def _define(self, statement: s.Statement) -> None:
        state = self.state
        match statement:
            case s.CreateTable():
                state.tables.setdefault(statement.name, statement)
                state.rows.setdefault(statement.name, ())
            case s.CreateTableAs():
                if not (statement.if_missing and statement.name in state.tables):
                    self._create_as(statement)
            case s.CreateView():
                state.views.setdefault(statement.name, statement)
            case s.CreateTrigger():
                known = state.triggers.get(statement.table, ())
                if all(t.name != statement.name for t in known):
                    state.triggers[statement.table] = (*known, statement)
            case s.CreateSequence():
                state.sequences.setdefault(statement.name, 0)
            case s.Drop():
                if state.tables.pop(statement.name, None) is None:
                    raise Unsupported("drop", statement.name)
                del state.rows[statement.name]
            case s.Ignored():
                pass
            case _:
                raise Unsupported("statement", type(statement).__name__)

    def _create_as(self, statement: s.CreateTableAs) -> None:
        relation = self.queries.query(statement.query, NOWHERE, TRUE)
        kinds = relation.kinds
        columns = tuple(s.Column(n, kind, False, None) for n, kind in zip(relation.names, kinds, strict=True))
        self.state.tables[statement.name] = s.CreateTable(statement.name, columns, _keys(relation), (), (), None, False)
        rows = [
            StoredRow(self.state.new_id(), p, tuple(v.convert(c, kind) for c, kind in zip(cells, kinds, strict=True)))
            for p, cells in relation.rows
        ]
        self.state.store(statement.name, rows)

    # --- insert ---

    def _insert(self, statement: s.Insert, scope: Scope, guard: Term) -> None:
        relation = self.queries.query(statement.query, scope, guard)
        if statement.table in self.state.views:
            columns = self.queries.view(statement.table, guard).names
            for present, cells in relation.rows:
                row = arranged(columns, statement.columns, cells)
                new = tuple(row.get(name, v.missing()) for name in columns)
                self._fire(statement.table, "insert", columns, None, new, meet(guard, present), ())
            self.expressions.changes = const(0)
            return
        counted: list[Term] = []
        for present, cells in relation.rows:
            inside = meet(guard, present)
            if inside is not FALSE:
                counted.append(self._insert_row(statement, cells, inside))
        self.expressions.changes = v.tally(counted)

    def _insert_row(self, statement: s.Insert, cells: Sequence[Value], guard: Term) -> Term:
        """Inserts one row; the condition under which it was."""
        table = self.state.written(statement.table)
        names = tuple(c.name for c in table.columns)
        new = self._row(statement, table, cells, guard)
        taken = conflicts(self.state, table, new, None, table.keys)
        if statement.ignore:
            guard = meet(guard, not_(taken))
        else:
            self.state.refuse("constraint", meet(guard, taken))
        if guard is FALSE:
            return FALSE
        refuse_row(self.expressions, table, new, guard)
        stored = StoredRow(self.state.new_id(), guard, new)
        self.state.store(table.name, (*self.state.rows[table.name], stored))
        self._fire(table.name, "insert", names, None, new, guard, ())
        return guard

    def _row(self, statement: s.Insert, table: s.CreateTable, cells: Sequence[Value], guard: Term) -> tuple[Value, ...]:
        """A row as it is to be stored: with defaults, a number where it has one, and values of the columns' kinds."""
        row = arranged(tuple(c.name for c in table.columns), statement.columns, cells)
        values: list[Value] = []
        for column in table.columns:
            value = row.get(column.name)
            if value is None:
                value = v.missing()
                if column.default is not None:
                    value = self.expressions.value(column.default, NOWHERE, guard)
            if column.name == table.rowid:
                value = self._numbered(table, column, value, guard)
            values.append(cast(value, column.kind, self.expressions.arithmetic, guard))
        return tuple(values)

    def _numbered(self, table: s.CreateTable, column: s.Column, value: Value, guard: Term) -> Value:
        """SQLite's number of a row that has none: one more than the greatest.

        In helper tables that held rows before, a number may be left out where rows may be absent: that changes no
        order. What comes first of all has its exact number, with which constants are compared.
        """
        if meet(guard, value.null) is FALSE:
            return value
        index = table.columns.index(column)
        rows = self.state.rows[table.name]
        held_some = any(row.present is TRUE for row in rows)
        if table.name.startswith("bxc_") and held_some and all(row.values[index].term.is_const for row in rows):
            last = max((int(row.values[index].term.data) for row in rows), default=0)
            number = v.known(k.INT64, const(last + 1))
        else:
            greatest = v.extreme([(row.present, row.values[index]) for row in rows], least=False)
            one = const(1)
            number = v.known(k.INT64, ite(greatest.null, one, add(greatest.term, one)))
        return v.choose(value.null, number, value)

    # --- update ---

    def _update(self, statement: s.Update, scope: Scope, guard: Term) -> None:
        name = statement.table.name
        if name in self.state.views or self.state.engine == "duckdb":
            raise Unsupported("update", name)
        table = self.state.written(name)
        names = tuple(c.name for c in table.columns)
        frame = self.queries.frame(table, statement.table.alias)
        found = [
            (row, *self._updated(statement, table, frame, row, scope, meet(guard, row.present)))
            for row in self.state.rows[name]
        ]
        touched = {column for column, _ in statement.sets}
        keys = tuple(key for key in table.keys if touched & set(key))
        for row, condition, new in found:
            if condition is FALSE:
                continue
            self._doubt_order(table, row, condition, new, keys, found)
            self.state.refuse("constraint", meet(condition, conflicts(self.state, table, new, row.id, keys)))
            refuse_row(self.expressions, table, new, condition)
            values = tuple(v.choose(condition, a, b) for a, b in zip(new, row.values, strict=True))
            self._replace(name, StoredRow(row.id, row.present, values))
            sets = tuple(column for column, _ in statement.sets)
            self._fire(name, "update", names, row.values, new, condition, sets)
        self.expressions.changes = v.tally(condition for _, condition, _ in found)

    def _updated(
        self, statement: s.Update, table: s.CreateTable, frame: Frame, row: StoredRow, scope: Scope, guard: Term
    ) -> tuple[Term, tuple[Value, ...]]:
        """When a row is updated, and its values then."""
        matches: list[tuple[Term, Scope]] = []
        for present, here in self._beside(statement.source, frame, self.queries.cells(table, row), scope, guard):
            inside = meet(guard, present)
            if inside is not FALSE:
                matches.append((meet(inside, self.expressions.condition(statement.where, here, inside)), here))
        matches = [(condition, here) for condition, here in matches if condition is not FALSE]
        for n, (condition, _) in enumerate(matches):
            for other, _ in matches[:n]:
                self.expressions.doubt(meet(condition, other))
        sets = dict(statement.sets)
        new: list[Value] = []
        for column, old in zip(table.columns, row.values, strict=True):
            value = old
            if column.name in sets:
                for condition, here in reversed(matches):
                    found = self.expressions.value(sets[column.name], here, condition)
                    value = v.choose(condition, cast(found, column.kind, self.expressions.arithmetic, guard), value)
            new.append(value)
        unknown = set(sets) - {c.name for c in table.columns}
        if unknown:
            raise Unsupported("update", f"no column {unknown.pop()}")
        return or_(*(condition for condition, _ in matches)), tuple(new)

    def _beside(
        self, table: s.Table | s.Derived | None, frame: Frame, values: tuple[Value, ...], scope: Scope, guard: Term
    ) -> list[tuple[Term, Scope]]:
        """A row of the changed table beside each row of the table that it is compared with."""
        if table is None:
            return [(TRUE, scope.inner(frame, values))]
        other, rows = self.queries.source(table, scope, guard)
        both = frame.beside(other)
        return [(present, scope.inner(both, values + cells)) for present, cells in rows]

    def _doubt_order(
        self,
        table: s.CreateTable,
        row: StoredRow,
        condition: Term,
        new: tuple[Value, ...],
        keys: tuple[tuple[str, ...], ...],
        found: Sequence[tuple[StoredRow, Term, tuple[Value, ...]]],
    ) -> None:
        """Rows are updated one by one: a key that another row leaves may be free already or not yet."""
        for key in keys:
            places = [n for n, c in enumerate(table.columns) if c.name in key]
            for other, moves, _ in found:
                if other.id != row.id and moves is not FALSE:
                    same = v.conjunction([v.equal(new[n], other.values[n]) for n in places]).term
                    self.expressions.doubt(meet(condition, moves, same))

    def _replace(self, table: str, row: StoredRow) -> None:
        self.state.rows[table] = tuple(row if r.id == row.id else r for r in self.state.rows[table])

    # --- delete ---

    def _delete(self, statement: s.Delete, scope: Scope, guard: Term) -> None:
        name = statement.table.name
        if name in self.state.views:
            raise Unsupported("delete", name)
        table = self.state.tables[name]
        names = tuple(c.name for c in table.columns)
        frame = self.queries.frame(table, statement.table.alias)
        found = []
        for row in self.state.rows[name]:
            values = self.queries.cells(table, row)
            inside = meet(guard, row.present)
            goes = []
            for present, here in self._beside(statement.using, frame, values, scope, guard):
                together = meet(inside, present)
                if together is not FALSE:
                    goes.append(meet(together, self.expressions.condition(statement.where, here, together)))
            found.append((row, or_(*goes)))
        for row, condition in found:
            if condition is FALSE:
                continue
            left = meet(row.present, not_(condition))
            rest = [r for r in self.state.rows[name] if r.id != row.id or left is not FALSE]
            self.state.rows[name] = tuple(StoredRow(r.id, left, r.values) if r.id == row.id else r for r in rest)
            self._fire(name, "delete", names, row.values, None, condition, ())
        self.expressions.changes = v.tally(condition for _, condition in found)

    # --- triggers ---

    def _fire(
        self,
        table: str,
        event: str,
        names: tuple[str, ...],
        old: tuple[Value, ...] | None,
        new: tuple[Value, ...] | None,
        guard: Term,
        sets: tuple[str, ...],
    ) -> None:
        """Runs the triggers of one changed row."""
        if guard is FALSE:
            return
        triggers = [
            t
            for t in self.state.triggers.get(table, ())
            if t.event == event and (t.of is None or set(t.of) & set(sets))
        ]
        if table in self.state.views and not triggers:
            raise Unsupported("insert", f"{table} is a view without a trigger")
        columns = [("old", n) for n in names] if old is not None else []
        columns += [("new", n) for n in names] if new is not None else []
        scope = Scope(Frame(columns), (old or ()) + (new or ()))
        for trigger in triggers:
            self._run_trigger(trigger, scope, guard)

    def _run_trigger(self, trigger: s.CreateTrigger, scope: Scope, guard: Term) -> None:
        self.queries.forget()
        if trigger.when is not None:
            when = read_expression(self.state.engine, trigger.when)
            guard = meet(guard, self.expressions.condition(when, scope, guard))
        if guard is FALSE or meet(self.state.alive, guard) is FALSE:
            return
        if self._nested >= MOST_NESTED:
            raise Unsupported("trigger", f"{trigger.name} does not end soon")
        self._nested += 1
        changes = self.expressions.changes
        for text in trigger.body:
            self.statement(read_statement(self.state.engine, text), scope, guard)
        self.expressions.changes = changes
        self._nested -= 1
        self.queries.forget()


def _keys(relation: Relation) -> tuple[tuple[str, ...], ...]:
    """The columns that are unique in what a query gives: the table's keys, though nobody enforces them."""
    return tuple(tuple(relation.names[n] for n in sorted(key)) for key in relation.unique)


def arranged(names: Sequence[str], listed: Sequence[str] | None, cells: Sequence[Value]) -> dict[str, Value]:
    """The inserted cells by the names of their columns."""
    columns = listed or names
    if len(columns) != len(cells) or not set(columns) <= set(names):
        raise Unsupported("insert", f"{len(cells)} values for {', '.join(columns)}")
    return dict(zip(columns, cells, strict=True))
