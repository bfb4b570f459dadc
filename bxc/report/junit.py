"""A report → JUnit's XML: a suite for each file, a failed case for each finding, a passed case for a clean file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from bxc.diagnostic import Diagnostic, Severity
from bxc.report.model import Problem, Report
from bxc.report.text import diagnostic_text

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold, not even escaped."""


def render(report: Report) -> str:
    """One document with a line end. Warnings and notes are failures only if the report is strict (warnings)."""
    found = {name: [d for d in report.diagnostics if d.primary.span.file.name == name] for name in report.files}
    body = _problems(report.problems) if report.problems else ""
    body += "".join(_suite(name, diagnostics, report.strict) for name, diagnostics in found.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="bxc {report.command}">\n{body}</testsuites>\n'


def _suite(name: str, found: Sequence[Diagnostic], strict: bool) -> str:
    cases = "".join(_case(d, strict) for d in found) or f'    <testcase name="clean" classname={_attribute(name)}/>\n'
    failures = sum(_fails(d, strict) for d in found)
    return (
        f'  <testsuite name={_attribute(name)} tests="{max(len(found), 1)}" failures="{failures}" errors="0">\n'
        f"{cases}  </testsuite>\n"
    )


def _fails(diagnostic: Diagnostic, strict: bool) -> bool:
    return diagnostic.severity is Severity.ERROR or (strict and diagnostic.severity is Severity.WARNING)


def _case(diagnostic: Diagnostic, strict: bool) -> str:
    place = diagnostic.primary.span.first
    name = f"{diagnostic.code} at {place.line}:{place.column}"
    head = f"    <testcase name={_attribute(name)} classname={_attribute(diagnostic.primary.span.file.name)}>"
    text = _content(diagnostic_text(diagnostic))
    if _fails(diagnostic, strict):
        attributes = f'type="{diagnostic.code}" message={_attribute(diagnostic.message)}'
        return f"{head}\n      <failure {attributes}>{text}</failure>\n    </testcase>\n"
    return f"{head}\n      <system-out>{text}</system-out>\n    </testcase>\n"


def _problems(problems: Sequence[Problem]) -> str:
    cases = "".join(
        f'    <testcase name="run" classname={_attribute(p.path or "bxc")}>\n'
        f"      <error message={_attribute(p.message)}/>\n    </testcase>\n"
        for p in problems
    )
    count = len(problems)
    return f'  <testsuite name="bxc" tests="{count}" failures="0" errors="{count}">\n{cases}  </testsuite>\n'


def _clean(text: str) -> str:
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _content(text: str) -> str:
    return escape(_clean(text))
