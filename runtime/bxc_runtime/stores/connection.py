"""What the runtime asks of an engine's connection. One adapter an engine; all SQL that is not generated is in here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from bxc_runtime.portions import in_portions
from bxc_runtime.rows import Engine

VALUE = re.compile(r"[\"'\d]")
CODE = re.compile(r"\b(BXC\d\d)\b[:\s]*(.*)", re.DOTALL)
ENGINE = "engine"  # the code where a rule refuses a put that is none of the spec's
MOST_OCTETS = 2**24  # of texts and octets that are given to one statement: a server takes no parameter of 2**30


class StoreError(Exception):
    """The database cannot do it now: it is not there, locked, full, or refuses a statement. It may do it later.

    Its text is logged: no value of a row is in it.
    """


class UnfitRowsError(StoreError):
    """Rows that their table cannot hold, now or later: two with one key, a value that does not fit."""


def portions(rows: Iterable[Sequence[Any]], most: int) -> Iterator[list[Sequence[Any]]]:
    """Rows, as many at a time as a statement takes: no more than ``most``, and fewer if they are long."""
    return in_portions(rows, most, MOST_OCTETS, _octets_of)


def _octets_of(row: Sequence[Any]) -> int:
    return sum([len(value) for value in row if isinstance(value, str | bytes)])


def without_values(text: str) -> str:
    """As much of an engine's message as comes before anything that may be a value: a quote or a digit."""
    return VALUE.split(text, maxsplit=1)[0].rstrip(" (:")


class PutRefusedError(Exception):
    """A generated file refused with one of bxc's codes, or the engine did; the transaction has to be rolled back."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code


class Connection(Protocol):
    """A database that one thread at a time uses. Statements take `?`; StoreError for what the engine refuses.

    Rows have the engine's own values (`bxc_runtime.rows` turns them into canonical ones).
    """

    engine: Engine

    def script(self, text: str) -> None:
        """Run all statements of a generated file in the open transaction; PutRefusedError where it refuses."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT."""

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a SELECT as they are asked for; other statements may be run meanwhile."""

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows; names are given bare."""

    def replace(self, table: str, key: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows in the place of those with the same primary key; names are given bare."""

    def begin(self, source: str = "") -> None:
        """Begin a transaction that may write; others' edits of a source, if one is named, wait until it ends."""

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def release(self) -> None:
        """Between transactions: let other programs have the database, where the engine lets only one."""

    def touched(self) -> bool:
        """Whether somebody else may have changed the database since the last question; true where nobody can tell."""

    def alone(self) -> None:
        """From now until it is closed be the only one that has asked for this; StoreError if another has."""

    def close(self) -> None: ...


@contextmanager
def transaction(connection: Connection, *, keep: bool = True) -> Iterator[None]:
    """A transaction around a block: rolled back if the block raises, or at its end if ``keep`` is false."""
    connection.begin()
    try:
        yield
        if keep:
            connection.commit()
        else:
            connection.rollback()
    except BaseException:
        connection.rollback()
        raise
