"""Files written so that a reader, a crash or Ctrl-C never meets a half-written one."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bxc.cli.errors import CommandError, reason
from bxc.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Write:
    """A file that is to hold these bytes."""

    path: Path
    content: bytes


@dataclass(frozen=True, slots=True)
class Remove:
    """A file that is to go."""

    path: Path


Change = Write | Remove


def apply(changes: Sequence[Change]) -> None:
    """Make all changes or none of them.

    New content is first written beside each file; only when all of it is on disk do the files change places. A file
    keeps its mode; folders are made as needed, and removed again where a removed file was their last. CommandError if
    the system refuses.
    """
    made: list[Path] = []
    try:
        staged = [(change, _stage(change, made)) for change in changes]
        _swap(staged)
    except OSError as error:
        _forget(made)
        place = str(error.filename) if error.filename else ""
        raise CommandError(f"cannot write {_shown(place)}: {reason(error)}", path=place or None) from error
    except BaseException:
        _forget(made)
        raise
    for change in changes:
        if isinstance(change, Remove):
            _remove_empty(change.path.parent)


def write(path: Path, content: bytes) -> None:
    """Write one file, all of it or nothing."""
    apply([Write(path, content)])


def check_writable(path: Path) -> None:
    """See that a file can be written, before something happens that it is to tell of. CommandError if it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe = _beside(Path(os.path.realpath(path)))
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise CommandError(f"cannot write {path}: {reason(error)}", path=str(path)) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write a large file to; it takes the place of ``path`` if the block succeeds."""
    target = Path(os.path.realpath(path))
    temporary = _beside(target)
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {reason(error)}", path=str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _stage(change: Change, made: list[Path]) -> Path | None:
    """Write a file's new content beside it; its path is noted in ``made`` along with the folders made for it."""
    if isinstance(change, Remove):
        return None
    target = Path(os.path.realpath(change.path))
    missing = [folder for folder in target.parents if not folder.exists()]
    for folder in reversed(missing):
        with suppress(FileExistsError):  # another run may have made it meanwhile
            folder.mkdir()
            made.append(folder)
    temporary = _beside(target)
    made.append(temporary)
    temporary.write_bytes(change.content)
    if target.exists():
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))
    return temporary


def _swap(staged: Sequence[tuple[Change, Path | None]]) -> None:
    """Put the staged files into their places; on any failure, put the old ones back."""
    done: list[tuple[Path, Path | None]] = []
    try:
        for change, temporary in staged:
            target = Path(os.path.realpath(change.path))
            backup = _beside(target) if target.exists() else None
            done.append((target, backup))
            if backup is not None:
                target.replace(backup) if temporary is None else _link(target, backup)
            if temporary is not None:
                temporary.replace(target)
    except BaseException:
        for target, backup in reversed(done):
            if backup is None:
                target.unlink(missing_ok=True)
            elif backup.exists():
                backup.replace(target)
                backup.unlink(missing_ok=True)  # renaming one link of a file to another leaves both
        raise
    for _, backup in done:
        if backup is not None:
            backup.unlink(missing_ok=True)


def _link(target: Path, backup: Path) -> None:
    """A second name for a file; a copy where the file system has no links."""
    try:
        os.link(target, backup)
    except OSError:
        shutil.copy2(target, backup)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}")


def _forget(made: Sequence[Path]) -> None:
    """Remove staged files and the folders made for them, those that are empty."""
    for path in reversed(made):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _shown(place: str) -> str:
    """The file that a message is about: the target of a temporary name, seen from the working folder if it is in it."""
    path = Path(place)
    if path.name.startswith(".") and path.name.count(".") > 1:
        path = path.with_name(path.name[1:].rpartition(".")[0])
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
