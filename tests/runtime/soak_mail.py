"""HTTP's messages between the peers of a soak: lost, answered in vain, delivered twice, late, or in another's place."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections import Counter
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from contract.signing import CHAIN_ID, key
from eth_account import Account
from eth_account.signers.local import LocalAccount

from bxc_runtime.exchange import client, server, signing
from bxc_runtime.exchange.client import HttpExchange
from bxc_runtime.exchange.server import Answering
from bxc_runtime.exchange.signing import domain
from bxc_runtime.stores.store import Store

from .network import CONTRACT

if TYPE_CHECKING:
    from starlette.types import ASGIApp

SEPARATOR = domain(CHAIN_ID, CONTRACT)
REPLAYED = 401
FATES = {
    "message lost": 0.03,
    "answer lost": 0.03,
    "message twice": 0.04,
    "message late": 0.03,
    "answers exchanged": 0.03,
}
Opened = Callable[[str], AbstractContextManager[Store]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body."""
TLS = ssl.create_default_context()  # never used: made once, as it takes long


@dataclass(slots=True)
class Messages:
    """What is under way between all peers. While it is ``calm`` nothing befalls it."""

    loop: asyncio.AbstractEventLoop
    chance: random.Random
    faults: Counter[str]
    names: Mapping[str, str] = field(default_factory=dict)
    away: Set[str] = frozenset()
    opened: Opened | None = None
    calm: bool = False
    answering: str = ""
    apps: dict[str, ASGIApp] = field(default_factory=dict)
    late: list[tuple[str, httpx.Request]] = field(default_factory=list)
    kept: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def between(self, names: Mapping[str, str], away: Set[str], opened: Opened) -> None:
        """Who there is, by address; who is away now; the store of a peer for one answer."""
        self.names, self.away, self.opened = names, away, opened

    def begin(self, name: str) -> None:
        """A peer's process answers from now on: it knows no question from before."""
        opened = self.opened
        assert opened is not None
        number = list(self.names.values()).index(name)
        self.answering = name
        answering = Answering(lambda: opened(name), account(number), SEPARATOR, bool)
        self.apps[name] = answering.app()

    def delivered(self, to: str, request: httpx.Request) -> Answer:
        """The answer of a peer's application; ConnectError if it is away."""
        if any(self.names[address] == to for address in self.away):
            raise httpx.ConnectError("away")
        self.answering = to
        return self.loop.run_until_complete(_asked(self.apps[to], request))

    def deliver_late(self) -> None:
        """What was late arrives, the last first; whoever asked does not wait for it any more."""
        while self.late:
            to, request = self.late.pop()
            if not any(self.names[address] == to for address in self.away):
                self.delivered(to, request)

    def fate(self) -> str:
        """What befalls a message; nothing, as a rule."""
        if self.calm:
            return ""
        return self.chance.choices(["", *FATES], [1 - sum(FATES.values()), *FATES.values()])[0]


class Mail(httpx.BaseTransport):
    """The messages of one peer."""

    def __init__(self, messages: Messages, me: str) -> None:
        self._all = messages
        self._me = me

    def exchange(self, now: Callable[[], float]) -> HttpExchange:
        """How this peer asks others; ``now`` is its clock."""
        names = list(self._all.names.values())
        places = {address: f"http://{name}.test" for address, name in self._all.names.items()}
        made = HttpExchange(places, account(names.index(self._me)), SEPARATOR, TLS, now)
        made._client = httpx.Client(transport=self)
        return made

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.BaseTransport`."""
        to = request.url.host.removesuffix(".test").upper()
        fate = self._all.fate()
        if fate:
            self._all.faults[fate] += 1
        match fate:
            case "message lost":
                raise httpx.ConnectTimeout("lost")
            case "message late":
                self._all.late.append((to, request))
                raise httpx.ReadTimeout("late")
        answer = self._all.delivered(to, request)
        match fate:
            case "message twice":
                again = self._all.delivered(to, request)
                assert again[0] == REPLAYED, "a question was answered twice"
            case "answer lost":
                raise httpx.ReadTimeout("lost")
            case "answers exchanged":
                before = self._all.kept.get((self._me, to))
                self._all.kept[self._me, to] = answer
                answer = answer if before is None else before
        status, headers, body = answer
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


def remember_signatures() -> Callable[[], None]:
    """Let who has made a right signature be remembered, as recovering a key takes 10 ms; what ends it.

    Whatever has not been signed here, to the last octet, is still recovered.
    """
    made: dict[tuple[bytes, bytes, bytes], str] = {}

    def sign(account: LocalAccount, separator: bytes, message: signing.Request | signing.Reply) -> bytes:
        signature = signing.sign(account, separator, message)
        if len(made) > 1_000:
            made.clear()
        made[separator, message.hash, signature] = str(account.address).lower()
        return signature

    def signer(separator: bytes, message: signing.Request | signing.Reply, signature: bytes) -> str:
        known = made.get((separator, message.hash, signature))
        return signing.signer(separator, message, signature) if known is None else known

    for module in (client, server):
        vars(module).update(sign=sign, signer=signer)

    def end() -> None:
        for module in (client, server):
            vars(module).update(sign=signing.sign, signer=signing.signer)

    return end


def account(number: int) -> LocalAccount:
    """The key of the peer of that number."""
    made: LocalAccount = Account.from_key(key(number).to_bytes())
    return made


async def _asked(app: ASGIApp, request: httpx.Request) -> Answer:
    """What an application answers to a question without a body."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
    }
    given = [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        if given:
            return given.pop()
        await asyncio.Event().wait()  # nobody hangs up
        return None

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return start["status"], start["headers"], body
