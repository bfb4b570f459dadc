"""The console's own listener: made of a peer's configuration, served beside the exchange."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import structlog

from bxc_runtime.chains.protocol import Chain, ChainError, RevertedError
from bxc_runtime.config import ConfigError
from bxc_runtime.console.app import Console, Opened, Subject
from bxc_runtime.console.pages import Paper
from bxc_runtime.console.session import Sessions, TokenError, read_token
from bxc_runtime.exchange.server import serve
from bxc_runtime.metrics import Vitals
from bxc_runtime.process import Setting


def start(setting: Setting, opened: Opened, vitals: Callable[[], Vitals], chain: Chain) -> Callable[[], None]:
    """Serve the console of a peer; what stops it. ConfigError if its token cannot be had, OSError for its port."""
    config, place = setting.config, setting.config.console
    assert place is not None
    try:
        token = read_token(place.token_file)
    except TokenError as error:
        raise ConfigError(str(error)) from error
    graph = json.loads((config.generated / "graph.json").read_text(encoding="utf-8"))
    names = {address: name for name, address in setting.deployment.addresses.items()}
    tls = None if place.loopback or config.tls is None else config.tls.for_browsers()
    console = Console(
        Subject(opened, names, graph, vitals, partial(_last_link, chain)),
        Paper(setting.site.peer, setting.site.spec),
        Sessions(token),
        f"bxc-console-{place.port}",
        secure=tls is not None,
    )
    halt = serve(console.app(loopback=place.loopback), place.host, place.port, tls)
    host = f"[{place.host}]" if ":" in place.host else place.host
    url = f"{'http' if tls is None else 'https'}://{host}:{place.port}/"
    structlog.get_logger("bxc").info("console", peer=setting.site.peer, url=url, token_file=str(place.token_file))
    return halt


def _last_link(chain: Chain, share: int) -> bytes | None:
    try:
        return chain.share(share).chain_hash
    except (ChainError, RevertedError):
        return None
