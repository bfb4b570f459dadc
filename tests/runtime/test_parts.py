"""A delta that is too large for one version is asked for in parts, each of which is a delta of what is there then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxc.types import Int, Text
from bxc_runtime import landing, parts
from bxc_runtime.delta import Delta, Edit, Key, Lookup, Row, Shape, applied, images, sorted_delta
from bxc_runtime.parts import parted

from .compiled import compile_spec
from .network import Network, network
from .test_slow_and_false import CODES, ROWS, SPEC

RENAMING = SPEC.replace("update title by Centre, North", "update title by Centre, North\n  update code by Centre")
SHAPE = Shape(("k", "t"), (Int(), Text()), (0,))


@st.composite
def contents_and_edits(draw: st.DrawFn) -> tuple[dict[Key, Row], Delta]:
    """A content, and a delta of it: rows are deleted, changed, and given each other's keys and new ones."""
    keys = draw(st.sets(st.integers(0, 12), max_size=10))
    base: dict[Key, Row] = {(k,): (k, "was") for k in keys}
    touched = draw(st.lists(st.sampled_from(sorted(keys)), unique=True)) if keys else []
    free = [k for k in range(14) if k not in keys or k in touched]
    wanted = draw(st.permutations(free))
    edits = []
    for place, key in enumerate(touched):
        kind = draw(st.sampled_from(["delete", "change", "rename"]))
        if kind == "delete":
            edits.append(Edit((key,), None))
        elif kind == "rename":
            edits.append(Edit((key,), (wanted[place], "now")))
        else:
            edits.append(Edit((key,), (key, "now")))
    taken: set[object] = set()
    kept = []
    for edit in edits:
        if edit.new is not None and edit.new[0] in taken:
            edit = Edit(edit.old, None)
        if edit.new is not None:
            taken.add(edit.new[0])
        kept.append(edit)
    kept += [Edit(None, (k, "new")) for k in draw(st.sets(st.sampled_from(range(14)))) if k in free and k not in taken]
    return base, sorted_delta(kept)


@given(contents_and_edits(), st.integers(1, 6))
def test_parts_in_turn_do_what_the_whole_does(case: tuple[dict[Key, Row], Delta], most: int) -> None:
    base, delta = case
    images(delta, base.get, SHAPE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "MOST_EDITS", most)
        content: Lookup = base.get
        rest, rounds = delta, 0
        while rest:
            part, rest = parted(rest, SHAPE)
            assert part
            images(part, content, SHAPE)
            content = applied(part, content, SHAPE)
            rounds += 1
    keys = [(k,) for k in range(20)]
    whole = applied(delta, base.get, SHAPE)
    assert [content(key) for key in keys] == [whole(key) for key in keys]
    assert rounds >= -(-len(delta) // max(most, 1)) or any(e.old and e.new and e.old != e.new[:1] for e in delta)


def test_what_is_not_too_large_is_one_part() -> None:
    delta = sorted_delta(Edit(None, (k, "new")) for k in range(100))
    assert parted(delta, SHAPE) == (delta, ())


def test_a_chain_of_renames_is_split_from_its_end_in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_EDITS", 9_000)
    base: dict[Key, Row] = {(k,): (k, "t") for k in range(12_000)}
    delta = sorted_delta(Edit((k,), (k + 1, "t")) for k in range(12_000))
    began = time.monotonic()
    part, rest = parted(delta, SHAPE)
    assert time.monotonic() - began < 5
    assert (len(part), len(rest)) == (9_000, 3_000)
    images(part, base.get, SHAPE)
    images(rest, applied(part, base.get, SHAPE), SHAPE)


def test_long_texts_are_split_by_their_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_OCTETS", 10_000)
    delta = sorted_delta(Edit(None, (k, "ä" * 1_000)) for k in range(10))
    part, rest = parted(delta, SHAPE)
    assert (len(part), len(rest)) == (4, 6)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Network:
    place = compile_spec(tmp_path_factory.mktemp("spec"), "codes", RENAMING)
    made = network(tmp_path_factory.mktemp("opened") / "", ROWS, place)
    made.close()
    return made


@pytest.fixture
def codes(opened: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    monkeypatch.setattr(parts, "MOST_EDITS", 3)
    monkeypatch.setattr(landing, "MOST_EDITS", 3)
    made = opened.copy(tmp_path / "peers")
    yield made
    made.close()


def test_many_edits_at_once_become_as_many_versions_as_they_need(codes: Network) -> None:
    was = codes.world.tip.registry.shares[CODES].committed
    listed = ", ".join(f"({number}, 't{number}')" for number in range(10, 20))
    codes.edit("Centre", f"insert into CodesAtCentre values {listed}")
    codes.settle()
    codes.same()
    assert codes.world.tip.registry.shares[CODES].committed == was + 4
    assert len(codes.rows("South", "CodesAtSouth")) == 12
    codes.edit("Centre", "update CodesAtCentre set code = -code", "update CodesAtCentre set code = 1 - code")
    codes.settle()
    codes.same()
    assert codes.rows("North", "CodesAtNorth") == codes.rows("Centre", "CodesAtCentre")
    assert codes.world.tip.registry.shares[CODES].committed == was + 8
    versions = codes.peers["North"].store.archive.versions(CODES)
    assert {version.outcome for version in versions} == {"committed"}


def test_what_others_change_between_the_parts_is_kept(codes: Network) -> None:
    listed = ", ".join(f"({number}, 't{number}')" for number in range(10, 20))
    codes.edit("Centre", f"insert into CodesAtCentre values {listed}")
    codes.peers["Centre"].turn()
    codes.edit("North", "update CodesAtNorth set title = 'uno' where code = 1")
    codes.settle()
    codes.same()
    assert (1, "uno") in codes.rows("Centre", "CodesAtCentre")
    assert len(codes.rows("South", "CodesAtSouth")) == 12
