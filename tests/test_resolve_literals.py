"""Literals: a value that is written out is read back as it was; all else is refused, not mangled."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bxc import types
from bxc.expr import Literal
from bxc.resolve.literals import Misfit, Number, String, exact, fit, own
from bxc.text import SourceFile, Span

NOWHERE = Span(SourceFile("test.bxc", ""), 0, 0)
decimals = st.builds(
    lambda coefficient, scale: Decimal(coefficient).scaleb(-scale),
    st.integers(-(10**18) + 1, 10**18 - 1),
    st.integers(0, 18),
)


def number(text: str) -> Number:
    return Number(text, NOWHERE)


def string(text: str) -> String:
    return String(text, NOWHERE)


@given(st.integers(-(2**64), 2**64))
def test_an_int_is_read_back_if_it_has_64_bits(value: int) -> None:
    outcome = fit(number(str(value)), types.Int())
    if -(2**63) <= value < 2**63:
        assert outcome == Literal(value, types.Int())
    else:
        assert isinstance(outcome, Misfit)


@given(decimals, st.integers(1, 18), st.integers(0, 18))
def test_a_decimal_is_read_back_exactly_or_not_at_all(value: Decimal, precision: int, scale: int) -> None:
    type_ = types.Decimal(max(precision, scale), scale)
    outcome = fit(number(f"{value:f}"), type_)
    if isinstance(outcome, Literal):
        assert isinstance(outcome.value, Decimal)
        assert outcome.value == value
        assert outcome.value.as_tuple().exponent == -scale
        assert abs(outcome.value) < 10 ** (type_.precision - scale)
    else:
        scaled = value.scaleb(scale)
        assert scaled != scaled.to_integral_value() or abs(scaled) >= 10**type_.precision


@given(decimals, st.integers(0, 6))
def test_a_number_beside_a_decimal_becomes_the_narrowest_one_of_at_least_its_scale(value: Decimal, scale: int) -> None:
    outcome = exact(number(f"{value:f}"), scale)
    if isinstance(outcome, Literal):
        assert isinstance(outcome.type, types.Decimal)
        assert outcome.value == value
        assert outcome.type.scale >= scale
        assert outcome.type.scale <= outcome.type.precision <= types.MAX_DIGITS
        fits_less = fit(number(f"{value:f}"), types.Decimal(max(outcome.type.precision - 1, 1), outcome.type.scale))
        assert isinstance(fits_less, Misfit) or outcome.type.precision in (1, outcome.type.scale)
    else:
        assert abs(value) >= 10 ** (types.MAX_DIGITS - scale) or value.normalize().as_tuple().exponent < -scale  # type: ignore[operator]


@given(decimals)
def test_a_number_by_itself_keeps_the_digits_that_were_written(value: Decimal) -> None:
    outcome = own(number(f"{value:f}"))
    assert isinstance(outcome, Literal)
    assert outcome.value == value
    if isinstance(outcome.type, types.Decimal):
        assert outcome.type.scale == -value.as_tuple().exponent  # type: ignore[operator]


@given(st.dates(), st.datetimes(), st.uuids(), st.binary())
def test_days_times_uuids_and_bytes_are_read_back(day: date, moment: datetime, uuid: object, octets: bytes) -> None:
    assert fit(string(day.isoformat()), types.Date()) == Literal(day, types.Date())
    assert fit(string(str(moment)), types.Timestamp()) == Literal(moment, types.Timestamp())
    assert fit(string(str(uuid).upper()), types.Uuid()) == Literal(uuid, types.Uuid())  # type: ignore[arg-type]
    assert fit(string(octets.hex()), types.Bytes()) == Literal(octets, types.Bytes())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_real_is_read_back(value: float) -> None:
    assert fit(number(repr(value)), types.Real()) == Literal(value, types.Real())


@given(st.text())
def test_a_text_is_itself_unless_it_is_too_long_or_holds_nul(value: str) -> None:
    fits = "\0" not in value
    assert isinstance(fit(string(value), types.Text()), Literal) is fits
    assert isinstance(fit(string(value), types.Varchar(5)), Literal) is (fits and len(value) <= 5)


@given(
    st.text(alphabet="0123456789-: .TZ+ab", max_size=30),
    st.sampled_from([types.Date(), types.Timestamp(), types.Uuid(), types.Bytes()]),
)
def test_any_string_is_a_value_or_is_refused(text: str, type_: types.Type) -> None:
    outcome = fit(string(text), type_)
    assert isinstance(outcome, Literal | Misfit)


@given(st.from_regex(r"\A-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,30})?\Z"))
def test_any_number_is_a_value_or_is_refused(text: str) -> None:
    for type_ in (types.Int(), types.Decimal(18, 4), types.Real()):
        assert isinstance(fit(number(text), type_), Literal | Misfit)
    assert isinstance(own(number(text)), Literal | Misfit)
