"""A database of symbolic rows, as a value; and the state of a run that changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from bxc.dataclass import dataclass
from bxc.laws.term import FALSE, TRUE, Term, not_, or_
from bxc.validate import sql as s
from bxc.validate.simplify import meet
from bxc.validate.unsupported import Unsupported
from bxc.validate.values import Value

MOST_ROWS = 400  # in one relation; what is larger is refused before it exhausts memory


@dataclass(frozen=True, slots=True, eq=False)
class StoredRow:
    """A row of a table that may be there: ``present`` says when. ``id`` is its identity in the table."""

    id: int
    present: Term
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """Tables, their rows, views and triggers of one engine. All mappings are by folded names.

    ``after``: PostgreSQL's triggers that run after a statement on a table.
    """

    engine: str
    tables: Mapping[str, s.CreateTable] = field(default_factory=dict)
    rows: Mapping[str, tuple[StoredRow, ...]] = field(default_factory=dict)
    views: Mapping[str, s.CreateView] = field(default_factory=dict)
    triggers: Mapping[str, tuple[s.CreateTrigger, ...]] = field(default_factory=dict)
    sequences: Mapping[str, int] = field(default_factory=dict)
    ids: int = 0
    functions: Mapping[str, s.CreateFunction] = field(default_factory=dict)
    after: Mapping[str, tuple[s.CreateStatementTrigger, ...]] = field(default_factory=dict)

    def with_rows(self, table: str, rows: Sequence[tuple[Term, Sequence[Value]]]) -> Database:
        """The same, but a table holds exactly these rows (presence and values in the order of its columns).

        Of those that are there, no two may agree in a key of the table, as the engine would not hold them: joins rely
        on it. Whoever asks a solver about symbolic rows has to assume so.
        """
        name = s.fold(table)
        stored = tuple(StoredRow(self.ids + n, present, tuple(values)) for n, (present, values) in enumerate(rows))
        return replace(self, rows={**self.rows, name: stored}, ids=self.ids + len(stored))

    def columns(self, table: str) -> tuple[s.Column, ...]:
        """The columns of a table."""
        return self.tables[s.fold(table)].columns

    def content(self, table: str) -> list[tuple[Term, tuple[Value, ...]]]:
        """The rows of a table that may be there."""
        return [(row.present, row.values) for row in self.rows[s.fold(table)]]


@dataclass(slots=True)
class State:
    """What a run changes. ``alive``: when nothing has been refused; ``doubt``: when the engine may do otherwise."""

    engine: str
    tables: dict[str, s.CreateTable]
    rows: dict[str, tuple[StoredRow, ...]]
    views: dict[str, s.CreateView]
    triggers: dict[str, tuple[s.CreateTrigger, ...]]
    sequences: dict[str, int]
    ids: int
    alive: Term = TRUE
    doubt: Term = FALSE
    refused: dict[str, Term] = field(default_factory=dict)
    fresh: int = 0
    functions: dict[str, s.CreateFunction] = field(default_factory=dict)
    after: dict[str, tuple[s.CreateStatementTrigger, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, database: Database) -> State:
        """A state that starts with the content of a database."""
        d = database
        parts = (dict(d.tables), dict(d.rows), dict(d.views), dict(d.triggers), dict(d.sequences))
        return cls(d.engine, *parts, d.ids, functions=dict(d.functions), after=dict(d.after))

    def database(self) -> Database:
        """What the state has become."""
        parts = (
            self.tables,
            self.rows,
            self.views,
            self.triggers,
            self.sequences,
            self.ids,
            self.functions,
            self.after,
        )
        return Database(self.engine, *parts)

    def written(self, name: str) -> s.CreateTable:
        """A table that rows are about to be written to: nobody enforces what is unique in what a query has given."""
        table = self.tables[name]
        if not table.enforced and table.keys:
            table = self.tables[name] = replace(table, keys=())
        return table

    def refuse(self, code: str, condition: Term) -> None:
        """Where the condition holds and nothing was refused before, the run ends with a code."""
        now = meet(self.alive, condition)
        if now is not FALSE:
            self.refused[code] = or_(self.refused.get(code, FALSE), now)
            self.alive = meet(self.alive, not_(condition))

    def doubted(self, condition: Term) -> None:
        """Where the condition holds, SQL leaves open what the engine does, and one possibility is followed."""
        self.doubt = or_(self.doubt, condition)

    def new_id(self) -> int:
        self.ids += 1
        return self.ids - 1

    def store(self, table: str, rows: Sequence[StoredRow]) -> None:
        """Makes a table hold these rows."""
        if len(rows) > MOST_ROWS:
            raise Unsupported(table, f"more than {MOST_ROWS} rows")
        self.rows[table] = tuple(rows)
