"""Small pools of values for each type, so that random rows collide, and how a spec writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from random import Random
from uuid import UUID

from bxc import types as t
from bxc.types import Value

POOLS: dict[str, list[Value]] = {
    "int": [0, 1, 2, 3, 5, 8, -1],
    "text": ["a", "b", "ab", "it's", "", "Zoë"],
    "varchar(4)": ["a", "b", "äöü", "abc", "wxyz"],
    "bool": [True, False],
    "date": [date(2026, 1, 31), date(2024, 2, 29), date(1970, 1, 1), date(1, 1, 1)],
    "timestamp": [
        datetime(2026, 1, 31, 13),
        datetime(1969, 12, 31, 23, 59, 59, 999999),
        datetime(2026, 1, 31, 13, 0, 1),
    ],
    "enum('low', 'mid', 'o''clock')": ["low", "mid", "o'clock"],
    "uuid": [UUID(int=1), UUID("ffffffff-0000-4000-8000-00000000000a"), UUID("80000000-0000-4000-8000-000000000000")],
    "bytes": [b"", b"\x00", b"\xff\x00a"],
    "decimal(6,2)": [Decimal("0.00"), Decimal("1.50"), Decimal("-2.25"), Decimal("9999.99"), Decimal("10.00")],
    "real": [0.0, -0.0, 1.5, -1e300, 0.1],
}
KEY_TYPES = ["int", "int", "int", "text", "uuid", "varchar(4)", "date", "decimal(6,2)", "timestamp", "bytes"]
TYPES = [*POOLS, "int", "text", "bool"]
ORDERED = ["int", "text", "varchar(4)", "date", "timestamp", "decimal(6,2)"]


def literal(value: Value) -> str:
    """A value as a spec writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal() | float():
            return repr(value) if isinstance(value, float) else str(value)
        case datetime():
            return f"'{value.isoformat(' ')}'"
        case date() | UUID():
            return f"'{value}'"
        case bytes():
            return f"'{value.hex()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"


def pool_value(random: Random, type_: str) -> Value:
    return random.choice(POOLS[type_])


def random_value(random: Random, type_: t.Type) -> Value:
    """A value of a type: mostly from the pool, now and then another one."""
    match type_:
        case t.Enum():
            return random.choice(type_.values)
        case t.Varchar():
            text = random.choice(POOLS["varchar(4)"])
            return text[: type_.length] if isinstance(text, str) else text
        case t.Decimal():
            cents = random.choice([0, 150, -225, 999999, 1000, random.randint(-300, 300)])
            return (Decimal(cents) % Decimal(10) ** type_.precision).scaleb(-type_.scale)
    if random.randint(0, 9) > 1:
        return pool_value(random, str(type_))
    match type_:
        case t.Int():
            return random.randint(9, 40)
        case t.Text():
            return random.choice("cdefgh") + random.choice("xyz")
        case t.Uuid():
            return UUID(int=random.randint(2, 60) << 64)
        case t.Bytes():
            return bytes([random.randint(1, 60)])
        case _:
            return pool_value(random, str(type_))
