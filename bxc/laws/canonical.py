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
    if isinstance(value, Span):
        return
    if isinstance(value, Enum):
        parts.append(f"{type(value).__name__}.{value.name}")
    elif is_dataclass(value):
        parts.append(f"{type(value).__name__}(")
        for name in _fields(value.__class__):
            _write(getattr(value, name), parts)
            parts.append(",")
        parts.append(")")
    elif isinstance(value, tuple | list):
        parts.append("[")
        for item in value:
            _write(item, parts)
            parts.append(",")
        parts.append("]")
    elif isinstance(value, Set):
        _write(sorted(value, key=repr), parts)
    elif isinstance(value, Mapping):
        _write(sorted(value.items(), key=repr), parts)
    else:
        parts.append(f"{type(value).__name__}:{value!r}")


@lru_cache(maxsize=256)
def _fields(cls: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls))


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
    sources = near(peer, view.source)
    anonymous = replace(view, id=Identity("V"), peer="P", base="B", shares=())
    if len(sources) == 1 and not sources[0].source.foreign_keys:
        own = sources[0]
        anonymous = replace(anonymous, source="S")
        sources = (replace(own, source=replace(own.source, name="S", peer="P")),)
    else:
        sources = tuple(replace(s, source=replace(s.source, peer="P")) for s in sources)
    return text_of((anonymous, sources))
