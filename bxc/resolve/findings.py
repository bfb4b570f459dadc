"""The list of findings that resolving a spec fills."""

from __future__ import annotations

from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.suggest import closest
from bxc.text import Span

MOST_SUGGESTIONS = 20


class Findings:
    """What is wrong with a spec, in the order of discovery.

    ``whole``: nothing that the sources say was lost to an error, so that what they do not say is certain.
    """

    def __init__(self, *, whole: bool = True) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.whole = whole
        self._nearest: dict[tuple[str, frozenset[str]], str | None] = {}

    def error(
        self, code: str, message: str, span: Span, text: str = "", also: tuple[Label, ...] = (), way_out: str = ""
    ) -> None:
        """Add an error: ``text`` stands at ``span``, ``also`` names further places, ``way_out`` says what to do."""
        self._add(code, message, Label(span, text), also, way_out, Severity.ERROR)

    def lack(
        self, code: str, message: str, span: Span, text: str = "", also: tuple[Label, ...] = (), way_out: str = ""
    ) -> None:
        """Add an error about what a source does not say, see `error`; not if it may say so in a line with an error."""
        if self.whole:
            self.error(code, message, span, text, also, way_out)

    def warning(
        self, code: str, message: str, span: Span, text: str = "", also: tuple[Label, ...] = (), way_out: str = ""
    ) -> None:
        """Add a warning, see `error`."""
        self._add(code, message, Label(span, text), also, way_out, Severity.WARNING)

    def nearest(self, name: str, known: list[str]) -> str | None:
        """The known name that was probably meant; for the first few unknown names only, as the search takes time."""
        key = (name, frozenset(known))
        if key not in self._nearest and len(self._nearest) < MOST_SUGGESTIONS:
            self._nearest[key] = closest(name, known)
        return self._nearest.get(key)

    def _add(
        self, code: str, message: str, primary: Label, also: tuple[Label, ...], way_out: str, severity: Severity
    ) -> None:
        self.diagnostics.append(Diagnostic(code, message, primary, also, way_out or None, severity))
