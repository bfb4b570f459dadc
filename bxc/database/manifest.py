"""A folder of generated files, by its `manifest.json` → a bundle to run, or the list of files that it should hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bxc import types as t
from bxc.database.bundle import Bundle, Peer, Source, View
from bxc.database.tokens import Token, tokens

NAME = "manifest.json"
FORMAT = ("bxc-manifest", 1)
PLAIN: dict[str, t.Type] = {
    str(type_): type_ for type_ in (t.Int(), t.Text(), t.Bool(), t.Date(), t.Timestamp(), t.Uuid(), t.Bytes(), t.Real())
}


class ManifestError(Exception):
    """The folder holds no generated files that this version can use."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; ManifestError if there is none, or none that this version understands."""
    path = folder / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(f"{folder} has no {NAME}; it should be a folder such as generated/<spec>") from error
    except ValueError as error:
        raise ManifestError(f"{path} is not valid JSON") from error
    if not isinstance(found, dict) or (found.get("format"), found.get("format_version")) != FORMAT:
        raise ManifestError(f"{path} is no manifest that this version of bxc understands")
    return found


def listed_files(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The files that a manifest lists: path → SHA-256."""
    return {str(file["path"]): str(file["sha256"]) for file in _files(manifest)}


def _files(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for peer in manifest["peers"]:
        for engine in peer["engines"].values():
            yield from engine["files"]
    yield from manifest["files"]


def read_folder(folder: Path) -> Bundle:
    """The bundle of a folder; ManifestError if a file is missing or is not the one that the manifest lists."""
    manifest = read_manifest(folder)
    try:
        files = {path: _text(folder / path, digest) for path, digest in listed_files(manifest).items()}
        sources = [_source(source) for source in manifest["sources"]]
        views = [_view(view) for view in manifest["views"]]
        return Bundle(manifest["spec"], {p["name"]: _peer(p, sources, views) for p in manifest["peers"]}, files)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ManifestError(f"{folder / NAME} is damaged; `bxc compile` writes it anew") from error


def _text(path: Path, digest: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{path} is missing; `bxc compile` writes it anew") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise ManifestError(f"{path} is not the file that {NAME} lists; `bxc compile` writes it anew")
    return content.decode()


def _peer(peer: Mapping[str, Any], sources: list[tuple[str, Source]], views: list[tuple[str, View]]) -> Peer:
    name = peer["name"]
    own_views = {view.name: view for owner, view in views if owner == name}
    order = _install_order(peer, own_views)
    return Peer(name, {s.name: s for owner, s in sources if owner == name}, {v: own_views[v] for v in order})


def _install_order(peer: Mapping[str, Any], views: Mapping[str, View]) -> list[str]:
    """The views in the order in which the engines' files are listed."""
    for engine in peer["engines"].values():
        return [file["view"] for file in engine["files"] if file.get("action") == "view"]
    return list(views)


def _source(source: Mapping[str, Any]) -> tuple[str, Source]:
    columns = {c["name"]: read_type(c["type"]) for c in source["columns"]}
    refers = tuple(dict.fromkeys(k["target"] for k in source["foreign_keys"]))
    return source["peer"], Source(source["name"], columns, tuple(source["primary_key"]), refers)


def _view(view: Mapping[str, Any]) -> tuple[str, View]:
    columns = {c["name"]: read_type(c["type"]) for c in view["columns"]}
    return view["peer"], View(view["name"], columns, tuple(view["key"]), view["source"])


def read_type(text: str) -> t.Type:
    """A type from its text, as `str` gives it; ValueError if it is none."""
    if text in PLAIN:
        return PLAIN[text]
    match tokens(text):
        case [Token(text="varchar"), _, Token(kind="number", text=length), _]:
            return t.Varchar(int(length))
        case [Token(text="decimal"), _, Token(kind="number", text=precision), _, Token(kind="number", text=scale), _]:
            return t.Decimal(int(precision), int(scale))
        case [Token(text="enum"), *rest]:
            return t.Enum(tuple(token.text for token in rest if token.kind == "string"))
        case _:
            raise ValueError(f"no type: {text}")
