"""A report → text for people, in the style of Rust's and Elm's compilers."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.diagnostic import Diagnostic, Severity
from bxc.report.colour import FRAME, PLAIN, SECONDARY, SEVERITY, STRONG, Palette
from bxc.report.model import Problem, Report
from bxc.report.snippet import Mark, last_line, snippet
from bxc.report.width import printable
from bxc.text import SourceFile

WIDTH = 120


def render(report: Report, palette: Palette = PLAIN, width: int = WIDTH, *, quiet: bool = False) -> str:
    """All findings, then the summary line; with ``quiet`` only the errors (and, if strict, warnings)."""
    blocks = [problem_text(p, palette) for p in report.problems]
    grave = (Severity.ERROR, Severity.WARNING) if report.strict else (Severity.ERROR,)
    blocks += [diagnostic_text(d, palette, width) for d in report.diagnostics if not quiet or d.severity in grave]
    text = "\n".join(f"{block}\n" for block in blocks)
    if quiet:
        return text
    return text + ("\n" if text else "") + summary(report, palette) + "\n"


def diagnostic_text(diagnostic: Diagnostic, palette: Palette = PLAIN, width: int = WIDTH) -> str:
    """One finding: headline, place, source lines, witness, help, where to read more. No line end at the end."""
    style = SEVERITY[diagnostic.severity]
    head = palette.paint(f"{diagnostic.severity.value}[{diagnostic.code}]", style)
    lines = [f"{head}{palette.paint(f': {diagnostic.message}', STRONG)}"]
    marks = [
        Mark(diagnostic.primary.span, diagnostic.primary.text, "^", style),
        *(Mark(label.span, label.text, "-", SECONDARY) for label in diagnostic.secondary),
    ]
    gutter = len(str(max(last_line(mark.span) for mark in marks)))
    for index, (file, group) in enumerate(_by_file(marks)):
        place = group[0].span.first
        arrow = palette.paint("-->" if index == 0 else ":::", FRAME)
        lines.append(f"{' ' * gutter}{arrow} {printable(file.name)}:{place.line}:{place.column}")
        lines += snippet(file, group, gutter, palette, width)
    bar = palette.paint(f"{'':>{gutter}} |", FRAME)
    lines.append(bar)
    equals = f"{' ' * gutter} {palette.paint('=', FRAME)}"
    if diagnostic.witness is not None:
        from bxc.report.witness import witness_lines  # late: most findings have none

        lines.append(f"{equals} {palette.paint('for example', STRONG)}:")
        margin = f"{bar}   "
        lines += [f"{margin}{line}" for line in witness_lines(diagnostic.witness, palette, width - gutter - 5)]
        lines.append(bar)
    if diagnostic.help:
        lines.append(f"{equals} {palette.paint('help', STRONG)}: {diagnostic.help}")
    lines.append(f"{equals} `bxc explain {diagnostic.code}` tells more")
    return "\n".join(lines)


def problem_text(problem: Problem, palette: Palette = PLAIN) -> str:
    """What stopped a run: one line, and one that says what to do. No line end at the end."""
    head = palette.paint("error", SEVERITY[Severity.ERROR]) + palette.paint(f": {problem.message}", STRONG)
    return f"{head}\n  {palette.paint('help', STRONG)}: {problem.help}" if problem.help else head


def summary(report: Report, palette: Palette = PLAIN) -> str:
    """The last line: how much was found, in how many files."""
    files = counted(len(report.files), "file")
    found = [
        palette.paint(counted(number, severity.value), SEVERITY[severity])
        for severity in Severity
        if (number := report.count(severity))
    ]
    if report.problems:
        found.insert(0, palette.paint(counted(len(report.problems), "problem"), SEVERITY[Severity.ERROR]))
    if not found:
        return f"{files} checked, nothing found"
    listed = found[0] if len(found) == 1 else ", ".join(found[:-1]) + " and " + found[-1]
    return f"{files} checked: {listed}"


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _by_file(marks: Sequence[Mark]) -> list[tuple[SourceFile, list[Mark]]]:
    """Marks grouped by file, the primary mark's file first."""
    groups: list[tuple[SourceFile, list[Mark]]] = []
    for mark in marks:
        for file, group in groups:
            if file is mark.span.file:
                group.append(mark)
                break
        else:
            groups.append((mark.span.file, [mark]))
    return groups
