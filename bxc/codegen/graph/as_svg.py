"""A cascade graph → SVG: a picture that stands alone, or the body that the page makes interactive."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from bxc.codegen.graph.arcs import LABEL_SIZE
from bxc.codegen.graph.bundle import right_text
from bxc.codegen.graph.cascade import CascadeGraph
from bxc.codegen.graph.cluster import NAME_GAP, PEER_SIZE, SOURCE_SIZE, VIEW_SIZE
from bxc.codegen.graph.drawing import Arrow, Box, Drawing, PlacedPeer, PlacedShare, PlacedSource, PlacedView
from bxc.codegen.graph.layout import draw
from bxc.codegen.graph.shape import LINE, NAME_SIZE, PADDING, TEXT_SIZE

STYLE = f"""\
svg {{ background: #f6f7f9; font-family: system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1d2430; }}
.peer > rect {{ fill: #ffffff; stroke: #c3cad4; }}
.peer > text {{ font-size: {PEER_SIZE}px; font-weight: 600; }}
.source {{ font-size: {SOURCE_SIZE}px; font-weight: 400; fill: #5a6474; }}
.view > rect {{ fill: #e3ecfb; stroke: #7c9cd3; }}
.view > text {{ font-size: {VIEW_SIZE}px; }}
.share > rect {{ fill: #fdf3d8; stroke: #c99a2e; }}
.share > text {{ font-size: {TEXT_SIZE}px; }}
.share > .name {{ font-size: {NAME_SIZE}px; font-weight: 600; }}
.line {{ fill: none; stroke: #9aa4b2; stroke-width: 1.5; }}
.arrow > path {{ fill: none; stroke: #b3361b; stroke-width: 2; }}
.arrow > text {{ font-size: {LABEL_SIZE}px; fill: #b3361b; stroke: #ffffff; stroke-width: 3px; paint-order: stroke; }}
.own > path {{ stroke-dasharray: 5 4; }}
.tip {{ fill: #b3361b; }}
@media (prefers-color-scheme: dark) {{
  svg {{ background: #14171c; fill: #e4e8ee; }}
  .peer > rect {{ fill: #1d2229; stroke: #414b58; }}
  .source {{ fill: #a4afbd; }}
  .view > rect {{ fill: #22344f; stroke: #5b7fb8; }}
  .share > rect {{ fill: #3b3118; stroke: #b58a2a; }}
  .line {{ stroke: #6d7887; }}
  .arrow > path {{ stroke: #ff8f70; }}
  .arrow > text {{ fill: #ff8f70; stroke: #1d2229; }}
  .tip {{ fill: #ff8f70; }}
}}
"""

_TIP = (
    '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker>'
)


def to_svg(graph: CascadeGraph) -> str:
    """The picture as a document, light or dark as the reader's system is."""
    drawing = draw(graph)
    size = f'width="{drawing.width:.0f}" height="{drawing.height:.0f}"'
    view_box = f'viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}"'
    title = text(f"Cascade graph of {graph.spec}, version {graph.version}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view_box} role="img" aria-labelledby="title">\n'
        f'<title id="title">{title}</title>\n<style>\n{STYLE}</style>\n{body(drawing)}</svg>\n'
    )


def body(drawing: Drawing, *, interactive: bool = False) -> str:
    """The elements without the root; with ``interactive``, nodes and arrows can be reached by keyboard."""
    parts = [f"<defs>{_TIP}</defs>"]
    parts += [_peer(peer, interactive) for peer in drawing.peers]
    parts += [f'<path class="line" data-ends="{" ".join(line.ends)}" d="{line.path}"/>' for line in drawing.lines]
    parts += [_source(source) for source in drawing.sources]
    parts += [_view(view, interactive) for view in drawing.views]
    parts += [_share(share, interactive) for share in drawing.shares]
    parts += [_arrow(arrow, interactive) for arrow in drawing.arrows]
    return "\n".join(parts) + "\n"


def _peer(peer: PlacedPeer, interactive: bool) -> str:
    x, y = peer.box.x + 14, peer.box.y + 23
    name = f'<tspan class="source" dx="{NAME_GAP:.0f}">{text(peer.name)}</tspan>' if peer.name else ""
    label = f'<text x="{x:.1f}" y="{y:.1f}">{text(peer.label)}{name}</text>'
    return _node(peer.id, "peer", f"peer {peer.peer.display}", _rect(peer.box, 12) + label, interactive)


def _source(source: PlacedSource) -> str:
    x, y = source.box.x, source.box.bottom - 6
    mark = '<tspan aria-hidden="true">\u25a4 </tspan>'
    return f'<text class="source" x="{x:.1f}" y="{y:.1f}">{mark}{text(source.label)}</text>'


def _view(view: PlacedView, interactive: bool) -> str:
    x, y = view.box.x + 12, view.box.middle + VIEW_SIZE * 0.36
    label = f'<text x="{x:.1f}" y="{y:.1f}">{text(view.label)}</text>'
    title = f"view {view.view.name} at {view.view.peer}, from {view.view.base}"
    return _node(view.id, "view", title, _rect(view.box, 6) + label, interactive)


def _share(share: PlacedShare, interactive: bool) -> str:
    x, y = share.box.x + PADDING, share.box.y + 20
    lines = [f'<text class="name" x="{x:.1f}" y="{y:.1f}">{text(share.lines[0])}</text>']
    for index, line in enumerate(share.lines[1:], 1):
        lines.append(f'<text x="{x:.1f}" y="{y + 2 + index * LINE:.1f}">{text(line)}</text>')
    rights = "; ".join(map(right_text, share.share.rights)) or "no rights"
    title = f"share {share.share.name}: {rights}"
    return _node(share.id, "share", title, _rect(share.box, 15) + "".join(lines), interactive)


def _arrow(arrow: Arrow, interactive: bool) -> str:
    bundle = arrow.bundle
    how = "" if bundle.remote else ", by the peer's own edits only"
    title = f"cascade at {bundle.peer} from {bundle.from_share} to {bundle.to_share}: {bundle.rights}{how}"
    path = f'<path d="{arrow.path}" marker-end="url(#tip)"/>'
    label = ""
    if arrow.label:
        label = f'<text x="{arrow.label_x:.1f}" y="{arrow.label_y + 3:.1f}">{text(arrow.label)}</text>'
    kind = "arrow" if bundle.remote else "arrow own"
    return _node(arrow.id, kind, title, path + label, interactive, f' data-ends="{" ".join(arrow.ends)}"')


def _node(id_: str, kind: str, title: str, content: str, interactive: bool, more: str = "") -> str:
    """A group with a name for screen readers and tooltips."""
    reach = f' tabindex="0" role="button" aria-label={attribute(title)}' if interactive else ""
    return f'<g id="{id_}" class="{kind}"{more}{reach}><title>{text(title)}</title>{content}</g>'


def _rect(box: Box, radius: int) -> str:
    size = f'width="{box.width:.1f}" height="{box.height:.1f}"'
    return f'<rect x="{box.x:.1f}" y="{box.y:.1f}" {size} rx="{radius}"/>'


def text(value: str) -> str:
    """Character data of XML that shows a text; what XML forbids is shown as a replacement character."""
    return escape("".join(_allowed(value)))


def attribute(value: str) -> str:
    """An attribute's value with its quotes."""
    return quoteattr("".join(_allowed(value)))


def _allowed(value: str) -> Iterator[str]:
    for character in value:
        point = ord(character)
        forbidden = point < 32 or 0x7F <= point < 0xA0 or 0xD800 <= point < 0xE000 or point in (0xFFFE, 0xFFFF)
        yield "\ufffd" if forbidden else character
