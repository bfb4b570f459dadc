"""The part of the contract's interface (`docs/contract.md`) that deployments and plans call, as ABI entries.

The same for every spec, so that a plan needs no compiler. A test compares it with what the compiler says.
"""

from __future__ import annotations

from typing import Any

Entry = dict[str, Any]


def _parameters(text: str) -> list[Entry]:
    """`"uint256 share, address peer"` → the ABI's list of parameters."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        kind, name = part.split()
        found.append({"name": name, "type": kind, "internalType": kind})
    return found


def _function(name: str, takes: str, gives: str = "", *, view: bool = False) -> Entry:
    return {
        "type": "function",
        "name": name,
        "inputs": _parameters(takes),
        "outputs": _parameters(gives),
        "stateMutability": "view" if view else "nonpayable",
    }


def _error(name: str, takes: str) -> Entry:
    return {"type": "error", "name": name, "inputs": _parameters(takes)}


FUNCTIONS = (
    _function("specHash", "", "bytes32 digest", view=True),
    _function("shareCount", "", "uint256 count", view=True),
    _function(
        "shareState",
        "uint256 share",
        "uint256 version, uint256 committedVersion, uint256 pending, uint256 members, address authority, "
        "address requester, uint256 lastBlock, uint256 deadline, bytes32 chainHash",
        view=True,
    ),
    _function("rightsOf", "uint256 share, address peer", "uint256 attributes, uint256 operations", view=True),
    _function("authorityOf", "uint256 share, address peer", "uint256 attributes", view=True),
    _function(
        "termsOf",
        "uint256 share",
        "address opener, uint256 deadline, uint256 policy, uint256 attributeCount",
        view=True,
    ),
    _function("memberAt", "uint256 share, uint256 index", "address peer", view=True),
    _function("setRights", "uint256 share, address peer, uint256 attributes, uint256 operations"),
    _function("openShare", "uint256 share, bytes32 contentHash", "uint256 version"),
    _function(
        "declareShare",
        "address[] members, uint256[] attributes, uint256[] operations, address authority, uint256 deadline, "
        "uint256 policy, bytes32 schemaHash",
        "uint256 share",
    ),
    _function("inviteMember", "uint256 share, address peer, uint256 attributes, uint256 operations"),
    _function("joinShare", "uint256 share"),
    _function("leaveShare", "uint256 share"),
    _function("closeShare", "uint256 share"),
    _function("exclude", "uint256 share, address peer"),
    _function("offerAuthority", "uint256 share, address peer"),
    _function("acceptAuthority", "uint256 share"),
)
ERRORS = (
    _error("UnknownShare", "uint256 share"),
    _error("ShareIsClosed", "uint256 share"),
    _error("NotMember", "uint256 share, address peer"),
    _error("NotOpen", "uint256 share"),
    _error("AlreadyOpen", "uint256 share"),
    _error("NotOpener", "uint256 share, address peer"),
    _error("UpdatePending", "uint256 share, uint256 version"),
    _error("NothingPending", "uint256 share"),
    _error("OneRequestABlock", "uint256 share"),
    _error("NotAuthority", "uint256 share, address peer"),
    _error("AuthorityStays", "uint256 share, address peer"),
    _error("NotAwaited", "uint256 share, address peer"),
    _error("DeadlineNotPassed", "uint256 share, uint256 deadline"),
    _error("MayNotExclude", "uint256 share, address peer"),
    _error("NotInvited", "uint256 share, address peer"),
    _error("NotOffered", "uint256 share, address peer"),
    _error("ShareFull", "uint256 share"),
    _error("BadMembers", ""),
    _error("BadRights", "uint256 share, uint256 attributes, uint256 operations"),
    _error("BadTerms", "uint256 deadline, uint256 policy"),
    _error("VersionsExhausted", "uint256 share"),
)
CONSTRUCTOR: Entry = {
    "type": "constructor",
    "inputs": _parameters("address[] peers"),
    "stateMutability": "nonpayable",
}
REGISTRY_ABI = (CONSTRUCTOR, *FUNCTIONS, *ERRORS)
