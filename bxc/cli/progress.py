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
    """How many rows are done; `advance` is what the work calls."""

    def __init__(self) -> None:
        self.rows = 0

    def advance(self, rows: int) -> None:
        """Note that this many rows are done in all."""
        self.rows = rows


@contextmanager
def progress(what: str, console: Console) -> Iterator[Meter]:
    """Show a line while the block runs: what is done, the rows, the seconds."""
    meter = Meter()
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
        rows = f" {meter.rows:,} rows," if meter.rows else ""
        line = f"{FRAMES[frame % len(FRAMES)]} {what}:{rows} {seconds:.0f} s"
        # A line that wraps could not be erased.
        sys.stderr.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
        sys.stderr.flush()
        frame += 1
    sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()
