"""What is committed below `generated/` is what the pinned compiler makes of the source beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from contract.deployed import compiled

SOURCES = sorted((Path(__file__).parent.parent / "generated").glob("*/contract/*.sol"))


def test_each_spec_has_its_contract() -> None:
    specs = sorted((Path(__file__).parent.parent / "specs").glob("*.bxc"))
    assert [source.parts[-3] for source in SOURCES] == [s.stem for s in specs if s.stem != "medical_as_published"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_committed_abi_and_bytecode_are_those_of_the_committed_source(source: Path) -> None:
    made = compiled(source.read_text("utf-8"), source.stem)
    assert source.with_suffix(".bin").read_text("ascii") == f"{made.bytecode}\n"
    assert json.loads(source.with_suffix(".abi.json").read_text("utf-8")) == made.abi
    assert made.warnings == ()
    assert len(made.runtime) // 2 <= 24_576  # the largest that a chain takes
