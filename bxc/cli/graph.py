"""`bxc graph`: a spec → a picture of its cascades."""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from pathlib import Path

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.files import write
from bxc.cli.specs import check_all, configuration, only
from bxc.report import render

EXAMPLES = """
bxc graph specs/medical.bxc --open               in the browser
bxc graph specs/medical.bxc --to medical.svg
bxc graph specs/medical.bxc --format mermaid     for a README
"""
FORMATS = ("html", "svg", "dot", "json", "mermaid")
SUFFIXES = {".html": "html", ".svg": "svg", ".dot": "dot", ".gv": "dot", ".json": "json", ".mmd": "mermaid"}


@options.command("graph", EXAMPLES)
@options.one_spec
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Form of the picture.  [default: by --to, else mermaid]"
)
@click.option("--to", type=options.PATH, metavar="FILE", help="Write to FILE; its suffix tells the format.")
@click.option("--open", "open_it", is_flag=True, help="Show it in the browser (html, unless --format svg).")
def command(console: Console, spec: str | None, form: str | None, to: str | None, open_it: bool) -> int:
    """Draw which share can change which other share.

    Peers are clusters, views are nodes, and an edge says that a change through one share can become a change of
    another, with the right that it needs.
    """
    from bxc.codegen import graph

    root = only(spec, configuration())
    # The graph is there to look at, also where a law is broken; its edges are proved when it is drawn.
    checks = check_all("graph", [root], None, False, console, None)
    if checks.report.exit_code:
        sys.stderr.write(render(checks.report, "text", {}, console.palette(sys.stderr), quiet=True))
        raise CommandError(f"{root} has errors, so there is no graph", code=checks.report.exit_code)
    (checked,) = checks.checked
    assert checked.spec is not None
    assert checked.plan is not None
    form = form or _format_of(to, open_it)
    text = graph.render(graph.cascade_graph(checked.spec, checked.plan), form)
    path = Path(to) if to else None
    if open_it:
        path = path or Path(tempfile.mkdtemp(prefix="bxc-")) / f"{checked.spec.name}.{form}"
    if path is None:
        console.document(text)
        return 0
    write(path, text.encode())
    console.done(f"wrote {path}")
    if open_it and not webbrowser.open(path.absolute().as_uri()):
        raise CommandError("there is no browser to open", hint=f"open {path} yourself")
    return 0


def _format_of(to: str | None, open_it: bool) -> str:
    if to is None:
        return "html" if open_it else "mermaid"
    form = SUFFIXES.get(Path(to).suffix.lower())
    if form is None:
        raise CommandError(f"the suffix of {to} does not tell the format", hint=f"say --format {', '.join(FORMATS)}")
    return form
