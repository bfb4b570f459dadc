"""What the rights of a share amount to: renames that may not be told as such, and notes on who may write what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from hashlib import sha256

from bxc import model
from bxc.dataclass import dataclass
from bxc.expr import columns, conjuncts
from bxc.laws import term as t
from bxc.laws.canonical import near, text_of
from bxc.laws.end import End, legal, relevant_columns
from bxc.laws.intervals import region
from bxc.laws.limits import Limits
from bxc.laws.table import Maybe, symbolic_row, visible
from bxc.laws.term import TRUE
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict
from bxc.plan import Plan

MOST_LISTED = 8  # columns of a headline
Right = tuple[str, str, str]
"""Operation, attribute, peer."""


@dataclass(frozen=True)
class Rights:
    """The rights of one share with its ends."""

    share: str
    ends: tuple[End, ...]
    rights: tuple[Right, ...]

    law = Law.RIGHTS

    @property
    def subject(self) -> str:
        return f"share {self.share}"

    @cached_property
    def key(self) -> str:
        """What it depends on."""
        ends = [(end.view, near(end.peer, end.view.source)) for end in self.ends]
        parts = text_of((self.share, ends, self.rights))
        return f"rights {self.share}: {sha256(parts.encode('utf-8', 'surrogatepass')).hexdigest()}"

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        """A verdict for each finding; one that all is well if there is none."""
        found = [
            Verdict(Law.RIGHTS, self.subject, scope, Status.REFUTED, finding=finding)
            for scope, finding in (
                *_key_without_rows(self),
                *_nobody_writes(self),
                *_amounts_to_update(self),
                *_leaves(self, limits),
            )
        ]
        return tuple(found) or (Verdict(Law.RIGHTS, self.subject, "", Status.PROVED),)

    def holds(self, peer: str, operation: str, attribute: str = "") -> bool:
        """Whether a peer holds a right."""
        return (operation, attribute, peer) in self._held

    @cached_property
    def _held(self) -> frozenset[Right]:
        return frozenset(self.rights)

    @cached_property
    def changeable(self) -> tuple[str, ...]:
        """The columns that an edit could change: computed at no end, and pinned by no `where`."""
        fixed = {column.name for end in self.ends for column in end.view.computed}
        for end in self.ends:
            where = region(conjuncts(end.view.predicate))
            fixed |= {name for name, source in end.stored.items() if source in where and where[source].single}
        return tuple(c.name for c in self.ends[0].view.columns if c.name not in fixed)


def rights_obligations(spec: model.Spec, plan: Plan) -> tuple[Rights, ...]:
    """One obligation for each share, from those of its ends that could be planned."""
    ends = {view.name: End(peer, view) for peer in plan.peers for view in peer.views if view.shares}
    return tuple(
        Rights(
            share.name,
            tuple(ends[view] for view in share.views if view in ends),
            tuple((r.operation, r.attribute, r.peer) for r in share.rights),
        )
        for share in spec.shares
        if any(view in ends for view in share.views)
    )


def _key_without_rows(rights: Rights) -> Iterator[tuple[str, Finding]]:
    """BX303."""
    for operation, attribute, peer in rights.rights:
        if operation != "update" or attribute not in rights.ends[0].view.key:
            continue
        missing = [o for o in ("insert", "delete") if not rights.holds(peer, o)]
        if missing:
            lacks = " and ".join(f"`{o}`" for o in missing)
            yield (
                f"update {attribute} by {peer}",
                Finding(
                    "BX303",
                    "error",
                    f"{peer} may rename `{attribute}`, a key column of share `{rights.share}`, and lacks {lacks}",
                    Fault("right", (rights.share, operation, attribute, peer)),
                    "a renamed row may arrive as one that goes and one that comes",
                    (),
                    f"grant {peer} {lacks} too, or take the right to update `{attribute}` away",
                ),
            )


def _listed(names: Sequence[str]) -> str:
    """The first few columns, and how many more there are."""
    shown = ", ".join(f"`{name}`" for name in names[:MOST_LISTED])
    more = len(names) - MOST_LISTED
    return f"{shown} and {more} more {'column' if more == 1 else 'columns'}" if more > 0 else shown


def _nobody_writes(rights: Rights) -> Iterator[tuple[str, Finding]]:
    """BX305."""
    if any(operation == "insert" for operation, _, _ in rights.rights):
        return
    written = {attribute for operation, attribute, _ in rights.rights if operation == "update"}
    spared = written.union(rights.ends[0].view.key)  # a key names its row: that nobody renames rows is the usual case
    rest = [name for name in rights.changeable if name not in spared]
    if rest:
        listed = _listed(rest)
        yield (
            "columns that nobody may write",
            Finding(
                "BX305",
                "note",
                f"nobody may write {listed} in share `{rights.share}`",
                Fault("share", (rights.share,)),
                "what the share opens with stays as it is there",
            ),
        )


def _amounts_to_update(rights: Rights) -> Iterator[tuple[str, Finding]]:
    """BX306."""
    for peer in dict.fromkeys(peer for _, _, peer in rights.rights):
        if not (rights.holds(peer, "insert") and rights.holds(peer, "delete")):
            continue
        rest = [name for name in rights.changeable if not rights.holds(peer, "update", name)]
        if rest:
            listed = _listed(rest)
            yield (
                f"insert and delete by {peer}",
                Finding(
                    "BX306",
                    "note",
                    f"{peer} may insert and delete in share `{rights.share}`, and so change {listed} without a right "
                    "to update",
                    Fault("right", (rights.share, "insert", "", peer)),
                    "a row that is deleted and inserted again has other values",
                    ((Fault("right", (rights.share, "delete", "", peer)), "together with this right"),),
                    f"say it with `update {', '.join(rest)} by {peer}`, or let it only insert or only delete",
                ),
            )


# --- rows that leave ------------------------------------------------------------------------------------------------


def _leaves(rights: Rights, limits: Limits) -> Iterator[tuple[str, Finding]]:
    """BX307."""
    for end in rights.ends:
        if end.view.predicate is None:
            continue
        peer, read = end.peer.peer, frozenset(columns(end.view.predicate))
        for operation, attribute, holder in rights.rights:
            if (operation, holder) != ("update", peer) or end.stored.get(attribute) not in read:
                continue
            if not rights.holds(peer, "delete"):
                continue  # its own database refuses the edit
            if _may_leave(end, end.stored[attribute], limits):
                yield (
                    f"update {attribute} by {peer}",
                    Finding(
                        "BX307",
                        "note",
                        f"{peer} may update `{attribute}`, which the `where` of `{end.view.name}` reads: a row that "
                        f"leaves is deleted at the other ends of share `{rights.share}`",
                        Fault("right", (rights.share, operation, attribute, peer)),
                        f"an edit of `{attribute}` in `{end.source.name}` can take a row out of the view",
                        ((Fault("where", (end.view.name,)), "by this condition"),),
                    ),
                )


def _may_leave(end: End, column: str, limits: Limits) -> bool:
    """Whether a row of the view can leave it by another value of a column; also where that could not be decided."""
    from bxc.laws.solver import Budget, Nothing, Solver

    with t.arena():
        relevant = relevant_columns(end, ()) | {column}
        before = symbolic_row(end.source, "b", relevant)
        after = {**before, column: symbolic_row(end.source, "a", relevant)[column]}
        facts = [visible(end.view, before), t.not_(visible(end.view, after))]
        for label, row in (("b", before), ("a", after)):
            facts.append(legal(end, (Maybe(TRUE, row),), label)[1])
        return not isinstance(Solver(Budget(limits.query_ms, limits.deadline)).ask(*facts), Nothing)
