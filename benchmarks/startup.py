"""Start-up: whole processes of `bxc`, beside a bare interpreter and one that imports only the command-line library."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.harness import table

ROUNDS = 25
SPEC = Path(__file__).parent.parent / "specs" / "medical.bxc"


def main() -> str:
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "medical.bxc"
        spec.write_bytes(SPEC.read_bytes())
        bxc = [sys.executable, "-m", "bxc"]
        times = _measured(
            {
                "`python -c pass`": [sys.executable, "-c", "pass"],
                '`python -c "import click"`': [sys.executable, "-c", "import click"],
                "`bxc --help`": [*bxc, "--help"],
                "`bxc fmt --check medical.bxc`": [*bxc, "fmt", "--check", str(spec)],
                "`bxc explain BX004`": [*bxc, "explain", "BX004"],
                "`bxc check medical.bxc`": [*bxc, "check", str(spec)],
            }
        )
    bare, click = list(times.values())[:2]
    rows = [
        (name, f"{least * 1e3:.0f}", f"{middle * 1e3:.0f}", f"{least / bare[0]:.2f}", f"{least / click[0]:.2f}")
        for name, (least, middle) in times.items()
    ]
    head = ("process", "least ms", "median ms", "× python", "× import click")
    return f"## Start-up\n\nWhole processes, {ROUNDS} of each, taking turns.\n\n{table(head, rows)}"


def _measured(commands: dict[str, list[str]]) -> dict[str, tuple[float, float]]:
    """The least and the median seconds of each command; CalledProcessError if one fails."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            start = perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            times[name].append(perf_counter() - start)
    return {name: (min(seconds), median(seconds)) for name, seconds in times.items()}
