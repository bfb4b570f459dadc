"""What was found of a shared view's overlaps → verdicts: edges of the graph, and edges that no right backs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bxc.laws.overlap import OPERATIONS, HeldRight, Overlap, Target
from bxc.laws.overlap_proof import Found, Goal
from bxc.laws.overlap_witness import witness
from bxc.laws.verdict import Edge, Fault, Finding, Law, Status, Verdict
from bxc.laws.writers import one_writer
from bxc.plan import ViewPlan


def verdicts(overlap: Overlap, founds: Iterable[Found]) -> Iterator[Verdict]:
    """Of each right and other share: its edge, then what is wrong with it."""
    for found in founds:
        for target in found.candidate.shares:
            yield _overlap(overlap, found, target)
            yield from _backed(overlap, found, target)
            yield from one_writer(overlap, found, target)


def said(right: HeldRight) -> str:
    """`update dosage`, `insert`."""
    return f"{right.operation} {right.attribute}".strip()


def told(operation: str, attribute: str) -> str:
    """An operation with its article: `an insert`, `an update of dosage`."""
    if operation == "update":
        return f"an update of `{attribute}`"
    return "an insert" if operation == "insert" else "a delete"


def _scope(overlap: Overlap, found: Found, target: Target) -> str:
    here = overlap.receiver
    return (
        f"{said(found.right)}, put by {here.peer.peer} into {here.view.name}, and {found.candidate.view.name} of share "
        f"{target.share}"
    )


def _overlap(overlap: Overlap, found: Found, target: Target) -> Verdict:
    """Whether there is an edge. One that is there is proved by its witness, as one that is not by there being none."""
    edge = _edge(overlap, found, target)
    status = Status.UNKNOWN if found.unknown else Status.PROVED
    reason = next(iter(found.unknown.values()), None)
    return Verdict(
        Law.OVERLAP, f"share {overlap.share}", _scope(overlap, found, target), status, reason=reason, edge=edge
    )


def _edge(overlap: Overlap, found: Found, target: Target) -> Edge | None:
    goals = set(found.goals) | set(found.unknown)
    if not goals:
        return None
    here, other = overlap.receiver, found.candidate.view
    holders = [peer for holder in found.right.holders for peer in holder.peers]
    shown = None
    for goal, evidence in found.goals.items():
        shown = witness(evidence, other, goal, _happens(overlap, found, target, goal))
        break
    return Edge(
        overlap.share,
        found.right.operation,
        found.right.attribute,
        tuple(found.by) if not found.unknown else tuple(holders),
        here.peer.peer,
        here.view.name,
        other.name,
        target.share,
        tuple(o for o in OPERATIONS if any(operation == o for operation, _ in goals)),
        tuple(c.name for c in other.columns if ("update", c.name) in goals),
        not found.unknown,
        shown,
    )


def _happens(overlap: Overlap, found: Found, target: Target, goal: Goal) -> str:
    right, here = found.right, overlap.receiver.peer.peer
    return (
        f"{_capital(told(right.operation, right.attribute))} through share `{overlap.share}` becomes {told(*goal)} of "
        f"`{found.candidate.view.name}`, which {here} shares in `{target.share}`"
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


# --- rights ---------------------------------------------------------------------------------------------------------


def lacking(peer: str, view: ViewPlan, target: Target, goals: Iterable[Goal]) -> list[Goal]:
    """The operations on a view of a peer for which it has no right on the view's share.

    What the view computes needs none, and a rename may also be told as a delete and an insert.
    """
    moves = target.holds(peer, "insert") and target.holds(peer, "delete")
    free = {c.name for c in view.computed}.union(view.key if moves else ())
    return [(o, attribute) for o, attribute in goals if attribute not in free and not target.holds(peer, o, attribute)]


def _backed(overlap: Overlap, found: Found, target: Target) -> Iterator[Verdict]:
    """CascadeRights: BX321 where another peer's edit needs an operation on the next share that the receiver has not."""
    if not any(holder.end is not overlap.receiver for holder in found.right.holders):
        return
    here, other = overlap.receiver.peer.peer, found.candidate.view
    scope = _scope(overlap, found, target)
    subject = f"share {overlap.share}"
    order = [goal for goal in _ordered(found) if goal in found.remote]
    missing = lacking(here, other, target, order)
    if not missing:
        unsure = lacking(here, other, target, found.unknown)
        if unsure:
            reason = found.unknown[unsure[0]]
            yield Verdict(Law.CASCADE_RIGHTS, subject, scope, Status.UNKNOWN, reason=reason)
        elif found.remote:
            yield Verdict(Law.CASCADE_RIGHTS, subject, scope, Status.PROVED)
        return
    evidence = found.goals[missing[0]]
    right, holder = found.right, evidence.holder.peers[0]
    needed = ", ".join(f"`{' '.join(goal).strip()}`" for goal in missing)
    by = f"{told(right.operation, right.attribute)} by {holder}"
    finding = Finding(
        "BX321",
        "error",
        f"{by} in share `{overlap.share}` sticks at {here}: it changes `{other.name}`, and {here} lacks {needed} in "
        f"share `{target.share}`",
        Fault("right", (overlap.share, right.operation, right.attribute, holder)),
        f"what {holder} changes by this right, {here} must hand on"
        if right.operation != "update" or right.attribute in evidence.holder.updates
        else f"{holder} computes this from what it does not share, and {here} must hand it on",
        (
            (Fault("share", (target.share,)), f"here {here} would need {needed}"),
            (Fault("view", (overlap.receiver.view.name,)), f"the change arrives at {here} here"),
            (Fault("view", (other.name,)), "and changes this view"),
        ),
        f"grant {here} {needed} in share `{target.share}`, or let the two views show different rows or columns",
        witness(evidence, other, missing[0], _sticks(overlap, found, target, missing[0])),
    )
    yield Verdict(Law.CASCADE_RIGHTS, subject, scope, Status.REFUTED, finding=finding)


def _sticks(overlap: Overlap, found: Found, target: Target, goal: Goal) -> str:
    here = overlap.receiver.peer.peer
    return f"{_happens(overlap, found, target, goal)}, and {here} has no right to that there"


def _ordered(found: Found) -> list[Goal]:
    """What can happen, in the order in which operations are told."""
    columns = [c.name for c in found.candidate.view.columns]
    return sorted(found.goals, key=lambda g: (OPERATIONS.index(g[0]), columns.index(g[1]) if g[1] else -1))
