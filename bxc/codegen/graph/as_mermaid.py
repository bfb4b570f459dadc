"""A cascade graph → a Mermaid flowchart: peers as subgraphs, shares between them, cascades as thick arrows."""

from __future__ import annotations

from bxc.codegen.graph.bundle import bundles
from bxc.codegen.graph.cascade import CascadeGraph

_PLAIN = frozenset(" ,.:_-")
_STYLES = """\
  classDef view fill:#e3ecfb,stroke:#5b6472,color:#1d2430
  classDef share fill:#fbeecb,stroke:#5b6472,color:#1d2430"""


def to_mermaid(graph: CascadeGraph) -> str:
    """The document; what could be markup in a name is written as a character code."""
    sources = {source.name: f"s{index}" for index, source in enumerate(graph.sources)}
    views = {view.name: f"v{index}" for index, view in enumerate(graph.views)}
    shares = {share.name: f"h{index}" for index, share in enumerate(graph.shares)}
    lines = ["flowchart LR"]
    for number, peer in enumerate(graph.peers):
        lines.append(f"  subgraph p{number}[{_label(peer.display)}]")
        lines += [f"    {sources[s.name]}[({_label(s.name)})]" for s in graph.sources if s.peer == peer.name]
        lines += [f"    {views[v.name]}[{_label(v.name)}]:::view" for v in graph.views if v.peer == peer.name]
        lines.append("  end")
    lines += [f"  {shares[share.name]}([{_label(share.name)}]):::share" for share in graph.shares]
    lines += [f"  {sources.get(view.base) or views[view.base]} -.- {views[view.name]}" for view in graph.views]
    lines += [f"  {views[view]} --- {shares[share.name]}" for share in graph.shares for view in share.views]
    for bundle in bundles(graph):
        arrow = "==>" if bundle.remote else "-.->"
        label = _label(f"{bundle.from_share} to {bundle.to_share}: {bundle.rights}")
        lines.append(f"  {views[bundle.from_view]} {arrow}|{label}| {views[bundle.to_view]}")
    return "\n".join([*lines, _STYLES]) + "\n"


def _label(text: str) -> str:
    """A quoted label; letters, digits, other scripts and a few marks stay, all else becomes `#<code point>;`."""
    return '"' + "".join(c if c in _PLAIN or c.isalnum() else f"#{ord(c)};" for c in text) + '"'
