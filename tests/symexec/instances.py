"""Random contents and staged rows of a compiled spec, put in an engine and in the evaluator; any difference is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from properties.contents import random_database
from properties.deltas import random_delta, spoil
from properties.engines import Engine
from properties.evaluator import shown
from properties.expressions import same
from properties.pipeline import Compiled

from bxc.laws.term import FALSE, arena
from bxc.validate.unsupported import Unsupported
from symexec.beside import Both, UnshownError, evaluated, in_both, installed, unnumbered


@dataclass
class Tally:
    """How many instances ended how. ``open``: SQL leaves open what the engine does; ``made``: it made up a value.

    ``unshown``: what is staged is a value that the engine's driver cannot show.
    """

    codes: Counter[str | None] = field(default_factory=Counter)
    open: int = 0
    made: int = 0
    unshown: int = 0
    unsupported: Counter[str] = field(default_factory=Counter)

    @property
    def compared(self) -> int:
        return self.codes.total()


def compare(tally: Tally, both: Both, label: str) -> None:
    """Notes one instance; AssertionError if engine and evaluator differ."""
    if not all(condition.is_const for condition in (both.result.accepted, *both.result.refused.values())):
        tally.made += 1  # whether it is refused hangs on a value that the engine makes up
        return
    assert both.code == both.engine_code, f"{label}: the evaluator says {both.code}, the engine {both.engine_code}"
    if both.code is None:
        if both.result.doubt is not FALSE:
            tally.open += 1
            return
        try:
            mine = unnumbered(evaluated(both.result.database))
        except (AssertionError, Unsupported):
            tally.made += 1
            return
        for table, rows in mine.items():
            theirs = unnumbered(both.engine_content)[table]
            assert rows == theirs, f"{label}: {table}\nevaluator only: {rows - theirs}\nengine only: {theirs - rows}"
    tally.codes[both.code] += 1


def exercise(engine: Engine, random: Random, tally: Tally, rounds: int, views: list[str] | None = None) -> None:
    """Puts and whole puts, legal and spoiled, through each view of a peer."""
    compiled: Compiled = engine.compiled
    for view in compiled.puttable(engine.peer) if views is None else views:
        stack = engine.stacks[view]
        for number in range(rounds):
            database = random_database(compiled.spec, random)
            engine.load(database)
            action = "put_delta"
            if random.randint(0, 3) == 0:
                action = "put"
                rows = [dict(row) for row in shown(stack, database)]
                other = [dict(row) for row in shown(stack, random_database(compiled.spec, random))]
                kept = [row for row in rows if random.randint(0, 4)]
                fresh = [row for row in other if not any(all(same(row[n], r[n]) for n in stack.key) for r in rows)]
                content = [*kept, *fresh[: random.randint(0, 2)]]
                engine.stage_whole(view, content)
            else:
                delta = random_delta(stack, database, random)
                if random.randint(0, 1):
                    delta = spoil(stack, database, random, delta)
                if not all(engine.can_stage(value) for staged in delta for value in staged.row.values()):
                    continue
                engine.stage(view, delta)
            script = compiled.bundle.script(engine.peer, engine.name, view, action)
            with arena():
                base = installed(engine)
                try:
                    compare(tally, in_both(engine, base, script), f"{engine.name} {view} {action} {number}")
                except UnshownError:
                    tally.unshown += 1
                except Unsupported as found:
                    tally.unsupported[str(found)] += 1
            engine.clear_staging(view)
