"""`bxc demo`: the papers' example, played by three processes."""

from __future__ import annotations

from pathlib import Path

import click

from bxc.cli import options
from bxc.cli.console import Console

EXAMPLES = """
bxc demo
bxc demo --engine duckdb --keep
bxc demo --chain http://127.0.0.1:8545      a chain for development, such as anvil's
bxc demo --record demo.cast                 to be played by asciinema
"""


@options.command("demo", EXAMPLES)
@click.option("--engine", type=click.Choice(["sqlite", "duckdb", "postgres"]), default="sqlite", show_default=True,
              help="The engine of the three databases; for postgres, a server is started and stopped.")  # fmt: skip
@click.option("--chain", metavar="URL", help="A chain that holds a key with money.  [default: one in this process]")
@click.option("--keep", is_flag=True, help="Keep databases, keys and configurations to look into.")
@click.option("--record", type=options.PATH, metavar="FILE", help="Write what is shown to FILE; .cast for asciinema.")
def command(console: Console, engine: str, chain: str | None, keep: bool, record: str | None) -> int:  # noqa: ARG001
    """Play the papers' example: three peers, eleven steps, a crash.

    Three processes, each with a database and a key of its own, real HTTP between them, and a chain. An update takes its
    eleven steps, one without a right is refused, and a peer is killed and goes on. It takes less than a minute.
    """
    from bxc_runtime.demo import main

    return main(engine, chain, keep, None if record is None else Path(record))
