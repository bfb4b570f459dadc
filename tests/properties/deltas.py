"""A view, a database and a random generator → deltas: mostly legal ones, and some that break each rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from bxc import types as t
from bxc.types import Value

from .evaluator import Database, Key, Put, Staged, Unfit, key_of, put_rows, shown
from .expressions import Row, reads, same
from .pools import random_value as pooled
from .stack import Stack


@dataclass
class Scene:
    """What a delta is made of: the view's rows, and the keys that it shows and hides."""

    stack: Stack
    database: Database
    random: Random
    rows: list[Row]
    hidden: list[Key]

    @property
    def nulls(self) -> Key:
        return (None,) * len(self.stack.key)

    def legal(self, make: Callable[[], Staged]) -> list[Staged]:
        """A staged row that is legal by itself, if one is made in a few tries; else the last one made."""
        for _ in range(5):
            staged = self.settled(make())
            if put_rows(self.stack, self.database, [staged]).after is not None:
                break
        return [staged]

    def settled(self, staged: Staged) -> Staged:
        return settle(self.stack, self.database, staged)


def scene(stack: Stack, database: Database, random: Random) -> Scene:
    put = Put(stack, database, [])
    return Scene(stack, database, random, shown(stack, database), list(put.hidden))


def random_delta(
    stack: Stack, database: Database, random: Random, *, renames: bool = True, legal: bool = True
) -> list[Staged]:
    """A delta that is legal if one is found in a few tries; empty for none."""
    here = scene(stack, database, random)
    for _ in range(10):
        delta = propose(here, renames)
        outcome = put_rows(stack, database, delta)
        if (outcome.after is not None) == legal and (outcome.writes or not legal or random.randint(0, 9) == 0):
            return delta
    return []


def propose(here: Scene, renames: bool) -> list[Staged]:
    """A few staged rows of random kinds, no two of one old key."""
    kinds: list[Callable[[Scene, list[Row]], list[Staged]]] = [change, change, delete, insert, insert, no_op]
    if renames:
        kinds += [rename, swap, replace_by_rename]
    free = list(here.rows)
    here.random.shuffle(free)
    delta: list[Staged] = []
    for _ in range(here.random.choice([1, 1, 2, 3, 5])):
        delta += here.random.choice(kinds)(here, free)
    here.random.shuffle(delta)
    return delta


def settle(stack: Stack, database: Database, staged: Staged) -> Staged:
    """The staged row with its computed columns as the source row behind it will give them."""
    if not stack.computed:
        return staged
    row = {name: staged.row.get(name) for name in stack.columns}
    put = Put(stack, database, [])
    key = key_of(stack, row)
    if staged.op == "update" and staged.old in put.visible:
        after = put.effects.update(put.visible[staged.old][0], row)
    elif staged.op == "insert" and key in put.visible:
        after = put.effects.rows[put.visible[key][0]]
    elif staged.op == "insert" and key in put.hidden:
        after = put.effects.revive(put.hidden[key][0], row)
    else:
        after = put.effects.create(row)
    out = stack.traces(after)[-1].out
    return replace(staged, row={**row, **{name: out[name] for name in stack.computed}})


def random_row(here: Scene, key: Key | None = None) -> Row:
    """A view row with random stored columns, of which dependencies are likely kept."""
    row: Row = dict.fromkeys(here.stack.columns)
    for name, source in here.stack.stored.items():
        column = here.stack.source.column(source)
        if name in here.stack.not_null or here.random.randint(0, 3):
            row[name] = random_value(here, name)
        for foreign in here.stack.source.foreign_keys:
            if foreign.column == source and here.random.randint(0, 5):
                values = [r[foreign.target_column] for r in here.database[foreign.target]]
                row[name] = here.random.choice([*values, *([None] if column.nullable else [])] or [row[name]])
        if source in here.stack.pins and here.random.randint(0, 9):
            row[name] = here.stack.pins[source]
    if key is not None:
        row.update(zip(here.stack.key, key, strict=True))
    follow(here, row)
    return row


def random_value(here: Scene, name: str) -> Value:
    return pooled(here.random, here.stack.source.column(here.stack.stored[name]).type)


