"""Whole results of checking a spec, kept between runs, so that a spec that nobody has touched needs no work.

A result belongs to the bytes of the root file, its name as shown, the limits and the tool. It stands for as long as the
imports, followed anew by the loader's rules, lead to the same files with the same bytes, and, where a comment
suppresses findings until some day, for that day. Whatever is wrong with an entry means that there is none.
"""

from __future__ import annotations

import json
import os
import stat
import time
from contextlib import suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bxc.check.folder import cache_folder, replace, tool_digest
from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic, Label, Severity
from bxc.text import SourceFile, Span, unix_lines

if TYPE_CHECKING:
    from bxc import syntax
    from bxc.check.run import Proofs
    from bxc.check.settings import Proving

MAX_ENTRY = 1024 * 1024
MAX_SPEC = 16 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_FILES = 200  # of one spec; those with more are read anew each time
BYTES = 16 * 1024 * 1024  # of all entries
STALE = 3_600  # seconds after which a file that was being written is left over from a killed run

Json = dict[str, Any]


class Result(Protocol):
    """What a check finds."""

    @property
    def files(self) -> tuple[syntax.File, ...]: ...
    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]: ...
    @property
    def proofs(self) -> Proofs | None: ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a check found: the names of the files, imports first, and the findings, sorted."""

    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A file of a spec as it is now."""

    path: Path
    content: bytes


