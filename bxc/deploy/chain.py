"""An environment → its chain: blocks, calls, signed transactions. No other module of the package talks to a node."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from bxc.dataclass import dataclass
from bxc.deploy.abi import REGISTRY_ABI
from bxc.deploy.environment import Environment, Keystore, PeerAccount, SettingError, Unlocked

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3
    from web3.contract.contract import Contract, ContractConstructor, ContractFunction

REQUEST_TIMEOUT = 30  # seconds for one answer of the node
BATCH = 100
POLL = 0.2  # seconds between two looks for a receipt


class ChainError(Exception):
    """The node cannot be reached, refuses, or is not the chain that is meant."""


class RevertedError(Exception):
    """The contract refused a call. ``name`` and ``values`` are its error, if it is one of ours."""

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        told = ", ".join(f"{key} {value}" for key, value in values.items())
        super().__init__(f"{name}({told})" if told else name)
        self.name = name
        self.values = values


@dataclass(frozen=True, slots=True)
class Block:
    number: int
    hash: str
    time: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction: its block, gas, the contract that it made, the share that its first event names."""

    transaction: str
    block: int
    block_hash: str
    gas: int
    address: str | None
    share: int | None


class Chain:
    """A connection to the chain of an environment. ChainError where it is not the one that is meant."""

    def __init__(self, environment: Environment, w3: Web3 | None = None) -> None:
        self.environment = environment
        self.w3 = w3 or _connect(environment.endpoint)
        self._keys: dict[str, LocalAccount] = {}
        with self._asking():
            self.chain_id = int(self.w3.eth.chain_id)
        wanted = environment.chain_id
        if wanted is not None and wanted != self.chain_id:
            raise ChainError(f"{environment.path} is for chain {wanted}, but the endpoint is chain {self.chain_id}")

    # --- reading ------------------------------------------------------------------------------------------------------

    def head(self) -> Block:
        """The newest block."""
        return self._block("latest")

    def has_block(self, number: int, block_hash: str) -> bool:
        """Whether a block is part of the chain as it is now."""
        from web3.exceptions import BlockNotFound

        try:
            return self._block(number).hash == block_hash
        except BlockNotFound:
            return False

    def code(self, address: str) -> str:
        """The hexadecimal code at an address, without `0x`; empty if there is none."""
        with self._asking():
            return bytes(self.w3.eth.get_code(_checksum(address))).hex()

    def registry(self, address: str) -> Contract:
        """The contract at an address."""
        found: Contract = self.w3.eth.contract(address=_checksum(address), abi=REGISTRY_ABI)
        return found

    def spec_of(self, address: str) -> str | None:
        """The digest of the spec that a contract was made of, in hexadecimal; None if it is no contract of ours."""
        from web3.exceptions import BadFunctionCallOutput, ContractLogicError

        with self._asking():
            try:
                return bytes(self.registry(address).functions.specHash().call()).hex()
            except (BadFunctionCallOutput, ContractLogicError):
                return None

    def ask(self, calls: Sequence[ContractFunction], block: Block) -> list[Any]:
        """The answers to many reads, all of one block."""
        found: list[Any] = []
        with self._asking():
            for start in range(0, len(calls), BATCH):
                with self.w3.batch_requests() as batch:
                    for call in calls[start : start + BATCH]:
                        batch.add(call.call(block_identifier=block.number))
                    found += batch.execute()
        return found

    # --- writing ------------------------------------------------------------------------------------------------------

    def unlock(self, account: PeerAccount) -> None:
        """See that an account's key opens, before anything is sent. SettingError if it does not."""
        if isinstance(account.signer, Keystore):
            self._key(account)

    def send(
        self,
        call: ContractFunction | ContractConstructor,
        account: PeerAccount,
        before: Callable[[str], None] | None = None,
    ) -> str:
        """Sign and send a transaction; its hash. RevertedError if the contract would refuse it.

        ``before`` is told the hash before the transaction is sent; where the node signs, as soon as it is known.
        """
        sender = _checksum(account.address)
        with self._asking():
            if isinstance(account.signer, Unlocked):
                transaction = _hash(call.transact({"from": sender}))
                if before is not None:
                    before(transaction)
                return transaction
            key = self._key(account)
            nonce = self.w3.eth.get_transaction_count(sender, "pending")
            built = call.build_transaction({"from": sender, "nonce": nonce, "chainId": self.chain_id})
            signed = key.sign_transaction(cast("Any", built))
            if before is not None:
                before(_hash(signed.hash))
            return _hash(self.w3.eth.send_raw_transaction(signed.raw_transaction))

    def wait(self, transaction: str) -> Receipt:
        """What became of a transaction, once it is under as many blocks as the environment wants.

        ChainError if that takes longer than the environment's timeout, or if the transaction failed.
        """
        from web3.exceptions import TransactionNotFound

        end = time.monotonic() + self.environment.timeout
        while True:
            try:
                with self._asking():
                    receipt = self.w3.eth.get_transaction_receipt(transaction)  # type: ignore[arg-type]
                    deep = self.w3.eth.block_number - receipt["blockNumber"] + 1
            except TransactionNotFound:
                deep = 0
            if deep >= self.environment.confirmations:
                break
            if time.monotonic() > end:
                raise ChainError(
                    f"transaction {transaction} is not {'in a block' if not deep else 'deep enough'} "
                    f"after {self.environment.timeout:g} s: run the command again to wait on, or raise `timeout`"
                )
            time.sleep(POLL)
        if not receipt["status"]:
            raise ChainError(f"transaction {transaction} failed in block {receipt['blockNumber']}")
        return Receipt(
            transaction,
            int(receipt["blockNumber"]),
            _hash(receipt["blockHash"]),
            int(receipt["gasUsed"]),
            receipt["contractAddress"],
            _first_share(receipt["logs"]),
        )

    def knows(self, transaction: str) -> bool:
        """Whether the node has heard of a transaction."""
        from web3.exceptions import TransactionNotFound

        try:
            with self._asking():
                self.w3.eth.get_transaction(transaction)  # type: ignore[arg-type]
        except TransactionNotFound:
            return False
        return True

    def checksum(self, address: str) -> Any:
        """An address as web3 wants it."""
        return _checksum(address)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _block(self, which: int | str) -> Block:
        with self._asking():
            block = self.w3.eth.get_block(which)  # type: ignore[arg-type]
        return Block(int(block["number"]), _hash(block["hash"]), int(block["timestamp"]))

    def _key(self, account: PeerAccount) -> LocalAccount:
        assert isinstance(account.signer, Keystore)
        if account.name not in self._keys:
            self._keys[account.name] = _decrypted(account, account.signer)
        return self._keys[account.name]

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn what web3 and its transport raise into errors of ours; the endpoint is named without its secrets."""
        import requests
        from web3.exceptions import (
            BlockNotFound,
            ContractLogicError,
            TransactionNotFound,
            Web3Exception,
            Web3RPCError,
        )

        place = _shown(self.environment.endpoint)
        try:
            yield
        except (BlockNotFound, TransactionNotFound):
            raise
        except ContractLogicError as error:
            raise reverted(error.data) from error
        except requests.exceptions.Timeout as error:
            raise ChainError(f"{place} gave no answer within {REQUEST_TIMEOUT} s") from error
        except requests.exceptions.HTTPError as error:
            status = "an error" if error.response is None else error.response.status_code
            raise ChainError(f"{place} answered {status}") from error
        except requests.exceptions.RequestException as error:
            raise ChainError(f"cannot reach {place}") from error
        except Web3RPCError as error:
            raise ChainError(f"{place} refused: {error.user_message or _message(error)}") from error
        except Web3Exception as error:
            raise ChainError(f"{place} gave an answer that cannot be read: {error}") from error


def reverted(data: object) -> RevertedError:
    """The contract's error from what a node tells of it."""
    from eth_abi.abi import decode
    from eth_utils.abi import function_abi_to_4byte_selector

    octets = bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else b""
    for entry in REGISTRY_ABI:
        if entry["type"] == "error" and function_abi_to_4byte_selector(entry) == octets[:4]:  # type: ignore[arg-type]
            values = decode([p["type"] for p in entry["inputs"]], octets[4:])
            return RevertedError(entry["name"], dict(zip((p["name"] for p in entry["inputs"]), values, strict=True)))
    return RevertedError("the contract refused the call", {})


