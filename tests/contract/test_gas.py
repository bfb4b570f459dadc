"""What the contract's calls cost: the committed snapshot, exact on py-evm, and the targets.

`pytest --force-regen tests/contract/test_gas.py` writes the snapshot anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gas import measured
from benchmarks.gas_chain import Ledger, Shape, spec_text
from bxc.codegen.solidity import contract
from bxc.codegen.solidity_limits import MOST_GAS, size

from .deployed import compiled, spec_of_file, spec_of_text

ROOT = Path(__file__).parents[2]
SNAPSHOT = Path(__file__).parent / "gas_snapshot.json"
SHAPES = (Shape(2, 1), Shape(2, 8), Shape(4, 8), Shape(4, 240), Shape(64, 8))
SPECS = ("medical", "hospital_network", "research_consortium", "supply_chain")

Figures = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def figures(request: pytest.FixtureRequest) -> Figures:
    found = dict(_figures())
    if request.config.getoption("force_regen"):
        SNAPSHOT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


@cache
def _figures() -> tuple[tuple[str, Any], ...]:
    return tuple(_measured())


def _measured() -> Iterator[tuple[str, dict[str, int]]]:
    spec = spec_of_text(spec_text(SHAPES))
    made = contract(spec)
    built = compiled(made.text, made.name)
    deployment, shapes = measured(SHAPES, (built, len(spec.peers)))
    yield "shapes", {"deploy": deployment, "code": len(built.runtime) // 2}
    for shape, steps in shapes:
        yield shape.name, steps
    for name in SPECS:
        spec = spec_of_file(ROOT / "specs" / f"{name}.bxc")
        made = contract(spec)
        built = compiled(made.text, made.name)
        ledger = Ledger(len(spec.peers))
        yield name, {"deploy": ledger.deploy(built, ledger.accounts)[1], "code": len(built.runtime) // 2}


def test_calls_cost_what_the_snapshot_says(figures: Figures) -> None:
    assert figures == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_an_update_among_four_peers_keeps_to_the_targets(figures: Figures) -> None:
    steps = figures["4x8"]
    assert steps["request"] <= 38_500
    assert steps["ack"] <= 34_000
    assert steps["commit"] <= 36_000


def test_63_relayed_acks_cost_less_than_10_000_each(figures: Figures) -> None:
    assert figures["64x8"]["relayed"] <= 10_000


@pytest.mark.parametrize("step", ["request", "commit"])
def test_the_cost_does_not_grow_with_peers_or_attributes(figures: Figures, step: str) -> None:
    found = [figures[shape.name][step] for shape in SHAPES]
    assert max(found) - min(found) < 40  # the share's number has octets, and masks have


def test_no_step_of_an_update_is_far_above_its_floor(figures: Figures) -> None:
    for shape in SHAPES:
        steps = figures[shape.name]
        assert steps["request"] < 1.05 * steps["request_floor"]
        assert steps["commit"] < 1.05 * steps["commit_floor"]


def test_the_bounds_that_need_no_compiler_hold_and_are_close(figures: Figures) -> None:
    specs = {name: spec_of_file(ROOT / "specs" / f"{name}.bxc") for name in SPECS}
    specs["shapes"] = spec_of_text(spec_text(SHAPES))
    for name, spec in specs.items():
        bound = size(spec)
        made = contract(spec)
        init = len(compiled(made.text, made.name).bytecode) // 2
        assert figures[name]["deploy"] <= bound.gas <= 1.08 * figures[name]["deploy"] < MOST_GAS, name
        assert figures[name]["code"] <= bound.code <= 1.08 * figures[name]["code"], name
        assert init <= bound.init <= 1.35 * init, name
