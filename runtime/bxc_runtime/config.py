"""`peer.toml` → what one peer's process needs to know. Paths are relative to the file; keys never stand in it.

peer = "Doctor"
generated = "generated/medical"
database = "sqlite:///doctor.db"
deployment = "deploy/dev.deployment.json"
endpoint = "http://127.0.0.1:8545"      # or endpoint_env = "NAME", where the address itself is a secret
confirmations = 1                       # blocks that an event must be under, its own included
keystore = "keys/doctor.json"
password_env = "BXC_DOCTOR_PASSWORD"    # or password_file = "keys/doctor.password", its first line
listen = "127.0.0.1:8702"
poll = 0.5                              # seconds between two looks
keep_versions = 0                       # versions whose rows stay in the history; 0: all
console = "127.0.0.1:8790"              # where the web console listens; without it there is none
console_token = "doctor.console-token"  # the file of its token, made if it is not there; this is the default

[peers]                                 # where the others listen
Patient = "https://patient.example:8701"

[tls]                                   # needed to listen on anything but loopback
certificate = "tls/doctor.pem"
key = "tls/doctor.key"
authorities = "tls/ca.pem"              # who signs the others' certificates
"""

from __future__ import annotations

import json
import os
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bxc.database.connection import Address, DatabaseError, parse_url

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

KEYS = [
    "peer",
    "generated",
    "database",
    "deployment",
    "endpoint",
    "endpoint_env",
    "confirmations",
    "keystore",
    "password_env",
    "password_file",
    "listen",
    "poll",
    "keep_versions",
    "console",
    "console_token",
    "peers",
    "tls",
]
TLS_KEYS = ("certificate", "key", "authorities")


class ConfigError(Exception):
    """A configuration that does not say what is needed, or names what is not there. Never with a secret in it."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files for encrypted transport: the own certificate and key, and who signs the others'."""

    certificate: Path
    key: Path
    authorities: Path

    def for_asking(self) -> ssl.SSLContext:
        """How to ask others: they must have a certificate, and see ours."""
        context = ssl.create_default_context(cafile=str(self.authorities))
        context.load_cert_chain(str(self.certificate), str(self.key))
        return context

    def for_answering(self) -> dict[str, Any]:
        """How to answer others, in uvicorn's words: they must show a certificate."""
        return {
            "ssl_certfile": str(self.certificate),
            "ssl_keyfile": str(self.key),
            "ssl_ca_certs": str(self.authorities),
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
        }

    def for_browsers(self) -> dict[str, Any]:
        """How to answer the operator's browser: encrypted, and no certificate is asked for."""
        return {"ssl_certfile": str(self.certificate), "ssl_keyfile": str(self.key)}


@dataclass(frozen=True, slots=True)
class ConsolePlace:
    """Where the web console listens, and the file of its token."""

    host: str
    port: int
    token_file: Path

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the deployment record says: the contract, the peers' addresses (lower case), the shares' numbers."""

    digest: str
    chain_id: int
    contract: str
    block: int
    addresses: Mapping[str, str]
    ids: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PeerConfig:
    """See the module's text. ``places``: URLs of the others by name."""

    path: Path
    peer: str
    generated: Path
    database: Address
    deployment: Path
    endpoint: str
    confirmations: int
    keystore: Path
    password_file: Path | None
    password_env: str | None
    host: str
    port: int
    poll: float
    keep_versions: int
    places: Mapping[str, str]
    tls: Tls | None
    console: ConsolePlace | None = None


def read_config(path: Path) -> PeerConfig:
    """The configuration of a file. ConfigError says what is wrong with it."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    for key in values:
        if key not in KEYS:
            raise ConfigError(f"{path}: there is no setting `{key}`; known are {', '.join(KEYS)}")
    folder = path.parent
    host, port = _listen(_text(values, "listen", path), path)
    tls = _tls(values.get("tls"), folder, path)
    if tls is None and not is_loopback(host):
        raise ConfigError(f"{path}: without [tls], `listen` must be on loopback, such as 127.0.0.1:8701")
    file, variable = values.get("password_file"), values.get("password_env")
    if (file is None) == (variable is None):
        raise ConfigError(f"{path}: say either `password_file` or `password_env`")
    return PeerConfig(
        path,
        _text(values, "peer", path),
        folder / _text(values, "generated", path),
        _database(_text(values, "database", path), folder, path),
        folder / _text(values, "deployment", path),
        _endpoint(values, path),
        _number(values, "confirmations", 1, 1, 1_000, path),
        folder / _text(values, "keystore", path),
        None if file is None else folder / file,
        variable,
        host,
        port,
        float(values.get("poll", 0.5)),
        _number(values, "keep_versions", 0, 0, 2**31, path),
        _places(values.get("peers", {}), tls, path),
        tls,
        _console(values, tls, path),
    )


def with_console(config: PeerConfig, place: str) -> PeerConfig:
    """The configuration with a console at `port` or `host:port`; ConfigError if it must not be there."""
    token = config.path.with_suffix(".console-token") if config.console is None else config.console.token_file
    host, port = _listen(place if ":" in place else f"127.0.0.1:{place}", config.path, "console")
    return replace(config, console=_safe_console(ConsolePlace(host, port, token), config.tls, config.path))


def _console(values: Mapping[str, Any], tls: Tls | None, path: Path) -> ConsolePlace | None:
    if "console" not in values:
        return None
    host, port = _listen(_text(values, "console", path), path, "console")
    token = path.with_suffix(".console-token")
    if "console_token" in values:
        token = path.parent / _text(values, "console_token", path)
    return _safe_console(ConsolePlace(host, port, token), tls, path)


def _safe_console(place: ConsolePlace, tls: Tls | None, path: Path) -> ConsolePlace:
    if tls is None and not place.loopback:
        raise ConfigError(f"{path}: without [tls], the console must be on loopback, such as 127.0.0.1:8790")
    return place


def read_deployment(path: Path) -> Deployment:
    """The record that `bxc deploy` wrote; ConfigError if it is none, or of a deployment that never ended."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != "bxc-deployment" or value["address"] is None:
            raise ConfigError(f"{path} is of no deployment that has ended; `bxc deploy` does that")
        return Deployment(
            value["digest"],
            int(value["chain_id"]),
            value["address"].lower(),
            int(value["block"]),
            {name: address.lower() for name, address in value["peers"].items()},
            {share["name"]: int(share["id"]) for share in value["shares"]},
        )
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; `bxc deploy` writes it") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} is not a deployment record") from error


