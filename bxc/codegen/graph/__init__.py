"""The cascade graph of a spec and its renderings: JSON, DOT, Mermaid, SVG and a self-contained page."""

from __future__ import annotations

from collections.abc import Iterable

from bxc.codegen.graph.build import cascade_graph
from bxc.codegen.graph.cascade import CascadeEdge, CascadeGraph
from bxc.codegen.sql.files import SqlFile
from bxc.laws.verdict import Edge
from bxc.model import Spec
from bxc.plan import Plan

__all__ = ["FORMATS", "CascadeEdge", "CascadeGraph", "cascade_graph", "graph_files", "render"]

FORMATS = ("html", "svg", "dot", "json", "mermaid")
ARTIFACTS = ("json", "dot", "html")


def graph_files(spec: Spec, plan: Plan, overlaps: Iterable[Edge] | None = None) -> tuple[SqlFile, ...]:
    """The files `graph.json`, `graph.dot` and `graph.html` of a spec; ``overlaps`` as for `cascade_graph`."""
    graph = cascade_graph(spec, plan, overlaps)
    return tuple(SqlFile(f"graph.{format_}", render(graph, format_)) for format_ in ARTIFACTS)


def render(graph: CascadeGraph, format_: str) -> str:
    """The graph in one of `FORMATS`; the modules of the others are not imported."""
    match format_:
        case "html":
            from bxc.codegen.graph.as_html import to_html

            return to_html(graph)
        case "svg":
            from bxc.codegen.graph.as_svg import to_svg

            return to_svg(graph)
        case "dot":
            from bxc.codegen.graph.as_dot import to_dot

            return to_dot(graph)
        case "json":
            from bxc.codegen.graph.as_json import to_json

            return to_json(graph)
        case "mermaid":
            from bxc.codegen.graph.as_mermaid import to_mermaid

            return to_mermaid(graph)
        case _:
            raise ValueError(f"no such format of a graph: {format_}")
