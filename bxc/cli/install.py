"""`bxc install`: a peer's generated files → its database."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.progress import progress
from bxc.cli.rowfiles import STDIN, row_file
from bxc.cli.specs import configuration
from bxc.report.text import counted

if TYPE_CHECKING:
    from bxc.database.bundle import Bundle
    from bxc.database.install import Installed

EXAMPLES = """
bxc install specs/medical.bxc --peer Doctor --db doctor.db
bxc install specs/medical.bxc --peer Doctor --db doctor.db --load D3=d3.csv
bxc install specs/medical.bxc --peer Doctor --db clinic.db --enforce
bxc install --generated generated/medical --peer Researcher --db duckdb:///researcher.duckdb
bxc install specs/medical.bxc --peer Doctor --db postgresql://clinic.example/doctor
"""


@options.command("install", EXAMPLES)
@options.one_spec
@options.database
@click.option("--peer", required=True, metavar="NAME", help="Whose database it is.")
@options.generated
@click.option("--enforce", is_flag=True, help="Let triggers hold the constraints that tables lack (SQLite).")
@click.option(
    "--load",
    "loads",
    multiple=True,
    metavar="DIR | SOURCE=FILE",
    help="Fill new tables from SOURCE.csv, .parquet or .ndjson in DIR, or one from FILE.",
)
@options.null
def command(
    console: Console,
    spec: str | None,
    url: str | None,
    peer: str,
    generated: str | None,
    enforce: bool,
    loads: tuple[str, ...],
    null: str,
) -> int:
    """Create a peer's tables, views and triggers in its database.

    Makes what is missing, the database file too. A table that is there already is never altered: it is compared with
    the spec (columns, types, NULL, keys, CHECK, UNIQUE, foreign keys, and its rows with all of these and `determines`),
    and the install is refused, with exit code 1, if it differs. Everything is done in one transaction, or nothing.
    Afterwards `bxc get` and `bxc put` work on the database.
    """
    from bxc.cli.databases import address, generated_files, opened, peer_of
    from bxc.database.install import MismatchError, install

    config = configuration()
    files = generated_files(spec, generated, url, config, console)
    owner = peer_of(files, peer)
    to_load = _files_to_load(loads, files, owner)
    where = address(url, owner, config)
    if enforce and where.engine != "sqlite":
        raise CommandError(f"--enforce works on SQLite only, not on {where.engine}")
    with ExitStack() as stack:
        rows = {name: stack.enter_context(row_file(file, None, null, None)) for name, file in to_load.items()}
        database = stack.enter_context(opened(where, "create"))
        try:
            with progress(f"installing {owner}", console) as meter:
                done = install(database, files, owner, rows, enforce=enforce, progress=meter.advance)
        except MismatchError as error:
            hint = "--enforce lets triggers hold what the tables lack" if error.enforceable else None
            listed = "\n".join(f"  - {reason_}" for reason_ in error.reasons)
            raise CommandError(
                f"{where.shown} does not fit the spec; nothing was changed\n{listed}", hint=hint, code=1
            ) from error
    _report(done, owner, files, where.shown, console)
    return 0


def _files_to_load(values: tuple[str, ...], files: Bundle, peer: str) -> dict[str, str]:
    """The file of each source that is to be filled."""
    from bxc.database.rows import SUFFIXES

    sources = files.peers[peer].sources
    found: dict[str, str] = {}
    for value in values:
        name, equals, file = value.partition("=")
        if equals and name in sources and file != STDIN:
            found[name] = file
        elif Path(value).is_dir():
            in_folder = {
                s: str(p) for s in sources for p in sorted(Path(value).glob(f"{s}.*")) if p.suffix.lower() in SUFFIXES
            }
            if not in_folder:
                hint = f"as {next(iter(sources))}.csv"
                raise CommandError(f"{value} has no file named after a source of {peer}", hint=hint)
            found |= in_folder
        else:
            hint = f"write a folder, or one of {', '.join(sources)} with =FILE"
            raise CommandError(f"--load {value} is neither a folder nor SOURCE=FILE", hint=hint)
    return found


def _report(done: Installed, peer: str, files: Bundle, place: str, console: Console) -> None:
    views = counted(len(files.peers[peer].views), "view")
    console.done(f"installed {peer} of {files.spec} in {place}: {counted(len(done.created), 'new table')}, {views}")
    for name in done.found:
        console.say(f"  {name} was there and fits")
    for name in done.guarded:
        console.say(f"  {name} was there; triggers now hold what it lacked")
    for name, count in done.loaded.items():
        console.say(f"  {name}: {counted(count, 'row')} loaded")
