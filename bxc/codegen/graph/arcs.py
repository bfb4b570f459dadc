"""The cascades of a peer turned into arcs to the right of its views, the shorter ones inside the longer ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bxc.codegen.graph.bundle import Bundle
from bxc.codegen.graph.drawing import Arrow, Box
from bxc.codegen.graph.measure import fit, text_width
from bxc.codegen.graph.spread import spread

LABEL_SIZE = 10.0
LABEL_HEIGHT = 13.0
LABEL_WIDEST = 190.0
LABELLED = 6  # cascades of a peer; with more of them, labels would hide the arcs
NEAREST, STEP, LANES = 34.0, 9.0, 40  # how far the control points of arcs stand out
OUT, IN = 7.0, -7.0  # an arc leaves a view below the middle and enters above it


def room(bundles: Sequence[Bundle]) -> float:
    """The width that the arcs of a peer and their labels need."""
    if not bundles:
        return 0.0
    return _labels_at(len(bundles)) + max(text_width(label, LABEL_SIZE) for label in _labels(bundles))


def arrows(
    bundles: Sequence[tuple[str, Bundle]],
    views: Mapping[str, Box],
    view_ids: Mapping[str, str],
    shares: Mapping[str, str],
) -> Iterator[Arrow]:
    """The arcs of one peer's bundles, each given with its id; ``view_ids`` and ``shares`` are the ids of their ends."""

    def span(item: tuple[str, Bundle]) -> float:
        return abs(views[item[1].from_view].y - views[item[1].to_view].y)

    ordered = sorted(bundles, key=span)
    labels = dict(zip(ordered, _labels([bundle for _, bundle in ordered]), strict=True))
    starts = sorted(ordered, key=lambda item: _start(item[1], views))
    heights = spread([_start(bundle, views) for _, bundle in starts], [LABEL_HEIGHT] * len(starts))
    label_y = dict(zip(starts, heights, strict=True))
    for lane, item in enumerate(ordered):
        id_, bundle = item
        start, end = views[bundle.from_view], views[bundle.to_view]
        x, y1, y2 = start.right, start.middle + OUT, end.middle + IN
        far = x + NEAREST + STEP * min(lane, LANES)
        path = f"M{x:.1f} {y1:.1f}C{far:.1f} {y1:.1f} {far:.1f} {y2:.1f} {x:.1f} {y2:.1f}"
        ends = (
            view_ids[bundle.from_view],
            view_ids[bundle.to_view],
            shares[bundle.from_share],
            shares[bundle.to_share],
        )
        yield Arrow(id_, bundle, path, ends, labels[item], x + _labels_at(len(ordered)), label_y[item])


def _start(bundle: Bundle, views: Mapping[str, Box]) -> float:
    """Where a label is wanted: a quarter of the way along the arc."""
    return 0.75 * views[bundle.from_view].middle + 0.25 * views[bundle.to_view].middle


def _labels(bundles: Sequence[Bundle]) -> list[str]:
    if len(bundles) > LABELLED:
        return [""] * len(bundles)
    return [fit(bundle.rights, LABEL_WIDEST, LABEL_SIZE) for bundle in bundles]


def _labels_at(count: int) -> float:
    """How far to the right of the views labels begin: a cubic curve reaches three quarters of its control points."""
    return 0.75 * (NEAREST + STEP * min(count - 1, LANES)) + 6.0
