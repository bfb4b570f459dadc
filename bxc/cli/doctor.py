"""`bxc doctor`: what is there of all that bxc uses, what is missing, and how to get it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.progress import progress

if TYPE_CHECKING:
    from bxc.cli.surroundings import Item

EXAMPLES = """
bxc doctor
bxc doctor --format json
bxc doctor --db postgresql://clinic.example/doctor      is it there, and can I open it?
bxc doctor --install                 let py-solc-x fetch the Solidity compiler
"""
INSTALL_SECONDS = 300.0
BYTES = 1_000_000


@options.command("doctor", EXAMPLES)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the list.")
@click.option("--install", is_flag=True, help="First let py-solc-x fetch the Solidity compiler, unless there is one.")
@click.option("--db", "url", metavar="URL", help="Look, too, whether this database can be opened.")
def command(console: Console, form: str, install: bool, url: str | None) -> int:
    """Tell what is there of all that bxc uses, and how to get the rest.

    Exits with 2 if something is missing that `bxc check` and `bxc compile` need, or the database that is asked for.
    """
    from bxc.cli.surroundings import items, server

    if install:
        _install(console)
    found = items() if url is None else (*items(), server(url))
    broken = any(item.needed and not item.found for item in found)
    console.document(_document(found, not broken) if form == "json" else "".join(f"{_line(i)}\n" for i in found))
    return 2 if broken else 0


def _line(item: Item) -> str:
    """`ok       Z3          5.4.0`, or what is missing, what for, and how to get it."""
    state = "ok" if item.found else "MISSING" if item.needed else "missing"
    more = "" if item.found else f" (for {item.use}): {item.get}"
    return f"{state:8} {item.name:11} {item.detail}{more}"


def _document(found: Sequence[Item], complete: bool) -> str:
    listed = [
        {"name": i.name, "found": i.found, "needed": i.needed, "detail": i.detail, "use": i.use, "get": i.get}
        for i in found
    ]
    document = {"format": "bxc-doctor", "format_version": 1, "complete": complete, "items": listed}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _install(console: Console) -> None:
    """Fetch the compiler, where there is none yet. CommandError if that fails."""
    from bxc.codegen.evm import SOLIDITY
    from bxc.solc import NoCompiler, find
    from bxc.solc.process import ProgramError, run
    from bxc.solc.search import brief

    try:
        console.say(f"there is a solc {SOLIDITY} already: {find().path}")
        return
    except NoCompiler as error:
        if error.named:
            raise CommandError(error.why) from error
    what = f"solc {SOLIDITY} could not be fetched"
    try:
        with progress(f"fetching solc {SOLIDITY}", console):
            done = run([sys.executable, "-m", "bxc.solc.install"], timeout=INSTALL_SECONDS, most=BYTES)
    except ProgramError as error:
        raise CommandError(f"{what}: {error}") from error
    if done.code:
        raise CommandError(f"{what}{brief(done.err)}", hint=f"`npm install solc@{SOLIDITY}` gets one from npm")
    console.done(f"installed {find().path}")
