"""The content hash against a plain second implementation of `docs/content-hash.md`, and pinned answers of that one."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from bxc.types import Bool, Bytes, Date, Decimal, Enum, Int, Real, Text, Timestamp, Type, Uuid, Varchar
from bxc_runtime.content_hash import EMPTY, ContentState, RowHash, ShareColumn, digest, schema_hash

SALT = bytes(range(32))
TYPES: tuple[Type, ...] = (
    Int(),
    Decimal(10, 2),
    Text(),
    Varchar(5),
    Bool(),
    Date(),
    Timestamp(),
    Enum(("a", "it's")),
    Uuid(),
    Bytes(),
    Real(),
)
ROW = (
    -188,
    PyDecimal("-12.30"),
    "Ibuprofen",
    "zoë€😀",
    True,
    date(1969, 12, 31),
    datetime(2026, 1, 31, 13, 0, 0, 1),
    "it's",
    UUID("00112233-4455-6677-8899-aabbccddeeff"),
    b"\x00:n",
    -0.0,
)
NULLS = (None,) * len(TYPES)


def plain_field(tag: str, payload: bytes) -> bytes:
    return tag.encode() + str(len(payload)).encode() + b":" + payload


def plain_value(type_: Type, value: Any) -> bytes:
    """Section 1 of the page, written for reading."""
    if value is None:
        return b"n"
    if isinstance(type_, Int):
        return plain_field("i", str(value).encode())
    if isinstance(type_, Decimal):
        return plain_field("i", str(int(value * 10**type_.scale)).encode())
    if isinstance(type_, Date):
        return plain_field("i", str((value - date(1970, 1, 1)).days).encode())
    if isinstance(type_, Timestamp):
        passed = value - datetime(1970, 1, 1)
        return plain_field("i", str((passed.days * 86_400 + passed.seconds) * 10**6 + passed.microseconds).encode())
    if isinstance(type_, Bool):
        return plain_field("b", b"1" if value else b"0")
    if isinstance(type_, Uuid):
        return plain_field("u", bytes.fromhex(str(value).replace("-", "")))
    if isinstance(type_, Bytes):
        return plain_field("x", value)
    if isinstance(type_, Real):
        return plain_field("r", struct.pack(">d", 0.0 if value == 0 else value))
    return plain_field("t", value.encode("utf-8"))


def plain_state(types: Sequence[Type], salt: bytes, rows: Iterable[Sequence[Any]]) -> bytes:
    """Sections 2 and 3: a list of Python ints, lane by lane."""
    lanes = [0] * 1024
    for row in rows:
        octets = b"".join(plain_value(type_, value) for type_, value in zip(types, row, strict=True))
        stream = blake3(octets, key=salt).digest(length=2048)
        for i in range(1024):
            lanes[i] = (lanes[i] + stream[2 * i] + 256 * stream[2 * i + 1]) % 65536
    return b"".join(bytes((lane % 256, lane // 256)) for lane in lanes)


def values(type_: Type) -> st.SearchStrategy[Any]:
    match type_:
        case Int():
            return st.integers(-(2**63), 2**63 - 1)
        case Decimal(precision=p, scale=s):
            return st.integers(1 - 10**p, 10**p - 1).map(lambda n: PyDecimal(n).scaleb(-s))
        case Bool():
            return st.booleans()
        case Date():
            return st.dates()
        case Timestamp():
            return st.datetimes()
        case Enum(values=options):
            return st.sampled_from(options)
        case Uuid():
            return st.uuids()
        case Bytes():
            return st.binary(max_size=4)
        case Real():
            return st.floats(allow_nan=False, allow_infinity=False)
        case Varchar(length=n):
            return st.text(max_size=n)
        case _:
            return st.text(max_size=4)


rows_of_all_types = st.tuples(*(st.none() | values(type_) for type_ in TYPES))
PAIR: tuple[Type, ...] = (Text(), Int())
pairs = st.tuples(st.none() | st.text("abn:1", max_size=3), st.none() | st.integers(-20, 20))


def test_blake3_is_the_published_function() -> None:
    stream = blake3(b"", key=b"whats the Elvish word for friend").digest(length=64)
    assert stream.hex() == (
        "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26"
        "b18171a2f22a4b94822c701f107153dba24918c4bae4d2945c20ece13387627d"
    )


def test_each_type_has_its_field() -> None:
    assert RowHash(TYPES, SALT).encode(ROW) == (
        b"i4:-188"
        b"i5:-1230"
        b"t9:Ibuprofen"
        b"t11:zo\xc3\xab\xe2\x82\xac\xf0\x9f\x98\x80"
        b"b1:1"
        b"i2:-1"
        b"i16:1769864400000001"
        b"t4:it's"
        b"u16:\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
        b"x3:\x00:n"
        b"r8:\x00\x00\x00\x00\x00\x00\x00\x00"
    )
    assert RowHash(TYPES, SALT).encode(NULLS) == b"n" * len(TYPES)


def test_pinned_states() -> None:
    hashing = RowHash(TYPES, SALT)
    assert sha256(EMPTY.lanes).hexdigest() == "e5a00aa9991ac8a5ee3109844d84a55583bd20572ad3ffcd42792f3c36b183ad"
    assert (
        sha256(hashing.state([ROW]).lanes).hexdigest()
        == "1408b9c364072b7339c40d253cd2086d5c6570df477ca67aaf974ad79aa9ac00"
    )
    assert (
        sha256(hashing.state([ROW, NULLS]).lanes).hexdigest()
        == "fc1709827cb705c222558e821287b508d120b40b4e19553ee7698be1f3ee1a4b"
    )
    assert hashing.state([ROW]).lanes[:16].hex() == "dfbfb9fa36ebb5ecd4c0bdde613c1b4d"


def test_pinned_schema_hash() -> None:
    columns = [ShareColumn(f"c{i}", type_, nullable=i > 0) for i, type_ in enumerate(TYPES)]
    assert schema_hash(columns, ("c0",)).hex() == "3914f9f6bd26e1d7b389b2666149b99d42517400897ac356971d884018a14b12"


def test_pinned_digest() -> None:
    schema = sha256(b"schema").digest()
    assert digest(EMPTY, schema, 0, 1).hex() == "8b9c034c841774241f4336dd86aced5627563e68638fc4ae035a95c6ed90195f"
    assert (
        digest(RowHash(TYPES, SALT).state([ROW, NULLS]), schema, 5, 2**64).hex()
        == "8a3529e6826b884a15166166dc9d613cf90645864276081f3aa2085f8758defd"
    )


def test_schema_hash_takes_the_key_as_a_set_and_sees_everything_else() -> None:
    a, b = ShareColumn("a", Int(), nullable=False), ShareColumn("b", Text(), nullable=False)
    assert schema_hash([a, b], ("a", "b")) == schema_hash([a, b], ("b", "a"))
    others = [
        schema_hash([a, b], ("a", "b")),
        schema_hash([a, b], ("a",)),
        schema_hash([b, a], ("a",)),
        schema_hash([a, ShareColumn("b", Varchar(9), nullable=False)], ("a",)),
        schema_hash([a, ShareColumn("b", Text(), nullable=True)], ("a",)),
        schema_hash([a, ShareColumn("bb", Text(), nullable=False)], ("a",)),
    ]
    assert len(set(others)) == len(others)


def test_digest_separates_content_schema_share_and_version() -> None:
    schema, other = sha256(b"1").digest(), sha256(b"2").digest()
    one = RowHash(PAIR, SALT).state([("a", 1)])
    digests = {digest(one, schema, 1, 1), digest(EMPTY, schema, 1, 1), digest(one, other, 1, 1)}
    digests |= {digest(one, schema, 2, 1), digest(one, schema, 1, 2)}
    assert len(digests) == 5


@given(st.lists(rows_of_all_types, max_size=3, unique=True))
def test_states_equal_those_of_the_plain_implementation(rows: list[tuple[Any, ...]]) -> None:
    assert RowHash(TYPES, SALT).state(rows).lanes == plain_state(TYPES, SALT, rows)


@given(st.lists(st.tuples(st.booleans(), pairs), max_size=30), st.randoms(use_true_random=False))
def test_incremental_states_equal_recomputed_ones_whatever_the_order(
    edits: list[tuple[bool, Any]], random: Any
) -> None:
    hashing = RowHash(PAIR, SALT)
    content: set[Any] = set()
    state = EMPTY
    for add, row in edits:
        if add and row not in content:
            content.add(row)
            state = hashing.add(state, [row])
        elif content:
            old = random.choice(sorted(content, key=repr))
            if row in content:
                state = hashing.remove(state, [old])
                content.remove(old)
            else:
                state = hashing.update(state, [old], [row])
                content = content - {old} | {row}
    shuffled = sorted(content, key=repr)
    random.shuffle(shuffled)
    assert state == hashing.state(shuffled)


@given(st.sets(pairs, max_size=20), st.data())
def test_states_of_disjoint_sets_combine(rows: set[Any], data: st.DataObject) -> None:
    hashing = RowHash(PAIR, SALT)
    some = data.draw(st.sets(st.sampled_from(sorted(rows, key=repr)))) if rows else set()
    whole, part, rest = hashing.state(rows), hashing.state(some), hashing.state(rows - some)
    assert part + rest == whole
    assert whole - part == rest
    assert hashing.remove(whole, rows) == EMPTY


def test_more_rows_than_a_batch_are_all_counted() -> None:
    rows = [("r", n) for n in range(300)]
    hashing = RowHash(PAIR, SALT)
    assert hashing.state(rows) == hashing.state(rows[:7]) + hashing.state(rows[7:])
    assert hashing.state(rows).lanes == plain_state(PAIR, SALT, rows)


def test_the_boundary_between_columns_counts() -> None:
    hashing = RowHash((Text(), Text()), SALT)
    assert hashing.encode(("a", "b")) == b"t1:at1:b"
    assert hashing.encode(("ab", "")) == b"t2:abt0:"
    assert hashing.state([("a", "b")]) != hashing.state([("ab", "")])


@given(rows_of_all_types, rows_of_all_types)
def test_different_rows_have_different_octets(left: tuple[Any, ...], right: tuple[Any, ...]) -> None:
    hashing = RowHash(TYPES, SALT)
    same = all(a == b for a, b in zip(left, right, strict=True))
    assert (hashing.encode(left) == hashing.encode(right)) is same


@given(pairs, pairs)
def test_close_rows_have_different_octets(left: Any, right: Any) -> None:
    hashing = RowHash(PAIR, SALT)
    assert (hashing.encode(left) == hashing.encode(right)) is (left == right)


@given(rows_of_all_types, st.binary(min_size=32, max_size=32))
def test_salts_separate(row: tuple[Any, ...], salt: bytes) -> None:
    assert (RowHash(TYPES, salt).state([row]) == RowHash(TYPES, SALT).state([row])) is (salt == SALT)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (Int(), True),
        (Int(), 1.0),
        (Int(), PyDecimal(1)),
        (Decimal(5, 2), PyDecimal("0.001")),
        (Decimal(5, 2), PyDecimal("NaN")),
        (Decimal(5, 2), PyDecimal("Infinity")),
        (Decimal(5, 2), 1),
        (Text(), b"a"),
        (Bool(), 1),
        (Date(), datetime(2026, 1, 1)),
        (Timestamp(), date(2026, 1, 1)),
        (Timestamp(), datetime.fromisoformat("2026-01-01T00:00:00+00:00")),
        (Uuid(), "00112233-4455-6677-8899-aabbccddeeff"),
        (Bytes(), "a"),
        (Real(), 1),
        (Real(), float("nan")),
        (Real(), float("inf")),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused_without_being_shown(type_: Type, value: Any) -> None:
    with pytest.raises(ValueError, match=r"^a ([\w ]+ where a [\w ]+ belongs|real is not finite|decimal .*point)$"):
        RowHash((type_,), SALT).encode((value,))


def test_rows_salts_states_and_schema_hashes_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        RowHash(PAIR, SALT).encode(("a",))
    with pytest.raises(ValueError, match="32 octets"):
        RowHash(PAIR, b"short")
    with pytest.raises(ValueError, match="2048 octets"):
        ContentState(b"")
    with pytest.raises(ValueError, match="32 octets"):
        digest(EMPTY, b"", 0, 1)
