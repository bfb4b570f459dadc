"""Puts of several rows and of whole contents as terms, on ground tables, beside the evaluator of `docs/semantics.md`.

`BXC_SOAK=n` compares n times as many random specs, with other seeds each time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from random import Random, SystemRandom

import pytest
from properties.contents import random_database
from properties.deltas import propose, random_delta, scene, spoil
from properties.evaluator import Database, Outcome, Staged, key_of, put_content, put_rows, shown
from properties.expressions import Row, fits
from properties.specs import random_spec
from properties.stack import Stack
from test_symbolic_put import (
    Case,
    ground,
    ground_row,
    ground_world,
    holds,
    planned,
    types_of,
)

from bxc.laws import put_rows as symbolic
from bxc.laws.table import Maybe
from bxc.laws.term import TRUE, arena
from bxc.plan import ViewPlan
from bxc.types import Type

SOAK = int(os.environ.get("BXC_SOAK", "0"))
BATCHES = 3
SPECS = 12 * max(SOAK, 1)
CODES = {"BXC10", "BXC11", "BXC12", "BXC14", "BXC15", "BXC16", "BXC17", "BXC18", "BXC19"}


def told_of(view: ViewPlan, staged: Staged) -> symbolic.Staged:
    types: dict[str, Type] = {c.name: c.type for c in view.columns}
    old = {name: ground(v, types[name]) for name, v in zip(view.key, staged.old, strict=True)}
    new = None if staged.op == "delete" else ground_row(staged.row, types)
    return symbolic.Staged(staged.op, old, new)


def askable(stack: Stack, staged: Staged) -> bool:
    """Whether the operation is known and all values are of their types (NULL may stand anywhere)."""
    if staged.op not in ("insert", "update", "delete"):
        return False
    return staged.op == "delete" or all_fit(stack, staged.row)


def all_fit(stack: Stack, row: Row) -> bool:
    types = {c.name: c.type for c in stack.top.view.columns}
    return all(v is None or fits(types[name], v) for name, v in row.items())


def compare(case: Case, effect: symbolic.Effect) -> None:
    codes = {r.code for r in effect.refusals if holds(r.term)}
    assert min(codes, default=None) == case.expected.expected, case.told(codes)
    if case.expected.exact and not codes & {"BXC16"}:
        assert codes == case.expected.codes, case.told(codes)
    if case.expected.after is not None:
        assert effect.given is TRUE
        case.compare_rows(case.expected.after)


def content_near(rows: Sequence[Row], stack: Stack, random: Random, delta: Sequence[Staged]) -> list[Row]:
    """A content that differs from what is shown by some rows of a delta, and may repeat a key."""
    content = [dict(row) for row in rows if random.randint(0, 3)]
    for staged in delta:
        if staged.op != "delete" and all_fit(stack, staged.row):
            key = key_of(stack, staged.row)
            if random.randint(0, 4):
                content = [row for row in content if key_of(stack, row) != key]
            content.append(dict(staged.row))
    return content


def exercise(random: Random, counts: Counter[str]) -> None:
    text, spec, peer = planned(random_spec(random))
    for view in peer.views:
        stack = Stack(spec, view.name)
        if not view.key:
            continue
        database = random_database(spec, random)
        types = types_of(stack.source)
        view_types = {c.name: c.type for c in view.columns}
        with arena():
            world = ground_world(spec, database)
            for _ in range(4):
                delta = some_delta(stack, database, random)
                expected = put_rows(stack, database, delta)
                effect = symbolic.put_rows(peer, view, world, [told_of(view, staged) for staged in delta])
                judge(text, view, types, database, delta, expected, effect)
                counts.update(expected.codes or {"accepted"})
                counts["several"] += len(delta) > 1 and not expected.codes
                content = content_near(shown(stack, database), stack, random, delta)
                expected = put_content(stack, database, content)
                staged = tuple(Maybe(TRUE, ground_row(row, view_types)) for row in content)
                effect = symbolic.put_content(peer, view, world, staged)
                judge(text, view, types, database, content, expected, effect)
                counts.update([f"whole {code}" for code in expected.codes] or ["whole accepted"])


def some_delta(stack: Stack, database: Database, random: Random) -> list[Staged]:
    """Legal ones (often of several rows), ones that may be legal, and spoiled ones."""
    match random.randint(0, 3):
        case 0 | 1:
            delta = random_delta(stack, database, random)
        case 2:
            delta = propose(scene(stack, database, random), renames=True)
        case _:
            delta = spoil(stack, database, random, propose(scene(stack, database, random), renames=True))
    return [staged for staged in delta if askable(stack, staged)]


def judge(
    text: str,
    view: ViewPlan,
    types: dict[str, Type],
    database: Database,
    staged: Sequence[object],
    expected: Outcome,
    effect: symbolic.Effect,
) -> None:
    compare(Case(text, view, types, database[view.source], staged, expected, effect), effect)  # type: ignore[arg-type]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_puts_of_several_rows_as_terms_do_what_the_semantics_says(batch: int) -> None:
    counts: Counter[str] = Counter()
    for number in range(SPECS):
        exercise(Random(SystemRandom().getrandbits(40) if SOAK else 8000 + 1000 * batch + number), counts)
    print(dict(sorted(counts.items())))
    assert counts["several"] > 2 * SPECS
    assert counts["whole accepted"] > 2 * SPECS
    assert {"BXC10", "BXC11", "BXC12", "BXC17", "BXC18"} <= set(counts)
    assert {"whole BXC10", "whole BXC11", "whole BXC12", "whole BXC17"} <= set(counts)
