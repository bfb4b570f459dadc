"""Overlap: which of 10,000 pairs of views of one source can change one another, proved in one process."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from time import process_time

from benchmarks.harness import table

VIEWS = 100
COLUMNS = 20
ROUNDS = 3


def main() -> str:
    runs = [_run(kind) for kind in ("neighbours", "apart", "all") for _ in range(ROUNDS)]
    best = [min(runs[i : i + ROUNDS]) for i in range(0, len(runs), ROUNDS)]
    kinds = ("each overlaps the next", "no two overlap", "all overlap (20 views, 400 pairs)")
    rows = [
        (kind, f"{pairs:,}", str(edges), f"{seconds:.2f}", f"{1e3 * seconds / max(edges, 1):.1f}", f"{peak:.0f}")
        for kind, (seconds, pairs, edges, peak) in zip(kinds, best, strict=True)
    ]
    return f"""## Overlap

{VIEWS} views of one source with {COLUMNS} columns, each shared with another peer who may update one column of it.

{table(("views' rows", "pairs", "edges", "cpu s", "ms an edge", "peak MiB"), rows)}

Target: 10,000 pairs in at most 3 s and 300 MiB."""


def _run(kind: str) -> tuple[float, int, int, float]:
    """Seconds, pairs, edges and peak MiB of one run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.overlap", kind]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    seconds, pairs, edges, peak = done.stdout.split()
    return float(seconds), int(pairs), int(edges), float(peak)


def measured(kind: str) -> str:
    """What one run took, with the loading of the solver."""
    from bxc.flatten import flatten
    from bxc.laws.limits import Limits
    from bxc.laws.overlap import overlap_obligations
    from bxc.parse import parse_text
    from bxc.resolve import resolve
    from bxc.text import SourceFile

    tree, _ = parse_text(SourceFile("overlap.bxc", large(kind)))
    spec, _ = resolve((tree,))
    assert spec is not None
    plan, _ = flatten(spec)
    assert plan is not None
    start = process_time()
    verdicts = [v for obligation in overlap_obligations(spec, plan) for v in obligation.prove(Limits())]
    seconds = process_time() - start
    edges = sum(verdict.edge is not None for verdict in verdicts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{seconds} {len(spec.shares) ** 2} {edges} {peak}"


def large(kind: str) -> str:
    """A hub with one source, and a source at each of its partners, who shares one view with it."""
    return "\n".join(["spec large version 1", "peer Hub", *_source("Hub"), *_views(kind)]) + "\n"


def _source(peer: str) -> Iterator[str]:
    yield f"source T{peer} at {peer} {{"
    yield "  id int primary key"
    yield "  ward int not null"
    yield from (f"  c{column} {'int' if column % 3 == 0 else 'text'}" for column in range(2, COLUMNS))
    yield "}"


def _views(kind: str) -> Iterator[str]:
    width = {"neighbours": 15, "apart": 10, "all": 10_000}[kind]
    for number in range(20 if kind == "all" else VIEWS):
        yield f"peer P{number}"
        yield from _source(f"P{number}")
        first = 0 if kind == "all" else number
        kept = f"c{2 + first % (COLUMNS - 2)}, c{2 + (first + 1) % (COLUMNS - 2)}"
        for view, peer in ((f"V{number}", "Hub"), (f"W{number}", f"P{number}")):
            yield f"view {view} from T{peer} {{"
            yield f"  where ward >= {10 * number} and ward < {10 * number + width}"
            yield f"  keep id, ward, {kept}"
            yield "}"
        yield f"share S{number} = V{number} <-> W{number} {{"
        yield "  authority Hub"
        yield f"  update {kept.split(',')[0]} by P{number}"
        yield "}"


if __name__ == "__main__":
    print(measured(sys.argv[1]))
