"""`bxc check`: specs → a report."""

from __future__ import annotations

import sys
from datetime import date

from bxc import resources
from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.specs import check_all, chosen, configuration
from bxc.report import Report, render

EXAMPLES = """
bxc check specs/medical.bxc
bxc check                            the specs that bxc.toml names
bxc check --strict --format github   in continuous integration
bxc check --format json | jq .summary
"""


@options.command("check", EXAMPLES)
@options.specs
@options.report_format
@options.strict
@options.today
def command(console: Console, specs: tuple[str, ...], form: str | None, strict: bool | None, today: date | None) -> int:
    """Report everything that is wrong with a spec.

    Reads each SPEC with its imports and reports all findings, sorted by file and place. Exits with 0 if there is no
    error, 1 if there is one, 2 if a SPEC cannot be read.
    """
    config = configuration()
    strict = config.strict if strict is None else strict
    report = check_all("check", chosen(specs, config), today, strict, console).report
    show(report, form or config.format or "text", console)
    return report.exit_code


def show(report: Report, form: str, console: Console) -> None:
    """Print a report to stdout; problems also to stderr where stdout holds a document."""
    titles = {d.code: resources.error_title(d.code) for d in report.diagnostics} if form == "sarif" else {}
    if form == "text":
        console.out(render(report, form, titles, console.palette(sys.stdout), quiet=console.quiet))
        return
    console.document(render(report, form, titles))
    for problem in report.problems:
        console.problem(problem)
