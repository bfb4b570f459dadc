"""Content hash: microseconds a row, beside the bare keyed BLAKE3 stream of the same octets in the same run."""

from __future__ import annotations

from blake3 import blake3

from benchmarks.harness import best_of, table
from bxc.types import Int, Text, Type
from bxc_runtime.content_hash import EMPTY, STATE_BYTES, RowHash

ROWS = 20_000
ROUNDS = 7
TYPES: tuple[Type, ...] = (Int(), Text(), Text(), Text())
SALT = bytes(range(32))


def main() -> str:
    rows = [(n, f"medication {n % 1000}", f"clinical data of {n}", None) for n in range(ROWS)]
    hashing = RowHash(TYPES, SALT)
    octets = [hashing.encode(row) for row in rows]
    whole = hashing.state(rows)
    best = best_of(
        ROUNDS,
        {
            "floor: 2 KiB of keyed BLAKE3 a row, octets ready": lambda: _floor(octets),
            "state of 20,000 rows of 4 columns": lambda: hashing.state(rows),
            "add 20,000 rows to a state": lambda: hashing.add(EMPTY, rows),
            "remove 20,000 rows from a state": lambda: hashing.remove(whole, rows),
            "20,000 states, one row added to each": lambda: [hashing.add(EMPTY, (row,)) for row in rows],
        },
    )
    floor = next(iter(best.values()))
    figures = [(name, f"{seconds / ROWS * 1e6:.2f}", f"{seconds / floor:.2f}") for name, seconds in best.items()]
    return f"""## Content hash

{table(("work", "µs a row", "× floor"), figures)}

Target: about 2 µs a row when a state is kept up to date."""


def _floor(octets: list[bytes]) -> None:
    keyed = blake3(b"", key=SALT)
    for row in octets:
        keyed.copy().update(row).digest(STATE_BYTES)
