"""Random puts of random specs, with what the independent evaluator says of them as the scenario."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from properties import evaluator
from properties.contents import random_database
from properties.deltas import random_delta
from properties.effects import FreshUuid
from properties.specs import random_spec
from properties.stack import Stack

from bxc.check.replay import Replayer
from bxc.compile import check
from bxc.diagnostic import Severity
from bxc.model import Spec
from bxc.plan import Plan
from bxc.witness import Content, Database, Edit, Put, Row, Scenario, SourceRows


def puttable(text: str, pieces: Iterable[str]) -> tuple[Spec, Plan]:
    """The spec with those of its views that are without errors."""
    kept = [text]
    for piece in pieces:
        if checked([*kept, piece]) is not None:
            kept.append(piece)
    found = checked(kept)
    assert found is not None
    return found


def checked(pieces: list[str]) -> tuple[Spec, Plan] | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "random.bxc")
        path.write_text("\n".join(pieces) + "\n", encoding="utf-8")
        found = check(path, proving=None)
    if any(d.severity is Severity.ERROR for d in found.diagnostics):
        return None
    assert found.spec is not None
    assert found.plan is not None
    return found.spec, found.plan


def contents(spec: Spec, view: str, stack: Stack, database: evaluator.Database) -> tuple[Content, ...]:
    def ordered(row: dict[str, object], names: list[str]) -> Row:
        return tuple(row[name] for name in names)  # type: ignore[misc]

    source = stack.source
    names = [column.name for column in source.columns]
    shown = evaluator.get(spec, view, database)
    return (
        Content("P", source.name, tuple(ordered(row, names) for row in database[source.name])),
        Content("P", view, tuple(ordered(row, list(shown[0])) for row in shown) if shown else ()),
    )


def scenario(spec: Spec, plan: Plan, view: str, random: Random) -> Scenario | None:
    """A random put, legal or not; None where it has no values that a scenario could tell."""
    stack = Stack(spec, view)
    columns = [c.name for c in next(v for p in plan.peers for v in p.views if v.name == view).columns]
    database = random_database(spec, random)
    delta = random_delta(stack, database, random, legal=random.randint(0, 1) == 0)
    if any(isinstance(v, evaluator.Unfit) for s in delta for v in s.row.values()) or not delta:
        return None
    if any(s.op not in ("insert", "update", "delete") or (s.op == "insert" and set(s.old) != {None}) for s in delta):
        return None
    outcome = evaluator.put_delta(spec, view, database, delta)
    edits = tuple(
        Edit(
            s.op,
            None if s.op == "insert" else tuple(s.old),
            None if s.op == "delete" else tuple(s.row[c] for c in columns),
        )
        for s in delta
    )
    after = database if outcome.after is None else outcome.after
    told = not any(isinstance(v, FreshUuid) for rows in after.values() for row in rows for v in row.values())
    sources = tuple(
        SourceRows(source.name, tuple(tuple(row[c.name] for c in source.columns) for row in database[source.name]))
        for source in spec.sources
    )
    return Scenario(
        (Database("P", "P", sources),),
        contents(spec, view, stack, database),
        (Put("P", view, edits),),
        min(outcome.codes) if outcome.after is None else None,
        contents(spec, view, stack, after) if told else (),
    )


@pytest.mark.parametrize(("engine", "specs"), [("sqlite", 12), ("duckdb", 3)])
def test_what_the_evaluator_says_of_a_put_is_reproduced(engine: str, specs: int) -> None:
    played: Counter[str | None] = Counter()
    for number in range(specs):
        random = Random(number)
        text = random_spec(random)
        spec, plan = puttable(text.head, text.views)
        replayer = Replayer(spec, plan)
        for view in [view for peer in plan.peers for view in peer.views if view.key]:
            for _ in range(3):
                told = scenario(spec, plan, view.name, random)
                if told is not None:
                    assert replayer.replay(told, engine) is None, (number, view.name, told)
                    played[told.refused] += 1
        replayer.close()
    assert played[None] > 2 * specs
    assert sum(played.values()) - played[None] > specs
