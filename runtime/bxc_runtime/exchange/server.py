"""Answers to other peers over HTTP: signed questions in, signed answers out, 404 for all that an asker may not know."""

from __future__ import annotations

import asyncio
import threading
import time
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import structlog
from eth_account.signers.local import LocalAccount
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bxc_runtime import answers
from bxc_runtime.exchange.signing import LIFETIME, Reply, Request, SignatureError, body_hash, sign, signer
from bxc_runtime.stores.connection import StoreError
from bxc_runtime.stores.store import Store

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

UNSIGNED, NOT_FOUND, TOO_LARGE, TOO_MANY, UNAVAILABLE = 401, 404, 413, 429, 503
MOST_NONCES = 100_000
SKEW = 30  # seconds that an asker's clock may be ahead
MOST_A_MINUTE = 1_200  # requests of one address
MOST_CONNECTIONS = 128  # beyond them, the one that has been idle for the longest goes
ASKING_SECONDS, ANSWERING_SECONDS = 10.0, 660.0  # until a question is here; until its answer is gone …
SLOWEST = 16 * 1024  # … unless it has been read at so many octets a second all that time: then as long again
VERIFYING = 2  # signatures at once: each takes milliseconds of the loop's processor
LINES = 2_000  # of a content, compressed together
SALT, DELTA, CONTENT = "salt", "deltas", "content"

Opened = Callable[[], AbstractContextManager[Store]]
"""A store of its own for one answer, so that a slow reader stops nobody."""


