"""What a peer asks of another one. `docs/runtime.md` has the messages to the letter."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol


class ExchangeError(Exception):
    """The other peer cannot be reached, or did not answer as it should: to be tried again, or with another one."""


class RefusedError(ExchangeError):
    """The other peer answered that it will not. ``status`` is HTTP's."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused with status {status}")
        self.status = status


class Exchange(Protocol):
    """Questions to other peers by address; ExchangeError wherever one cannot be had."""

    def delta(self, peer: str, share: int, version: int) -> bytes:
        """The packed delta of a version, pending or committed."""

    def salt(self, peer: str, share: int) -> bytes:
        """The share's salt."""

    def content(self, peer: str, share: int, version: int) -> AbstractContextManager[Iterable[str]]:
        """The whole content at a version: one row of JSON a line, in the order of their keys' texts."""
