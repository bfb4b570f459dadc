"""Where a command speaks: its product to stdout, prose to stderr, in colour if wanted."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TextIO

from bxc.dataclass import dataclass
from bxc.report.colour import GOOD, Palette, wanted
from bxc.report.model import Problem

NARROWEST, WIDEST = 40, 120
"""Cells between which a report keeps to the terminal's width."""


@dataclass(frozen=True, slots=True)
class Console:
    """What `--color`, `-q` and `-v` ask for."""

    color: str = "auto"
    quiet: bool = False
    verbose: bool = False

    def out(self, text: str) -> None:
        """Print to stdout, as it is."""
        sys.stdout.write(text)

    def document(self, text: str) -> None:
        """Print a document to stdout in UTF-8, whatever the terminal's encoding is."""
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()

    def data(self, lines: Iterable[str]) -> None:
        """Print lines to stdout as they come, in UTF-8, whatever the terminal's encoding is."""
        sys.stdout.flush()
        sys.stdout.buffer.writelines(line.encode() for line in lines)
        sys.stdout.buffer.flush()

    def say(self, text: str) -> None:
        """Print a line of prose to stderr, unless quiet."""
        if not self.quiet:
            sys.stderr.write(f"{text}\n")

    def done(self, text: str) -> None:
        """Say that something succeeded: `verb rest`, the verb in green."""
        verb, _, rest = text.partition(" ")
        self.say(f"{self.palette(sys.stderr).paint(verb, GOOD)} {rest}".rstrip())

    def detail(self, text: str) -> None:
        """Print a line of prose to stderr, if verbose."""
        if self.verbose:
            sys.stderr.write(f"{text}\n")

    def problem(self, problem: Problem) -> None:
        """Print a problem to stderr, even if quiet."""
        from bxc.report.text import problem_text

        sys.stderr.write(problem_text(problem, self.palette(sys.stderr)) + "\n")

    def width(self, stream: TextIO) -> int | None:
        """How many cells a line of a terminal has for a report; None if it is none, or a wide one."""
        if not stream.isatty():
            return None
        columns = shutil.get_terminal_size().columns
        return max(columns, NARROWEST) if columns < WIDEST else None

    def palette(self, stream: TextIO) -> Palette:
        """The colours for a stream."""
        return Palette(wanted(self.color, os.environ, stream.isatty()))
