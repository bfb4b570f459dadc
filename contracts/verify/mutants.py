"""Contracts with one check less, and the check of `Properties.t.sol` that refutes each: what the properties can see."""

from __future__ import annotations

from bxc.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """``old``, which the source has once, becomes ``new``; then ``check`` fails."""

    name: str
    check: str
    old: str
    new: str

    def applied(self, source: str) -> str:
        """The source with the change."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: the source has it {source.count(self.old)} times")
        return source.replace(self.old, self.new)


MUTANTS = (
    Mutant(
        "columns without a right",
        "requestUpdate",
        "if (attributes & ~(seat & COLUMNS) | lacking != 0) {",
        "if (lacking != 0) {",
    ),
    Mutant(
        "operations without a right",
        "requestUpdate",
        "uint256 lacking = operations & ~_operations(seat);",
        "uint256 lacking = 0;",
    ),
    Mutant(
        "columns of a delete",
        "requestUpdates",
        "(operations & UPDATE != 0) == (attributes != 0)",
        "(operations & UPDATE == 0 || attributes != 0)",
    ),
    Mutant(
        "two pending updates",
        "requestUpdate",
        "if (head & HEAD_PENDING != 0) revert UpdatePending(share, _version(head));\n        _refuseSecond",
        "_refuseSecond",
    ),
    Mutant(
        "two requests in a block",
        "openShare",
        "if (uint32(head >> HEAD_BLOCK) == uint32(block.number)) revert OneRequestABlock(share);",
        "",
    ),
    Mutant(
        "the requester is awaited",
        "openShare",
        "((members ^ (1 << index)) << 64)",
        "(members << 64)",
    ),
    Mutant(
        "a link without the requester",
        "requestUpdate",
        "mstore(add(free, 0x60), caller())",
        "mstore(add(free, 0x60), 0)",
    ),
    Mutant(
        "an ack of any hash",
        "ack",
        "        bytes32 pending = it.chain;\n"
        "        if ((version ^ _version(head)) | uint256(updateHash ^ pending) != 0) {\n"
        "            revert WrongUpdate(share, _version(head), pending);\n        }\n        uint256 bit",
        "        uint256 bit",
    ),
    Mutant(
        "an ack of any version",
        "acks",
        "        if ((version ^ _version(head)) | uint256(updateHash ^ pending) != 0) {\n"
        "            revert WrongUpdate(share, _version(head), pending);\n        }\n        uint256 bit",
        "        if (updateHash != pending) revert WrongUpdate(share, _version(head), pending);\n        uint256 bit",
    ),
    Mutant(
        "an ack of another member",
        "ack",
        "uint256 bit = (1 << 64) << _index(seat);\n        if (head & bit == 0) revert NotAwaited(share, msg.sender);",
        "uint256 bit = (head & HEAD_PENDING) & ~((head & HEAD_PENDING) - 1);",
    ),
    Mutant(
        "a commit before the last ack",
        "ack",
        "        if (head & HEAD_PENDING == 0) {\n            emit Committed",
        "        if (true) {\n            emit Committed",
    ),
    Mutant(
        "a signature of anything",
        "ackBySignature",
        "        _requirePending(it, share, head, version, updateHash);\n        if (signatures.length",
        "        if (head & HEAD_PENDING == 0) revert NothingPending(share);\n        if (signatures.length",
    ),
    Mutant(
        "a rejection by who has acknowledged",
        "reject",
        "        _awaited(share, head, seat, msg.sender);\n        it.head",
        "        it.head",
    ),
    Mutant(
        "a cancel by anyone",
        "cancel",
        "if (!_mayCancel(it, share, head)) revert MayNotCancel(share, msg.sender);",
        "",
    ),
    Mutant(
        "an exclusion before the deadline",
        "exclude",
        "if (due == 0 || block.timestamp <= due) revert",
        "if (due == 0) revert",
    ),
    Mutant(
        "an exclusion of the authority",
        "exclude",
        "if (_isAuthority(share, terms, peer)) revert AuthorityStays(share, peer);",
        "",
    ),
    Mutant(
        "columns of another authority",
        "setRights",
        "if (rows || changed & ~own != 0) revert",
        "if (rows) revert",
    ),
    Mutant(
        "insert and delete by an authority over columns",
        "setRights",
        "if (rows || changed & ~own != 0) revert",
        "if (changed & ~own != 0) revert",
    ),
    Mutant(
        "rights while an update is pending",
        "setRights",
        "        _refusePending(share, head);\n        uint256 seat = _member(share, peer);",
        "        uint256 seat = _member(share, peer);",
    ),
    Mutant(
        "authority without an offer",
        "acceptAuthority",
        "if ((offering >> from) & 1 != 0 && desks[_place(share, from)] >> DESK_OFFERED_TO == to) offers |= 1 << from;",
        "if ((offering >> from) & 1 != 0) offers |= 1 << from;",
    ),
    Mutant(
        "columns that keep two authorities",
        "acceptAuthority",
        "                desks[_place(share, from)] = 0;\n",
        "",
    ),
    Mutant(
        "an invitation to columns of another authority",
        "inviteMember",
        "if (attributes & it.delegated != 0) revert NotAuthority(share, msg.sender);",
        "",
    ),
    Mutant(
        "an invitation that is not used up",
        "joinShare",
        "        delete invitations[key];\n        seats[key]",
        "        seats[key]",
    ),
    Mutant(
        "a member that leaves and keeps its rights",
        "leaveShare",
        "        delete seats[_key(share, peer)];\n        _giveBack",
        "        _giveBack",
    ),
    Mutant(
        "a share closed by anyone",
        "closeShare",
        "        _requireAuthority(it, share);\n        _refusePending(share, head);\n        it.head",
        "        _refusePending(share, head);\n        it.head",
    ),
    Mutant(
        "calls in a closed share",
        "closed_share_never_changes",
        "if (head & HEAD_MEMBERS == 0) _refuse(share);\n    }",
        "}",
    ),
    Mutant(
        "an offer in the name of another",
        "offerAuthority",
        "uint256 from = _index(seats[_key(share, msg.sender)]);",
        "uint256 from = to ^ 1;",
    ),
    Mutant(
        "a declaration over another share",
        "declareShare",
        "shares[share];\n        it.head = HEAD_MEMBERS >> (MOST_MEMBERS - count);\n        it.terms = terms;",
        "shares[0];\n        it.head = HEAD_MEMBERS >> (MOST_MEMBERS - count);\n        it.terms = terms;",
    ),
    Mutant(
        "an invitation taken back by anyone",
        "withdrawInvitation",
        "        (Share storage it,) = _live(share);\n        _requireAuthority(it, share);\n        if (invitations",
        "        _live(share);\n        if (invitations",
    ),
    Mutant(
        "a share moved while an update is pending",
        "migrateShare",
        "        _refusePending(share, head);\n        it.head = head & ~HEAD_MEMBERS;",
        "        it.head = head & ~HEAD_MEMBERS;",
    ),
)
