"""Literals as written → values of a type. A literal's type comes from where it stands; a few have one of their own."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal as PyDecimal
from decimal import InvalidOperation
from typing import assert_never
from uuid import UUID

from bxc import syntax
from bxc.dataclass import dataclass
from bxc.expr import Literal
from bxc.resolve.ranges import INT64
from bxc.suggest import closest
from bxc.text import Span
from bxc.types import (
    MAX_DIGITS,
    Bool,
    Bytes,
    Date,
    Decimal,
    Enum,
    Int,
    Real,
    Text,
    Timestamp,
    Type,
    Uuid,
    Varchar,
)

DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?", re.ASCII)
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
HEX = re.compile(r"([0-9a-f]{2})*", re.ASCII | re.IGNORECASE)
MOST_DIGITS = 400  # beyond any type; keeps `1e999999999` from being written out


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, its sign in front."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class String:
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Null:
    span: Span


Bare = Number | String | Truth | Null


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a literal is no value of a type. ``kind``: literals of its kind never are; else only this one is not."""

    kind: bool
    reason: str
    way_out: str = ""


def constant(expr: syntax.Expr) -> Bare | None:
    """The literal that an expression is, with its minus sign; None if it is something else."""
    match expr:
        case syntax.Number():
            return Number(expr.digits, expr.span)
        case syntax.Unary("-", syntax.Number(digits=digits)):
            return Number("-" + digits, expr.span)
        case syntax.String():
            return String(expr.value, expr.span)
        case syntax.Bool():
            return Truth(expr.value, expr.span)
        case syntax.Null():
            return Null(expr.span)
        case _:
            return None


def negated(number: Number) -> Number:
    """The number with the other sign."""
    return Number(number.text[1:] if number.text.startswith("-") else "-" + number.text, number.span)


def fit(literal: Bare, type_: Type) -> Literal | Misfit:
    """The literal as a value of a type (NULL is one of every type)."""
    if isinstance(literal, Null):
        return Literal(None, type_)
    match type_, literal:
        case Int(), Number():
            return _int(literal)
        case Decimal(), Number():
            return _decimal(literal, type_)
        case Real(), Number():
            return _real(literal)
        case ((Text() | Varchar() | Enum()), String()):
            return _text(literal, type_)
        case Bool(), Truth():
            return Literal(literal.value, type_)
        case ((Date() | Timestamp() | Uuid() | Bytes()), String()):
            return _formatted(literal, type_)
        case _:
            return Misfit(True, f"{_described(literal)} is no {type_}", _spelling(literal, type_))


def own(literal: Bare) -> Literal | Misfit:
    """The literal as a value of the type that it has by itself: text, bool, int, or the narrowest decimal."""
    match literal:
        case String():
            return fit(literal, Text())
        case Truth():
            return Literal(literal.value, Bool())
        case Number():
            value = _value(literal)
            written = 0 if value is None else max(-_exponent(value), 0)
            return exact(literal, written) if written else _int(literal)
        case Null():
            return Misfit(True, "`null` has no type by itself")
        case _:
            assert_never(literal)


def has_fraction(number: Number) -> bool:
    """Whether a number is written with digits behind the point."""
    value = _value(number)
    return value is not None and _exponent(value) < 0


def exact(number: Number, scale: int) -> Literal | Misfit:
    """A number as the narrowest decimal of at least a scale; refused beyond 18 digits."""
    value = _value(number)
    if value is None:
        return _too_long(number)
    scale = max(scale, _needed_scale(value))
    coefficient = _coefficient(value, scale)
    precision = max(len(str(abs(coefficient))), scale)
    return _too_long(number) if precision > MAX_DIGITS else _decimal_literal(coefficient, Decimal(precision, scale))


# --- numbers --------------------------------------------------------------------------------------------------------


def _value(number: Number) -> PyDecimal | None:
    """The number, None if it is beyond every exact type."""
    try:
        value = PyDecimal(number.text)
    except InvalidOperation:
        return None
    if value == 0 and _exponent(value) > 0:
        return PyDecimal(0)
    return None if value.adjusted() > MOST_DIGITS or _exponent(value) < -MOST_DIGITS else value


