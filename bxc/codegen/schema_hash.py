"""Turns the shape of a share (columns, types, key) into the 32 octets that bind its declaration and every version.

`docs/content-hash.md` gives the layout. Standard library only: the runtime computes with the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from bxc.dataclass import dataclass
from bxc.types import Type

LABEL = "bxc-schema-v1"


@dataclass(frozen=True, slots=True)
class ShareColumn:
    """A column of a share, the same at all its ends."""

    name: str
    type: Type
    nullable: bool


def schema_hash(columns: Sequence[ShareColumn], key: Iterable[str]) -> bytes:
    """SHA-256 of the columns in the order of their attribute bits, and of the key.

    The key is a set: its columns are taken in the order of ``columns``, so ends that list it otherwise agree.
    """
    chosen = set(key)
    ordered = [column.name for column in columns if column.name in chosen]
    parts = [_text(LABEL), _number(len(columns))]
    for column in columns:
        parts += [_text(column.name), _text(str(column.type)), b"b1:1" if column.nullable else b"b1:0"]
    parts += [_number(len(ordered)), *map(_text, ordered)]
    return sha256(b"".join(parts)).digest()


def _text(value: str) -> bytes:
    octets = value.encode()
    return b"t%d:%s" % (len(octets), octets)


def _number(value: int) -> bytes:
    digits = b"%d" % value
    return b"i%d:%s" % (len(digits), digits)
