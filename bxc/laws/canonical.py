"""Data → a text that is the same for equal data and no other: what verdicts are remembered by. Spans are left out."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from typing import Any

from bxc.plan import PeerPlan, SourcePlan, ViewPlan
from bxc.text import Span


def text_of(value: Any) -> str:
    """The text; dataclasses by class and fields, sequences in order, sets and mappings sorted.

    Of a source and of a view there is a digest instead of what it consists of: most texts name the same few again.
    """
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


def digest_of(value: Any) -> str:
    """A digest of the text."""
    return sha256(text_of(value).encode("utf-8", "surrogatepass")).hexdigest()


def _write(value: Any, parts: list[str]) -> None:
    kind: Any = type(value)
    if kind is str:
        parts.append(f"str:{value!r}")
    elif kind is tuple or kind is list:
        parts.append("[")
        for item in value:
            _write(item, parts)
            parts.append(",")
        parts.append("]")
    elif (names := _fields(kind)) is not None:
        parts.append(f"{kind.__name__}(")
        if kind is SourcePlan:
            parts.append(_source_digest(value))
        elif kind is ViewPlan:
            parts.append(f"{view_text(value)} {value.shares!r}")
        else:
            for name in names:
                _write(getattr(value, name), parts)
                parts.append(",")
        parts.append(")")
    else:
        _write_other(value, parts)


def _write_other(value: Any, parts: list[str]) -> None:
    if isinstance(value, Span):
        return
    if isinstance(value, Enum):
        parts.append(f"{type(value).__name__}.{value.name}")
    elif isinstance(value, tuple | list):
        _write([*value], parts)
    elif isinstance(value, Set):
        _write(sorted(value, key=repr), parts)
    elif isinstance(value, Mapping):
        _write(sorted(value.items(), key=repr), parts)
    else:
        parts.append(f"{type(value).__name__}:{value!r}")


@lru_cache(maxsize=256)
def _fields(cls: Any) -> tuple[str, ...] | None:
    """The fields of a dataclass; None for other classes, and for spans."""
    if issubclass(cls, Span | Enum) or not is_dataclass(cls):
        return None
    return tuple(f.name for f in fields(cls))


MOST_KEPT = 20_000  # of each kind, by identity, as comparing them takes as long as writing them
NAMES = frozenset(("id", "peer", "base", "source", "shares"))

_sources: dict[int, tuple[SourcePlan, str]] = {}
_views: dict[int, tuple[ViewPlan, str]] = {}
_nameless: dict[tuple[int, bool], tuple[SourcePlan, SourcePlan]] = {}
_ends: dict[tuple[int, int], tuple[PeerPlan, ViewPlan, str]] = {}


def _source_digest(plan: SourcePlan) -> str:
    """A digest of a source with all that refers to it: it is the same for each view of the source."""
    known = _sources.get(id(plan))
    if known is None:
        if len(_sources) >= MOST_KEPT:
            _sources.clear()
        known = _sources[id(plan)] = (plan, digest_of((plan.source, plan.referenced_by)))
    return known[1]


def view_text(view: ViewPlan) -> str:
    """A view with all but its shares."""
    return f"{view.name!r} {view.peer!r} {view.base!r} {view.source!r} {_view_digest(view)}"


def _view_digest(view: ViewPlan) -> str:
    """A digest of what a view is, whatever it and what it stands on are called."""
    known = _views.get(id(view))
    if known is None:
        if len(_views) >= MOST_KEPT:
            _views.clear()
        what = tuple(getattr(view, name) for name in _fields(ViewPlan) or () if name not in NAMES)
        known = _views[id(view)] = (view, digest_of(what))
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
    """A digest of an end of a share as far as proofs go, by any name: equal for ends that behave alike."""
    known = _ends.get((id(peer), id(view)))
    if known is None:
        if len(_ends) >= MOST_KEPT:
            _ends.clear()
        known = _ends[id(peer), id(view)] = (peer, view, _end_digest(peer, view))
    return known[2]


def _end_digest(peer: PeerPlan, view: ViewPlan) -> str:
    sources = near(peer, view.source)
    alone = len(sources) == 1 and not sources[0].source.foreign_keys
    named = "" if alone else view.source
    return digest_of((_view_digest(view), named, tuple(_anonymous(s, alone=alone) for s in sources)))
