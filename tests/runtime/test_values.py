"""Any value that a request may bring, in any column: it is taken or refused with a code, and nothing fails."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bxc_runtime.delta import Edit, Extent
from bxc_runtime.landing import ACK, judge
from bxc_runtime.machine import Phase
from bxc_runtime.moves import content_digest, lanes_after
from bxc_runtime.records import InboxEntry
from bxc_runtime.wire import WireError, pack, unpack

from .compiled import compile_spec
from .network import Network, network

COLUMNS = """  k   int   primary key
  i   int
  d   decimal(10,2)
  t   text
  v   varchar(5)
  e   enum('a','b')
  b   bool
  y   date
  s   timestamp
  u   uuid
  x   bytes
  r   real"""
KEEP = "keep k, i, d, t, v, e, b, y, s, u, x, r"
SPEC = f"""
spec kinds version 1

peer A
peer B

source SA at A {{
{COLUMNS}
  check (i < 1000000)
}}

source SB at B {{
{COLUMNS}
}}

view VA from SA {{
  {KEEP}
}}

view VB from SB {{
  {KEEP}
}}

share kinds = VA <-> VB {{
  authority A
  insert by B
}}
"""
ROW = (2, 1, Decimal("1.00"), "a", "b", "a", True, date(2020, 1, 1), datetime(2020, 1, 1), UUID(int=1), b"x", 1.0)
PLACES = {name: place for place, name in enumerate("kidtvebysuxr")}
TAKEN: dict[str, list[Any]] = {
    "k": [2**63 - 1, -(2**63)],
    "i": [-(2**63)],
    "d": [Decimal("-99999999.99"), Decimal("0.00")],
    "t": ["x" * 1_000_000, "\uffff", "\u202e", "\U0010ffff", "'; drop table SA; --", "?", "%s", ""],
    "v": ["\U0001f600" * 5],
    "b": [None, False],
    "y": [date(1, 1, 1), date(9999, 12, 31)],
    "s": [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)],
    "u": [UUID(int=0), UUID(int=2**128 - 1)],
    "x": [b"", b"\0" * 100_000],
    "r": [1.7e308, 5e-324, -0.0],
}
REFUSED: dict[str, list[tuple[Any, str]]] = {
    "i": [(2**63 - 1, "BXC17")],
    "d": [(Decimal("123456789.00"), "BXC16"), (Decimal("92233720368547758.07"), "BXC16")],
    "t": [("a\0b", "BXC16")],
    "v": [("123456", "BXC16")],
    "e": [("c", "BXC16"), ("", "BXC16"), ("A", "BXC16")],
    "k": [(None, "BXC10")],
}
NONE = {
    "k": ["true", "1.0", '"1"', "[]", "9223372036854775808", "1e400"],
    "d": ['"1"', '"1.0"', "1.0", '"-0.00"', '"NaN"', '"Infinity"', '"1E+2"', '"92233720368547758.08"',
          f'"{"9" * 5_000}.00"'],
    "t": ["5", "{}", '"\\ud800"'],
    "b": ["0", '"true"'],
    "y": ['"2020-1-1"', "5", '"20200101"', '"10000-01-01"'],
    "s": ['"2020-01-01"', '"2020-01-01 00:00:00.000000+00:00"', "[]"],
    "u": ["5", '"00000000000000000000000000000001"', "[]", "null1"],
    "x": ['"0"', '"0G"', "7", '"AA"'],
    "r": ["1" + "0" * 400, "1e999", "NaN", "Infinity", '"1"', "true"],
}  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "duckdb"])
def kinds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder: Path = tmp_path_factory.mktemp("kinds")
    place = compile_spec(folder, "kinds", SPEC)
    made = network(folder, {"A": "select 1;", "B": "select 1;"}, place, request.param)
    yield made
    made.close()


def judged(it: Network, row: tuple[Any, ...]) -> str:
    """What A says to an insert of B's; afterwards it is as if nothing had been asked."""
    store = it.peers["A"].store
    share = store.ledger.share(0)
    assert share is not None
    end, delta = store.site.shares[0], (Edit(None, row),)
    content = content_digest(end, lanes_after(end, share, [], [row]), share.version + 1)
    entry = InboxEntry(
        0, share.version + 1, b"\1" * 32, "0x" + "11" * 20, Extent(0, 2), content, False, delta=pack(delta)
    )
    with store.transaction("fetched"):
        store.ledger.keep_inbox(entry)
        store.ledger.keep_share(replace(share, phase=Phase.FETCHED))
    answer = judge(store, 0)
    with store.transaction("fetched"):
        store.ledger.forget_inbox(0)
        store.ledger.keep_share(share)
    return answer


def with_value(name: str, value: Any) -> tuple[Any, ...]:
    return tuple(value if place == PLACES[name] else old for place, old in enumerate(ROW))


def test_values_at_the_bounds_of_their_types_are_taken(kinds: Network) -> None:
    for name, values in TAKEN.items():
        for value in values:
            assert judged(kinds, with_value(name, value)) == ACK, (name, value)


def test_values_beyond_them_are_refused_with_a_code(kinds: Network) -> None:
    for name, values in REFUSED.items():
        for value, code in values:
            assert judged(kinds, with_value(name, value)) == code, (name, value)


def test_what_is_no_value_of_a_column_is_no_delta(kinds: Network) -> None:
    shape = kinds.peers["A"].store.site.shares[0].shape
    listed = json.loads(zlib.decompress(pack((Edit(None, ROW),))))[1]
    for name, texts in NONE.items():
        for text in texts:
            line = ",".join(text if place == PLACES[name] else json.dumps(old) for place, old in enumerate(listed))
            with pytest.raises(WireError):
                unpack(zlib.compress(f"[null,[{line}]]\n".encode()), shape)
