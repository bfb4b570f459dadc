"""A counterexample → a smaller one: fewer rows, fewer changes, no needless NULLs, plain constants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from uuid import UUID

from bxc import types
from bxc.laws import term as t
from bxc.laws.solver import Budget, Model, Solver
from bxc.laws.term import Term
from bxc.laws.value import Val, encode

MOST_QUESTIONS = 160  # one witness's share of the solver
DEAREST_MS = 200  # time for one of them: what is hard to make smaller stays as it is


def smallest(
    solver: Solver,
    question: Sequence[Term],
    model: Model,
    marks: Iterable[Term],
    values: Iterable[tuple[Val, types.Type]],
) -> Model:
    """A model of the same question without as many of ``marks`` as can be, and with plain ``values``.

    It is the same in every run, whatever was asked before.
    """
    alone = Solver(Budget(min(solver.budget.query_ms, DEAREST_MS), solver.budget.deadline), alone=True)
    alone.add(*solver.facts)
    first = alone.ask(*question)
    return _smallest(alone, list(question), first if isinstance(first, Model) else model, marks, values)


def _smallest(
    solver: Solver,
    facts: list[Term],
    model: Model,
    marks: Iterable[Term],
    values: Iterable[tuple[Val, types.Type]],
) -> Model:
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


def _wishes(marks: Iterable[Term], values: Iterable[tuple[Val, types.Type]]) -> Iterator[tuple[Term, ...]]:
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
