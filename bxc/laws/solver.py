"""Terms → Z3: sessions that answer "is there an assignment", within limits, and read counterexamples back.

Texts and octets become reals: constants take places in the order of their code points, variables lie anywhere between.
"unsatisfiable" is sound for the binary order. A model's reals are read back as texts; as some gaps between texts hold
none (nothing lies between 'a' and 'a' followed by U+0001) and functions of texts are uninterpreted, the query is then
evaluated on the values read: only if it is true of them is the answer a `Model`.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3

from bxc.laws.between import octets_between, texts_between
from bxc.laws.term import Ground, Sort, Term, evaluate, variables

SEED = 7
MEMORY_MB = 2048


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
    """One solver with a stack of facts. Reuse it for many queries about the same things: that is what makes it fast."""

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.queries = 0
        self._context = z3.Context()
        self._solver = z3.SimpleSolver(ctx=self._context)
        self._solver.set("random_seed", SEED)
        self._known: dict[Term, Any] = {}
        self._facts: list[list[Term]] = [[]]
        self._orders = {Sort.TEXT: _Order(), Sort.BYTES: _Order()}
        self._functions: dict[tuple[str, tuple[Sort, ...]], Any] = {}
        self._bounds: list[Any] = []  # no text and no octets lie below the empty ones

    # --- facts and questions ---

    def add(self, *facts: Term) -> None:
        """Facts that hold until the matching `pop`."""
        for fact in facts:
            self._facts[-1].append(fact)
            if not (fact.is_const and fact.data):
                self._solver.add(self._lower(fact))

    def push(self) -> None:
        """Open a level of facts."""
        self._facts.append([])
        self._solver.push()

    def pop(self) -> None:
        """Forget the facts of the last level."""
        self._facts.pop()
        self._solver.pop()

    def ask(self, *question: Term) -> Answer:
        """An assignment that makes all facts and the question true, if there is one."""
        if any(q.is_const and not q.data for q in question):
            return Nothing()
        left = self.budget.left_ms
        if left <= 0:
            return Unknown("the time for this run is used up")
        self.queries += 1
        self._solver.set("timeout", left)
        assumed = [self._lower(q) for q in question]
        self._solver.push()
        try:
            self._solver.add(*assumed, *self._bounds)
            result = self._solver.check()
            if result == z3.unsat:
                return Nothing()
            if result != z3.sat:
                return Unknown("the question is too hard for the time allowed")
            return self._read(self._solver.model(), [*self._stacked(), *question])
        except z3.Z3Exception as error:
            return Unknown(f"the question is too large ({error})")
        finally:
            self._solver.pop()

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

    def _stacked(self) -> Iterable[Term]:
        return (fact for level in self._facts for fact in level)

    # --- down ---

    def _lower(self, term: Term) -> Any:
        stack = [term]
        known = self._known
        while stack:
            top = stack[-1]
            if top in known:
                stack.pop()
                continue
            missing = [a for a in top.args if a not in known]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            known[top] = self._node(top, [known[a] for a in top.args])
        return known[term]

    def _node(self, term: Term, args: Sequence[Any]) -> Any:
        ctx = self._context
        match term.op:
            case "const":
                return self._constant(term.data, term.sort)
            case "var":
                return self._variable(term)
            case "not":
                return z3.Not(args[0], ctx)
            case "and":
                return z3.And(*args)
            case "or":
                return z3.Or(*args)
            case "ite":
                return z3.If(args[0], args[1], args[2], ctx)
            case "=":
                return args[0] == args[1]
            case "<":
                return args[0] < args[1]
            case "+":
                return args[0] + args[1]
            case "*":
                return args[0] * args[1]
            case "app":
                return self._function(term)(*args)
            case _:
                raise ValueError(f"no such operation: {term.op}")

    def _variable(self, term: Term) -> Any:
        variable = z3.Const(term.data, self._sort(term.sort))
        if term.sort in self._orders:
            self._bounds.append(variable >= self._constant(_ZERO[term.sort], term.sort))
        return variable

    def _constant(self, value: Any, sort: Sort) -> Any:
        match sort:
            case Sort.BOOL:
                return z3.BoolVal(value, self._context)
            case Sort.INT:
                return z3.IntVal(value, self._context)
            case Sort.REAL:
                return self._real(Fraction(value))
            case _:
                return self._real(self._orders[sort].place(value))

    def _real(self, value: Fraction) -> Any:
        return z3.RealVal(f"{value.numerator}/{value.denominator}", self._context)

    def _sort(self, sort: Sort) -> Any:
        match sort:
            case Sort.BOOL:
                return z3.BoolSort(self._context)
            case Sort.INT:
                return z3.IntSort(self._context)
            case _:
                return z3.RealSort(self._context)

    def _function(self, term: Term) -> Any:
        sorts = tuple(a.sort for a in term.args)
        key = (term.data.name, sorts)
        if key not in self._functions:
            self._functions[key] = z3.Function(term.data.name, *(self._sort(s) for s in (*sorts, term.sort)))
        return self._functions[key]

    # --- up ---

    def _read(self, model: Any, query: list[Term]) -> Answer:
        wanted = variables(*query)
        values: dict[str, Ground] = {}
        ranked: dict[Sort, dict[str, Fraction]] = {Sort.TEXT: {}, Sort.BYTES: {}}
        for name, variable in wanted.items():
            node = model.eval(self._lower(variable), model_completion=True)
            match variable.sort:
                case Sort.BOOL:
                    values[name] = z3.is_true(node)
                case Sort.INT:
                    values[name] = node.as_long()
                case Sort.REAL:
                    values[name] = float(node.as_fraction())
                case sort:
                    ranked[sort][name] = node.as_fraction()
        for sort, places in ranked.items():
            read = self._orders[sort].read(sorted(set(places.values())), texts=sort is Sort.TEXT)
            if read is None:
                return Unknown("no text lies where one would have to")
            values.update({name: read[place] for name, place in places.items()})
        found = Model(values)
        if all(found.of(part) for part in query):
            return found
        return Unknown("the counterexample found does not hold for real values")


class _Order:
    """Places of constants in a dense order: each new one halfway between its neighbours, for the solver's life."""

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._places: list[Fraction] = []

    def place(self, value: Any) -> Fraction:
        at = bisect_left(self._values, value)
        if at < len(self._values) and self._values[at] == value:
            return self._places[at]
        low = self._places[at - 1] if at else None
        high = self._places[at] if at < len(self._places) else None
        if low is None:
            place = Fraction(0) if high is None else high - 1
        else:
            place = low + 1 if high is None else (low + high) / 2
        self._values.insert(at, value)
        self._places.insert(at, place)
        return place

    def read(self, places: list[Fraction], *, texts: bool) -> dict[Fraction, Any] | None:
        """Values at places (ascending, without repeats), in order; None where a gap between constants holds too few."""
        found: dict[Fraction, Any] = {}
        gaps: dict[int, list[Fraction]] = {}
        for place in places:
            at = bisect_left(self._places, place)
            if at < len(self._places) and self._places[at] == place:
                found[place] = self._values[at]
            else:
                gaps.setdefault(at, []).append(place)
        between = texts_between if texts else octets_between
        for at, inside in gaps.items():
            low = self._values[at - 1] if at else None
            high = self._values[at] if at < len(self._values) else None
            values = between(low, high, len(inside))
            if values is None:
                return None
            found.update(zip(inside, values, strict=True))
        return found