def follow(here: Scene, row: Row) -> None:
    """Takes over what the source rows already determine."""
    shown_as = {source: name for name, source in here.stack.stored.items()}
    for fd in here.stack.source.dependencies:
        if all(name in shown_as for name in fd.left):
            for other in here.database[here.stack.source.name]:
                if all(same(other[name], row[shown_as[name]]) for name in fd.left):
                    row.update({shown_as[name]: other[name] for name in fd.right if name in shown_as})
                    break


def change(here: Scene, free: list[Row]) -> list[Staged]:
    """An update of a row that keeps its key."""
    if not free:
        return []
    row = free.pop()
    old = key_of(here.stack, row)
    others = [name for name in here.stack.stored if name not in here.stack.key]

    def make() -> Staged:
        new = dict(row)
        fresh = random_row(here, old) if here.random.randint(0, 1) else None
        for name in here.random.sample(others, min(len(others), here.random.choice([1, 1, 2]))):
            null = name not in here.stack.not_null and here.random.randint(0, 4) == 0
            new[name] = None if null else random_value(here, name) if fresh is None else fresh[name]
        return Staged("update", old, new)

    return here.legal(make)


def delete(here: Scene, free: list[Row]) -> list[Staged]:
    if not free:
        return []
    row = free.pop()
    blank: Row = dict.fromkeys(row)
    return [Staged("delete", key_of(here.stack, row), row if here.random.randint(0, 1) else blank)]


def insert(here: Scene, free: list[Row]) -> list[Staged]:
    """An insert of a new key, or of a key that a hidden row has."""
    key = here.random.choice(here.hidden) if here.hidden and here.random.randint(0, 2) == 0 else None
    return here.legal(lambda: Staged("insert", here.nulls, random_row(here, key)))


def no_op(here: Scene, free: list[Row]) -> list[Staged]:
    """An update to what is there, an insert of what is there, a delete of what is not."""
    if free and here.random.randint(0, 2):
        row = free.pop()
        if here.random.randint(0, 1):
            return [Staged("insert", here.nulls, row)]
        return [Staged("update", key_of(here.stack, row), row)]
    row = random_row(here)
    key = key_of(here.stack, row)
    if None in key or any(key_of(here.stack, other) == key for other in here.rows):
        return []
    return [Staged("delete", key, row)]


def rename(here: Scene, free: list[Row]) -> list[Staged]:
    """A row takes a new key, and perhaps new values."""
    if not free:
        return []
    row = free.pop()

    def make() -> Staged:
        new = dict(row)
        for name in here.random.sample(here.stack.key, here.random.randint(1, len(here.stack.key))):
            new[name] = random_value(here, name)
        follow(here, new)
        return Staged("update", key_of(here.stack, row), new)

    return here.legal(make)


def swap(here: Scene, free: list[Row]) -> list[Staged]:
    """Two rows change keys, or the values of another column, which may be unique."""
    if len(free) < 2:
        return []
    a, b = free.pop(), free.pop()
    others = [name for name in here.stack.stored if name not in here.stack.key]
    names = list(here.stack.key)
    if others and here.random.randint(0, 1):
        names = [here.random.choice(others)]
    return [
        here.settled(Staged("update", key_of(here.stack, x), {**x, **{name: y[name] for name in names}}))
        for x, y in ((a, b), (b, a))
    ]


def replace_by_rename(here: Scene, free: list[Row]) -> list[Staged]:
    """One row vanishes or is renamed away, and another takes its key (or an insert does)."""
    if len(free) < 2:
        return []
    a, b = free.pop(), free.pop()
    key = dict(zip(here.stack.key, key_of(here.stack, a), strict=True))
    if here.random.randint(0, 1):
        gone = [Staged("delete", key_of(here.stack, a), a)]
    else:
        gone = rename(here, [a])
        if here.random.randint(0, 1):
            free.append(b)
            return [*gone, here.settled(Staged("insert", here.nulls, random_row(here, key_of(here.stack, a))))]
    return [*gone, here.settled(Staged("update", key_of(here.stack, b), {**b, **key}))]


# --- deltas that break a rule -----------------------------------------------------------------------------------------


