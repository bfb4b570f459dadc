"""A resolved spec, its plan and the files made from them → `manifest.json`: all that a runtime needs to know.

`docs/manifest.md` documents every member.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Protocol

from bxc import __version__
from bxc.codegen import evm
from bxc.codegen.digest import spec_digest
from bxc.codegen.expression_text import expression_text, literal_text
from bxc.codegen.schema_hash import ShareColumn, schema_hash
from bxc.codegen.sql.files import capture_path, view_path
from bxc.codegen.sql.names import file_name
from bxc.codegen.sql.postgres.roles import role_name
from bxc.model import Column, Share, Source, Spec
from bxc.plan import PeerPlan, Plan, ViewPlan

FORMAT_VERSION = 1
OPERATION_BITS = {"update": 1, "insert": 2, "delete": 4}
VIEW_ACTIONS = ("get", "put", "put_delta", "changes")
ROLES = "postgres"  # the engine that knows who edits
CONTRACT_FOLDER = "contract/"
CONTRACT_SUFFIXES = (".sol", ".abi.json", ".bin")
COMPILER = {
    "release": evm.RELEASE,
    "evm_version": evm.EVM_VERSION,
    "via_ir": evm.SETTINGS["viaIR"],
    "optimizer_runs": evm.RUNS,
}

Json = dict[str, Any]


class File(Protocol):
    """A generated file: its path below `generated/<spec>/`, with `/`, and its text."""

    @property
    def path(self) -> str: ...
    @property
    def text(self) -> str: ...


def manifest(spec: Spec, plan: Plan, files: Sequence[File]) -> str:
    """The document, indented, with a line end; ``files`` are all other files of the spec."""
    views = {view.name: view for peer in plan.peers for view in peer.views}
    document = {
        "format": "bxc-manifest",
        "format_version": FORMAT_VERSION,
        "spec": spec.name,
        "version": spec.version,
        "digest": spec_digest(spec),
        "tool_version": __version__,
        "peers": _peers(spec, plan, files),
        "files": [_file(file) for file in sorted(files, key=lambda f: f.path) if file.path.count("/") != 2],
        "contract": _contract([file.path for file in files]),
        "sources": [_source(source) for source in spec.sources],
        "views": [_view(views[view.name]) for view in spec.views if view.name in views],
        "shares": [_share(number, share, spec, views) for number, share in enumerate(spec.shares)],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


# --- peers and files --------------------------------------------------------------------------------------------------


def _peers(spec: Spec, plan: Plan, files: Sequence[File]) -> list[Json]:
    plans = {peer.peer: peer for peer in plan.peers}
    folders: dict[str, dict[str, list[File]]] = {}
    for file in files:
        match file.path.split("/"):
            case [folder, engine, _]:
                folders.setdefault(folder, {}).setdefault(engine, []).append(file)
    found = []
    for index, peer in enumerate(spec.peers):
        purposes = _purposes(plans[peer.name]) if peer.name in plans else {}
        engines = sorted(folders.get(file_name(peer.name), {}).items())
        written: Json = {engine: {"files": _engine_files(own, purposes)} for engine, own in engines}
        if ROLES in written:
            written[ROLES]["role"] = role_name(spec.name, peer.name)
        found.append({"name": peer.name, "display": peer.display, "index": index, "engines": written})
    return found


def _engine_files(files: Sequence[File], purposes: dict[str, Json]) -> list[Json]:
    """The files of one engine in the order of use: schema, then view by view in the order of installation."""
    order = {path: place for place, path in enumerate(purposes)}

    def named(file: File) -> str:
        return file.path.rsplit("/", 1)[1]

    ordered = sorted(files, key=lambda f: (order.get(named(f), len(order)), f.path))
    return [_file(file) | purposes.get(named(file), {}) for file in ordered]


def _purposes(peer: PeerPlan) -> dict[str, Json]:
    """By file name, what a file is for: its action, and the view or source that it belongs to."""
    found: dict[str, Json] = {"schema.sql": {"action": "schema"}}
    for source in peer.sources:
        found[capture_path(source.name)] = {"action": "capture", "source": source.name}
    for view in peer.views:
        found[view_path(view.name)] = {"action": "view", "view": view.name}
        for action in VIEW_ACTIONS:
            found[view_path(view.name, action)] = {"action": action, "view": view.name}
    return found


def _file(file: File) -> Json:
    return {"path": file.path, "sha256": sha256(file.text.encode()).hexdigest()}


def _contract(paths: Sequence[str]) -> Json | None:
    """The contract's files among all, and what compiles it."""
    found = {suffix: path for suffix in CONTRACT_SUFFIXES for path in paths if _is_contracts(path, suffix)}
    if ".sol" not in found:
        return None
    return {
        "name": found[".sol"].removeprefix(CONTRACT_FOLDER).removesuffix(".sol"),
        "source": found[".sol"],
        "abi": found.get(".abi.json"),
        "bytecode": found.get(".bin"),
        "compiler": COMPILER,
    }


