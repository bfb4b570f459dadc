"""A share turned into the lines of text in its box, and the size of that box."""

from __future__ import annotations

from dataclasses import dataclass

from bxc.codegen.graph.bundle import right_text
from bxc.codegen.graph.cascade import CascadeGraph, ShareNode
from bxc.codegen.graph.measure import fit, text_width

NAME_SIZE = 13.0
TEXT_SIZE = 10.5
LINE = 15.0
PADDING = 12.0
WIDEST = 300.0
MOST_RIGHTS = 7  # in a box
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
    rights = [right_text(right) for right in share.rights] if detailed else []
    if len(rights) > MOST_RIGHTS:
        rights = [*rights[: MOST_RIGHTS - 1], f"and {len(rights) - MOST_RIGHTS + 1} more"]
    name = fit(share.name, WIDEST, NAME_SIZE)
    lines = (name, *(fit(right, WIDEST, TEXT_SIZE) for right in rights))
    width = max(text_width(name, NAME_SIZE), *(text_width(line, TEXT_SIZE) for line in lines))
    return ShareShape(share, lines, width + 2 * PADDING, 30.0 + LINE * len(rights) + (6.0 if rights else 0.0))
