"""`bxc put`: a file of rows → a view's source, if the put is legal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.progress import progress
from bxc.cli.rowfiles import row_file
from bxc.cli.specs import configuration
from bxc.report.text import counted

if TYPE_CHECKING:
    from bxc.database.put import Outcome, Refusal

EXAMPLES = """
bxc put D31 --db doctor.db --from d31.csv
bxc put D31 --db doctor.db --from changes.ndjson --delta
bxc put D31 --db doctor.db --from d31.parquet --dry-run
bxc get D31 --db a.db | bxc put D13 --db b.db --from - --format csv
"""


@options.command("put", EXAMPLES)
@click.argument("view")
@options.one_spec
@options.database
@options.generated
@click.option("--from", "source", type=options.PATH, required=True, metavar="FILE", help="The rows; - is stdin.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "parquet", "ndjson"]), help="Form of FILE.  [default: its suffix]"
)
@click.option("--delta", is_flag=True, help="FILE holds changes: bxc_op, bxc_old_<key>, and the view's columns.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen, and change nothing.")
@options.null
@click.option(
    "--delimiter", metavar="CHAR", help="What separates the fields of CSV.  [default: a comma; a tab in .tsv]"
)
def command(
    console: Console,
    view: str,
    spec: str | None,
    url: str | None,
    generated: str | None,
    source: str,
    form: str | None,
    delta: bool,
    dry_run: bool,
    null: str,
    delimiter: str | None,
) -> int:
    """Write rows through a view into its source.

    FILE holds the view's whole new content: rows that it lacks are deleted by the view's policy. With --delta it holds
    only changes. The put is one transaction: it is done as a whole, or refused and nothing is changed. A refusal shows
    the code and the offending rows, and exits with 1.

    In CSV the first line names the columns. A field with nothing in it is NULL, "" in quotes is the empty text; --null
    names another text for NULL. Decimals are written with a point, dates as 2026-01-31, timestamps as 2026-01-31
    13:00:00 (UTC), bytes in hexadecimal.
    """
    from bxc.cli.databases import INSTALL, address, generated_files, opened, owner_of
    from bxc.database.put import put

    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise CommandError("--delimiter is one character, and neither a quote nor a line end")
    config = configuration()
    files = generated_files(spec, generated, url, config, console)
    peer, found = owner_of(files, view)
    with (
        row_file(source, form, null, delimiter) as rows,
        opened(address(url, peer, config), "write", INSTALL) as database,
        progress(f"putting into {view}", console) as meter,
    ):
        outcome = put(database, files, peer, found, rows, delta=delta, keep=not dry_run, progress=meter.advance)
    if outcome.refusal is not None:
        _show_refusal(outcome.refusal, view, console)
        return 1
    console.done(_summary(outcome, view, found.source, dry_run))
    return 0


def _summary(outcome: Outcome, view: str, source: str, dry_run: bool) -> str:
    verbs = {"insert": "inserted", "update": "updated", "delete": "deleted"}
    changed = [f"{outcome.changed[op]:,} {verb}" for op, verb in verbs.items() if outcome.changed.get(op)]
    effect = f"{', '.join(changed)} in {source}" if changed else f"nothing changed in {source}"
    head = "would put" if dry_run else "put"
    return f"{head} {counted(outcome.staged, 'row')} into {view}: {effect}"


def _show_refusal(refusal: Refusal, view: str, console: Console) -> None:
    from bxc.cli.refusals import MEANING
    from bxc.database.get import table_lines
    from bxc.report.model import Problem

    meaning = MEANING.get(refusal.code, "a code of its own")
    said = Problem(
        f"{view} is unchanged: the put was refused with {refusal.code}, {meaning}",
        help=None if refusal.rows else refusal.text,
    )
    console.problem(said)
    if refusal.rows:
        text = [lambda value: None if value is None else str(value)] * len(refusal.columns)
        sys.stderr.write("\n" + "".join(f"  {line}" for line in table_lines(refusal.columns, refusal.rows, text)))
        if refusal.more:
            sys.stderr.write("  ... and more\n")
    sys.stderr.write(f"\n  `bxc explain {refusal.code}` tells more\n")
