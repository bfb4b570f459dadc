"""Data → a text that is the same for equal data and no other: what verdicts are remembered by. Spans are left out."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any

from bxc.model import Identity
from bxc.plan import PeerPlan, SourcePlan, ViewPlan
from bxc.text import Span


def text_of(value: Any) -> str:
    """The text; dataclasses by class and fields, sequences in order, sets and mappings sorted."""
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


def _write(value: Any, parts: list[str]) -> None:
    kind: Any = type(value)
    names = _fields(kind)
    if names is not None:
        parts.append(f"{type(value).__name__}(")
        if isinstance(value, SourcePlan):
            parts.append(_source_text(value))
        else:
            for name in names:
                _write(getattr(value, name), parts)
                parts.append(",")
        parts.append(")")
    elif isinstance(value, str):
        parts.append(f"{type(value).__name__}:{value!r}" if not isinstance(value, Enum) else _enum(value))
    elif isinstance(value, tuple | list):
        parts.append("[")
        for item in value:
            _write(item, parts)
            parts.append(",")
        parts.append("]")
    elif isinstance(value, Span):
        return
    elif isinstance(value, Enum):
        parts.append(_enum(value))
    elif isinstance(value, Set):
        _write(sorted(value, key=repr), parts)
    elif isinstance(value, Mapping):
        _write(sorted(value.items(), key=repr), parts)
    else:
        parts.append(f"{type(value).__name__}:{value!r}")


def _enum(value: Enum) -> str:
    return f"{type(value).__name__}.{value.name}"


@lru_cache(maxsize=256)
def _fields(cls: Any) -> tuple[str, ...] | None:
    """The fields of a dataclass; None for other classes, and for spans."""
    if issubclass(cls, Span | Enum) or not is_dataclass(cls):
        return None
    return tuple(f.name for f in fields(cls))


_sources: dict[int, tuple[SourcePlan, str]] = {}
_nameless: dict[tuple[int, bool], tuple[SourcePlan, SourcePlan]] = {}
_ends: dict[tuple[int, int], tuple[PeerPlan, ViewPlan, str]] = {}
MOST_KEPT = 5_000  # of each kind, by identity, as comparing them takes as long as writing them


def _source_text(plan: SourcePlan) -> str:
    """The text of a source's fields: it is the same for each view of the source."""
    known = _sources.get(id(plan))
    if known is None:
        parts: list[str] = []
        for name in _fields(SourcePlan) or ():
            _write(getattr(plan, name), parts)
            parts.append(",")
        if len(_sources) >= MOST_KEPT:
            _sources.clear()
        known = _sources[id(plan)] = (plan, "".join(parts))
    return known[1]


def _anonymous(plan: SourcePlan, *, alone: bool) -> SourcePlan:
    """The source at no peer, and, where it is alone, without its name."""
    known = _nameless.get((id(plan), alone))
    if known is None:
        own = replace(plan.source, peer="P", name="S" if alone else plan.source.name)
        if len(_nameless) >= MOST_KEPT:
            _nameless.clear()
        known = _nameless[id(plan), alone] = (plan, replace(plan, source=own))
    return known[1]


def near(peer: PeerPlan, source: str) -> tuple[SourcePlan, ...]:
    """A source and all that its foreign keys tie it to, in the peer's order: what a put through its views can meet."""
    known: set[str] = set()
    waiting = [source]
    while waiting:
        name = waiting.pop()
        if name not in known:
            known.add(name)
            plan = peer.source(name)
            waiting += [key.target for key in plan.source.foreign_keys]
            waiting += [r.source for r in plan.referenced_by]
    return tuple(s for s in peer.sources if s.name in known)


def end_text(peer: PeerPlan, view: ViewPlan) -> str:
    """An end of a share as far as proofs go, by any name: equal for ends that behave alike."""
    known = _ends.get((id(peer), id(view)))
    if known is None:
        if len(_ends) >= MOST_KEPT:
            _ends.clear()
        known = _ends[id(peer), id(view)] = (peer, view, _end_text(peer, view))
    return known[2]


def _end_text(peer: PeerPlan, view: ViewPlan) -> str:
    sources = near(peer, view.source)
    anonymous = replace(view, id=Identity("V"), peer="P", base="B", shares=())
    alone = len(sources) == 1 and not sources[0].source.foreign_keys
    if alone:
        anonymous = replace(anonymous, source="S")
    return text_of((anonymous, tuple(_anonymous(s, alone=alone) for s in sources)))
