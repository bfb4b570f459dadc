"""Specs → their contracts, compiled and deployed, beside the registry that the model makes of the same spec."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from compilers import no_compiler
from resolving import resolved

from bxc.codegen.digest import spec_digest
from bxc.codegen.manifest import manifest
from bxc.codegen.solidity import contract
from bxc.flatten import flatten
from bxc.load import load
from bxc.model import Share, Spec
from bxc.resolve import resolve
from bxc.solc import Compiled, NoCompiler, compile_contract

from .chain import Abi, Chain, Done
from .membership import constructed
from .signing import address
from .state import DELETE, INSERT, UPDATE, Address, Declared, Env, Outcome, Registry, Rights

SPECS = Path(__file__).parents[2] / "specs"
KEPT = Path(__file__).parents[2] / ".pytest_cache" / "bxc"
POLICIES = {"stall": 0, "exclude": 1, "cancel": 2}
DEPLOYER = address(1_000)
START = Env(DEPLOYER, 1, 1_000)


@dataclass(frozen=True, slots=True)
class Deployed:
    """A contract on a chain of its own, and the model's registry and outcome of the same constructor."""

    spec: Spec
    chain: Chain
    outcome: Outcome
    compiled: Compiled

    @property
    def registry(self) -> Registry:
        return self.outcome.registry


def spec_of_file(path: Path) -> Spec:
    files, _ = load(path)
    spec, _ = resolve(files, whole=True)
    assert spec is not None, path
    return spec


def spec_of_text(text: str) -> Spec:
    spec, found = resolved(text)
    assert spec is not None, (text, found)
    return spec


@cache
def compiled(source: str, name: str) -> Compiled:
    """Kept between runs, as it takes a while; a test is skipped where there is no compiler."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BXC_CACHE_DIR", str(KEPT))
            return compile_contract(source, name)
    except NoCompiler as missing:
        no_compiler(missing)


def declared(spec: Spec, peers: Sequence[Address]) -> tuple[Declared, ...]:
    """What the spec says of its shares, with the peers' addresses."""
    addresses = {peer.name: address for peer, address in zip(spec.peers, peers, strict=True)}
    plan, _ = flatten(spec)
    assert plan is not None
    hashes = [share["schema_hash"] for share in json.loads(manifest(spec, plan, ()))["shares"]]
    return tuple(
        _declared(share, spec, addresses, bytes.fromhex(text)) for share, text in zip(spec.shares, hashes, strict=True)
    )


def _declared(share: Share, spec: Spec, addresses: dict[str, Address], schema_hash: bytes) -> Declared:
    views = {view.name: view for view in spec.views}
    columns = [column.name for column in views[share.views[0]].columns]
    ends = {views[name].peer for name in share.views}
    members = [peer.name for peer in spec.peers if peer.name in ends]
    others: dict[Address, int] = {}
    for authority in share.authorities:
        if authority.columns and authority.peer != share.authority:
            held = sum(1 << columns.index(column) for column in authority.columns)
            others[addresses[authority.peer]] = others.get(addresses[authority.peer], 0) | held
    return Declared(
        members=tuple(addresses[name] for name in members),
        rights=tuple(rights_of(share, name, columns) for name in members),
        authority=addresses[share.authority],
        opener=addresses[share.opener],
        columns=others,
        deadline=share.deadline or 0,
        policy=POLICIES[share.policy],
        attribute_count=len(columns),
        schema_hash=schema_hash,
    )


def rights_of(share: Share, peer: str, columns: Sequence[str]) -> Rights:
    """What the spec's lines grant to a peer."""
    attributes = sum(1 << bit for bit, name in enumerate(columns) if share.holds(peer, "update", name))
    operations = UPDATE if attributes else 0
    operations += INSERT if share.holds(peer, "insert") else 0
    operations += DELETE if share.holds(peer, "delete") else 0
    return Rights(attributes, operations)


def deployed(spec: Spec, args: Sequence[Any] | None = None) -> Deployed:
    """A new chain with the spec's contract, whose peers have the addresses of 0, 1, … in order."""
    made = contract(spec)
    code = compiled(made.text, made.name)
    peers = [address(number) for number in range(len(spec.peers))]
    chain = Chain(Abi(code.abi))
    done = chain.deploy(bytes.fromhex(code.bytecode), [peers] if args is None else args, START)
    assert isinstance(done, Done), done
    digest = bytes.fromhex(spec_digest(spec))
    outcome = constructed(chain.address, digest, peers, len(spec.peers), declared(spec, peers), START)
    assert sorted(map(repr, done.events)) == sorted(map(repr, outcome.events))
    return Deployed(spec, chain, outcome, code)
