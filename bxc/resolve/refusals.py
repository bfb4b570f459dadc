"""Refusals that sources and views share."""

from __future__ import annotations

from bxc import syntax
from bxc.diagnostic import Label
from bxc.resolve.findings import Findings
from bxc.text import Span
from bxc.types import Real, Type


def refuse_real(type_: Type | None, name: syntax.Name, what: str, declared: Span, findings: Findings) -> None:
    """BX009 for a floating-point column where equality decides."""
    if isinstance(type_, Real):
        findings.error(
            "BX009",
            f"`{name.text}` is real and cannot be part of {what}",
            name.span,
            "engines disagree on equality of floating-point numbers",
            () if declared == name.span else (Label(declared, "declared real here"),),
            "make it an int or a decimal",
        )


MOST_COLUMNS = 900  # SQLite's tables have 2000, and a captured change holds a row before and after


def refuse_many_columns(noun: str, name: syntax.Name, count: int, findings: Findings) -> None:
    """BX007 for a source or view with more columns than the tables behind it can hold."""
    if count > MOST_COLUMNS:
        findings.error(
            "BX007",
            f"{noun} `{name.text}` has too many columns",
            name.span,
            f"{count} columns, at most {MOST_COLUMNS} are possible",
            way_out="split it into several with one key",
        )
