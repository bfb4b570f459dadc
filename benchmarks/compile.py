"""Compile: the whole process of `bxc compile` on a spec of 1,000 views over 10 sources of 20 columns."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.harness import table

SOURCES = 10
COLUMNS = 20
VIEWS = 1000
ROUNDS = 3
FLOOR = """
import sys
from pathlib import Path
source, target = map(Path, sys.argv[1:])
for path in source.rglob("*"):
    if path.is_file():
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: wall-clock and processor seconds, and its peak memory in MiB."""

    wall: float
    cpu: float
    peak: float


def main() -> str:
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "large.bxc"
        spec.write_text(large(), encoding="utf-8")
        output = Path(folder) / "generated"
        bxc = [sys.executable, "-m", "bxc"]
        commands = {
            "`bxc check`": [*bxc, "check", str(spec)],
            "`bxc compile`, SQLite and DuckDB, nothing there yet": [*bxc, "compile", str(spec), "-o", str(output)],
            "`bxc compile`, again": [*bxc, "compile", str(spec), "-o", str(output)],
            "floor: Python reads and writes these files": [sys.executable, "-c", FLOOR, str(output), f"{output}.copy"],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            subprocess.run(["rm", "-rf", str(output), f"{output}.copy"], check=True)
            for name, command in commands.items():
                costs[name].append(_cost(command))
        files = [path for path in output.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 2**20
    best = {name: min(each, key=lambda c: c.wall) for name, each in costs.items()}
    rows = [(name, f"{c.wall:.1f}", f"{c.cpu:.1f}", f"{c.peak:.0f}") for name, c in best.items()]
    return f"""## Compile

{VIEWS:,} views, {VIEWS // 2} shares, {SOURCES} sources of {COLUMNS} columns; {len(files):,} files, {size:.0f} MiB.

{table(("process", "wall s", "cpu s", "peak MiB"), rows)}

Target: at most 15 s and 300 MiB."""


def large() -> str:
    """A spec in which each source has 100 views, each a share with a view of the next source, at another peer."""
    return "\n".join(["spec large version 1", *_peers(), *_sources(), *_views()]) + "\n"


def _peers() -> Iterator[str]:
    for number in range(SOURCES):
        yield f"peer P{number} as 'Hospital number {number}'"


def _sources() -> Iterator[str]:
    for number in range(SOURCES):
        yield f"source T{number} at P{number} {{"
        yield "  id int primary key"
        yield "  ward int not null"
        yield "  live bool not null default true"
        yield "  born date"
        yield "  price decimal(10,2)"
        yield from (f"  c{column} {'int' if column % 3 == 0 else 'text'}" for column in range(5, COLUMNS))
        yield "}"


def _views() -> Iterator[str]:
    for number in range(VIEWS // 2):
        here, there = number % SOURCES, (number + 1) % SOURCES
        kept = [f"c{5 + (number + step) % (COLUMNS - 5)}" for step in (0, 2, 5, 9)]
        for end, source in (("A", here), ("B", there)):
            yield f"view V{number}{end} from T{source} {{"
            yield f"  where ward = {number} and live"
            yield f"  keep id, born, price, {', '.join(kept)}"
            yield "  on delete set live = false"
            yield "}"
        yield f"share S{number} = V{number}A <-> V{number}B {{"
        yield f"  authority P{here}"
        yield f"  update {kept[0]}, {kept[1]} by P{here}, P{there}"
        yield f"  update price by P{here}"
        yield f"  delete by P{there}"
        yield "  ack within 7d"
        yield "}"


def _cost(command: list[str]) -> Cost:
    """Runs a command to its end; RuntimeError if it fails."""
    start = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode}: {said}")
    return Cost(perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
