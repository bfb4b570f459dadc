"""A peer's process: its loop, and its answers to the others, until it is stopped."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bxc_runtime import logs
from bxc_runtime.chains.protocol import ChainError, JoinShare, RevertedError
from bxc_runtime.chains.rpc import RpcChain, http_node
from bxc_runtime.config import ConfigError, Deployment, PeerConfig, read_account, read_deployment
from bxc_runtime.exchange.client import HttpExchange
from bxc_runtime.exchange.signing import domain
from bxc_runtime.metrics import Vitals
from bxc_runtime.peer import Peer
from bxc_runtime.site import Site, SiteError, read_site
from bxc_runtime.stores.store import SqlStore, Store, Watch, open_store, patiently

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

JOIN_SECONDS = 120
PATIENCE = 1.0  # seconds that the loop waits for another peer's answer
ALONE_SECONDS = 10.0  # that another process on the same database is waited for: it may be one that was killed
IDENTITY = "identity"  # setting: the contract and peer that a database belongs to


def nobody(when: str, what: str) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a configuration leads to: the site and the deployment, read and compared."""

    config: PeerConfig
    deployment: Deployment
    site: Site


def read_setting(config: PeerConfig) -> Setting:
    """Read all that a configuration names. ConfigError if it does not fit together."""
    deployment = read_deployment(config.deployment)
    try:
        site = read_site(config.generated, config.peer, deployment.ids)
    except SiteError as error:
        raise ConfigError(str(error)) from error
    except KeyError as error:
        raise ConfigError(
            f"{config.deployment} has no share {error.args[0]}; `bxc plan` and `bxc apply` add it"
        ) from None
    if strangers := sorted(set(config.places) - set(site.peers) - set(deployment.addresses)):
        raise ConfigError(f"[peers] names {', '.join(strangers)}, but the peers are {', '.join(site.peers)}")
    if config.peer not in deployment.addresses:
        raise ConfigError(f"{config.deployment} has no address of {config.peer}")
    return Setting(config, deployment, replace(site, digest=deployment.digest, addresses=deployment.addresses))


def opened_store(setting: Setting, watch: Watch = nobody) -> SqlStore:
    """The database of a peer. ConfigError if it is another peer's, or of another contract."""
    store = open_store(setting.config.database, setting.site, watch)
    store.keep_versions = setting.config.keep_versions
    owner = f"{setting.deployment.chain_id} {setting.deployment.contract} {setting.site.peer}"

    def claim() -> None:
        known = store.ledger.setting(IDENTITY)
        if known not in (None, owner):
            raise ConfigError(f"the database belongs to another peer or contract: {known}")
        if known is None:
            with store.transaction("identity"):
                store.ledger.keep_setting(IDENTITY, owner)

    try:
        patiently(claim)
    except BaseException:
        store.close()
        raise
    return store


def chain_of(setting: Setting, account: LocalAccount) -> RpcChain:
    """The chain of a peer; ConfigError if the key is not the one of the deployment."""
    wanted = setting.deployment.addresses[setting.site.peer]
    if account.address.lower() != wanted:
        raise ConfigError(
            f"the keystore {setting.config.keystore} is of {account.address}, not of {setting.site.peer}'s {wanted}"
        )
    ask = http_node(setting.config.endpoint)
    return RpcChain(
        ask, setting.deployment.contract, account, setting.deployment.chain_id, setting.config.confirmations
    )


def check_chain(chain: RpcChain, setting: Setting) -> None:
    """ConfigError if the node's chain is another one, or has no such contract. ChainError if it cannot be asked."""
    deployment = setting.deployment
    found, newest, there = chain.surroundings()
    if found != deployment.chain_id:
        raise ConfigError(f"the contract is on chain {deployment.chain_id}, but the endpoint is chain {found}")
    if newest >= deployment.block and not there:
        raise ConfigError(
            f"chain {found} at {setting.config.endpoint} has no contract at {deployment.contract}: "
            f"is {setting.config.deployment} of another chain, or has this one been started anew?"
        )


def run(setting: Setting, stop: threading.Event, watch: Watch = nobody) -> None:
    """Be a peer until ``stop`` is set."""
    from bxc_runtime.exchange.server import Answering, serve

    config, deployment = setting.config, setting.deployment
    account = read_account(config)
    chain = chain_of(setting, account)
    separator = domain(deployment.chain_id, deployment.contract)
    places = {deployment.addresses[name]: url for name, url in config.places.items() if name in deployment.addresses}
    exchange = HttpExchange(places, account, separator, None if config.tls is None else config.tls.for_asking())
    with suppress(ChainError):  # a node that is away may come back
        check_chain(chain, setting)
    store = opened_store(setting, watch)
    try:
        store.alone(ALONE_SECONDS)
    except BaseException:
        store.close()
        raise
    peer = Peer(store, chain, exchange, confirmations=config.confirmations, start=deployment.block, patience=PATIENCE)
    store.release()
    collect_seldom()

    @contextmanager
    def opened() -> Iterator[Store]:
        answering = open_store(config.database, setting.site, prepare=False)
        try:
            yield answering
        finally:
            answering.close()

    app = Answering(opened, account, separator, lambda: peer.ready).app()
    halts = [serve(app, config.host, config.port, None if config.tls is None else config.tls.for_answering())]
    peer.log.info("running", listen=f"{config.host}:{config.port}", address=chain.address)
    try:
        if config.console is not None:
            from bxc_runtime.console.listen import start

            began = time.time()
            halts.append(start(setting, opened, lambda: Vitals(peer.ready, chain.newest, began), chain))
        loop(peer, store, stop, config.poll)
    finally:
        for halt in halts:
            halt()
        exchange.close()
        store.close()


def collect_seldom() -> None:
    """Look for garbage in cycles each 50,000 new objects instead of each 700.

    The rows of a large delta are many small objects, none of them in a cycle; to look through them again and again
    takes as long as all that is done with them.
    """
    gc.set_threshold(50_000, 20, 20)


def loop(peer: Peer, store: SqlStore, stop: threading.Event, poll: float) -> None:
    """Turn until stopped: at once again after work, else after a while."""
    while not stop.is_set():
        began = time.monotonic()
        worked = peer.turn()
        store.release()
        spent = time.monotonic() - began
        stop.wait(0.01 if worked else max(poll - spent, 0.05))


def set_up_logs(*, verbose: bool = False) -> None:
    """Structured logs to stderr, one JSON object a line; no value of a row is ever in one."""
    logs.set_up(verbose=verbose)


def read_only_chain(setting: Setting) -> RpcChain:
    """The chain of a peer without its key: for questions only."""
    from eth_account import Account

    deployment = setting.deployment
    account: LocalAccount = Account.create()
    return RpcChain(http_node(setting.config.endpoint), deployment.contract, account, deployment.chain_id)


def join_share(setting: Setting, share: int) -> None:
    """Accept an invitation, and wait until that is in a block. ConfigError if the contract refuses."""
    chain = chain_of(setting, read_account(setting.config))
    try:
        signed = chain.sign(JoinShare(share), chain.nonce())
    except RevertedError as error:
        raise ConfigError(f"the contract refuses: {error.name}") from error
    chain.send(signed.raw)
    end = time.monotonic() + JOIN_SECONDS
    while chain.outcome(signed.hash) is None:
        if time.monotonic() > end:
            raise ConfigError(f"transaction {signed.hash} is not in a block after {JOIN_SECONDS} s")
        time.sleep(0.2)
