"""Edges of the cascade graph gathered for drawing: one arrow for all rights that lead from one share to another."""

from __future__ import annotations

from bxc.codegen.graph.cascade import CascadeEdge, CascadeGraph, GrantedRight
from bxc.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Bundle:
    """All edges between the same shares through the same views of a peer, of which there is at least one."""

    edges: tuple[CascadeEdge, ...]

    @property
    def peer(self) -> str:
        return self.edges[0].peer

    @property
    def from_view(self) -> str:
        return self.edges[0].from_view

    @property
    def to_view(self) -> str:
        return self.edges[0].to_view

    @property
    def from_share(self) -> str:
        return self.edges[0].from_share

    @property
    def to_share(self) -> str:
        return self.edges[0].to_share

    @property
    def remote(self) -> bool:
        """Whether the peer forwards a change of another peer by at least one of the edges."""
        return any(edge.remote for edge in self.edges)

    @property
    def rights(self) -> str:
        """The rights of all edges: `update dosage, address; insert`."""
        attributes = [edge.attribute for edge in self.edges if edge.operation == "update"]
        updates = ["update " + ", ".join(attributes)] if attributes else []
        return "; ".join([*updates, *(edge.operation for edge in self.edges if edge.operation != "update")])


def bundles(graph: CascadeGraph) -> tuple[Bundle, ...]:
    """The edges of a graph, gathered, in the order of each bundle's first edge."""
    found: dict[tuple[str, str, str, str], list[CascadeEdge]] = {}
    for edge in graph.edges:
        found.setdefault((edge.from_share, edge.from_view, edge.to_view, edge.to_share), []).append(edge)
    return tuple(Bundle(tuple(edges)) for edges in found.values())


def right_text(right: GrantedRight) -> str:
    """A right as the language writes it: `update dosage by Doctor, Patient`."""
    what = f"update {right.attribute}" if right.operation == "update" else right.operation
    return f"{what} by {', '.join(right.by)}"
