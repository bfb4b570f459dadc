"""A saved plan, `deploy/<env>.plan.json`: steps that people review, and what is needed to see that it still holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from bxc.dataclass import dataclass
from bxc.deploy.difference import Note
from bxc.deploy.steps import Step, step_from_json, step_to_json
from bxc.deploy.wanted import WantedShare, as_json, wanted_from_json

FORMAT = "bxc-plan"
FORMAT_VERSION = 1


class PlanError(Exception):
    """A plan file that cannot be read or has been changed. The text names the file."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with the contract at ``address``, as seen in a block.

    ``wanted`` are the spec's shares: what remains to be done is found from them again when the plan is applied.
    ``openings`` are hashes of first contents by share.
    """

    spec: str
    digest: str
    chain_id: int
    address: str
    block: int
    block_hash: str
    peers: Mapping[str, str]
    wanted: tuple[WantedShare, ...]
    openings: Mapping[str, str]
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]


def plan_text(plan: Plan) -> str:
    """The document, with a line end; its checksum tells whether it was changed after it was made."""
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "spec": plan.spec,
        "digest": plan.digest,
        "chain_id": plan.chain_id,
        "address": plan.address,
        "block": plan.block,
        "block_hash": plan.block_hash,
        "steps": [step_to_json(step) for step in plan.steps],
        "notes": [{"share": note.share, "text": note.text} for note in plan.notes],
        "peers": dict(plan.peers),
        "openings": dict(plan.openings),
        "wanted": [as_json(share) for share in plan.wanted],
    }
    return json.dumps({**document, "checksum": _checksum(document)}, indent=2, ensure_ascii=False) + "\n"


def load_plan(path: Path) -> Plan:
    """The plan in a file. PlanError if there is none, or if it has been changed since it was made."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        why = (error.strerror or "no such file").lower()
        raise PlanError(f"cannot read {path}: {why}; `bxc plan` makes a plan") from error
    try:
        value = json.loads(text)
        checksum = value.pop("checksum")
        if value["format"] != FORMAT or value["format_version"] != FORMAT_VERSION:
            raise PlanError(f"{path} is no plan of this version of bxc")
        if checksum != _checksum(value):
            raise PlanError(f"{path} has been changed since it was made")
        return _plan(value)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanError(f"{path} is not a plan, or has been changed by hand") from error


def _plan(value: Mapping[str, Any]) -> Plan:
    return Plan(
        value["spec"],
        value["digest"],
        int(value["chain_id"]),
        value["address"],
        int(value["block"]),
        value["block_hash"],
        value["peers"],
        tuple(wanted_from_json(share) for share in value["wanted"]),
        value["openings"],
        tuple(step_from_json(step) for step in value["steps"]),
        tuple(Note(note["share"], note["text"]) for note in value["notes"]),
    )


def _checksum(document: Mapping[str, Any]) -> str:
    return sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def remaining(planned: Sequence[Step], needed: Sequence[Step]) -> tuple[Step, ...] | None:
    """The steps of a plan that are still to be done; None if something is needed now that the plan does not have.

    What others have done meanwhile may only have been steps of the plan.
    """
    left = list(needed)
    found = []
    for step in planned:
        if step in left:
            left.remove(step)
            found.append(step)
    return None if left else tuple(found)
