"""Findings made up for the tests of reports."""

from __future__ import annotations

from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.report.model import Problem, Report
from bxc.text import SourceFile, Span

TEXT = """\
spec x version 1

source D1 at Pätient {
\tid int
  名前 text  nam e
  update dosage by Doctor, Nurse
}
"""


def source(text: str = TEXT, name: str = "specs/a.bxc") -> SourceFile:
    return SourceFile(name, text)


def label(file: SourceFile, part: str, text: str = "") -> Label:
    start = file.text.index(part)
    return Label(Span(file, start, start + len(part)), text)


def finding(
    code: str,
    primary: Label,
    *secondary: Label,
    message: str = "something is wrong",
    hint: str | None = None,
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    return Diagnostic(code, message, primary, secondary, hint, severity)


def report(*found: Diagnostic, problems: tuple[Problem, ...] = (), strict: bool = False) -> Report:
    names = dict.fromkeys(d.primary.span.file.name for d in found)
    return Report("check", tuple(names), found, problems, strict)
