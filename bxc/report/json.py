"""A report → the JSON document that `docs/report-format.md` describes."""

from __future__ import annotations

import json

from bxc import __version__
from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.report.model import Report
from bxc.text import Span
from bxc.witness import Witness
from bxc.witness_json import to_json

SCHEMA = "bxc-report/1"


def render(report: Report) -> str:
    """One JSON object, indented, with a line end; ASCII only, so that no encoding can harm it."""
    document = {
        "schema": SCHEMA,
        "tool": {"name": "bxc", "version": __version__},
        "command": report.command,
        "exit_code": report.exit_code,
        "files": list(report.files),
        "summary": {
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "notes": report.count(Severity.NOTE),
            "problems": len(report.problems),
        },
        "diagnostics": [_diagnostic(d, report) for d in report.diagnostics],
        "problems": [{"message": p.message, "path": p.path, "help": p.help} for p in report.problems],
    }
    return json.dumps(document, indent=2) + "\n"


def _diagnostic(diagnostic: Diagnostic, report: Report) -> dict[str, object]:
    found: dict[str, object] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "primary": _label(diagnostic.primary),
        "secondary": [_label(label) for label in diagnostic.secondary],
    }
    if diagnostic.witness is not None:
        found["witness"] = _witness(diagnostic.witness, report)
    return found


def _witness(witness: Witness, report: Report) -> dict[str, object]:
    """A witness, with the statements that make it happen where the report has them."""
    steps = {} if witness.scenario is None else report.steps.get(witness.scenario, {})
    sql = {
        engine: [
            {"database": step.database, "statements": step.text}
            if step.file is None
            else {"database": step.database, "file": step.file}
            for step in listed
        ]
        for engine, listed in steps.items()
    }
    return {**to_json(witness), "sql": sql}


def _label(label: Label) -> dict[str, object]:
    return {**_span(label.span), "text": label.text}


def _span(span: Span) -> dict[str, object]:
    return {
        "file": span.file.name,
        "start": {"line": span.first.line, "column": span.first.column, "offset": span.start},
        "end": {"line": span.last.line, "column": span.last.column, "offset": span.end},
    }
