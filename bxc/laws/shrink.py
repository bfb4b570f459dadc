"""A counterexample → a smaller one: fewer rows, fewer changes, no needless NULLs, plain constants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from bxc import types
from bxc.dataclass import dataclass
from bxc.laws import term as t
from bxc.laws.solver import Budget, Model, Solver
from bxc.laws.term import Ground, Sort, Term
from bxc.laws.value import Val, encode

MOST_QUESTIONS = 160  # one witness's share of the solver
DEAREST_MS = 200  # time for one of them: what is hard to make smaller stays as it is
MOST_TRIES = 4_000  # changes of a counterexample that are tried by computing alone
ROUNDS = 3

Values = Iterable[tuple[Val, types.Type]]


def smallest(
    solver: Solver,
    question: Sequence[Term],
    model: Model,
    marks: Iterable[Term],
    values: Values,
) -> Model:
    """A model of the same question without as many of ``marks`` as can be, and with plain ``values``.

    It is the same in every run, whatever was asked before.
    """
    alone = Solver(Budget(min(solver.budget.query_ms, DEAREST_MS), solver.budget.deadline), alone=True)
    alone.add(*solver.facts)
    first = alone.ask(*question)
    marks, values, wanted = tuple(marks), tuple(values), list(question)
    begun = plainer((*alone.facts, *wanted), first if isinstance(first, Model) else model, marks, values)
    small = _smallest(alone, wanted, begun, marks, values)
    return plainer((*alone.facts, *wanted), small, marks, values)


def _smallest(
    solver: Solver,
    facts: list[Term],
    model: Model,
    marks: Iterable[Term],
    values: Values,
) -> Model:
    """Ask for what is wished, one wish after the other; those that are fulfilled join the facts."""
    asked = 0
    for wish in _wishes(marks, values):
        if asked >= MOST_QUESTIONS:
            break
        for term in wish:
            if model.of(term):
                facts.append(term)
                break
            asked += 1
            answer = solver.ask(*facts, term)
            if isinstance(answer, Model):
                model = answer
                facts.append(term)
                break
    return model


def _wishes(marks: Iterable[Term], values: Values) -> Iterator[tuple[Term, ...]]:
    """Alternatives, the best first; each wish is fulfilled by one of them or not at all."""
    for mark in marks:
        yield (t.not_(mark),)
    seen: set[int] = set()
    for value, type_ in values:
        if value.term.id in seen or value.term.is_const:
            continue
        seen.add(value.term.id)
        yield tuple(t.eq(value.term, t.const(encode(v, type_))) for v in plain_values(type_))


def plain_values(type_: types.Type) -> tuple[types.Value, ...]:
    """A few values of a type that are easy on the eye, the last ones below the others."""
    match type_:
        case types.Int():
            return (1, 2, 3, 0, -1)
        case types.Decimal(precision=precision, scale=scale):
            return tuple(PyDecimal(n).scaleb(0) for n in (1, 2, 3, 0, -1)) if precision > scale else (PyDecimal(0),)
        case types.Varchar() | types.Text():
            return ("a", "b", "c", "")
        case types.Date():
            return (*(date(2024, 1, day) for day in (1, 2, 3)), date(2023, 12, 31))
        case types.Timestamp():
            return (*(datetime(2024, 1, day) for day in (1, 2, 3)), datetime(2023, 12, 31))
        case types.Uuid():
            return tuple(UUID(str(n) * 32) for n in (1, 2, 3))  # told apart by their beginnings
        case types.Bytes():
            return (b"\x01", b"\x02", b"\x03")
        case types.Real():
            return (1.0, 2.0, 3.0)
        case types.Enum(values=values):
            return values[:3]
        case types.Bool():
            return (True, False)


# --- without a solver -----------------------------------------------------------------------------------------------


def plainer(facts: Iterable[Term], model: Model, marks: Iterable[Term], values: Values) -> Model:
    """A model of the same facts with plain ``values``, fewer NULLs and fewer of ``marks`` that are variables.

    Changes are tried one after the other, and kept where the facts are still true: that takes no solver, and little
    time, but finds only what can be had by changing one value, or all that are equal.
    """
    attempt = _Attempt(facts, model)
    spare = [mark.data for mark in marks if mark.op == "var"]
    cells = list(dict.fromkeys(_cells(values)))
    for _ in range(ROUNDS):
        before = dict(attempt.values)
        for name in spare:
            attempt.one_of(({name: False},))
        for cell in cells:
            if cell.null is not None and attempt.values.get(cell.null):
                attempt.one_of([{cell.null: False, cell.name: value} for value in cell.plain])
        for equal in _classes(cells, attempt.values):
            attempt.one_of([dict.fromkeys(equal.names, value) for value in equal.plain])
        for cell in cells:
            attempt.one_of([{cell.name: value} for value in cell.plain])
        for number, cell in enumerate(cells):
            for exchange in _exchanges(cell, cells[number + 1 :], attempt.values):
                if attempt.one_of((exchange,)):
                    break
        if attempt.values == before:
            break
    return Model(attempt.values)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A variable that is a value of a row, what says that it is NULL (if it can be), and plain values of its type."""

    name: str
    null: str | None
    plain: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class _Class:
    """Variables of one type that are equal now."""

    names: tuple[str, ...]
    plain: tuple[Ground, ...]


