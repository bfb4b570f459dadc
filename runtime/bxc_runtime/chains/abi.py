"""The part of the contract's interface that the runtime uses: selectors, arguments, events and errors.

The same for every spec, so a peer needs no ABI file; a test compares it with what the compiler says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from bxc_runtime.chains.protocol import Acks, Call, Cancel, Exclude, JoinShare, OpenShare, Reject, RequestUpdates

FUNCTIONS = {
    "requestUpdates": "(uint256,uint256,uint256,bytes32)[]",
    "openShare": "uint256,bytes32",
    "acks": "(uint256,uint256,bytes32)[]",
    "reject": "uint256,uint256,bytes32,bytes32",
    "cancel": "uint256",
    "exclude": "uint256,address",
    "joinShare": "uint256",
    "shareState": "uint256",
}
SHARE_STATE = ("uint256", "uint256", "uint256", "uint256", "address", "address", "uint256", "uint256", "bytes32")

# What is indexed comes first: the share, then the addresses.
EVENTS: Mapping[str, tuple[str, str]] = {
    "ShareDeclared": (
        "uint256 share, address authority, address opener",
        "uint256 deadline, uint256 policy, uint256 attributeCount, bytes32 schemaHash",
    ),
    "MemberJoined": ("uint256 share, address peer", "uint256 index"),
    "RightsSet": ("uint256 share, address peer, address by", "uint256 attributes, uint256 operations"),
    "UpdateRequested": (
        "uint256 share, address by",
        "uint256 version, uint256 attributes, uint256 operations, bytes32 contentHash, bytes32 updateHash",
    ),
    "ShareOpened": ("uint256 share, address by", "uint256 version, bytes32 contentHash, bytes32 updateHash"),
    "Acked": ("uint256 share, address peer", "uint256 version"),
    "Committed": ("uint256 share", "uint256 version, bytes32 updateHash"),
    "Rejected": ("uint256 share, address peer", "uint256 version, bytes32 reason"),
    "Cancelled": ("uint256 share, address by", "uint256 version"),
    "PeerExcluded": ("uint256 share, address peer, address by", ""),
    "MemberLeft": ("uint256 share, address peer", ""),
    "MemberInvited": ("uint256 share, address peer", "uint256 attributes, uint256 operations"),
    "InvitationWithdrawn": ("uint256 share, address peer", ""),
    "AuthorityOffered": ("uint256 share, address from, address to", ""),
    "AuthorityAccepted": ("uint256 share, address from, address to", "uint256 attributes"),
    "ShareClosed": ("uint256 share, address by", ""),
    "ShareMigrated": ("uint256 share, address successor", ""),
}
# The order of the ABI, where it is another one than that of the indexed and then the others.
ORDER: Mapping[str, str] = {
    "RightsSet": "share peer attributes operations by",
    "UpdateRequested": "share version by attributes operations contentHash updateHash",
    "ShareOpened": "share version by contentHash updateHash",
    "Acked": "share version peer",
    "Rejected": "share version peer reason",
    "Cancelled": "share version by",
}
ERRORS = (
    "UnknownShare(uint256)",
    "ShareIsClosed(uint256)",
    "NotMember(uint256,address)",
    "NotOpen(uint256)",
    "AlreadyOpen(uint256)",
    "NotOpener(uint256,address)",
    "UpdatePending(uint256,uint256)",
    "NothingPending(uint256)",
    "WrongUpdate(uint256,uint256,bytes32)",
    "OneRequestABlock(uint256)",
    "BadOperations(uint256,uint256,uint256)",
    "NoRight(uint256,address,uint256,uint256)",
    "VersionsExhausted(uint256)",
    "NothingAsked()",
    "NotAwaited(uint256,address)",
    "MayNotCancel(uint256,address)",
    "MayNotExclude(uint256,address)",
    "DeadlineNotPassed(uint256,uint256)",
    "AuthorityStays(uint256,address)",
    "NotInvited(uint256,address)",
    "ShareFull(uint256)",
)


def _parameters(text: str) -> list[tuple[str, str]]:
    return [tuple(part.split()) for part in text.split(", ")] if text else []  # type: ignore[misc]


def event_signature(name: str) -> str:
    """An event's signature, as its topic is the hash of."""
    indexed, others = map(_parameters, EVENTS[name])
    kinds = {parameter: kind for kind, parameter in [*indexed, *others]}
    order = ORDER[name].split() if name in ORDER else list(kinds)
    return f"{name}({','.join(kinds[parameter] for parameter in order)})"


TOPICS = {keccak(text=event_signature(name)): name for name in EVENTS}
SELECTORS = {name: keccak(text=f"{name}({kinds})")[:4] for name, kinds in FUNCTIONS.items()}
ERROR_NAMES = {keccak(text=error)[:4]: error.partition("(")[0] for error in ERRORS}


def call_data(call: Call) -> bytes:
    """A call as the transaction's data."""
    match call:
        case RequestUpdates(requests=requests):
            return _data("requestUpdates", [(r.share, r.attributes, r.operations, r.content_hash) for r in requests])
        case OpenShare():
            return _data("openShare", call.share, call.content_hash)
        case Acks(acks=acks):
            return _data("acks", [(a.share, a.version, a.update_hash) for a in acks])
        case Reject():
            reason = call.reason.encode("ascii", "replace")[:32].ljust(32, b"\0")
            return _data("reject", call.share, call.version, call.update_hash, reason)
        case Cancel():
            return _data("cancel", call.share)
        case Exclude():
            return _data("exclude", call.share, call.peer)
        case JoinShare():
            return _data("joinShare", call.share)


def _data(name: str, *values: Any) -> bytes:
    kinds = FUNCTIONS[name]
    listed = [kinds] if kinds.startswith("(") else kinds.split(",")
    return SELECTORS[name] + encode(listed, values)


def share_state_data(share: int) -> bytes:
    """The data of a call of `shareState`."""
    return _data("shareState", share)


def read_share_state(data: bytes) -> tuple[Any, ...]:
    """What `shareState` gives."""
    return tuple(decode(SHARE_STATE, data))


def read_event(topics: Sequence[bytes], data: bytes) -> tuple[str, dict[str, int | str | bytes]] | None:
    """The name and arguments of a log, addresses in lower case; None for an event that is not of interest."""
    name = TOPICS.get(topics[0]) if topics else None
    if name is None:
        return None
    indexed, others = map(_parameters, EVENTS[name])
    found: dict[str, int | str | bytes] = {}
    for (kind, parameter), topic in zip(indexed, topics[1:], strict=True):
        found[parameter] = decode([kind], topic)[0]
    for (_, parameter), value in zip(others, decode([kind for kind, _ in others], data), strict=True):
        found[parameter] = value
    return name, found


def error_name(data: bytes) -> str:
    """The name of the error that a call reverted with."""
    return ERROR_NAMES.get(data[:4], "?")
