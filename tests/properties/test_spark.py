"""The laws on Spark: random lenses on Sail beside SQLite and the evaluator, fewer than on the other engines.

`BXC_SOAK=n` runs n times as many, with other seeds each time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path
from random import Random

import pytest
from spark_server import missing

from bxc_runtime.content_hash import RowHash

from .engines import Sqlite
from .laws import every_law
from .pipeline import compile_file, compile_spec
from .shrink import failure, shrink
from .specs import SpecText, random_spec
from .world import Action, World

REASON = missing()
pytestmark = pytest.mark.skipif(REASON is not None, reason=REASON or "")

SOAK = int(os.environ.get("BXC_SOAK", "0"))
SPECS = max(SOAK, 1)
BATCHES = 4
UNREADABLE = "a.b"
"""The name of a column that Sail 0.7.2 takes for a field of a struct when it looks at NOT NULL."""
EXAMPLE = Path(__file__).parents[2] / "specs" / "medical.bxc"


def engines() -> tuple[type[Sqlite], ...]:
    from .spark import Spark

    return (Sqlite, Spark)  # type: ignore[return-value]


def failure_here(spec: SpecText, actions: list[Action]) -> str | None:
    return failure(spec, actions, engines())


def exercise(number: int, lenses: set[str], counts: Counter[str]) -> None:
    """All laws on all lenses of one random spec."""
    random = Random(number)
    text = random_spec(random)
    world = World(compile_spec(text), engines=engines())
    try:
        for view in world.puttable:
            every_law(world, view, random)
            lenses.add(f"{number} {view}")
            if not world.uuids[1]:  # else the engines have made up different ones
                hash_equally(world)
    except Exception as error:
        spec, actions = shrink(text, world.actions, failure_here, tries=60)  # type: ignore[arg-type]
        listed = "\n".join(map(str, actions))
        raise AssertionError(f"seed {number}\n{spec.text}\n{listed}\n\n{error}") from error
    finally:
        world.close()
    counts.update(world.codes)


def hash_equally(world: World) -> None:
    """Every view's content has one hash on both engines."""
    for view in world.puttable:
        types = world.sides[0].engine.view_types(view)
        rows = RowHash(list(types.values()), bytes(32))
        states = [
            rows.state(tuple(row[name] for name in types) for row in side.engine.get(view)) for side in world.sides
        ]
        assert states[0] == states[1]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_law_holds_for_random_lenses_on_spark(batch: int, record_property: Callable[[str, object], None]) -> None:
    lenses: set[str] = set()
    counts: Counter[str] = Counter()
    first = Random().randrange(2**40) if SOAK else 1000 * batch
    readable = (n for n in count(first) if UNREADABLE not in str(random_spec(Random(n))))
    for number in islice(readable, SPECS):
        exercise(number, lenses, counts)
    record_property("lenses", len(lenses))
    assert len(lenses) >= SPECS
    assert counts


def test_every_law_holds_for_the_medical_example_on_spark() -> None:
    compiled = compile_file(EXAMPLE)
    random = Random("medical")
    for peer in compiled.spec.peers:
        world = World(compiled, peer.name, engines())
        for view in world.puttable:
            every_law(world, view, random)
        hash_equally(world)
        world.close()
