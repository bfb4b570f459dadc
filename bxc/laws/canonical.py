"""Data → a text that is the same for equal data and no other: what verdicts are remembered by. Spans are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Any

from bxc.plan import PeerPlan, SourcePlan, ViewPlan
from bxc.text import Span

Writer = Callable[[Any, list[str]], None]
_writers: dict[Any, Writer] = {}


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
    _writer(type(value))(value, parts)


def _writer(kind: Any) -> Writer:
    """What writes the values of a class."""
    known = _writers.get(kind)
    if known is None:
        known = _writers[kind] = _new_writer(kind)
    return known


def _new_writer(kind: Any) -> Writer:
    if kind is SourcePlan:
        return lambda value, parts: parts.append(_source_digest(value))
    if kind is ViewPlan:
        return lambda value, parts: parts.append(f"{view_text(value)} {value.shares!r}")
    if issubclass(kind, Span):
        return lambda value, parts: None  # noqa: ARG005
    if issubclass(kind, Enum):
        return lambda value, parts: parts.append(f"{kind.__name__}.{value.name}")
    if is_dataclass(kind):
        return _fields_writer(kind)
    if issubclass(kind, tuple | list):
        return _write_items
    if issubclass(kind, Set):
        return lambda value, parts: _write_items(sorted(value, key=repr), parts)
    if issubclass(kind, Mapping):
        return lambda value, parts: _write_items(sorted(value.items(), key=repr), parts)
    return lambda value, parts: parts.append(f"{kind.__name__}:{value!r}")


def _write_items(values: Iterable[Any], parts: list[str]) -> None:
    parts.append("[")
    for item in values:
        _writer(type(item))(item, parts)
        parts.append(",")
    parts.append("]")


def _fields_writer(kind: Any) -> Writer:
    names = tuple(f.name for f in fields(kind))

    def write(value: Any, parts: list[str]) -> None:
        parts.append(f"{kind.__name__}(")
        for name in names:
            held = getattr(value, name)
            _writer(type(held))(held, parts)
            parts.append(",")
        parts.append(")")

    return write


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
        what = tuple(getattr(view, f.name) for f in fields(view) if f.name not in NAMES)
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
