"""A spec and actions that break a law → the fewest views, actions and rows that still do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from .engines import Engine
from .pipeline import compile_spec
from .specs import SpecText
from .world import Action, Load, PutDelta, PutWhole, World

T = TypeVar("T")
Case = tuple[SpecText, Sequence[Action]]
Run = Callable[[SpecText, Sequence[Action]], str | None]


def failure(spec: SpecText, actions: Sequence[Action], engines: Sequence[type[Engine]] | None = None) -> str | None:
    """What goes wrong when the actions are done again; None if nothing does or they cannot be done."""
    try:
        compiled = compile_spec(spec)
        world = World(compiled, engines=engines)
    except Exception:
        return None
    try:
        for action in actions:
            world.do(action)
    except KeyError:
        return None  # an action speaks of a view that is gone
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        world.close()
    return None


def shrink(spec: SpecText, actions: Sequence[Action], run: Run = failure, tries: int = 400) -> Case:
    """A smaller case that fails alike, where dropping one part at a time finds one."""
    case: Case = (spec, actions)
    kind = kind_of(run(*case))
    again = True
    while again:
        again = False
        for smaller in candidates(case):
            tries -= 1
            if tries < 0:
                return case
            if kind_of(run(*smaller)) == kind:
                case, again = smaller, True
                break
    return case


def kind_of(failed: str | None) -> str | None:
    """A failure's first words: what is wrong, without the rows."""
    return failed and " ".join(failed.split()[:4])


def candidates(case: Case) -> Iterator[Case]:
    """The case without one of its parts: whole views first, then actions, then rows."""
    spec, actions = case
    for index in reversed(range(len(spec.views))):
        yield replace(spec, views=without(spec.views, index)), actions
    for index in reversed(range(1, len(actions))):
        yield spec, without(actions, index)
    for index, action in enumerate(actions):
        for smaller in smaller_actions(action):
            yield spec, [*actions[:index], smaller, *actions[index + 1 :]]


def smaller_actions(action: Action) -> Iterator[Action]:
    match action:
        case Load():
            for name, rows in action.database.items():
                for index in range(len(rows)):
                    yield Load({**action.database, name: list(without(rows, index))})
        case PutDelta():
            for index in range(len(action.delta)):
                yield replace(action, delta=without(action.delta, index))
        case PutWhole():
            for index in range(len(action.content)):
                yield replace(action, content=without(action.content, index))
        case _:
            return


def without(items: Sequence[T], index: int) -> tuple[T, ...]:
    return (*items[:index], *items[index + 1 :])
