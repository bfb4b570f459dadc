"""A resolved spec: names bound, types known, nothing proved yet.

Built by `bxc.resolve` from syntax trees without errors. Every named thing keeps the span of its declaration, so that
later stages can point at it; nothing in a model depends on spans otherwise.
"""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.expr import Expr, Literal
from bxc.text import Span
from bxc.types import Type


@dataclass(frozen=True, slots=True)
class Identity:
    """What a view or share is called: a name and the arguments of its family (none today)."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """An organisation with a key and a database. ``display`` is the name as 'written out', else the name."""

    name: str
    display: str
    span: Span


# --- sources --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source. Primary key columns are NOT NULL. ``default`` None: no default was declared."""

    name: str
    type: Type
    nullable: bool
    default: Literal | None
    span: Span


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows agree on these columns without a NULL among them."""

    columns: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Check:
    """No row makes ``condition`` false. ``name`` is unique in its source (made up where none was given)."""

    name: str
    condition: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Each non-NULL value of ``column`` stands in ``target_column`` of ``target``, a source of the same peer."""

    column: str
    target: str
    target_column: str
    span: Span


@dataclass(frozen=True, slots=True)
class Dependency:
    """A functional dependency: rows that agree on ``left`` (NULLs are equal) agree on ``right``."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Source:
    """A base table at a peer. ``primary_key`` is never empty."""

    name: str
    peer: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    uniques: tuple[Unique, ...]
    checks: tuple[Check, ...]
    foreign_keys: tuple[ForeignKey, ...]
    dependencies: tuple[Dependency, ...]
    span: Span
    primary_key_span: Span

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


# --- views ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fresh:
    """A default that makes a new value: a random uuid, or the next free int."""


@dataclass(frozen=True, slots=True)
class Where:
    """Rows for which ``condition`` (over the columns at this step) is true."""

    condition: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Default:
    """What a hidden column takes on insert."""

    column: str
    value: Literal | Fresh
    span: Span


@dataclass(frozen=True, slots=True)
class Keep:
    """Only these columns, in this order."""

    columns: tuple[str, ...]
    defaults: tuple[Default, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Drop:
    """All but this column. ``determined_by``: an existing row that agrees on these columns gives the value instead."""

    column: str
    default: Literal | Fresh
    determined_by: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Rename:
    old: str
    new: str
    span: Span


@dataclass(frozen=True, slots=True)
class Add:
    """A computed, read-only column, behind the others."""

    column: str
    value: Expr
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Key:
    """The view's key as declared."""

    columns: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class OnDelete:
    """``policy``: ``delete``, ``reject`` or ``set``; only ``set`` has a column (of the base) and a value."""

    policy: str
    column: str | None
    value: Literal | None
    span: Span


@dataclass(frozen=True, slots=True)
class OnHidden:
    """``policy``: ``reject`` or ``revive``."""

    policy: str
    span: Span


@dataclass(frozen=True, slots=True)
class Join:
    other: str
    on: tuple[str, ...]
    delete: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Union:
    other: str
    insert_into: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Minus:
    other: str
    span: Span


Step = Where | Keep | Drop | Rename | Add | Key | OnDelete | OnHidden | Join | Union | Minus


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column that a view ends with; ``nullable`` as far as the resolver knows (lenses sharpen it by `where`)."""

    name: str
    type: Type
    nullable: bool


@dataclass(frozen=True, slots=True)
class View:
    """A pipeline of lens steps from ``base``, a source or view of the same peer."""

    id: Identity
    peer: str
    base: str
    steps: tuple[Step, ...]
    columns: tuple[ViewColumn, ...]
    span: Span

    @property
    def name(self) -> str:
        return self.id.name


# --- shares ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may change the rights of ``columns`` (empty: of all that no other line names)."""

    peer: str
    columns: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Right:
    """``operation``: ``update`` (of ``attribute``), ``insert`` or ``delete`` (attribute is '')."""

    operation: str
    attribute: str
    peer: str
    span: Span


@dataclass(frozen=True, slots=True)
class Share:
    """Views of different peers, kept equal. ``deadline`` in seconds (None: no `ack within`).

    ``policy`` is ``stall``, ``exclude`` or ``cancel``; ``opener`` the peer that opens; ``rights`` in the order of the
    text.
    """

    id: Identity
    views: tuple[str, ...]
    authorities: tuple[Authority, ...]
    rights: tuple[Right, ...]
    opener: str
    adopt: bool
    deadline: int | None
    policy: str
    span: Span

    @property
    def name(self) -> str:
        return self.id.name

    @property
    def authority(self) -> str:
        """The peer whose `authority` line names no columns."""
        return next(a.peer for a in self.authorities if not a.columns)

    def holds(self, peer: str, operation: str, attribute: str = "") -> bool:
        """Whether a peer holds a right."""
        return any(r.peer == peer and r.operation == operation and r.attribute == attribute for r in self.rights)


@dataclass(frozen=True, slots=True)
class Spec:
    """All declarations of a root file and its imports, each in the order of the text (imports first)."""

    name: str
    version: int
    peers: tuple[Peer, ...]
    sources: tuple[Source, ...]
    views: tuple[View, ...]
    shares: tuple[Share, ...]
