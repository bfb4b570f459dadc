"""A resolved spec and its plan → its cascade graph, by columns and predicates alone.

An edge is left out only if the change cannot reach the other view: it writes no column that the view shows or that its
`where` reads, or it touches only rows that lie outside the view (`bxc.laws.intervals`).
"""

from __future__ import annotations

from collections.abc import Iterator

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
from bxc.laws.intervals_effect import Effects
from bxc.laws.intervals_reach import Change, Reach, Reaches
from bxc.model import Share, Spec
from bxc.plan import Plan, ViewPlan


def cascade_graph(spec: Spec, plan: Plan) -> CascadeGraph:
    """The cascade graph of a spec; ``plan`` is the spec's own."""
    views = {view.name: view for peer in plan.peers for view in peer.views}
    shares = tuple(_share(number, share, views) for number, share in enumerate(spec.shares))
    return CascadeGraph(
        spec.name,
        spec.version,
        tuple(PeerNode(peer.name, peer.display) for peer in spec.peers),
        tuple(SourceNode(source.name, source.peer) for source in spec.sources),
        tuple(_view(views[view.name]) for view in spec.views),
        shares,
        tuple(_edges(shares, plan)),
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


def _edges(shares: tuple[ShareNode, ...], plan: Plan) -> Iterator[CascadeEdge]:
    """All edges, in the order of the first share, its right, the peer, the second view and the second share."""
    shared = [view for peer in plan.peers for view in peer.views if view.shares]
    effects = {view.name: Effects(view) for view in shared}
    by_source: dict[str, list[ViewPlan]] = {}
    for view in shared:
        by_source.setdefault(view.source, []).append(view)
    reaches = {source: Reaches(views) for source, views in by_source.items()}
    for share in shares:
        for right in share.rights:
            for name in share.views:
                view = effects[name].view
                caused = effects[name].of(right.operation, right.attribute)
                for other, change in reaches[view.source].changed_by(caused, view):
                    yield from _between(share, right, view, other, change)


def _between(
    share: ShareNode, right: GrantedRight, view: ViewPlan, other: ViewPlan, change: Change
) -> Iterator[CascadeEdge]:
    operations = tuple(o for o in OPERATIONS if o in change.operations)
    attributes = tuple(c.name for c in other.columns if c.name in change.attributes)
    for to_share in other.shares:
        if to_share != share.name:
            yield CascadeEdge(
                share.name,
                right.operation,
                right.attribute,
                right.by,
                view.peer,
                view.name,
                other.name,
                to_share,
                operations,
                attributes,
            )
