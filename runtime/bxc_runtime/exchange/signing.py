"""Requests and replies between peers, signed with their chain keys by EIP-712: no such signature is a transaction's.

The domain is the contract's (name `bxc`, version `1`, chain, address): what is signed for one is no use at another.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

REQUEST_TYPE = (
    "Request(string method,string path,address peer,uint256 share,uint256 version,bytes32 nonce,uint256 expiry)"
)
REPLY_TYPE = "Reply(bytes32 request,uint256 status,bytes32 body)"
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
LIFETIME = 60  # seconds that a request may be valid


class SignatureError(Exception):
    """A signature that nobody can have made."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one ``peer``, which can pass it on to no other.

    ``nonce`` are 32 random octets, ``expiry`` a time in seconds since 1970.
    """

    method: str
    path: str
    peer: str
    share: int
    version: int
    nonce: bytes
    expiry: int

    @property
    def hash(self) -> bytes:
        """EIP-712's hash of this struct."""
        texts = [keccak(text=REQUEST_TYPE), keccak(text=self.method), keccak(text=self.path)]
        numbers = (_word(self.share), _word(self.version), self.nonce, _word(self.expiry))
        return keccak(b"".join([*texts, _address(self.peer), *numbers]))


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request, whose hash ties them together; ``body`` is the SHA-256 of what was sent."""

    request: bytes
    status: int
    body: bytes

    @property
    def hash(self) -> bytes:
        """EIP-712's hash of this struct."""
        return keccak(keccak(text=REPLY_TYPE) + self.request + _word(self.status) + self.body)


def domain(chain_id: int, contract: str) -> bytes:
    """The domain separator of a contract."""
    fixed = [keccak(text=DOMAIN_TYPE), keccak(text="bxc"), keccak(text="1")]
    return keccak(b"".join([*fixed, _word(chain_id), _address(contract)]))


def sign(account: LocalAccount, separator: bytes, message: Request | Reply) -> bytes:
    """The 65 octets of a signature."""
    return bytes(account.sign_message(_signable(separator, message)).signature)


def signer(separator: bytes, message: Request | Reply, signature: bytes) -> str:
    """Who has signed, in lower case. SignatureError if nobody can have."""
    try:
        found = Account.recover_message(_signable(separator, message), signature=signature)
    except Exception as error:  # the libraries below raise a dozen kinds for octets that are no signature
        raise SignatureError("that is no signature") from error
    return str(found).lower()


def body_hash(body: bytes) -> bytes:
    """The digest of a body, as a reply has it."""
    return sha256(body).digest()


def _signable(separator: bytes, message: Request | Reply) -> SignableMessage:
    parts: Any = (b"\x01", separator, message.hash)
    return SignableMessage(*parts)


def _address(text: str) -> bytes:
    return bytes.fromhex(text[2:]).rjust(32, b"\0")


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
