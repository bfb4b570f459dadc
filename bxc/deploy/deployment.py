"""A manifest, creation code and a chain → a deployed contract and its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from bxc.deploy.abi import REGISTRY_ABI
from bxc.deploy.chain import Block, Chain, ChainError
from bxc.deploy.difference import Recorded, World
from bxc.deploy.environment import Environment, PeerAccount, SettingError
from bxc.deploy.record import Record
from bxc.deploy.registry import read_shares
from bxc.deploy.wanted import WantedShare, wanted_shares


@dataclass(frozen=True, slots=True)
class Code:
    """A compiled contract: its name, creation code in hexadecimal, and the compiler's version."""

    name: str
    creation: str
    compiler: str


def addresses_of(peers: Sequence[str], environment: Environment) -> dict[str, str]:
    """The address of each peer of a spec, in order. SettingError names those that the environment lacks."""
    missing = [peer for peer in peers if peer not in environment.peers]
    if missing:
        raise SettingError(f"{environment.path} has no address of {', '.join(missing)}: add [peers.{missing[0]}]")
    return {peer: environment.peers[peer].address for peer in peers}


def deployer_of(environment: Environment) -> PeerAccount:
    """Who signs the deployment. SettingError if that is not settled, or its key is not at hand."""
    able = [account for account in environment.peers.values() if account.signer is not None]
    if environment.deployer is None and len(able) != 1:
        named = f"as one of {', '.join(account.name for account in able)}" if able else "and its `keystore`"
        raise SettingError(f"{environment.path}: name the `deployer`, {named}")
    account = able[0] if environment.deployer is None else environment.peers[environment.deployer]
    if account.signer is None:
        raise SettingError(f"{environment.path}: {account.name} deploys, but its `keystore` is not named")
    return account


def recorded_shares(wanted: Sequence[WantedShare]) -> tuple[Recorded, ...]:
    """The shares as the constructor counts them."""
    return tuple(Recorded(s.name, number, s.attributes, s.schema_hash) for number, s in enumerate(wanted))


def deploy(chain: Chain, manifest: Mapping[str, Any], code: Code, save: Callable[[Record], None]) -> Record:
    """Send the contract; the record, without an address yet. It is saved before the transaction is sent."""
    environment = chain.environment
    peers = addresses_of([peer["name"] for peer in manifest["peers"]], environment)
    account = deployer_of(environment)
    contract = chain.w3.eth.contract(abi=REGISTRY_ABI, bytecode="0x" + code.creation)
    call = contract.constructor([chain.checksum(address) for address in peers.values()])
    unsent = Record(
        manifest["spec"],
        manifest["version"],
        manifest["digest"],
        manifest["tool_version"],
        code.name,
        sha256(bytes.fromhex(code.creation)).hexdigest(),
        code.compiler,
        chain.chain_id,
        "",
        account.name,
        peers,
        recorded_shares(wanted_shares(manifest)),
    )
    return replace(unsent, transaction=chain.send(call, account, lambda sent: save(replace(unsent, transaction=sent))))


def settle(chain: Chain, record: Record, save: Callable[[Record], None]) -> Record:
    """Wait for a deployment that was sent; its whole record, saved."""
    receipt = chain.wait(record.transaction)
    if receipt.address is None:
        raise ChainError(f"transaction {record.transaction} made no contract")
    done = record.at(receipt.address, receipt.block, receipt.block_hash, receipt.gas)
    save(done)
    return done


def confirm(chain: Chain, record: Record) -> str:
    """The address of a record's contract, if it is there. ChainError says what is there instead."""
    if record.address is None:
        raise ChainError(
            f"the deployment in transaction {record.transaction} was never seen to end: `bxc deploy` again"
        )
    if record.chain_id != chain.chain_id:
        raise ChainError(f"the contract is on chain {record.chain_id}, but the endpoint is chain {chain.chain_id}")
    if not chain.code(record.address):
        raise ChainError(f"there is no contract at {record.address} on chain {chain.chain_id}")
    if chain.spec_of(record.address) != record.digest:
        raise ChainError(
            f"the contract at {record.address} is not of the {record.spec} that the record tells of: "
            "the record or its address is of another deployment"
        )
    return record.address


def world_of(
    chain: Chain, record: Record, block: Block, addresses: Mapping[str, str], openings: Mapping[str, str]
) -> World:
    """What is known in a block of the contract of a record."""
    address = confirm(chain, record)
    shares = read_shares(chain, address, block, [share.id for share in record.shares])
    known = {**record.peers, **{name: own.address for name, own in chain.environment.peers.items()}, **addresses}
    return World(known, record.shares, shares, block.time, openings)