def _exponent(value: PyDecimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _coefficient(value: PyDecimal, scale: int) -> int:
    """The value in units of 10^-scale; the scale must suffice."""
    sign, digits, _ = value.as_tuple()
    shift = _exponent(value) + scale
    magnitude = int("".join(map(str, digits)))
    factor: int = 10 ** abs(shift)
    magnitude = magnitude * factor if shift >= 0 else magnitude // factor
    return -magnitude if sign else magnitude


def _needed_scale(value: PyDecimal) -> int:
    """The digits behind the point without trailing zeros."""
    digits, exponent = list(value.as_tuple().digits), _exponent(value)
    if value == 0:
        return 0
    while exponent < 0 and digits[-1] == 0:
        digits.pop()
        exponent += 1
    return max(-exponent, 0)


def _decimal_literal(coefficient: int, type_: Decimal) -> Literal:
    digits = tuple(int(d) for d in str(abs(coefficient)))
    return Literal(PyDecimal((int(coefficient < 0), digits, -type_.scale)), type_)


def _too_long(number: Number) -> Misfit:
    return Misfit(False, f"`{_shown(number.text)}` has more than {MAX_DIGITS} digits")


def _int(number: Number) -> Literal | Misfit:
    value = _value(number)
    if value is not None and _exponent(value) < 0:
        whole = value.to_integral_value()
        way_out = f"write {_coefficient(whole, 0)}" if value == whole else "write a whole number, or make it a decimal"
        return Misfit(True, f"`{_shown(number.text)}` has a fraction and an int has none", way_out)
    if value is None or not INT64.low <= (whole_number := _coefficient(value, 0)) <= INT64.high:
        return Misfit(False, f"`{_shown(number.text)}` is outside of {INT64.low} to {INT64.high}")
    return Literal(whole_number, Int())


def _decimal(number: Number, type_: Decimal) -> Literal | Misfit:
    value = _value(number)
    if value is None:
        return _too_long(number)
    needed = _needed_scale(value)
    if needed > type_.scale:
        return Misfit(False, f"it has {needed} digits behind the point, {type_} holds {type_.scale}")
    coefficient = _coefficient(value, type_.scale)
    if abs(coefficient) >= 10**type_.precision:
        return Misfit(False, f"it is too large: {type_} holds {type_.precision - type_.scale} digits before the point")
    return _decimal_literal(coefficient, type_)


def _real(number: Number) -> Literal | Misfit:
    value = float(number.text)
    if math.isinf(value):
        return Misfit(False, f"`{_shown(number.text)}` is beyond a 64-bit floating-point number")
    return Literal(value + 0.0, Real())


# --- strings --------------------------------------------------------------------------------------------------------


def _text(literal: String, type_: Text | Varchar | Enum) -> Literal | Misfit:
    if "\0" in literal.value:
        return Misfit(False, "text cannot hold the character U+0000")
    match type_:
        case Varchar(length) if len(literal.value) > length:
            return Misfit(False, f"it has {len(literal.value)} characters, {type_} holds {length}")
        case Enum(values) if literal.value not in values:
            near = closest(literal.value, values)
            way_out = f"did you mean '{near}'?" if near is not None else f"one of {_listed(values)}"
            return Misfit(False, f"'{literal.value}' is none of the enum's values", way_out)
        case _:
            return Literal(literal.value, type_)


def _formatted(literal: String, type_: Date | Timestamp | Uuid | Bytes) -> Literal | Misfit:
    text = literal.value
    try:
        match type_:
            case Date() if DATE.fullmatch(text):
                return Literal(date.fromisoformat(text), type_)
            case Timestamp() if TIMESTAMP.fullmatch(text):
                whole, _, fraction = text.partition(".")
                moment = datetime.strptime(whole, "%Y-%m-%d %H:%M:%S")
                return Literal(moment.replace(microsecond=int(fraction.ljust(6, "0"))), type_)
            case Uuid() if UUID_FORM.fullmatch(text):
                return Literal(UUID(text), type_)
            case Bytes() if HEX.fullmatch(text):
                return Literal(bytes.fromhex(text), type_)
            case Date() | Timestamp() | Uuid() | Bytes():
                return Misfit(False, f"'{_shown(text)}' is no {type_}", _spelling(literal, type_))
    except ValueError:
        missing = "no day of the calendar" + (" or no time of day" if isinstance(type_, Timestamp) else "")
        return Misfit(False, f"'{_shown(text)}' is {missing}", _spelling(literal, type_))


# --- words ----------------------------------------------------------------------------------------------------------


def _spelling(literal: Bare, type_: Type) -> str:
    """How a literal of a type is written."""
    match type_, literal:
        case Date(), _:
            return "a date is written '2026-01-31'"
        case Timestamp(), _:
            return "a timestamp is written '2026-01-31 13:00:00', in UTC"
        case Uuid(), _:
            return "a uuid is written '123e4567-e89b-12d3-a456-426614174000'"
        case Bytes(), _:
            return "bytes are written as pairs of hexadecimal digits: '0aff'"
        case Bool(), _:
            return "write `true` or `false`"
        case ((Text() | Varchar()), (Number() | Truth())):
            return f"put it in quotes: '{literal.span.text}'"
        case Enum(values), _:
            return f"one of {_listed(values)}"
        case ((Int() | Decimal() | Real()), String(value=value)) if re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
            return f"write {_shown(value)} without quotes"
        case _:
            return ""


def _described(literal: Bare) -> str:
    match literal:
        case Number():
            return "a number"
        case String():
            return "a text in quotes"
        case Truth():
            return f"`{str(literal.value).lower()}`"
        case Null():
            return "`null`"
        case _:
            assert_never(literal)


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{v}'" for v in values[:8]) + (", …" if len(values) > 8 else "")


def _shown(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "…"
