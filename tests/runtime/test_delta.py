"""The algebra of deltas, against plain dictionaries."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bxc.types import Int, Text
from bxc_runtime.delta import Clash, Delta, Edit, Key, Row, Shape, composed, images, inverse, rebased, unclashed
from bxc_runtime.wire import pack, unpack

SHAPE = Shape(("k", "a", "b"), (Int(), Text(), Text()), (0,))
Content = dict[Key, Row]
KEYS = st.integers(0, 4)
TEXTS = st.sampled_from(["x", "y", "z\u2028", None])
ROWS = st.tuples(KEYS, TEXTS, TEXTS)
CONTENTS = st.lists(ROWS, max_size=4, unique_by=lambda row: row[0]).map(lambda rows: {(r[0],): r for r in rows})


def after(content: Content, delta: Delta) -> Content:
    gone, made = images(delta, content.get, SHAPE)
    left = {key: row for key, row in content.items() if row not in gone}
    return {**left, **{SHAPE.key_of(row): row for row in made}}


@st.composite
def deltas(draw: st.DrawFn, content: Content) -> Delta:
    """Any legal delta: rows renamed, swapped, deleted, changed, new."""
    edits: list[Edit] = []
    for key in content:
        match draw(st.sampled_from(["keep", "delete", "change"])):
            case "delete":
                edits.append(Edit(key, None))
            case "change":
                edits.append(Edit(key, draw(ROWS)))
    edits += [Edit(None, row) for row in draw(st.lists(ROWS, max_size=2))]
    kept, _ = unclashed(edits, content.get, SHAPE)
    return composed((), kept, content.get, SHAPE)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.data(), CONTENTS)
def test_a_composed_delta_does_what_both_do_in_turn(data: st.DataObject, content: Content) -> None:
    first = data.draw(deltas(content))
    middle = after(content, first)
    second = data.draw(deltas(middle))
    assert after(content, composed(first, second, content.get, SHAPE)) == after(middle, second)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.data(), CONTENTS)
def test_the_inverse_leads_back_and_composes_to_nothing(data: st.DataObject, content: Content) -> None:
    delta = data.draw(deltas(content))
    back = inverse(delta, content.get, SHAPE)
    assert after(after(content, delta), back) == content
    assert composed(delta, back, content.get, SHAPE) == ()


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.data(), CONTENTS)
def test_a_rebased_delta_fits_keeps_agreed_cells_and_loses_no_local_value_in_silence(
    data: st.DataObject, content: Content
) -> None:
    local, agreed = data.draw(deltas(content)), data.draw(deltas(content))
    moved, clashes = rebased(local, agreed, content.get, SHAPE)
    now = after(content, agreed)
    result = after(now, moved)
    olds = {edit.old: edit for edit in agreed}
    for edit in local:
        mine = olds.get(edit.old) if edit.old is not None else None
        if mine is None and edit in moved:
            continue
        told = [clash for clash in clashes if clash.local == edit.new or clash.column is not None]
        kept = edit.new is not None and edit.new in result.values()
        gone = edit.new is None and mine is not None and mine.new is None
        merged = mine is not None and mine.new is not None and edit.new is not None
        changed = mine.new if mine is not None else None
        deleted = edit.new is None and changed is not None and Edit(SHAPE.key_of(changed), None) in moved
        assert told or kept or gone or merged or deleted, (local, agreed, clashes)
    if not agreed:
        assert moved == local
        assert not clashes


def test_cells_that_both_touch_are_the_chains_and_the_others_are_kept() -> None:
    base: Content = {(1,): (1, "a", "b")}
    local, agreed = (Edit((1,), (1, "mine", "mine")),), (Edit((1,), (1, "theirs", "b")),)
    moved, clashes = rebased(local, agreed, base.get, SHAPE)
    assert moved == (Edit((1,), (1, "theirs", "mine")),)
    assert clashes == (Clash((1,), 1, "mine", "theirs"),)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.data(), CONTENTS)
def test_a_delta_survives_the_wire(data: st.DataObject, content: Content) -> None:
    delta = data.draw(deltas(content))
    assert unpack(pack(delta), SHAPE) == delta


def test_a_row_that_is_changed_there_and_deleted_here_is_changed_first_and_then_deleted() -> None:
    base: Content = {(1,): (1, "a", "b")}
    moved, clashes = rebased((Edit((1,), None),), (Edit((1,), (2, "theirs", "b")),), base.get, SHAPE)
    assert moved == (Edit((2,), None),)
    assert clashes == ()
