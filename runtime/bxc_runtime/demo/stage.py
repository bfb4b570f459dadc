"""What a demo or a test plays on: a deployed contract, and for each peer a key, a database and a configuration."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from bxc.database.connection import Address
from bxc_runtime.chains.rpc import Ask

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

PASSWORD = "demo"  # noqa: S105  (the keys are made for one run and hold nothing)
GAS = 16_000_000
MONEY = 10**18
WAIT = 30.0  # seconds for a transaction


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with all that the peers need. ``addresses`` by peer, in lower case.

    ``urls`` are those of the peers' databases, where these are on a server.
    """

    folder: Path
    generated: Path
    engine: str
    endpoint: str
    contract: str
    addresses: Mapping[str, str]
    urls: Mapping[str, str] = field(default_factory=dict)

    def config(self, peer: str) -> Path:
        """A peer's configuration."""
        return self.folder / f"{peer}.toml"

    def database(self, peer: str) -> Address:
        """A peer's database."""
        if peer in self.urls:
            return Address(self.engine, url=self.urls[peer])
        return Address(self.engine, self.folder / f"{peer}.{'db' if self.engine == 'sqlite' else 'duckdb'}")

    def database_name(self, peer: str) -> str:
        """A peer's database, as people are told of it."""
        return f"database {database_of(peer)}" if peer in self.urls else self.database(peer).path.name


def database_of(peer: str) -> str:
    """The name of a peer's database on a server."""
    return peer.lower()


def build(
    folder: Path,
    generated: Path,
    engine: str,
    endpoint: str,
    ask: Ask,
    rows: Mapping[str, str],
    *,
    urls: Mapping[str, str] = MappingProxyType({}),
    confirmations: int = 1,
    poll: float = 0.1,
) -> Stage:
    """Deploy the contract of a folder of generated files, and make keys, databases and configurations.

    ``rows`` are the statements that fill a peer's sources, ``urls`` those of empty databases on a server. The chain
    must hold a key with money (`eth_accounts`).
    """
    from eth_account import Account

    manifest = json.loads((generated / "manifest.json").read_text("utf-8"))
    peers = [peer["name"] for peer in manifest["peers"]]
    accounts = {peer: cast("LocalAccount", Account.create()) for peer in peers}
    _fund(ask, [account.address for account in accounts.values()])
    address, receipt = _deployed(ask, generated, manifest, accounts)
    addresses = {peer: account.address.lower() for peer, account in accounts.items()}
    stage = Stage(folder, generated, engine, endpoint, address.lower(), addresses, urls)
    _record(stage, manifest, ask, receipt)
    ports = _free_ports(len(peers))
    for peer, port in zip(peers, ports, strict=True):
        keystore = Account.encrypt(accounts[peer].key, PASSWORD, kdf="pbkdf2", iterations=1_000)
        (folder / f"{peer}.key.json").write_text(json.dumps(keystore))
        (folder / f"{peer}.password").write_text(PASSWORD + "\n")
        _install(stage, peer, rows[peer])
        others = {other: f"http://127.0.0.1:{p}" for other, p in zip(peers, ports, strict=True) if other != peer}
        stage.config(peer).write_text(_config(stage, peer, port, others, confirmations, poll))
    return stage


def _config(stage: Stage, peer: str, port: int, others: Mapping[str, str], confirmations: int, poll: float) -> str:
    database = stage.urls.get(peer) or f"{stage.engine}:///{stage.database(peer).path.name}"
    lines = [
        f'peer = "{peer}"',
        f"generated = {json.dumps(str(stage.generated))}",
        f"database = {json.dumps(database)}",
        'deployment = "deployment.json"',
        f"endpoint = {json.dumps(stage.endpoint)}",
        f"confirmations = {confirmations}",
        f'keystore = "{peer}.key.json"',
        f'password_file = "{peer}.password"',
        f'listen = "127.0.0.1:{port}"',
        f"poll = {poll}",
        "",
        "[peers]",
        *(f'{name} = "{url}"' for name, url in others.items()),
    ]
    return "\n".join(lines) + "\n"


