"""What is remembered instead of being read, written or computed again is what would be read, written or computed."""

from __future__ import annotations

import json
import random
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal as PyDecimal
from typing import Any

import pytest

from bxc.types import Decimal, Int, Text
from bxc_runtime.content_hash import ContentState
from bxc_runtime.delta import Edit, Shape
from bxc_runtime.landing import _checked_delta, fits
from bxc_runtime.machine import Phase
from bxc_runtime.moves import change_of, content_digest, hasher
from bxc_runtime.records import InboxEntry
from bxc_runtime.stores.store import SqlStore
from bxc_runtime.wire import pack, pack_kept, row_text, unpack_kept

from .network import Network, network
from .test_crashes import DeathError
from .test_papers import ROWS

CLINICAL = 0
KEY = (188,)


@pytest.fixture(scope="module")
def medical(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    made = network(tmp_path_factory.mktemp("known"), ROWS)
    yield made
    made.close()


def store_of(it: Network, peer: str) -> SqlStore:
    store = it.peers[peer].store
    assert isinstance(store, SqlStore)
    return store


def test_rows_that_were_written_in_vain_are_not_known(medical: Network) -> None:
    store = store_of(medical, "Patient")
    before = store.ledger.agreed(CLINICAL, [KEY])
    row = (188, "Ibuprofen", "another", "dose")
    with store.transaction("trial", keep=False):
        store.ledger.replace_agreed(CLINICAL, before.values(), [row])
        assert store.ledger.agreed(CLINICAL, [KEY]) == {KEY: row}
    assert store.ledger.agreed(CLINICAL, [KEY]) == before
    with suppress(DeathError), store.transaction("trial"):
        store.ledger.clear_agreed(CLINICAL)
        assert store.ledger.agreed(CLINICAL, [KEY]) == {}
        raise DeathError
    assert store.ledger.agreed(CLINICAL, [KEY]) == before


def test_rows_that_another_program_has_written_are_read_again(medical: Network) -> None:
    store = store_of(medical, "Patient")
    before = store.ledger.agreed(CLINICAL, [KEY])
    store.touched()
    medical.edit("Patient", "update bxc_agreed set row_value = replace(row_value, 'Ibuprofen', 'Other')")
    assert store.touched()
    assert store.ledger.agreed(CLINICAL, [KEY])[KEY][1] == "Other"
    medical.edit("Patient", "update bxc_agreed set row_value = replace(row_value, 'Other', 'Ibuprofen')")
    store.touched()
    assert store.ledger.agreed(CLINICAL, [KEY]) == before


def test_more_rows_than_are_remembered_are_found(medical: Network) -> None:
    store = store_of(medical, "Doctor")
    keys: list[tuple[Any, ...]] = [(number,) for number in range(60_000)]
    assert set(store.ledger.agreed(CLINICAL, keys)) == {KEY}
    assert set(store.ledger.agreed(CLINICAL, keys[:200])) == {KEY}
    assert store.ledger.agreed(CLINICAL, keys[:100]) == {}


def test_a_delta_that_was_right_of_one_content_is_judged_anew_of_another(medical: Network) -> None:
    store = store_of(medical, "Patient")
    it, end = store.ledger.share(CLINICAL), store.site.shares[CLINICAL]
    assert it is not None
    (old,) = store.ledger.agreed(CLINICAL, [KEY]).values()
    new = (*old[:-1], "new dose")
    state = hasher(end, it).update(ContentState(it.lanes), [old], [new])
    version = it.version + 1
    content = content_digest(end, state.lanes, version)
    known = store.archive.version(CLINICAL, it.version)
    assert known is not None
    extent = replace(known.extent, attributes=1 << (len(new) - 1), operations=1)
    packed = pack((Edit(KEY, new),))
    entry = InboxEntry(CLINICAL, version, b"\1" * 32, known.by, extent, content, opening=False, delta=packed)
    assert it.phase is Phase.IDLE
    assert fits(store, it, entry)
    assert fits(store, it, entry)
    assert not fits(store, replace(it, lanes=state.lanes), entry)
    assert not fits(store, it, replace(entry, content_hash=b"\2" * 32))
    assert not fits(store, it, replace(entry, extent=replace(extent, attributes=1)))
    assert not fits(store, it, replace(entry, delta=pack((Edit(KEY, (*old[:-1], "other dose")),))))


def test_long_rows_do_not_stay_in_memory_because_their_deltas_are_few_or_short_when_packed(medical: Network) -> None:
    store = store_of(medical, "Patient")
    it, end = store.ledger.share(CLINICAL), store.site.shares[CLINICAL]
    assert it is not None
    (old,) = store.ledger.agreed(CLINICAL, [KEY]).values()
    tracemalloc.start()
    try:
        for number in range(60):
            delta = (Edit(KEY, (*old[:-1], chr(97 + number % 26) * 2**22)),)
            change = change_of(store, end, it, delta)
            assert change_of(store, end, it, delta) is change
            assert unpack_kept(pack_kept(delta, end.shape), end.shape) is delta
        assert tracemalloc.get_traced_memory()[0] < 100 * 2**20
    finally:
        tracemalloc.stop()


def test_padding_of_a_delta_is_not_kept_with_it(medical: Network) -> None:
    store = store_of(medical, "Patient")
    it, end = store.ledger.share(CLINICAL), store.site.shares[CLINICAL]
    assert it is not None
    (old,) = store.ledger.agreed(CLINICAL, [KEY]).values()
    delta = (Edit(KEY, (*old[:-1], "padded")),)
    version = it.version + 1
    content = content_digest(end, change_of(store, end, it, delta).lanes, version)
    known = store.archive.version(CLINICAL, it.version)
    assert known is not None
    extent = replace(known.extent, attributes=1 << (len(old) - 1), operations=1)
    padded = zlib.compress(zlib.decompress(pack(delta)).replace(b"\n", b" " * 2**20 + b"\n"))
    entry = InboxEntry(CLINICAL, version, b"\1" * 32, known.by, extent, content, opening=False, delta=padded)
    judged = _checked_delta(store, it, end, entry)
    assert judged == delta
    assert pack_kept(judged, end.shape) == pack(delta)


def test_long_agreed_rows_do_not_stay_in_memory(medical: Network) -> None:
    store, length = store_of(medical, "Doctor"), 2**21
    keys = [(number,) for number in range(1_000, 1_100)]
    tracemalloc.start()
    try:
        with store.transaction("trial", keep=False):
            store.ledger.agreed(CLINICAL, keys)  # there is none of them yet
            for letter in "ab":
                for (number,) in keys:
                    row = (number, "Ibuprofen", letter * length, "dose")
                    store.ledger.replace_agreed(CLINICAL, [], [row])
                    assert store.ledger.agreed(CLINICAL, [(number,)]) == {(number,): row}
                assert tracemalloc.get_traced_memory()[0] < 150 * 2**20
                for key in keys:
                    (found,) = store.ledger.agreed(CLINICAL, [key]).values()
                    assert found[2] == letter * length
                assert tracemalloc.get_traced_memory()[0] < 150 * 2**20
            store.ledger.let_go()
            del row, found
            assert tracemalloc.get_traced_memory()[0] < 30 * 2**20
    finally:
        tracemalloc.stop()


def test_rows_are_written_as_json_writes_them() -> None:
    chance = random.Random(7)
    alphabet = ['"', "\\", "/", "\n", "\t", "\0", "\x1f", "\x7f", "é", "\u2028", "\U0001f600", "a", " "]
    for _ in range(2_000):
        row = (
            "".join(chance.choices(alphabet, k=chance.randint(0, 8))), chance.randint(-(2**63), 2**63 - 1),
            chance.choice((True, False, None)), chance.uniform(-1e9, 1e9) * 10.0 ** chance.randint(-300, 290),
        )  # fmt: skip
        assert row_text(row) == json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            row_text((value,))


def test_what_is_packed_again_is_the_same() -> None:
    deltas = [(Edit((number,), (number, "a")),) for number in range(10)]
    shape = Shape(("a", "b"), (Int(), Text()), (0,))
    for _ in range(3):
        assert [pack_kept(delta, shape) for delta in deltas] == [pack(delta) for delta in deltas]
        assert pack_kept(deltas[3], shape) == pack_kept(((Edit((3,), (3, "a"))),), shape) == pack(deltas[3])
        assert [unpack_kept(pack(delta), shape) for delta in deltas] == deltas
    wider = Shape(("a", "b"), (Int(), Decimal(8, 2)), (0,))
    octets = pack((Edit((1,), (1, "1.00")),))
    assert unpack_kept(octets, shape) == (Edit((1,), (1, "1.00")),)
    assert unpack_kept(octets, wider) == (Edit((1,), (1, PyDecimal("1.00"))),)
