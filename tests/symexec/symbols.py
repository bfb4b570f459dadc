"""Symbolic rows, values for their variables, and what a relation is under them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from bxc.laws.term import FALSE, Ground, Sort, Term, and_, const, not_, rebuild, var, variables
from bxc.validate import kinds as k
from bxc.validate import values as v
from bxc.validate.database import Database
from bxc.validate.ground import Raw, shown
from bxc.validate.scope import Row
from bxc.validate.values import Value

POOL: dict[Sort, Sequence[Ground]] = {
    Sort.BOOL: (False, True),
    Sort.INT: (0, 1, 2),
    Sort.TEXT: ("", "a", "b"),
    Sort.BYTES: (b"", b"a"),
    Sort.REAL: (0.0, 1.5),
}


def symbolic_row(database: Database, table: str, tag: str) -> Row:
    """A row of a table of which nothing is known, not even whether it is there."""
    values = []
    for column in database.columns(table):
        name = f"{tag}.{column.name}"
        null = FALSE if column.not_null else var(f"{name} is null", Sort.BOOL)
        term = var(name, column.kind.sort)
        if column.kind == k.BOOL:
            values.append(v.truth(and_(not_(null), term), and_(not_(null), not_(term))))
        else:
            values.append(Value(column.kind, null, term))
    return var(f"{tag} is there", Sort.BOOL), tuple(values)


def with_symbols(database: Database, table: str, count: int) -> Database:
    """The database with some symbolic rows in a table."""
    rows = [symbolic_row(database, table, f"{table}{n}") for n in range(count)]
    return database.with_rows(table, rows)


def terms(rows: Iterable[Row]) -> list[Term]:
    """All terms of some rows."""
    return [t for present, values in rows for t in (present, *(x for c in values for x in (c.null, c.term, c.no)))]


def random_values(asked: Iterable[Term], random: Random) -> dict[str, Ground]:
    """A value for each variable."""
    found: dict[str, Ground] = {}
    for name, variable in variables(*asked).items():
        chance = 3 if name.endswith("is there") else 1
        found[name] = random.choice([*POOL[variable.sort], *([True] * chance if variable.sort is Sort.BOOL else [])])
    return found


class Under:
    """What terms and rows are under some values."""

    def __init__(self, values: Mapping[str, Ground]) -> None:
        self.values = values
        self._known: dict[int, Term] = {}

    def term(self, term: Term) -> Term:
        return rebuild(term, lambda variable: const(self.values[variable.data]), self._known)

    def holds(self, term: Term) -> bool:
        """Whether a condition holds."""
        found = self.term(term)
        assert found.is_const
        return bool(found.data)

    def value(self, value: Value) -> Value:
        return Value(value.kind, self.term(value.null), self.term(value.term), self.term(value.no))

    def rows(self, rows: Iterable[Row]) -> list[tuple[Raw, ...]]:
        """The rows that are there, as a driver shows them."""
        return [tuple(shown(self.value(c)) for c in values) for present, values in rows if self.holds(present)]

    def content(self, database: Database) -> dict[str, Counter[tuple[Raw, ...]]]:
        """The rows of all tables."""
        return {table: Counter(self.rows(database.content(table))) for table in database.tables}

    def database(self, database: Database) -> Database:
        """The database of ground rows."""
        for table in database.tables:
            rows = [(p, [self.value(c) for c in values]) for p, values in database.content(table) if self.holds(p)]
            database = database.with_rows(table, [(self.term(p), values) for p, values in rows])
        return database