def _fund(ask: Ask, addresses: Sequence[str]) -> None:
    """Give each address some money, from the first account that the node holds the key of."""
    rich = _result(ask, "eth_accounts")
    if not rich:
        raise RuntimeError("the chain holds no key to pay with: a chain for development does")
    sent = [
        _result(ask, "eth_sendTransaction", {"from": rich[0], "to": address, "value": hex(MONEY), "gas": hex(50_000)})
        for address in addresses
    ]
    for number in sent:
        _receipt(ask, number)


def _deployed(
    ask: Ask, generated: Path, manifest: Mapping[str, Any], accounts: Mapping[str, LocalAccount]
) -> tuple[str, Mapping[str, Any]]:
    from eth_abi.abi import encode

    code = (generated / manifest["contract"]["bytecode"]).read_text().strip()
    data = code + encode(["address[]"], [[account.address for account in accounts.values()]]).hex()
    deployer = next(iter(accounts.values()))
    transaction: dict[str, Any] = {
        "data": "0x" + data,
        "nonce": 0,
        "chainId": int(_result(ask, "eth_chainId"), 16),
        "gas": GAS,
        "gasPrice": 2 * int(_result(ask, "eth_gasPrice"), 16),
        "value": 0,
    }
    signed = deployer.sign_transaction(cast("Any", transaction))
    number = _result(ask, "eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())
    receipt = _receipt(ask, number)
    if int(receipt["status"], 16) != 1:
        raise RuntimeError("the contract could not be deployed")
    return str(receipt["contractAddress"]), receipt


def _record(stage: Stage, manifest: Mapping[str, Any], ask: Ask, receipt: Mapping[str, Any]) -> None:
    """The record that `bxc deploy` would have written."""
    from bxc.deploy.deployment import recorded_shares
    from bxc.deploy.record import Record, record_text
    from bxc.deploy.wanted import wanted_shares

    code = (stage.generated / manifest["contract"]["bytecode"]).read_text().strip()
    record = Record(
        manifest["spec"],
        manifest["version"],
        manifest["digest"],
        manifest["tool_version"],
        manifest["contract"]["name"],
        sha256(bytes.fromhex(code)).hexdigest(),
        manifest["contract"]["compiler"]["release"],
        int(_result(ask, "eth_chainId"), 16),
        receipt["transactionHash"],
        next(iter(stage.addresses)),
        stage.addresses,
        recorded_shares(wanted_shares(manifest)),
    )
    done = record.at(stage.contract, int(receipt["blockNumber"], 16), receipt["blockHash"], int(receipt["gasUsed"], 16))
    (stage.folder / "deployment.json").write_text(record_text(done))


def _install(stage: Stage, peer: str, rows: str) -> None:
    """What `bxc install --load` does."""
    from bxc.database.connection import open_database, transaction
    from bxc.database.manifest import read_folder

    files = read_folder(stage.generated)
    yes, no = {"sqlite": ("1", "0"), "postgres": ("true", "false")}.get(stage.engine, ("", ""))
    database = open_database(stage.database(peer), "create")
    try:
        with transaction(database):
            for script in files.install_script(peer, stage.engine):
                database.run(script)
            if yes:
                database.run(f"update bxc_session set loading = {yes};")
            database.run(rows)
            if no:
                database.run(f"update bxc_session set loading = {no};")
    finally:
        database.close()


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports


def _result(ask: Ask, method: str, *parameters: Any) -> Any:
    answer = ask(method, parameters)
    if answer.get("error"):
        raise RuntimeError(f"{method}: {answer['error']}")
    return answer["result"]


def _receipt(ask: Ask, number: str) -> Mapping[str, Any]:
    end = time.monotonic() + WAIT
    while True:
        found = _result(ask, "eth_getTransactionReceipt", number)
        if found is not None and found.get("blockNumber") is not None:
            return cast("Mapping[str, Any]", found)
        if time.monotonic() > end:
            raise RuntimeError(f"transaction {number} is in no block after {WAIT:g} s")
        time.sleep(0.1)
