"""The generated files of a spec, with what is needed to run them: the sources and views of each peer."""

from __future__ import annotations

from collections.abc import Mapping

from bxc import types as t
from bxc.codegen.sql.files import capture_path, view_path
from bxc.codegen.sql.names import file_name
from bxc.dataclass import dataclass
from bxc.plan import Plan


@dataclass(frozen=True, slots=True)
class Source:
    """A source: its columns in order, its primary key, and the sources that it refers to."""

    name: str
    columns: Mapping[str, t.Type]
    key: tuple[str, ...]
    refers_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A view: its columns in order, its key, and the source that it is of in the end."""

    name: str
    columns: Mapping[str, t.Type]
    key: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer's sources and views, views in the order in which they are installed."""

    name: str
    sources: Mapping[str, Source]
    views: Mapping[str, View]


@dataclass(frozen=True, slots=True)
class Bundle:
    """All peers of a spec, and the texts of the generated files by path (below `generated/<spec>/`)."""

    spec: str
    peers: Mapping[str, Peer]
    files: Mapping[str, str]

    def install_script(self, peer: str, engine: str) -> list[str]:
        """The scripts that create everything at a peer, in order."""
        views = self.peers[peer].views
        return [self._file(peer, engine, "schema.sql"), *(self._file(peer, engine, view_path(v)) for v in views)]

    def script(self, peer: str, engine: str, view: str, action: str) -> str:
        """The script of a view: ``action`` is `get`, `put`, `put_delta` or `changes`."""
        return self._file(peer, engine, view_path(view, action))

    def capture_script(self, peer: str, engine: str, source: str) -> str | None:
        """The script that captures edits of a source, where the engine needs one."""
        return self.files.get(f"{file_name(peer)}/{engine}/{capture_path(source)}")

    def _file(self, peer: str, engine: str, path: str) -> str:
        return self.files[f"{file_name(peer)}/{engine}/{path}"]


def bundle(plan: Plan, files: Mapping[str, str]) -> Bundle:
    """The bundle of a plan and the files generated from it."""
    peers = {}
    for peer in plan.peers:
        sources = {
            s.name: Source(
                s.name,
                {c.name: c.type for c in s.source.columns},
                s.source.primary_key,
                tuple(dict.fromkeys(k.target for k in s.source.foreign_keys)),
            )
            for s in peer.sources
        }
        views = {v.name: View(v.name, {c.name: c.type for c in v.columns}, v.key, v.source) for v in peer.views}
        peers[peer.peer] = Peer(peer.peer, sources, views)
    return Bundle(plan.spec, peers, files)
