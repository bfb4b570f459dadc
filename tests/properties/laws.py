"""A lens and a random generator → actions that exercise every law, each on what the last one left.

What each action must do is checked where it is done; the names here say which law an action is after.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from .changes import apply_delta
from .contents import random_database, random_edit
from .deltas import random_delta, spoil
from .evaluator import Staged, key_of, same_row, shown
from .expressions import Row
from .stack import Stack
from .world import CheckViews, Consume, EditSource, EditView, Load, PutDelta, PutGet, PutWhole, World


def every_law(world: World, view: str, random: Random, rounds: int = 1) -> None:
    """Exercises a lens on a new content, in each round with some actions of each kind."""
    stack = world.stacks[view]
    world.do(Load(random_database(world.spec, random)))
    world.do(PutGet(view))
    for _ in range(rounds):
        laws = [delta_put, illegal_put, *random.sample([delta_put, whole_put, direct_edits, interactive_edit], 2)]
        random.shuffle(laws)
        for law in laws:
            law(world, stack, random)
        siblings = [name for name in world.puttable if world.stacks[name].source is stack.source]
        world.do(CheckViews((view, random.choice(siblings))))
        if random.randint(0, 1):
            world.do(Consume())


def delta_put(world: World, stack: Stack, random: Random) -> None:
    """PutGet, hidden columns, policies, revival, renames; through this view or another one of the source."""
    siblings = [name for name in world.puttable if world.stacks[name].source is stack.source]
    if random.randint(0, 3) == 0:
        stack = world.stacks[random.choice(siblings)]
    delta = random_delta(stack, world.database, random)
    before = shown(stack, world.database)
    world.do(PutDelta(stack.name, delta, closely=random.randint(0, 2) == 0))
    if not stack.computed:
        world.sides[0].check_view(stack.name, with_delta(stack, before, delta))


def with_delta(stack: Stack, before: Sequence[Row], delta: Sequence[Staged]) -> list[Row]:
    """What get must give after a legal put: the old view with the delta applied to it, no-ops aside."""
    rows = {key_of(stack, row): row for row in before}

    def is_no_op(staged: Staged) -> bool:
        if staged.op == "delete":
            return staged.old not in rows
        there = rows.get(key_of(stack, staged.row))
        return staged.op == "insert" and there is not None and same_row(there, staged.row)

    leaving = {staged.old for staged in delta if staged.op == "update"}
    effective = [s for s in delta if not is_no_op(s) or (s.op == "insert" and key_of(stack, s.row) in leaving)]
    return apply_delta(stack, list(before), effective)


def whole_put(world: World, stack: Stack, random: Random) -> None:
    """A whole put does what the delta without renames does that leads to the same content."""
    delta = random_delta(stack, world.database, random, renames=False)
    content = world.preview(stack.name, delta)
    world.do(PutWhole(stack.name, content, closely=random.randint(0, 2) == 0))


def illegal_put(world: World, stack: Stack, random: Random) -> None:
    """A put that breaks a rule is refused with the lowest code, and every table stays as it was."""
    delta = random_delta(stack, world.database, random)
    spoiled = spoil(stack, world.database, random, delta)
    world.do(PutDelta(stack.name, spoiled, closely=False))


def direct_edits(world: World, stack: Stack, random: Random) -> None:
    """Edits made on the sources themselves reach every view's changes."""
    for _ in range(random.randint(0, 2)):
        edit = random_edit(world.spec, world.database, random)
        if edit is not None:
            world.do(EditSource(edit))


def interactive_edit(world: World, stack: Stack, random: Random) -> None:
    """INSERT, UPDATE or DELETE on the view does what the put of that one row does."""
    delta = random_delta(stack, world.database, random)
    if random.randint(0, 2) == 0:
        delta = spoil(stack, world.database, random, delta[:1])
    keys = {key_of(stack, row) for row in shown(stack, world.database)}
    edits = [s for s in delta if s.op == "insert" and set(s.old) == {None}]
    edits += [s for s in delta if s.op in ("update", "delete") and s.old in keys]
    if edits:
        world.do(EditView(stack.name, random.choice(edits)))
