"""What a refused put tells its user: the error's text a code, and the details that `bxc_violations_<View>` lists.

Each engine finds what breaks a rule in its own way; all of them say it in these words.
"""

from __future__ import annotations

from collections.abc import Sequence

from bxc.codegen.sql.names import violations_view
from bxc.dataclass import dataclass
from bxc.types import Type

SENTENCES = {
    "BXC10": "a key is NULL, staged twice, or taken by a row that stays",
    "BXC11": "a key belongs to a source row that the view does not show",
    "BXC12": "a row does not fulfil the condition of the view",
    "BXC14": "a new row has no value for a key column that the view hides",
    "BXC15": "a computed column is stated otherwise than its inputs give it",
    "BXC16": "a value is outside its type, or NULL where the view has none",
    "BXC17": "a constraint of the source would be broken",
    "BXC18": "an update speaks of a key that no row has",
    "BXC19": "a row must not vanish from the view",
}


def message(code: str, view: str) -> str:
    """The text of the error that refuses a put."""
    return f"{code} {view}: {SENTENCES[code]}; see {violations_view(view)}"


def keyless(view: str) -> str:
    """The text of the error that refuses every put into a view without a key."""
    return f"BXC10 {view}: the view has no key, so it can only be read"


@dataclass(frozen=True, slots=True)
class Breach:
    """How a staged row breaks a rule: the code, and what is wrong."""

    code: str
    detail: str


# --- keys -----------------------------------------------------------------------------------------------------------

NULL_IN_KEY = Breach("BXC10", "the key has a NULL")
NULL_IN_OLD_KEY = Breach("BXC10", "the old key has a NULL")
OLD_KEY_OF_INSERT = Breach("BXC10", "an insert has an old key")
OLD_KEY_TWICE = Breach("BXC10", "another staged row has the same old key")
NEW_KEY_TWICE = Breach("BXC10", "another staged row has the same key")
KEY_DELETED = Breach("BXC10", "another staged row deletes this key: stage one update instead of both")
KEY_KEPT = Breach("BXC11", "the row that had the new key is hidden by this put, and keeps it")


def key_taken(view: str) -> Breach:
    """An insert of a key that a visible row has with other values."""
    return Breach("BXC10", f"{view} has a row with this key and other values")


def new_key_taken(view: str) -> Breach:
    """A rename to a key that a visible row has and keeps."""
    return Breach("BXC10", f"{view} has another row with the new key")


def key_hidden(view: str, source: str) -> Breach:
    """An insert of a key that only hidden rows have."""
    return Breach("BXC11", f"{source} has a row with this key that {view} does not show")


def new_key_hidden(view: str, source: str) -> Breach:
    """A rename to a key that a hidden row has."""
    return Breach("BXC11", f"{source} has a row with the new key that {view} does not show")


def key_unknown(view: str) -> Breach:
    """An update of a row that is not there."""
    return Breach("BXC18", f"{view} has no row with the old key")


# --- values ---------------------------------------------------------------------------------------------------------

UNKNOWN_OPERATION = Breach("BXC16", "bxc_op is none of insert, update, delete")


def is_null(column: str) -> Breach:
    """A NULL where the view, or the source, has none."""
    return Breach("BXC16", f"{column} is NULL")


def misfit(column: str, type_: Type) -> Breach:
    """A value outside its column's type."""
    return Breach("BXC16", f"{column} is no {type_}")


def no_value(code: str, column: str, *, grouped: bool) -> Breach:
    """A new source row without a value for a hidden column; a key column of grouped rows takes a fresh one only."""
    needed = "fresh value" if grouped and code == "BXC14" else "value"
    return Breach(code, f"a new row needs a {needed} for {column}, which the view hides")


def no_int(column: str) -> Breach:
    """A fresh int past 64 bits."""
    return Breach("BXC14", f"no greater int is left for {column}")


def computed_otherwise(column: str) -> Breach:
    """A computed column that is not as its after-image gives it."""
    return Breach("BXC15", f"{column} is computed, and stated otherwise")


# --- rows in and out of the view ------------------------------------------------------------------------------------


def outside(view: str) -> Breach:
    """An after-image that the view would not show."""
    return Breach("BXC12", f"where of {view} is not true for the row")


def leaves_below(view: str) -> Breach:
    """A vanished row of a stack of views that must stay in the lower one."""
    return Breach("BXC12", f"the row would also leave the view below {view}")


def deletes_rejected(view: str) -> Breach:
    """A delete under `on delete reject`."""
    return Breach("BXC19", f"{view} rejects deletes")


def still_visible(view: str) -> Breach:
    """A delete under `on delete set` after which the view would still show the row."""
    return Breach("BXC19", f"{view} would still show the row")


# --- constraints of the source --------------------------------------------------------------------------------------


def check_false(name: str) -> Breach:
    """A CHECK."""
    return Breach("BXC17", f"check {name} is false")


def same_key(source: str, key: Sequence[str]) -> Breach:
    """A primary key or UNIQUE."""
    return Breach("BXC17", f"another row of {source} has the same {', '.join(key)}")


def no_target(column: str, target: str) -> Breach:
    """A foreign key without its row."""
    return Breach("BXC17", f"no row of {target} for {column}")


def still_referred(source: str, column: str, target_column: str) -> Breach:
    """A foreign key whose row goes, or changes the value that it refers to."""
    return Breach("BXC17", f"{source}.{column} refers to the old {target_column}")


def disagrees(source: str, left: Sequence[str], right: Sequence[str]) -> Breach:
    """A functional dependency."""
    return Breach("BXC17", f"another row of {source} has the same {', '.join(left)} and other {', '.join(right)}")