def _connect(endpoint: str) -> Web3:
    from web3 import Web3
    from web3.middleware import ExtraDataToPOAMiddleware

    w3 = Web3(
        Web3.HTTPProvider(endpoint, request_kwargs={"timeout": REQUEST_TIMEOUT}, exception_retry_configuration=None)
    )
    w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)  # chains of proof of authority put more there
    return w3


def _decrypted(account: PeerAccount, keystore: Keystore) -> LocalAccount:
    from eth_account import Account

    try:
        text = keystore.path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingError(f"cannot read the keystore {keystore.path} of {account.name}: {error.strerror}") from error
    try:
        key: LocalAccount = Account.from_key(Account.decrypt(text, _password(account, keystore)))
    except (ValueError, KeyError, TypeError) as error:  # never the error's own text: it might quote what it was given
        raise SettingError(
            f"the keystore {keystore.path} of {account.name} does not open: the password is wrong, or it is no keystore"
        ) from error
    if key.address.lower() != account.address.lower():
        raise SettingError(
            f"the keystore {keystore.path} is of {key.address}, not of {account.name}'s {account.address}"
        )
    return key


def _password(account: PeerAccount, keystore: Keystore) -> str:
    import os

    if keystore.password_env is not None:
        password = os.environ.get(keystore.password_env)
        if password is None:
            raise SettingError(f"the variable {keystore.password_env} with the password of {account.name} is not set")
        return password
    assert keystore.password_file is not None
    try:
        return _first_line(keystore.password_file)
    except OSError as error:
        raise SettingError(
            f"cannot read the password file {keystore.password_file} of {account.name}: {error.strerror}"
        ) from error


def _first_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[0] if lines else ""


def _checksum(address: str) -> Any:
    from eth_utils.address import to_checksum_address

    return to_checksum_address(address)


def _hash(value: Any) -> str:
    return "0x" + bytes(value).hex()


def _first_share(logs: Sequence[Any]) -> int | None:
    """Every event of the contract has its share as first topic after its own name."""
    return int.from_bytes(bytes(logs[0]["topics"][1])) if logs and len(logs[0]["topics"]) > 1 else None


def _shown(endpoint: str) -> str:
    """An endpoint without user, password, path and query: keys of providers stand there."""
    parts = urlsplit(endpoint)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def _message(error: Exception) -> str:
    response = getattr(error, "rpc_response", None)
    if isinstance(response, dict) and isinstance(response.get("error"), dict):
        return str(response["error"].get("message", error))
    return str(error)
