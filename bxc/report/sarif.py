"""A report → SARIF 2.1.0, the form that code scanning services take."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import PurePath
from urllib.parse import quote

from bxc import __version__
from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.report.model import Problem, Report
from bxc.report.witness import compact_lines
from bxc.text import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def render(report: Report, titles: Mapping[str, str]) -> str:
    """One log with one run, indented, with a line end; ``titles`` describe the rules (codes)."""
    codes = sorted({d.code for d in report.diagnostics})
    rules = [{"id": code, "shortDescription": {"text": titles.get(code) or code}} for code in codes]
    run = {
        "tool": {"driver": {"name": "bxc", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.problems,
                "exitCode": report.exit_code,
                "toolExecutionNotifications": [_notification(p) for p in report.problems],
            }
        ],
        "artifacts": [{"location": {"uri": _uri(name)}} for name in report.files],
        "results": [_result(d, codes.index(d.code)) for d in report.diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, object]:
    parts = [diagnostic.message, *(compact_lines(diagnostic.witness) if diagnostic.witness else ())]
    text = "\n".join([*parts, diagnostic.help] if diagnostic.help else parts)
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": LEVEL[diagnostic.severity],
        "message": {"text": text},
        "locations": [_location(diagnostic.primary)],
    }
    if diagnostic.secondary:
        result["relatedLocations"] = [
            {"id": number, **_location(label)} for number, label in enumerate(diagnostic.secondary, start=1)
        ]
    return result


def _location(label: Label) -> dict[str, object]:
    location: dict[str, object] = {
        "physicalLocation": {"artifactLocation": {"uri": _uri(label.span.file.name)}, "region": _region(label.span)}
    }
    if label.text:
        location["message"] = {"text": label.text}
    return location


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.first.line,
        "startColumn": span.first.column,
        "endLine": span.last.line,
        "endColumn": span.last.column,
    }


def _notification(problem: Problem) -> dict[str, object]:
    notification: dict[str, object] = {"level": "error", "message": {"text": problem.message}}
    if problem.path is not None:
        notification["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": _uri(problem.path)}}}]
    return notification


def _uri(name: str) -> str:
    """A file name as a URI reference: relative names stay relative, characters outside URIs are escaped."""
    path = PurePath(name)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
