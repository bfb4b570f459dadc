"""A signed transaction → the same one for a higher fee."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPED = 2  # the first octet of a transaction with `maxFeePerGas`
PERCENT = 25  # more than nodes ask of a transaction that takes another one's place
MOST = 10  # times the usual fee: with that, it is not the fee that keeps a transaction out of blocks


def read(raw: bytes) -> dict[str, Any]:
    """What was signed, as `sign_transaction` takes it, but for the chain's number."""
    if raw[0] == TYPED:
        _, nonce, tip, most, gas, to, value, data, *_ = _listed(raw[1:])
        fees = {"type": TYPED, "maxPriorityFeePerGas": _number(tip), "maxFeePerGas": _number(most)}
    else:
        nonce, price, gas, to, value, data, *_ = _listed(raw)
        fees = {"gasPrice": _number(price)}
    plain = {"nonce": _number(nonce), "gas": _number(gas), "to": to, "value": _number(value), "data": data}
    return {**plain, **fees}


def raise_(fields: dict[str, Any], usual: Mapping[str, int]) -> bool:
    """Raise the fees of a transaction, at least to what is ``usual`` now; False if they are far above that."""
    price = usual.get("maxFeePerGas", usual.get("gasPrice", 0))
    names = [name for name in ("maxPriorityFeePerGas", "maxFeePerGas", "gasPrice") if name in fields]
    raised: dict[str, int] = {
        name: max(fields[name] * (100 + PERCENT) // 100 + 1, usual.get(name, price)) for name in names
    }
    if raised[names[-1]] > MOST * price:
        return False
    fields.update(raised)
    return True


def _listed(octets: bytes) -> list[bytes]:
    """The items of a list in RLP, of lists in it their octets."""
    rest, found = _first(octets)[0], list[bytes]()
    while rest:
        item, rest = _first(rest)
        found.append(item)
    return found


def _first(octets: bytes) -> tuple[bytes, bytes]:
    """What stands first in octets in RLP, without its length, and all that comes after it."""
    head = octets[0]
    if head < 0x80:
        return octets[:1], octets[1:]
    base = 0x80 if head < 0xC0 else 0xC0
    if head - base <= 55:
        start, size = 1, head - base
    else:
        start = head - base - 54
        size = _number(octets[1:start])
    return octets[start : start + size], octets[start + size :]


def _number(octets: bytes) -> int:
    return int.from_bytes(octets, "big")
