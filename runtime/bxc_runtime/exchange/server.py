"""Answers to other peers over HTTP: signed questions in, signed answers out, 404 for all that an asker may not know."""

from __future__ import annotations

import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any

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
    from starlette.types import ASGIApp

UNSIGNED, NOT_FOUND, TOO_LARGE, TOO_MANY, UNAVAILABLE = 401, 404, 413, 429, 503
MOST_NONCES = 100_000
SKEW = 30  # seconds that an asker's clock may be ahead
MOST_A_MINUTE = 1_200  # requests of one address
LINES = 2_000  # of a content, compressed together
SALT, DELTA, CONTENT = "salt", "deltas", "content"

Opened = Callable[[], AbstractContextManager[Store]]
"""A store of its own for one answer, so that a slow reader stops nobody."""


@dataclass(slots=True)
class Nonces:
    """What has been asked already. Questions from before this process began are refused: it cannot know them."""

    born: int = field(default_factory=lambda: int(time.time()))
    seen: OrderedDict[bytes, int] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fresh(self, nonce: bytes, expiry: int, now: float) -> bool:
        """Whether a question is new, and neither too old nor from a far future."""
        if not now <= expiry <= now + LIFETIME + SKEW or expiry < self.born + LIFETIME:
            return False
        with self.lock:
            while self.seen and (next(iter(self.seen.values())) < now or len(self.seen) >= MOST_NONCES):
                self.seen.popitem(last=False)
            if nonce in self.seen:
                return False
            self.seen[nonce] = expiry
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
        self._separator = separator
        self._ready = ready
        self._nonces = Nonces()
        self._rates = Rates()
        self._log = structlog.get_logger("bxc").bind(part="exchange")

    def app(self) -> ASGIApp:
        """The routes, as an application."""
        return Starlette(
            routes=[
                Route("/v1/shares/{share:int}/salt", self._salt),
                Route("/v1/shares/{share:int}/deltas/{version:int}", self._delta),
                Route("/v1/shares/{share:int}/content/{version:int}", self._content),
                Route("/healthz", self._health),
                Route("/readyz", self._readiness),
            ]
        )

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
        return StreamingResponse(
            self._streamed(request, lines, opened), media_type="application/x-ndjson", headers={"bxc-stream": "1"}
        )

    def _streamed(
        self, request: Request, lines: Iterator[str], opened: AbstractContextManager[Store]
    ) -> Iterator[bytes]:
        squeeze, digest = zlib.compressobj(6), sha256()
        try:
            while batch := list(islice(lines, LINES)):
                text = "".join(f"{line}\n" for line in batch).encode()
                digest.update(text)
                yield squeeze.compress(text)
            signature = sign(self._account, self._separator, Reply(request.hash, 200, digest.digest()))
            yield squeeze.compress(f'"{signature.hex()}"\n'.encode()) + squeeze.flush()
        finally:
            opened.__exit__(None, None, None)

    # --- who asks -----------------------------------------------------------------------------------------------------

    def _asked(self, http: HttpRequest) -> tuple[Request, str] | Response:
        """The question and who signed it, or the answer to a question that is none."""
        length = http.headers.get("content-length", "0")
        if length != "0" or "transfer-encoding" in http.headers:
            return Response(status_code=TOO_LARGE)
        try:
            share, version = http.path_params["share"], http.path_params.get("version", 0)
            nonce = bytes.fromhex(http.headers["bxc-nonce"])
            expiry = int(http.headers["bxc-expiry"])
            signature = bytes.fromhex(http.headers["bxc-signature"])
            if len(nonce) != 32 or len(signature) != 65 or http.url.query or max(share, version) >= 2**32:
                return self._unsigned("malformed")
            request = Request(http.method, http.url.path, share, version, nonce, expiry)
            if not 0 <= expiry < 2**40:
                return self._unsigned("expiry")
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


def serve(app: Any, host: str, port: int, tls: dict[str, Any] | None = None) -> Callable[[], None]:
    """Serve an application in a thread of its own; what stops it. OSError if the port is taken."""
    import socket

    import uvicorn

    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        limit_concurrency=128,
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
