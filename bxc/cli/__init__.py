"""The command line: argv → the core, and what it says → stdout, stderr, files and an exit code."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `bxc` with the process's arguments, and exit."""
    from bxc.cli.app import run

    sys.exit(run(sys.argv[1:]))
