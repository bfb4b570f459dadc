"""A view's plan → the part of it that its emitted put depends on, and what the plan says in an engine's own values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from bxc import types
from bxc.expr import Literal
from bxc.laws.canonical import near, text_of
from bxc.laws.end import End
from bxc.plan import PeerPlan, ViewPlan
from bxc.text import Span


def cut(peer: PeerPlan, view: ViewPlan) -> PeerPlan:
    """The peer with one view and the sources that its put can meet, without the columns that are like others.

    A column that no rule reads is copied by every statement in one way, by its type, whether it may be NULL, and
    what the view does with it: one such column stands for all. No right is granted: what is accepted so asks for none.
    """
    end = End(peer, view)
    kept = _representatives(end)
    slim = _slim(view, kept)
    sources = []
    for plan in near(peer, view.source):
        source = plan.source
        if source.name == view.source:
            source = replace(source, columns=tuple(c for c in source.columns if c.name in kept))
        sources.append(replace(plan, source=source))
    asked = (r for r in peer.rights if r.share in view.shares and (not r.attribute or _has(slim, r.attribute)))
    rights = tuple(replace(r, granted=False) for r in asked)
    return PeerPlan(peer.peer, tuple(sources), (slim,), rights)


def _has(view: ViewPlan, name: str) -> bool:
    return any(c.name == name for c in view.columns)


def _representatives(end: End) -> frozenset[str]:
    ruled = end.pinned_by_constraints
    stored = set(end.stored.values())
    inserted = {a.column: a.value for a in end.view.inserts}
    kept: set[str] = set()
    seen: set[str] = set()
    for column in end.source.columns:
        if column.name in ruled:
            kept.add(column.name)
            continue
        how = "stored" if column.name in stored else text_of(inserted.get(column.name))
        role = f"{text_of(column.type)} {column.nullable} {text_of(column.default)} {how}"
        if role not in seen:
            seen.add(role)
            kept.add(column.name)
    return frozenset(kept)


def _slim(view: ViewPlan, kept: frozenset[str]) -> ViewPlan:
    return replace(
        view,
        columns=tuple(c for c in view.columns if c.source is None or c.source in kept),
        inserts=tuple(a for a in view.inserts if a.column in kept),
        layers=tuple(replace(x, revives=tuple(a for a in x.revives if a.column in kept)) for x in view.layers),
    )


# --- an engine's own values -----------------------------------------------------------------------------------------

AS_TEXT: dict[str, tuple[type, ...]] = {
    "sqlite": (types.Date, types.Timestamp, types.Uuid),
    "duckdb": (types.Uuid,),
    "postgres": (types.Uuid,),
}
"""The types whose values an engine (or the evaluator of its SQL) holds as texts, in canonical form."""


def as_held(plan: PeerPlan, engine: str) -> PeerPlan:
    """The plan in which those types are texts, constants too: it says the same of the values as they are held."""
    textual = AS_TEXT[engine]

    def held(value: Any) -> Any:
        if isinstance(value, Literal) and isinstance(value.type, textual):
            return Literal(None if value.value is None else canonical(value.value), types.Text())
        return types.Text() if isinstance(value, textual) else None

    found: PeerPlan = _mapped(plan, held)
    return found


def canonical(value: types.Value) -> str:
    """A date, timestamp or uuid as its text."""
    from datetime import datetime

    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="microseconds")
    return str(value)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Data with some of its parts replaced (None: kept, and looked into)."""
    found = change(value)
    if found is not None:
        return found
    if isinstance(value, Span):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: _mapped(getattr(value, f.name), change) for f in fields(value)}
        return replace(value, **parts)
    if isinstance(value, tuple):
        return tuple(_mapped(item, change) for item in value)
    return value


# --- equal but for names --------------------------------------------------------------------------------------------


def names_of(plan: PeerPlan) -> tuple[str, ...]:
    """The names that a plan of one view gives to the peer, its sources, the view, its base and its shares."""
    (view,) = plan.views
    shares = (*view.shares, *(right.share for right in plan.rights))
    return tuple(dict.fromkeys((plan.peer, *(s.name for s in plan.sources), view.name, view.base, *shares)))


def template(names: Sequence[str], texts: Iterable[str]) -> str:
    """Texts with marks for names, so that texts of equal templates differ by these names alone.

    A name counts wherever it stands between underscores or at the ends of a word, so each text has one template, and
    no two words of a template become one word of a text.
    """
    marks = {name: f"\0{number}\0" for number, name in enumerate(names)}
    longest = sorted(marks, key=len, reverse=True)
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest))})(?![^\W_])", re.IGNORECASE)
    return "\1".join(pattern.sub(lambda m: marks.get(m.group(), f"\0{m.group()}\0"), text) for text in texts)


def speaks_of(plan: PeerPlan, names: Sequence[str]) -> bool:
    """Whether a constant of the plan is a text in which one of these names stands: then names are more than names."""
    constants: list[str] = []

    def noted(value: Any) -> Any:
        if isinstance(value, Literal):
            constants.append(str(value.value))
        return None

    _mapped(plan, noted)
    return "\0" in template(names, constants)


def written_out(value: Any) -> str:
    """All of a plan as a text, without places: each value by its class."""
    if isinstance(value, Span):
        return ""
    if is_dataclass(value) and not isinstance(value, type):
        parts = " ".join(written_out(getattr(value, f.name)) for f in fields(value))
        return f"{type(value).__name__}({parts})"
    if isinstance(value, tuple):
        return f"[{' '.join(map(written_out, value))}]"
    return f"{type(value).__name__}:{value!r}"
