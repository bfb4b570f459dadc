"""The engine-neutral plan: what get, put, delta and changes of each view must do, with nothing left to decide.

`docs/semantics.md` gives the meaning; an emitter in `bxc.codegen.sql` turns a plan into one engine's statements. A view
over a view is flattened onto its source here, so an emitter sees one source and one view at a time. All expressions
speak of *source* columns by their names in the source.
"""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.expr import Expr, Literal
from bxc.model import ForeignKey, Identity, Source
from bxc.types import Type

# --- where the values of an inserted row come from ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FromView:
    """The staged row's value of this view column."""

    column: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A declared default, the value that `where` pins a key column to, or NULL."""

    value: Literal


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new value: a random uuid, or max + 1, 2, … in the order of the view key."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing: inserting a new source row is refused, with `code` BXC14 (a key column) or BXC16 (NOT NULL)."""

    code: str


InsertValue = FromView | Constant | Fresh | Missing


@dataclass(frozen=True, slots=True)
class Assignment:
    """A source column and what an insert or revive gives it."""

    column: str
    value: InsertValue


@dataclass(frozen=True, slots=True)
class Determined:
    """Hidden source column ``column`` takes the value that rows with equal ``by`` (kept source columns) have."""

    column: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A source column whose value a view row fixes: by a key column of the view, or pinned by `where`."""

    column: str
    value: FromView | Constant


# --- policies -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeleteRow:
    """A vanished view row deletes its source rows."""


@dataclass(frozen=True, slots=True)
class RejectDelete:
    """A vanished view row is refused: BXC19."""


@dataclass(frozen=True, slots=True)
class SetColumn:
    """A vanished view row sets a source column.

    Afterwards the row must make ``leaves`` not true (else BXC19) and, where there is one, ``stays`` true (else BXC12).
    """

    column: str
    value: Literal
    leaves: Expr
    stays: Expr | None


DeletePolicy = DeleteRow | RejectDelete | SetColumn


@dataclass(frozen=True, slots=True)
class Layer:
    """The `where` of one view in a stack of views, the source's nearest first.

    A source row with an inserted key that makes ``predicate`` not true (and all earlier layers' true) is hidden at this
    layer: ``on_hidden`` is ``reject`` (BXC11) or ``revive``, which gives it the values of ``revives`` and leaves its
    other columns alone.
    """

    predicate: Expr
    on_hidden: str
    revives: tuple[Assignment, ...]


# --- views, sources, peers ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column of a view. ``source`` names the source column that it stores, None where the column is computed."""

    name: str
    type: Type
    nullable: bool
    value: Expr
    source: str | None


@dataclass(frozen=True, slots=True)
class ViewPlan:
    """A view flattened onto its source.

    ``grouped``: a view row stands for all visible source rows with its key, else for at most one. ``match`` finds the
    source rows of a view key (visible or hidden). ``inserts`` has one entry for each source column, in the source's
    order. ``shares`` are the shares that the view is in.
    """

    id: Identity
    peer: str
    base: str
    source: str
    columns: tuple[ViewColumn, ...]
    key: tuple[str, ...]
    grouped: bool
    predicate: Expr | None
    layers: tuple[Layer, ...]
    match: tuple[Match, ...]
    inserts: tuple[Assignment, ...]
    determined: tuple[Determined, ...]
    on_delete: DeletePolicy
    shares: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.id.name

    def column(self, name: str) -> ViewColumn:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def stored(self) -> tuple[ViewColumn, ...]:
        """The columns that are source columns, in the view's order."""
        return tuple(c for c in self.columns if c.source is not None)

    @property
    def computed(self) -> tuple[ViewColumn, ...]:
        return tuple(c for c in self.columns if c.source is None)


@dataclass(frozen=True, slots=True)
class Referencing:
    """Rows of ``source`` refer to this source by ``key`` (its `target` is the source that holds this entry)."""

    source: str
    key: ForeignKey


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """A source, and the foreign keys that point at it."""

    source: Source
    referenced_by: tuple[Referencing, ...]

    @property
    def name(self) -> str:
        return self.source.name


@dataclass(frozen=True, slots=True)
class RightsRow:
    """One row of `bxc_rights` as the spec grants it; ``attribute`` is '' for insert and delete."""

    share: str
    operation: str
    attribute: str
    granted: bool


@dataclass(frozen=True, slots=True)
class PeerPlan:
    """All that one peer's database needs; views in dependency order, rights of this peer alone."""

    peer: str
    sources: tuple[SourcePlan, ...]
    views: tuple[ViewPlan, ...]
    rights: tuple[RightsRow, ...]

    def source(self, name: str) -> SourcePlan:
        """The source of that name; KeyError if there is none."""
        for source in self.sources:
            if source.name == name:
                return source
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plans of all peers that have a source, in the spec's order."""

    spec: str
    version: int
    peers: tuple[PeerPlan, ...]
