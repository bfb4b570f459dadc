"""Peers that talk over real HTTP on loopback, and who wishes them ill: liars with a key, strangers, servers."""

from __future__ import annotations

import logging
import secrets
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import structlog
from contract.signing import CHAIN_ID, address, key
from contract.state import Refused
from eth_account import Account
from eth_account.signers.local import LocalAccount

from bxc_runtime.delta import Delta, Edit, Extent, images
from bxc_runtime.exchange.client import HttpExchange
from bxc_runtime.exchange.server import Answering, serve
from bxc_runtime.exchange.signing import LIFETIME, Reply, Request, SignatureError, body_hash, domain, sign, signer
from bxc_runtime.moves import base_of, content_digest, lanes_after, read_local
from bxc_runtime.peer import Peer
from bxc_runtime.stores.store import Store, open_store
from bxc_runtime.wire import pack

from .network import CONTRACT, Network, network

SEPARATOR = domain(CHAIN_ID, CONTRACT)
STRANGER: LocalAccount = Account.from_key(b"\x77" * 32)


def account(number: int) -> LocalAccount:
    """The key of the peer of that number."""
    made: LocalAccount = Account.from_key(key(number).to_bytes())
    return made


def free_port() -> int:
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return int(it.getsockname()[1])


class Answers(Answering):
    """A peer's answers, which a test may falsify.

    ``lies`` gives the body for a path, ``rows`` the lines of a streamed one, ``signs`` who signs it.
    """

    lies: dict[str, bytes]
    rows: dict[str, Callable[[], Iterator[str]]]
    signs: LocalAccount | None = None

    def _streamed(self, request: Request, lines: Iterator[str]) -> Any:
        told = self.rows.get(request.path)
        return super()._streamed(request, lines if told is None else told())

    def _reply(self, request: Request, status: int, body: bytes) -> Any:
        for path, lie in self.lies.items():
            if request.path.endswith(path):
                status, body = 200, lie
        if self.signs is None:
            return super()._reply(request, status, body)
        made = super()._reply(request, status, body)
        reply = Reply(request.hash, status, body_hash(body))
        made.headers["bxc-signature"] = sign(self.signs, SEPARATOR, reply).hex()
        return made


@dataclass(slots=True)
class Site:
    """The peers of a spec with their servers, and the logs of all."""

    it: Network
    ports: Mapping[str, int]
    answers: dict[str, Answers]
    stops: list[Callable[[], None]]
    logs: list[dict[str, Any]]
    clocks: dict[str, float] = field(default_factory=dict)  # seconds that a peer's clock is ahead

    def address(self, peer: str) -> str:
        return self.it.peers[peer].chain.address

    def url(self, peer: str) -> str:
        return f"http://127.0.0.1:{self.ports[peer]}"

    def place(self, of: str, port: int) -> None:
        """Let all peers find one of them elsewhere."""
        for peer in self.it.peers.values():
            exchange = peer.fetching.exchange
            assert isinstance(exchange, HttpExchange)
            exchange._places = {**exchange._places, self.address(of): f"http://127.0.0.1:{port}"}

    def turn(self, *peers: str, times: int = 1) -> None:
        for _ in range(times):
            for name in peers:
                self.it.peers[name].turn()
            self.it.now += 100.0

    def until(self, peer: str, holds: Callable[[Peer], bool], seconds: float = 10) -> None:
        """Let a peer turn until something holds."""
        end = time.monotonic() + seconds
        while not holds(self.it.peers[peer]):
            assert time.monotonic() < end, self.logs[-5:]
            self.turn(peer)
            time.sleep(0.01)

    def claims(
        self,
        liar: str,
        share: int,
        delta: Delta,
        asked: Extent,
        content: bytes | None = None,
        body: bytes | None = None,
    ) -> int:
        """A liar requests a delta on the chain and has it ready: with its hash, unless another one is given."""
        store = self.it.peers[liar].store
        end, it = store.site.shares[share], store.ledger.share(share)
        assert it is not None
        version = self.it.world.tip.registry.shares[share].version + 1
        if content is None:
            gone, made = images(delta, base_of(store, end, read_local(store, share), delta), end.shape)
            content = content_digest(end, lanes_after(end, it, gone, made), version)
        outcome = self.it.world.do(
            self.address(liar), "requestUpdate", share, asked.attributes, asked.operations, content
        )
        assert not isinstance(outcome, Refused), outcome
        self.answers[liar].lies[f"/v1/shares/{share}/deltas/{version}"] = pack(delta) if body is None else body
        return version

    def ended(self, share: int) -> str:
        """How the last request of a share ended, as a peer that is told of it sees it."""
        events = [e for mined in self.it.world.blocks for e in mined.events if e.args[0] == share]
        last = next(e for e in reversed(events) if e.name in ("Rejected", "Committed", "Cancelled"))
        return last.args[3].rstrip(b"\0").decode() if last.name == "Rejected" else last.name

    def honest(self, liar: str) -> None:
        """The liar goes on as a peer among others, and all end equal."""
        self.answers[liar].lies.clear()
        self.answers[liar].rows.clear()
        self.answers[liar].signs = None
        self.it.settle()
        self.it.same()

    def said(self, event: str, **values: Any) -> bool:
        """Whether somebody has logged an event."""
        return any(
            entry["event"] == event and all(entry.get(name) == value for name, value in values.items())
            for entry in self.logs
        )