def _is_contracts(path: str, suffix: str) -> bool:
    return path.startswith(CONTRACT_FOLDER) and path.endswith(suffix)


# --- sources and views ------------------------------------------------------------------------------------------------


def _source(source: Source) -> Json:
    return {
        "name": source.name,
        "peer": source.peer,
        "columns": [_source_column(column) for column in source.columns],
        "primary_key": source.primary_key,
        "unique": [unique.columns for unique in source.uniques],
        "checks": [{"name": check.name, "condition": expression_text(check.condition)} for check in source.checks],
        "foreign_keys": [
            {"column": key.column, "target": key.target, "target_column": key.target_column}
            for key in source.foreign_keys
        ],
        "determines": [{"left": rule.left, "right": rule.right} for rule in source.dependencies],
    }


def _source_column(column: Column) -> Json:
    default = None if column.default is None else literal_text(column.default)
    return {"name": column.name, "type": str(column.type), "nullable": column.nullable, "default": default}


def _view(view: ViewPlan) -> Json:
    return {
        "name": view.name,
        "peer": view.peer,
        "base": view.base,
        "source": view.source,
        "grouped": view.grouped,
        "columns": [
            {"name": column.name, "type": str(column.type), "nullable": column.nullable, "source": column.source}
            for column in view.columns
        ],
        "key": view.key,
        "where": None if view.predicate is None else expression_text(view.predicate),
        "shares": view.shares,
    }


# --- shares -----------------------------------------------------------------------------------------------------------


def _share(number: int, share: Share, spec: Spec, views: dict[str, ViewPlan]) -> Json:
    first = views[share.views[0]]
    columns = [ShareColumn(column.name, column.type, column.nullable) for column in first.columns]
    bits = {column.name: bit for bit, column in enumerate(columns)}
    ends = {views[name].peer: name for name in share.views}
    members = [peer.name for peer in spec.peers if peer.name in ends]
    return {
        "name": share.name,
        "id": number,
        "views": share.views,
        "columns": [{"name": c.name, "type": str(c.type), "nullable": c.nullable} for c in columns],
        "key": sorted(first.key, key=bits.__getitem__),
        "schema_hash": schema_hash(columns, first.key).hex(),
        "attributes": bits,
        "operations": OPERATION_BITS,
        "members": [{"peer": peer, "index": index, "view": ends[peer]} for index, peer in enumerate(members)],
        "rights": {peer: _rights(share, peer, bits) for peer in members},
        "authority": share.authority,
        "authority_on": list(_authorities(share, bits)),
        "opener": share.opener,
        "adopt": share.adopt,
        "deadline": share.deadline,
        "policy": share.policy,
    }


def _rights(share: Share, peer: str, bits: dict[str, int]) -> Json:
    attributes = [name for name in bits if share.holds(peer, "update", name)]
    operations = OPERATION_BITS["update"] if attributes else 0
    operations |= sum(OPERATION_BITS[operation] for operation in ("insert", "delete") if share.holds(peer, operation))
    return {"attributes": attributes, "mask": _mask(attributes, bits), "operations": operations}


def _authorities(share: Share, bits: dict[str, int]) -> Iterator[Json]:
    for authority in share.authorities:
        if authority.columns:
            columns = sorted(authority.columns, key=bits.__getitem__)
            yield {"peer": authority.peer, "attributes": columns, "mask": _mask(columns, bits)}


def _mask(names: Sequence[str], bits: dict[str, int]) -> str:
    """A set of attributes as a number; hexadecimal, since 240 bits do not fit a JSON reader's number."""
    return hex(sum(1 << bits[name] for name in names))
