"""Some of the latest results of costly work, to be found again instead of being made again."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The latest things that together weigh no more than ``most``; threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._weight = 0
        self._things: deque[tuple[int, T]] = deque()
        self._lock = threading.Lock()

    def add(self, thing: T, weight: int) -> None:
        """Keep a thing, and let go of the oldest ones that are too much; one that is too heavy alone is not kept."""
        if weight > self._most:
            return
        with self._lock:
            self._things.append((weight, thing))
            self._weight += weight
            while self._weight > self._most:
                self._weight -= self._things.popleft()[0]

    def latest_first(self) -> list[T]:
        """What is kept now."""
        with self._lock:
            return [thing for _, thing in reversed(self._things)]
