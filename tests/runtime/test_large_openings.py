"""A share is opened with many rows, and a new member takes them over: nobody ever has them all in memory."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bxc_runtime.edits import ask_to_open
from bxc_runtime.rows import Engine
from bxc_runtime.stores.lens import Lens

from .compiled import compile_spec
from .network import Network, network
from .test_concurrent_edits import ITEMS, SPEC

SOAK = int(os.environ.get("BXC_SOAK", "0"))
COUNT = 5_000 * max(1, SOAK)
MOST = 12 * 2**20  # octets that Python holds; as edits, rows take a kilobyte each
FILL: dict[Engine, str] = {
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) "
    "insert into Stock select i, 'title of the item ' || i from n;",
    "duckdb": "insert into Stock select i, 'title of the item ' || i from range(1, {count} + 1) as n(i);",
}


@contextmanager
def filled(folder: Path, engine: Engine, count: int) -> Iterator[Network]:
    rows = {"East": FILL[engine].format(count=count), "West": ""}
    made = network(folder, rows, compile_spec(folder, "items", SPEC), engine, open_shares=False)
    try:
        ask_to_open(made.peers["East"].store, ITEMS)
        yield made
        made.same()
        assert made.world.tip.registry.shares[ITEMS].committed == 1
        assert len(made.rows("West", "Goods")) == count
    finally:
        made.close()


def test_the_rows_of_an_opening_are_not_taken_for_edits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether they were loaded, captured, or put: there may be millions of them."""

    def read(*_: object) -> None:
        raise AssertionError("rows of the content are read as edits")

    monkeypatch.setattr(Lens, "_changes_of", read)
    with filled(tmp_path, "sqlite", 100) as made:
        made.settle()


@pytest.mark.skipif(not SOAK, reason="many rows: `make soak`")
@pytest.mark.parametrize("engine", FILL)
def test_an_opening_needs_no_more_memory_for_more_rows(tmp_path: Path, engine: Engine) -> None:
    with filled(tmp_path, engine, COUNT) as made:
        tracemalloc.start()
        try:
            made.settle()
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < MOST
