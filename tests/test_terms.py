"""Terms fold as they are built: whatever is folded has the value that the operations have."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import Any

import pytest

from bxc.laws import term as t
from bxc.laws.term import FALSE, TRUE, Ground, Sort, Term, arena, const, evaluate, rebuild, var, variables

POOLS: dict[Sort, list[Ground]] = {
    Sort.BOOL: [False, True],
    Sort.INT: [-1, 0, 1, 2],
    Sort.TEXT: ["", "a", "ab", "b", "\U0010ffff"],
    Sort.BYTES: [b"", b"\x00", b"a"],
    Sort.REAL: [-0.0, 0.0, 1.5, -1e300],
}
COMPARE: dict[Callable[[Term, Term], Term], Callable[[Any, Any], bool]] = {
    t.eq: operator.eq,
    t.lt: operator.lt,
    t.le: operator.le,
    t.gt: operator.gt,
    t.ge: operator.ge,
}
COMPUTE: dict[Callable[[Term, Term], Term], Callable[[Any, Any], int]] = {
    t.add: operator.add,
    t.sub: operator.sub,
    t.mul: operator.mul,
}


@pytest.fixture(autouse=True)
def _own_terms() -> Iterator[None]:
    with arena():
        yield


Meaning = Callable[[dict[str, Ground]], Any]


def random_term(random: Random, sort: Sort, depth: int) -> tuple[Term, Meaning]:
    """A term, and what it means: evaluated as it is written, without folding."""
    if depth == 0 or random.randint(0, 6) == 0:
        return leaf(random, sort)

    def below(wanted: Sort) -> tuple[Term, Meaning]:
        return random_term(random, wanted, depth - 1)

    if random.randint(0, 2) == 0:
        (c, c_means), (a, a_means), (b, b_means) = below(Sort.BOOL), below(sort), below(sort)
        return t.ite(c, a, b), lambda v: a_means(v) if c_means(v) else b_means(v)
    match sort:
        case Sort.BOOL:
            return condition(random, below)
        case Sort.INT:
            build, compute = random.choice(list(COMPUTE.items()))
            (a, a_means), (b, b_means) = below(sort), below(sort)
            return build(a, b), lambda v: compute(a_means(v), b_means(v))
        case Sort.TEXT:
            (a, a_means), (b, b_means) = below(sort), below(sort)
            return t.app(t.CONCAT, a, b), lambda v: a_means(v) + b_means(v)
        case _:
            return leaf(random, sort)


def leaf(random: Random, sort: Sort) -> tuple[Term, Meaning]:
    if random.randint(0, 1):
        name = f"{sort.value}{random.randint(1, 2)}"
        return var(name, sort), lambda v: v[name]
    value = random.choice(POOLS[sort])
    return const(value), lambda v: value


def condition(random: Random, below: Callable[[Sort], tuple[Term, Meaning]]) -> tuple[Term, Meaning]:
    kind = random.randint(0, 5)
    if kind < 3:
        side = random.choice(list(Sort))
        build, compare = random.choice(list(COMPARE.items()))
        (a, a_means), (b, b_means) = below(side), below(side)
        return build(a, b), lambda v: compare(a_means(v), b_means(v))
    if kind == 3:
        prefix = random.choice(["", "a", "ab", "\U0010ffff"])
        a, a_means = below(Sort.TEXT)
        return t.starts_with(a, prefix), lambda v: a_means(v).startswith(prefix)
    parts = [below(Sort.BOOL) for _ in range(random.randint(0, 3))]
    terms, means = [p[0] for p in parts], [p[1] for p in parts]
    match random.randint(0, 3):
        case 0:
            return t.and_(*terms), lambda v: all(m(v) for m in means)
        case 1:
            return t.or_(*terms), lambda v: any(m(v) for m in means)
        case 2:
            return t.eq(t.count(terms), const(2)), lambda v: sum(bool(m(v)) for m in means) == 2
        case _:
            a, a_means = below(Sort.BOOL)
            return t.not_(a), lambda v: not a_means(v)


def random_values(random: Random) -> dict[str, Ground]:
    return {f"{sort.value}{i}": random.choice(POOLS[sort]) for sort in Sort for i in (1, 2)}


def test_a_folded_term_has_the_value_of_what_was_written() -> None:
    random = Random(1)
    folded = 0
    for _ in range(4000):
        sort = random.choice(list(Sort))
        term, means = random_term(random, sort, 4)
        assert term.sort is sort
        folded += term.is_const
        for _ in range(4):
            values = random_values(random)
            found = evaluate(term, values)
            assert found == means(values), (term, values)
            assert type(found) is type(means(values))
    assert 100 < folded < 3500


def test_it_does_not_matter_when_a_variable_takes_its_value() -> None:
    random = Random(2)
    for _ in range(1500):
        term, means = random_term(random, random.choice(list(Sort)), 4)
        values = random_values(random)
        early = {name for name in values if random.randint(0, 1)}
        half = rebuild(term, lambda v, e=early, x=values: const(x[v.data]) if v.data in e else None)  # type: ignore[misc]
        assert not early & set(variables(half))
        assert evaluate(half, values) == means(values)


def test_rebuilding_with_nothing_replaced_gives_the_same_term() -> None:
    random = Random(3)
    for _ in range(500):
        term, _ = random_term(random, random.choice(list(Sort)), 4)
        assert rebuild(term, lambda v: None) is term


def test_equal_terms_are_one() -> None:
    one, other = Random(4), Random(4)
    for _ in range(300):
        assert random_term(one, Sort.BOOL, 4)[0] is random_term(other, Sort.BOOL, 4)[0]
    assert const(1) is not const(True)
    assert const(0) is not const(False)
    assert const(0.0) is const(-0.0)
    assert const(1.0) is not const(1)


@pytest.mark.parametrize("sort", list(Sort))
def test_comparisons_of_constants_are_decided(sort: Sort) -> None:
    for a, b in product(POOLS[sort], repeat=2):
        for build, compare in COMPARE.items():
            assert build(const(a), const(b)) is (TRUE if compare(a, b) else FALSE)


EDGES = ["", "a", "\x01", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff", "\U0010fffe"]


def test_a_prefix_is_an_interval_of_the_order_also_at_its_ends() -> None:
    x = var("x", Sort.TEXT)
    texts = ["".join(parts) for n in range(4) for parts in product(EDGES[1:], repeat=n)]
    prefixes = {a + b for a in EDGES for b in EDGES}
    for prefix in prefixes:
        interval = t.starts_with(x, prefix)
        for text in texts:
            assert evaluate(interval, {"x": text}) is text.startswith(prefix), (text, prefix)
            assert t.starts_with(const(text), prefix) is (TRUE if text.startswith(prefix) else FALSE)


def test_every_text_starts_with_the_empty_one() -> None:
    assert t.starts_with(var("x", Sort.TEXT), "") is TRUE


def test_no_bound_of_a_prefix_has_a_surrogate() -> None:
    x = var("x", Sort.TEXT)
    assert t.following("\ud7ff") == "\ue000"
    assert t.starts_with(x, "a\ud7ff") is t.and_(t.ge(x, const("a\ud7ff")), t.lt(x, const("a\ue000")))


def test_terms_of_an_arena_are_forgotten() -> None:
    outside = var("x", Sort.INT)
    with arena():
        inside = var("x", Sort.INT)
        assert inside is not outside
        assert t.not_(TRUE) is FALSE
        assert const(True) is TRUE
        assert t.eq(inside, inside) is TRUE
    assert var("x", Sort.INT) is outside


def test_an_arena_that_ends_in_an_error_is_forgotten_too() -> None:
    outside = var("x", Sort.INT)
    with pytest.raises(ValueError, match="stop"), arena():
        raise ValueError("stop")
    assert var("x", Sort.INT) is outside


def test_a_variable_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        evaluate(t.eq(var("x", Sort.INT), var("y", Sort.INT)), {"x": 1})


def test_deeply_nested_choices_are_compared_without_recursion() -> None:
    chain: Term = const(0)
    for i in range(5000):
        chain = t.ite(var(f"b{i}", Sort.BOOL), const(i + 1), chain)
    equal, less = t.eq(chain, const(7)), t.lt(const(4998), chain)
    values: dict[str, Ground] = {f"b{i}": i == 6 for i in range(5000)}
    assert evaluate(equal, values) is True
    assert evaluate(less, values) is False


def test_shared_choices_are_compared_once() -> None:
    x = var("x", Sort.INT)
    for i in range(200):
        c, d, e = (var(f"{name}{i}", Sort.BOOL) for name in "cde")
        v, w = (var(f"{name}{i}", Sort.INT) for name in "vw")
        x = t.ite(c, t.ite(d, x, v), t.ite(e, x, w))
    started = time.monotonic()
    t.eq(const(3), x)
    t.lt(const(3), x)
    t.lt(x, const(3))
    assert time.monotonic() - started < 2
