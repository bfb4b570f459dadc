"""Values as an engine stores them → values of the language."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from bxc import types as t


def value_of(stored: object, type_: t.Type, engine: str) -> t.Value:
    """The value that stands in a column of that type; what is none of the type stays as it is."""
    if stored is None or engine != "sqlite":
        return _other(stored)
    match type_:
        case t.Int() | t.Text() | t.Varchar() | t.Enum() | t.Bytes() | t.Real():
            return _other(stored)
        case t.Decimal():
            return Decimal(stored).scaleb(-type_.scale) if isinstance(stored, int) else _other(stored)
        case t.Bool():
            return bool(stored) if stored in (0, 1) else _other(stored)
        case t.Date() | t.Timestamp() | t.Uuid():
            return _from_text(str(stored), type_)
        case _:
            assert_never(type_)


def _from_text(stored: str, type_: t.Date | t.Timestamp | t.Uuid) -> t.Value:
    try:
        match type_:
            case t.Date():
                return date.fromisoformat(stored)
            case t.Timestamp():
                return datetime.fromisoformat(stored)
            case t.Uuid():
                return UUID(stored)
    except ValueError:
        return stored


def _other(stored: object) -> t.Value:
    """A value as Python's driver gives it."""
    assert stored is None or isinstance(stored, int | Decimal | str | bool | date | datetime | UUID | bytes | float)
    return stored
