"""A report → workflow commands of GitHub Actions, one line a finding, which show up beside the changed lines."""

from __future__ import annotations

from bxc.diagnostic import Diagnostic, Severity
from bxc.report.model import Problem, Report
from bxc.report.witness import compact_lines
from bxc.text import Span

COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report) -> str:
    """The commands, each with a line end; empty if there is nothing to say."""
    lines = [_problem(p) for p in report.problems] + [_diagnostic(d) for d in report.diagnostics]
    return "".join(f"{line}\n" for line in lines)


def _diagnostic(diagnostic: Diagnostic) -> str:
    span = diagnostic.primary.span
    properties = {
        "file": span.file.name,
        "line": str(span.first.line),
        "endLine": str(span.last.line),
        "col": str(span.first.column),
        "endColumn": str(span.last.column),
        "title": f"{diagnostic.code}: {diagnostic.message}",
    }
    notes = [diagnostic.primary.text, *(f"{_place(label.span)}: {label.text}" for label in diagnostic.secondary)]
    if diagnostic.witness is not None:
        notes += compact_lines(diagnostic.witness)
    if diagnostic.help:
        notes.append(f"help: {diagnostic.help}")
    message = "\n".join(note for note in notes if note) or diagnostic.message
    return _command(COMMAND[diagnostic.severity], properties, message)


def _place(span: Span) -> str:
    return f"{span.file.name}:{span.first.line}"


def _problem(problem: Problem) -> str:
    properties = {} if problem.path is None else {"file": problem.path}
    return _command("error", properties, problem.message + (f"\nhelp: {problem.help}" if problem.help else ""))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name}{' ' if listed else ''}{listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
