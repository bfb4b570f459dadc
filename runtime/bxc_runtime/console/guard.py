"""Around every answer of the console: who may be asked for by which name, and what browsers must not do with it."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_FORM = 8_192
MISDIRECTED = 421
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """An application with these headers on all that it answers.

    On loopback it answers to loopback's names only: a name of somebody else's that leads here is no way in.
    """

    def __init__(self, app: ASGIApp, *, loopback: bool) -> None:
        self._app = app
        self._loopback = loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            return
        if self._loopback and not is_loopback(Headers(scope=scope).get("host", "")):
            await PlainTextResponse("not a name of this console", MISDIRECTED)(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, guarded)


def is_loopback(host: str) -> bool:
    """Whether a `Host` header names loopback."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def same_origin(http: HttpRequest) -> bool:
    """Whether a browser says that a form comes from a page of this console; other programs say nothing."""
    origin = http.headers.get("origin")
    if origin is not None and origin != f"{http.url.scheme}://{http.headers.get('host', '')}":
        return False
    return http.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


async def read_form(http: HttpRequest) -> dict[str, str] | None:
    """A small form; None if it is too long or no form."""
    octets = b""
    async for chunk in http.stream():
        octets += chunk
        if len(octets) > LONGEST_FORM:
            return None
    try:
        found = parse_qs(octets.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except (ValueError, UnicodeDecodeError):
        return None
    return {name: values[-1] for name, values in found.items()}
