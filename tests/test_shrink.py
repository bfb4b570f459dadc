"""Counterexamples made plain: fewest rows, no needless NULLs, small constants."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bxc import types
from bxc.compile import check
from bxc.laws import term as t
from bxc.laws.shrink import plainer
from bxc.laws.solver import Model
from bxc.laws.term import Sort
from bxc.laws.value import Val
from bxc.witness import Witness

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 1, 1)
TEXT, INT = types.Text(), types.Int()


def value(name: str, sort: Sort) -> Val:
    return Val(t.var(f"{name}?", Sort.BOOL), t.var(name, sort))


def test_odd_values_become_plain_ones() -> None:
    a, b = value("a", Sort.TEXT), value("b", Sort.INT)
    model = Model({"a?": False, "a": "\x01", "b?": False, "b": 4711})
    small = plainer([t.not_(a.null), t.lt(b.term, t.const(5000))], model, (), [(a, TEXT), (b, INT)])
    assert (small.values["a"], small.values["b"]) == ("a", 1)


def test_a_null_that_nothing_asks_for_goes_and_one_that_is_asked_for_stays() -> None:
    a, b = value("a", Sort.TEXT), value("b", Sort.TEXT)
    model = Model({"a?": True, "a": "", "b?": True, "b": ""})
    small = plainer([a.null], model, (), [(a, TEXT), (b, TEXT)])
    assert (small.values["a?"], small.values["b?"], small.values["b"]) == (True, False, "a")


def test_a_row_that_is_not_needed_goes() -> None:
    there, needed = t.var("r1!", Sort.BOOL), t.var("r2!", Sort.BOOL)
    small = plainer([needed], Model({"r1!": True, "r2!": True}), [there, needed], ())
    assert (small.values["r1!"], small.values["r2!"]) == (False, True)


def test_values_that_must_be_equal_are_changed_together() -> None:
    a, b = value("a", Sort.INT), value("b", Sort.INT)
    model = Model({"a?": False, "a": 0, "b?": False, "b": 0})
    small = plainer([t.eq(a.term, b.term)], model, (), [(a, INT), (b, INT)])
    assert (small.values["a"], small.values["b"]) == (1, 1)


def test_values_that_must_differ_stay_different() -> None:
    a, b = value("a", Sort.INT), value("b", Sort.INT)
    model = Model({"a?": False, "a": 0, "b?": False, "b": -7})
    small = plainer([t.not_(t.eq(a.term, b.term))], model, (), [(a, INT), (b, INT)])
    assert (small.values["a"], small.values["b"]) == (1, 2)


def test_what_is_no_counterexample_is_left_as_it_is() -> None:
    a = value("a", Sort.INT)
    model = Model({"a?": False, "a": 0})
    assert plainer([t.lt(t.const(9), a.term)], model, (), [(a, INT)]).values == model.values


def witnesses(path: Path) -> list[Witness]:
    checked = check(path, TODAY)
    assert checked.proofs is not None
    found = [v.edge.witness for v in checked.proofs.verdicts if v.edge is not None and v.edge.witness is not None]
    return found + [d.witness for d in checked.diagnostics if d.witness is not None]


@pytest.mark.parametrize(
    "spec",
    [
        "specs/medical.bxc",
        "tests/golden/bx321_update/spec.bxc",
        "tests/golden/bx331_ages_meet/spec.bxc",
        "tests/golden/bx341_other_column/spec.bxc",
        "tests/golden/bx208_insert/spec.bxc",
    ],
)
def test_witnesses_show_no_needless_null_and_no_odd_value(spec: str) -> None:
    shown = {cell for w in witnesses(ROOT / spec) for table in w.tables for row in table.rows for cell in row}
    assert shown
    assert not {None, "", 0}.intersection(cell for cell in shown if not isinstance(cell, bool))
    assert not [cell for cell in shown if isinstance(cell, str) and not cell.isprintable()]
