"""A chain of anvil's, from npm, on a free port of this machine; stopped by its process id."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

INSTALLED = Path(__file__).parent.parent / "contracts" / "npm" / "node_modules" / ".bin" / "anvil"


@dataclass(frozen=True, slots=True)
class Node:
    """A running node: its endpoint, and the addresses whose keys it holds."""

    endpoint: str
    accounts: tuple[str, ...]

    def ask(self, method: str, *parameters: Any) -> Any:
        return _ask(self.endpoint, method, parameters)


def _ask(endpoint: str, method: str, parameters: Sequence[Any]) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}).encode()
    request = urllib.request.Request(endpoint, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        found = json.load(answer)
    if "error" in found:
        raise RuntimeError(found["error"])
    return found["result"]


def found() -> str | None:
    return str(INSTALLED) if INSTALLED.exists() else shutil.which("anvil")


@contextmanager
def anvil(*options: str) -> Iterator[Node]:
    """A node that mines each transaction at once, if ``options`` do not say otherwise; no anvil, no test."""
    program = found()
    if program is None:
        if os.environ.get("CI") and shutil.which("npm"):
            pytest.fail("anvil is not installed: run `make setup`")
        pytest.skip("there is no anvil: `make setup` installs it from npm")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--host", "127.0.0.1", "--port", str(port), "--silent", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        yield Node(endpoint, tuple(_accounts(endpoint, process)))
    finally:
        _stop(process)


def _accounts(endpoint: str, process: subprocess.Popen[bytes]) -> list[str]:
    end = time.monotonic() + 60
    while True:
        try:
            accounts: list[str] = _ask(endpoint, "eth_accounts", ())
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return accounts


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the node and what it started (npm's script runs the program as a child)."""
    os.killpg(process.pid, 15)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait(10)
