"""Laws: `bxc check` on generated specs with planted defects, which must all be found, and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.generate_specs import COLUMNS, SOURCES, Generated, generate
from benchmarks.harness import table

SIZES = (10, 100, 1_000)
LONG = 10_000
LARGE = 1_000
TIMEOUT = "3600"
CONTRACT = "BX007"  # so many shares are more than one contract takes; their laws are looked at all the same


@dataclass(frozen=True, slots=True)
class Run:
    """One process: what it took (seconds, MiB) and what it found (code and line, sorted; notes are left out)."""

    wall: float
    cpu: float
    peak: float
    found: tuple[tuple[str, int], ...]
    said: str


def main(full: bool) -> str:
    """The cost curve, then what is kept between runs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.bxc"
        curve = [_size(path, size) for size in (*SIZES, *((LONG,) if full else ()))]
        again = _again(path, Path(folder) / "cache")
    return f"""## Laws

Whole processes of `bxc check --no-cache` on generated specs: {SOURCES} sources of {COLUMNS} columns at as many peers,
selections and projections with conditions, renamed and computed columns, each shared by two peers with rights. Defects
of eight kinds (BX203, BX205, BX208, BX303, BX304, BX311, BX321, BX331) are planted among them: each is found at its
line, and there is no other error or warning (but BX007: so many shares are more than one contract takes).

{table(("views", "defects", "wall s", "cpu s", "cpu ms a view", "peak MiB"), curve)}

Target: {LARGE:,} views in at most 20 s.

With the cache, {LARGE:,} views; a view was edited by another bound in its condition.

{table(("run", "wall s", "cpu s", "proved again"), again)}

Target: at most 1 s where nothing has changed. It is missed: a report in JSON tells the SQL of each counterexample, for
which the spec is read and planned anew. With an edit, that and the list of what there is to prove take most of the
time."""


def _size(path: Path, size: int) -> tuple[str, ...]:
    spec = generate(size, max(8, size // 20) if size > 10 else 2)
    run = check(path, spec)
    return (
        f"{spec.views:,}",
        f"{len(spec.expected)}",
        f"{run.wall:.1f}",
        f"{run.cpu:.1f}",
        f"{run.cpu * 1000 / spec.views:.1f}",
        f"{run.peak:.0f}",
    )


def _again(path: Path, cache: Path) -> list[tuple[str, ...]]:
    """Three runs that share a cache: the first one, the same again, and one after an edit."""
    spec = generate(LARGE, LARGE // 20)
    rows: list[tuple[str, ...]] = []
    for name, text in (
        ("first", spec.text),
        ("nothing changed", spec.text),
        ("a comment added", f"{spec.text}# the same\n"),
        ("one view edited", _edited(spec.text)),
    ):
        run = check(path, Generated(text, spec.expected, spec.views), cache)
        rows.append((name, f"{run.wall:.2f}", f"{run.cpu:.2f}", _proved(run.said)))
    return rows


def _edited(text: str) -> str:
    """The spec with one condition more in one view; no line moves."""
    place = text.index("  where ward = 1 and price between 0 and 101\n")
    return f"{text[:place]}  where ward = 1 and price between 0 and 100{text[text.index(chr(10), place) :]}"


def _proved(said: str) -> str:
    """What the process says of how many obligations were proved anew."""
    told = re.search(r"(\d+) looked at", said)
    return told[1] if told else "0"


def check(path: Path, spec: Generated, cache: Path | None = None) -> Run:
    """Checks a spec in a process of its own; RuntimeError if it does not find what was planted, and that alone."""
    path.write_text(spec.text, encoding="utf-8")
    kept = ["--no-cache"] if cache is None else ["--verbose"]
    command = [sys.executable, "-m", "bxc", "check", *kept, "--timeout", TIMEOUT, "--format", "json", str(path)]
    environment = {**os.environ, "BXC_CACHE_DIR": str(cache), "XDG_CACHE_HOME": str(cache)} if cache else {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as errors:
        start = perf_counter()
        process = subprocess.Popen(command, stdout=told, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        errors.seek(0)
        said = errors.read().decode()
        if process.returncode not in (0, 1):
            raise RuntimeError(f"exit code {process.returncode}: {said}")
        document = json.loads(told.read())
    found = sorted(
        (d["code"], d["primary"]["start"]["line"])
        for d in document["diagnostics"]
        if d["severity"] != "note" and d["code"] != CONTRACT
    )
    run = Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, tuple(found), said)
    if run.found != spec.expected:
        missed, false = set(spec.expected) - set(run.found), set(run.found) - set(spec.expected)
        raise RuntimeError(f"missed: {sorted(missed)[:9]}; falsely reported: {sorted(false)[:9]}")
    return run
