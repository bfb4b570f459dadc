"""The cascade graph: which right on which share can change which other share, at which peer, through which views.

An edge says: a change that the right ``operation`` (of ``attribute``) on ``from_share`` allows, put into ``from_view``
of ``peer``, can change ``to_view`` of the same peer, and so makes that peer request the listed operations on
``to_share``. `docs/graph-format.md` documents the JSON form.
"""

from __future__ import annotations

from bxc.dataclass import dataclass
from bxc.laws.overlap import OPERATIONS as OPERATIONS
from bxc.witness import Witness


@dataclass(frozen=True, slots=True)
class PeerNode:
    """A peer and its name as written out."""

    name: str
    display: str


@dataclass(frozen=True, slots=True)
class SourceNode:
    name: str
    peer: str


@dataclass(frozen=True, slots=True)
class ViewNode:
    """A view. ``fed_by``: the columns of ``source`` whose edit can change it, those that its `where` reads included."""

    name: str
    peer: str
    base: str
    source: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    grouped: bool
    fed_by: tuple[str, ...]
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantedRight:
    """A right and the peers that hold it; ``attribute`` is '' for insert and delete."""

    operation: str
    attribute: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShareNode:
    """A share; ``id`` is its number in the contract, ``views`` and ``peers`` are its ends."""

    name: str
    id: int
    views: tuple[str, ...]
    peers: tuple[str, ...]
    authority: str
    opener: str
    rights: tuple[GrantedRight, ...]


@dataclass(frozen=True, slots=True)
class CascadeEdge:
    """One edge. ``operations`` and ``attributes`` (those of an update) are what the right can cause by itself.

    ``basis`` says how the edge is known: by a ``witness``, or by ``syntax`` alone, which is what columns and predicates
    allow at most. ``condition`` is what the rows that are touched must make true, in the language's words and by the
    source's columns; None where nothing is asked of them.
    """

    from_share: str
    operation: str
    attribute: str
    by: tuple[str, ...]
    peer: str
    from_view: str
    to_view: str
    to_share: str
    operations: tuple[str, ...]
    attributes: tuple[str, ...]
    basis: str = "syntax"
    condition: str | None = None
    witness: Witness | None = None

    @property
    def remote(self) -> bool:
        """Whether another peer holds the right, so that ``peer`` forwards a change that it did not make."""
        return any(holder != self.peer for holder in self.by)


@dataclass(frozen=True, slots=True)
class CascadeGraph:
    """All nodes and edges of a spec, in the order of its text."""

    spec: str
    version: int
    peers: tuple[PeerNode, ...]
    sources: tuple[SourceNode, ...]
    views: tuple[ViewNode, ...]
    shares: tuple[ShareNode, ...]
    edges: tuple[CascadeEdge, ...]