def spoil(stack: Stack, database: Database, random: Random, delta: list[Staged]) -> list[Staged]:
    """The delta with one staged row damaged or added; it may still be legal."""
    here = scene(stack, database, random)
    damages: list[Callable[[Scene, list[Staged]], list[Staged]]] = [
        null_key, twice, unknown_update, unknown_op, wrong_type, null_value, taken_key, hidden_key,
        old_key_of_insert, delete_and_insert, any_row, any_row, any_row, deletes, deletes, deletes, hidden_insert,
    ]  # fmt: skip
    if stack.computed:
        damages += [wrong_computed] * 8
    damaged = random.choice(damages)(here, list(delta))
    random.shuffle(damaged)
    return damaged


def null_key(here: Scene, delta: list[Staged]) -> list[Staged]:
    if here.rows and here.random.randint(0, 1):
        row = here.random.choice(here.rows)
        return [*delta, Staged(here.random.choice(["update", "delete"]), here.nulls, row)]
    row = random_row(here)
    row[here.random.choice(here.stack.key)] = None
    return [*delta, Staged("insert", here.nulls, row)]


def twice(here: Scene, delta: list[Staged]) -> list[Staged]:
    return [*delta, here.random.choice(delta)] if delta else delta


def unknown_update(here: Scene, delta: list[Staged]) -> list[Staged]:
    row = here.settled(Staged("insert", here.nulls, random_row(here))).row
    old = key_of(here.stack, row) if here.random.randint(0, 1) else key_of(here.stack, random_row(here))
    if here.hidden and here.random.randint(0, 2) == 0:
        old = here.random.choice(here.hidden)
        row.update(zip(here.stack.key, old, strict=True))
    return [*delta, Staged("update", old, row)]


def unknown_op(here: Scene, delta: list[Staged]) -> list[Staged]:
    return [*delta, Staged(here.random.choice(["upsert", "INSERT", ""]), here.nulls, random_row(here))]


def wrong_type(here: Scene, delta: list[Staged]) -> list[Staged]:
    """A value outside its type, in a column that nothing else reads."""
    read = {name for level in here.stack.levels for name in level.where_inputs}
    for check in here.stack.source.checks:
        read |= reads(check.condition)
    read |= {name for behind in here.stack.top.inputs.values() if len(behind) > 1 for name in behind}
    read |= {name for computed in here.stack.computed for name in here.stack.top.inputs[computed]}
    for fd in here.stack.source.dependencies:
        read |= {*fd.left, *fd.right}
    for key in here.stack.source.foreign_keys:
        read.add(key.column)
    names = [n for n, source in here.stack.stored.items() if n not in here.stack.key and source not in read]
    candidates = [(n, v) for n in names for v in outside(here.stack.source.column(here.stack.stored[n]).type)]
    rows = [staged for staged in delta if staged.op in ("insert", "update")]
    if not rows or not candidates:
        return delta
    spoiled = here.random.choice(rows)
    name, value = here.random.choice(candidates)
    damaged = replace(spoiled, row={**spoiled.row, name: value})
    return [damaged if staged is spoiled else staged for staged in delta]


def outside(type_: t.Type) -> list[object]:
    """Staged values that are not of a type."""
    nul = Unfit("a\0b", "a\0b")
    match type_:
        case t.Varchar():
            return ["x" * (type_.length + 1), "Z" * type_.length + "ö", nul]
        case t.Text():
            return [nul]
        case t.Enum():
            return ["LOW", "", "low "]
        case t.Decimal():
            least = Decimal(10) ** (type_.precision - type_.scale)
            return [least, -least]
        case t.Bool():
            return [Unfit(2, None), Unfit(-1, None)]
        case t.Date():
            never = [Unfit(text, None) for text in ("2026-1-31", "2026-02-30", "2026-01-31 ", "20260131")]
            return [*never, Unfit("0000-01-01", None, "0001-01-01 BC"), Unfit("10000-01-01", None, "infinity")]
        case t.Timestamp():
            return [
                Unfit(text, None, "-infinity")
                for text in ("2026-01-31 13:00:00", "2026-01-31T13:00:00.000000", "2026-02-29 00:00:00.000000")
            ]
        case t.Uuid():
            return [
                Unfit("FFFFFFFF-0000-4000-8000-00000000000A", None),
                Unfit("ffffffff00004000800000000000000a", None),
            ]
        case t.Real():
            return [
                Unfit(float("inf"), float("inf"), float("nan")),
                Unfit(float("-inf"), float("nan"), float("-inf")),
            ]
        case _:
            return []


