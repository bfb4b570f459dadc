"""The evaluator of emitted SQL does on ground rows what the engines do, on random and on example specs.

`BXC_SOAK=n` runs n times as many, with other seeds.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from properties.engines import Duck, Engine, Sqlite
from properties.pipeline import Compiled, emitted
from properties.specs import random_spec
from symexec.compiled import compile_unproved
from symexec.instances import Tally, exercise

from bxc.compile import check

SOAK = int(os.environ.get("BXC_SOAK", "1"))
ENGINES = (Sqlite, Duck)
EXAMPLES = sorted(p for p in (Path(__file__).parents[1] / "specs").glob("*.bxc") if p.stem != "medical_as_published")
INSTANCES = 65


def of_peer(compiled: Compiled, peer: str) -> Compiled:
    """What concerns one peer's database."""
    sources = tuple(source for source in compiled.spec.sources if source.peer == peer)
    views = tuple(view for view in compiled.spec.views if view.peer == peer)
    return replace(compiled, spec=replace(compiled.spec, sources=sources, views=views))


@pytest.mark.parametrize("engine", ENGINES)
def test_puts_of_random_specs_do_in_the_evaluator_what_they_do_in_the_engine(engine: type[Engine]) -> None:
    tally = Tally()
    number = 0 if SOAK == 1 else 1000
    while tally.compared < INSTANCES * SOAK:
        random = Random(number)
        compiled = compile_unproved(random_spec(random))
        database = engine(of_peer(compiled, "P"), "P")
        try:
            exercise(database, random, tally, rounds=3)
        except AssertionError as error:
            raise AssertionError(f"seed {number}\n{compiled.text}\n{error}") from error
        finally:
            database.close()
        number += 1
    print(engine.name, tally)
    assert all(
        what.startswith("statement: ") for what in tally.unsupported
    )  # sqlglot refuses some names without quotes
    assert tally.unsupported.total() <= tally.compared // 100
    assert len(tally.codes) >= 7  # accepted, and most codes
    assert tally.codes[None] > tally.open + tally.made


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_puts_of_the_example_specs_do_in_the_evaluator_what_they_do_in_the_engine(
    path: Path, engine: type[Engine]
) -> None:
    tally = Tally()
    compiled = emitted(path.read_text(encoding="utf-8"), check(path, proving=None), Counter())
    for peer in compiled.spec.peers:
        database = engine(of_peer(compiled, peer.name), peer.name)
        exercise(database, Random(path.stem), tally, rounds=2 * SOAK)
        database.close()
    print(path.stem, engine.name, tally)
    assert tally.compared > SOAK
    assert not tally.unsupported
