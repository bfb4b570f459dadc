"""A cascade graph → JSON in the stable form of `docs/graph-format.md`."""

from __future__ import annotations

import json
from typing import Any

from bxc import witness_json
from bxc.codegen.graph.cascade import CascadeEdge, CascadeGraph, GrantedRight, ShareNode, ViewNode

FORMAT_VERSION = 1


def to_json(graph: CascadeGraph) -> str:
    """The document, indented, with a line end."""
    document = {
        "format": "bxc-graph",
        "format_version": FORMAT_VERSION,
        "spec": graph.spec,
        "version": graph.version,
        "peers": [{"name": peer.name, "display": peer.display} for peer in graph.peers],
        "sources": [{"name": source.name, "peer": source.peer} for source in graph.sources],
        "views": [_view(view) for view in graph.views],
        "shares": [_share(share) for share in graph.shares],
        "edges": [_edge(edge) for edge in graph.edges],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _view(view: ViewNode) -> dict[str, Any]:
    return {
        "name": view.name,
        "peer": view.peer,
        "base": view.base,
        "source": view.source,
        "columns": view.columns,
        "key": view.key,
        "grouped": view.grouped,
        "fed_by": view.fed_by,
        "shares": view.shares,
    }


def _share(share: ShareNode) -> dict[str, Any]:
    return {
        "name": share.name,
        "id": share.id,
        "views": share.views,
        "peers": share.peers,
        "authority": share.authority,
        "opener": share.opener,
        "rights": [_right(right) for right in share.rights],
    }


def _right(right: GrantedRight) -> dict[str, Any]:
    return {"operation": right.operation, "attribute": right.attribute or None, "by": right.by}


def _edge(edge: CascadeEdge) -> dict[str, Any]:
    return {
        "from_share": edge.from_share,
        "operation": edge.operation,
        "attribute": edge.attribute or None,
        "by": edge.by,
        "peer": edge.peer,
        "from_view": edge.from_view,
        "to_view": edge.to_view,
        "to_share": edge.to_share,
        "operations": edge.operations,
        "attributes": edge.attributes,
        "remote": edge.remote,
        "basis": edge.basis,
        "condition": edge.condition,
        "witness": None if edge.witness is None else witness_json.to_json(edge.witness),
    }