def _cells(values: Values) -> Iterator[_Cell]:
    for value, type_ in values:
        if value.term.op == "var":
            null = value.null.data if value.null.op == "var" else None
            yield _Cell(value.term.data, null, _plain_grounds(type_))


@lru_cache(maxsize=256)
def _plain_grounds(type_: types.Type) -> tuple[Ground, ...]:
    return tuple(encode(v, type_) for v in plain_values(type_))


def _classes(cells: Iterable[_Cell], values: Mapping[str, Ground]) -> Iterator[_Class]:
    names: dict[tuple[tuple[Ground, ...], Ground], list[str]] = {}
    for cell in cells:
        if cell.name in values:
            names.setdefault((cell.plain, values[cell.name]), []).append(cell.name)
    for (plain, _), equal in names.items():
        if len(equal) > 1:
            yield _Class(tuple(equal), plain)


def _exchanges(cell: _Cell, later: Sequence[_Cell], values: Mapping[str, Ground]) -> Iterator[dict[str, Ground]]:
    """Ways to give a cell the plainer value that later ones hold: what a reader sees first is to be the plainest."""
    rank = {value: number for number, value in enumerate(cell.plain)}
    mine = values.get(cell.name)
    if mine not in rank:
        return
    alike = [other for other in later if other.plain == cell.plain]
    for value in cell.plain[: rank[mine]]:
        holders = [other.name for other in alike if values.get(other.name) == value]
        if holders:
            moved: dict[str, Ground] = {other.name: value for other in alike if values.get(other.name) == mine}
            yield {cell.name: value, **moved, **dict.fromkeys(holders, mine)}
            yield from ({cell.name: value, holder: mine} for holder in holders)


class _Attempt:
    """An assignment that makes some facts true, and stays so whatever is tried."""

    def __init__(self, facts: Iterable[Term], model: Model) -> None:
        self._parts = list(dict.fromkeys(_conjuncts(facts)))
        self._programs = [_program(part) for part, _ in self._parts]
        self._of: dict[str, list[int]] = {}
        self.values: dict[str, Ground] = {}
        self._left = MOST_TRIES
        for number, program in enumerate(self._programs):
            for term in program:
                if term.op == "var":
                    self._of.setdefault(term.data, []).append(number)
                    self.values.setdefault(term.data, _ZERO[term.sort])
        self.values.update(model.values)
        self._true = all(self._holds(number, self.values) for number in range(len(self._parts)))

    def one_of(self, changes: Sequence[Mapping[str, Ground]]) -> bool:
        """Make the first change that leaves all facts true; none if what comes before it in the list is so already."""
        for change in changes:
            if all(self.values.get(name) == value for name, value in change.items()):
                return False
            if self._left <= 0 or not self._true:
                return False
            self._left -= 1
            values = {**self.values, **change}
            concerned = dict.fromkeys(number for name in change for number in self._of.get(name, ()))
            if all(self._holds(number, values) for number in concerned):
                self.values = values
                return True
        return False

    def _holds(self, number: int, values: Mapping[str, Ground]) -> bool:
        return _computed(self._programs[number], values) is self._parts[number][1]


def _conjuncts(facts: Iterable[Term]) -> Iterator[tuple[Term, bool]]:
    """The parts of facts, each with what it has to be."""
    waiting = [(fact, True) for fact in facts]
    while waiting:
        term, wanted = waiting.pop()
        if term.op == "not":
            waiting.append((term.args[0], not wanted))
        elif term.op == ("and" if wanted else "or"):
            waiting += [(part, wanted) for part in term.args]
        elif not term.is_const:
            yield term, wanted


def _program(term: Term) -> list[Term]:
    """A term's parts in the order in which they can be computed."""
    parts: dict[int, Term] = {}
    waiting = [term]
    while waiting:
        part = waiting.pop()
        if part.id not in parts:
            parts[part.id] = part
            waiting += part.args
    return [parts[number] for number in sorted(parts)]


def _computed(program: Iterable[Term], values: Mapping[str, Ground]) -> Ground:
    """The value of a program's last part."""
    known: dict[int, Any] = {}
    found: Any = None
    for term in program:
        arguments = [known[a.id] for a in term.args]
        match term.op:
            case "const":
                found = term.data
            case "var":
                found = values[term.data]
            case "and":
                found = all(arguments)
            case "or":
                found = any(arguments)
            case "not":
                found = not arguments[0]
            case "ite":
                found = arguments[1] if arguments[0] else arguments[2]
            case "=":
                found = arguments[0] == arguments[1]
            case "<":
                found = arguments[0] < arguments[1]
            case "+":
                found = arguments[0] + arguments[1]
            case "*":
                found = arguments[0] * arguments[1]
            case _:
                found = term.data.of(*arguments)
        known[term.id] = found
    return found  # type: ignore[no-any-return]


_ZERO: dict[Sort, Ground] = {Sort.BOOL: False, Sort.INT: 0, Sort.TEXT: "", Sort.BYTES: b"", Sort.REAL: 0.0}
