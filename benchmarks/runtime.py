"""Runtime: what the loop takes beyond the chain and HTTP, for one row, for many rows, for many shares, and at rest.

Peers in one process with databases of their own; the chain is the contract's model (`tests/runtime/network.py`), and
what is done in it is not counted. Questions between peers are handed over without a network. Processor time.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TextIO

import structlog

from benchmarks.harness import table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from runtime.compiled import compile_spec
from runtime.network import Network, network
from runtime.test_processes import ROWS as WARD

from bxc_runtime.chains.local import LocalChain, served
from bxc_runtime.demo.stage import build
from bxc_runtime.edits import ask_to_open
from bxc_runtime.process import collect_seldom

SIZES, FULL = (10_000, 100_000, 1_000_000), 10_000_000
UPDATES = 15
DELTA, DELTA_ROUNDS = 10_000, 9
SHARES = 100
SETTLING, RESTING = 10.0, 30.0  # seconds of idle processes
GENERATED = Path(__file__).parents[1] / "generated"


def main(full: bool) -> str:
    """The table of the design, line by line."""
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        logged(nowhere)
        place = Path(folder)
        ones = [one_row(place / f"one{size}", size) for size in ((*SIZES, FULL) if full else SIZES)]
        hops = many_rows(place / "many")
        each = [
            ("of all peers' processors", hops.work),
            ("of it, in SQLite's statements", hops.engine),
            ("until the last peer has the rows", hops.passing),
        ]
        shares = many_shares(place / "shares")
        idle = at_rest(place / "idle")
    least, alone = ones[0].milliseconds, hops.engine / 2 / (DELTA / 50_000)
    one_rows = [
        (f"{it.rows:,}", f"{it.milliseconds:.1f}", f"{it.slowest:.1f}", f"{it.milliseconds / least:.2f}") for it in ones
    ]
    idle_rows = [(peer, f"{it.processor:.2f}", f"{it.memory:.0f}") for peer, it in idle.items()]
    return f"""## Runtime

Processor time of the peers' loops, without the chain's; SQLite. One row is updated at one of two peers that share a
table: until both have agreed and rest, median and slowest of {UPDATES}.

{table(("rows", "ms an update", "slowest", "× the least table"), one_rows)}

Target: at most 20 ms, within 1.5 × whatever the table's size.

{DELTA:,} updated rows of {DELTA * DELTA_ROUNDS:,}, over three peers in a chain (two shares, the second update brought
about by the first): the least of {DELTA_ROUNDS}, of rows that nobody has read before. While a peer writes down what has
been agreed the next one goes on, so less time passes than all together work.

{table(("time", "s a hop", "rows/s"), [(it, f"{took / 2:.3f}", f"{2 * DELTA / took:,.0f}") for it, took in each])}

Target: 50,000 rows/s a hop. It is missed: SQLite alone takes {alone:.0%} of that time, as a row is captured, its change
found, staged and put on trial, staged and put, and kept in the agreed content of both peers. The rest is Python's: each
row is hashed as it was and as it is by both peers, written as JSON and read.

{SHARES} shares of two peers, changed at once by one of them.

{table(("transactions", "number"), shares.items())}

Target: one for the requests, one for the acks of a peer.

Processes of `bxc peer run` with nothing to do, looking at the node and the database twice a second, {RESTING:.0f} s.

{table(("peer", "% of a processor", "MiB"), idle_rows)}

Target: less than 1 % and 150 MiB."""


def logged(file: TextIO) -> None:
    """Write the logs that a peer writes."""
    structlog.configure(
        processors=[structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(file),
    )


# --- peers whose chain is timed ---------------------------------------------------------------------------------------


class Timed:
    """A chain, and the processor time that is spent in it."""

    def __init__(self, chain: Any) -> None:
        self._chain = chain
        self.spent = 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._chain, name)
        if not callable(found):
            return found

        def timed(*args: Any) -> Any:
            began = time.process_time()
            try:
                return found(*args)
            finally:
                self.spent += time.process_time() - began

        return timed


@contextmanager
def opened(folder: Path, spec: str, rows: Mapping[str, str]) -> Iterator[Network]:
    """Peers whose shares are open, with the durability that they have in use."""
    folder.mkdir()
    it = network(folder, dict(rows), spec=compile_spec(folder, "bench", spec), open_shares=False)
    for peer in it.peers.values():
        store: Any = peer.store
        store.connection.write("pragma synchronous = normal")
        timed: Any = Timed(peer.chain)
        peer.chain = peer.outgoing._chain = timed
        for number in peer.store.site.shares:
            ask_to_open(peer.store, number)
    it.settle()
    assert all(share.committed for share in it.world.tip.registry.shares)
    try:
        threshold = gc.get_threshold()
        collect_seldom()
        yield it
    finally:
        gc.set_threshold(*threshold)
        it.close()


def spent(it: Network, done: Callable[[], bool]) -> float:
    """The seconds that the loops take until something is done and nobody has anything to do, without the chain's."""
    chains: list[Any] = [peer.chain for peer in it.peers.values()]
    before: float = sum(chain.spent for chain in chains)
    began = time.process_time()
    while sum(peer.turn() for peer in it.peers.values()):
        pass
    took = time.process_time() - began
    assert done(), "the update did not arrive"
    after: float = sum(chain.spent for chain in chains)
    return took - (after - before)


