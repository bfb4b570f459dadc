"""A root file → all files of its spec, each parsed once, imports before what imports them.

Paths are relative to the importing file and never lead outside the folder of the root file, symbolic links resolved.
"""

from __future__ import annotations

import os
from pathlib import Path

from bxc import syntax
from bxc.diagnostic import Diagnostic, Label
from bxc.parse import parse_text
from bxc.text import SourceFile, Span

MAX_BYTES = 10_000_000
BOM = b"\xef\xbb\xbf"


def load(root: Path) -> tuple[tuple[syntax.File, ...], list[Diagnostic]]:
    """All files of a spec, the root last, and what is wrong with their text and their imports.

    OSError if the root cannot be read; a file that an `import` names and that cannot be read is a finding (BX006).
    """
    loader = _Loader(root)
    loader.file(root, ())
    return tuple(loader.files.values()), loader.findings


def read_text(path: Path, name: str) -> tuple[SourceFile, list[Diagnostic]]:
    """The text of a file without byte order mark and carriage returns; empty, with a finding, where it is no text."""
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        message = f"the file has {len(content):,} bytes; a spec may have {MAX_BYTES:,}"
        return _refused(path, name, "BX007", message, "move a part of it to another file and `import` it")
    try:
        text = content.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _refused(path, name, "BX001", f"the file is not UTF-8 text: line {line} has the byte {_byte(error)}")
    if "\0" in text:
        return _refused(path, name, "BX001", "the file holds NUL characters: it is no text")
    return SourceFile(name, text.replace("\r\n", "\n").replace("\r", "\n"), path), []


def _refused(
    path: Path, name: str, code: str, message: str, help_: str = "save it as UTF-8 text"
) -> tuple[SourceFile, list[Diagnostic]]:
    source = SourceFile(name, "", path)
    return source, [Diagnostic(code, message, Label(Span(source, 0, 0)), help=help_)]


def _byte(error: UnicodeDecodeError) -> str:
    return f"0x{error.object[error.start]:02x}"


class _Loader:
    """Reads files depth first. ``files`` are those read whole, by resolved path, in the order in which they ended."""

    def __init__(self, root: Path) -> None:
        self.folder = root.resolve().parent
        self.shown_from = root.parent
        self.files: dict[Path, syntax.File] = {}
        self.findings: list[Diagnostic] = []

    def file(self, path: Path, importers: tuple[Path, ...]) -> None:
        """Read a file and, before it, those that it imports. ``importers``: the files that led here, the root first."""
        resolved = path.resolve()
        source, findings = read_text(path, self._name(path))
        tree, more = parse_text(source)
        self.findings += findings or more
        chain = (*importers, resolved)
        for declaration in tree.declarations:
            if isinstance(declaration, syntax.Import):
                self._imported(declaration, path, chain)
            elif isinstance(declaration, syntax.Spec) and importers:
                self._report(declaration.span, "an imported file has no `spec` line", "remove the line")
        self.files[resolved] = tree

    def _imported(self, declaration: syntax.Import, importer: Path, chain: tuple[Path, ...]) -> None:
        place = declaration.path.span
        written = declaration.path.value
        path = importer.parent / written
        resolved = path.resolve()
        if not resolved.is_relative_to(self.folder):
            help_ = f"move the file below {self.shown_from or Path()}"
            self._report(place, f"`{written}` lies outside the folder of the spec", help_)
        elif resolved in chain:
            names = " → ".join(p.name for p in (*chain[chain.index(resolved) :], resolved))
            self._report(place, f"files import each other: {names}", "move what both need to a third file")
        elif resolved not in self.files:
            try:
                self.file(path, chain)
            except OSError as error:
                reason = (error.strerror or "unreadable").lower()
                help_ = f"paths are relative to {self._name(importer)}"
                self._report(place, f"`{written}` cannot be read: {reason}", help_)

    def _report(self, span: Span, message: str, help_: str) -> None:
        self.findings.append(Diagnostic("BX006", message, Label(span), help=help_))

    def _name(self, path: Path) -> str:
        """A file's name as the user would write it, with `/`."""
        return Path(os.path.normpath(path)).as_posix()
