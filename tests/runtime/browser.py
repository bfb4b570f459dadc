"""Chromium without a screen, driven by its own protocol through one WebSocket: enough to look, type and press."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # root in a container has none; the pages are the tests' own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--password-store=basic",
    "--remote-debugging-port=0",
    "--window-size=1200,900",
)
PATIENCE = 40.0  # seconds; a busy machine takes its time


def a_browser() -> str:
    """The program, or the test is skipped; an error with BXC_NEED_BROWSER."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    if "BXC_NEED_BROWSER" in os.environ:
        raise RuntimeError("there is no Chromium: install the package `chromium`")
    pytest.skip("no Chromium: install the package `chromium`")


class Tab:
    """One page. ``said`` is what it wrote to its console, errors and broken policies with it."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._last = 0
        self.said: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **values: Any) -> dict[str, Any]:
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": values}))
        while True:
            message = json.loads(self._socket.recv(timeout=PATIENCE))
            if message.get("id") == self._last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        values = message.get("params", {})
        match message.get("method"):
            case "Log.entryAdded":
                self.said.append(values["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.said.append(str(values["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if values["type"] in ("error", "warning", "assert"):
                self.said.append(str([argument.get("value") for argument in values["args"]]))

    def ask(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def open(self, url: str) -> None:
        self.do("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def until(self, script: str, seconds: float = PATIENCE) -> Any:
        end = time.monotonic() + seconds
        while True:
            with suppress(RuntimeError, AssertionError):  # a page that is being left knows nothing
                found = self.ask(script)
                if found:
                    return found
            assert time.monotonic() < end, f"this never came true: {script}\n{self.ask('document.body.innerText')}"
            time.sleep(0.05)

    def text(self, selector: str = "body") -> str:
        return str(self.ask(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def type(self, selector: str, text: str) -> None:
        self.ask(f"document.querySelector({json.dumps(selector)}).focus()")
        self.do("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """With the mouse, in the middle of what is there, once the page's scripts listen."""
        self.until("document.readyState === 'complete'")
        box = self.until(
            f"(() => {{ const it = document.querySelector({json.dumps(selector)}); if (!it) return null;"
            " it.scrollIntoView({block: 'center'}); const r = it.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.do("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)


@contextmanager
def browser(folder: Path) -> Iterator[Tab]:
    """A browser with an empty profile, and its page."""
    from websockets.sync.client import connect

    argv = [a_browser(), *ARGUMENTS, f"--user-data-dir={folder}", "about:blank"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(argv, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        port = _port(folder / "DevToolsActivePort", process)
        with httpx.Client(trust_env=False) as http:
            pages = http.get(f"http://127.0.0.1:{port}/json/list").json()
        place = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
        with connect(place, max_size=2**26, proxy=None) as socket:
            yield Tab(socket)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(file: Path, process: subprocess.Popen[bytes]) -> int:
    end = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError, ValueError, IndexError):
            return int(file.read_text().splitlines()[0])
        assert process.poll() is None, "Chromium has ended"
        assert time.monotonic() < end, "Chromium does not begin"
        time.sleep(0.05)
