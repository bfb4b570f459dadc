"""Terms → Z3: sessions that answer "is there an assignment", within limits, and read counterexamples back.

Texts and octets become reals: constants take places in the order of their code points, variables lie anywhere between.
"unsatisfiable" is sound for the binary order. A model's reals are read back as texts; as some gaps between texts hold
none (nothing lies between 'a' and 'a' followed by U+0001) and functions of texts are uninterpreted, the query is then
evaluated on the values read: only if it is true of them is the answer a `Model`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from bxc.dataclass import dataclass
from bxc.laws.term import Ground, Sort, Term, and_, app, applied, const, eq, evaluate, implies, variables

SEED = 7
SATISFIABLE, UNSATISFIABLE = 1, -1  # as the solver's results are numbered
MOST_LESSONS = 12  # how often a question is asked again with what functions really give
OUT_OF_TIME = "the time for this run is used up"
TOO_LARGE = "the question takes more memory than there may be"


@dataclass(frozen=True, slots=True)
class Model:
    """A counterexample: a value for each variable of the query."""

    values: dict[str, Ground]

    def of(self, term: Term) -> Ground:
        """The value of a term; variables that the query does not mention are false, 0 or empty."""
        absent = {name: _ZERO[v.sort] for name, v in variables(term).items() if name not in self.values}
        return evaluate(term, {**self.values, **absent})


_ZERO: dict[Sort, Ground] = {Sort.BOOL: False, Sort.INT: 0, Sort.TEXT: "", Sort.BYTES: b"", Sort.REAL: 0.0}


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is no such assignment: proved."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The solver gave up; ``reason`` is in a user's words (time, size, or values that no text has)."""

    reason: str


Answer = Model | Nothing | Unknown


@dataclass(frozen=True, slots=True)
class _Failed:
    """The solver's counterexample, in which functions have values that they do not give."""

    model: Model


@dataclass(slots=True)
class Budget:
    """How long solving may take in all: each query at most ``query_ms``, all of them until ``deadline`` (monotonic)."""

    query_ms: int = 5_000
    deadline: float = float("inf")

    @classmethod
    def seconds(cls, total: float, query_ms: int = 5_000) -> Budget:
        return cls(query_ms, time.monotonic() + total)

    @property
    def left_ms(self) -> int:
        left = self.deadline - time.monotonic()
        return self.query_ms if left == float("inf") else max(0, min(self.query_ms, int(left * 1000)))


