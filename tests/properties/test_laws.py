"""The laws in the real engines, on random specs: at least 500 lenses in a run.

`BXC_SOAK=n` runs n times as many, with other seeds each time (`make soak`). A failure is shrunk and shown as a spec and
the actions that break a law.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from .laws import every_law
from .pipeline import compile_file, compile_spec
from .shares import with_shares
from .shrink import failure, shrink
from .specs import random_spec
from .world import World

SOAK = int(os.environ.get("BXC_SOAK", "0"))
FAULTY = "medical_as_published"
EXAMPLES = sorted(path for path in (Path(__file__).parents[2] / "specs").glob("*.bxc") if path.stem != FAULTY)
BATCHES = 8
SPECS = 16 * max(SOAK, 1)
LENSES = 63 * max(SOAK, 1)
CODES = {"BXC10", "BXC11", "BXC12", "BXC13", "BXC14", "BXC15", "BXC16", "BXC17", "BXC18", "BXC19"}


def exercise(number: int, lenses: set[str], counts: Counter[str]) -> None:
    """All laws on all lenses of one random spec."""
    random = Random(number)
    text = random_spec(random)
    compiled = compile_spec(text)
    if random.randint(0, 3) == 0:
        text, compiled = with_shares(text, compiled, random)
    world = World(compiled)
    counts["specs"] += 1
    counts.update({f"refused {code}": count for code, count in compiled.refused.items()})
    try:
        for view in world.puttable:
            every_law(world, view, random)
            lenses.add(f"{number} {view}")
    except Exception as error:
        spec, actions = shrink(text, world.actions)
        listed = "\n".join(map(str, actions))
        raise AssertionError(f"seed {number}\n{spec.text}\n{listed}\n\n{failure(spec, actions) or error}") from error
    finally:
        world.close()
    counts.update(world.codes)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_law_holds_for_random_lenses_in_all_engines(
    batch: int, record_property: Callable[[str, object], None]
) -> None:
    lenses: set[str] = set()
    counts: Counter[str] = Counter()

    @settings(
        max_examples=SPECS,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # what fails is shrunk by its actions, not by its seed
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**40))
    def run(number: int) -> None:
        if len(lenses) < LENSES:  # enough: some specs have many views
            exercise(number, lenses, counts)

    (run if SOAK else seed(batch)(run))()
    record_property("lenses", len(lenses))
    print(f"{len(lenses)} lenses: {dict(sorted(counts.items()))}")
    assert len(lenses) >= LENSES
    assert len(CODES - set(counts)) <= 2  # a batch may miss what is rare: no int left for a new key, say


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_every_law_holds_for_the_example_specs(path: Path) -> None:
    compiled = compile_file(path)
    random = Random(path.stem)
    for peer in compiled.spec.peers:
        world = World(compiled, peer.name)
        for view in world.puttable:
            every_law(world, view, random, rounds=4)
        world.close()
