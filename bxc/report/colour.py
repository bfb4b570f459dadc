"""The few colours of the text report, as SGR sequences; without colour every function gives its text back."""

from __future__ import annotations

from collections.abc import Mapping

from bxc.dataclass import dataclass
from bxc.diagnostic import Severity

SEVERITY = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}
FRAME = "34"
SECONDARY = "36"
STRONG = "1"
GOOD = "32"
BAD = "31"


@dataclass(frozen=True, slots=True)
class Palette:
    """Paints text if ``on``."""

    on: bool

    def paint(self, text: str, style: str) -> str:
        """The text in a style; empty text stays empty."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.on and text else text


PLAIN = Palette(on=False)


def wanted(choice: str, environ: Mapping[str, str], terminal: bool) -> bool:
    """Whether to colour: ``choice`` is `always`, `never` or `auto`.

    `auto` follows NO_COLOR (set and not empty: no), FORCE_COLOR (set, and neither empty nor 0: yes), TERM=dumb, and
    whether the output is a terminal, in this order.
    """
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return terminal and environ.get("TERM") != "dumb"
