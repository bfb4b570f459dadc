from __future__ import annotations

import io
import sys
import time

import pytest

from bxc.cli import progress
from bxc.cli.console import Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, console: Console, patience: float) -> str:
    """What a work of two steps shows that ends when it has been told of, or after a second."""
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setattr(progress, "PAUSE", 0.001)
    with progress.progress("putting into V", console) as meter:
        meter.advance(1_200_000)
        end = time.monotonic() + (1 if patience < 1 else 0)
        while "1,200,000" not in screen.getvalue() and time.monotonic() < end:
            time.sleep(0.001)
    return screen.getvalue()


def test_a_long_work_tells_how_far_it_is_and_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, Terminal(), Console(), patience=0.001)
    assert "putting into V: 1,200,000 rows, 0 s" in text
    assert text.endswith("\r\x1b[K")


def test_a_line_never_wraps_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "35")
    text = shown(monkeypatch, Terminal(), Console(), patience=0.001)
    assert "1,200,000" in text
    assert max(len(line.removeprefix("\x1b[K")) for line in text.split("\r")) == 34


def test_a_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, Terminal(), Console(), patience=60) == ""


def test_nothing_is_shown_elsewhere_than_on_a_terminal_or_if_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO(), Console(), patience=0.001) == ""
    assert shown(monkeypatch, Terminal(), Console(quiet=True), patience=0.001) == ""
