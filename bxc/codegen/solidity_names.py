"""Names of the spec turned into names in Solidity, and into text that stays what it is inside a comment."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import field

from bxc.dataclass import dataclass

# What the contract itself declares or inherits in this style; a spec's name must not meet one of them.
RESERVED = frozenset(
    (
        *("UPDATE", "INSERT", "DELETE", "STALL", "EXCLUDE", "CANCEL", "SPEC_HASH", "PEER_COUNT", "FOUNDERS", "COLUMNS"),
        *("HEAD_MEMBERS", "HEAD_PENDING", "HEAD_REQUESTER", "HEAD_TIME", "HEAD_BLOCK", "HEAD_SINCE", "HEAD_VERSION"),
        *("SINCE_MASK", "VERSION_MAX", "SEAT_OPERATIONS", "SEAT_INDEX", "SEAT_TAKEN", "TERMS_OPENER", "TERMS_COLUMNS"),
        *("TERMS_POLICY", "TERMS_DEADLINE", "TERMS_FOUNDERS", "TERMS_OFFERING", "DEADLINE_MAX", "DESK_OFFERED_TO"),
        *(
            "MOST_MEMBERS",
            "MOST_COLUMNS",
            "ROW_OPERATIONS",
            "ROW_COLUMNS",
            "ROW_MEMBERS",
            "ROW_DELEGATIONS",
            "DOMAIN_TYPE",
            "ACK_TYPE",
            "LOW_S",
        ),
    )
)
LONGEST = 60

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^A-Za-z0-9]+")
_WIDE = frozenset("WF")
_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))


def words(name: str) -> list[str]:
    """The words of a name in ASCII: letters lose their accents, and those of other scripts become `u5e73`."""
    parts = []
    for character in name:
        plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
        kept = _OTHER.sub("_", plain)
        parts.append(kept if kept.strip("_") or character.isascii() else f"_u{ord(character):x}_")
    return [word for part in _OTHER.split("".join(parts)) for word in _CAMEL.split(part) if word]


def pascal_case(name: str) -> str:
    """A name as that of a contract: `hospital_network` is `HospitalNetwork`."""
    joined = "".join(word[0].upper() + word[1:] for word in words(name))[:LONGEST]
    return joined if joined[:1].isalpha() else f"Spec{joined}"


@dataclass(slots=True)
class Constants:
    """Hands out names of constants, none twice: a later one that would meet an earlier one gets a number."""

    taken: set[str] = field(default_factory=lambda: set(RESERVED))

    def name(self, *parts: str) -> str:
        """`CLINICAL_DOSAGE` for `clinical`, `dosage`."""
        first = "_".join(word.upper() for part in parts for word in words(part))[:LONGEST]
        if not first[:1].isalpha():
            first = f"N_{first}".rstrip("_")
        chosen, number = first, 2
        while chosen in self.taken:
            chosen, number = f"{first}_{number}", number + 1
        self.taken.add(chosen)
        return chosen


def shown(name: str) -> str:
    r"""A name as comments show it: what ends a comment, hides, or turns the direction of the text is `\u{…}`."""
    safe = (c if _harmless(c) else f"\\u{{{ord(c):x}}}" for c in name)
    return "".join(safe).replace("*/", r"*\u{2f}")


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in _WIDE else 1 for c in text)


def _harmless(character: str) -> bool:
    if character in "\\@`|":  # the mark of this very notation, of NatSpec, and of the table
        return False
    category = unicodedata.category(character)
    if character != " " and category[0] in "CZ":
        return False
    return unicodedata.bidirectional(character) not in _RIGHT_TO_LEFT
