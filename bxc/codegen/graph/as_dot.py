"""A cascade graph → DOT: peers as clusters, shares between them, cascades as bold arrows from view to view."""

from __future__ import annotations

from bxc.codegen.graph.bundle import Bundle, bundles, right_text
from bxc.codegen.graph.cascade import CascadeGraph, ShareNode

_HEAD = """\
  graph [rankdir=LR, fontname="sans-serif", labeljust=l, style=rounded, color="#9aa3af"];
  node [fontname="sans-serif", fontsize=11, style="rounded,filled", color="#5b6472", fillcolor="#ffffff"];
  edge [fontname="sans-serif", fontsize=9, color="#5b6472"];"""


def to_dot(graph: CascadeGraph) -> str:
    """The document; every name stands in double quotes, so any name is safe."""
    views = {view.name: f"v{index}" for index, view in enumerate(graph.views)}
    shares = {share.name: f"h{index}" for index, share in enumerate(graph.shares)}
    lines = [f"digraph {_quoted(graph.spec)} {{", _HEAD, *_peers(graph)]
    lines += [_share(shares[share.name], share) for share in graph.shares]
    for share in graph.shares:
        first, *others = (views[view] for view in share.views)
        node = shares[share.name]
        lines += [f"  {first} -> {node} [dir=none];", *(f"  {node} -> {other} [dir=none];" for other in others)]
    lines += [_bundle(views, bundle) for bundle in bundles(graph)]
    return "\n".join([*lines, "}"]) + "\n"


def _peers(graph: CascadeGraph) -> list[str]:
    lines = []
    for number, peer in enumerate(graph.peers):
        lines += [f"  subgraph cluster_p{number} {{", f"    label={_quoted(peer.display)};"]
        for index, source in enumerate(graph.sources):
            if source.peer == peer.name:
                lines.append(f"    s{index} [label={_quoted(source.name)}, shape=cylinder, style=filled];")
        for index, view in enumerate(graph.views):
            if view.peer == peer.name:
                lines.append(f'    v{index} [label={_quoted(view.name)}, shape=box, fillcolor="#e3ecfb"];')
        lines.append("  }")
    sources = {source.name: f"s{index}" for index, source in enumerate(graph.sources)}
    views = {view.name: f"v{index}" for index, view in enumerate(graph.views)}
    for index, view in enumerate(graph.views):
        base = sources.get(view.base) or views[view.base]
        lines.append(f'  {base} -> v{index} [style=dotted, arrowhead=none, tooltip="derived from"];')
    return lines


def _share(node: str, share: ShareNode) -> str:
    tooltip = "; ".join(map(right_text, share.rights)) or "no rights"
    return f'  {node} [label={_quoted(share.name)}, tooltip={_quoted(tooltip)}, shape=ellipse, fillcolor="#fbeecb"];'


def _bundle(views: dict[str, str], bundle: Bundle) -> str:
    label = f"{bundle.from_share} > {bundle.to_share}: {bundle.rights}"
    style = "bold" if bundle.remote else "dashed"
    ends = f"{views[bundle.from_view]} -> {views[bundle.to_view]}"
    return f'  {ends} [xlabel={_quoted(label)}, fontcolor="#b3361b", color="#b3361b", style={style}, constraint=false];'


def _quoted(text: str) -> str:
    """A quoted string that shows the text as it is; a line end or other control becomes a blank."""
    plain = "".join(" " if ord(character) < 32 or ord(character) == 127 else character for character in text)
    return '"' + plain.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') + '"'
