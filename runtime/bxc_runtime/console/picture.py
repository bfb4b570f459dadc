"""The cascade graph and how the shares stand → shapes with places: peers on the left, shares on the right.

A line joins a share and its members; an arrow leads from a share to one that its puts can change, and is marked while
such edits are on their way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bxc.codegen.graph.measure import fit
from bxc.codegen.graph.spread import spread
from bxc_runtime.machine import Phase
from bxc_runtime.overview import Overview, ShareView

MARGIN, GAP = 16.0, 20.0
PEER_WIDTH, PEER_HEIGHT = 170.0, 44.0
SHARE_LEFT, SHARE_WIDTH, SHARE_HEIGHT = 330.0, 250.0, 62.0
ARROW_ROOM = 24.0
TEXT, SMALL = 14.0, 12.0


@dataclass(frozen=True, slots=True)
class Node:
    """A peer or a share: a box, its title, a line below it, and words for its look."""

    kind: str
    name: str
    title: str
    line: str
    look: str
    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class Link:
    """A line or an arrow: its path, its look, and what it says when it is pointed at."""

    path: str
    look: str
    told: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All shapes, and how much room they take."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    arrows: tuple[Link, ...]


def picture(graph: Mapping[str, Any], seen: Overview) -> Picture:
    """The picture of `graph.json` and an overview."""
    known = {share.name: share for share in seen.shares}
    shares = {entry["name"]: entry for entry in graph["shares"]}
    boxes = {name: _share(name, known.get(name), place) for place, name in enumerate(shares)}
    peers = _peers(graph, seen, boxes)
    links = tuple(
        _line(peers[member], boxes[name], known.get(name))
        for name, entry in shares.items()
        for member in entry["peers"]
    )
    edges = dict.fromkeys((edge["from_share"], edge["to_share"], edge["peer"]) for edge in graph["edges"])
    order = list(boxes)
    arrows = []
    far = 0.0
    for one, other, peer in edges:
        if one in boxes and other in boxes and one != other:
            bulge = ARROW_ROOM * (1 + abs(order.index(one) - order.index(other)))
            far = max(far, 1.3 * bulge)
            arrows.append(_arrow(boxes[one], boxes[other], peer, bulge, known))
    nodes = (*peers.values(), *boxes.values())
    height = max((node.top + node.height for node in nodes), default=0.0) + MARGIN
    return Picture(SHARE_LEFT + SHARE_WIDTH + far + 2 * MARGIN, height, nodes, links, tuple(arrows))


def _share(name: str, it: ShareView | None, place: int) -> Node:
    top = MARGIN + place * (SHARE_HEIGHT + GAP)
    if it is None:
        line, look = "not a share of this peer", "foreign"
    else:
        line = f"version {it.version} · {it.phase}"
        if it.pending is not None:
            line = f"version {it.version}, {it.pending.version} pending · {it.phase}"
        words = ("trouble" if it.needs_a_person else "", "running" if it.running else "")
        look = " ".join(filter(None, words)) or "rest"
    return Node(
        "share", name, fit(name, SHARE_WIDTH - 40, TEXT), fit(line, SHARE_WIDTH - 24, SMALL), look,
        SHARE_LEFT, top, SHARE_WIDTH, SHARE_HEIGHT,
    )  # fmt: skip


def _peers(graph: Mapping[str, Any], seen: Overview, boxes: Mapping[str, Node]) -> dict[str, Node]:
    """Peers beside the shares that they are in, with room between them."""
    awaited = {peer for share in seen.shares if share.pending is not None for peer in share.pending.missing}
    asking = {share.pending.by for share in seen.shares if share.pending is not None}
    wanted: dict[str, float] = {}
    for entry in graph["peers"]:
        own = [boxes[share["name"]].middle for share in graph["shares"] if entry["name"] in share["peers"]]
        wanted[entry["name"]] = sum(own) / len(own) if own else 0.0
    order = sorted(wanted, key=lambda name: wanted[name])
    tall: Sequence[float] = [PEER_HEIGHT + GAP] * len(order)
    middles = spread([wanted[name] for name in order], list(tall))
    down = max(0.0, MARGIN + PEER_HEIGHT / 2 - min(middles, default=MARGIN + PEER_HEIGHT))
    found = {}
    for name, middle in zip(order, middles, strict=True):
        words = [
            "this peer" if name == seen.peer else "",
            "asks" if name in asking else "",
            "is awaited" if name in awaited else "",
        ]
        look = "awaited" if name in awaited else "asking" if name in asking else "rest"
        found[name] = Node(
            "peer", name, fit(name, PEER_WIDTH - 24, TEXT), ", ".join(filter(None, words)),
            f"{look} own" if name == seen.peer else look,
            MARGIN, middle - PEER_HEIGHT / 2 + down, PEER_WIDTH, PEER_HEIGHT,
        )  # fmt: skip
    return found


def _line(peer: Node, share: Node, it: ShareView | None) -> Link:
    start, end = MARGIN + PEER_WIDTH, SHARE_LEFT
    path = _curve((start, peer.middle), (end, share.middle), (start + end) / 2)
    pending = None if it is None else it.pending
    if pending is None:
        return Link(path, "rest", f"{peer.name} is a member of {share.name}")
    if peer.name in pending.missing:
        return Link(path, "awaited", f"{peer.name} has not acknowledged version {pending.version} of {share.name}")
    if peer.name == pending.by:
        return Link(path, "asking", f"{peer.name} asks for version {pending.version} of {share.name}")
    return Link(path, "acked", f"{peer.name} has acknowledged version {pending.version} of {share.name}")


def _arrow(one: Node, other: Node, peer: str, bulge: float, known: Mapping[str, ShareView]) -> Link:
    side = SHARE_LEFT + SHARE_WIDTH
    down = other.top > one.top
    leave, arrive = (18.0, -18.0) if down else (-6.0, 6.0)  # beside the arrow that leads back
    path = _curve((side, one.middle + leave), (side + 2, other.middle + arrive), side + bulge * (0.7 if down else 1.3))
    goal, origin = known.get(other.name), known.get(one.name)
    running = goal is not None and one.name in goal.causes
    coming = origin is not None and origin.phase in (Phase.COMMITTED, Phase.MISSING)
    told = f"a put of {one.name} at {peer} can change {other.name}"
    if running:
        told += "; such edits are on their way"
    return Link(path, "running" if running else "coming" if coming else "rest", told)


def _curve(start: tuple[float, float], end: tuple[float, float], bend: float) -> str:
    """A curve that leaves and arrives level, by way of ``bend``."""
    return (
        f"M{start[0]:.0f} {start[1]:.0f} C{bend:.0f} {start[1]:.0f} {bend:.0f} {end[1]:.0f} {end[0]:.0f} {end[1]:.0f}"
    )
