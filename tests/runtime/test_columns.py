"""What is done column by column for many rows is what is done row by row for one."""

from __future__ import annotations

import json
import random
import tracemalloc
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from typing import Any
from uuid import UUID

import pytest

from bxc.types import Bool, Bytes, Date, Decimal, Int, Real, Text, Timestamp, Type, Uuid, Value
from bxc_runtime.content_hash import RowHash
from bxc_runtime.delta import Edit, Extent, Key, Lookup, Row, Shape, extent_of, extents, images, sorted_delta, unclashed
from bxc_runtime.local import Local, publishable
from bxc_runtime.recent import Recent, forget_heavy
from bxc_runtime.rows import read_rows, write_rows
from bxc_runtime.wire import WireError, _lines, pack, read_edits, read_row, read_rows_of, row_text, row_texts, unpack

TYPES: tuple[Type, ...] = (
    Int(), Text(), Decimal(12, 2), Bool(), Date(), Timestamp(), Uuid(), Bytes(), Real(), Decimal(18, 0),
)  # fmt: skip
SHAPE = Shape(tuple("abcdefghij"), TYPES, (0,))


def value_of(type_: Type, chance: random.Random) -> Value:
    match type_:
        case Int():
            return chance.choice((0, -1, 2**63 - 1, -(2**63), chance.randint(-999, 999)))
        case Text():
            return chance.choice(("", "a", "ä\u2028", '"\\\n', "\U0001f600", "1.00"))
        case Decimal(precision=digits, scale=scale):
            return PyDecimal(chance.choice((0, -5, 7, 1 - 10**digits, 10**digits - 1))).scaleb(-scale)
        case Bool():
            return chance.random() < 0.5
        case Date():
            return date(chance.randint(1, 9999), 2, 28)
        case Timestamp():
            return datetime(chance.randint(1, 9999), 1, 1, 0, 0, 0, chance.choice((0, 1)))
        case Uuid():
            return UUID(int=chance.getrandbits(128))
        case Bytes():
            return chance.randbytes(chance.randint(0, 3))
        case _:
            return chance.choice((0.0, 1.5, 1e300, -1e-300))


def rows_of(count: int, nulls: float, seed: int) -> list[Row]:
    chance = random.Random(seed)
    return [
        (number, *(None if chance.random() < nulls else value_of(type_, chance) for type_ in TYPES[1:]))
        for number in range(count)
    ]


@pytest.mark.parametrize("nulls", [0.0, 0.3, 1.0])
def test_many_rows_are_written_read_and_hashed_as_each_of_them(nulls: float) -> None:
    rows = rows_of(200, nulls, seed=3)
    texts = row_texts(rows)
    assert texts == [row_text(row) for row in rows]
    assert read_rows_of(texts, TYPES) == [read_row(text, TYPES) for text in texts] == rows
    hashing = RowHash(TYPES, bytes(32))
    one_by_one = hashing.state([])
    for row in rows:
        one_by_one = hashing.add(one_by_one, [row])
    assert hashing.state(rows) == one_by_one
    stored = list(write_rows("sqlite", TYPES, rows))
    assert stored == [next(write_rows("sqlite", TYPES, [row])) for row in rows]
    assert list(read_rows("sqlite", TYPES, stored)) == rows


def test_a_delta_of_all_kinds_of_edits_is_read_as_it_was_written() -> None:
    rows = rows_of(300, 0.2, seed=4)
    edits = [
        Edit(None, row) if number % 3 == 0 else Edit((row[0],), None if number % 3 == 1 else row)
        for number, row in enumerate(rows)
    ]
    delta = sorted_delta(edits)
    lines = zlib.decompress(pack(delta)).decode().split("\n")[:-1]
    assert [json.loads(line)[0] for line in lines] == [None if old is None else list(old) for old, _ in delta]
    assert unpack(pack(delta), SHAPE) == delta


def test_a_delta_of_long_rows_is_not_read_at_once() -> None:
    shape = Shape(("k", "t"), (Int(), Text()), (0,))
    octets = pack(Edit((number,), (number, "ä" * 2**20)) for number in range(100))
    tracemalloc.start()
    try:
        edits = sum(
            len(row[1]) for _, row in read_edits(_lines(octets, None), shape) if row and isinstance(row[1], str)
        )
        assert edits == 100 * 2**20
        assert tracemalloc.get_traced_memory()[1] < 60 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text", ["1.00\\n2.00", "-0.00", "01.00", "1.0", "1,00", "1.00 ", "１.00", "99999999999999999.99", "", "1e2", "NaN"]
)
def test_one_bad_decimal_among_good_ones_is_refused(text: str) -> None:
    shape = Shape(("k", "d"), (Int(), Decimal(12, 2)), (0,))
    lines = [f'[[{number}],[{number},"{number}.00"]]\n' for number in range(20)]
    assert len(unpack(zlib.compress("".join(lines).encode()), shape)) == 20
    lines[7] = f'[[7],[7,"{text}"]]\n'
    with pytest.raises(WireError, match="decimal"):
        unpack(zlib.compress("".join(lines).encode()), shape)


