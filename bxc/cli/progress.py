"""A line on the terminal that tells how far a long work is; nothing elsewhere, and nothing in the first second."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bxc.cli.console import Console

PATIENCE = 1.0  # seconds before the line appears
PAUSE = 0.2
FRAMES = "-\\|/"


class Meter:
    """How many rows, or things of another ``unit``, are done; `advance` or `reach` is what the work calls."""

    def __init__(self, unit: str = "rows") -> None:
        self.unit = unit
        self.rows = 0
        self.total = 0

    def advance(self, rows: int) -> None:
        """Note that this many rows are done in all."""
        self.rows = rows

    def reach(self, done: int, total: int) -> None:
        """Note that so many of so many are done."""
        self.rows, self.total = done, total

    @property
    def text(self) -> str:
        """How far it is, in words; empty if nothing is known."""
        if self.total:
            return f" {self.rows:,} of {self.total:,} {self.unit},"
        return f" {self.rows:,} {self.unit}," if self.rows else ""


@contextmanager
def progress(what: str, console: Console, unit: str = "rows") -> Iterator[Meter]:
    """Show a line while the block runs: what is done, how much of it, the seconds."""
    meter = Meter(unit)
    if console.quiet or not sys.stderr.isatty():
        yield meter
        return
    over = threading.Event()
    thread = threading.Thread(target=_show, args=(what, meter, over), daemon=True)
    thread.start()
    try:
        yield meter
    finally:
        over.set()
        thread.join()


def _show(what: str, meter: Meter, over: threading.Event) -> None:
    start = time.monotonic()
    if over.wait(PATIENCE):
        return
    frame = 0
    while not over.wait(PAUSE):
        seconds = time.monotonic() - start
        line = f"{FRAMES[frame % len(FRAMES)]} {what}:{meter.text} {seconds:.0f} s"
        # A line that wraps could not be erased.
        sys.stderr.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
        sys.stderr.flush()
        frame += 1
    sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()
