"""Many things, some at a time: as many as are handled at once, and fewer where they are long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def in_portions(things: Iterable[T], most: int, octets: int, octets_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Things, no more than ``most`` at a time; a portion is also full once it has more than ``octets``."""
    some, size = list[T](), 0
    for thing in things:
        some.append(thing)
        size += octets_of(thing)
        if len(some) == most or size > octets:
            yield some
            some, size = [], 0
    if some:
        yield some
