"""The solver's sessions: small questions against brute force, texts in a dense order, limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from random import Random

import pytest

from bxc.laws import term as t
from bxc.laws.between import octets_between, texts_between
from bxc.laws.solver import Answer, Budget, Model, Nothing, Solver, Unknown
from bxc.laws.term import FALSE, TRUE, Ground, Sort, Term, arena, const, var

# --- random questions -----------------------------------------------------------------------------------------------

DOMAINS: dict[Sort, list[Ground]] = {
    Sort.BOOL: [False, True],
    Sort.INT: [-2, -1, 0, 1, 2, 3],
    Sort.TEXT: ["", "a", "ab", "b", "\U0010ffff", "é"],
    Sort.BYTES: [b"", b"\x00", b"a", b"\xff"],
    Sort.REAL: [-1.5, 0.0, 0.1, 1e300],
}
VARIABLES: dict[Sort, tuple[str, ...]] = {s: (f"{s.value} 1", f"{s.value} 2") for s in Sort}


@pytest.fixture(autouse=True)
def _own_terms() -> Iterator[None]:
    with arena():
        yield


def random_term(random: Random, sort: Sort, depth: int) -> Term:
    if depth == 0 or random.randint(0, 5) == 0:
        if random.randint(0, 2):
            return var(random.choice(VARIABLES[sort]), sort)
        return const(random.choice(DOMAINS[sort]))

    def below(wanted: Sort = sort) -> Term:
        return random_term(random, wanted, depth - 1)

    kind = random.randint(0, 3)
    if kind == 0:
        return t.ite(below(Sort.BOOL), below(), below())
    if sort is Sort.INT:
        return {1: t.add, 2: t.sub, 3: t.add}[kind](below(), below())
    if sort is not Sort.BOOL:
        return below()
    side = random.choice(list(Sort))
    match random.randint(0, 5):
        case 0:
            return t.and_(below(), below(), below())
        case 1:
            return t.or_(below(), below())
        case 2:
            return t.not_(below())
        case 3:
            return t.eq(below(side), below(side))
        case 4:
            return t.starts_with(below(Sort.TEXT), random.choice(["", "a", "ab", "\U0010ffff"]))
        case _:
            return random.choice([t.lt, t.le, t.gt, t.ge])(below(side), below(side))


def within(variable: Term) -> Term:
    """The variable is one of its small domain."""
    return t.any_(t.eq(variable, const(v)) for v in DOMAINS[variable.sort])


def assignments(variables: dict[str, Term]) -> Iterator[dict[str, Ground]]:
    for values in product(*(DOMAINS[v.sort] for v in variables.values())):
        yield dict(zip(variables, values, strict=True))


def few_variables(random: Random) -> Term:
    """A question that brute force can answer."""
    while True:
        question = random_term(random, Sort.BOOL, 4)
        if not question.is_const and len(t.variables(question)) <= 4:
            return question


def test_answers_are_those_of_brute_force_on_small_domains() -> None:
    random = Random(1)
    counts = {Model: 0, Nothing: 0}
    session = Solver()
    for number in range(400):
        question = few_variables(random)
        if number % 2:
            question = t.and_(question, few_variables(random), t.not_(few_variables(random)))
        variables = t.variables(question)
        if len(variables) > 5:
            continue
        answer = session.ask(question, *map(within, variables.values()))
        expected = any(t.evaluate(question, values) for values in assignments(variables))
        match answer:
            case Model():
                assert answer.of(question) is True
                assert all(answer.of(v) in DOMAINS[v.sort] for v in variables.values())
                assert expected
            case Nothing():
                assert not expected, question
            case _:
                raise AssertionError((answer, question))
        counts[type(answer)] += 1
    assert min(counts.values()) > 20, counts


def test_without_domains_a_model_is_true_and_nothing_is_nowhere_true() -> None:
    random = Random(2)
    unknown = 0
    for _ in range(300):
        question = few_variables(random)
        match Solver().ask(question) if random.randint(0, 9) == 0 else SESSION().ask(question):
            case Model() as model:
                assert model.of(question) is True
            case Nothing():
                assert not any(t.evaluate(question, v) for v in assignments(t.variables(question)))
            case Unknown():
                unknown += 1
    assert unknown < 15


SESSION: Callable[[], Solver] = Solver
