"""Soak: eight peers over thousands of updates with random faults, and what that takes (`tests/runtime/soak.py`)."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.harness import table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from runtime.soak import soak
from runtime.soak_figures import Figures

UPDATES, FULL = 1_000, 10_000


def main(full: bool) -> str:
    """One run; AssertionError, with its seed, if anything is lost, done twice, or not equal at its end."""
    seed = int(os.environ.get("BXC_SEED") or secrets.randbelow(2**32))
    print(f"BXC_SEED={seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        it = soak(Path(folder), FULL if full else UPDATES, seed, tell=_progress)
    return f"""## Soak

Eight peers on SQLite files, seven shares, a row of six of them on its way through all eight; the loop, the records, the
signed questions and answers are the real ones, the chain is the contract's model. Users edit at random, faults befall
at random, by the seed {it.seed}: `BXC_SEED={it.seed} make soak` runs it again. All stand still now and then and are
compared with an oracle in plain dictionaries: members of a share have equal rows, whose hash is the chain's; each
committed version is there, was put once, and does what its maker had the right to; each value that a user has written
was published, or overwritten by the same user, or is a conflict, or held and shown by the view; what is held for want
of a right is beyond the rights of now.

{table(("", "figure"), rows(it))}

{table(("fault", "times"), faults(it))}

Found equal, with nothing lost, each of {it.comparisons:,} times."""


def _progress(it: Figures) -> None:
    print(f"{it.updates:,} updates, {it.cpu:.0f} s of processor time, {it.peak:.0f} MiB", file=sys.stderr, flush=True)


def rows(it: Figures) -> Iterable[tuple[str, str]]:
    """What the run has done."""
    yield "updates (versions committed)", f"{it.updates:,}"
    yield "edits by users", f"{it.edits:,}"
    yield "versions put by other peers", f"{it.logs['applied']:,}"
    yield "of them, brought about others (cascades)", f"{it.logs['cascade']:,}"
    yield "versions cancelled, rejected", f"{it.cancelled:,}, {it.rejected:,}"
    yield "values that gave way (conflicts)", f"{it.conflicts:,}"
    yield "edits held, and undone or asked for again", f"{it.held:,}"
    yield "edits held for want of a right, at all comparisons", f"{it.unpublishable:,}"
    yield "questions to peers that failed and were asked again", f"{it.logs['fetch']:,}"
    yield "questions refused (unsigned, expired, replayed)", f"{it.logs['refused']:,}"
    yield "transactions sent again", f"{it.resent:,}"
    yield "turns ended by a node or a database", f"{it.logs['chain']:,}, {it.logs['store']:,}"
    yield "wall s, and updates/s", f"{it.wall:,.0f}, {it.updates / it.wall:,.1f}"
    yield "processor s, and ms an update (all eight peers)", f"{it.cpu:,.0f}, {it.cpu / it.updates * 1000:,.1f}"
    yield "peak MiB (all eight peers, chain and oracle)", f"{it.peak:,.0f}"


def faults(it: Figures) -> Iterable[tuple[str, str]]:
    """How often what has befallen."""
    kills = {kind: count for kind, count in it.faults.items() if kind.startswith("kill")}
    told = {kind: count for kind, count in it.faults.items() if kind not in kills}
    yield f"kill before or after a transaction ({len(kills)} moments)", f"{sum(kills.values()):,}"
    for kind, count in sorted(told.items()):
        yield NAMES.get(kind, kind), f"{count:,}"


NAMES = {
    "away": "peer away",
    "deadline": "clock of the chain ahead, deadlines passed",
    "disk": "disk full",
    "node down": "node down (questions in vain)",
    "skew": "clock skew (20 or 400 s)",
}
