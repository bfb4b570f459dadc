"""A resolved spec, its plan and what was proved of its overlaps → its cascade graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bxc.codegen.graph.cascade import (
    OPERATIONS,
    CascadeEdge,
    CascadeGraph,
    GrantedRight,
    PeerNode,
    ShareNode,
    SourceNode,
    ViewNode,
)
from bxc.codegen.graph.condition import condition
from bxc.laws.intervals_reach import Reach
from bxc.laws.limits import Limits
from bxc.laws.overlap import overlap_obligations
from bxc.laws.verdict import Edge
from bxc.model import Share, Spec
from bxc.plan import Plan, ViewPlan


def cascade_graph(spec: Spec, plan: Plan, overlaps: Iterable[Edge] | None = None) -> CascadeGraph:
    """The cascade graph of a spec; ``plan`` is the spec's own.

    ``overlaps`` are the edges of the checker's verdicts; without them they are proved here.
    """
    views = {view.name: view for peer in plan.peers for view in peer.views}
    shares = tuple(_share(number, share, views) for number, share in enumerate(spec.shares))
    return CascadeGraph(
        spec.name,
        spec.version,
        tuple(PeerNode(peer.name, peer.display) for peer in spec.peers),
        tuple(SourceNode(source.name, source.peer) for source in spec.sources),
        tuple(_view(views[view.name]) for view in spec.views),
        shares,
        tuple(_edges(shares, plan, _proved(spec, plan) if overlaps is None else overlaps)),
    )


def _share(number: int, share: Share, views: dict[str, ViewPlan]) -> ShareNode:
    rights: dict[tuple[str, str], list[str]] = {}
    for right in share.rights:
        rights.setdefault((right.operation, right.attribute), []).append(right.peer)
    bits = {column.name: bit for bit, column in enumerate(views[share.views[0]].columns)}
    ordered = sorted(rights, key=lambda r: (OPERATIONS.index(r[0]), bits.get(r[1], -1)))
    granted = tuple(GrantedRight(*right, tuple(dict.fromkeys(rights[right]))) for right in ordered)
    peers = tuple(views[view].peer for view in share.views)
    return ShareNode(share.name, number, share.views, peers, share.authority, share.opener, granted)


def _view(view: ViewPlan) -> ViewNode:
    reach = Reach(view)
    fed_by = tuple(a.column for a in view.inserts if a.column in reach.reads or a.column in reach.shows)
    names = tuple(column.name for column in view.columns)
    return ViewNode(view.name, view.peer, view.base, view.source, names, view.key, view.grouped, fed_by, view.shares)


def _proved(spec: Spec, plan: Plan) -> Iterator[Edge]:
    """The edges, decided here and now."""
    for obligation in overlap_obligations(spec, plan):
        for verdict in obligation.prove(Limits()):
            if verdict.edge is not None:
                yield verdict.edge


def _edges(shares: tuple[ShareNode, ...], plan: Plan, overlaps: Iterable[Edge]) -> Iterator[CascadeEdge]:
    """All edges, in the order of the first share, its right, the peer, the second view and the second share."""
    shared = [view for peer in plan.peers for view in peer.views if view.shares]
    views = {view.name: view for view in shared}
    place = {view.name: number for number, view in enumerate(shared)}
    number_of = {share.name: share.id for share in shares}
    rights = {
        (share.name, r.operation, r.attribute): number for share in shares for number, r in enumerate(share.rights)
    }
    ends = {(share.name, view): number for share in shares for number, view in enumerate(share.views)}

    def order(edge: Edge) -> tuple[int, ...]:
        return (
            number_of[edge.from_share],
            rights[edge.from_share, edge.operation, edge.attribute],
            ends[edge.from_share, edge.from_view],
            place[edge.to_view],
            number_of[edge.to_share],
        )

    for edge in sorted(overlaps, key=order):
        yield CascadeEdge(
            edge.from_share,
            edge.operation,
            edge.attribute,
            edge.by,
            edge.peer,
            edge.from_view,
            edge.to_view,
            edge.to_share,
            edge.operations,
            edge.attributes,
            "witness" if edge.known else "syntax",
            condition(edge, views[edge.from_view], views[edge.to_view]),
            edge.witness,
        )
