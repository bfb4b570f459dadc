"""A peer turned into a box that holds its sources, its views under them, and room for its cascades."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bxc.codegen.graph.arcs import room
from bxc.codegen.graph.bundle import Bundle
from bxc.codegen.graph.cascade import CascadeGraph, PeerNode, SourceNode, ViewNode
from bxc.codegen.graph.drawing import Box, PlacedPeer, PlacedSource, PlacedView
from bxc.codegen.graph.measure import BOLD, fit, text_width
from bxc.dataclass import dataclass

PEER_SIZE = 14.0
SOURCE_SIZE = 11.0
VIEW_SIZE = 12.5
HEAD = 34.0
SOURCE_HEIGHT = 22.0
VIEW_HEIGHT = 26.0
VIEW_GAP = 8.0
GROUP_GAP = 12.0
PADDING = 14.0
INDENT = 12.0
NAME_GAP = 8.0
NARROWEST, WIDEST = 84.0, 220.0


@dataclass(frozen=True, slots=True)
class _Group:
    """A source and its views, from top to bottom."""

    id: str
    source: SourceNode
    views: list[ViewNode]


class Cluster:
    """A peer's box. It may be moved, and its views sorted; its size stays."""

    def __init__(self, id_: str, peer: PeerNode, groups: list[_Group], lanes: float) -> None:
        self.id = id_
        self.peer = peer
        self._groups = groups
        views = [view for group in groups for view in group.views]
        widths = [text_width(view.name, VIEW_SIZE) + 24 for view in views]
        widths += [text_width(group.source.name, SOURCE_SIZE) + 8 for group in groups]
        self._inner = min(max([NARROWEST, *widths]), WIDEST)
        self._label = fit(peer.display, WIDEST, PEER_SIZE)
        self._name = "" if peer.display == peer.name else fit(peer.name, WIDEST, SOURCE_SIZE)
        title = text_width(self._label, PEER_SIZE) * BOLD + text_width(self._name, SOURCE_SIZE)
        title += NAME_GAP if self._name else 0.0
        gaps = GROUP_GAP * max(len(groups) - 1, 0)
        height = HEAD + PADDING + len(views) * (VIEW_HEIGHT + VIEW_GAP) + len(groups) * SOURCE_HEIGHT + gaps
        self.box = Box(0.0, 0.0, max(INDENT + self._inner + lanes, title) + 2 * PADDING, height)
        self.views: dict[str, Box] = {}

    def move(self, x: float, y: float) -> None:
        """Puts the left upper corner somewhere."""
        self.box = Box(x, y, self.box.width, self.box.height)
        self._arrange()

    def sort(self, wanted: Callable[[str], float]) -> None:
        """Sorts the views under each source, and the sources by their views, by the heights that are wanted."""
        heights = {view.name: wanted(view.name) for group in self._groups for view in group.views}
        for group in self._groups:
            group.views.sort(key=lambda view: heights[view.name])
        self._groups.sort(key=lambda g: sum(heights[v.name] for v in g.views) / len(g.views) if g.views else 0.0)
        self._arrange()

    @property
    def placed(self) -> PlacedPeer:
        return PlacedPeer(self.id, self.peer, self.box, self._label, self._name)

    def placed_sources(self) -> Iterator[PlacedSource]:
        for group, y in self._tops():
            box = Box(self.box.x + PADDING, y, self._inner + INDENT, SOURCE_HEIGHT)
            yield PlacedSource(group.id, group.source, box, fit(group.source.name, WIDEST, SOURCE_SIZE))

    def placed_views(self, ids: dict[str, str]) -> Iterator[PlacedView]:
        for group in self._groups:
            for view in group.views:
                label = fit(view.name, self._inner - 16, VIEW_SIZE)
                yield PlacedView(ids[view.name], view, self.views[view.name], label)

    def _tops(self) -> Iterator[tuple[_Group, float]]:
        y = self.box.y + HEAD
        for group in self._groups:
            yield group, y
            y += SOURCE_HEIGHT + len(group.views) * (VIEW_HEIGHT + VIEW_GAP) + GROUP_GAP

    def _arrange(self) -> None:
        for group, top in self._tops():
            for index, view in enumerate(group.views):
                y = top + SOURCE_HEIGHT + index * (VIEW_HEIGHT + VIEW_GAP) + VIEW_GAP / 2
                self.views[view.name] = Box(self.box.x + PADDING + INDENT, y, self._inner, VIEW_HEIGHT)


def clusters(graph: CascadeGraph, cascades: dict[str, list[tuple[str, Bundle]]]) -> dict[str, Cluster]:
    """The boxes of all peers by name, all at one place still; ``cascades`` are the arcs of each peer."""
    views: dict[str, list[ViewNode]] = {source.name: [] for source in graph.sources}
    groups: dict[str, list[_Group]] = {peer.name: [] for peer in graph.peers}
    for view in graph.views:
        views[view.source].append(view)
    for number, source in enumerate(graph.sources):
        groups[source.peer].append(_Group(f"s{number}", source, views[source.name]))
    return {
        peer.name: Cluster(
            f"p{number}", peer, groups[peer.name], room([bundle for _, bundle in cascades.get(peer.name, [])])
        )
        for number, peer in enumerate(graph.peers)
    }
