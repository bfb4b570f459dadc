"""Dependencies and keys, against brute force over all subsets and over small tables."""

from __future__ import annotations

from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from bxc.lens.dependency import Implies, closure, minimal_keys

COLUMNS = "abcde"
names = st.frozensets(st.sampled_from(COLUMNS), min_size=1, max_size=3)
dependencies = st.lists(st.builds(Implies, names, names), max_size=5).map(tuple)


def subsets(items: frozenset[str]) -> list[frozenset[str]]:
    ordered = sorted(items)
    return [frozenset(c) for c in chain.from_iterable(combinations(ordered, n) for n in range(len(ordered) + 1))]


def one_step_closure(start: frozenset[str], implied: tuple[Implies, ...]) -> frozenset[str]:
    known = start
    for _ in COLUMNS:
        for dependency in implied:
            if dependency.left <= known:
                known |= dependency.right
    return known


@given(names, dependencies)
def test_closure_is_the_least_fixed_point(start: frozenset[str], implied: tuple[Implies, ...]) -> None:
    assert closure(start, implied) == one_step_closure(start, implied)


@given(names, st.frozensets(st.sampled_from(COLUMNS), max_size=2), dependencies)
def test_minimal_keys_are_all_the_minimal_determining_subsets(
    columns: frozenset[str], given_: frozenset[str], implied: tuple[Implies, ...]
) -> None:
    determining = [s for s in subsets(columns) if columns <= one_step_closure(s | given_, implied)]
    minimal = {s for s in determining if not any(other < s for other in determining)}
    assert set(minimal_keys(columns, given_, implied)) == minimal


def test_the_search_for_keys_is_bounded() -> None:
    wide = frozenset(f"c{i}" for i in range(200))
    ring = tuple(Implies(frozenset({f"c{i}"}), frozenset({f"c{(i + 1) % 200}"})) for i in range(200))
    assert minimal_keys(wide, frozenset(), ring) == []
    assert minimal_keys(wide, frozenset(), (Implies(frozenset({"c7"}), wide),)) == [frozenset({"c7"})]
