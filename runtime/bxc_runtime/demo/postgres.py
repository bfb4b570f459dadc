"""A PostgreSQL server of one's own: a fresh data folder, a socket in it and no port, stopped in any case.

The programs are looked for on PATH and where Debian keeps them. PostgreSQL refuses to run as root: then the server is
run as `postgres`, or as `nobody`.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from bxc.database.postgres import OLDEST

PROGRAMS = Path("/usr/lib/postgresql")
SETTINGS = {  # its databases are made anew each time
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "40",
    "shared_buffers": "64MB",
}
BEGIN_SECONDS, STOP_SECONDS = 60, 20


class UnavailableError(Exception):
    """Why no server can be run here."""


class PostgresServer:
    """A running server with the superuser `bxc`, whom everybody is who can reach the socket in ``folder``.

    The folder is made, with the data in it, for the server's user alone; UnavailableError if that cannot be.
    """

    def __init__(self, folder: Path) -> None:
        initdb, postgres = program("initdb"), program("postgres")
        who = identity()
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        if who:
            os.chown(folder, who["user"], who["group"])
        made = subprocess.run(  # noqa: S603  (a program of PostgreSQL's)
            [initdb, "-D", folder / "data", "-U", "bxc", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            **who,
        )
        if made.returncode:
            raise UnavailableError(made.stderr.strip())
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [postgres, "-D", folder / "data", "-k", folder, *options],
                stdout=log,
                stderr=log,
                cwd=folder,
                preexec_fn=_die_with_parent,
                start_new_session=True,  # Ctrl-C is for whoever began it, and stops it
                **who,
            )
        atexit.register(self.stop)
        self._wait()

    def _wait(self) -> None:
        """Until the server takes connections."""
        deadline = time.monotonic() + BEGIN_SECONDS
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
        """How libpq is told of a database."""
        return f"host={self.folder} user=bxc dbname={database}"

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://bxc@/{database}?host={self.folder}"

    def once(self, database: str, sql: str) -> None:
        """Run statements on a connection of their own."""
        with psycopg.connect(self.conninfo(database), autocommit=True) as connection:
            connection.execute("set client_min_messages = warning")
            connection.execute(sql.encode())

    def stop(self) -> None:
        """End the server; its folder stays."""
        atexit.unregister(self.stop)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


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


def _die_with_parent() -> None:
    """Lets the kernel stop the server if whoever began it is killed (Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGINT)
