"""A resolved spec → the digest that names its meaning: SHA-256 of a canonical form without layout and comments."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from bxc.model import Share, Spec
from bxc.text import Span

LABEL = "bxc-spec-v1"


def spec_digest(spec: Spec) -> str:
    """64 hexadecimal digits; equal for two texts only if they declare the same things in the same order."""
    ordered = replace(spec, shares=tuple(map(_ordered, spec.shares)))
    text = json.dumps([LABEL, _plain(ordered)], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def _ordered(share: Share) -> Share:
    """The share with its rights in one order: how they are spread over lines has no meaning."""
    rights = sorted(share.rights, key=lambda right: (right.operation, right.attribute, right.peer))
    return replace(share, rights=tuple(rights))


def _plain(value: Any) -> Any:
    """A value of the model as JSON; each object says what it is, spans are left out."""
    match value:
        case None | bool() | int() | str():
            return value
        case tuple():
            return [_plain(item) for item in value]
        case float():
            return value.hex()
        case Decimal() | UUID():
            return str(value)
        case date() | datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
    if not is_dataclass(value):
        raise TypeError(f"a {type(value).__name__} in a spec")
    members = {field.name: getattr(value, field.name) for field in fields(value)}
    kept = {name: _plain(member) for name, member in members.items() if not isinstance(member, Span)}
    return {"is": type(value).__name__, **kept}