class Solver:
    """One solver with a stack of facts. Reuse it for many queries about the same things: that is what makes it fast.

    One that is ``alone`` finds the same counterexamples whatever other solvers of the process were asked before; it
    takes a few milliseconds to make.
    """

    def __init__(self, budget: Budget | None = None, *, alone: bool = False) -> None:
        self.budget = budget or Budget()
        self.queries = 0
        from bxc.laws.lowering import Lowering, new_solver  # late: a run that asks nothing needs no solver

        self._trees = Lowering(alone=alone)
        self._solver = new_solver(self._trees)
        self._solver.set("random_seed", SEED)
        self._facts: list[list[Term]] = [[]]
        self._spent = False  # whether it ran out of memory: then its state is not to be relied on

    # --- facts and questions ---

    def add(self, *facts: Term) -> None:
        """Facts that hold until the matching `pop`."""
        for fact in facts:
            self._facts[-1].append(fact)
            if not (fact.is_const and fact.data):
                self._assert(fact)

    def push(self) -> None:
        """Open a level of facts."""
        self._facts.append([])
        self._down(self._solver.push)

    def pop(self) -> None:
        """Forget the facts of the last level."""
        self._facts.pop()
        self._down(self._solver.pop)

    def ask(self, *question: Term) -> Answer:
        """An assignment that makes all facts and the question true, if there is one."""
        if any(q.is_const and not q.data for q in question):
            return Nothing()
        if self.budget.left_ms <= 0:
            return Unknown(OUT_OF_TIME)
        if self._spent:
            return Unknown(TOO_LARGE)
        self.queries += 1
        self._down(self._solver.push)
        try:
            for part in question:
                self._assert(part)
            return self._settle([*self.facts, *question])
        except self._trees.failure:
            self._spent = True
            return Unknown(TOO_LARGE)
        finally:
            self._down(self._solver.pop)

    def _down(self, move: Callable[[], None]) -> None:
        """Open or close a level, unless the solver ran out of memory."""
        if not self._spent:
            try:
                move()
            except self._trees.failure:
                self._spent = True

    def _settle(self, query: list[Term]) -> Answer:
        """Ask; where a counterexample fails on what functions really give for its arguments, learn that and go on."""
        applications = applied(*query)
        answer = self._once(query)
        for _ in range(MOST_LESSONS):
            if not applications or not isinstance(answer, _Failed):
                break
            given = [self._learn(answer.model, application) for application in applications]
            again = self._once(query, given)  # most often the same arguments do with the right value
            if isinstance(again, Model):
                return again
            answer = self._once(query)
        return (
            Unknown("the counterexample found does not hold for real values") if isinstance(answer, _Failed) else answer
        )

    def _once(self, query: list[Term], given: Iterable[Term] = ()) -> Answer | _Failed:
        left = self.budget.left_ms
        if left <= 0:
            return Unknown(OUT_OF_TIME)
        self._down(self._solver.push)
        try:
            for fact in given:
                self._assert(fact)
            for bound in self._trees.bounds:
                self._assert_tree(bound)
            self._solver.set("timeout", left)
            result = self._solver.check()
            if result.r == UNSATISFIABLE:
                return Nothing()
            if result.r != SATISFIABLE:
                return Unknown("the question is too hard for the time allowed")
            values = self._values(self._solver.model(), query)
        except self._trees.failure:
            self._spent = True
            return Unknown(TOO_LARGE)
        finally:
            self._down(self._solver.pop)
        if isinstance(values, Unknown):
            return values
        found = Model(values)
        return found if all(found.of(part) for part in query) else _Failed(found)

    def _learn(self, found: Model, application: Term) -> Term:
        """What a function gives for the arguments of a counterexample; the condition that they are these."""
        arguments = [const(found.of(a)) for a in application.args]
        given = and_(*(eq(a, known) for a, known in zip(application.args, arguments, strict=True)))
        self._assert(implies(given, eq(application, app(application.data, *arguments))))
        return given

    def proves(self, claim: Term, *given: Term) -> bool | None:
        """Whether a claim follows; None where the solver gave up."""
        from bxc.laws.term import not_

        match self.ask(*given, not_(claim)):
            case Nothing():
                return True
            case Model():
                return False
            case Unknown():
                return None

    def _assert(self, fact: Term) -> None:
        self._assert_tree(self._trees.tree(fact))

    def _assert_tree(self, tree: Any) -> None:
        if not self._spent:
            self._trees.assert_in(self._solver, tree)

    @property
    def facts(self) -> tuple[Term, ...]:
        """The facts of all levels."""
        return tuple(fact for level in self._facts for fact in level)

    # --- up ---

    def _values(self, model: Any, query: list[Term]) -> dict[str, Ground] | Unknown:
        wanted = variables(*query)
        values: dict[str, Ground] = {}
        ranked: dict[Sort, dict[str, Fraction]] = {Sort.TEXT: {}, Sort.BYTES: {}}
        for name, variable in wanted.items():
            node = model.eval(self._trees.expression(variable), model_completion=True)
            match variable.sort:
                case Sort.BOOL:
                    values[name] = self._trees.is_true(node)
                case Sort.INT:
                    values[name] = node.as_long()
                case Sort.REAL:
                    values[name] = float(node.as_fraction())
                case sort:
                    ranked[sort][name] = node.as_fraction()
        for sort, places in ranked.items():
            read = self._trees.orders[sort].read(sorted(set(places.values())), texts=sort is Sort.TEXT)
            if read is None:
                return Unknown("no text lies where one would have to")
            values.update({name: read[place] for name, place in places.items()})
        return values
