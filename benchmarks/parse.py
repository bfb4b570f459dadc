"""Parse: a spec of 10,000 lines as users write them, beside importing the library that computed the parser's table."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.harness import table
from bxc.format import format_text
from bxc.parse import parse_text
from bxc.text import SourceFile

LINES = 10_000
ROUNDS = 5
SPECS = Path(__file__).parent.parent / "specs"


def main() -> str:
    source = SourceFile("large.bxc", large())
    work: dict[str, Callable[[], object]] = {
        "`parse_text`": lambda: parse_text(source),
        "`format_text`, which parses first": lambda: format_text(source),
    }
    rows = [(name, f"{_processor_ms(job):.0f}") for name, job in work.items()]
    imports = [(f"`import {module}`", f"{_import_ms(module):.0f}") for module in ("bxc.parse", "lark")]
    size = len(source.text) / 2**10
    return f"""## Parse

{LINES:,} lines, {size:.0f} KiB, made of the examples over and over; processor time, the best of {ROUNDS} rounds.

{table(("work", "ms"), rows)}

Target: at most 500 ms. Start-up, wall time of a whole process less that of an empty one:

{table(("process", "ms"), imports)}"""


def large() -> str:
    """Declarations of the examples, repeated; parsing does not mind that names stand twice."""
    lines = [line for path in sorted(SPECS.glob("*.bxc")) for line in path.read_text("utf-8").splitlines()]
    return "\n".join(islice(cycle(lines), LINES)) + "\n"


def _processor_ms(job: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        start = process_time()
        job()
        times.append(process_time() - start)
    return min(times) * 1e3


def _import_ms(module: str) -> float:
    """The best of some processes that import a module, less the best of as many that import nothing."""
    return _process_ms(f"import {module}") - _process_ms("pass")


def _process_ms(code: str) -> float:
    times = []
    for _ in range(3 * ROUNDS):
        start = perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(perf_counter() - start)
    return min(times) * 1e3
