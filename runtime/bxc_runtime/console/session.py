"""Who may use the console: whoever has the token, which lies in a file that only its owner reads.

The token opens a session; a browser holds the session's name in a cookie, never the token.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

OCTETS = 32
SHORTEST = 32  # characters of a token that somebody chose
LIFETIME = 12 * 3600.0  # seconds of a session
MOST = 100  # sessions


class TokenError(Exception):
    """The token's file cannot be used. The text says why, without the token."""


def read_token(path: Path) -> str:
    """The token of a file, which is made with mode 0600 if it is not there."""
    try:
        with suppress(FileExistsError):
            new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(new, "w", encoding="ascii") as out:
                out.write(secrets.token_urlsafe(OCTETS) + "\n")
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), encoding="ascii") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077 or status.st_uid != os.geteuid():
                raise TokenError(f"{path} must be a file that is yours and that only you can read: chmod 600 {path}")
            token = (file.readline(1_000) or "").strip()
    except OSError as error:
        raise TokenError(f"cannot use the token file {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise TokenError(f"{path} is no token file") from None
    if len(token) < SHORTEST:
        raise TokenError(f"the token in {path} is shorter than {SHORTEST} characters; remove the file for a new one")
    return token


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has shown the token. ``csrf`` has to come with each of its actions."""

    csrf: str
    ends: float

    def permits(self, csrf: str) -> bool:
        """Whether a form is one that this session was given."""
        return equal(csrf, self.csrf)


@dataclass(slots=True)
class Sessions:
    """The sessions of a process, in memory only: a restart ends them."""

    token: str = field(repr=False)
    clock: Callable[[], float] = time.monotonic
    _open: OrderedDict[bytes, Session] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def log_in(self, token: str) -> str | None:
        """The name of a new session, if the token is right."""
        if not equal(token, self.token):
            return None
        name = secrets.token_urlsafe(OCTETS)
        with self._lock:
            while len(self._open) >= MOST:
                self._open.popitem(last=False)
            self._open[_key(name)] = Session(secrets.token_urlsafe(OCTETS), self.clock() + LIFETIME)
        return name

    def find(self, name: str) -> Session | None:
        """The session of a name, as long as it has not ended. It is looked up by its hash: time tells nothing of it."""
        with self._lock:
            found = self._open.get(_key(name))
            if found is not None and self.clock() >= found.ends:
                del self._open[_key(name)]
                return None
            return found

    def log_out(self, name: str) -> None:
        """End a session."""
        with self._lock:
            self._open.pop(_key(name), None)

    def bears(self, authorization: str) -> bool:
        """Whether a header `Authorization: Bearer …` has the token."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and equal(token.strip(), self.token)


def equal(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _key(name: str) -> bytes:
    return sha256(name.encode("utf-8", "replace")).digest()
