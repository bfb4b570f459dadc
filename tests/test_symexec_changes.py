"""Captured edits and a view's changes are in the evaluator what they are in the engine, after puts and direct edits."""

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest
from properties.contents import random_database, random_edit
from properties.deltas import random_delta
from properties.engines import Duck, Engine, RefusalError, Sqlite
from properties.specs import random_spec
from symexec.beside import copied, in_both, installed
from symexec.compiled import compile_unproved
from symexec.instances import Tally, compare
from test_symexec_replay import of_peer

from bxc.laws.term import arena
from bxc.validate.ground import shown
from bxc.validate.run import query

SOAK = int(os.environ.get("BXC_SOAK", "1"))


def edit(engine: Engine, view: str, random: Random) -> None:
    """A put through a view, and a direct edit that no right forbids."""
    engine.stage(view, random_delta(engine.stacks[view], engine.database(), random))
    engine.begin()
    try:
        engine.put(view)
        engine.commit()
    except RefusalError:
        engine.rollback()
    engine.clear_staging(view)
    found = random_edit(engine.compiled.spec, engine.database(), random)
    if found is not None:
        source = next(s for s in engine.compiled.spec.sources if s.name == found.source)
        if isinstance(engine, Sqlite):
            engine.execute("update bxc_session set loading = 1")
        try:
            engine.edit(source, found.before, found.after)
        except RefusalError:
            return


@pytest.mark.parametrize("engine", [Sqlite, Duck])
def test_changes_of_views_are_in_the_evaluator_what_they_are_in_the_engine(engine: type[Engine]) -> None:
    tally = Tally()
    changed = 0
    for number in range(3 * SOAK):
        random = Random(number)
        compiled = of_peer(compile_unproved(random_spec(random)), "P")
        database = engine(compiled, "P")
        for view in compiled.puttable("P"):
            database.load(random_database(compiled.spec, random))
            for _ in range(random.randint(1, 3)):
                edit(database, view, random)
            with arena():
                base = installed(database)
                for source in database.sources:
                    capture = compiled.bundle.capture_script("P", database.name, source.name)
                    if capture is not None:
                        compare(tally, in_both(database, base, capture), f"{number} capture of {source.name}")
                text = compiled.bundle.script("P", database.name, view, "changes")
                rows = query(copied(database, base), text).rows
                mine = Counter(tuple(map(shown, cells)) for _, cells in rows)
                assert mine == Counter(tuple(row) for row in database.query(text)), f"{number} {view}"
                changed += bool(mine)
        database.close()
    assert changed > 5
    assert engine is Sqlite or tally.codes[None] > 10
