"""A cascade graph → the cards of the page: what there is to say about each peer, view, share and cascade.

An item of a card may name a node; these nodes are the neighbourhood that the page lights up.
"""

from __future__ import annotations

from collections.abc import Iterator

from bxc.codegen.expression_text import literal_text
from bxc.codegen.graph.bundle import Bundle, bundles, right_text
from bxc.codegen.graph.cascade import CascadeEdge, CascadeGraph, PeerNode, ShareNode, ViewNode
from bxc.dataclass import dataclass
from bxc.expr import Literal
from bxc.witness import Row, Table


@dataclass(frozen=True, slots=True)
class Item:
    """A line of text; ``node`` is the id of the node that it leads to, if any."""

    text: str
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A heading and the items under it, of which there is at least one."""

    term: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """``node`` is the id of the node it is about, ``kind`` what that is."""

    node: str
    kind: str
    title: str
    facts: tuple[Fact, ...]


def cards(graph: CascadeGraph) -> tuple[Card, ...]:
    """The cards of all peers, views, shares and bundles of cascades, each in the order of the spec."""
    return tuple(_Cards(graph).all())


class _Cards:
    """Writes the cards of one graph; holds what leads from names to ids and to cascades."""

    def __init__(self, graph: CascadeGraph) -> None:
        self.graph = graph
        self.peers = {peer.name: f"p{number}" for number, peer in enumerate(graph.peers)}
        self.views = {view.name: f"v{number}" for number, view in enumerate(graph.views)}
        self.shares = {share.name: f"h{share.id}" for share in graph.shares}
        self.owner = {view.name: view.peer for view in graph.views}
        self.bundles = {f"c{number}": bundle for number, bundle in enumerate(bundles(graph))}
        self.by_view: dict[str, list[str]] = {view.name: [] for view in graph.views}
        self.by_share: dict[str, list[str]] = {share.name: [] for share in graph.shares}
        for id_, bundle in self.bundles.items():
            for view in {bundle.from_view: None, bundle.to_view: None}:
                self.by_view[view].append(id_)
            self.by_share[bundle.from_share].append(id_)
            self.by_share[bundle.to_share].append(id_)

    def all(self) -> Iterator[Card]:
        for peer in self.graph.peers:
            yield self._peer(peer)
        for view in self.graph.views:
            yield self._view(view)
        for share in self.graph.shares:
            yield self._share(share)
        for id_, bundle in self.bundles.items():
            yield self._bundle(id_, bundle)

    def _peer(self, peer: PeerNode) -> Card:
        views = [view.name for view in self.graph.views if view.peer == peer.name]
        sources = [source.name for source in self.graph.sources if source.peer == peer.name]
        shares = [share.name for share in self.graph.shares if peer.name in share.peers]
        cascades = [id_ for id_, bundle in self.bundles.items() if bundle.peer == peer.name]
        facts = (
            Fact("Name in the spec", (Item(peer.name),)),
            Fact("Sources", tuple(Item(source) for source in sources)),
            Fact("Views", tuple(Item(view, self.views[view]) for view in views)),
            Fact("Shares", tuple(Item(share, self.shares[share]) for share in shares)),
            self._cascades("Cascades", cascades),
        )
        return _card(self.peers[peer.name], "peer", peer.display, facts)

    def _view(self, view: ViewNode) -> Card:
        base = Item(view.base, self.views.get(view.base))
        facts = (
            Fact("At", (Item(view.peer),)),
            Fact("From", (base,) if view.base == view.source else (base, Item(f"of {view.source}"))),
            Fact("Key", (Item(", ".join(view.key)),)),
            Fact("Columns", tuple(Item(column) for column in view.columns)),
            Fact(f"Changes with {view.source}", (Item(", ".join(view.fed_by)),)),
            Fact("Shares", tuple(Item(share, self.shares[share]) for share in view.shares)),
            self._cascades("Cascades", self.by_view[view.name]),
        )
        kind = "view of groups of rows" if view.grouped else "view"
        return _card(self.views[view.name], kind, view.name, facts)

    def _share(self, share: ShareNode) -> Card:
        ends = (Item(f"{view} at {self.owner[view]}", self.views[view]) for view in share.views)
        cascades = self.by_share[share.name]
        facts = (
            Fact("Ends", tuple(ends)),
            Fact("Authority", (Item(share.authority),)),
            Fact("Opened by", (Item(share.opener),)),
            Fact("Rights", tuple(Item(right_text(right)) for right in share.rights)),
            self._cascades("Can change", [c for c in cascades if self.bundles[c].from_share == share.name]),
            self._cascades("Can be changed by", [c for c in cascades if self.bundles[c].to_share == share.name]),
        )
        return _card(self.shares[share.name], "share", share.name, facts)

    def _bundle(self, id_: str, bundle: Bundle) -> Card:
        views = {bundle.from_view: None, bundle.to_view: None}
        facts = (
            Fact("At", (Item(bundle.peer),)),
            Fact("Through", tuple(Item(view, self.views[view]) for view in views)),
            Fact("From share", (Item(bundle.from_share, self.shares[bundle.from_share]),)),
            Fact("To share", (Item(bundle.to_share, self.shares[bundle.to_share]),)),
            *(Fact(_cause(edge), tuple(_consequences(edge))) for edge in bundle.edges),
        )
        kind = "cascade" if bundle.remote else "cascade of the peer's own edits"
        return _card(id_, kind, f"{bundle.from_share} → {bundle.to_share}", facts)

    def _cascades(self, term: str, ids: list[str]) -> Fact:
        """The cascades, each with what it leads to."""
        items = []
        for id_ in ids:
            bundle = self.bundles[id_]
            text = f"{bundle.from_share} → {bundle.to_share} at {bundle.peer}: {bundle.rights}"
            items.append(Item(text, id_))
        return Fact(term, tuple(items))


def _card(node: str, kind: str, title: str, facts: tuple[Fact, ...]) -> Card:
    return Card(node, kind, title, tuple(fact for fact in facts if fact.items))


def _cause(edge: CascadeEdge) -> str:
    what = f"update {edge.attribute}" if edge.operation == "update" else edge.operation
    return f"{what} by {', '.join(edge.by)} can cause"


def _consequences(edge: CascadeEdge) -> Iterator[Item]:
    """What an edge can cause, when, and an example of it."""
    yield Item(_consequence(edge))
    if edge.condition is not None:
        yield Item(f"where {edge.condition}")
    if edge.witness is None:
        yield Item("not proved: columns and conditions do not exclude it")
        return
    for table in edge.witness.tables:
        yield Item(f"{table.title}: {'; '.join(_row(table, row) for row in table.rows) or 'no row'}")


def _row(table: Table, row: Row) -> str:
    values = zip(table.columns, row, strict=True)
    return f"({', '.join(literal_text(Literal(value, column.type)) for column, value in values)})"


def _consequence(edge: CascadeEdge) -> str:
    return ", ".join(
        f"update of {', '.join(edge.attributes)}" if operation == "update" else operation
        for operation in edge.operations
    )
