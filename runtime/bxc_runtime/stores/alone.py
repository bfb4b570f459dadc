"""One process at a time for a database that is a file: a second one is refused, a dead one is in nobody's way.

The lock is on a file beside the database, as the engines have locks of their own on the database itself. The system
lets go of it when its process ends, however that happens; the file stays.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from bxc_runtime.stores.connection import StoreError

SUFFIX = ".running"


class FileLock:
    """Held from `hold` until `release`."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + SUFFIX)
        self._descriptor: int | None = None

    def hold(self) -> None:
        """Take the lock; StoreError if another has it."""
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"cannot make {self._path.name} beside the database: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise StoreError(f"another process of this peer has {self._path.name}") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go of it, if it is held."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None