def read_account(config: PeerConfig) -> LocalAccount:
    """The peer's key. ConfigError, never with a secret, if it does not open."""
    from eth_account import Account

    password = _password(config.password_env, config.password_file)
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(config.keystore.read_text("utf-8"), password))
    except OSError as error:
        raise ConfigError(f"cannot read the keystore {config.keystore}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:  # never its own text: it may quote what it was given
        raise ConfigError(f"the keystore {config.keystore} does not open: wrong password, or no keystore") from error
    return account


def make_keystore(path: Path, password_env: str | None, password_file: Path | None) -> str:
    """Make a new key in an encrypted file that only its owner may read; its address. ConfigError if it is there."""
    from eth_account import Account

    password = _password(password_env, password_file)
    if not password:
        raise ConfigError("the password is empty")
    account = Account.create()
    text = json.dumps(Account.encrypt(account.key, password))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text + "\n")
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already") from error
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    return str(account.address)


def _password(variable: str | None, file: Path | None) -> str:
    if variable is not None:
        found = os.environ.get(variable)
        if found is None:
            raise ConfigError(f"the variable {variable} with the password of the keystore is not set")
        return found
    assert file is not None
    try:
        return (file.read_text(encoding="utf-8").splitlines() or [""])[0]
    except OSError as error:
        raise ConfigError(f"cannot read the password file {file}: {error.strerror}") from error


def _text(values: Mapping[str, Any], key: str, path: Path) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{path}: `{key}` is missing, or no text")
    return value


def _number(values: Mapping[str, Any], key: str, default: int, least: int, most: int, path: Path) -> int:
    value = values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ConfigError(f"{path}: `{key}` must be a whole number from {least} to {most}")
    return value


def _endpoint(values: Mapping[str, Any], path: Path) -> str:
    if "endpoint_env" in values:
        found = os.environ.get(values["endpoint_env"])
        if not found:
            raise ConfigError(f"the variable {values['endpoint_env']} with the chain's endpoint is not set")
        return found
    return _text(values, "endpoint", path)


def _database(url: str, folder: Path, path: Path) -> Address:
    try:
        found = parse_url(url)
    except DatabaseError as error:
        raise ConfigError(f"{path}: `database`: {error}") from error
    return found if found.url is not None else Address(found.engine, folder / found.path)


def _listen(text: str, path: Path, key: str = "listen") -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) < 2**16:
        raise ConfigError(f"{path}: `{key}` must be host:port, such as 127.0.0.1:8701")
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _places(values: Any, tls: Tls | None, path: Path) -> Mapping[str, str]:
    if not isinstance(values, dict) or not all(isinstance(url, str) for url in values.values()):
        raise ConfigError(f"{path}: [peers] must have the URLs of other peers by name")
    for name, url in values.items():
        parts = urlsplit(url)
        encrypted = parts.scheme == "https" and tls is not None
        if not encrypted and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ConfigError(f"{path}: [peers] {name}: salts and rows go over https with [tls], or over loopback")
    return dict(values)


def _tls(values: Any, folder: Path, path: Path) -> Tls | None:
    if values is None:
        return None
    if not isinstance(values, dict) or sorted(values) != sorted(TLS_KEYS):
        raise ConfigError(f"{path}: [tls] needs {', '.join(TLS_KEYS)}")
    files = {key: folder / values[key] for key in TLS_KEYS}
    for file in files.values():
        if not file.is_file():
            raise ConfigError(f"{path}: there is no file {file}")
    return Tls(files["certificate"], files["key"], files["authorities"])
