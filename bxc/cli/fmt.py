"""`bxc fmt`: spec files → the same files in canonical layout."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from bxc.cli import options
from bxc.cli.console import Console
from bxc.cli.errors import CommandError, reason
from bxc.cli.files import Write, apply
from bxc.dataclass import dataclass
from bxc.report.colour import BAD, FRAME, GOOD, STRONG, Palette
from bxc.report.text import counted, diagnostic_text

EXAMPLES = """
bxc fmt                    every spec in this folder and below
bxc fmt specs/medical.bxc
bxc fmt --check            in continuous integration: 1 if a file is not canonical
bxc fmt --diff             show what would change
bxc fmt - < draft.bxc      from standard input to standard output
"""
STDIN = "-"
SKIPPED = frozenset({"generated", "node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file as it is and as it should be."""

    name: str
    path: Path | None
    before: bytes
    after: bytes

    @property
    def changes(self) -> bool:
        return self.before != self.after


@options.command("fmt", EXAMPLES)
@click.argument("files", metavar="[FILE | FOLDER | -]...", nargs=-1, type=options.PATH)
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, exit with 1 if anything would.")
def command(console: Console, files: tuple[str, ...], check_only: bool, diff: bool) -> int:
    """Lay out specs in the one canonical form.

    Comments are kept. Of a FOLDER, every *.bxc file in it and below is formatted, but nothing in hidden folders or
    `generated`; without FILE, that is the working folder. A file with syntax errors is reported and left as it is.
    """
    formatted, failed = [], False
    for name in _expand(files or (".",)):
        one = _format(name, console)
        failed = failed or one is None
        formatted += [one] if one else []
    changing = [f for f in formatted if f.changes]
    if diff:
        console.out("".join(_diff(f, console.palette(sys.stdout)) for f in changing))
    if diff or check_only:
        for one in changing:
            console.say(f"{one.name}: would be laid out anew")
        return 1 if changing or failed else 0
    _write(formatted, changing, console)
    return 1 if failed else 0


def _write(formatted: Sequence[Formatted], changing: Sequence[Formatted], console: Console) -> None:
    for one in formatted:
        if one.path is None:
            console.document(one.after.decode())
    apply([Write(one.path, one.after) for one in changing if one.path is not None])
    on_disk = sum(one.path is not None for one in formatted)
    changed = sum(one.path is not None for one in changing)
    if on_disk:
        console.done(f"formatted {counted(changed, 'file')}, {on_disk - changed} left as they were")


def _expand(names: Sequence[str]) -> Iterator[str]:
    """The files meant by names of files and folders, each once."""
    seen = set()
    for name in names:
        found = [name] if name == STDIN or not Path(name).is_dir() else sorted(map(str, _specs_in(Path(name))))
        for one in found:
            if one not in seen:
                seen.add(one)
                yield one


def _specs_in(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in SKIPPED]
        yield from (Path(root, file) for file in files if file.endswith(".bxc"))


def _format(name: str, console: Console) -> Formatted | None:
    """A file's canonical form; None, and the reason on stderr, if it has errors."""
    from bxc.format import format_text
    from bxc.limits import MAX_FILE
    from bxc.load import decode

    path = None if name == STDIN else Path(name)
    try:
        before = sys.stdin.buffer.read(MAX_FILE + 1) if path is None else path.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {name}: {reason(error)}", path=name) from error
    shown = "<stdin>" if path is None else name
    source, diagnostics = decode(before, shown, path)
    after = None
    if not diagnostics:
        after, diagnostics = format_text(source)
    for diagnostic in diagnostics:
        sys.stderr.write(diagnostic_text(diagnostic, console.palette(sys.stderr)) + "\n\n")
    return None if after is None else Formatted(shown, path, before, after.encode())


def _diff(one: Formatted, palette: Palette) -> str:
    lines = difflib.unified_diff(
        one.before.decode().splitlines(keepends=True),
        one.after.decode().splitlines(keepends=True),
        f"{one.name} (as it is)",
        f"{one.name} (canonical)",
    )
    return "".join(_coloured(line if line.endswith("\n") else f"{line}\n", palette) for line in lines)


def _coloured(line: str, palette: Palette) -> str:
    styles = {"+": GOOD, "-": BAD, "@": FRAME}
    style = STRONG if line.startswith(("+++", "---")) else styles.get(line[:1])
    return palette.paint(line.rstrip("\n"), style) + "\n" if style else line
