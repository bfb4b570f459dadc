"""What the commands ask of a database, and how a URL names one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import field
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import unquote

from bxc.database.catalog import Table
from bxc.dataclass import dataclass

Row = tuple[object, ...]

IN_MEMORY = ":memory:"
SCHEMES = {"sqlite": "sqlite", "duckdb": "duckdb"}
SERVER_SCHEMES = {"postgresql": "postgres", "postgres": "postgres"}
SUFFIXES = {".db": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".duckdb": "duckdb"}
HEAD = 16  # octets of a file that tell the engine


class DatabaseError(Exception):
    """The database cannot do what was asked: it is not there, not a database, locked, or refuses a statement."""


class ConstraintError(DatabaseError):
    """Rows break a constraint that the table itself declares."""


class RefusedError(Exception):
    """A statement was refused with one of bxc's own codes; ``code`` is `BXCnn`, the text what follows it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Address:
    """An engine and the file of its database; or the URL of a database on a server, which may hold a password."""

    engine: str
    path: Path = Path()
    url: str | None = field(default=None, repr=False)

    @property
    def is_file(self) -> bool:
        return self.url is None

    @property
    def shown(self) -> str:
        """What people are shown, without a password."""
        return str(self.path) if self.url is None else url_shown(self.url)


@dataclass(frozen=True, slots=True)
class Result:
    """The columns of a query and its rows, fetched as they are asked for."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


class Database(Protocol):
    """An open database. All methods raise DatabaseError for what the engine refuses, RefusedError for bxc's codes."""

    @property
    def engine(self) -> str:
        """The engine's name, as in paths of generated files."""

    def tables(self) -> dict[str, Table]:
        """The base tables of the main schema by name, in the order of their making where the engine tells it."""

    def objects(self) -> dict[str, tuple[str, str]]:
        """All named objects: name → (`table`, `view`, `trigger`, `index`, `sequence`; the statement that makes it)."""

    def statements(self, script: str) -> Iterable[str]:
        """The statements of a script, one by one."""

    def run(self, script: str) -> None:
        """Run all statements of a script in the open transaction."""

    def query(self, sql: str) -> Result:
        """Run one SELECT."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Insert rows of values as the engine stores them."""

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


@runtime_checkable
class Emptiable(Protocol):
    """A database that can be had empty for a while, as none of its kind can be had in memory."""

    def emptied(self) -> AbstractContextManager[None]:
        """For the time of a block in a transaction, an empty main schema; all that the block does is undone."""


def parse_url(url: str) -> Address:
    """An address from `sqlite:///file`, `duckdb:///file`, a path, or `postgresql://…`; DatabaseError if it is none.

    Three slashes go before a relative path, four before an absolute one, as usual.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme in SERVER_SCHEMES:
        return Address(SERVER_SCHEMES[scheme], url=url)
    if separator:
        if scheme not in SCHEMES:
            known = "sqlite:///, duckdb:/// and postgresql://"
            raise DatabaseError(f"`{scheme}` is not a database that bxc can open; it opens {known}")
        if not rest.startswith("/") or rest == "/":
            raise DatabaseError(f"`{url}` names no file; write {scheme}:///file (or {scheme}:////absolute/file)")
        return Address(SCHEMES[scheme], _file(unquote(rest[1:])))
    engine = SUFFIXES.get(Path(url).suffix.lower())
    if scheme.partition(":")[0] in SCHEMES and ":" in scheme:
        raise DatabaseError(f"`{url}` lacks its slashes; write {url.replace(':', ':///', 1)}")
    if engine is None:
        raise DatabaseError(f"`{url}` does not say which database it is; write sqlite:///{url} or duckdb:///{url}")
    return Address(engine, _file(url))


def url_shown(url: str) -> str:
    """A server's URL without user, password and settings."""
    scheme, _, rest = url.partition("://")
    place = rest.partition("?")[0]
    return f"{scheme}://{place.rpartition('@')[2]}"


def _file(path: str) -> Path:
    if path == IN_MEMORY:
        raise DatabaseError(f"a database in memory ends with the command; `{path}` must name a file")
    return Path(path)


def open_database(address: Address, mode: str) -> Database:
    """Open a database: ``mode`` is `read`, `write` (it must be there) or `create` (it is made if it is not).

    The path `:memory:` with the mode `create` gives an empty database in memory. A database on a server is never made.
    """
    if address.url is not None:
        from bxc.database.postgres import PostgresDatabase

        return PostgresDatabase(address.url, mode)
    if address.path.is_dir():
        raise DatabaseError(f"{address.path} is a folder, not a database file")
    if mode != "create" and not address.path.is_file():
        raise DatabaseError(f"there is no database file {address.path}")
    other = engine_of(address.path)
    if other not in (None, address.engine):
        raise DatabaseError(f"{address.path} is a database of another engine; write {other}:///{address.path}")
    if mode == "create" and not address.path.absolute().parent.is_dir():
        raise DatabaseError(f"there is no folder {address.path.parent}")
    if address.engine == "sqlite":
        from bxc.database.sqlite import SqliteDatabase

        return SqliteDatabase(address.path, mode)
    from bxc.database.duckdb import DuckDatabase

    return DuckDatabase(address.path, mode)


def engine_of(path: Path) -> str | None:
    """The engine that made a file, by its first octets; None for no or another file, or one that cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return None
    if head == b"SQLite format 3\0":
        return "sqlite"
    return "duckdb" if head[8:12] == b"DUCK" else None


@contextmanager
def transaction(database: Database, *, keep: bool = True) -> Iterator[None]:
    """A transaction around a block: rolled back if the block raises, or at its end if ``keep`` is false."""
    database.begin()
    try:
        yield
        if keep:
            database.commit()
        else:
            database.rollback()
    except BaseException:
        database.rollback()
        raise