@contextmanager
def site(folder: Path, rows: dict[str, str], spec: str = "medical", open_shares: bool = True) -> Iterator[Site]:
    """Peers, each with its server."""
    logs: list[dict[str, Any]] = []

    def keep(_: Any, level: str, event: Any) -> Any:
        logs.append({**event, "level": level})
        raise structlog.DropEvent

    structlog.configure(processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    folder.mkdir(exist_ok=True)
    it = network(folder, rows, spec, open_shares=open_shares)
    made = Site(it, {name: free_port() for name in it.peers}, {}, [], logs)
    try:
        for name, peer in it.peers.items():
            _serve(made, name, peer)
        yield made
    finally:
        for stop in made.stops:
            stop()
        it.close()
        structlog.reset_defaults()


def _serve(made: Site, name: str, peer: Peer) -> None:
    number = peer.store.site.peers.index(name)

    @contextmanager
    def opened() -> Iterator[Store]:
        store = open_store(made.it.address(name), peer.store.site, prepare=False)
        try:
            yield store
        finally:
            store.close()

    answering = Answers(opened, account(number), SEPARATOR, lambda: True)
    answering.lies, answering.rows = {}, {}
    answering._nonces = replace(answering._nonces, born=0)  # as if it had begun long ago
    made.answers[name] = answering
    made.stops.append(serve(answering.app(), "127.0.0.1", made.ports[name]))
    places = {made.address(other): made.url(other) for other in made.it.peers if other != name}
    now = lambda: time.time() + made.clocks.get(name, 0.0)  # noqa: E731
    peer.fetching.exchange = HttpExchange(places, account(number), SEPARATOR, now=now)


# --- questions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """A signed question and its HTTP headers."""

    request: Request
    headers: dict[str, str]


def question(who: LocalAccount, peer: str, path: str, share: int, version: int, ahead: float = LIFETIME) -> Question:
    expiry = int(time.time() + ahead)
    request = Request("GET", path, peer, share, version, secrets.token_bytes(32), expiry)
    signature = sign(who, SEPARATOR, request)
    return Question(
        request, {"bxc-nonce": request.nonce.hex(), "bxc-expiry": str(expiry), "bxc-signature": signature.hex()}
    )


def ask(made: Site, peer: str, asked: Question, **more: Any) -> httpx.Response:
    return httpx.get(made.url(peer) + asked.request.path, headers=asked.headers, timeout=5, **more)


def signed_by(answer: httpx.Response, asked: Question) -> str:
    reply = Reply(asked.request.hash, answer.status_code, body_hash(answer.content))
    try:
        return signer(SEPARATOR, reply, bytes.fromhex(answer.headers.get("bxc-signature", "")))
    except SignatureError:
        return ""


def raw(port: int, octets: bytes) -> bytes:
    """What a server answers to octets."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as it:
        it.sendall(octets)
        parts = []
        try:
            while part := it.recv(65_536):
                parts.append(part)
                if b"\r\n\r\n" in part:
                    break
        except TimeoutError:
            pass
        return b"".join(parts)


@contextmanager
def hostile(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does what it likes with each connection until it stops; its port."""
    met: list[socket.socket] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            met.append(self.request)
            with suppress(OSError):
                self.request.recv(65_536)
                answer(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        for it in met:  # what it answers without end would go on during other tests
            with suppress(OSError):
                it.shutdown(socket.SHUT_RDWR)


def insert(*rows: Any) -> Delta:
    return tuple(Edit(None, row) for row in rows)


__all__ = ["STRANGER", "address", "ask", "hostile", "insert", "question", "raw", "signed_by", "site"]
