"""The `bxc` command: argv → an exit code, importing the one command that is asked for and no other."""

from __future__ import annotations

import importlib
import io
import itertools
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import click

from bxc import __version__
from bxc.cli import INTERRUPTED
from bxc.cli.console import Console
from bxc.cli.errors import CommandError, reason
from bxc.cli.options import CONTEXT
from bxc.report import MACHINE_FORMATS, Problem, Report, render
from bxc.suggest import closest

ISSUES = "the project's issue tracker"
PIPE_CLOSED = 141


class Entry(NamedTuple):
    """Where a command lives and what the list of commands says about it."""

    module: str
    section: str
    help: str


COMMANDS = {
    "init": Entry("bxc.cli.init", "Specs", "Start a project: a small spec, bxc.toml, CI and pre-commit files."),
    "check": Entry("bxc.cli.check", "Specs", "Report everything that is wrong with a spec."),
    "fmt": Entry("bxc.cli.fmt", "Specs", "Lay out specs in the one canonical form."),
    "graph": Entry("bxc.cli.graph", "Specs", "Draw which share can change which other share."),
    "explain": Entry("bxc.cli.explain", "Specs", "Explain a finding's code."),
    "compile": Entry("bxc.cli.compile", "Specs", "Check specs and write the generated files."),
    "import": Entry("bxc.cli.import_", "Databases", "Write source declarations from a live database."),
    "install": Entry("bxc.cli.install", "Databases", "Create a peer's tables, views and triggers in its database."),
    "get": Entry("bxc.cli.get", "Databases", "Read a view."),
    "put": Entry("bxc.cli.put", "Databases", "Write rows through a view into its source."),
    "deploy": Entry("bxc.cli.deploy", "Chain", "Deploy a spec's contract and write a deployment record."),
    "plan": Entry("bxc.cli.plan", "Chain", "Show and save what is to be done to a deployed contract."),
    "apply": Entry("bxc.cli.apply", "Chain", "Do exactly what a saved plan says."),
    "peer": Entry("bxc.cli.peer", "Peers", "Run a peer of a share, and see to it."),
    "history": Entry("bxc.cli.history", "Peers", "Tell who changed a share, and who agreed."),
    "demo": Entry("bxc.cli.demo", "Peers", "Play the papers' example: three peers, eleven steps, a crash."),
    "doctor": Entry("bxc.cli.doctor", "Shell", "Tell what is there of all that bxc uses, and how to get the rest."),
    "completion": Entry("bxc.cli.completion", "Shell", "Print the completion script of a shell."),
}


class PipeClosedError(Exception):
    """Whoever read our output has gone."""


class Root(click.Group):
    """A group that imports a command's module only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command; None if there is none of that name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        found = importlib.import_module(entry.module).command
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, but unknown names are answered in our words."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = closest(args[0], COMMANDS)
            hint = f"did you mean `bxc {close}`?" if close else "`bxc --help` lists the commands"
            raise CommandError(f"there is no command `{args[0]}`", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands by section, without importing one."""
        for section in dict.fromkeys(entry.section for entry in COMMANDS.values()):
            rows = [(name, entry.help) for name, entry in COMMANDS.items() if entry.section == section]
            with formatter.section(section):
                formatter.write_dl(rows, col_max=12)

    def invoke(self, ctx: click.Context) -> Any:
        """As click, but a closed pipe is ours to answer."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise PipeClosedError from error


@click.group(
    "bxc",
    cls=Root,
    context_settings=CONTEXT,
    no_args_is_help=False,
    invoke_without_command=True,
    epilog="`bxc COMMAND --help` tells more. Exit codes: 0 nothing found, 1 findings, 2 wrong usage or environment.",
)
@click.version_option(__version__, "--version", "-V", message="bxc %(version)s")
@click.pass_context
def root(ctx: click.Context) -> int:
    """Keep views of different owners' tables equal, each owner with their own rights.

    A spec names peers, their tables, the views that lenses derive from them and the shares that keep views equal; bxc
    checks it and turns it into SQL.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    return 0


def run(argv: Sequence[str]) -> int:
    """Run a command line and give its exit code; raises nothing, except with `--debug`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(list(argv))
        sys.stdout.flush()
    except (PipeClosedError, BrokenPipeError):
        _discard_output()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:  # the disk behind stdout is full, say
        _discard_output()
        with suppress(OSError):
            Console().problem(Problem(f"cannot write the output: {reason(error)}"))
        return 2
    return code


def _discard_output() -> None:
    """Send what is still to be written nowhere, so that the process does not try again as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(argv: list[str]) -> int:
    try:
        result = root.main(args=argv, prog_name="bxc", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except SystemExit as done:  # click's answer to a shell that asks for completions
        return done.code if isinstance(done.code, int) else 0
    except click.UsageError as error:
        return _fail(argv, _usage_problem(error), 2)
    except click.ClickException as error:
        return _fail(argv, Problem(error.format_message()), 2)
    except CommandError as failure:
        return _fail(argv, failure.problem, failure.code)
    except click.Abort:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except PipeClosedError:
        raise
    except OSError as error:
        path = None if error.filename is None else str(error.filename)
        return _fail(argv, Problem(f"{path}: {reason(error)}" if path else reason(error), path), 2)
    except Exception as error:
        if "--debug" in argv:
            raise
        return _fail(argv, _internal_problem(error), 2)


def _fail(argv: Sequence[str], problem: Problem, code: int) -> int:
    """Show a problem, in the form that the command line asks for."""
    form = _asked_form(argv)
    if form is not None:
        console = Console()
        console.document(render(Report(argv[0], problems=(problem,)), form, {}))
    Console(_asked_color(argv)).problem(problem)
    return code


def _asked_form(argv: Sequence[str]) -> str | None:
    """The machine-readable form of report that a command line asks for, however wrong it is otherwise."""
    if not argv or argv[0] not in ("check", "compile"):
        return None
    form = _value(argv, "--format")
    return form if form in MACHINE_FORMATS else None


def _asked_color(argv: Sequence[str]) -> str:
    color = _value(argv, "--color")
    return color if color in ("always", "never") else "auto"


def _value(argv: Sequence[str], option: str) -> str | None:
    """The last value of an option."""
    values = [after for before, after in itertools.pairwise(argv) if before == option]
    values += [argument.partition("=")[2] for argument in argv if argument.startswith(f"{option}=")]
    return values[-1] if values else None


def _usage_problem(error: click.UsageError) -> Problem:
    message = " ".join(error.format_message().split()).rstrip(".")
    command = error.ctx.command_path if error.ctx is not None else "bxc"
    return Problem(message[:1].lower() + message[1:], help=f"`{command} --help` shows how it is used")


def _internal_problem(error: Exception) -> Problem:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    place = f" at {Path(last.filename).name}:{last.lineno}" if last else ""
    what = str(error).splitlines()[0] if str(error) else ""
    message = f"bxc has a bug: {type(error).__name__}{f' ({what})' if what else ''}{place}"
    return Problem(
        message,
        help=f"please report it to {ISSUES} with the command line, the spec and the output of the same command "
        f"with --debug (bxc {__version__}, Python {sys.version.split()[0]}, {sys.platform})",
    )
