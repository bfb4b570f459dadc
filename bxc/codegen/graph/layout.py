"""A cascade graph → a drawing: where each box, line and arrow stands, in pixels, the same every time.

Peers stand in columns (`bxc.codegen.graph.layers`), their views inside them under the source that they come from,
shares in the gutters between the columns. Cascades are arcs inside a peer, to the right of its views.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import fmean

from bxc.codegen.graph.arcs import arrows
from bxc.codegen.graph.bundle import Bundle, bundles
from bxc.codegen.graph.cascade import CascadeGraph
from bxc.codegen.graph.cluster import Cluster, clusters
from bxc.codegen.graph.drawing import Arrow, Box, Drawing, Line, PlacedShare
from bxc.codegen.graph.layers import Layers, peer_layers
from bxc.codegen.graph.shape import ShareShape, share_shapes
from bxc.codegen.graph.spread import spread

MARGIN = 28.0
PEER_GAP = 30.0  # between peers of a column
SHARE_GAP = 14.0
REACH = 62.0  # what a line needs to bend between a view and a share
PART_GAP = 60.0  # between connected parts
PAGE = 1400.0  # parts that share nothing stand beside one another up to this width
SWEEPS = 4


def draw(graph: CascadeGraph) -> Drawing:
    """The drawing of a graph; its width and height hold everything and a margin."""
    return _Draughtsman(graph).drawing()


class _Draughtsman:
    """Places one graph; each step reads what the steps before have placed."""

    def __init__(self, graph: CascadeGraph) -> None:
        self.graph = graph
        self.cascades: dict[str, list[tuple[str, Bundle]]] = {}
        for number, bundle in enumerate(bundles(graph)):
            self.cascades.setdefault(bundle.peer, []).append((f"c{number}", bundle))
        self.clusters = clusters(graph, self.cascades)
        self.owner = {view.name: self.clusters[view.peer] for view in graph.views}
        self.shapes = share_shapes(graph)
        self.others: dict[str, list[str]] = {view.name: [] for view in graph.views}  # the other ends of its shares
        for share in graph.shares:
            for view in share.views:
                self.others[view] += [other for other in share.views if other != view]
        self.shares: dict[str, Box] = {}

    def drawing(self) -> Drawing:
        """Places part after part, from left to right and in rows."""
        parts = peer_layers(self.graph, lambda peer: self.clusters[peer].box.height)
        gutters = self._gutters(parts)
        widths = [_Widths(layers, gutter, self.clusters) for layers, gutter in zip(parts, gutters, strict=True)]
        page = max([PAGE, *(width.total for width in widths)])
        x = y = bottom = right = MARGIN
        for layers, gutter, width in zip(parts, gutters, widths, strict=True):
            if x + width.total > page + MARGIN:
                x, y = MARGIN, bottom + PART_GAP
            bottom = max(bottom, self._place(layers, gutter, width, x, y))
            right = max(right, x + width.total)
            x += width.total + PART_GAP
        return self._collect(right + MARGIN, bottom + MARGIN)

    def _gutters(self, parts: list[Layers]) -> list[list[list[ShareShape]]]:
        """The shares to the right of each column of each part: right of the leftmost of a share's peers."""
        place = {
            peer: (part, column)
            for part, layers in enumerate(parts)
            for column, layer in enumerate(layers)
            for peer in layer
        }
        gutters: list[list[list[ShareShape]]] = [[[] for _ in layers] for layers in parts]
        for shape in self.shapes:
            part, column = min(place[peer] for peer in shape.share.peers)
            gutters[part][column].append(shape)
        return gutters

    def _place(
        self, layers: Layers, gutters: list[list[ShareShape]], widths: _Widths, left: float, top: float
    ) -> float:
        """Places the peers and shares of a connected part; returns where it ends below."""
        columns = [[self.clusters[peer] for peer in layer] for layer in layers]
        heights = [_stacked((cluster.box.height for cluster in column), PEER_GAP) for column in columns]
        stacks = [_stacked((shape.height for shape in gutter), SHARE_GAP) for gutter in gutters]
        tallest = max([*heights, *stacks])
        for column, height, x in zip(columns, heights, widths.columns(left), strict=True):
            y = top + (tallest - height) / 2
            for cluster in column:
                cluster.move(x - cluster.box.width / 2, y)
                y += cluster.box.height + PEER_GAP
        members = [cluster for column in columns for cluster in column]
        for _ in range(SWEEPS):
            for cluster in members:
                cluster.sort(self._wanted)
        for gutter, x in zip(gutters, widths.gutters(left), strict=True):
            self._stack(gutter, x, top)
        ends = [self.shares[shape.share.name].bottom for gutter in gutters for shape in gutter]
        return max([top + tallest, *ends])

    def _wanted(self, view: str) -> float:
        """Where a view would like to stand: as high as the other ends of its shares."""
        return fmean(self.owner[end].views[end].middle for end in self.others[view] or [view])

    def _stack(self, gutter: list[ShareShape], middle: float, top: float) -> None:
        """Stacks the shares of a gutter, each as near to the middle of its views as the others and the top allow."""

        def wanted(shape: ShareShape) -> float:
            return fmean(self.owner[view].views[view].middle for view in shape.share.views)

        ordered = sorted(gutter, key=wanted)
        heights = [shape.height + SHARE_GAP for shape in ordered]
        middles = spread([wanted(shape) for shape in ordered], heights)
        lower = max(0.0, top - (middles[0] - ordered[0].height / 2)) if ordered else 0.0
        for shape, y in zip(ordered, middles, strict=True):
            box = Box(middle - shape.width / 2, y + lower - shape.height / 2, shape.width, shape.height)
            self.shares[shape.share.name] = box

    def _collect(self, width: float, height: float) -> Drawing:
        views = {view.name: f"v{number}" for number, view in enumerate(self.graph.views)}
        peers = [self.clusters[peer.name] for peer in self.graph.peers]
        return Drawing(
            width,
            height,
            tuple(cluster.placed for cluster in peers),
            tuple(source for cluster in peers for source in cluster.placed_sources()),
            tuple(view for cluster in peers for view in cluster.placed_views(views)),
            tuple(
                PlacedShare(f"h{shape.share.id}", shape.share, self.shares[shape.share.name], shape.lines)
                for shape in self.shapes
            ),
            tuple(self._lines(views)),
            tuple(self._arrows(views)),
        )

    def _lines(self, ids: dict[str, str]) -> Iterator[Line]:
        for share in self.graph.shares:
            box = self.shares[share.name]
            for name in share.views:
                view = self.owner[name].views[name]
                x1, x2 = (view.right, box.x) if view.x < box.x else (view.x, box.right)
                y1, y2, bend = view.middle, box.middle, (x2 - x1) / 2
                path = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
                yield Line(path, (ids[name], f"h{share.id}"))

    def _arrows(self, views: dict[str, str]) -> Iterator[Arrow]:
        shares = {share.name: f"h{share.id}" for share in self.graph.shares}
        for peer, own in self.cascades.items():
            yield from arrows(own, self.clusters[peer].views, views, shares)


class _Widths:
    """The widths of a connected part: column, gutter, column, gutter …; an empty gutter at the end has none."""

    def __init__(self, layers: Layers, gutters: list[list[ShareShape]], clusters: dict[str, Cluster]) -> None:
        self._columns = [max(clusters[peer].box.width for peer in layer) for layer in layers]
        self._gutters = [max(shape.width for shape in g) + 2 * REACH if g else 0.0 for g in gutters]
        self.total = sum(self._columns) + sum(self._gutters)

    def columns(self, left: float) -> Iterator[float]:
        """The middle of each column."""
        for column, gutter in zip(self._columns, self._gutters, strict=True):
            yield left + column / 2
            left += column + gutter

    def gutters(self, left: float) -> Iterator[float]:
        """The middle of each gutter."""
        for column, gutter in zip(self._columns, self._gutters, strict=True):
            yield left + column + gutter / 2
            left += column + gutter


def _stacked(heights: Iterable[float], gap: float) -> float:
    found = list(heights)
    return sum(found) + gap * max(len(found) - 1, 0)
