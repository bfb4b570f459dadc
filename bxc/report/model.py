"""What a run found, as data: the findings, and what kept it from looking. The modules beside this one render it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from bxc.witness import Scenario

UNPROVED = frozenset({"BX401", "BX402"})
"""Findings that say that something was not proved, rather than that something is wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something outside the specs that stopped the run: a missing file, a wrong option, a database that is locked.

    ``path`` names the file concerned, where there is one; ``help`` is one line that says what to do.
    """

    message: str
    path: str | None = None
    help: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What to run next on a database of a scenario (by its label).

    ``text`` is a script; where it is a generated file, ``file`` is its path below `generated/<spec>/`.
    """

    database: str
    text: str
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run of a command has to say.

    ``files`` are the spec files that were read, ``diagnostics`` the findings, sorted. With ``strict``, warnings count
    like errors. ``steps`` tell, by engine, how to see the scenarios of witnesses happen, for forms of report that say
    it; a scenario may be missing there.
    """

    command: str
    files: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    problems: tuple[Problem, ...] = ()
    strict: bool = False
    steps: Mapping[Scenario, Mapping[str, tuple[Step, ...]]] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """How many findings have a severity."""
        return sum(d.severity is severity for d in self.diagnostics)

    @property
    def exit_code(self) -> int:
        """0: nothing found; 1: findings; 2: the run could not be done; 3: something is unproved (``strict`` only)."""
        if self.problems:
            return 2
        grave = {Severity.ERROR, Severity.WARNING} if self.strict else {Severity.ERROR}
        codes = [d.code for d in self.diagnostics if d.severity in grave]
        if self.strict and codes and UNPROVED.issuperset(codes):
            return 3
        return 1 if codes else 0