@dataclass(slots=True)
class Nonces:
    """What has been asked already. Questions from before this process began are refused: it cannot know them.

    What is remembered is forgotten only once it has expired: if there is too much of it, nothing new is answered.
    """

    born: int = field(default_factory=lambda: int(time.time()))
    seen: set[bytes] = field(default_factory=set)
    ends: list[tuple[int, bytes]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fresh(self, nonce: bytes, expiry: int, now: float) -> bool:
        """Whether a question is new, and neither too old nor from a far future."""
        if not now <= expiry <= now + LIFETIME + SKEW or expiry < self.born + LIFETIME:
            return False
        with self.lock:
            while self.ends and self.ends[0][0] < now:
                self.seen.discard(heappop(self.ends)[1])
            if nonce in self.seen or len(self.seen) >= MOST_NONCES:
                return False
            self.seen.add(nonce)
            heappush(self.ends, (expiry, nonce))
        return True


@dataclass(slots=True)
class Rates:
    """How often an address has asked within the current minute."""

    minute: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def allows(self, address: str, now: float) -> bool:
        """Count a question; False if there were too many."""
        if int(now // 60) != self.minute:
            self.minute, self.counts = int(now // 60), {}
        self.counts[address] = self.counts.get(address, 0) + 1
        return self.counts[address] <= MOST_A_MINUTE


class Answering:
    """One peer's answers. ``opened`` gives a store for the time of an answer."""

    def __init__(self, opened: Opened, account: LocalAccount, separator: bytes, ready: Callable[[], bool]) -> None:
        self._opened = opened
        self._account = account
        self._address = str(account.address).lower()
        self._separator = separator
        self._ready = ready
        self._nonces = Nonces()
        self._rates = Rates()
        self._verifying = threading.BoundedSemaphore(VERIFYING)
        self._log = structlog.get_logger("bxc").bind(part="exchange")

    def app(self) -> ASGIApp:
        """The routes, as an application."""
        app = Starlette(
            routes=[
                Route("/v1/shares/{share}/salt", self._salt),
                Route("/v1/shares/{share}/deltas/{version}", self._delta),
                Route("/v1/shares/{share}/content/{version}", self._content),
                Route("/healthz", self._health),
                Route("/readyz", self._readiness),
            ]
        )
        app.router.redirect_slashes = False  # a path has one form
        return app

    def _health(self, _: HttpRequest) -> Response:
        return JSONResponse({"status": "alive"})

    def _readiness(self, _: HttpRequest) -> Response:
        ready = self._ready()
        return JSONResponse({"status": "ready" if ready else "not ready"}, 200 if ready else UNAVAILABLE)

    def _salt(self, http: HttpRequest) -> Response:
        return self._answered(http, lambda store, asker, share, _: answers.salt(store, asker, share))

    def _delta(self, http: HttpRequest) -> Response:
        return self._answered(http, answers.delta)

    def _answered(self, http: HttpRequest, answer: Callable[[Store, str, int, int], bytes]) -> Response:
        asked = self._asked(http)
        if isinstance(asked, Response):
            return asked
        request, asker = asked
        try:
            with self._opened() as store:
                return self._reply(request, 200, answer(store, asker, request.share, request.version))
        except answers.DeniedError as denied:
            self._log.warning("denied", asker=asker, share=request.share, status=denied.status)
            return self._reply(request, denied.status, b"")
        except StoreError as error:
            self._log.error("store", error=str(error))
            return self._reply(request, UNAVAILABLE, b"")

    def _content(self, http: HttpRequest) -> Response:
        """A content is streamed; its last line is signed, and speaks of all before it."""
        asked = self._asked(http)
        if isinstance(asked, Response):
            return asked
        request, asker = asked
        opened = self._opened()
        try:
            store = opened.__enter__()
            try:
                lines = answers.content(store, asker, request.share, request.version)
            except BaseException:
                opened.__exit__(None, None, None)
                raise
        except answers.DeniedError as denied:
            self._log.warning("denied", asker=asker, share=request.share, status=denied.status)
            return self._reply(request, denied.status, b"")
        except StoreError as error:
            self._log.error("store", error=str(error))
            return self._reply(request, UNAVAILABLE, b"")
        parts = self._streamed(request, lines)

        def end() -> None:
            parts.close()
            opened.__exit__(None, None, None)

        return _Held(parts, end)

    def _streamed(self, request: Request, lines: Iterator[str]) -> Generator[bytes, None, None]:
        squeeze, digest = zlib.compressobj(6), sha256()
        while batch := list(islice(lines, LINES)):
            text = "".join(f"{line}\n" for line in batch).encode()
            digest.update(text)
            yield squeeze.compress(text)
        signature = sign(self._account, self._separator, Reply(request.hash, 200, digest.digest()))
        yield squeeze.compress(f'"{signature.hex()}"\n'.encode()) + squeeze.flush()

    # --- who asks -----------------------------------------------------------------------------------------------------

    def _asked(self, http: HttpRequest) -> tuple[Request, str] | Response:
        """The question and who signed it, or the answer to a question that is none."""
        length = http.headers.get("content-length", "0")
        if length != "0" or "transfer-encoding" in http.headers:
            return Response(status_code=TOO_LARGE)
        try:
            share, version = _number(http.path_params["share"]), _number(http.path_params.get("version", "0"))
            nonce = bytes.fromhex(http.headers["bxc-nonce"])
            expiry = int(http.headers["bxc-expiry"])
            signature = bytes.fromhex(http.headers["bxc-signature"])
            path = http.scope["path"]
            plain = http.scope["raw_path"] == path.encode() and not http.scope["query_string"]
            if len(nonce) != 32 or len(signature) != 65 or not plain or max(share, version) >= 2**32:
                return self._unsigned("malformed")
            request = Request(http.method, path, self._address, share, version, nonce, expiry)
            if not 0 <= expiry < 2**40:
                return self._unsigned("expiry")
            with self._verifying:
                asker = signer(self._separator, request, signature)
        except (KeyError, ValueError):
            return self._unsigned("malformed")
        except SignatureError:
            return self._unsigned("signature")
        now = time.time()
        if not self._rates.allows(asker, now):
            return Response(status_code=TOO_MANY)
        if not self._nonces.fresh(nonce, expiry, now):
            return self._unsigned("expired or replayed")
        return request, asker

    def _unsigned(self, why: str) -> Response:
        self._log.warning("refused", why=why)
        return Response(status_code=UNSIGNED)

    def _reply(self, request: Request, status: int, body: bytes) -> Response:
        signature = sign(self._account, self._separator, Reply(request.hash, status, body_hash(body)))
        headers = {"bxc-signature": signature.hex()}
        return Response(body, status, headers, media_type="application/octet-stream")


class _Held(StreamingResponse):
    """A streamed answer that lets go what it holds, however it ends: also where nobody reads it."""

    def __init__(self, parts: Iterator[bytes], end: Callable[[], None]) -> None:
        super().__init__(parts, media_type="application/x-ndjson", headers={"bxc-stream": "1"})
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._end()


def _number(text: str) -> int:
    """A number as paths have it; ValueError for any other way to write it."""
    number = int(text)
    if str(number) != text or number < 0:
        raise ValueError("not written as a number is")
    return number


class _Counting:
    """A transport that counts the octets that are written to it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.octets = 0

    def write(self, data: bytes) -> None:
        self.octets += len(data)
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _protocol() -> type[asyncio.Protocol]:
    """HTTP with an end to each connection: who asks slowly, or does not read, takes no other's place for long."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Bounded(H11Protocol):
        born = 0.0
        sent: _Counting

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self.born = self.loop.time()
            idle = [it for it in self.connections if isinstance(it, Bounded) and it.idle]
            if len(self.connections) >= MOST_CONNECTIONS and idle:
                min(idle, key=lambda it: it.born).transport.abort()
            self.sent = _Counting(transport)
            super().connection_made(cast("asyncio.Transport", self.sent))
            self.loop.call_later(ASKING_SECONDS, self._asked)
            self.loop.call_later(ANSWERING_SECONDS, self._answered)

        @property
        def idle(self) -> bool:
            """Whether it has not asked yet, or has its answer."""
            return self.cycle is None or self.cycle.response_complete

        def _answered(self) -> None:
            if self.transport.is_closing():
                return
            if self.idle or self.sent.octets < SLOWEST * ANSWERING_SECONDS:
                self.transport.abort()
                return
            self.sent.octets = 0
            self.loop.call_later(ANSWERING_SECONDS, self._answered)

        def _asked(self) -> None:
            if self.cycle is None:
                self.transport.abort()

    return Bounded


def serve(app: Any, host: str, port: int, tls: dict[str, Any] | None = None) -> Callable[[], None]:
    """Serve an application in a thread of its own; what stops it. OSError if the port is taken."""
    import socket

    import uvicorn

    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)  # from now on nobody is turned away, even before the first answer
    except OSError:
        listening.close()
        raise
    config = uvicorn.Config(
        app,
        http=_protocol(),
        log_config=None,
        access_log=False,
        lifespan="off",
        limit_concurrency=2 * MOST_CONNECTIONS,
        timeout_keep_alive=10,
        h11_max_incomplete_event_size=16_384,
        server_header=False,
        date_header=False,
        **(tls or {}),
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(5)
        listening.close()

    return stop