def numbers(size: int) -> str:
    """A query of so many numbers, each with texts to it."""
    return (
        f"with recursive n(i) as (select 0 union all select i + 1 from n where i < {size - 1}) "
        "select i, 'medicine ' || (i % 1000), 'finding ' || i, i * 100 from n"
    )


COLUMNS = "id int primary key\n  medicine text\n  finding text\n  dose decimal(12,2)"
KEPT = "keep id, medicine, finding, dose"


def spec(*shares: tuple[str, str]) -> str:
    """Peers of one table each, of which pairs share all columns."""
    peers = sorted({peer for pair in shares for peer in pair})
    lines = ["spec bench version 1", *(f"peer {peer}" for peer in peers)]
    lines += [f"source T{peer} at {peer} {{\n  {COLUMNS}\n}}" for peer in peers]
    for a, b in shares:
        lines += [f"view {a}{b}{peer} from T{peer} {{ {KEPT} }}" for peer in (a, b)]
        lines.append(
            f"share {a.lower()}{b.lower()} = {a}{b}{a} <-> {a}{b}{b} {{ authority {a}\n"
            f"  update medicine, finding, dose by {a}, {b}\n  ack within 7d }}"
        )
    return "\n".join(lines) + "\n"


# --- one row ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class One:
    """What the update of one row takes in a table of so many rows."""

    rows: int
    milliseconds: float
    slowest: float


def one_row(folder: Path, size: int) -> One:
    """One row is updated by one of two peers."""
    rows = {peer: f"insert into T{peer} (id, medicine, finding, dose) {numbers(size)};" for peer in "AB"}
    with opened(folder, spec(("A", "B")), rows) as it:
        taken = [_updated(it, number * 7 % size, f"new {number}") for number in range(UPDATES + 2)][2:]
    return One(size, median(taken) * 1_000, max(taken) * 1_000)


def _updated(it: Network, number: int, value: str) -> float:
    it.edit("A", f"update TA set finding = '{value}' where id = {number}")
    store: Any = it.peers["B"].store
    question = f"select finding from TB where id = {number}"
    return spent(it, lambda: bool(store.connection.query(question) == [(value,)]))


# --- many rows --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hops:
    """The seconds of two hops of a delta: the work of all peers, and what passes if each has a processor of its own.

    ``engine`` is what SQLite takes of the work.
    """

    work: float
    passing: float
    engine: float = 0.0


def many_rows(folder: Path) -> Hops:
    """Two hops of a delta of many rows: others in each round, so that nobody has read them before."""
    size = DELTA * DELTA_ROUNDS
    rows = {peer: f"insert into T{peer} (id, medicine, finding, dose) {numbers(size)};" for peer in "ABC"}
    taken = []
    with opened(folder, spec(("A", "B"), ("B", "C")), rows) as it:
        for turn in range(DELTA_ROUNDS):
            part = f"id % {DELTA_ROUNDS} = {turn}"
            it.edit("A", f"update TA set finding = 'new {turn}', dose = dose + 100 where {part}")
            taken.append(passed(it, "C", f"select count(*) from TC where finding = 'new {turn}'", DELTA))
        engine = [_in_engine(it.peers[peer].store) for peer in "ABC"]
        it.edit("A", f"update TA set finding = 'newest', dose = dose + 100 where {part}")
        passed(it, "C", "select count(*) from TC where finding = 'newest'", DELTA)
    least = min(each.work for each in taken), min(each.passing for each in taken)
    return Hops(*least, sum(each[0] for each in engine))


def _in_engine(store: Any) -> list[float]:
    """The seconds that a store's connection takes from now on, in its only item. Rows are made before they count."""
    spent = [0.0]

    def timed(action: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any) -> Any:
            ready = [list(it) if isinstance(it, Iterator) else it for it in given]
            began = time.process_time()
            try:
                return action(*ready)
            finally:
                spent[0] += time.process_time() - began

        return counted

    for name in ("query", "write", "insert", "replace", "commit", "rollback"):
        setattr(store.connection, name, timed(getattr(store.connection, name)))
    return spent


