"""The demo: the papers' three peers in one command, each a process with a database of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bxc_runtime.chains.rpc import Ask

SPEC = "medical_cascade"
ENGINES = ("sqlite", "duckdb")


def generated() -> Path | None:
    """The generated files of the demo's spec: the checkout's, or those that were installed with the package."""
    places = (Path(__file__).parents[3] / "generated" / SPEC, Path(__file__).parent / "_generated")
    return next((place for place in places if (place / "manifest.json").is_file()), None)


def main(engine: str = "sqlite", endpoint: str | None = None, keep: bool = False, record: Path | None = None) -> int:
    """Play the demo; 0 if everything went as told, 1 if not, 2 if it cannot begin."""
    from bxc_runtime.chains.protocol import ChainError
    from bxc_runtime.demo.screen import Screen, recorded
    from bxc_runtime.demo.stage import build
    from bxc_runtime.demo.story import ROWS, play
    from bxc_runtime.demo.troupe import DemoError, Troupe

    files = generated()
    if files is None:
        sys.stderr.write(f"the demo needs generated/{SPEC}: run it from a checkout, or install the package anew\n")
        return 2
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(mkdtemp(prefix="bxc-demo-")) if keep else Path(stack.enter_context(TemporaryDirectory()))
        screen = Screen(stack.enter_context(recorded(sys.stdout, record)))
        try:
            place, ask = stack.enter_context(_chain(endpoint))
            stage = build(folder, files, engine, place, ask, ROWS)
            troupe = Troupe(stage)
            stack.callback(troupe.stop)
            play(stage, troupe, screen)
        except (DemoError, ChainError, RuntimeError) as error:
            sys.stderr.write(f"the demo failed: {error}\n")
            return 1
        finally:
            if keep:
                sys.stderr.write(f"kept in {folder}\n")
        screen.console.print()
        screen.say(f"Done in {time.monotonic() - began:.0f} seconds.")
    return 0


@contextmanager
def _chain(endpoint: str | None) -> Iterator[tuple[str, Ask]]:
    """The chain at an endpoint, or one in this process, behind an endpoint of its own."""
    from bxc_runtime.chains.rpc import http_node

    if endpoint is not None:
        yield endpoint, http_node(endpoint)
        return
    try:
        from bxc_runtime.chains.local import LocalChain, served

        chain = LocalChain()
    except ImportError as error:
        raise RuntimeError(f"{error.name} is not there (pip install eth-tester py-evm): or say --chain URL") from error
    with served(chain) as place:
        yield place, chain.ask
