"""A spec → the obligations about its puts and shares: what receivers refuse, what rights are for, how shares open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bxc import model
from bxc.laws.edit import Change
from bxc.laws.end import End
from bxc.laws.receivers import ends, receivers
from bxc.laws.shares import Forgets, NotEmpty, Openable, Usable
from bxc.laws.verdict import Obligation
from bxc.plan import Plan


def put_obligations(spec: model.Spec, plan: Plan) -> tuple[Obligation, ...]:
    """All of them, shares first; of a share with a view that is not in the plan nothing is asked."""
    known = ends(spec, plan)
    found: list[Obligation] = []
    for share in spec.shares:
        if all(view in known for view in share.views):
            found += _of_share(share, known)
    return (*found, *receivers(spec, plan))


def _of_share(share: model.Share, known: Mapping[str, End]) -> Iterator[Obligation]:
    shared = tuple(known[view] for view in share.views)
    by_peer = {end.peer.peer: end for end in shared}
    yield NotEmpty(share.name, shared)
    for right in share.rights:
        if right.peer in by_peer:
            end = by_peer[right.peer]
            yield Usable(share.name, end, _change(share, right, end), right)
            if right.operation == "delete" and share.holds(right.peer, "insert"):
                yield Forgets(share.name, shared, right)
    opener = by_peer.get(share.opener)
    if opener is not None:
        alike: set[str] = set()
        for end in shared:
            if end is not opener and end.text not in alike:
                alike.add(end.text)
                yield Openable(share.name, opener, end, share.adopt)


def _change(share: model.Share, right: model.Right, end: End) -> Change:
    if right.operation != "update":
        return Change(right.operation)
    granted = {r.attribute for r in share.rights if r.peer == right.peer and r.operation == "update"}
    return Change("update", frozenset(granted | {c.name for c in end.view.computed}))
