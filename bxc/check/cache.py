"""Verdicts kept between runs, in one SQLite file that any number of runs may use at once.

A verdict is found again by the obligation's key, the limits, and the digest of the tool. Whatever is wrong with the
file or with an entry (cut short, of another program, on a disk that is full) means that there is no such verdict:
nothing here raises for it. Entries are JSON with a checksum, never code.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from bxc.check.folder import cache_folder, tool_digest
from bxc.check.verdict_json import from_json, to_json
from bxc.laws.limits import Limits
from bxc.laws.verdict import Verdict

NAME = "verdicts-1.sqlite3"
MAX_ENTRIES = 100_000
MAX_BYTES = 64 * 1024 * 1024
MAX_ENTRY = 1024 * 1024  # bytes of one obligation's verdicts
PAGE = 4096
PATIENCE = 5.0  # seconds to wait for another run that is writing
BATCH = 500  # keys a query; SQLite allows more, but not everywhere
DAY = 86_400

SCHEMA = "create table if not exists verdict (key blob primary key, used integer not null, entry text not null)"


class VerdictCache:
    """The verdicts of one version of the tool within some limits."""

    def __init__(self, folder: Path, digest: str, limits: Limits) -> None:
        self._path = folder / NAME
        self._salt = sha256(f"{digest} {limits.k} {limits.query_ms}".encode())

    def load(self, keys: Sequence[str]) -> dict[str, tuple[Verdict, ...]]:
        """The verdicts that are known, by their obligations' keys."""
        if not self._path.exists():
            return {}
        wanted = {self._hash(key): key for key in keys}
        rows: list[tuple[bytes, int, str]] = []
        self._with_database(lambda database: rows.extend(_read(database, list(wanted))))
        found = {}
        for hashed, _, entry in rows:
            verdicts = _decode(hashed, entry)
            if verdicts is not None:
                found[wanted[hashed]] = verdicts
        today = int(time.time()) // DAY
        if old := [hashed for hashed, used, _ in rows if used != today]:
            self._with_database(lambda database: _touch(database, old, today))
        return found

    def store(self, verdicts: Mapping[str, tuple[Verdict, ...]]) -> None:
        """Keep verdicts by their obligations' keys; the oldest make room."""
        today = int(time.time()) // DAY
        rows = []
        for key, those in verdicts.items():
            hashed = self._hash(key)
            entry = _encode(hashed, those)
            if len(entry) <= MAX_ENTRY:
                rows.append((hashed, today, entry))
        if rows:
            self._with_database(lambda database: _write(database, rows))

    def _hash(self, key: str) -> bytes:
        hashed = self._salt.copy()
        hashed.update(key.encode("utf-8", "surrogatepass"))
        return hashed.digest()

    def _with_database(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do something with the file; a file that is no such database is thrown away, and all else given up."""
        try:
            with _opened(self._path) as database:
                work(database)
        except sqlite3.OperationalError:
            return  # locked for long, read-only, full
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                _discard(self._path)
        except (OSError, ValueError):
            return


def open_cache(limits: Limits) -> VerdictCache | None:
    """The cache of this user; None where nothing can be kept."""
    folder = cache_folder()
    return None if folder is None else VerdictCache(folder, tool_digest(folder), limits)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    database = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        # What a crash of the machine leaves is found by the checksums, so that no write has to wait for the disk.
        database.execute("pragma synchronous = off")
        database.execute(f"pragma max_page_count = {MAX_BYTES // PAGE}")
        database.execute(SCHEMA)
        yield database
    finally:
        database.close()


def _discard(path: Path) -> None:
    """Remove a file that is no database, unless another run has put a sound one there meanwhile."""
    try:
        with _opened(path) as database:
            sound = database.execute("pragma quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError:
        return
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _read(database: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, int, str]]:
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        marks = ",".join("?" * len(batch))
        yield from database.execute(f"select key, used, entry from verdict where key in ({marks})", batch)


def _touch(database: sqlite3.Connection, keys: Sequence[bytes], today: int) -> None:
    """Note that entries are of use still; at most once a day each."""
    database.execute("begin immediate")
    database.executemany("update verdict set used = ? where key = ?", [(today, key) for key in keys])
    database.execute("commit")


def _write(database: sqlite3.Connection, rows: Sequence[tuple[bytes, int, str]]) -> None:
    database.execute("begin immediate")
    _make_room(database, len(rows), sum(len(entry) + 100 for _, _, entry in rows))
    database.executemany("insert or replace into verdict values (?, ?, ?)", rows)
    database.execute("commit")


def _make_room(database: sqlite3.Connection, entries: int, size: int) -> None:
    """Drop the entries that were of no use for longest, a good part at once, where there would be too many."""
    (there,) = database.execute("select count(*) from verdict").fetchone()
    (pages,) = database.execute("pragma page_count").fetchone()
    (free,) = database.execute("pragma freelist_count").fetchone()
    if there + entries <= MAX_ENTRIES and (pages - free) * PAGE + size <= MAX_BYTES * 3 // 4:
        return
    keep = max(0, min(there, MAX_ENTRIES - entries) // 2)
    database.execute(
        "delete from verdict where key not in (select key from verdict order by used desc, rowid desc limit ?)", (keep,)
    )


def _encode(hashed: bytes, verdicts: Sequence[Verdict]) -> str:
    text = json.dumps([to_json(verdict) for verdict in verdicts], separators=(",", ":"))
    return f"{_checksum(hashed, text)}{text}"


def _decode(hashed: bytes, entry: object) -> tuple[Verdict, ...] | None:
    """The verdicts of an entry; None if it is not whole, or not what belongs there."""
    if not isinstance(entry, str) or entry[:16] != _checksum(hashed, entry[16:]):
        return None
    try:
        return tuple(from_json(found) for found in json.loads(entry[16:]))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None


def _checksum(hashed: bytes, text: str) -> str:
    return sha256(hashed + text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
