"""A spec file on disk → the syntax trees of it and of all that it imports.

Paths of imports are relative to the importing file and never lead out of the folder of the root spec, symbolic links
resolved, so that a spec is one folder that can be moved and reviewed as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bxc import syntax
from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic, Label
from bxc.limits import MAX_FILE
from bxc.parse import parse_text
from bxc.suggest import closest
from bxc.text import SourceFile, Span, unix_lines

MAX_FILES = 1000
STDIN = "<stdin>"
"""How standard input is called in findings."""

Identity = tuple[int, int]  # device and inode: one file is one file by whatever path it is reached
NO_FILE = (-1, -1)


def decode(data: bytes, name: str, path: Path | None = None) -> tuple[SourceFile, list[Diagnostic]]:
    """The text of a file's bytes, without byte order mark and with line ends made ``\\n``.

    If the bytes are no text (BX001) or too many (BX007), there is a finding, and nothing is to be parsed.
    """
    if len(data) > MAX_FILE:
        empty = SourceFile(name, "", path)
        message = f"the file has more than {MAX_FILE // 1_000_000} MB"
        return empty, [Diagnostic("BX007", message, Label(Span(empty, 0, 0)), help="split it, and `import` the parts")]
    try:
        source = SourceFile(name, unix_lines(data.decode("utf-8-sig")), path)
    except UnicodeDecodeError as error:
        bom = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        start = len(unix_lines(data[bom : bom + error.start].decode("utf-8")))
        source = SourceFile(name, unix_lines(data.decode("utf-8-sig", "replace")), path)
        found = "UTF-16 text" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8 text"
        return source, [_no_text(source, start, f"the file is {found}", "save it as UTF-8")]
    if (start := source.text.find("\0")) >= 0:
        return source, [_no_text(source, start, "the file holds a NUL byte: it is no text", None)]
    return source, []


def _no_text(source: SourceFile, start: int, message: str, help_: str | None) -> Diagnostic:
    return Diagnostic("BX001", message, Label(Span(source, start, min(start + 1, len(source.text)))), help=help_)


def read_file(path: Path, name: str) -> tuple[SourceFile, list[Diagnostic]]:
    """The text of a file, shown to the user as ``name``; as `decode`. OSError if it cannot be read."""
    with path.open("rb") as file:
        return decode(file.read(MAX_FILE + 1), name, path)


def load(root: Path, content: bytes | None = None) -> tuple[tuple[syntax.File, ...], list[Diagnostic]]:
    """The trees of a spec, imports before what imports them and the root last, and all findings so far.

    Each file is read once. Findings are those about the syntax and BX006 for imports. OSError if the root cannot be
    read; an import that cannot be read is a finding. With ``content``, that of standard input, no root is read, and
    imports are relative to the working folder.
    """
    if content is not None:
        return _Loader(Path(os.path.realpath(STDIN))).load(STDIN, content)
    return _Loader(Path(os.path.realpath(root, strict=True))).load(_normal(root))


@dataclass(frozen=True, slots=True)
class _Frame:
    """A file whose imports are being loaded, and those that are still to come."""

    file: syntax.File
    path: Path
    identity: Identity
    imports: Iterator[syntax.Import]


class _Loader:
    """Loads depth first; ``frames`` leads from the root to the file whose imports are being loaded."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.frames: list[_Frame] = []
        self.seen: set[Identity] = set()
        self.loaded: list[syntax.File] = []
        self.findings: list[Diagnostic] = []

    def load(self, name: str, content: bytes | None = None) -> tuple[tuple[syntax.File, ...], list[Diagnostic]]:
        self._check_spec_line(self._enter(self.root, name, content))
        while self.frames:
            frame = self.frames[-1]
            if (line := next(frame.imports, None)) is not None:
                self._follow(frame, line)
            else:
                self.loaded.append(self.frames.pop().file)
        return tuple(self.loaded), self.findings

    def _enter(self, path: Path, name: str, content: bytes | None = None) -> syntax.File:
        """Read a file, if its content is not known, and make its imports the next to be followed."""
        source, found = read_file(path, name) if content is None else decode(content, name)
        file = syntax.File(source, (), ())
        if not found:
            file, found = parse_text(source)
        self.findings += found
        identity = _identity(path) if content is None else NO_FILE
        self.seen.add(identity)
        imports = (d for d in file.declarations if isinstance(d, syntax.Import))
        self.frames.append(_Frame(file, path, identity, imports))
        return file

    def _follow(self, frame: _Frame, line: syntax.Import) -> None:
        """Load what an import names, unless it has been loaded."""
        try:
            path = self._target(frame, line)
            if path is None:
                return
            identity = _identity(path)
            if identity in self.seen:
                self._check_cycle(identity, line)
            elif len(self.seen) == MAX_FILES:
                self._report(line, f"a spec of more than {MAX_FILES} files", code="BX007")
            else:
                file = self._enter(path, _shown(frame.file.source.name, line.path.value))
                self._check_no_spec_line(file, line)
        except FileNotFoundError:
            near = _nearest(frame.path.parent, line.path.value)
            self._report(line, f"there is no file `{line.path.value}`", near and f"did you mean `{near}`?")
        except OSError as error:
            self._report(line, f"`{line.path.value}` cannot be read: {(error.strerror or 'unknown reason').lower()}")

    def _target(self, frame: _Frame, line: syntax.Import) -> Path | None:
        """The file that an import names, symbolic links resolved; None and a finding if it may not be imported."""
        written = line.path.value
        relative = "write a path relative to this file, for example `import 'common.bxc'`"
        if not written.isprintable() or "\\" in written:
            self._report(line, "this is no path of a spec file", "write folders with `/`")
        elif Path(written).is_absolute() or Path(written).drive:
            self._report(line, "an import cannot be an absolute path", relative)
        elif not written.endswith(".bxc"):
            self._report(line, "an imported file is a spec: its name ends in `.bxc`", relative)
        elif not self._inside(Path(os.path.normpath(frame.path.parent / written))):
            self._report_outside(line)
        else:
            path = Path(os.path.realpath(frame.path.parent / written, strict=True))
            if not self._inside(path):
                self._report_outside(line)
            elif not path.is_file():
                self._report(line, f"`{written}` is no file")
            else:
                return path
        return None

    def _inside(self, path: Path) -> bool:
        return path.is_relative_to(self.root.parent)

    def _report_outside(self, line: syntax.Import) -> None:
        self._report(line, "an import cannot leave the folder of the root spec", "move the file below that folder")

    def _check_cycle(self, identity: Identity, line: syntax.Import) -> None:
        places = [place for place, frame in enumerate(self.frames) if frame.identity == identity]
        if not places:
            return
        names = [frame.file.source.name for frame in self.frames[places[0] :]]
        if len(names) == 1:
            self._report(line, "a file cannot import itself", "delete this line")
        else:
            self._report(line, "these imports go in a circle: " + " → ".join([*names, names[0]]))

    def _check_spec_line(self, root: syntax.File) -> None:
        lines = [d for d in root.declarations if isinstance(d, syntax.Spec)]
        if lines and not isinstance(root.declarations[0], syntax.Spec):
            label = Label(root.declarations[0].span, "this stands before it")
            self.findings.append(Diagnostic("BX001", "the `spec` line must come first", Label(lines[0].span), (label,)))

    def _check_no_spec_line(self, file: syntax.File, line: syntax.Import) -> None:
        for declaration in file.declarations:
            if isinstance(declaration, syntax.Spec):
                message = "an imported file has no `spec` line"
                label = Label(line.span, "imported here")
                primary = Label(declaration.span)
                self.findings.append(Diagnostic("BX006", message, primary, (label,), "delete this line"))

    def _report(self, line: syntax.Import, message: str, help_: str | None = None, code: str = "BX006") -> None:
        self.findings.append(Diagnostic(code, message, Label(line.path.span), help=help_))


def _identity(path: Path) -> Identity:
    status = path.stat()
    return (status.st_dev, status.st_ino)


def _shown(importing: str, written: str) -> str:
    """The name of an imported file as seen from where the user stands."""
    return _normal(Path(importing).parent / written)


def _normal(path: Path) -> str:
    """A path as the user would write it, with `/`."""
    return Path(os.path.normpath(path)).as_posix()


def _nearest(folder: Path, written: str) -> str | None:
    """The path of a spec beside the one that an import names, and of nearly its name."""
    wanted = Path(written)
    try:
        specs = [path.stem for path in (folder / wanted).parent.iterdir() if path.suffix == ".bxc"]
    except OSError:
        return None
    near = closest(wanted.stem, specs)
    return None if near is None else wanted.with_name(f"{near}.bxc").as_posix()
