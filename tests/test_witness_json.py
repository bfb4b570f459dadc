from __future__ import annotations

import json
import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from witnesses import ALL_TYPES, DOSAGE, EMPTY, FULL, HIDDEN, LAB_TYPES, TWICE, UNIQUE, witness

from bxc import types as t
from bxc.check.witness_json import from_json, to_json
from bxc.witness import Column, Table, Witness
from bxc.witness_json import type_from_text, value_from_json, value_to_json


def carried(value: Any) -> Any:
    """What another program hands back."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("scenario", [ALL_TYPES, DOSAGE, HIDDEN, TWICE, UNIQUE, None])
def test_a_witness_comes_back_as_it_was(scenario: Any) -> None:
    columns = tuple(Column(f"c{n}", type_) for n, type_ in enumerate(LAB_TYPES))
    table = Table("all", columns, (FULL, EMPTY), frozenset({(1, 3), (0, 0)}))
    told = Witness((table, *witness().tables), "so", scenario)
    assert from_json(carried(to_json(told))) == told
    assert repr(from_json(carried(to_json(told)))) == repr(told)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(), st.dates(), st.datetimes(), st.uuids(),
    st.binary(), st.floats(allow_nan=False, allow_infinity=False),
    st.builds(
        lambda digits, scale: Decimal(digits).scaleb(-scale), st.integers(1 - 10**18, 10**18 - 1), st.integers(0, 18)
    ),
)  # fmt: skip


@given(VALUES)
def test_a_value_keeps_its_type_its_scale_and_its_sign(value: t.Value) -> None:
    back = value_from_json(carried(value_to_json(value)))
    assert type(back) is type(value)
    assert back == value
    if isinstance(value, float):
        assert math.copysign(1, value) == math.copysign(1, back)  # type: ignore[arg-type]
    if isinstance(value, Decimal):
        assert back.as_tuple() == value.as_tuple()  # type: ignore[union-attr]


def test_ints_that_a_double_would_round_are_texts() -> None:
    assert value_to_json(2**53 - 1) == 2**53 - 1
    assert value_to_json(-(2**53)) == {"int": "-9007199254740992"}


def test_a_timestamp_without_microseconds_is_no_date() -> None:
    assert value_from_json(value_to_json(datetime(2026, 1, 31))) == datetime(2026, 1, 31)


@given(
    st.one_of(
        st.sampled_from(LAB_TYPES),
        st.builds(t.Varchar, st.integers(1, 10**9)),
        st.builds(t.Decimal, st.integers(1, 18), st.integers(0, 18)),
        st.builds(t.Enum, st.lists(st.text(alphabet="',() a\n", max_size=8), min_size=1, max_size=5).map(tuple)),
    )
)
def test_a_type_is_read_from_its_text(type_: t.Type) -> None:
    assert type_from_text(str(type_)) == type_


@pytest.mark.parametrize("text", ["", "int4", "varchar", "varchar(2,3)", "decimal(3)", "enum('a'", "enum('a','b')"])
def test_another_text_is_no_type(text: str) -> None:
    with pytest.raises(ValueError, match="no type"):
        type_from_text(text)


@pytest.mark.parametrize("value", [1.5, [], {}, {"int": 5}, {"date": "2026-01-31", "int": "5"}, {"float": "1"}])
def test_another_value_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no value"):
        value_from_json(value)


@pytest.mark.parametrize(
    "document", [{}, {"tables": [], "outcome": "x"}, {"tables": 5, "outcome": "", "scenario": None}]
)
def test_a_document_that_is_no_witness_is_refused(document: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(document)
