"""Where values come from in functions of PostgreSQL's, as far as a test of locality has to know.

All branches of a function are taken, and its variables may hold whatever any of them puts in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bxc.validate import procedure as p
from bxc.validate import sql as s
from bxc.validate.database import Database
from bxc.validate.local_queries import Flow
from bxc.validate.local_relations import NOTHING, SOMETHING, NotLocalError, Origins, Part, Relation
from bxc.validate.local_values import Scope
from bxc.validate.read_procedure import read_steps
from bxc.validate.sql import fold

OWN = "public."
"""What stands before the names of functions of ours."""
SESSION = "bxc_session"
MOST_NESTED = 24


class Procedures:
    """Follows values through functions. ``statement`` follows them through one statement.

    ``uncaptured``: the sources whose edits are surely not captured now, by what the session was told.
    """

    def __init__(self, statement: Callable[[s.Statement, Scope], None], flow: Flow) -> None:
        self.statement = statement
        self.flow = flow
        self.database = Database("postgres")
        self.uncaptured: frozenset[str] = frozenset()
        self._within = 0  # branches
        self._nested = 0

    def call(self, function: str, args: Sequence[Origins]) -> Origins:
        """What a function gives."""
        found = self.database.functions.get(function.removeprefix(OWN))
        if found is None or len(found.parameters) != len(args):
            raise NotLocalError(f"calls {function}, which is not known")
        if self._nested >= MOST_NESTED:
            raise NotLocalError("runs in itself")
        variables = {name: NOTHING for name, _ in found.variables}
        variables.update({name: held for (name, _), held in zip(found.parameters, args, strict=True)})
        self._nested += 1
        self._block(read_steps(found.text), {**variables, "found": SOMETHING})
        self._nested -= 1
        return SOMETHING

    def _block(self, steps: Sequence[p.Step], variables: dict[str, Origins]) -> None:
        for step in steps:
            self._step(step, variables)

    def _step(self, step: p.Step, variables: dict[str, Origins]) -> None:
        scope = Scope([Part("", Relation(tuple(variables.items())), True)])
        match step:
            case p.Assign():
                self._hold(variables, step.variable, self._value(step.value, scope))
            case p.If():
                self._within += 1
                for condition, inner in step.branches:
                    self.flow.origins(condition, scope)
                    self._block(inner, variables)
                self._block(step.otherwise, variables)
                self._within -= 1
            case p.SelectInto():
                relation = self.flow.few(step.query, scope)
                for name, (_, origins) in zip(step.variables, relation.columns, strict=False):
                    self._hold(variables, name, origins)
            case p.Perform(s.Select((s.Item(s.Call() as asked, _),), None)) if asked.function.startswith(OWN):
                self._value(asked, scope)
            case p.Return():
                if step.value is not None:
                    self._value(step.value, scope)
            case p.Raise():
                self.flow.origins(step.code, scope)
                self.flow.origins(step.message, scope)
            case p.Run():
                self.statement(step.statement, scope)
            case _:
                raise NotLocalError(f"holds {type(step).__name__}")

    def _hold(self, variables: dict[str, Origins], name: str, origins: Origins) -> None:
        variables[name] = variables.get(name, NOTHING) | origins

    def _value(self, e: s.Expr, scope: Scope) -> Origins:
        if isinstance(e, s.Call) and e.function.startswith(OWN):
            return self.call(e.function, [self.flow.origins(a, scope) for a in e.args])
        return self.flow.origins(e, scope)

    # --- triggers after statements ---

    def noted(self, sets: Sequence[tuple[str, s.Expr]], where: s.Expr | None) -> None:
        """Notes what the session is told, if that is surely told: that edits of a source are not captured."""
        match list(sets), where:
            case [("uncaptured", s.Literal(True))], s.Call("=", (s.Name(None, "source"), s.Literal(str(name)))):
                if not self._within:
                    self.uncaptured |= {name}
                    return
        self.uncaptured = frozenset()

    def after(self, table: str, event: str) -> None:
        """The triggers after a statement: they must be those that do nothing where edits are not captured."""
        for trigger in self.database.after.get(table, ()):
            if event in trigger.events:
                function = self.database.functions[trigger.function]
                name = _unless_captured(read_steps(function.text))
                if name is None or name not in self.uncaptured or fold(name) != table:
                    raise NotLocalError(f"runs trigger {trigger.name}")


def _unless_captured(steps: Sequence[p.Step]) -> str | None:
    """The source for which a function returns at once where the session says that its edits are not captured."""
    match steps:
        case [p.If(((s.Exists(s.Select() as asked), (p.Return(),)),)), *_]:
            match asked.table, asked.where:
                case (
                    s.Table("bxc_session", alias),
                    s.Call(
                        "and", (s.Call("=", (s.Name(of, "source"), s.Literal(str(name)))), s.Name(also, "uncaptured"))
                    ),
                ) if of == alias == also and not asked.joins and asked.group is None and not asked.limit_one:
                    return name
    return None
