"""A PostgreSQL server of the tests' own: a fresh data folder, a socket in it and no port, stopped in any case.

The programs are looked for on PATH and where Debian keeps them. PostgreSQL refuses to run as root: then the server is
run as `postgres`, or as `nobody`.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path("/usr/lib/postgresql")
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "40",
    "shared_buffers": "64MB",
}
OLDEST = 15


class UnavailableError(Exception):
    """Why no server can be run here."""


class Server:
    """A running server. ``folder`` holds its socket and data; databases are lent and taken back."""

    def __init__(self) -> None:
        initdb, postgres = program("initdb"), program("postgres")
        self.folder = Path(tempfile.mkdtemp(prefix="bxc-pg-"))
        self.identity = identity()
        if self.identity:
            os.chown(self.folder, self.identity["user"], self.identity["group"])
        data = self.folder / "data"
        made = subprocess.run(
            [initdb, "-D", data, "-U", "bxc", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **self.identity,
        )
        if made.returncode:
            self.remove()
            raise UnavailableError(made.stderr.strip())
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [postgres, "-D", data, "-k", self.folder, *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=die_with_parent,
                **self.identity,
            )
        atexit.register(self.stop)
        self.free: list[str] = []
        self.made = 0
        self.wait()

    def wait(self) -> None:
        """Until the server takes connections."""
        import psycopg

        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.conninfo("postgres")).close()
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text(errors="replace")
                    self.stop()
                    raise UnavailableError(f"{error}\n{log}") from error
                time.sleep(0.05)
            else:
                return

    def conninfo(self, database: str) -> str:
        return f"host={self.folder} user=bxc dbname={database}"

    def url(self, database: str) -> str:
        return f"postgresql://bxc@/{database}?host={self.folder}"

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

    def once(self, database: str, sql: str) -> None:
        import psycopg

        with psycopg.connect(self.conninfo(database), autocommit=True) as connection:
            connection.execute("set client_min_messages = warning")
            connection.execute(sql.encode())

    def stop(self) -> None:
        """Ends the server and removes its folder."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.remove()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def program(name: str) -> str:
    """The path of a program of PostgreSQL's; the newest release of those that Debian keeps off PATH."""
    found = shutil.which(name)
    releases = sorted(
        (int(path.parent.parent.name), path) for path in PROGRAMS.glob(f"*/bin/{name}") if path.parts[-3].isdigit()
    )
    if found is None and releases and releases[-1][0] >= OLDEST:
        found = str(releases[-1][1])
    if found is None:
        raise UnavailableError(f"there is no {name}: install PostgreSQL {OLDEST} or newer")
    return found


def identity() -> dict[str, Any]:
    """Whom the server runs as, as `subprocess` takes it; nothing unless this is root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise UnavailableError("PostgreSQL does not run as root, and there is no user to run it as")


def die_with_parent() -> None:
    """Lets the kernel stop the server if the tests are killed (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGINT)


@cache
def server() -> Server | str:
    """The server that all tests of this process share, or why there is none."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed"
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
