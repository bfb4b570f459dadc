"""A share turned into the lines of text in its box, and the size of that box."""

from __future__ import annotations

from bxc.codegen.graph.cascade import CascadeGraph, ShareNode
from bxc.codegen.graph.measure import BOLD, fit, text_width, wrap
from bxc.dataclass import dataclass

NAME_SIZE = 13.0
TEXT_SIZE = 10.5
LINE = 15.0
PADDING = 12.0
WIDEST = 270.0
MOST_LINES = 9  # of rights in a box
DETAILED = 40  # shares; in a larger graph the boxes hold names alone


@dataclass(frozen=True, slots=True)
class ShareShape:
    share: ShareNode
    lines: tuple[str, ...]
    width: float
    height: float


def share_shapes(graph: CascadeGraph) -> tuple[ShareShape, ...]:
    """The boxes of all shares, in the spec's order."""
    return tuple(_shape(share, detailed=len(graph.shares) <= DETAILED) for share in graph.shares)


def _shape(share: ShareNode, *, detailed: bool) -> ShareShape:
    rights = _right_lines(share) if detailed else []
    name = fit(share.name, WIDEST, NAME_SIZE)
    lines = (name, *rights)
    width = max(text_width(name, NAME_SIZE) * BOLD, *(text_width(line, TEXT_SIZE) for line in lines))
    return ShareShape(share, lines, width + 2 * PADDING, 30.0 + LINE * len(rights) + (6.0 if rights else 0.0))


def _right_lines(share: ShareNode) -> list[str]:
    """The rights, one sentence for all attributes that the same peers may update."""
    updates: dict[tuple[str, ...], list[str]] = {}
    others = []
    for right in share.rights:
        if right.operation == "update":
            updates.setdefault(right.by, []).append(right.attribute)
        else:
            others.append(f"{right.operation} by {', '.join(right.by)}")
    sentences = [f"update {', '.join(attributes)} by {', '.join(by)}" for by, attributes in updates.items()]
    lines = [line for sentence in [*sentences, *others] for line in wrap(sentence, WIDEST, TEXT_SIZE)]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"]
