"""A peer's database as the loop sees it: records, rows, and transactions with a name each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Protocol

from bxc.codegen.sql.names import quote
from bxc.database.connection import Address
from bxc.database.types import DIALECTS
from bxc_runtime.site import Site
from bxc_runtime.stores.archive import Archive
from bxc_runtime.stores.connection import Connection, PutRefusedError, StoreError
from bxc_runtime.stores.ledger import Ledger
from bxc_runtime.stores.lens import Lens
from bxc_runtime.stores.tables import LAST_TABLE, tables

Watch = Callable[[str, str], None]
"""Called with `before` or `after` and the name of a transaction that is about to be kept, or has been."""


PATIENCE_SECONDS = 2.0


def patiently(action: Callable[[], None], seconds: float | None = None, pause: float = 0.05) -> None:
    """Try again for a while if the database cannot: another program's transaction may have been in the way."""
    end = time.monotonic() + (PATIENCE_SECONDS if seconds is None else seconds)
    while True:
        try:
            return action()
        except StoreError:
            if time.monotonic() > end:
                raise
            time.sleep(pause)


def _nobody(when: str, what: str) -> None:
    """Watch nothing."""


class Store(Protocol):
    """What the runtime asks of a peer's database, whatever the engine."""

    site: Site
    ledger: Ledger
    archive: Archive
    lens: Lens
    keep_versions: int
    """How many versions' rows are kept; 0: all."""

    def transaction(self, name: str, *, keep: bool = True, source: str = "") -> AbstractContextManager[None]:
        """All that is written within is written at once, or not at all; others' edits of a named source wait."""

    def release(self) -> None:
        """Let other programs have the database."""

    def touched(self) -> bool:
        """Whether somebody else may have changed the database since it was released."""

    def close(self) -> None: ...


class SqlStore:
    """A store on one connection; see `Store`."""

    def __init__(self, connection: Connection, site: Site, watch: Watch = _nobody) -> None:
        self.connection = connection
        self.site = site
        self.watch = watch
        self.keep_versions = 0
        self.ledger = Ledger(connection, {number: share.shape for number, share in site.shares.items()})
        self.archive = Archive(connection)
        self.lens = Lens(connection, site, self.ledger)

    def require_views(self) -> None:
        """StoreError if the database lacks a view that is shared."""
        dialect = DIALECTS[self.connection.engine]
        try:
            for end in self.site.shares.values():
                self.connection.query(f"select 1 from {quote(end.view.name, dialect)} limit 0")
        except StoreError as error:
            asked = f"has `bxc install --peer {self.site.peer}` been run on this database?"
            raise StoreError(f"{error}: {asked}") from error

    def prepare(self) -> None:
        """Make the runtime's tables where they are not there. Of two that make them at once, one waits."""
        if not self._prepared():
            patiently(self._make_tables)

    def _make_tables(self) -> None:
        try:
            with self.transaction("prepare"):
                self.connection.script(tables(self.connection.engine))
        except (StoreError, PutRefusedError):
            if not self._prepared():
                raise

    def _prepared(self) -> bool:
        with suppress(StoreError):
            self.connection.query(f"select 1 from {LAST_TABLE} limit 1")
            return True
        return False

    @contextmanager
    def transaction(self, name: str, *, keep: bool = True, source: str = "") -> Iterator[None]:
        """See `Store`."""
        self.connection.begin(source)
        try:
            yield
            if keep:
                self.watch("before", name)
                self.connection.commit()
                self.ledger.ended(kept=True)
                self.watch("after", name)
            else:
                self._undo()
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        self.ledger.ended(kept=False)
        self.connection.rollback()

    def release(self) -> None:
        """See `Store`."""
        self.connection.release()

    def alone(self, seconds: float) -> None:
        """Be the only process that is at work on the database; one that was killed may take some seconds to go."""
        patiently(self.connection.alone, seconds, 0.25)

    def touched(self) -> bool:
        """See `Store`."""
        touched = self.connection.touched()
        if touched:
            self.ledger.forget_known()
        return touched

    def close(self) -> None:
        """See `Store`."""
        self.connection.close()


def open_store(address: Address, site: Site, watch: Watch = _nobody, *, prepare: bool = True) -> SqlStore:
    """The store of a database that `bxc install` has made; StoreError if it cannot be opened."""
    store = SqlStore(_connected(address), site, watch)
    if prepare:
        try:
            patiently(store.require_views)
            store.prepare()
        except BaseException:
            store.close()
            raise
    return store


def _connected(address: Address) -> Connection:
    if address.url is not None:
        from bxc_runtime.stores.postgres import PostgresConnection

        return PostgresConnection(address.url)
    if not address.path.is_file():
        raise StoreError(f"there is no database {address.path}; `bxc install` makes it")
    if address.engine == "sqlite":
        from bxc_runtime.stores.sqlite import SqliteConnection

        return SqliteConnection(address.path)
    from bxc_runtime.stores.duckdb import DuckConnection

    return DuckConnection(address.path)
