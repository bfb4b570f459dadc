"""Questions to other peers over HTTP, within limits of time and size; see `Exchange`."""

from __future__ import annotations

import secrets
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256

import httpx
from eth_account.signers.local import LocalAccount

from bxc_runtime.exchange.protocol import ExchangeError, RefusedError
from bxc_runtime.exchange.signing import LIFETIME, Reply, Request, SignatureError, body_hash, sign, signer

MOST_OCTETS = 256 * 2**20  # of a delta as it is sent
MOST_LINE = 16 * 2**20
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
WHOLE = 600.0  # seconds for one answer, however it trickles
WHOLE_CONTENT = 3_600.0
FIRST_ROW = httpx.Timeout(10.0, connect=5.0, read=60.0)  # where a database has to prepare millions
PATIENCE, SLOWEST = 30.0, 1_024  # seconds until an answer has to come at so many octets a second
MOST_CONTENT, MOST_UNPACKED = 4 * 2**30, 64 * 2**30  # octets of a content
TOO_LARGE = 413
SALT_OCTETS = 32


class HttpExchange:
    """Asks peers at their addresses. ``places`` are URLs by address on the chain, in lower case."""

    def __init__(
        self,
        places: Mapping[str, str],
        account: LocalAccount,
        separator: bytes,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._places = places
        self._account = account
        self._separator = separator
        self._now = now
        self._client = httpx.Client(timeout=TIMEOUT, verify=True if tls is None else tls, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def delta(self, peer: str, share: int, version: int) -> bytes:
        """See `Exchange`."""
        return self._asked(peer, f"/v1/shares/{share}/deltas/{version}", share, version)

    def salt(self, peer: str, share: int) -> bytes:
        """See `Exchange`."""
        found = self._asked(peer, f"/v1/shares/{share}/salt", share, 0)
        if len(found) != SALT_OCTETS:
            raise ExchangeError("that is no salt")
        return found

    def _asked(self, peer: str, path: str, share: int, version: int) -> bytes:
        request, headers = self._request(peer, path, share, version)
        try:
            with self._client.stream("GET", self._place(peer) + path, headers=headers) as answer:
                parts = list(_bounded(answer.iter_raw(), MOST_OCTETS, WHOLE))
        except httpx.HTTPError as error:
            raise ExchangeError(type(error).__name__) from error
        body = b"".join(parts)
        if answer.status_code != 200:
            raise RefusedError(answer.status_code)
        self._check(peer, Reply(request.hash, 200, body_hash(body)), answer.headers.get("bxc-signature", ""))
        return body

    @contextmanager
    def content(self, peer: str, share: int, version: int) -> Iterator[Iterable[str]]:
        """See `Exchange`. ExchangeError while the lines are read, if they are not what the peer has signed."""
        path = f"/v1/shares/{share}/content/{version}"
        request, headers = self._request(peer, path, share, version)
        try:
            with self._client.stream("GET", self._place(peer) + path, headers=headers, timeout=FIRST_ROW) as answer:
                if answer.status_code != 200:
                    raise RefusedError(answer.status_code)
                yield self._lines(peer, request, _bounded(answer.iter_raw(), MOST_CONTENT, WHOLE_CONTENT))
        except httpx.HTTPError as error:
            raise ExchangeError(type(error).__name__) from error

    def _lines(self, peer: str, request: Request, parts: Iterable[bytes]) -> Iterator[str]:
        """The rows of a content: each line is given once the next one is here, as the last one is the signature."""
        digest, held = sha256(), None
        for line in _split(parts):
            if held is not None:
                digest.update(held + b"\n")
                yield _text(held)
            held = line
        if held is None or not (held.startswith(b'"') and held.endswith(b'"')):
            raise ExchangeError("a content was cut off")
        self._check(peer, Reply(request.hash, 200, digest.digest()), _text(held).strip('"'))

    def _request(self, peer: str, path: str, share: int, version: int) -> tuple[Request, dict[str, str]]:
        expiry = int(self._now()) + LIFETIME
        request = Request("GET", path, peer, share, version, secrets.token_bytes(32), expiry)
        signature = sign(self._account, self._separator, request)
        return request, {
            "bxc-nonce": request.nonce.hex(),
            "bxc-expiry": str(expiry),
            "bxc-signature": signature.hex(),
            "accept-encoding": "identity",
        }

    def _place(self, peer: str) -> str:
        place = self._places.get(peer)
        if place is None:
            raise ExchangeError("there is no URL of this peer in [peers]")
        return place.rstrip("/")

    def _check(self, peer: str, reply: Reply, signature: str) -> None:
        try:
            found = signer(self._separator, reply, bytes.fromhex(signature))
        except (ValueError, SignatureError) as error:
            raise ExchangeError("the answer is not signed") from error
        if found != peer:
            raise ExchangeError("the answer is signed by somebody else")


def _bounded(parts: Iterable[bytes], most: int, seconds: float) -> Iterator[bytes]:
    """What comes, as long as it is neither too much nor too slow."""
    began, size = time.monotonic(), 0
    for part in parts:
        size += len(part)
        if size > most:
            raise RefusedError(TOO_LARGE)
        spent = time.monotonic() - began
        if spent > seconds or (spent > PATIENCE and size < SLOWEST * spent):
            raise ExchangeError("the answer takes too long")
        yield part


def _split(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of compressed octets, without their ends."""
    unpacker, rest, size = zlib.decompressobj(), b"", 0
    try:
        for part in parts:
            data = part
            while data:
                unpacked = unpacker.decompress(data, 2**20)
                data = unpacker.unconsumed_tail
                size += len(unpacked)
                *lines, rest = (rest + unpacked).split(b"\n")
                yield from lines
                if len(rest) > MOST_LINE or size > MOST_UNPACKED:
                    raise RefusedError(TOO_LARGE)
    except zlib.error as error:
        raise ExchangeError("a content is not compressed as it should be") from error
    if rest or not unpacker.eof:
        raise ExchangeError("a content was cut off")


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise ExchangeError("a content is not UTF-8") from error
