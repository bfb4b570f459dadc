"""The demo: the papers' three peers in one command, each a process with a database of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bxc_runtime.chains.rpc import Ask

SPEC = "medical_cascade"
POSTGRES = "postgres"  # the folder of the server that the demo starts
ENGINES = ("sqlite", "duckdb", "postgres")


def generated() -> Path | None:
    """The generated files of the demo's spec: the checkout's, or those that were installed with the package."""
    places = (Path(__file__).parents[3] / "generated" / SPEC, Path(__file__).parent / "_generated")
    return next((place for place in places if (place / "manifest.json").is_file()), None)


def main(engine: str = "sqlite", endpoint: str | None = None, keep: bool = False, record: Path | None = None) -> int:
    """Play the demo; 0 if everything went as told, 1 if not, 2 if it cannot begin."""
    from bxc_runtime.chains.protocol import ChainError
    from bxc_runtime.demo.screen import Screen, recorded
    from bxc_runtime.demo.stage import build
    from bxc_runtime.demo.story import PEERS, ROWS, play, spelled
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
            urls = stack.enter_context(databases(folder, PEERS)) if engine == "postgres" else {}
            place, ask = stack.enter_context(_chain(endpoint))
            rows = {peer: spelled(text, engine) for peer, text in ROWS.items()}
            stage = build(folder, files, engine, place, ask, rows, urls=urls)
            troupe = Troupe(stage)
            stack.callback(troupe.stop)
            play(stage, troupe, screen)
        except (DemoError, ChainError, RuntimeError) as error:
            sys.stderr.write(f"the demo failed: {error}\n")
            return 1
        finally:
            if keep:
                sys.stderr.write(f"kept in {folder}\n{_to_look_into(folder)}")
        screen.console.print()
        screen.say(f"Done in {time.monotonic() - began:.0f} seconds.")
    return 0


@contextmanager
def databases(folder: Path, peers: Sequence[str]) -> Iterator[dict[str, str]]:
    """An empty database for each peer on a PostgreSQL server that runs as long as the block: their URLs."""
    from bxc_runtime.demo.postgres import PostgresServer, UnavailableError, identity
    from bxc_runtime.demo.stage import database_of

    try:
        if identity():  # the server's user must reach its own folder in the demo's
            folder.chmod(0o711)
        server = PostgresServer(folder / POSTGRES)
    except UnavailableError as error:
        raise RuntimeError(f"{error}, or try --engine sqlite or duckdb") from error
    try:
        for peer in peers:
            server.once("postgres", f"create database {database_of(peer)}")
        yield {peer: server.url(database_of(peer)) for peer in peers}
    finally:
        server.stop()


def _to_look_into(folder: Path) -> str:
    """How a kept server is started again; nothing if there is none."""
    from shlex import quote

    place = folder / POSTGRES
    if not (place / "data").is_dir():
        return ""
    from bxc_runtime.demo.postgres import identity, program

    who = f" (as its owner, {place.owner()})" if identity() else ""
    began = f"{program('postgres')} -D {quote(str(place / 'data'))} -k {quote(str(place))} -c listen_addresses="
    return f"its server{who}: {began}\nthen, for one: psql -h {quote(str(place))} -U bxc doctor\n"


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
