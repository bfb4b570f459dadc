"""OneWriter: a cell of a source that two other peers may write through two shares."""

from __future__ import annotations

from collections.abc import Iterator

from bxc.laws.overlap import Overlap, Target
from bxc.laws.overlap_proof import Found
from bxc.laws.overlap_witness import witness
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict


def one_writer(overlap: Overlap, found: Found, target: Target) -> Iterator[Verdict]:
    """BX331, told once for two shares: where an update by another peer changes a cell that a third may update too.

    The receiver, who hands a change on, is no writer of its own cell.
    """
    view, other = overlap.receiver.view, found.candidate.view
    if found.right.operation != "update" or not target.later:
        return
    column = view.column(found.right.attribute).source
    same = next((c.name for c in other.columns if c.source == column and c.source is not None), None)
    goal = ("update", same or "")
    if goal not in found.remote:
        goal = ("delete", "")  # it may leave the other view by the edit; before it, both peers have it before them
    if same is None or goal not in found.remote or found.goals[goal].arriving.attribute != found.right.attribute:
        return
    evidence = found.goals[goal]
    here = overlap.receiver.peer.peer
    first = evidence.holder.peers
    pairs = (
        (a, b)
        for a in first
        for operation, attribute, b in target.rights
        if (operation, attribute) == ("update", same) and b not in (a, here)
    )
    pair = next(pairs, None)
    if pair is None:
        return
    a, b = pair
    source = overlap.receiver.source.name
    outcome = f"{a} writes `{column}` of this row through `{overlap.share}`, and {b} through `{target.share}`"
    finding = Finding(
        "BX331",
        "warning",
        f"`{column}` of `{source}` at {here} has two writers: {a} through share `{overlap.share}`, {b} through share "
        f"`{target.share}`",
        Fault("right", (target.share, "update", same, b)),
        f"{b} may write it here",
        (
            (Fault("right", (overlap.share, "update", found.right.attribute, a)), f"and {a} may write it here"),
            (Fault("column", (source, str(column))), "the cells of this column"),
        ),
        f"let {b} or {a} hold the right alone, or let no row be in both `{view.name}` and `{other.name}`",
        witness(evidence, other, goal, outcome),
    )
    scope = f"{source}.{column} at {here}, through {overlap.share} and {target.share}"
    yield Verdict(Law.ONE_WRITER, f"share {target.share}", scope, Status.REFUTED, finding=finding)