@pytest.mark.parametrize("line", ['[[1],[1,"a"]],[[2],[2,"b"]]', "[[1]", "null]", "", "[null,null]", '[[1],[1,"a"],1]'])
def test_a_line_is_one_edit_whatever_the_other_lines_are(line: str) -> None:
    shape = Shape(("k", "t"), (Int(), Text()), (0,))
    good = [f'[[{number}],[{number},"x"]]' for number in range(10, 14)]
    with pytest.raises(WireError):
        unpack(zlib.compress("\n".join([*good, line, *good, ""]).encode()), shape)


def test_what_a_delta_does_is_what_its_edits_do() -> None:
    chance = random.Random(5)
    types = (Int(), Text(), Int(), Int())
    shape = Shape(tuple("abcd"), types, (0,))
    for _ in range(200):
        base: dict[Key, tuple[Any, ...]] = {(n,): (n, "t", chance.choice((None, 0)), 0) for n in range(6)}
        edits = []
        for key, row in base.items():
            match chance.randint(0, 3):
                case 0:
                    edits.append(Edit(key, None))
                case 1:
                    place = chance.randint(1, 3)
                    edits.append(Edit(key, (*row[:place], chance.choice((None, 0, 1)), *row[place + 1 :])))
                case 2:
                    edits.append(Edit(None, (row[0] + 10, *row[1:])))
                case _:
                    pass
        delta = sorted_delta(edits)
        assert extents(delta, *images(delta, base.get, shape)) == {extent_of(edit, base.get) for edit in delta}


def crowded_slowly(edits: Sequence[Edit], base: Lookup, shape: Shape) -> set[Edit]:
    """The edits that do not fit, looked for again and again until all others do."""
    kept, crowded = list(edits), set[Edit]()
    while True:
        freed = {edit.old for edit in kept if edit.old is not None}
        seen: set[Key] = set()
        bad = set()
        for edit in kept:
            if edit.new is not None:
                key = shape.key_of(edit.new)
                if key in seen or (key not in freed and base(key) is not None):
                    bad.add(edit)
                seen.add(key)
        if not bad:
            return crowded
        crowded |= bad
        kept = [edit for edit in kept if edit not in bad]


def test_edits_that_crowd_each_other_out_are_found() -> None:
    chance, shape = random.Random(6), Shape(("k", "t"), (Int(), Text()), (0,))
    found = 0
    for _ in range(2_000):
        base: dict[Key, Row] = {(n,): (n, "t") for n in range(6) if chance.random() < 0.7}
        edits = [Edit(key, chance.choice((None, (chance.randint(0, 7), "u")))) for key in base if chance.random() < 0.7]
        edits += [Edit(None, (chance.randint(0, 7), "v")) for _ in range(chance.randint(0, 2))]
        delta = sorted_delta(dict.fromkeys(edits))
        kept, crowded = unclashed(delta, base.get, shape)
        assert set(crowded) == crowded_slowly(delta, base.get, shape)
        assert kept == tuple(edit for edit in delta if edit not in set(crowded))
        images(kept, base.get, shape)
        found += bool(crowded)
    assert found > 500


def test_a_long_chain_of_crowded_edits_is_found_in_one_walk() -> None:
    shape = Shape(("k",), (Int(),), (0,))
    base: dict[Key, Row] = {(n,): (n,) for n in range(20_001)}
    delta = sorted_delta(Edit((n,), (n + 1,)) for n in range(20_000))  # the last one wants a key that stays
    kept, crowded = unclashed(delta, base.get, shape)
    assert not kept
    assert len(crowded) == 20_000


def test_what_is_remembered_has_a_weight() -> None:
    recent = Recent[str](10)
    for name in "abcd":
        recent.add(name, 4)
    assert recent.latest_first() == ["d", "c"]
    recent.add("heavy", 11)
    assert recent.latest_first() == ["heavy", "d"]
    recent.add("heavier", 12)
    assert recent.latest_first() == ["heavier", "heavy"]
    forget_heavy()
    assert recent.latest_first() == []


def test_edits_are_asked_for_together_as_each_would_be_alone() -> None:
    chance, shape = random.Random(8), Shape(tuple("abcd"), (Int(), Text(), Int(), Int()), (0,))
    whole = 0
    for _ in range(500):
        base: dict[Key, tuple[Any, ...]] = {(n,): (n, "t", chance.choice((None, 0)), 0) for n in range(5)}
        edits = [Edit(None, (9, "new", 0, 0))] if chance.random() < 0.3 else []
        for key, row in base.items():
            place, kind = chance.randint(1, 3), chance.randint(0, 6)
            if kind == 0:
                edits.append(Edit(key, None))
            elif kind < 5:
                edits.append(Edit(key, (*row[:place], chance.choice((None, 0, 1)), *row[place + 1 :])))
        rights = Extent(chance.getrandbits(4) | chance.getrandbits(4), chance.choice((1, 3, 5, 7)))
        computed = chance.choice((0, 0, 8))
        delta = sorted_delta(edits)
        alone = [publishable(Local(None, (edit,), ()), rights, base.get, shape, computed) for edit in delta]
        total = Extent(0, 0)
        for _, extent, _ in alone:
            total |= extent
        for found in (None, images(delta, base.get, shape)):
            fit, asked, left = publishable(Local(None, delta, ()), rights, base.get, shape, computed, found)
            assert fit == tuple(edit for one, _, _ in alone for edit in one)
            assert asked == total
            assert {edit for _, held in left.held for edit in held} == set(delta) - set(fit)
            whole += bool(delta) and fit == delta
    assert 100 < whole < 900
