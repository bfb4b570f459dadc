"""The chain of update hashes of a share, as `docs/contract.md` defines it."""

from __future__ import annotations

from eth_utils.crypto import keccak


def first_link(spec_hash: bytes, share: int) -> bytes:
    """The chain hash of a share before its first request: `keccak256(abi.encode(specHash, share))`."""
    return keccak(spec_hash + _word(share))


def link(
    chain: bytes, share: int, version: int, by: str, attributes: int, operations: int, content_hash: bytes
) -> bytes:
    """The update hash of a request that follows ``chain``; ``by`` is an address."""
    words = [chain, _word(share), _word(version), bytes.fromhex(by[2:]).rjust(32, b"\0")]
    return keccak(b"".join([*words, _word(attributes), _word(operations), content_hash]))


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
