"""Things stacked in a column, each as near as can be to where it wants to stand."""

from __future__ import annotations


def spread(wanted: list[float], heights: list[float]) -> list[float]:
    """Middles as near to the wanted ones (ascending) as heights allow: least squares, by pooling of neighbours."""
    blocks: list[tuple[float, int, float]] = []  # sum of wanted tops of the block's first, members, height
    for middle, height in zip(wanted, heights, strict=True):
        total, members, tall = middle - height / 2, 1, height
        while blocks and blocks[-1][0] / blocks[-1][1] + blocks[-1][2] > total / members:
            before, count, above = blocks.pop()
            total, members, tall = before + total - above * members, count + members, above + tall
        blocks.append((total, members, tall))
    middles: list[float] = []
    for total, members, _ in blocks:
        top = total / members
        for _ in range(members):
            height = heights[len(middles)]
            middles.append(top + height / 2)
            top += height
    return middles
