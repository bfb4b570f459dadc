"""`bxc.dataclass` does what the standard decorator does, as far as bxc uses it."""

# mypy: disable-error-code="call-arg"

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from bxc.dataclass import dataclass

DECORATORS = pytest.mark.parametrize("decorator", [dataclass, dataclasses.dataclass])


def _point(decorator: Callable[..., Any]) -> Any:
    @decorator(frozen=True, slots=True)
    class Point:
        """A point with a label that does not count."""

        x: int
        y: int = 2
        seen: list[int] = field(default_factory=list, compare=False)

    return Point


@DECORATORS
def test_objects_are_made_from_places_names_and_defaults(decorator: Callable[..., Any]) -> None:
    point = _point(decorator)
    first, second = point(1), point(y=3, x=4, seen=[1])
    assert (first.x, first.y, first.seen, second.x, second.y, second.seen) == (1, 2, [], 4, 3, [1])
    assert first.seen is not point(1).seen
    with pytest.raises(TypeError, match=r"__init__\(\)"):
        point()
    with pytest.raises(TypeError, match=r"__init__\(\)"):
        point(1, 2, [], 4)
    with pytest.raises(TypeError, match="unexpected"):
        point(1, z=1)


@DECORATORS
def test_objects_are_compared_by_the_fields_that_count(decorator: Callable[..., Any]) -> None:
    point = _point(decorator)
    assert point(1, seen=[1]) == point(1)
    assert hash(point(1, seen=[1])) == hash(point(1))
    assert point(1) != point(2)
    assert point(1) != (1, 2)

    @decorator(frozen=True)
    class Alone:
        value: int

    assert Alone(1) == Alone(1) != Alone(2)
    assert len({Alone(1), Alone(1), Alone(2)}) == 2


@DECORATORS
def test_frozen_objects_stay_as_they_are(decorator: Callable[..., Any]) -> None:
    made = _point(decorator)(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.x
    assert not hasattr(made, "__dict__")


@DECORATORS
def test_objects_are_matched_shown_and_replaced(decorator: Callable[..., Any]) -> None:
    point = _point(decorator)
    match point(1, 5):
        case point(x, y):
            assert (x, y) == (1, 5)
        case _:
            pytest.fail("no match")
    assert repr(point(1)).endswith("Point(x=1, y=2, seen=[])")
    assert dataclasses.replace(point(1), y=7) == point(1, 7)


@DECORATORS
def test_subclasses_have_the_fields_of_both(decorator: Callable[..., Any]) -> None:
    @decorator(frozen=True, slots=True)
    class Base:
        a: int

        def __hash__(self) -> int:
            return 7

    @decorator(frozen=True, slots=True)
    class Derived(Base):
        b: int = 1

    class Plain(Derived):
        pass

    assert (Derived(1).a, Derived(1).b, Plain(3, 4).b) == (1, 1, 4)
    assert hash(Base(1)) == 7
    assert Base(1) != Derived(1)


@DECORATORS
def test_what_may_change_has_no_hash(decorator: Callable[..., Any]) -> None:
    @decorator(slots=True)
    class Counter:
        count: int = 0

    counter = Counter()
    counter.count += 1
    assert counter == Counter(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)

    @decorator(frozen=True, eq=False)
    class Node:
        name: str

    assert Node("a") != Node("a")
    assert len({Node("a"), Node("a")}) == 2
