"""A resolved spec and a random generator → rows that obey every constraint, and edits of them that do too."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bxc import model as m
from bxc.types import Value

from .constraints import broken_constraints
from .evaluator import Database
from .expressions import Row, same
from .pools import random_value as pooled
from .stack import Stack


@dataclass(frozen=True)
class Edit:
    """A direct edit of one source row: ``before`` None inserts, ``after`` None deletes."""

    source: str
    before: Row | None
    after: Row | None


def random_database(spec: m.Spec, random: Random, most_rows: int = 8) -> Database:
    """A valid content for all sources; what a source refers to is filled before it."""
    database: Database = {source.name: [] for source in spec.sources}
    stacks = [Stack(spec, view.name) for view in spec.views]
    for source in spec.sources:
        wanted = random.choice([0, 2, 4, 5, 5, 5, most_rows, most_rows, most_rows])
        views = [stack for stack in stacks if stack.source is source]
        for _ in range(3 * wanted):
            if len(database[source.name]) >= wanted:
                break
            row = random_row(source, database, random)
            stack = random.choice(views) if views and random.randint(0, 2) else None
            for _ in range(12):
                if stack is None or stack.show(row)[0] is not None:
                    break
                row = random_row(source, database, random) | (stack.pins if random.randint(0, 1) else {})
            after = [*database[source.name], row]
            if any(row[column.name] is None and not column.nullable for column in source.columns):
                continue
            if not broken_constraints(spec, source, database, [(None, row)], after):
                database[source.name] = after
    return database


def random_row(source: m.Source, database: Database, random: Random) -> Row:
    """A row that likely obeys foreign keys and dependencies."""
    row: Row = {column.name: random_value(column, random) for column in source.columns}
    for key in source.foreign_keys:
        row[key.column] = referred(source, key, row, database, random)
    follow_dependencies(source, row, database)
    return row


def random_value(column: m.Column, random: Random) -> Value:
    if column.nullable and random.randint(0, 3) == 0:
        return None
    return pooled(random, column.type)


def referred(source: m.Source, key: m.ForeignKey, row: Row, database: Database, random: Random) -> Value:
    """A value that the foreign key finds, or NULL where it may be."""
    values = [target[key.target_column] for target in database[key.target]]
    if key.target == source.name:
        values.append(row[key.target_column])
    values = [v for v in values if v is not None]
    if not values or (source.column(key.column).nullable and random.randint(0, 2) == 0):
        return None
    found: Value = random.choice(values)
    return found


def follow_dependencies(source: m.Source, row: Row, database: Database) -> None:
    """Takes over what the rows that are there already determine."""
    for fd in source.dependencies:
        for other in database[source.name]:
            if other is not row and all(same(row[name], other[name]) for name in fd.left):
                for name in fd.right:
                    row[name] = other[name]
                break


def random_edit(spec: m.Spec, database: Database, random: Random) -> Edit | None:
    """A direct edit that leaves the database valid; None if none was found."""
    for _ in range(12):
        source = random.choice(spec.sources)
        rows = database[source.name]
        before = random.choice(rows) if rows and random.randint(0, 2) else None
        after: Row | None = None
        if before is None or random.randint(0, 3):
            after = random_row(source, database, random)
            if before is not None:
                changing = random.sample(list(before), min(random.choice([1, 1, 2]), len(before)))
                after = {name: after[name] if name in changing else v for name, v in before.items()}
                others: Database = {**database, source.name: [row for row in rows if row is not before]}
                follow_dependencies(source, after, others)
        if is_legal(spec, source, database, before, after):
            return Edit(source.name, before, after)
    return None


def is_legal(spec: m.Spec, source: m.Source, database: Database, before: Row | None, after: Row | None) -> bool:
    """Whether the edit changes something, fits NOT NULL and breaks no constraint."""
    if before is not None and after is not None and all(same(before[name], after[name]) for name in before):
        return False
    if after is not None and any(after[c.name] is None and not c.nullable for c in source.columns):
        return False
    rows = edited(database[source.name], before, after)
    return not broken_constraints(spec, source, database, [(before, after)], rows)


def edited(rows: list[Row], before: Row | None, after: Row | None) -> list[Row]:
    """The rows after an edit of one of them."""
    if before is None:
        return rows if after is None else [*rows, after]
    return [row if row is not before else after for row in rows if row is not before or after is not None]  # type: ignore[misc]
