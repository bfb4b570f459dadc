"""Values as an engine's driver gives them ↔ values of the evaluator."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from bxc.laws.term import FALSE, TRUE, const
from bxc.validate import values as v
from bxc.validate.functions import microseconds
from bxc.validate.kinds import Kind
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value

Raw = None | bool | int | float | str | bytes | Decimal | date | datetime | UUID


def ground(kind: Kind, raw: Raw) -> Value:
    """The value of a column of a kind that a driver shows so."""
    match kind.name, raw:
        case _, None:
            return v.missing(kind)
        case "bool", bool():
            return v.fact(TRUE if raw else FALSE)
        case ("int", int()) | ("text", str()) | ("bytes", bytes()) | ("real", float()):
            return v.known(kind, const(raw))  # type: ignore[arg-type]
        case "decimal", Decimal():
            if not raw.is_finite() or raw.scaleb(kind.scale) % 1:
                raise Unsupported("value", f"{raw} as {kind} of {kind.scale} digits")
            return v.known(kind, const(int(raw.scaleb(kind.scale))))
        case "timestamp", datetime():
            return v.known(kind, const(microseconds(raw)))
        case "date", date():
            return v.known(kind, const(raw.toordinal()))
        case "uuid", UUID():
            return v.known(kind, const(str(raw)))
        case _:
            raise Unsupported("value", f"{raw!r} as {kind}")


def shown(value: Value) -> Raw:
    """What a driver shows for a value that is ground."""
    if value.null is TRUE:
        return None
    if value.null is not FALSE or not value.term.is_const:
        raise Unsupported("value", "one that is not ground")
    raw = value.term.data
    match value.kind.name:
        case "decimal":
            return Decimal(raw).scaleb(-value.kind.scale)
        case "timestamp":
            return datetime(1, 1, 1) + timedelta(microseconds=raw - 86_400_000_000)
        case "date":
            return date.fromordinal(raw)
        case "uuid":
            return UUID(raw)
        case _:
            return raw  # type: ignore[no-any-return]
