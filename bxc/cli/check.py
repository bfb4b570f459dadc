"""`bxc check`: specs → a report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from bxc import resources
from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.specs import Checks, Told, check_all, chosen, configuration, proving_of, report_all, stdin_content
from bxc.report import Report, render
from bxc.report.model import Step
from bxc.report.text import counted
from bxc.witness import Scenario

EXAMPLES = """
bxc check specs/medical.bxc
bxc check                            the specs that bxc.toml names
bxc check - < draft.bxc              from standard input
bxc check --strict --format github   in continuous integration
bxc check --format json | jq .summary
bxc check --statements --timeout 600   what is emitted is looked at, too
"""


@options.command("check", EXAMPLES)
@options.specs
@options.report_format
@options.strict
@options.today
@options.k
@options.timeout
@options.statements
@options.cache
@click.option("--repro", type=options.PATH, metavar="DIR", help="Write scripts that show each counterexample to DIR.")
def command(
    console: Console,
    specs: tuple[str, ...],
    form: str | None,
    strict: bool | None,
    today: date | None,
    k: int | None,
    timeout: float | None,
    statements: bool | None,
    cache: bool | None,
    repro: str | None,
) -> int:
    """Report everything that is wrong with a spec.

    Reads each SPEC with its imports, proves its laws, and reports all findings, sorted by file and place. Exits with 0
    if there is no error, 1 if there is one, 2 if a SPEC cannot be read. What was proved is kept for later runs. A SPEC
    `-` is standard input; its imports are relative to the working folder.
    """
    config = configuration()
    strict = config.strict if strict is None else strict
    roots, proving = chosen(specs, config), proving_of(config, k, timeout, cache, statements)
    form = form or config.format or "text"
    content = stdin_content(roots)
    if repro is None:
        report, told = report_all(roots, today, strict, console, proving, content)
    else:
        checks = check_all("check", roots, today, strict, console, proving, content)
        _write_repro(checks, Path(repro), console)
        report, told = checks.report, tuple(Told(one.diagnostics, one.planned) for one in checks.checked)
    if form == "json":
        report = replace(report, steps=_steps(told))
    show(report, form, console)
    return report.exit_code


def _steps(told: Sequence[Told]) -> dict[Scenario, dict[str, tuple[Step, ...]]]:
    """How to see each counterexample happen, by engine."""
    steps: dict[Scenario, dict[str, tuple[Step, ...]]] = {}
    for one in told:
        scenarios = [d.witness.scenario for d in one.diagnostics if d.witness is not None and d.witness.scenario]
        if scenarios:
            steps.update(_recipes(scenarios, one))
    return steps


def _recipes(scenarios: Sequence[Scenario], told: Told) -> dict[Scenario, dict[str, tuple[Step, ...]]]:
    from bxc.check.replay_steps import ENGINES, recipe
    from bxc.compile import planned

    plan = told.planned or (planned(told.root) if told.root is not None else None)
    if plan is None:
        return {}
    return {scenario: {engine: recipe(scenario, plan, engine).steps for engine in ENGINES} for scenario in scenarios}


def _write_repro(checks: Checks, folder: Path, console: Console) -> None:
    """Write the scripts of each spec's counterexamples, to a folder of its own if there are several specs."""
    from bxc.check.repro import ReproError, write_repro

    for checked in checks.checked:
        if checked.resolved is None or checked.planned is None:
            continue
        own = folder if len(checks.checked) == 1 else folder / checked.resolved.name
        try:
            made = write_repro(checked.diagnostics, checked.resolved, checked.planned, own)
        except ReproError as error:
            raise CommandError(str(error), path=str(error.path), hint=error.hint) from error
        console.done(f"wrote {counted(len(made), 'counterexample')} to {own}")


def show(report: Report, form: str, console: Console) -> None:
    """Print a report to stdout; problems also to stderr where stdout holds a document."""
    titles = {d.code: resources.error_title(d.code) for d in report.diagnostics} if form == "sarif" else {}
    if form == "text":
        palette = console.palette(sys.stdout)
        console.out(render(report, form, titles, palette, quiet=console.quiet, width=console.width(sys.stdout)))
        return
    console.document(render(report, form, titles))
    for problem in report.problems:
        console.problem(problem)
