"""Peers put into columns, so that a share lies between two neighbouring columns or beside one.

Sugiyama's scheme on a small scale: breadth-first layers from a peer at the rim, leaves moved to the other side where
that evens the columns out, then barycentre sweeps that untangle the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from bxc.codegen.graph.cascade import CascadeGraph

SWEEPS = 4

Layers = list[list[str]]


def peer_layers(graph: CascadeGraph, height: Callable[[str], float]) -> list[Layers]:
    """For each connected part of the graph, in the spec's order, its peers by column and from top to bottom."""
    neighbours = _neighbours(graph)
    order = [peer.name for peer in graph.peers]
    parts = []
    left = dict.fromkeys(order)  # keeps the spec's order
    while left:
        distances = _distances(next(iter(left)), neighbours)
        rim = _farthest(_distances(_farthest(distances), neighbours))
        layers = _by_distance(_distances(rim, neighbours), list(distances))
        layers = _balanced(layers, neighbours, height)
        if min(map(order.index, layers[0])) > min(map(order.index, layers[-1])):
            layers.reverse()  # what the spec names first stands left
        _untangle(layers, neighbours)
        parts.append(layers)
        for peer in distances:
            del left[peer]
    return parts


def _neighbours(graph: CascadeGraph) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {peer.name: {} for peer in graph.peers}
    for share in graph.shares:
        for peer in share.peers:
            found[peer].update(dict.fromkeys(other for other in share.peers if other != peer))
    return {peer: list(others) for peer, others in found.items()}


def _distances(start: str, neighbours: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Steps from a peer to all that can be reached, nearest first."""
    distances = {start: 0}
    queue = [start]
    for peer in queue:
        for other in neighbours[peer]:
            if other not in distances:
                distances[other] = distances[peer] + 1
                queue.append(other)
    return distances


def _farthest(distances: dict[str, int]) -> str:
    return max(distances, key=distances.__getitem__)


def _by_distance(distances: dict[str, int], order: list[str]) -> Layers:
    layers: Layers = [[] for _ in range(max(distances.values()) + 1)]
    for peer in order:
        layers[distances[peer]].append(peer)
    return layers


def _balanced(layers: Layers, neighbours: Mapping[str, Sequence[str]], height: Callable[[str], float]) -> Layers:
    """Moves leaves of a column two columns to the left, before the peers they hang on, while that evens heights out."""
    layers = [[], *layers]
    for index in range(2, len(layers)):
        before, middle, after = layers[index - 2 : index + 1]
        hub = set(middle)
        left, right = sum(map(height, before)), sum(map(height, after))
        for peer in list(after):
            free = neighbours[peer] and hub.issuperset(neighbours[peer])
            if free and left + height(peer) <= right - height(peer):
                after.remove(peer)
                before.append(peer)
                left, right = left + height(peer), right - height(peer)
    return [layer for layer in layers if layer]


def _untangle(layers: Layers, neighbours: Mapping[str, Sequence[str]]) -> None:
    """Sorts each column by where the neighbours of its peers stand, to and fro."""
    place = {peer: (index + 0.5) / len(layer) for layer in layers for index, peer in enumerate(layer)}
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = {peer: fmean(place[o] for o in neighbours[peer] or [peer]) for peer in layer}
            layer.sort(key=wanted.__getitem__)
            place.update({peer: (index + 0.5) / len(layer) for index, peer in enumerate(layer)})
