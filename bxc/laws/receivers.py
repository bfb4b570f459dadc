"""A spec → an obligation for each end of each share that others may edit, and for each view's own edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bxc import model
from bxc.expr import conjuncts
from bxc.laws.edit import Change
from bxc.laws.end import End
from bxc.laws.receive import Receive, Sender
from bxc.plan import Plan


def ends(spec: model.Spec, plan: Plan) -> dict[str, End]:
    """All views with a key, each with its peer."""
    views = {view.name: view for view in spec.views}
    return {
        view.name: End(peer, view, tuple(_wheres(views[view.name], views)))
        for peer in plan.peers
        for view in peer.views
        if view.key
    }


def _wheres(view: model.View, views: Mapping[str, model.View]) -> Iterator[tuple[str, int]]:
    """Where each operand of the flattened condition stands, the lowest view's first."""
    if view.base in views:
        yield from _wheres(views[view.base], views)
    for number, step in enumerate(view.steps):
        if isinstance(step, model.Where):
            yield from ((view.name, number) for _ in conjuncts(step.condition))


def receivers(spec: model.Spec, plan: Plan, empty: frozenset[str] = frozenset()) -> tuple[Receive, ...]:
    """All obligations of puts. Shares of ``empty`` can have no rows, so nothing is asked of them."""
    known = ends(spec, plan)
    settled: set[str] = set()
    found: list[Receive] = []
    for share in spec.shares:
        if share.name not in empty and all(view in known for view in share.views):
            found += _of_share(share, known, settled)
    found += _own(spec, known, settled, empty)
    return tuple(found)


def _of_share(share: model.Share, known: Mapping[str, End], settled: set[str]) -> Iterator[Receive]:
    shared = [known[view] for view in share.views]
    senders = [(end, changes) for end in shared if (changes := _changes(share, end))]
    for receiver in shared:
        others = [(end, changes) for end, changes in senders if end is not receiver]
        if others:
            yield Receive(share.name, receiver, _classes(others), settled)


def _changes(share: model.Share, end: End) -> tuple[Change, ...]:
    """What a peer may do in a share, by its rights and as its opener."""
    peer = end.peer.peer
    found = []
    updates = frozenset(r.attribute for r in share.rights if r.peer == peer and r.operation == "update")
    if updates:
        found.append(Change("update", updates.union(c.name for c in end.view.computed)))
    found += [Change(operation) for operation in ("insert", "delete") if share.holds(peer, operation)]
    if share.opener == peer and not share.holds(peer, "insert"):
        found.append(Change("open"))
    return tuple(found)


def _classes(senders: list[tuple[End, tuple[Change, ...]]]) -> tuple[Sender, ...]:
    """One sender for all that behave alike."""
    classes: dict[tuple[str, tuple[Change, ...]], list[End]] = {}
    for end, changes in senders:
        classes.setdefault((end.text, changes), []).append(end)
    return tuple(
        Sender(alike[0], changes, tuple(e.peer.peer for e in alike)) for (_, changes), alike in classes.items()
    )


def _own(spec: model.Spec, known: Mapping[str, End], settled: set[str], empty: frozenset[str]) -> Iterator[Receive]:
    """Each view's own edits: by the peer's rights on any of the view's shares, all edits where it is in none."""
    shares: dict[str, list[model.Share]] = {}
    for share in spec.shares:
        for name in share.views:
            shares.setdefault(name, []).append(share)
    bases = {view.name: view for view in spec.views}
    inner = {name for shared in shares for name in _below(bases[shared], bases)} - set(shares)
    for view in spec.views:
        end = known.get(view.name)
        if end is None:
            continue
        of_view = shares.get(view.name, [])
        if view.name in inner or len(end.view.shares) > len(of_view):  # or a share that has other faults
            continue
        if any(share.name in empty for share in of_view):
            continue
        changes = _own_changes(end, of_view)
        if changes:
            yield Receive(None, end, (Sender(end, changes, (view.peer,)),), settled, _spoken(view, bases))


def _below(view: model.View, views: Mapping[str, model.View]) -> Iterator[str]:
    """The views that a view is built on."""
    while view.base in views:
        view = views[view.base]
        yield view.name


def _spoken(view: model.View, bases: Mapping[str, model.View]) -> bool:
    """Whether the view, or one that it is built on, says what it does with hidden keys."""
    base: model.View | None = view
    while base is not None:
        if any(isinstance(step, model.OnHidden) for step in base.steps):
            return True
        base = bases.get(base.base)
    return False


def _own_changes(end: End, shares: list[model.Share]) -> tuple[Change, ...]:
    peer = end.peer.peer
    if not shares:
        return (Change("update", frozenset(c.name for c in end.view.columns)), Change("insert"), Change("delete"))
    granted = [{(r.operation, r.attribute) for r in share.rights if r.peer == peer} for share in shares]
    rights = set.intersection(*granted)  # an edit changes every share of the view
    updates = frozenset(attribute for operation, attribute in rights if operation == "update")
    found = []
    if updates:
        found.append(Change("update", updates | {c.name for c in end.view.computed}))
    return (*found, *(Change(o) for o in ("insert", "delete") if (o, "") in rights))
