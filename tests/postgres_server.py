"""A PostgreSQL server of the tests' own, whose databases are lent and taken back."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from bxc.database.connection import Address
from bxc_runtime.demo.postgres import PostgresServer, UnavailableError

__all__ = ["Server", "UnavailableError", "a_server", "lent", "server", "stop_server"]


class Server(PostgresServer):
    """A running server. ``folder`` holds its socket and data, and goes with it."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="bxc-pg-"))
        self.free: list[str] = []
        self.made = 0
        try:
            super().__init__(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def borrow(self) -> str:
        """The name of an empty database."""
        if self.free:
            return self.free.pop()
        self.made += 1
        name = f"bxc{self.made}"
        self.once("postgres", f"create database {name}")
        return name

    def give_back(self, name: str) -> None:
        """Empties a database for the next one who asks."""
        self.once(name, "drop schema public cascade; create schema public")
        self.free.append(name)

    def stop(self) -> None:
        """Ends the server and removes its folder."""
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def server() -> Server | str:
    """The server that all tests of this process share, or why there is none."""
    try:
        return Server()
    except UnavailableError as reason:
        return str(reason)


def stop_server() -> None:
    """Ends the server, if there is one."""
    if server.cache_info().currsize and isinstance(found := server(), Server):
        found.stop()


def a_server() -> Server:
    """The server for a test, which is skipped if there is none; an error with BXC_NEED_POSTGRES."""
    found = server()
    if isinstance(found, Server):
        return found
    if "BXC_NEED_POSTGRES" in os.environ:
        raise UnavailableError(found)
    pytest.skip(f"no PostgreSQL: {found}")


@contextmanager
def lent(engine: str, peers: Iterable[str]) -> Iterator[dict[str, Address]]:
    """An empty database of the server for each peer, taken back in the end; none on other engines."""
    if engine != "postgres":
        yield {}
        return
    names = {peer: a_server().borrow() for peer in peers}
    try:
        yield {peer: Address("postgres", url=a_server().url(name)) for peer, name in names.items()}
    finally:
        for name in names.values():
            a_server().give_back(name)
