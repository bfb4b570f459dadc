"""Spec and chain say the same of every peer, attribute and operation: `rightsOf`, and what is done with a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import pytest

from bxc.model import Share, Spec

from .chain import Chain, Done
from .deployed import SPECS, deployed, spec_of_file, spec_of_text
from .signing import address
from .spec_texts import random_spec
from .state import DELETE, INSERT, UPDATE, Env, Refused

FAULTY = "medical_as_published"
EXAMPLES = sorted(path for path in SPECS.glob("*.bxc") if path.stem != FAULTY)
STRANGER = address(999)
CONTENT = bytes(range(32))
RANDOM = ("64 peers", "8 peers", "240 columns")


@cache
def generated(kind: str) -> Spec:
    match kind:
        case "64 peers":
            return spec_of_text(random_spec(Random(1), peers=64, shares=2))
        case "8 peers":
            return spec_of_text(random_spec(Random(2), peers=8))
        case _:
            return spec_of_text(random_spec(Random(3), wide=True))


@dataclass(frozen=True, slots=True)
class Wish:
    """One operation on one attribute, by one peer of the spec, and whether a line of the spec grants it."""

    share: int
    peer: int
    attributes: int
    operations: int
    granted: bool


def wishes(spec: Spec) -> Iterator[Wish]:
    """Every peer, of the share or not, every attribute, every operation."""
    for number, share in enumerate(spec.shares):
        for place, peer in enumerate(spec.peers):
            for bit, column in enumerate(columns(spec, share)):
                yield Wish(number, place, 1 << bit, UPDATE, share.holds(peer.name, "update", column))
            yield Wish(number, place, 0, INSERT, share.holds(peer.name, "insert"))
            yield Wish(number, place, 0, DELETE, share.holds(peer.name, "delete"))


def columns(spec: Spec, share: Share) -> list[str]:
    return [column.name for view in spec.views if view.name == share.views[0] for column in view.columns]


def members(spec: Spec, share: Share) -> set[int]:
    ends = {view.peer for view in spec.views if view.name in share.views}
    return {place for place, peer in enumerate(spec.peers) if peer.name in ends}


def opened(spec: Spec, chain: Chain) -> None:
    """Open every share: what its opener asks for, all others acknowledge."""
    names = [peer.name for peer in spec.peers]
    for number, share in enumerate(spec.shares):
        opener = names.index(share.opener)
        assert isinstance(chain.send(Env(address(opener), 2, 2_000), "openShare", [number, CONTENT]), Done)
        version, *_, link = chain.read("shareState", number)
        for place in sorted(members(spec, share) - {opener}):
            assert isinstance(chain.send(Env(address(place), 2, 2_000), "ack", [number, version, link]), Done)


def compare(spec: Spec) -> int:
    """All that the spec says of rights, against the chain; how many wishes were tried."""
    chain = deployed(spec).chain
    opened(spec, chain)
    of_shares = [members(spec, share) for share in spec.shares]
    held: dict[tuple[int, int], tuple[int, int]] = {}
    for wish in filter(lambda wish: wish.granted, wishes(spec)):
        attributes, operations = held.get((wish.share, wish.peer), (0, 0))
        held[wish.share, wish.peer] = (attributes | wish.attributes, operations | wish.operations)
    tried = 0
    for wish in wishes(spec):
        start = chain.snapshot()
        args = [wish.share, wish.attributes, wish.operations, CONTENT]
        got = chain.send(Env(address(wish.peer), 3, 3_000), "requestUpdate", args)
        chain.revert(start)
        tried += 1
        if wish.granted:
            assert isinstance(got, Done), (wish, got)
            continue
        assert isinstance(got, Refused), wish
        if wish.peer not in of_shares[wish.share]:
            assert (got.name, got.arguments) == ("NotMember", (wish.share, address(wish.peer)))
            continue
        lacking = wish.operations & ~held.get((wish.share, wish.peer), (0, 0))[1]
        assert (got.name, got.arguments) == ("NoRight", (wish.share, address(wish.peer), wish.attributes, lacking))
    for number in range(len(spec.shares)):
        for place in range(len(spec.peers)):
            assert chain.read("rightsOf", number, address(place)) == held.get((number, place), (0, 0))
        assert chain.read("rightsOf", number, STRANGER) == (0, 0)
    return tried


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_request_succeeds_iff_the_spec_grants_it(path: Path) -> None:
    spec = spec_of_file(path)
    assert compare(spec) == sum(len(spec.peers) * (len(columns(spec, share)) + 2) for share in spec.shares)


@pytest.mark.parametrize("kind", RANDOM)
def test_a_request_succeeds_iff_a_random_spec_grants_it(kind: str) -> None:
    assert compare(generated(kind)) > 0


def test_nobody_asks_for_columns_that_are_not_there() -> None:
    spec = spec_of_file(SPECS / "medical.bxc")
    chain = deployed(spec).chain
    opened(spec, chain)
    for bit in range(256):
        for place in range(len(spec.peers)):
            if bit >= len(columns(spec, spec.shares[0])) and place in members(spec, spec.shares[0]):
                got = chain.send(Env(address(place), 3, 3_000), "requestUpdate", [0, 1 << bit, UPDATE, CONTENT])
                assert isinstance(got, Refused), bit
                assert got.name == "NoRight"
                assert got.arguments[2] == 1 << bit
