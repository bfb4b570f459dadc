"""Keys of the tests' peers, and acks signed and judged as `docs/contract.md` says: EIP-712, ERC-2098, low `s`."""

from __future__ import annotations

from functools import cache, lru_cache

from eth_abi.abi import encode
from eth_keys.constants import SECPK1_N
from eth_keys.datatypes import PrivateKey
from eth_keys.datatypes import Signature as Made
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from .state import Ack, Address, Signature

CHAIN_ID = 131277322940537
TYPE = keccak(b"Ack(uint256 share,uint256 version,bytes32 updateHash)")
DOMAIN = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
NAME, VERSION = "bxc", "1"


@cache
def key(number: int) -> PrivateKey:
    """The key of the peer of that number."""
    return PrivateKey(keccak(b"peer %d" % number))


@cache
def address(number: int) -> Address:
    return str(key(number).public_key.to_address())


@cache
def separator(contract: Address, chain_id: int = CHAIN_ID, version: str = VERSION) -> bytes:
    words = [DOMAIN, keccak(text=NAME), keccak(text=version), chain_id, contract]
    return keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], words))


def digest(domain: bytes, ack: Ack) -> bytes:
    body = encode(["bytes32", "uint256", "uint256", "bytes32"], [TYPE, ack.share, ack.version, ack.update_hash])
    return keccak(b"\x19\x01" + domain + keccak(body))


_MADE: dict[tuple[bytes, Signature, Ack], Address] = {}  # recovering a key takes 9 ms, and most signatures are right


@lru_cache(maxsize=100_000)
def signed(number: int, domain: bytes, ack: Ack) -> Signature:
    """The signature of the peer of that number."""
    made = key(number).sign_msg_hash(digest(domain, ack))
    signature = Signature(made.r.to_bytes(32, "big"), (made.v << 255 | made.s).to_bytes(32, "big"))
    _MADE[domain, signature, ack] = address(number)
    return signature


@lru_cache(maxsize=100_000)
def signer(domain: bytes, signature: Signature, ack: Ack) -> Address | None:
    """Who has signed; None if nobody can have, or if `s` is not the low one of the two that fit."""
    if (domain, signature, ack) in _MADE:
        return _MADE[domain, signature, ack]
    r, vs = int.from_bytes(signature.r, "big"), int.from_bytes(signature.vs, "big")
    s = vs & (1 << 255) - 1
    if s > SECPK1_N // 2:
        return None
    try:
        public = Made(vrs=(vs >> 255, r, s)).recover_public_key_from_msg_hash(digest(domain, ack))
        return public.to_address()
    except (BadSignature, ValidationError):
        return None
