"""Random conditions over columns, as spec text; some with a value that makes them true and one that does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bxc.types import Value

from .pools import ORDERED, POOLS, literal, pool_value


@dataclass(frozen=True)
class Named:
    """A column that a condition may read: its name as written, its type as written, whether it may be NULL.

    ``small``: a CHECK keeps the int between 0 and 100, so that arithmetic is safe.
    """

    text: str
    type: str
    nullable: bool
    small: bool = False


@dataclass(frozen=True)
class Switch:
    """A condition on one column, with values that turn it on and off."""

    text: str
    on: Value
    off: Value


def switch(random: Random, column: Named) -> Switch | None:
    """A condition that tells a value of the column's pool from another."""
    pool = POOLS[column.type]
    if column.type == "real":
        return None
    on, off = random.sample(pool, 2)
    kind = random.randint(0, 4)
    if column.type == "bool" and kind < 3:
        return Switch(column.text if on else f"not {column.text}", on, off)
    if kind == 0 and column.nullable:
        return Switch(f"{column.text} is null", None, off)
    if kind == 1 and column.nullable:
        return Switch(f"{column.text} is not null", on, None)
    if kind == 2 and column.type in ORDERED:
        low, high = sorted([on, off])  # type: ignore[type-var]
        return Switch(f"{column.text} >= {literal(high)}", high, low)
    if kind == 3:
        return Switch(f"{column.text} <> {literal(off)}", on, off)
    if kind == 4:
        return Switch(f"{column.text} in ({literal(on)})", on, off)
    return Switch(f"{column.text} = {literal(on)}", on, off)


def condition(random: Random, columns: Sequence[Named], depth: int = 2) -> str:
    """A condition over these columns; they must not be empty."""
    kind = random.randint(0, 9) if depth else 9
    if kind < 2:
        return f"({condition(random, columns, depth - 1)} and {condition(random, columns, depth - 1)})"
    if kind < 4:
        return f"({condition(random, columns, depth - 1)} or {condition(random, columns, depth - 1)})"
    if kind == 4:
        return f"not ({condition(random, columns, depth - 1)})"
    return atom(random, columns)


def atom(random: Random, columns: Sequence[Named]) -> str:
    column = random.choice(columns)
    name, type_ = column.text, column.type
    if type_ == "real":
        return f"{name} is null" if random.randint(0, 1) else f"{name} < 2.5"
    if type_ == "bool" and random.randint(0, 1):
        return name
    kind = random.randint(0, 8)
    value = literal(pool_value(random, type_))
    if kind == 0:
        return f"{name} is {'not ' if random.randint(0, 1) else ''}null"
    if kind == 1:
        items = ", ".join(literal(v) for v in random.sample(POOLS[type_], 2))
        return f"{name} {'not ' if random.randint(0, 1) else ''}in ({items})"
    if kind == 2 and type_ in ORDERED:
        low, high = sorted(random.sample(POOLS[type_], 2))  # type: ignore[type-var]
        return f"{name} {'not ' if random.randint(0, 3) == 0 else ''}between {literal(low)} and {literal(high)}"
    if kind == 3 and type_ in ("text", "varchar(4)"):
        return f"{name} like '{random.choice(['a', 'äö', '', 'it'])}%'"
    if kind == 4:
        others = [other for other in columns if other.type == type_ and other is not column]
        if others:
            return f"{name} {random.choice(['=', '<>'])} {random.choice(others).text}"
    if kind == 5 and column.small:
        return f"{name} {random.choice(['+', '*', '-'])} {random.randint(1, 3)} > {random.randint(0, 6)}"
    if kind == 6 and type_ in ORDERED:
        return f"{name} {random.choice(['<', '<=', '>', '>='])} {value}"
    if kind == 7:
        return f"case when {name} = {value} then {random.choice(['true', 'false'])} else {name} is null end"
    return f"{name} {random.choice(['=', '<>', '<>'])} {value}"


def computed(random: Random, columns: Sequence[Named]) -> tuple[str, str, bool]:
    """An expression for `add`: its text, its type as written, and whether it may be NULL."""
    small = [column for column in columns if column.small]
    prices = [column for column in columns if column.type == "decimal(6,2)"]
    texts = [column for column in columns if column.type == "text"]
    kind = random.randint(0, 4)
    if kind == 0 and small:
        a, b = random.choice(small), random.choice(small)
        return f"{a.text} {random.choice('+-*')} {b.text}", "int", a.nullable or b.nullable
    if kind == 1 and prices:
        a = random.choice(prices)
        return f"{a.text} * 2", "computed decimal", a.nullable
    if kind == 2 and texts:
        a = random.choice(texts)
        return f"{a.text} || '-'", "text", a.nullable
    if kind == 3 and columns:
        return f"case when {atom(random, columns)} then 'yes' else 'no' end", "text", False
    return random.choice(["'const'", "7", "true"]), "constant", False
