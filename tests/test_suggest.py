"""Did you mean: the nearest name, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxc.suggest import closest


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("medicaton_name", ["medication_name", "mode_of_action"], "medication_name"),
        ("Medication_Name", ["medication_name", "dosage"], "medication_name"),
        ("dosgae", ["dosage", "dose"], "dosage"),
        ("doctor", ["Doctor", "doctors"], "Doctor"),
        ("xyz", ["address", "dosage"], None),
        ("a", ["b", "c"], None),
        ("by", ["to", "on"], None),
        ("dosage", ["dosage"], None),
        ("", ["a"], None),
        ("a", [], None),
        ("cost2", ["cost3", "cost1"], "cost1"),
    ],
)
def test_the_nearest_name_is_found(name: str, candidates: list[str], expected: str | None) -> None:
    assert closest(name, candidates) == expected


@given(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=6), st.randoms())
def test_the_order_of_the_candidates_does_not_matter(name: str, candidates: list[str], random: object) -> None:
    shuffled = list(candidates)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert closest(name, candidates) == closest(name, shuffled)


@given(st.text("abc", min_size=6, max_size=12), st.integers(0, 5), st.sampled_from("abcx"))
def test_one_wrong_letter_is_forgiven(name: str, place: int, letter: str) -> None:
    wrong = name[:place] + letter + name[place + 1 :]
    assert closest(wrong, [name]) == (name if wrong != name else None)
