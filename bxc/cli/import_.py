"""`bxc import`: a live database → source declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.files import write
from bxc.cli.specs import configuration
from bxc.diagnostic import Severity, has_errors
from bxc.text import SourceFile

EXAMPLES = """
bxc import --db clinic.db --peer Doctor > doctor_tables.bxc
bxc import --db duckdb:///lab.duckdb --peer Lab --table Analysis --table Device
"""


@options.command("import", EXAMPLES)
@options.database
@click.option("--peer", required=True, metavar="NAME", help="Whose tables they are.")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Only this table; may be repeated.")
@click.option("--to", type=options.PATH, metavar="FILE", help="Write to FILE, which must not be there yet.")
def command(console: Console, url: str | None, peer: str, tables: tuple[str, ...], to: str | None) -> int:
    """Write source declarations from a live database.

    Reads the catalog of a SQLite, DuckDB or PostgreSQL database: columns, types, keys, NOT NULL, UNIQUE, CHECK,
    defaults, foreign keys. What a spec cannot say stays as a comment at its place. A spec uses the text with an
    `import` line. Data is not read, so `determines` lines are for you to add.
    """
    from bxc.cli.databases import address, near, opened
    from bxc.database.catalog import is_own
    from bxc.database.declare import declare

    where = address(url, peer, configuration())
    with opened(where, "read") as database:
        found = database.tables()
    found = {name: table for name, table in found.items() if not is_own(name)}
    for name in tables:
        if name not in found:
            raise CommandError(f"{where.shown} has no table {name}", hint=near(name, found) or "it has no table at all")
    chosen = {name: table for name, table in found.items() if not tables or name in tables}
    title = f"The tables of {peer} in {where.path.name or where.shown}, as `bxc import` found them."
    text = _laid_out(declare(chosen, where.engine, peer, title, judge(peer)))
    if to is None:
        console.document(text)
        return 0
    if Path(to).exists():
        raise CommandError(f"{to} is there already", hint="choose another name, or remove it first")
    write(Path(to), text.encode())
    console.done(f"wrote {to}")
    return 0


def judge(peer: str) -> Callable[[str], Mapping[int, str]]:
    """Judges declarations as the compiler does: line → the first finding on it."""
    from bxc.database.translate import spec_name
    from bxc.parse import parse_text
    from bxc.resolve import resolve

    def faults(text: str) -> Mapping[int, str]:
        head, _ = parse_text(SourceFile("head", f"spec imported version 1\npeer {spec_name(peer)}\n"))
        body, found = parse_text(SourceFile("body", text))
        if not has_errors(found):
            _, more = resolve((head, body))
            found = [*found, *more]
        lines: dict[int, str] = {}
        for diagnostic in found:
            span = diagnostic.primary.span
            if diagnostic.severity is Severity.ERROR and span.file is body.source:
                lines.setdefault(span.first.line, diagnostic.message)
        return lines

    return faults


def _laid_out(text: str) -> str:
    """The text in canonical layout."""
    from bxc.format import format_text

    formatted, _ = format_text(SourceFile("import", text))
    return text if formatted is None else formatted
