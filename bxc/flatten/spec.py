"""All views of a spec → the plans of all peers."""

from __future__ import annotations

from dataclasses import replace

from bxc import model
from bxc.diagnostic import Diagnostic
from bxc.flatten.findings import too_deep
from bxc.flatten.view import flatten_view
from bxc.lens.nesting import MAX_NESTING, nesting
from bxc.plan import PeerPlan, Plan, Referencing, RightsRow, SourcePlan, ViewPlan


def flatten(spec: model.Spec) -> tuple[Plan, list[Diagnostic]]:
    """The plan of all peers, without the views that have an error and those built on them."""
    sources = {s.name: s for s in spec.sources}
    shared = _shared_views(spec)
    views: dict[str, ViewPlan] = {}
    found = [too_deep(c.span) for s in spec.sources for c in s.checks if nesting(c.condition) > MAX_NESTING]
    for view in _bases_first(spec.views):
        below = views.get(view.base)
        if below is None and view.base not in sources:
            continue  # its base was refused, with the reason there
        source = sources[view.base if below is None else below.source]
        plan, diagnostics = flatten_view(view, source, below, shared=view.name in shared)
        found.extend(diagnostics)
        if plan is not None:
            views[view.name] = plan
    return _plan(spec, views), found


def _bases_first(views: tuple[model.View, ...]) -> list[model.View]:
    """The views in an order in which each stands behind its base; otherwise as in the text."""
    by_name = {v.name: v for v in views}
    ordered: dict[str, model.View] = {}
    for view in views:
        chain = [view]
        while chain[-1].base not in ordered and (base := by_name.get(chain[-1].base)) is not None:
            chain.append(base)
        ordered.update((v.name, v) for v in reversed(chain) if v.name not in ordered)
    return list(ordered.values())


def _shared_views(spec: model.Spec) -> frozenset[str]:
    """The views that are in a share, and those on which one of these is built."""
    by_name = {v.name: v for v in spec.views}
    found: set[str] = set()
    for share in spec.shares:
        for name in share.views:
            current = name
            while current in by_name and current not in found:
                found.add(current)
                current = by_name[current].base
    return frozenset(found)


def _plan(spec: model.Spec, views: dict[str, ViewPlan]) -> Plan:
    shares_of: dict[str, tuple[str, ...]] = {}
    for share in spec.shares:
        for view in share.views:
            shares_of[view] = (*shares_of.get(view, ()), share.name)
    peers = tuple(
        PeerPlan(
            peer.name,
            tuple(_source_plan(s, spec) for s in spec.sources if s.peer == peer.name),
            tuple(replace(v, shares=shares_of.get(v.name, ())) for v in views.values() if v.peer == peer.name),
            tuple(row for share in spec.shares for row in _rights(share, peer.name, views)),
        )
        for peer in spec.peers
        if any(s.peer == peer.name for s in spec.sources)
    )
    return Plan(spec.name, spec.version, peers)


def _source_plan(source: model.Source, spec: model.Spec) -> SourcePlan:
    return SourcePlan(
        source,
        tuple(
            Referencing(other.name, key)
            for other in spec.sources
            for key in other.foreign_keys
            if key.target == source.name
        ),
    )


def _rights(share: model.Share, peer: str, views: dict[str, ViewPlan]) -> tuple[RightsRow, ...]:
    """The rights of a peer in a share, granted or not; none where the peer is no member or its view has an error."""
    own = next((views[v] for v in share.views if v in views and views[v].peer == peer), None)
    if own is None:
        return ()
    updates = (RightsRow(share.name, "update", c.name, share.holds(peer, "update", c.name)) for c in own.columns)
    rows = (RightsRow(share.name, operation, "", share.holds(peer, operation)) for operation in ("insert", "delete"))
    return (*updates, *rows)
