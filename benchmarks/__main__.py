"""`python -m benchmarks [--full] [--only NAME]…`: runs the benchmarks and writes `RESULTS.md`."""

from __future__ import annotations

import argparse
import sys
from time import perf_counter

from benchmarks import harness


def main() -> None:
    """With `--only`, the sections of the other benchmarks stay as they are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also the sizes that take long (10 million rows)")
    parser.add_argument("--only", action="append", choices=harness.names(), help="only this one; may be repeated")
    parser.add_argument("--section", choices=harness.names(), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.section:
        print(harness.section(chosen.section, chosen.full))
        return
    known = harness.names()
    kept = harness.sections_of(harness.RESULTS.read_text(encoding="utf-8")) if harness.RESULTS.exists() else {}
    sections = {name: text for name, text in kept.items() if name in known}
    for name in chosen.only or known:
        start = perf_counter()
        sections[name] = harness.run(name, chosen.full)
        harness.RESULTS.write_text(harness.document(sections), encoding="utf-8")
        print(f"{name}: {perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
