"""What a demo shows: titles, sentences, and tables whose changed cells stand out; recorded, if that is wanted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Rows = Sequence[tuple[Any, ...]]


class Recording:
    """A terminal's output and a file of it: asciinema's format for `.cast`, plain text for any other."""

    def __init__(self, screen: IO[str], path: Path | None, width: int) -> None:
        self._screen = screen
        self._file = None if path is None else path.open("w", encoding="utf-8")
        self._cast = path is not None and path.suffix == ".cast"
        self._began = time.monotonic()
        if self._file is not None and self._cast:
            header = {"version": 2, "width": width, "height": 40, "title": "bxc demo"}
            self._file.write(json.dumps(header) + "\n")

    def write(self, text: str) -> int:
        """Write to the screen, and to the record."""
        if self._file is not None and text:
            if self._cast:
                at = round(time.monotonic() - self._began, 3)
                self._file.write(json.dumps([at, "o", text.replace("\n", "\r\n")], ensure_ascii=False) + "\n")
            else:
                self._file.write(text)
        return self._screen.write(text)

    def flush(self) -> None:
        """Show what was written."""
        self._screen.flush()

    def isatty(self) -> bool:
        """Whether the screen is a terminal."""
        return self._screen.isatty()

    @property
    def encoding(self) -> str:
        """The screen's."""
        return getattr(self._screen, "encoding", None) or "utf-8"

    def close(self) -> None:
        """Close the record."""
        if self._file is not None:
            self._file.close()


@contextmanager
def recorded(screen: IO[str], path: Path | None) -> Iterator[Console]:
    """A console on a screen whose output is recorded."""
    width = None if screen.isatty() else 100
    recording = Recording(screen, path, width or 100)
    try:
        yield Console(file=recording, width=width)  # type: ignore[arg-type]
    finally:
        recording.close()


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a demo speaks. ``shown`` is how each table was when it was shown last."""

    console: Console
    shown: dict[str, Rows] = field(default_factory=dict)

    def title(self, text: str) -> None:
        """The headline of an act."""
        self.console.print()
        self.console.rule(f"[bold]{escape(text)}", align="left", characters="─")

    def say(self, text: str, *, style: str = "") -> None:
        """A line of the story."""
        self.console.print(escape(text), highlight=False, style=style)

    def step(self, number: str, text: str) -> None:
        """A step of the protocol."""
        self.console.print(f"  [bold cyan]{number:>5}[/]  {escape(text)}", highlight=False)

    def table(self, title: str, columns: Sequence[str], rows: Rows) -> None:
        """A table; cells that differ from when it was shown last stand out."""
        made = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD)
        for column in columns:
            made.add_column(column, overflow="fold")
        before = {row[0]: row for row in self.shown.get(title, rows)}
        for row in rows:
            was = before.get(row[0])
            cells = (_cell(value, changed=was is None or was[i] != value) for i, value in enumerate(row))
            made.add_row(*cells)
        self.console.print(made)
        self.shown[title] = rows


def plain(value: object) -> str:
    """A value as SQL writes it, but for quotes; brackets in it are no markup."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case _:
            return escape(str(value))


def _cell(value: object, *, changed: bool) -> str:
    return f"[bold green]{plain(value)}[/] ◀" if changed else plain(value)
