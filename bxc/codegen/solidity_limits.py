"""How large a spec's contract is and what its deployment takes, without a compiler; BX007 where that is too much.

Such a spec has no contract. The rest of it is of use without one, so that it is a warning.

The figures are upper bounds, close ones: a test compares them with what the compiler and a chain say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.model import Share, Spec

MOST_GAS = 16_000_000
MOST_CODE = 24_576  # EIP-170
MOST_INIT = 49_152  # EIP-3860
MOST_PEERS = 4_096  # places of peers have 12 bits in the constructor's table

# What the compiler makes of a contract without shares, and of 16 founders in its table.
CODE = 9_900
CODE_OF_FOUNDERS = 44
INIT = 1_650
# A row of the table is a PUSH of its value and four more instructions.
ROW = 8

TRANSACTION = 21_000 + 32_000  # and the creation of a contract
BYTE = 16  # of the transaction's data, none taken for zero
DEPOSIT = 200  # a byte of code
WORD = 22_100  # a storage word that was empty
LOOP = 600  # a turn of one of the constructor's loops, without storage and events
COMPARISON = 220
FIXED = 40_000

SHARE_EVENT = 2_900
MEMBER_EVENTS = 4_150
AUTHORITY_EVENT = 2_150


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of code deployed, bytes of the transaction's data, gas of the deployment."""

    code: int
    init: int
    gas: int


@dataclass(frozen=True, slots=True)
class _Sum:
    """What grows with the shares: members, bytes of the constructor's table, its rows, gas of storage and events."""

    members: int = 0
    table: int = 0
    rows: int = 0
    gas: int = 0


def size(spec: Spec) -> Size:
    """The bounds for a whole spec."""
    *_, total = _sums(spec)
    return _size(len(spec.peers), total)


def has_contract(spec: Spec) -> bool:
    """Whether there are shares, and their contract can be deployed."""
    return bool(spec.shares) and not excess(spec)


def excess(spec: Spec) -> list[Diagnostic]:
    """The finding about a spec whose contract cannot be deployed, at the share that is one too many."""
    if len(spec.peers) > MOST_PEERS:
        message = f"the contract takes {MOST_PEERS:,} peers, this is one more"
        return [_finding(message, Label(spec.peers[MOST_PEERS].span))]
    for share, total in zip((None, *spec.shares), _sums(spec), strict=True):
        if too_much := _too_much(_size(len(spec.peers), total)):
            if share is None:
                return [_finding(f"the contract of so many peers takes {too_much}", Label(spec.peers[-1].span))]
            return [_finding(f"with this share the contract takes {too_much}", Label(share.span))]
    return []


def _finding(message: str, label: Label) -> Diagnostic:
    help_ = "no contract is made: divide the shares, with their peers, among several specs, each with its contract"
    return Diagnostic("BX007", message, label, help=help_, severity=Severity.WARNING)


def _too_much(found: Size) -> str | None:
    """Which limit is passed."""
    if found.gas > MOST_GAS:
        return f"{found.gas:,} gas to deploy, more than {MOST_GAS:,}"
    if found.code > MOST_CODE:
        return f"{found.code:,} bytes of code, more than {MOST_CODE:,}"
    if found.init > MOST_INIT:
        return f"{found.init:,} bytes of code to deploy, more than {MOST_INIT:,}"
    return None


def _size(peers: int, total: _Sum) -> Size:
    code = CODE + CODE_OF_FOUNDERS * -(-total.members // 16)
    init = code + INIT + total.table
    words = 2 * total.rows + 4 * peers + 64
    memory = 3 * words + words * words // 512
    data = BYTE * (init + 64) + peers * (20 * BYTE + 12 * 4) + 2 * -(-init // 32)
    # The constructor compares an address with all before it if its last octet came before.
    compared = sum(COMPARISON * place * min(128, place + 8) // 128 for place in range(peers))
    addresses = peers * (WORD + LOOP) + compared
    return Size(code, init, TRANSACTION + FIXED + data + DEPOSIT * code + addresses + memory + total.gas)


def _sums(spec: Spec) -> Iterator[_Sum]:
    """What there is before the first share, and after each."""
    total = _Sum(gas=WORD)
    yield total
    ends = {view.name: view for view in spec.views}
    for share in spec.shares:
        columns = [column.name for column in ends[share.views[0]].columns]
        total = _with(total, share, [ends[name].peer for name in share.views], columns)
        yield total


def _with(total: _Sum, share: Share, members: list[str], columns: list[str]) -> _Sum:
    bits = {name: bit for bit, name in enumerate(columns)}
    highest = dict.fromkeys(members, 0)
    for right in share.rights:
        if right.attribute:
            highest[right.peer] = max(highest[right.peer], bits[right.attribute])
    rows = [bit // 8 + 3 for bit in highest.values()]
    granted = {a.peer: a.columns for a in share.authorities if a.columns and a.peer != share.authority}
    rows += [max(bits[name] for name in columns) // 8 + 3 for columns in granted.values()]
    gas = 2 * WORD + SHARE_EVENT + LOOP + len(members) * (WORD + MEMBER_EVENTS + LOOP)
    if granted:
        gas += WORD + len(granted) * (WORD + AUTHORITY_EVENT + LOOP)
    return replace(
        total,
        members=total.members + len(members),
        table=total.table + 12 + 33 + 2 * ROW + sum(rows) + ROW * len(rows),
        rows=total.rows + 2 + len(rows),
        gas=total.gas + gas,
    )
