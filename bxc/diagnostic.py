"""Findings about a spec, as data; how they look is the business of `bxc.report`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from bxc.dataclass import dataclass
from bxc.text import Span

if TYPE_CHECKING:  # few findings have one, and most runs find nothing
    from bxc.witness import Witness


class Severity(Enum):
    """How grave a finding is. Only errors make a command exit with 1 (with ``--strict``, warnings too)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Label:
    """A place and what there is to say about it (may be empty for the primary place)."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a code (`BX004`), a headline without a final stop, the place at fault, and the way out.

    ``secondary`` labels name other places that a reader needs ("first declared here"); ``help`` is one line that says
    what to do.
    """

    code: str
    message: str
    primary: Label
    secondary: tuple[Label, ...] = ()
    help: str | None = None
    severity: Severity = Severity.ERROR
    witness: Witness | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Orders findings by file, place and code, so that a run's output is the same every time."""
        span = self.primary.span
        return (span.file.name, span.start, span.end, self.code, self.message)


def has_errors(diagnostics: list[Diagnostic]) -> bool:
    """Whether any of the findings is an error."""
    return any(d.severity is Severity.ERROR for d in diagnostics)
