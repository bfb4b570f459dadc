"""Some of the latest results of costly work, to be found again instead of being made again."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar, cast
from weakref import WeakSet

T = TypeVar("T")
VALUE = 64  # octets that a short value takes in memory with its place


def octets_of(rows: Sequence[Sequence[object]]) -> int:
    """About how much memory rows of one length take, column by column: a single value of them may be long."""
    octets = VALUE * len(rows)
    for column in zip(*rows, strict=True):
        octets += VALUE * len(column)
        kinds = set(map(type, column))
        if kinds in ({str}, {bytes}):
            octets += sum(map(len, cast(Sequence[str], column)))
        elif not kinds.isdisjoint({str, bytes}):
            octets += sum([len(value) for value in column if isinstance(value, str | bytes)])
    return octets


class Recent(Generic[T]):
    """The latest things that together weigh no more than ``most``; threads may share it.

    The two latest are kept whatever they weigh until `forget_heavy`: a version is worked on together with the one that
    it brings about, and what both need is in memory anyway.
    """

    all: ClassVar[WeakSet[Recent[object]]] = WeakSet()

    def __init__(self, most: int) -> None:
        Recent.all.add(self)  # type: ignore[arg-type]
        self._most = most
        self._weight = 0
        self._things: deque[tuple[int, T]] = deque()
        self._lock = threading.Lock()

    def add(self, thing: T, weight: int) -> None:
        """Keep a thing, and let go of the oldest ones that are too much."""
        with self._lock:
            self._things.append((weight, thing))
            self._weight += weight
            self._let_go(2)

    def let_go(self) -> None:
        """Let go of what is too much, were it the latest."""
        with self._lock:
            self._let_go(0)

    def _let_go(self, kept: int) -> None:
        while self._weight > self._most and len(self._things) > kept:
            self._weight -= self._things.popleft()[0]

    def latest_first(self) -> list[T]:
        """What is kept now."""
        with self._lock:
            return [thing for _, thing in reversed(self._things)]


def forget_heavy() -> None:
    """Let go of all that is kept only as long as it is worked on: nothing is to be done now."""
    for recent in tuple(Recent.all):
        recent.let_go()
