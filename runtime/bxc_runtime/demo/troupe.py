"""The processes of a demo: one a peer, started, watched by their logs, killed and started again."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bxc_runtime.demo.stage import Stage

STOP_SECONDS = 10


class DemoError(Exception):
    """The demo did not go as told. The text says where."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a peer's log."""

    peer: str
    event: str
    values: dict[str, Any]

    def is_(self, peer: str, event: str, **values: Any) -> bool:
        """Whether it is this peer saying this, with these values."""
        return (self.peer, self.event) == (peer, event) and all(self.values.get(k) == v for k, v in values.items())


@dataclass(slots=True)
class Troupe:
    """The peers' processes and all that they say."""

    stage: Stage
    said: queue.Queue[Said] = field(default_factory=queue.Queue)
    last: dict[str, str] = field(default_factory=dict)
    _processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def start(self, peer: str) -> None:
        """Start a peer's process: `bxc peer run`."""
        argv = [sys.executable, "-m", "bxc", "peer", "run", "--config", str(self.stage.config(peer))]
        process = subprocess.Popen(  # noqa: S603  (this very program)
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the demo, which stops its peers itself
        )
        self._processes[peer] = process
        threading.Thread(target=self._listen, args=(peer, process), daemon=True).start()

    def _listen(self, peer: str, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self.last[peer] = line.strip()
            try:
                values = json.loads(line)
            except ValueError:
                continue
            if isinstance(values, dict):
                self.said.put(Said(peer, str(values.pop("event", "")), values))

    def number(self, peer: str) -> int:
        """The process's id."""
        return self._processes[peer].pid

    def kill(self, peer: str) -> None:
        """`kill -9`: the process can do nothing about it."""
        self._processes[peer].kill()
        self._processes[peer].wait()

    def stop(self) -> None:
        """Stop all that is still there."""
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self._processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def until(self, last: Callable[[Said], bool], seconds: float = 40.0) -> Iterator[Said]:
        """All that is said until something has been said. DemoError if it is not said in time."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self.said.get(timeout=max(0.01, min(0.5, end - time.monotonic())))
            except queue.Empty:
                self._look(end)
                continue
            yield line
            if last(line):
                return

    def _look(self, end: float) -> None:
        for peer, process in self._processes.items():
            if process.poll() not in (None, -9):
                raise DemoError(f"{peer} has stopped: {self.last.get(peer, '')}")
        if time.monotonic() > end:
            raise DemoError("it takes too long: " + "; ".join(f"{p}: {line}" for p, line in self.last.items()))
