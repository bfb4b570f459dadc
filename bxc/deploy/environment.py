"""`deploy/<env>.toml` → where the contract of a spec lives, and whose keys are at hand.

endpoint = "http://127.0.0.1:8545"      # or endpoint_env = "NAME", where the address is a secret
chain_id = 31337
confirmations = 1                       # blocks that a transaction must be under, itself included
deployer = "Doctor"                     # who pays for `bxc deploy`; may be left out if one key is at hand
record = "dev.deployment.json"          # where the deployment is recorded, if not beside this file under its name

[peers.Doctor]
address = "0x…"
keystore = "keys/doctor.json"           # encrypted; paths are relative to this file
password_env = "BXC_DOCTOR_PASSWORD"    # or password_file = "keys/doctor.password"

[peers.Patient]
address = "0x…"                         # no key here: steps of this peer are left to it

[peers.Lab]
address = "0x…"
unlocked = true                         # the node signs: for chains that are thrown away
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bxc.dataclass import dataclass
from bxc.suggest import closest

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
MAX_CONFIRMATIONS = 1_000
MAX_TIMEOUT = 86_400
SUFFIX = ".toml"


class SettingError(Exception):
    """An environment file that does not say what is needed. The text names the file and the setting."""


@dataclass(frozen=True, slots=True)
class Keystore:
    """An encrypted key file and where its password stands: a file, or a variable of the environment."""

    path: Path
    password_file: Path | None
    password_env: str | None


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The node holds this peer's key and signs."""


Signer = Keystore | Unlocked


@dataclass(frozen=True, slots=True)
class PeerAccount:
    """A peer's address on the chain, and how to sign for it, if that can be done from here."""

    name: str
    address: str
    signer: Signer | None


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a contract lives. ``path`` is the file; ``chain_id`` None: whatever the endpoint says."""

    path: Path
    endpoint: str
    chain_id: int | None
    confirmations: int
    timeout: float
    deployer: str | None
    peers: Mapping[str, PeerAccount]
    record: Path | None = None

    @property
    def record_path(self) -> Path:
        """The deployment record: `deploy/dev.toml` → `deploy/dev.deployment.json`, unless `record` names another."""
        return self.record or self.path.with_name(f"{self.path.name.removesuffix(SUFFIX)}.deployment.json")

    @property
    def plan_path(self) -> Path:
        """Where `bxc plan` saves and `bxc apply` looks: `deploy/dev.plan.json`."""
        return self.path.with_name(f"{self.path.name.removesuffix(SUFFIX)}.plan.json")


SETTINGS = ("endpoint", "endpoint_env", "chain_id", "confirmations", "timeout", "deployer", "record", "peers")
PEER_SETTINGS = ("address", "keystore", "password_file", "password_env", "unlocked")
KEY_WORDS = ("key", "private_key", "secret", "password", "mnemonic")


def load_environment(path: Path) -> Environment:
    """Read an environment file. SettingError says what is wrong with it; OSError if it cannot be read."""
    import tomllib

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} is not valid TOML: {error}") from error
    _known(values, SETTINGS, f"{path}")
    peers = values.get("peers", {})
    if not isinstance(peers, dict) or not peers:
        raise SettingError(f'{path}: give each peer of the spec its address, as [peers.Doctor] address = "0x…"')
    accounts = {name: _account(name, value, path) for name, value in peers.items()}
    _distinct(accounts, path)
    deployer = _text(values, "deployer", str(path))
    if deployer is not None and deployer not in accounts:
        raise SettingError(f"{path}: `deployer` is {deployer}, which has no [peers.{deployer}]")
    record = _text(values, "record", str(path))
    return Environment(
        path,
        _endpoint(values, path),
        _number(values, "chain_id", path, 1, 2**63 - 1),
        _number(values, "confirmations", path, 1, MAX_CONFIRMATIONS) or 1,
        _number(values, "timeout", path, 1, MAX_TIMEOUT) or 300,
        deployer,
        accounts,
        None if record is None else path.parent / record,
    )


def _endpoint(values: Mapping[str, object], path: Path) -> str:
    named, variable = _text(values, "endpoint", str(path)), _text(values, "endpoint_env", str(path))
    if (named is None) == (variable is None):
        raise SettingError(f"{path}: give `endpoint`, or `endpoint_env` with the name of a variable that holds it")
    if variable is not None:
        named = os.environ.get(variable)
        if not named:
            raise SettingError(f"{path}: the variable {variable}, which `endpoint_env` names, is not set")
    assert named is not None
    if urlsplit(named).scheme not in ("http", "https"):
        raise SettingError(f"{path}: the endpoint must be an http or https address")
    return named


def _account(name: str, value: object, path: Path) -> PeerAccount:
    place = f"{path}: [peers.{name}]"
    if isinstance(value, str):
        value = {"address": value}
    if not isinstance(value, dict):
        raise SettingError(f'{place} must be an address, or a table with `address = "0x…"`')
    _known(value, PEER_SETTINGS, place)
    address = _text(value, "address", place)
    if address is None or not ADDRESS.fullmatch(address):
        raise SettingError(f"{place} needs `address`, 0x and 40 hexadecimal digits")
    if int(address, 16) == 0:
        raise SettingError(f"{place} has the zero address")
    _check_case(address, place)
    return PeerAccount(name, address, _signer(value, place, path.parent))


def _check_case(address: str, place: str) -> None:
    """The case of an address's letters is its checksum (EIP-55), unless all are of one case."""
    digits = address[2:]
    if digits in (digits.lower(), digits.upper()):
        return
    from eth_utils.address import is_checksum_address

    if not is_checksum_address(address):
        raise SettingError(f"{place}: {address} is misspelt: its capitals do not fit its digits (EIP-55); copy it anew")


def _signer(value: Mapping[str, object], place: str, folder: Path) -> Signer | None:
    unlocked = value.get("unlocked", False)
    if not isinstance(unlocked, bool):
        raise SettingError(f"{place}: `unlocked` must be true or false")
    keystore, file, variable = (_text(value, key, place) for key in ("keystore", "password_file", "password_env"))
    if keystore is None:
        if file is not None or variable is not None:
            raise SettingError(f"{place} has a password but no `keystore`")
        return Unlocked() if unlocked else None
    if unlocked:
        raise SettingError(f"{place} has both `keystore` and `unlocked`: keep one")
    if (file is None) == (variable is None):
        raise SettingError(f"{place}: a keystore needs `password_file` or `password_env`")
    return Keystore(folder / keystore, None if file is None else folder / file, variable)


def _distinct(accounts: Mapping[str, PeerAccount], path: Path) -> None:
    owners: dict[str, str] = {}
    for name, account in accounts.items():
        earlier = owners.setdefault(account.address.lower(), name)
        if earlier != name:
            raise SettingError(f"{path}: {earlier} and {name} have the same address")


def _known(values: Mapping[str, object], names: tuple[str, ...], place: str) -> None:
    for key in values:
        if key in names:
            continue
        if key in KEY_WORDS:
            raise SettingError(f"{place}: `{key}` has no place here; name an encrypted `keystore` file")
        close = closest(key, names)
        hint = f"did you mean `{close}`?" if close else f"known are {', '.join(names)}"
        raise SettingError(f"{place}: there is no setting `{key}`; {hint}")


def _text(values: Mapping[str, object], key: str, place: str) -> str | None:
    value = values.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise SettingError(f"{place}: `{key}` must be a text")
    return value


def _number(values: Mapping[str, object], key: str, path: Path, least: int, most: int) -> int | None:
    value = values.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise SettingError(f"{path}: `{key}` must be a whole number from {least} to {most}")
    return value
