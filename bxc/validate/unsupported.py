"""What the evaluator does not know, it refuses: never a silent pass."""

from __future__ import annotations

from bxc.dataclass import dataclass


@dataclass(eq=False)
class Unsupported(Exception):  # noqa: N818 - it names what the SQL is, not an error of this program
    """A construct whose meaning the evaluator does not know. ``place``: where; ``what``: the construct."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class Invalid(Unsupported):
    """What the engine refuses, whatever the rows: a name of nothing or of two things, a type that cannot be."""
