"""The solver's sessions: small questions against brute force, texts in a dense order, limits."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
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
    session = Solver()
    unknown = []
    for _ in range(200):
        question = few_variables(random)
        match session.ask(question):
            case Model() as model:
                assert model.of(question) is True
            case Nothing():
                assert not any(t.evaluate(question, v) for v in assignments(t.variables(question)))
            case Unknown():
                unknown.append(question)
    assert len(unknown) <= 3, unknown


# --- texts ----------------------------------------------------------------------------------------------------------


def text(name: str) -> Term:
    return var(name, Sort.TEXT)


def test_no_text_lies_below_the_empty_one_and_none_between_a_text_and_itself() -> None:
    session = Solver()
    assert session.ask(t.lt(text("x"), const(""))) == Nothing()
    assert session.ask(t.gt(text("x"), const("ab")), t.lt(text("x"), const("ab"))) == Nothing()
    assert session.ask(t.not_(t.gt(text("x"), const("")))) == Model({"x": ""})
    assert session.ask(t.lt(var("o", Sort.BYTES), const(b""))) == Nothing()


def test_a_gap_that_holds_no_text_is_not_taken_for_a_counterexample() -> None:
    answer = Solver().ask(t.gt(text("x"), const("a")), t.lt(text("x"), const("a\x01")))
    assert isinstance(answer, Nothing | Unknown)


def test_many_variables_are_found_between_neighbouring_texts() -> None:
    names = [text(f"v{i}") for i in range(30)]
    chain = [t.lt(a, b) for a, b in pairwise([const("ab"), *names, const("aba")])]
    match Solver().ask(*chain):
        case Model(values=values):
            assert ["ab", *(values[f"v{i}"] for i in range(30)), "aba"] == sorted(
                {"ab", "aba", *map(str, values.values())}
            )
        case other:
            raise AssertionError(other)


def test_many_constants_close_to_each_other_keep_their_order() -> None:
    random = Random(3)
    words = sorted({"".join(random.choices("ab\x01\U0010ffff", k=random.randint(0, 9))) for _ in range(300)})
    session = Solver()
    for low, high in random.sample(list(pairwise(words)), 40):
        assert session.ask(t.lt(const(low), text("x")), t.le(text("x"), const(low))) == Nothing()
        found = session.ask(t.le(const(low), text("x")), t.lt(text("x"), const(high)))
        assert isinstance(found, Model)
        assert low <= str(found.values["x"]) < high


@pytest.mark.parametrize("prefix", ["a", "ab", "\U0010ffff", "a\U0010ffff", "\ud7ff", "it's%_"])
def test_a_text_with_a_prefix_and_one_without_are_found(prefix: str) -> None:
    session = Solver()
    with_prefix = t.starts_with(text("x"), prefix)
    for question, expected in ((with_prefix, True), (t.not_(with_prefix), False)):
        found = session.ask(question, t.not_(t.eq(text("x"), const(prefix))))
        assert isinstance(found, Model)
        assert str(found.values["x"]).startswith(prefix) is expected
    assert session.proves(with_prefix, t.eq(text("x"), const(prefix + "z"))) is True
    assert session.proves(with_prefix, t.eq(text("x"), const("Z"))) is False


def some_text(random: Random) -> str:
    return "".join(random.choices("\x01\x02 09Zaz\ud7ff\ue000\U0010ffff", k=random.randint(0, 4)))


def test_texts_between_two_lie_strictly_between_them_in_ascending_order() -> None:
    random = Random(4)
    found = 0
    for _ in range(3000):
        ends = sorted({some_text(random), some_text(random)})
        low, high = ends[0], random.choice([ends[-1], None])
        number = random.choice([1, 2, 3, 11, 27])
        if low == high:
            continue
        texts = texts_between(random.choice([low, None]) if high is None else low, high, number)
        if texts is None:
            assert high is not None
            assert high.startswith(low + "\x01")  # wherever else is room
            continue
        found += 1
        whole = [low, *texts, high] if high is not None and texts[0] > low else texts
        assert len(texts) == number
        assert all(a < b for a, b in pairwise(whole))
        assert high is None or texts[0] > low
        assert not any("\0" in x or any("\ud800" <= c <= "\udfff" for c in x) for x in texts)
    assert found > 2000


def test_octets_between_two_lie_strictly_between_them_in_ascending_order() -> None:
    random = Random(5)
    for _ in range(1000):
        low, high = sorted(bytes(random.choices([0, 1, 97, 255], k=random.randint(0, 3))) for _ in range(2))
        if low == high:
            continue
        number = random.choice([1, 2, 5])
        found = octets_between(low, high, number)
        if found is None:
            assert high.startswith(low + b"\0")
            continue
        assert len(found) == number
        assert all(a < b for a, b in pairwise([low, *found, high]))


# --- sessions and limits --------------------------------------------------------------------------------------------


def integer(name: str) -> Term:
    return var(name, Sort.INT)


def test_facts_hold_until_they_are_popped() -> None:
    session = Solver()
    x = integer("x")
    session.add(t.gt(x, const(0)))
    session.push()
    session.add(t.lt(x, const(1)))
    assert session.ask(TRUE) == Nothing()
    session.pop()
    assert session.ask(t.lt(x, const(2))) == Model({"x": 1})
    assert session.ask(t.lt(x, const(1))) == Nothing()
    session.push()
    session.add(FALSE)
    assert session.ask(TRUE) == Nothing()
    session.pop()
    assert isinstance(session.ask(TRUE), Model)


def test_a_question_leaves_nothing_behind() -> None:
    session = Solver()
    x = text("x")
    assert isinstance(session.ask(t.eq(x, const("b"))), Model)
    assert isinstance(session.ask(t.eq(x, const("a"))), Model)
    assert session.ask(t.eq(x, const("a")), t.eq(x, const("b"))) == Nothing()
    assert isinstance(session.ask(t.lt(x, const("aa")), t.gt(x, const("a"))), Model)


def test_a_session_may_outlive_the_terms_of_an_arena() -> None:
    session = Solver()
    with arena():
        assert session.ask(t.eq(integer("x"), const(3))) == Model({"x": 3})
    with arena():
        assert session.ask(t.eq(text("y"), const("q"))) == Model({"y": "q"})


def test_a_hard_question_is_given_up_in_time() -> None:
    a, b, c = integer("a"), integer("b"), integer("c")
    cubes = [t.mul(v, t.mul(v, v)) for v in (a, b, c)]
    started = time.monotonic()
    answer: Answer = Solver(Budget(query_ms=50)).ask(
        t.eq(t.add(cubes[0], t.add(cubes[1], cubes[2])), const(42)), t.gt(a, const(10**6))
    )
    assert isinstance(answer, Unknown)
    assert time.monotonic() - started < 3


def test_nothing_is_asked_once_the_time_of_the_run_is_used_up() -> None:
    session = Solver(Budget.seconds(0))
    assert isinstance(session.ask(t.gt(integer("x"), const(0))), Unknown)
    assert session.ask(FALSE) == Nothing()
    assert session.queries == 0


def test_sessions_that_are_gone_take_no_memory() -> None:
    def grown() -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for i in range(100):
            with arena():
                Solver().ask(t.eq(integer("x"), const(i)), t.lt(text("y"), const("abc")))
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    grown()
    assert grown() < 50_000  # kB
