"""SQL as the evaluator knows it: the few forms that the emitters write. Names are folded to lower case (ASCII)."""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.validate.kinds import Kind

# --- expressions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A constant; a number's text decides its kind (``2.50`` is a decimal in DuckDB)."""

    value: bool | int | float | str | bytes | None
    text: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A column, with or without the table's name."""

    qualifier: str | None
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Star:
    """All columns, of one table or of all; only among the items of a select."""

    qualifier: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """An operator or function of values, by its name in SQL: ``=``, ``and``, ``coalesce``."""

    function: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    operand: Expr | None
    whens: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    operand: Expr
    kind: Kind


@dataclass(frozen=True, slots=True, eq=False)
class RowValue:
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class InQuery:
    """``struct``: rows are compared whole, NULL being NULL."""

    operand: Expr
    query: Query
    struct: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Exists:
    query: Query


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    query: Query


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """``function`` over the rows of a group; ``operand`` None is ``count(*)``."""

    function: str
    operand: Expr | None
    distinct: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Ordering:
    operand: Expr
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """`row_number` or `count(*)` over the rows of a select."""

    function: str
    partition: tuple[Expr, ...]
    order: tuple[Ordering, ...]


Expr = Literal | Name | Star | Call | Case | Cast | RowValue | InQuery | Exists | Scalar | Aggregate | Window

# --- queries --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A stored table, a view or a common table expression; `pg_temp.` stands before PostgreSQL's bare names."""

    name: str
    alias: str


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """``columns`` None: named by its query; ``lateral``: it is made for each row before it."""

    query: Query
    alias: str | None
    columns: tuple[str, ...] | None = None
    lateral: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """``kind`` is `inner`, `cross`, `left`, `full`, `semi` or `anti`."""

    kind: str
    table: Table | Derived
    on: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    expr: Expr
    alias: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Select:
    """``group`` None: no GROUP BY; ``group_all``: by all items that are no aggregates."""

    items: tuple[Item, ...]
    table: Table | Derived | None
    joins: tuple[Join, ...]
    where: Expr | None
    group: tuple[Expr, ...] | None
    group_all: bool
    having: Expr | None
    qualify: Expr | None
    distinct: bool
    limit_one: bool
    distinct_on: tuple[Expr, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Union:
    parts: tuple[Query, ...]
    distinct: bool


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    rows: tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Common:
    """A common table expression; ``columns`` None: named by its query."""

    name: str
    columns: tuple[str, ...] | None
    query: Query


@dataclass(frozen=True, slots=True, eq=False)
class With:
    commons: tuple[Common, ...]
    recursive: bool
    body: Query


Query = Select | Union | Values | With

# --- statements -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """ON CONFLICT: what is set in the row that is there, where one clashes in a ``key`` (None: nothing)."""

    key: tuple[str, ...]
    sets: tuple[tuple[str, Expr], ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Insert:
    """``ignore``: rows that would break a uniqueness are left out.

    ``first``: what is deleted before, with the name under which one number for each such row is known.
    """

    table: str
    columns: tuple[str, ...] | None
    query: Query
    ignore: bool
    alias: str | None = None
    conflict: Conflict | None = None
    first: tuple[str, Delete] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    table: Table
    sets: tuple[tuple[str, Expr], ...]
    source: Table | Derived | None
    where: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Delete:
    table: Table
    using: Table | Derived | None
    where: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class CreateTableAs:
    """``if_missing``: an existing table stays; otherwise it is replaced."""

    name: str
    query: Query
    if_missing: bool


@dataclass(frozen=True, slots=True, eq=False)
class CreateTemporary:
    """PostgreSQL's temporary table of a transaction; there must be none of the name."""

    name: str
    query: Query


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    name: str
    kind: Kind
    not_null: bool
    default: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class CreateTable:
    """``keys``: the primary key and each UNIQUE; ``rowid``: the column that SQLite numbers by itself.

    Where ``enforced`` is false they are what a query happens to give once, and hold until rows are written.
    """

    name: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...]
    checks: tuple[Expr, ...]
    foreign_keys: tuple[ForeignKey, ...]
    rowid: str | None
    enforced: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class CreateView:
    """``text`` is the query, read where it is asked for."""

    name: str
    columns: tuple[str, ...] | None
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class CreateTrigger:
    """``event`` is `insert`, `update` or `delete`; ``of`` the columns of an update, if listed; texts are read late."""

    name: str
    instead: bool
    event: str
    of: tuple[str, ...] | None
    table: str
    when: str | None
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CreateSequence:
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class CreateStatementTrigger:
    """PostgreSQL's trigger that runs a function after a statement; ``new`` and ``old`` name the changed rows."""

    name: str
    events: tuple[str, ...]
    table: str
    function: str
    new: str | None
    old: str | None


@dataclass(frozen=True, slots=True, eq=False)
class CreateFunction:
    """``parameters`` and ``variables`` with their kinds; ``text``: what stands between BEGIN and END."""

    name: str
    parameters: tuple[tuple[str, Kind], ...]
    variables: tuple[tuple[str, Kind], ...]
    returns: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Ignored:
    """A statement without a meaning here: an index that is not unique, a setting."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Drop:
    name: str
    if_exists: bool = False


Statement = (
    Select
    | Union
    | Values
    | With
    | Insert
    | Update
    | Delete
    | CreateTableAs
    | CreateTemporary
    | CreateTable
    | CreateView
    | CreateTrigger
    | CreateSequence
    | CreateStatementTrigger
    | CreateFunction
    | Ignored
    | Drop
)


def fold(name: str) -> str:
    """A name as the engines compare it: without the case of ASCII letters."""
    return "".join(c.lower() if c.isascii() else c for c in name)
