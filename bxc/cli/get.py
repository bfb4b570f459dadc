"""`bxc get`: a view in a database → its rows on stdout or in a file."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.files import replacing
from bxc.cli.progress import progress
from bxc.cli.specs import configuration

if TYPE_CHECKING:
    from bxc.database.bundle import View

EXAMPLES = """
bxc get D31 --db doctor.db                  a table on a terminal, CSV in a pipe
bxc get D31 --db doctor.db --to d31.csv
bxc get D23 --db duckdb:///researcher.duckdb --to d23.parquet
bxc get D31 --generated generated/medical --db doctor.db --format ndjson
"""
FORMATS = ("table", "csv", "ndjson", "json", "parquet")
SUFFIXES = {".csv": "csv", ".parquet": "parquet", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "json"}


@options.command("get", EXAMPLES)
@click.argument("view")
@options.one_spec
@options.database
@options.generated
@click.option("--to", type=options.PATH, metavar="FILE", help="Write to FILE; its suffix tells the format.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Form of the rows.")
@options.null
def command(
    console: Console,
    view: str,
    spec: str | None,
    url: str | None,
    generated: str | None,
    to: str | None,
    form: str | None,
    null: str,
) -> int:
    """Read a view.

    Runs the view's generated SELECT. Writes nothing to the database. Where FILE is there already, it is replaced once
    all rows are read.
    """
    from bxc.cli.databases import INSTALL, address, generated_files, opened, owner_of
    from bxc.database import get
    from bxc.database.rows import SPOOL_NULL

    config = configuration()
    form = form or _format_of(to)
    files = generated_files(spec, generated, url, config, console)
    peer, found = owner_of(files, view)
    with opened(address(url, peer, config), "read", INSTALL) as database:
        result = get.get(database, files, peer, found)
        text = get.texts(found, database.engine)
        if form == "parquet":
            _write_parquet(get.csv_lines(result.columns, result.rows, text, SPOOL_NULL), found, to, console)
            return 0
        lines = {
            "csv": lambda: get.csv_lines(result.columns, result.rows, text, null),
            "ndjson": lambda: get.ndjson_lines(result.columns, result.rows, text, found),
            "json": lambda: get.json_lines(result.columns, result.rows, text, found),
            "table": lambda: get.table_lines(result.columns, result.rows, text),
        }[form]()
        _write(lines, to, view, form, console)
    return 0


def _write(lines: Iterable[str], to: str | None, view: str, form: str, console: Console) -> None:
    """Write lines to a file, or to stdout."""
    if to is None and form == "table":
        for line in lines:
            console.out(line)
        return
    if to is None:
        console.data(lines)
        return
    with (
        progress(f"reading {view}", console),
        replacing(Path(to)) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as out,
    ):
        out.writelines(lines)
    console.done(f"wrote {to}")


def _write_parquet(lines: Iterable[str], view: View, to: str | None, console: Console) -> None:
    from bxc.database.get import write_parquet

    if to is None:
        raise CommandError("Parquet is no text", hint="name a file with --to")
    with (
        tempfile.TemporaryDirectory(prefix="bxc-") as folder,
        progress(f"reading {view.name}", console),
        replacing(Path(to)) as temporary,
    ):
        write_parquet(view, lines, Path(folder) / "rows.csv", temporary)
    console.done(f"wrote {to}")


def _format_of(to: str | None) -> str:
    """The form that a file's suffix asks for; without a file a table for people, CSV for programs."""
    if to is None:
        return "table" if sys.stdout.isatty() else "csv"
    form = SUFFIXES.get(Path(to).suffix.lower())
    if form is None:
        raise CommandError(f"the suffix of {to} does not tell the format", hint=f"say --format {', '.join(FORMATS)}")
    return form
