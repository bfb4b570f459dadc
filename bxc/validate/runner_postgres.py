"""Runs PostgreSQL's statements, its functions, and its triggers after statements."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.dataclass import dataclass
from bxc.laws.term import FALSE, TRUE, Term, not_, or_
from bxc.validate import kinds as k
from bxc.validate import procedure as p
from bxc.validate import sql as s
from bxc.validate import values as v
from bxc.validate.arithmetic import cast
from bxc.validate.changes_postgres import Change, Changes
from bxc.validate.database import StoredRow
from bxc.validate.queries import TEMPORARY
from bxc.validate.read_procedure import read_steps
from bxc.validate.rows import one
from bxc.validate.runner import MOST_NESTED
from bxc.validate.scope import NOWHERE, Frame, Scope
from bxc.validate.simplify import meet
from bxc.validate.unsupported import Invalid, Unsupported
from bxc.validate.values import Value


@dataclass(slots=True, eq=False)
class Call:
    """A function that runs: its variables, and when it has come back with what."""

    kinds: dict[str, k.Kind]
    values: dict[str, Value]
    returned: Term = FALSE
    result: Value | None = None

    @property
    def scope(self) -> Scope:
        return NOWHERE.inner(Frame([(None, name) for name in self.values]), tuple(self.values.values()))


class PostgresRunner(Changes):
    """Runs scripts of PostgreSQL's in a state."""

    def top(self, statement: s.Statement) -> None:
        try:
            match statement:
                case s.Select((s.Item(s.Call(function, ()), _),), None, (), None, None) if _is_own(function):
                    self._call(function, (), TRUE)
                case _:
                    self.statement(statement, NOWHERE, TRUE)
        except Invalid:
            self.state.refuse("error", TRUE)

    def end(self) -> None:
        """The transaction ends: its temporary tables go."""
        for name in [name for name in self.state.tables if name.startswith(TEMPORARY)]:
            del self.state.tables[name], self.state.rows[name]

    # --- triggers ---

    def after(self, table: str, event: str, changes: Sequence[Change], guard: Term) -> None:
        """Runs the triggers after a statement, whether it has changed a row or not."""
        for trigger in sorted(self.state.after.get(table, ()), key=lambda t: t.name):
            if event not in trigger.events:
                continue
            shown = []
            for name, rows in (
                (trigger.old, [(condition, old) for _, condition, old, _ in changes]),
                (trigger.new, [(condition, new) for _, condition, _, new in changes]),
            ):
                if name is not None:
                    shown.append(name)
                    self._show(table, name, rows)
            self._call(f"public.{trigger.function}", (), guard, {"tg_op": v.text(event.upper())})
            for name in shown:
                del self.state.tables[name], self.state.rows[name]

    def _show(self, table: str, name: str, rows: Sequence[tuple[Term, tuple[Value, ...] | None]]) -> None:
        """The changed rows as a table of a trigger."""
        if name in self.state.tables:
            raise Unsupported("trigger", f"{name} within {name}")
        columns = tuple(s.Column(c.name, c.kind, False, None) for c in self.state.tables[table].columns)
        self.state.tables[name] = s.CreateTable(name, columns, (), (), (), None)
        self.state.store(name, [StoredRow(self.state.new_id(), c, cells) for c, cells in rows if cells is not None])

    # --- functions ---

    def _call(self, function: str, args: Sequence[Value], guard: Term, more: dict[str, Value] | None = None) -> Value:
        """Runs a function; its value."""
        found = self.state.functions.get(function.removeprefix("public."))
        if found is None or len(found.parameters) != len(args):
            raise Invalid("function", function)
        if self._nested >= MOST_NESTED:
            raise Unsupported("function", f"{function} does not end soon")
        kinds = {**dict(found.parameters), **dict(found.variables)}
        values = {name: v.missing(kind) for name, kind in kinds.items()}
        for (name, kind), value in zip(found.parameters, args, strict=True):
            values[name] = cast(value, kind, self.expressions.arithmetic, guard)
        call = Call(kinds, {**values, **(more or {}), "found": v.fact(FALSE)})
        outer = self.expressions.variables, self.queries.inside
        self.expressions.variables, self.queries.inside = frozenset(call.values), True
        self._nested += 1
        self._block(read_steps(found.text), call, guard)
        self._nested -= 1
        self.expressions.variables, self.queries.inside = outer
        self.queries.forget()
        if found.returns != "void":
            self.state.refuse("error", meet(guard, not_(call.returned)))
        return call.result or v.missing()

    def _block(self, steps: Sequence[p.Step], call: Call, guard: Term) -> None:
        for step in steps:
            here = meet(guard, not_(call.returned))
            if here is FALSE or meet(self.state.alive, here) is FALSE:
                return
            self.queries.forget()
            try:
                self._step(step, call, here)
            except Invalid:
                self.state.refuse("error", here)
                call.returned = or_(call.returned, here)

    def _step(self, step: p.Step, call: Call, guard: Term) -> None:
        match step:
            case p.Assign():
                if step.variable not in call.kinds:
                    raise Invalid("variable", step.variable)
                self._set(call, step.variable, self._value(step.value, call, guard), guard)
            case p.If():
                self._if(step, call, guard)
            case p.SelectInto():
                self._select_into(step, call, guard)
            case p.Perform():
                match step.query:
                    case s.Select((s.Item(s.Call(function) as asked, None),), None, (), None, None) if _is_own(
                        function
                    ):
                        self._value(asked, call, guard)
                    case _:
                        raise Unsupported("perform", "of no function")
            case p.Return():
                value = v.missing() if step.value is None else self._value(step.value, call, guard)
                call.result = value if call.result is None else v.choose(guard, value, call.result)
                call.returned = or_(call.returned, guard)
            case p.Raise():
                self._raise(step, call, guard)
            case p.Run():
                self._run(step.statement, call, guard)

    def _run(self, statement: s.Statement, call: Call, guard: Term) -> None:
        match statement:
            case s.Insert() | s.Update() | s.Delete():
                self.statement(statement, call.scope, guard)
                some = v.less(v.number(0), v.known(k.INT64, self.expressions.changes))
                call.values["found"] = v.choose(guard, some, call.values["found"])
            case s.CreateTemporary() | s.Drop():
                if guard is not TRUE:
                    raise Unsupported("function", "a table that is made or dropped under a condition")
                self.statement(statement, call.scope, guard)
            case s.Ignored():
                pass
            case _:
                raise Unsupported("function", type(statement).__name__)

    def _value(self, e: s.Expr, call: Call, guard: Term) -> Value:
        """The value of an expression, or of a function of ours that it calls."""
        if isinstance(e, s.Call) and _is_own(e.function):
            return self._call(e.function, [self.expressions.value(a, call.scope, guard) for a in e.args], guard)
        return self.expressions.value(e, call.scope, guard)

    def _set(self, call: Call, variable: str, value: Value, guard: Term) -> None:
        stored = cast(value, call.kinds[variable], self.expressions.arithmetic, guard)
        call.values[variable] = v.choose(guard, stored, call.values[variable])

    def _if(self, step: p.If, call: Call, guard: Term) -> None:
        left = guard
        for condition, steps in step.branches:
            holds = self.expressions.condition(condition, call.scope, left)
            self._block(steps, call, meet(left, holds))
            left = meet(left, not_(holds))
            if left is FALSE:
                return
        self._block(step.otherwise, call, left)

    def _select_into(self, step: p.SelectInto, call: Call, guard: Term) -> None:
        relation = self.queries.query(step.query, call.scope, guard)
        if len(relation.names) != len(step.variables) or set(step.variables) - set(call.kinds):
            raise Unsupported("into", ", ".join(step.variables))
        rows = one(relation.rows, guard, self.expressions.doubt)
        for n, variable in enumerate(step.variables):
            value = v.missing()
            for present, cells in rows:
                value = v.choose(present, cells[n], value)
            self._set(call, variable, value, guard)
        call.values["found"] = v.choose(guard, v.fact(or_(*(p for p, _ in rows))), call.values["found"])

    def _raise(self, step: p.Raise, call: Call, guard: Term) -> None:
        """Refuses with each code that the error may have; one whose message does not begin with it is another error."""
        code = self.expressions.value(step.code, call.scope, guard)
        found = v.leaves(meet(guard, not_(code.null)), code.term)
        if found is None:
            raise Unsupported("raise", "a code that is computed")
        for condition, constant in found:
            inside = call
            if isinstance(step.code, s.Name):  # of each code the message is a constant
                inside = Call(call.kinds, {**call.values, step.code.name: v.known(k.TEXT, constant)})
            message = self.expressions.value(step.message, inside.scope, condition)
            raised = str(constant.data)
            begins = message.null is FALSE and _beginning(step.message, message).startswith(f"{raised} ")
            self.state.refuse(raised if begins else "error", condition)
        self.state.refuse("error", guard)


def _beginning(e: s.Expr, value: Value) -> str:
    """What a text begins with, as far as it is a constant."""
    if value.term.is_const:
        return str(value.term.data)
    while isinstance(e, s.Call) and e.function == "||":
        e = e.args[0]
    return str(e.value) if isinstance(e, s.Literal) else ""


def _is_own(function: str) -> bool:
    return function.startswith("public.")
