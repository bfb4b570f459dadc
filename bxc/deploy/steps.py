"""The steps of a plan: one call of the contract each, as data, with its text and its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bxc.dataclass import dataclass
from bxc.deploy.wanted import DELETE, INSERT, UPDATE, Rights


@dataclass(frozen=True, slots=True)
class SetRights:
    """`setRights`: ``before`` is what was reviewed; a step whose ``before`` no longer holds is another step."""

    share: str
    peer: str
    before: Rights
    after: Rights
    actor: str


@dataclass(frozen=True, slots=True)
class Declare:
    """`declareShare`, with the members and terms that the plan's share of this name has."""

    share: str
    actor: str


@dataclass(frozen=True, slots=True)
class Open:
    """`openShare` with the hash of the opener's content."""

    share: str
    content_hash: str
    actor: str


@dataclass(frozen=True, slots=True)
class Close:
    """`closeShare`."""

    share: str
    id: int
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Invite:
    """`inviteMember`."""

    share: str
    peer: str
    rights: Rights
    actor: str


@dataclass(frozen=True, slots=True)
class Join:
    """`joinShare`."""

    share: str
    actor: str


@dataclass(frozen=True, slots=True)
class Leave:
    """`leaveShare`."""

    share: str
    actor: str


@dataclass(frozen=True, slots=True)
class Exclude:
    """`exclude` of a peer that is silent past its deadline."""

    share: str
    peer: str
    actor: str


@dataclass(frozen=True, slots=True)
class OfferAuthority:
    """`offerAuthority`."""

    share: str
    peer: str
    actor: str


@dataclass(frozen=True, slots=True)
class AcceptAuthority:
    """`acceptAuthority`."""

    share: str
    actor: str


Step = SetRights | Declare | Open | Close | Invite | Join | Leave | Exclude | OfferAuthority | AcceptAuthority

KINDS: Mapping[str, type[Step]] = {
    "set_rights": SetRights,
    "declare": Declare,
    "open": Open,
    "close": Close,
    "invite": Invite,
    "join": Join,
    "leave": Leave,
    "exclude": Exclude,
    "offer_authority": OfferAuthority,
    "accept_authority": AcceptAuthority,
}
NAMES = {kind: name for name, kind in KINDS.items()}


def step_to_json(step: Step) -> dict[str, Any]:
    """A step as `step_from_json` reads it; masks as hexadecimal texts."""
    values = asdict(step)
    for key, value in values.items():
        if isinstance(value, dict):
            values[key] = {"attributes": hex(value["attributes"]), "operations": value["operations"]}
    return {"do": NAMES[type(step)], **values}


def step_from_json(value: Mapping[str, Any]) -> Step:
    """The inverse of `step_to_json`. KeyError, TypeError or ValueError if it is no such text."""
    values = {key: item for key, item in value.items() if key != "do"}
    for key, item in values.items():
        if isinstance(item, dict):
            values[key] = Rights(int(item["attributes"], 16), int(item["operations"]))
    return KINDS[value["do"]](**values)


def told(step: Step, attributes: Sequence[str]) -> str:
    """A step in words, without its share and its actor."""
    match step:
        case SetRights():
            return f"rights of {step.peer}: {_changed(step.before, step.after, attributes)}"
        case Declare():
            return "declare the share"
        case Open():
            return f"open it with content {step.content_hash}"
        case Close():
            return f"close it: {step.reason}"
        case Invite():
            return f"invite {step.peer}: {rights_told(step.rights, attributes) or 'no rights'}"
        case Join():
            return f"{step.actor} joins"
        case Leave():
            return f"{step.actor} leaves"
        case Exclude():
            return f"exclude {step.peer}, silent past the deadline"
        case OfferAuthority():
            return f"offer {step.actor}'s authority to {step.peer}"
        case AcceptAuthority():
            return f"{step.actor} accepts the authority"


def _granted(rights: Rights, attributes: Sequence[str]) -> list[str]:
    """What a member may do, each right in the spec's words."""
    columns = [f"update {_name(bit, attributes)}" for bit in range(240) if rights.attributes >> bit & 1]
    return columns + [word for bit, word in ((INSERT, "insert"), (DELETE, "delete")) if rights.operations & bit]


def rights_told(rights: Rights, attributes: Sequence[str]) -> str:
    """What a member may do, in the spec's words; empty for nothing."""
    return ", ".join(_granted(rights, attributes))


def _changed(before: Rights, after: Rights, attributes: Sequence[str]) -> str:
    old, new = _granted(before, attributes), _granted(after, attributes)
    gained = [f"+ {right}" for right in new if right not in old]
    lost = [f"- {right}" for right in old if right not in new]
    return ", ".join(gained + lost)


def _name(bit: int, attributes: Sequence[str]) -> str:
    return attributes[bit] if bit < len(attributes) else f"attribute {bit}"


def operations_of(attributes: int, others: int) -> int:
    """Operation bits that go with a mask of attributes: the update bit is set iff there are attributes."""
    return (UPDATE if attributes else 0) | others & (INSERT | DELETE)
