"""A folder of generated files → what one peer needs of it: its sources, views with their files, shares and cascades.

Nothing else of the compiler's is read: `manifest.json`, `graph.json` and the SQL that the manifest names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bxc.database.bundle import Bundle, View
from bxc.database.manifest import ManifestError, read_folder, read_manifest
from bxc.types import Type
from bxc_runtime.delta import Shape
from bxc_runtime.rows import Engine

POLICIES = ("stall", "exclude", "cancel")


class SiteError(Exception):
    """The folder has not what this peer needs. The text says what."""


@dataclass(frozen=True, slots=True)
class ShareEnd:
    """A share and this peer's view of it. ``places`` leads from the view's columns to the share's, in its order.

    ``computed`` are, by member, the bits of the columns that its end computes.
    """

    id: int
    name: str
    shape: Shape
    schema_hash: bytes
    view: View
    places: tuple[int, ...]
    adopt: bool
    members: tuple[str, ...]
    computed: Mapping[str, int]

    @property
    def view_types(self) -> tuple[Type, ...]:
        """The types of the view's columns, in the view's order."""
        return tuple(self.view.columns.values())

    def computed_at(self, peer: str | None) -> int:
        """The bits of the columns that a peer's end computes; none for a peer that the spec does not know."""
        return self.computed.get(peer or "", 0)


@dataclass(frozen=True, slots=True)
class Site:
    """One peer of a spec. ``cascades``: for each share, the views of this peer that its puts can change.

    ``addresses`` are those of the peers on the chain, by name, in lower case.
    """

    spec: str
    digest: str
    peer: str
    peers: tuple[str, ...]
    bundle: Bundle
    shares: Mapping[int, ShareEnd]
    cascades: Mapping[int, frozenset[str]]
    addresses: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> ShareEnd:
        """The share of a name; SiteError if this peer has none."""
        for share in self.shares.values():
            if share.name == name:
                return share
        known = ", ".join(share.name for share in self.shares.values())
        raise SiteError(f"{self.peer} is in no share {name}; it is in {known or 'none'}")

    def of_view(self, view: str) -> tuple[ShareEnd, ...]:
        """The shares that a view of this peer is an end of."""
        return tuple(share for share in self.shares.values() if share.view.name == view)

    def name_of(self, address: str) -> str | None:
        """The peer of an address; None for one that is not the spec's."""
        return next((name for name, known in self.addresses.items() if known == address), None)

    def script(self, view: str, action: str, engine: Engine) -> str:
        """A view's generated file: `get`, `put`, `put_delta`, `changes`."""
        return self.bundle.script(self.peer, engine, view, action)

    def capture(self, source: str, engine: Engine) -> str | None:
        """The file that finds edits of a source, where the engine has no triggers."""
        return self.bundle.capture_script(self.peer, engine, source)

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources behind shared views, each once."""
        return tuple(dict.fromkeys(share.view.source for share in self.shares.values()))

    def views_of(self, source: str) -> tuple[View, ...]:
        """The shared views of a source, each once."""
        return tuple({s.view.name: s.view for s in self.shares.values() if s.view.source == source}.values())


def read_site(folder: Path, peer: str, ids: Mapping[str, int] | None = None) -> Site:
    """The site of a peer; ``ids`` are the contract's numbers of the shares, where they are not the manifest's."""
    try:
        manifest, bundle = read_manifest(folder), read_folder(folder)
        graph = json.loads((folder / "graph.json").read_text(encoding="utf-8"))
    except ManifestError as error:
        raise SiteError(str(error)) from error
    except (OSError, ValueError) as error:
        raise SiteError(f"{folder / 'graph.json'} cannot be read") from error
    peers = tuple(entry["name"] for entry in manifest["peers"])
    if peer not in peers:
        raise SiteError(f"spec {manifest['spec']} has no peer {peer}; it has {', '.join(peers)}")
    shares = {}
    computed = {v["name"]: {c["name"] for c in v["columns"] if c["source"] is None} for v in manifest["views"]}
    for entry in manifest["shares"]:
        number = entry["id"] if ids is None else ids[entry["name"]]
        end = next((m["view"] for m in entry["members"] if m["peer"] == peer), None)
        if end is not None:
            shares[number] = _end(entry, number, bundle.peers[peer].views[end], computed)
    by_name = {share.name: number for number, share in shares.items()}
    cascades: dict[int, set[str]] = {number: set() for number in shares}
    for edge in graph["edges"]:
        if edge["peer"] == peer and edge["from_share"] in by_name:
            cascades[by_name[edge["from_share"]]].add(edge["to_view"])
    frozen = {number: frozenset(views) for number, views in cascades.items()}
    return Site(manifest["spec"], manifest["digest"], peer, peers, bundle, shares, frozen)


def _end(entry: Mapping[str, Any], number: int, view: View, computed: Mapping[str, set[str]]) -> ShareEnd:
    columns = tuple(column["name"] for column in entry["columns"])
    own = list(view.columns)
    shape = Shape(
        columns,
        tuple(view.columns[name] for name in columns),
        tuple(place for place, name in enumerate(columns) if name in view.key),
    )
    return ShareEnd(
        number,
        entry["name"],
        shape,
        bytes.fromhex(entry["schema_hash"]),
        view,
        tuple(own.index(name) for name in columns),
        bool(entry["adopt"]),
        tuple(member["peer"] for member in entry["members"]),
        {
            member["peer"]: sum(1 << bit for bit, name in enumerate(columns) if name in computed[member["view"]])
            for member in entry["members"]
        },
    )
