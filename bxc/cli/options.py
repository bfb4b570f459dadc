"""Options that several commands share, and the class that all commands are made of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

from bxc.cli.console import Console
from bxc.config import MAX_K, MAX_TIMEOUT
from bxc.report import FORMATS

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

PATH = click.Path(readable=False, allow_dash=True)
"""A path that the shell completes; whether it can be read, the command itself finds and says."""

Handler = Callable[..., int]


class BxcCommand(click.Command):
    """A command whose help ends with examples, laid out as written."""

    def __init__(self, *args: Any, examples: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("context_settings", CONTEXT)
        super().__init__(*args, **kwargs)
        self.examples = examples.strip("\n")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the examples."""
        if self.examples:
            formatter.write("\nExamples:\n")
            formatter.write("".join(f"  {line}".rstrip() + "\n" for line in self.examples.splitlines()))


def command(name: str, examples: str) -> Callable[[Handler], click.Command]:
    """Make a command of a function whose first parameter is the console and whose result is the exit code."""

    def decorate(function: Handler) -> click.Command:
        @functools.wraps(function)
        def run(color: str, quiet: bool, verbose: bool, debug: bool, **values: Any) -> int:
            del debug  # `bxc.cli.app` looks for it when something goes wrong
            return function(Console(color, quiet, verbose), **values)

        made = click.command(name, cls=BxcCommand, examples=examples)(run)
        made.params.extend(_common())
        return made

    return decorate


def _common() -> list[click.Parameter]:
    return [
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            help="Colour the output. auto: on a terminal; NO_COLOR and FORCE_COLOR are obeyed.",
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="Say only what went wrong."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Tell on stderr what is being done."),
        click.Option(["--debug"], is_flag=True, help="Show the traceback of an internal error."),
    ]


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError as error:
        raise click.BadParameter(f"`{value}` is not a date as 2026-01-31") from error


def _null(_: click.Context, __: click.Parameter, value: str) -> str:
    if any(char in '",\r\n' for char in value):
        raise click.BadParameter("a text with a quote, a comma or a line end cannot stand for NULL")
    return value


def _finite(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and value != value:
        raise click.BadParameter("this is no number of seconds")
    return value


k = click.option(
    "--k",
    type=click.IntRange(1, MAX_K),
    metavar="N",
    help="Rows a table where something is proved by cases.  [default: 2]",
)
timeout = click.option(
    "--timeout",
    type=click.FloatRange(0, MAX_TIMEOUT, min_open=True),
    callback=_finite,
    metavar="SECONDS",
    help="Time for the proofs of a spec.  [default: 60]",
)
statements = click.option(
    "--statements",
    is_flag=True,
    default=None,
    help="Prove of the SQL itself, too, that it does what the spec says.",
)
cache = click.option(
    "--no-cache",
    "cache",
    flag_value=False,
    default=None,
    type=bool,
    help="Prove all anew, and keep nothing for later runs.",
)
report_format = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Form of the report; json, sarif and junit print exactly one document.  [default: text]",
)
strict = click.option(
    "--strict", is_flag=True, default=None, help="Exit with 1 on warnings too, 3 on what is unproved."
)
today = click.option(
    "--today",
    callback=_day,
    metavar="YYYY-MM-DD",
    help="The day by which suppressions expire.  [default: the real one]",
)
specs = click.argument("specs", metavar="[SPEC]...", nargs=-1, type=PATH)
one_spec = click.argument("spec", metavar="[SPEC]", required=False, type=PATH)
database = click.option(
    "--db",
    "url",
    metavar="URL",
    help="sqlite:///file.db, duckdb:///file.duckdb, a file by its suffix, or postgresql://…  [default: bxc.toml]",
)
generated = click.option(
    "--generated",
    type=PATH,
    metavar="DIR",
    help="Use the files in DIR (generated/<spec>) instead of compiling a spec.",
)
null = click.option(
    "--null",
    default="",
    callback=_null,
    metavar="TEXT",
    help="What stands, without quotes, for NULL in CSV.  [default: nothing]",
)
