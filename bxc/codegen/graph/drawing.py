"""A drawing of a cascade graph: boxes, lines and arrows with their places, for any renderer of vectors."""

from __future__ import annotations

from dataclasses import replace

from bxc.codegen.graph.bundle import Bundle
from bxc.codegen.graph.cascade import PeerNode, ShareNode, SourceNode, ViewNode
from bxc.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, from its left upper corner; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half of the way down."""
        return self.y + self.height / 2

    def shifted(self, down: float) -> Box:
        """The same box further down."""
        return replace(self, y=self.y + down)


@dataclass(frozen=True, slots=True)
class PlacedPeer:
    """``label``: its name as written out; ``name``: its name in the spec where that is another one, else empty."""

    id: str
    peer: PeerNode
    box: Box
    label: str
    name: str


@dataclass(frozen=True, slots=True)
class PlacedSource:
    id: str
    source: SourceNode
    box: Box
    label: str


@dataclass(frozen=True, slots=True)
class PlacedView:
    id: str
    view: ViewNode
    box: Box
    label: str


@dataclass(frozen=True, slots=True)
class PlacedShare:
    """``lines``: its name, and below it its rights as far as they fit."""

    id: str
    share: ShareNode
    box: Box
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A view's membership of a share, as an SVG path; ``ends`` are ids."""

    path: str
    ends: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Arrow:
    """A bundle of cascades, as an SVG path; ``ends`` are the ids of its views and shares, ``label`` may be empty."""

    id: str
    bundle: Bundle
    path: str
    ends: tuple[str, ...]
    label: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything to draw, in the spec's order."""

    width: float
    height: float
    peers: tuple[PlacedPeer, ...]
    sources: tuple[PlacedSource, ...]
    views: tuple[PlacedView, ...]
    shares: tuple[PlacedShare, ...]
    lines: tuple[Line, ...]
    arrows: tuple[Arrow, ...]