class Memory:
    """The results of one user, one version of the tool and one depth of proofs."""

    def __init__(self, folder: Path, digest: str, proving: Proving) -> None:
        self._folder = folder / "runs"
        self._digest = digest
        limits = proving.limits
        self._limits = (limits.k, limits.query_ms, proving.statements and ("all", *proving.engines))

    def recall(self, root: Path, today: date) -> Remembered | None:
        """The result for a root file; None if there is none, or it may be another by now. OSError if unreadable."""
        if not _is_plain(root):
            return None
        read = _Read(Path(os.path.realpath(root, strict=True)), root.read_bytes())
        key = self._key(root, read.content)
        try:
            entry = (self._folder / key).read_bytes()
            if entry[:64] != _checksum(key, entry[65:]):
                return None
            found = json.loads(entry[65:])
            if found["day"] not in (None, today.isoformat()):
                return None
            files = _follow(read, found)
            return None if files is None else _restored(found, files)
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            return None

    def keep(self, root: Path, today: date, checked: Result) -> None:
        """Keep a result, unless another run may give another one or something keeps us from it."""
        if checked.proofs is not None and not checked.proofs.final:
            return
        unread = checked.proofs is None and any(d.code in ("BX006", "BX007") for d in checked.diagnostics)
        if len(checked.files) > MAX_FILES or unread:
            return  # which files there are beside the spec's may matter
        try:
            found = _entry(checked, today) if _is_plain(root) else None
            if found is None:
                return
            key = self._key(root, root.read_bytes())
            text = json.dumps(found, separators=(",", ":")).encode()
            if len(text) > MAX_ENTRY:
                return
            self._folder.mkdir(mode=0o700, exist_ok=True)
            replace(self._folder / key, _checksum(key, text) + b"\n" + text)
            self._make_room()
        except OSError:
            return

    def _key(self, root: Path, content: bytes) -> str:
        name = Path(os.path.normpath(root)).as_posix()
        return sha256(repr((1, self._digest, self._limits, name)).encode() + content).hexdigest()

    def _make_room(self) -> None:
        """Drop the older half of the entries where there are too many, and what killed runs have left."""
        entries = []
        for entry in os.scandir(self._folder):
            status = entry.stat()
            if entry.name.startswith("."):
                if status.st_mtime < time.time() - STALE:
                    Path(entry.path).unlink(missing_ok=True)
            else:
                entries.append((status.st_mtime, entry.path, status.st_size))
        if len(entries) > MAX_ENTRIES or sum(size for _, _, size in entries) > BYTES:
            for _, path, _ in sorted(entries)[: len(entries) // 2 + 1]:
                Path(path).unlink(missing_ok=True)


def open_memory(proving: Proving) -> Memory | None:
    """The memory of this user; None where nothing can be kept."""
    folder = cache_folder()
    return None if folder is None else Memory(folder, tool_digest(folder), proving)


# --- files ----------------------------------------------------------------------------------------------------------


def _follow(root: _Read, found: Json) -> list[_Read] | None:
    """The files of a spec in the order of an entry, if imports lead to the same ones with the same bytes."""
    places: dict[int, _Read] = {len(found["files"]) - 1: root}
    for importer, written, target in found["imports"]:  # each after those that lead to its file
        path = Path(os.path.realpath(places[importer].path.parent / written, strict=True))
        if not path.is_relative_to(root.path.parent):
            return None
        if target not in places:
            if any(path == other.path for other in places.values()):
                return None
            places[target] = _Read(path, path.read_bytes())
        elif places[target].path != path:
            return None
    files = [places[index] for index in range(len(found["files"]))]
    digests = [digest for _, digest in found["files"]]
    same = all(sha256(file.content).hexdigest() == digest for file, digest in zip(files, digests, strict=True))
    return files if same else None


def _entry(checked: Result, today: date) -> Json | None:
    """What to keep of a result; None if the files have changed since they were read."""
    places: dict[Path, int] = {}
    files = []
    for index, file in enumerate(checked.files):
        path = file.source.path
        if path is None or path in places:
            return None
        content = path.read_bytes()
        if _text(content) != file.source.text:
            return None
        places[path] = index
        files.append((file.source.name, sha256(content).hexdigest()))
    if len({(status.st_dev, status.st_ino) for status in map(os.stat, places)}) != len(places):
        return None
    imports = _imports(checked, places)
    if imports is None:
        return None
    suppresses = any("bxc:" in comment.text for file in checked.files for comment in file.comments)
    numbers = {id(file.source): index for index, file in enumerate(checked.files)}
    return {
        "day": today.isoformat() if suppresses else None,
        "files": files,
        "imports": imports,
        "diagnostics": [_diagnostic(d, numbers) for d in checked.diagnostics],
    }


def _imports(checked: Result, places: dict[Path, int]) -> list[tuple[int, str, int]] | None:
    """Which file imports which by what words, from the root on; None if they do not lead to all files."""
    from bxc import syntax  # late: what is remembered needs no trees

    paths = list(places)
    found: list[tuple[int, str, int]] = []
    pending = [len(paths) - 1]
    for importer in pending:  # it grows
        lines = (d.path.value for d in checked.files[importer].declarations if isinstance(d, syntax.Import))
        for written in lines:
            target = places.get(Path(os.path.realpath(paths[importer].parent / written, strict=True)))
            if target is None:
                return None
            found.append((importer, written, target))
            if target not in pending:
                pending.append(target)
    return found if len(pending) == len(paths) else None


def _is_plain(path: Path) -> bool:
    """Whether it is a file of moderate size, which can be read twice: no pipe and no device."""
    status = path.stat()
    return stat.S_ISREG(status.st_mode) and status.st_size <= MAX_SPEC


def _text(content: bytes) -> str | None:
    """The text of a file, as the loader has it; None if it is none."""
    with suppress(UnicodeDecodeError):
        return unix_lines(content.decode("utf-8-sig"))
    return None


# --- findings -------------------------------------------------------------------------------------------------------


def _diagnostic(diagnostic: Diagnostic, numbers: dict[int, int]) -> Json:
    found: Json = {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "labels": [_label(label, numbers) for label in (diagnostic.primary, *diagnostic.secondary)],
        "help": diagnostic.help,
    }
    if diagnostic.witness is not None:
        from bxc.check import witness_json

        found["witness"] = witness_json.to_json(diagnostic.witness)
    return found


def _label(label: Label, numbers: dict[int, int]) -> tuple[int, int, int, str]:
    return numbers[id(label.span.file)], label.span.start, label.span.end, label.text


def _restored(found: Json, files: list[_Read]) -> Remembered:
    names = [name for name, _ in found["files"]]
    if not found["diagnostics"]:
        return Remembered(tuple(names), ())
    sources = []
    for name, file in zip(names, files, strict=True):
        text = _text(file.content)
        if text is None:
            raise ValueError("no text")
        sources.append(SourceFile(name, text, file.path))
    return Remembered(tuple(names), tuple(_finding(one, sources) for one in found["diagnostics"]))


def _finding(found: Json, sources: list[SourceFile]) -> Diagnostic:
    labels = [Label(Span(sources[number], start, end), text) for number, start, end, text in found["labels"]]
    witness = None
    if "witness" in found:
        from bxc.check import witness_json

        witness = witness_json.from_json(found["witness"])
    severity = Severity(found["severity"])
    return Diagnostic(found["code"], found["message"], labels[0], tuple(labels[1:]), found["help"], severity, witness)


def _checksum(key: str, content: bytes) -> bytes:
    return sha256(key.encode() + content).hexdigest().encode()
