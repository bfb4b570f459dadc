"""An edit of a source → whether the peer holds the rights that it needs on the shared views that it changes."""

from __future__ import annotations

from collections.abc import Mapping

from bxc import model as m

from .changes import History, net_delta
from .evaluator import Staged
from .expressions import Row, same
from .stack import Stack

Right = tuple[str, str | None]
"""An operation and a column: '' for insert and delete; None where the right to update any column will do."""


def needed(stack: Stack, history: History) -> set[Right]:
    """The rights that the net delta of a view takes."""
    delta, _ = net_delta(stack, history)
    before = {key: row for life in history.lives if life.first is not None for key, row in keyed_row(stack, life.first)}
    rights: set[Right] = set()
    for staged in delta:
        if staged.op != "update":
            rights.add((staged.op, ""))
        else:
            rights |= updates(stack, before[staged.old], staged)
    return rights


def keyed_row(stack: Stack, source_row: Row) -> list[tuple[tuple[object, ...], Row]]:
    row, _ = stack.show(source_row)
    return [] if row is None else [(tuple(row[name] for name in stack.key), row)]


def updates(stack: Stack, old: Row, staged: Staged) -> set[Right]:
    changed = {name for name in staged.row if not same(old[name], staged.row[name])}
    return {("update", name if name in stack.stored else None) for name in changed}


def may(spec: m.Spec, stacks: Mapping[str, Stack], source: str, history: History, peer: str) -> bool:
    """Whether the peer may make the edit: it holds each right on every share of every view that changes."""
    for name, stack in stacks.items():
        shares = [share for share in spec.shares if name in share.views]
        if stack.source.name == source and shares:
            wanted = needed(stack, history)
            if not all(holds(share, peer, stack, right) for share in shares for right in wanted):
                return False
    return True


def holds(share: m.Share, peer: str, stack: Stack, right: Right) -> bool:
    operation, column = right
    return any(share.holds(peer, operation, each) for each in (stack.stored if column is None else [column]))
