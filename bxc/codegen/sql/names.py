"""Names of the spec turned into names in SQL, names of helper objects, and names of files.

Helper names are given bare: `quote` makes any name fit for a statement.
"""

from __future__ import annotations

import re

from bxc.codegen.sql.dialect import Dialect

SESSION = "bxc_session"
RIGHTS = "bxc_rights"

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_SAFE_IN_FILES = re.compile(r"[A-Za-z0-9_-]", re.ASCII)
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.ASCII | re.IGNORECASE)


def quote(name: str, dialect: Dialect) -> str:
    """A name as a statement of the engine writes it: bare where that is safe, else in quotes."""
    plain = _PLAIN.fullmatch(name) and name.lower() not in dialect.keywords
    if plain and not (dialect.folds_names and name != name.lower()):
        return name
    mark = dialect.mark
    return mark + name.replace(mark, 2 * mark) + mark


# --- helper objects -------------------------------------------------------------------------------------------------


def new_table(view: str) -> str:
    """Staging of a whole put: the view's columns."""
    return f"bxc_new_{view}"


def delta_table(view: str) -> str:
    """Staging of a delta: `bxc_op`, `bxc_old_<key column>`…, the view's columns."""
    return f"bxc_delta_{view}"


def violations_view(name: str) -> str:
    """Lists what is wrong with the staged rows of a view, or with the rows of a source."""
    return f"bxc_violations_{name}"


def change_table(source: str) -> str:
    """The captured edits of a source, in order."""
    return f"bxc_change_{source}"


def old_column(column: str) -> str:
    """The column of a delta or of captured edits that holds the value before."""
    return f"bxc_old_{column}"


def helper(*parts: str) -> str:
    """Any other object of bxc's own, an index or a trigger: `bxc_<part>_<part>…`."""
    return "_".join(("bxc", *parts))


# --- files ----------------------------------------------------------------------------------------------------------


def file_name(name: str) -> str:
    """A name that every file system takes, different for names that differ by more than case.

    Letters, digits, `_` and `-` stay; everything else, and the first letter of a Windows device's name, is written as
    `%XX` an octet of UTF-8.
    """
    device = _DEVICES.fullmatch(name) is not None
    return "".join(
        character if _SAFE_IN_FILES.fullmatch(character) and not (device and index == 0) else _percent(character)
        for index, character in enumerate(name)
    )


def _percent(character: str) -> str:
    return "".join(f"%{octet:02X}" for octet in character.encode())