def passed(it: Network, last: str, question: str, answer: int) -> Hops:
    """What all peers do until they rest, and when the last one has what it asks for.

    Each peer has a clock of its own, which its turns advance. A turn that looks at a block begins when the turn that
    made the block has ended: a peer may still be at work on what it has agreed while the next one goes on.
    """
    clocks = dict.fromkeys(it.peers, 0.0)
    seen = dict.fromkeys(it.peers, len(it.world.blocks))
    made = {len(it.world.blocks): 0.0}  # when there were so many blocks
    store: Any = it.peers[last].store
    work, passing = 0.0, 0.0
    while True:
        worked = False
        for name, peer in it.peers.items():
            chain: Any = peer.chain
            blocks, chained, began = len(it.world.blocks), chain.spent, time.process_time()
            did = peer.turn()
            took = time.process_time() - began - (chain.spent - chained)
            work += took
            if not did:
                continue
            worked = True
            news = made[max(at for at in made if at <= blocks)] if blocks > seen[name] else 0.0
            clocks[name] = max(clocks[name], news) + took
            seen[name] = blocks
            if len(it.world.blocks) > blocks:
                made[len(it.world.blocks)] = clocks[name]
            if name == last and not passing and store.connection.query(question) == [(answer,)]:
                passing = clocks[name]
        if not worked:
            assert passing, "the update did not arrive"
            return Hops(work, passing)


# --- many shares ------------------------------------------------------------------------------------------------------


def many_shares(folder: Path) -> dict[str, str]:
    """The transactions that it takes to agree on a change of each of many shares."""
    lines = ["spec bench version 1", "peer A", "peer B"]
    for number in range(SHARES):
        for peer in "AB":
            lines.append(f"source T{number}{peer} at {peer} {{ id int primary key\n  v text }}")
            lines.append(f"view V{number}{peer} from T{number}{peer} {{ keep id, v }}")
        lines.append(
            f"share s{number} = V{number}A <-> V{number}B {{ authority A\n  update v by A, B\n  ack within 7d }}"
        )
    rows = {peer: " ".join(f"insert into T{n}{peer} values (1, 'a');" for n in range(SHARES)) for peer in "AB"}
    with opened(folder, "\n".join(lines) + "\n", rows) as it:
        before = len(it.world.blocks)
        it.edit("A", *(f"update T{number}A set v = 'b'" for number in range(SHARES)))
        took = spent(it, lambda: it.rows("B", f"T{SHARES - 1}B") == [(1, "b")])
        blocks = [mined for mined in it.world.blocks[before:] if mined.outcomes]
        names = [{event.name for event in mined.events} for mined in blocks]
    return {
        "requests": str(sum("UpdateRequested" in each for each in names)),
        "acks": str(sum("Acked" in each or "Committed" in each for each in names)),
        "others": str(sum(not each & {"UpdateRequested", "Acked", "Committed"} for each in names)),
        "ms a share, all in all": f"{took / SHARES * 1000:.1f}",
    }


# --- at rest ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Idle:
    """Percent of a processor, and MiB."""

    processor: float
    memory: float


def at_rest(folder: Path) -> dict[str, Idle]:
    """What processes of peers take that have nothing to do."""
    folder.mkdir()
    chain = LocalChain()
    with served(chain) as endpoint:
        stage = build(folder, GENERATED / "medical_cascade", "sqlite", endpoint, chain.ask, WARD, poll=0.5)
        command = [sys.executable, "-m", "bxc", "peer"]
        for share in ("clinical", "mechanism"):
            subprocess.run([*command, "open", share, "--config", str(stage.config("Doctor"))], check=True, stdout=2)
        running = {
            peer: subprocess.Popen(
                [*command, "run", "--config", str(stage.config(peer))], stderr=subprocess.DEVNULL, stdout=2
            )
            for peer in WARD
        }
        try:
            time.sleep(SETTLING)
            before = {peer: _ticks(process.pid) for peer, process in running.items()}
            time.sleep(RESTING)
            assert all(process.poll() is None for process in running.values())
            percent = 100 / (RESTING * os.sysconf("SC_CLK_TCK"))
            return {
                peer: Idle((_ticks(process.pid) - before[peer]) * percent, _memory(process.pid))
                for peer, process in running.items()
            }
        finally:
            for process in running.values():
                process.send_signal(signal.SIGTERM)
            for process in running.values():
                process.wait(20)


def _ticks(process: int) -> int:
    """The processor time of a process so far, in the kernel's ticks."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _memory(process: int) -> float:
    """The MiB that a process holds."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
