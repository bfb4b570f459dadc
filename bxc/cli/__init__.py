"""The command line: argv → the core, and what it says → stdout, stderr, files and an exit code."""

from __future__ import annotations

import sys

INTERRUPTED = 130  # as shells have it: 128 and the number of the signal


def main() -> None:
    """Run `bxc` with the process's arguments, and exit; Ctrl-C is silent from the first import on."""
    try:
        from bxc.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