def null_value(here: Scene, delta: list[Staged]) -> list[Staged]:
    names = [name for name in here.stack.not_null if name not in here.stack.key]
    rows = [staged for staged in delta if staged.op in ("insert", "update")]
    if not names or not rows:
        return delta
    spoiled = here.random.choice(rows)
    damaged = replace(spoiled, row={**spoiled.row, here.random.choice(sorted(names)): None})
    return [damaged if staged is spoiled else staged for staged in delta]


def wrong_computed(here: Scene, delta: list[Staged]) -> list[Staged]:
    rows = [staged for staged in delta if staged.op in ("insert", "update")]
    if not rows and here.rows:
        row = here.random.choice(here.rows)
        rows = [Staged("update", key_of(here.stack, row), row)]
        delta = [*delta, *rows]
    if not here.stack.computed or not rows:
        return delta
    spoiled = here.random.choice(rows)
    name = here.random.choice(here.stack.computed)
    value = {str: "other", int: 12345, bool: False, Decimal: Decimal("12.34")}.get(type(spoiled.row[name]))
    damaged = replace(spoiled, row={**spoiled.row, name: value})
    return [damaged if staged is spoiled else staged for staged in delta]


def taken_key(here: Scene, delta: list[Staged]) -> list[Staged]:
    """An insert or a rename takes the key of a row that is there."""
    if not here.rows:
        return delta
    key = key_of(here.stack, here.random.choice(here.rows))
    if len(here.rows) > 1 and here.random.randint(0, 1):
        row = here.random.choice(here.rows)
        new = {**row, **dict(zip(here.stack.key, key, strict=True))}
        return [here.settled(Staged("update", key_of(here.stack, row), new))]
    return [here.settled(Staged("insert", here.nulls, random_row(here, key)))]


def hidden_key(here: Scene, delta: list[Staged]) -> list[Staged]:
    """A rename to the key of a hidden row."""
    if not here.rows or not here.hidden:
        return delta
    row = here.random.choice(here.rows)
    key = dict(zip(here.stack.key, here.random.choice(here.hidden), strict=True))
    return [here.settled(Staged("update", key_of(here.stack, row), {**row, **key}))]


def hidden_insert(here: Scene, delta: list[Staged]) -> list[Staged]:
    if not here.hidden:
        return delta
    return [here.settled(Staged("insert", here.nulls, random_row(here, here.random.choice(here.hidden))))]


def old_key_of_insert(here: Scene, delta: list[Staged]) -> list[Staged]:
    row = random_row(here)
    return [*delta, Staged("insert", key_of(here.stack, row), row)]


def delete_and_insert(here: Scene, delta: list[Staged]) -> list[Staged]:
    if not here.rows:
        return delta
    row = here.random.choice(here.rows)
    key = key_of(here.stack, row)
    return [Staged("delete", key, row), here.settled(Staged("insert", here.nulls, random_row(here, key)))]


def any_row(here: Scene, delta: list[Staged]) -> list[Staged]:
    """Rows that obey nothing: constraints of the source and `where` are likely broken."""
    if here.rows and here.random.randint(0, 1):
        row = here.random.choice(here.rows)
        new = {**random_row(here), **dict(zip(here.stack.key, key_of(here.stack, row), strict=True))}
        return [here.settled(Staged("update", key_of(here.stack, row), new))]
    row = {name: random_value(here, name) if name in here.stack.stored else None for name in here.stack.columns}
    return [*delta, here.settled(Staged("insert", here.nulls, row))]


def deletes(here: Scene, delta: list[Staged]) -> list[Staged]:
    """Deletes alone: policies and references decide."""
    rows = here.random.sample(here.rows, min(len(here.rows), here.random.choice([1, 2, 8])))
    return [Staged("delete", key_of(here.stack, row), row) for row in rows]
