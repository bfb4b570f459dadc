"""The `shares` of a manifest and the addresses of an environment → the shares that the contract is to have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bxc.dataclass import dataclass

POLICIES = ("stall", "exclude", "cancel")
UPDATE, INSERT, DELETE = 1, 2, 4  # operation bits


@dataclass(frozen=True, slots=True)
class Rights:
    """What a member may do: a mask of the attributes that it may update, and operation bits (1, 2, 4 as below)."""

    attributes: int
    operations: int


@dataclass(frozen=True, slots=True)
class WantedShare:
    """A share as the spec has it; peers by name. ``authority_on``: masks of columns that not ``authority`` has.

    ``deadline`` in seconds, 0 for none; ``attributes`` are the columns' names in the order of their bits.
    """

    name: str
    attributes: tuple[str, ...]
    members: tuple[str, ...]
    rights: Mapping[str, Rights]
    authority: str
    authority_on: Mapping[str, int]
    opener: str
    deadline: int
    policy: int
    schema_hash: str

    def authority_over(self, peer: str) -> int:
        """The mask of the columns whose rights are this peer's to grant."""
        if peer == self.authority:
            return ~sum(mask for other, mask in self.authority_on.items() if other != peer)
        return self.authority_on.get(peer, 0)


def wanted_shares(manifest: Mapping[str, Any]) -> tuple[WantedShare, ...]:
    """The shares of a manifest, in the order of their ids."""
    return tuple(_share(share) for share in manifest["shares"])


def _share(share: Mapping[str, Any]) -> WantedShare:
    on: dict[str, int] = {}
    for entry in share["authority_on"]:
        if entry["peer"] != share["authority"]:
            on[entry["peer"]] = on.get(entry["peer"], 0) | int(entry["mask"], 16)
    return WantedShare(
        share["name"],
        tuple(sorted(share["attributes"], key=share["attributes"].__getitem__)),
        tuple(member["peer"] for member in share["members"]),
        {peer: Rights(int(rights["mask"], 16), rights["operations"]) for peer, rights in share["rights"].items()},
        share["authority"],
        on,
        share["opener"],
        share["deadline"] or 0,
        POLICIES.index(share["policy"]),
        share["schema_hash"],
    )


def as_json(share: WantedShare) -> dict[str, Any]:
    """A share as `wanted_from_json` reads it."""
    return {
        "name": share.name,
        "attributes": list(share.attributes),
        "members": list(share.members),
        "rights": {peer: [hex(r.attributes), r.operations] for peer, r in share.rights.items()},
        "authority": share.authority,
        "authority_on": {peer: hex(mask) for peer, mask in share.authority_on.items()},
        "opener": share.opener,
        "deadline": share.deadline,
        "policy": POLICIES[share.policy],
        "schema_hash": share.schema_hash,
    }


def wanted_from_json(value: Mapping[str, Any]) -> WantedShare:
    """The inverse of `as_json`. KeyError, TypeError or ValueError if it is no such text."""
    return WantedShare(
        value["name"],
        tuple(value["attributes"]),
        tuple(value["members"]),
        {peer: Rights(int(mask, 16), int(operations)) for peer, (mask, operations) in value["rights"].items()},
        value["authority"],
        {peer: int(mask, 16) for peer, mask in value["authority_on"].items()},
        value["opener"],
        int(value["deadline"]),
        POLICIES.index(value["policy"]),
        value["schema_hash"],
    )
