"""The deployment record, `deploy/<env>.deployment.json`: where a spec's contract lives and how it came there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bxc.dataclass import dataclass
from bxc.deploy.difference import Recorded

FORMAT = "bxc-deployment"
FORMAT_VERSION = 1


class RecordError(Exception):
    """A deployment record that cannot be read. The text names the file."""


@dataclass(frozen=True, slots=True)
class Record:
    """Where a contract lives. Until its transaction is known to be in a block, ``address`` and ``block`` are None.

    ``digest`` is the manifest's of the spec that was deployed, ``bytecode`` the SHA-256 of the creation code,
    ``peers`` the addresses by name, in the order of the constructor; ``shares`` what is known of each share's id.
    """

    spec: str
    version: int
    digest: str
    tool_version: str
    contract: str
    bytecode: str
    compiler: str
    chain_id: int
    transaction: str
    deployer: str
    peers: Mapping[str, str]
    shares: tuple[Recorded, ...]
    address: str | None = None
    block: int | None = None
    block_hash: str | None = None
    gas: int | None = None

    def at(self, address: str, block: int, block_hash: str, gas: int) -> Record:
        """The record of a deployment that has happened."""
        return replace(self, address=address, block=block, block_hash=block_hash, gas=gas)


def record_text(record: Record) -> str:
    """The document, with a line end."""
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "spec": record.spec,
        "version": record.version,
        "digest": record.digest,
        "tool_version": record.tool_version,
        "contract": record.contract,
        "bytecode_sha256": record.bytecode,
        "compiler": record.compiler,
        "chain_id": record.chain_id,
        "address": record.address,
        "transaction": record.transaction,
        "block": record.block,
        "block_hash": record.block_hash,
        "gas": record.gas,
        "deployer": record.deployer,
        "peers": dict(record.peers),
        "shares": [
            {"name": s.name, "id": s.id, "attributes": list(s.attributes), "schema_hash": s.schema_hash}
            for s in record.shares
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def load_record(path: Path) -> Record | None:
    """The record of a file; None if there is no such file. RecordError if it is not one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror}") from error
    try:
        value = json.loads(text)
        if value["format"] != FORMAT or value["format_version"] != FORMAT_VERSION:
            raise RecordError(f"{path} is no deployment record of this version of bxc")
        return _record(value)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(f"{path} is not a deployment record, or has been changed by hand") from error


def _record(value: Mapping[str, Any]) -> Record:
    shares = tuple(
        Recorded(s["name"], int(s["id"]), tuple(s["attributes"]), str(s["schema_hash"])) for s in value["shares"]
    )
    return Record(
        value["spec"],
        int(value["version"]),
        value["digest"],
        value["tool_version"],
        value["contract"],
        value["bytecode_sha256"],
        value["compiler"],
        int(value["chain_id"]),
        value["transaction"],
        value["deployer"],
        dict(value["peers"].items()),
        shares,
        value["address"],
        value["block"],
        value["block_hash"],
        value["gas"],
    )
