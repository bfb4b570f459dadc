"""Witnesses, as data: small concrete tables that show a finding, and what to do on real databases to see it happen."""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.types import Type, Value

Row = tuple[Value, ...]

# --- what is done ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceRows:
    """The content of one source; each row has the values of all its columns, in the source's order."""

    source: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """A peer's database with its sources filled (those not listed are empty). ``label`` is unique in a scenario.

    One peer may stand there twice, before and after an edit: ``Patient, before``, ``Patient, after``.
    """

    label: str
    peer: str
    sources: tuple[SourceRows, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One row of a view's delta: `insert`, `update` or `delete`.

    ``old_key`` has the values of the view's key columns (None for an insert), ``row`` those of all its columns (None
    for a delete).
    """

    operation: str
    old_key: Row | None
    row: Row | None


@dataclass(frozen=True, slots=True)
class Put:
    """A delta put through a view of a database (by its label)."""

    database: str
    view: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a view or source of a database (by its label) holds: a set of rows, in any order."""

    database: str
    relation: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Databases, what their views hold, puts in order, and how it ends.

    All databases are legal at the start. All puts but the last are accepted; the last is refused with the code
    ``refused`` (`BXC17`), or accepted where that is None. ``before`` is true at the start, ``after`` at the end.
    """

    databases: tuple[Database, ...]
    before: tuple[Content, ...] = ()
    puts: tuple[Put, ...] = ()
    refused: str | None = None
    after: tuple[Content, ...] = ()


# --- what is shown --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and type, for how its values are written."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Table:
    """A table to show: ``title`` is in a user's words; ``marked`` are the (row, column) cells that matter."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    marked: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Witness:
    """Tables in reading order, then one sentence that says what happens; ``scenario`` is how to see it happen.

    A witness without a scenario speaks of what cannot be (there is nothing to run).
    """

    tables: tuple[Table, ...]
    outcome: str
    scenario: Scenario | None
