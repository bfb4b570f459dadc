"""Runs the benchmarks one after another, each in a process of its own, and gathers their sections in one document.

A benchmark is a module of this package with `main() -> str`, which returns a section of Markdown under a heading of
level two. One with sizes that take long takes `main(full: bool)`.
"""

from __future__ import annotations

import importlib
import inspect
import os
import platform
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import requires, version
from pathlib import Path
from time import perf_counter

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"
HEAD = """\
# Benchmark results

Written by `make bench`. Times are of one machine; take the ratios, whose two sides were measured in turns in one run.
"""
_SECTION = re.compile(r"<!-- section (\w+) -->\n(.*?)\n<!-- end -->\n", re.DOTALL)


def names() -> tuple[str, ...]:
    """The benchmarks, in the order of their names."""
    own = {"__init__", "__main__", "harness"}
    found = (path.stem for path in sorted(FOLDER.glob("*.py")) if path.stem not in own)
    return tuple(name for name in found if "\ndef main(" in (FOLDER / f"{name}.py").read_text(encoding="utf-8"))


def section(name: str, full: bool) -> str:
    """Runs a benchmark in this process and returns its section."""
    main = importlib.import_module(f"benchmarks.{name}").main
    result = main(full) if inspect.signature(main).parameters else main()
    assert isinstance(result, str)
    return result.strip()


def run(name: str, full: bool) -> str:
    """Runs a benchmark in a fresh process; CalledProcessError if it fails."""
    command = [sys.executable, "-m", "benchmarks", "--section", name, *(["--full"] if full else [])]
    done = subprocess.run(command, cwd=FOLDER.parent, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return done.stdout.strip()


def document(sections: Mapping[str, str]) -> str:
    """The results: the machine, then the sections in the order of their names, between marks."""
    parts = [HEAD, machine()]
    parts += [f"<!-- section {name} -->\n{sections[name]}\n<!-- end -->\n" for name in sorted(sections)]
    return "\n".join(parts)


def sections_of(text: str) -> dict[str, str]:
    """The sections of a document that `document` has written."""
    return {match[1]: match[2] for match in _SECTION.finditer(text)}


def machine() -> str:
    """What the figures depend on, without names of hosts or paths."""
    memory = int(_first(r"MemTotal:\s*(\d+)", "/proc/meminfo") or 0)
    rows = [
        ("processor", _first(r"model name\s*:\s*(.+)", "/proc/cpuinfo") or platform.machine()),
        ("cores", str(os.cpu_count())),
        ("memory", f"{memory / 2**20:.0f} GiB"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        ("SQLite", sqlite3.sqlite_version),
        *((library, version(library)) for library in _libraries()),
    ]
    return "\n".join(["| machine | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]) + "\n"


def _libraries() -> Iterator[str]:
    """The libraries that bxc is built on."""
    for requirement in requires("bxc") or []:
        if "extra ==" in requirement:
            continue  # not asked of everybody
        if found := re.match(r"[\w.-]+", requirement):
            yield found[0]


def _first(pattern: str, path: str) -> str | None:
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8"))
    except OSError:
        return None
    return found[1].strip() if found else None


def best_of(rounds: int, work: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """The least seconds that each piece of work took, the pieces taking turns so that noise meets all alike."""
    best = dict.fromkeys(work, float("inf"))
    for _ in range(rounds):
        for name, piece in work.items():
            start = perf_counter()
            piece()
            best[name] = min(best[name], perf_counter() - start)
    return best


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; all columns but the first are aligned to the right."""
    head = list(head)
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
