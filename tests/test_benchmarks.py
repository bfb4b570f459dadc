"""The benchmarks stay runnable: their spec is sound, and their results can be read back."""

from __future__ import annotations

import importlib
import inspect
import platform
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import compile as compile_benchmark
from benchmarks import harness, laws
from benchmarks.generate_specs import KINDS, generate
from bxc.compile import check


@pytest.mark.parametrize("name", harness.names())
def test_a_benchmark_returns_a_section_and_may_ask_for_long_sizes(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    parameters = list(inspect.signature(module.main).parameters.values())
    assert [p.name for p in parameters] in ([], ["full"])
    assert module.__doc__


def test_the_spec_that_is_compiled_has_a_thousand_views_and_can_be_planned(tmp_path: Path) -> None:
    path = tmp_path / "large.bxc"
    path.write_text(compile_benchmark.large(), encoding="utf-8")
    checked = check(path, proving=None)
    assert [finding.code for finding in checked.diagnostics] == ["BX007"]  # no contract for 500 shares
    assert checked.spec is not None
    assert (len(checked.spec.views), len(checked.spec.sources)) == (1000, 10)
    assert {len(source.columns) for source in checked.spec.sources} == {20}


def test_sections_are_read_back_from_a_document() -> None:
    sections = {"b": "## B\n\n| x |\n|---|", "a": "## A\n\ntext"}
    document = harness.document(sections)
    assert harness.sections_of(document) == sections
    assert document.index("## A") < document.index("## B")
    assert harness.document(harness.sections_of(document)) == document


def test_the_machine_is_described_without_its_name_and_paths() -> None:
    described = harness.machine()
    assert platform.node() not in described.split()
    assert str(Path.home()) not in described


def test_every_piece_of_work_is_measured_in_each_round() -> None:
    calls: list[str] = []
    best = harness.best_of(3, {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")})
    assert calls == ["a", "b"] * 3
    assert set(best) == {"a", "b"}
    assert all(seconds >= 0 for seconds in best.values())


def test_each_planted_defect_is_found_at_its_line_and_nothing_else(tmp_path: Path) -> None:
    spec = generate(60, 2 * len(KINDS), seed=3)
    assert spec.views == 60
    assert len(spec.expected) == 2 * len(KINDS)
    assert laws.check(tmp_path / "generated.bxc", spec).found == spec.expected


def test_a_spec_without_defects_has_neither_errors_nor_warnings(tmp_path: Path) -> None:
    spec = generate(20)
    assert spec.expected == ()
    assert laws.check(tmp_path / "generated.bxc", spec).found == ()


def test_a_defect_that_is_missed_or_falsely_reported_ends_the_benchmark(tmp_path: Path) -> None:
    spec = generate(10, 1)
    (found,) = spec.expected
    with pytest.raises(RuntimeError, match=r"missed: \[\('BX311', 1\)\]; falsely reported: \[\('BX311', \d+\)\]"):
        laws.check(tmp_path / "generated.bxc", replace(spec, expected=((found[0], 1),)))
