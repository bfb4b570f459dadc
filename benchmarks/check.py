"""Check: whole processes of `bxc check` on a spec of usual size, against what they cannot do without."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.harness import table

SPEC = Path(__file__).parent.parent / "specs" / "medical.bxc"
ROUNDS = 15


def main() -> str:
    """Processes take turns; each is compared with the imports of its kind."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "BXC_CACHE_DIR": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled, as the libraries are
        check = [sys.executable, "-m", "bxc", "check"]
        commands = {
            "import lark": [sys.executable, "-c", "import lark"],
            "remembered": [*check, str(SPEC)],
            "import z3, lark": [sys.executable, "-c", "import z3, lark"],
            "cold": [*check, "--no-cache", str(SPEC)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(ROUNDS + 1):
            for name, command in commands.items():
                taken = _cpu(command, environment)
                if turn:  # the first turn fills caches
                    times[name].append(taken)
    least = {name: min(each) for name, each in times.items()}

    def row(shown: str, name: str, floor: str) -> tuple[str, ...]:
        ratio = least[name] / least[floor]
        return shown, f"{least[name] * 1000:.0f}", f"{median(times[name]) * 1000:.0f}", f"{ratio:.2f}"

    rows = [
        row('floor: `python -c "import lark"`', "import lark", "import lark"),
        row("`bxc check`, nothing changed since the last run", "remembered", "import lark"),
        row('floor: `python -c "import z3, lark"`', "import z3, lark", "import z3, lark"),
        row("`bxc check --no-cache`", "cold", "import z3, lark"),
    ]
    return f"""## Check

`specs/{SPEC.name}`, processor time of whole processes, {ROUNDS} of each, taking turns.

{table(("process", "least ms", "median ms", "× floor"), rows)}

Target: at most 3 × the imports with proofs, 1.5 × where the result is remembered."""


def _cpu(command: list[str], environment: dict[str, str]) -> float:
    """The processor time of one process, in seconds; RuntimeError if it fails."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode}: {command}")
    return usage.ru_utime + usage.ru_stime
