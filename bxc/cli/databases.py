"""What get, put and install are told → an open database, and the generated files to run on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.specs import check_all, only
from bxc.config import Config
from bxc.database.bundle import Bundle, View, bundle
from bxc.database.connection import (
    Address,
    Database,
    DatabaseError,
    engine_of,
    open_database,
    parse_url,
    transaction,
)
from bxc.database.manifest import ManifestError, read_folder
from bxc.database.rows import RowsError
from bxc.report import render
from bxc.suggest import closest

INSTALL = "`bxc install` makes it"


def address(url: str | None, peer: str, config: Config) -> Address:
    """Where a peer's database is: as told by --db, else by the configuration."""
    if url is not None:
        return _parsed(url)
    if peer not in config.databases:
        hint = "say --db FILE, or set it under [databases] in bxc.toml"
        raise CommandError(f"which database of {peer} is meant?", hint=hint)
    found = _parsed(config.databases[peer])
    if not found.is_file:
        return found
    return Address(found.engine, Path(os.path.relpath(config.folder / found.path)))


def _parsed(url: str) -> Address:
    try:
        return parse_url(url)
    except DatabaseError as error:
        raise CommandError(str(error)) from error


def generated_files(spec: str | None, folder: str | None, url: str | None, config: Config, console: Console) -> Bundle:
    """The bundle of a generated folder if one is named, else of the spec, compiled here and now.

    ``url``, or the configured databases, tell the engines to compile for.
    """
    if folder is not None:
        if spec is not None:
            raise CommandError("SPEC and --generated exclude each other")
        try:
            return read_folder(Path(folder))
        except ManifestError as error:
            raise CommandError(str(error), path=folder) from error
    urls = config.databases.values() if url is None else (url,)
    return _compiled(only(spec, config), console, tuple(sorted({_parsed(u).engine for u in urls})))


def _compiled(root: Path, console: Console, engines: tuple[str, ...]) -> Bundle:
    from bxc.compile import ENGINES, artifacts

    checks = check_all("compile", [root], None, False, console, None)  # what is proved does not change what is run
    if checks.report.exit_code:
        text = render(checks.report, "text", {}, console.palette(sys.stderr), quiet=True)
        sys.stderr.write(text)
        raise CommandError(f"{root} has errors, so nothing is done", code=checks.report.exit_code)
    (checked,) = checks.checked
    assert checked.plan is not None
    files = artifacts(checked, engines or ENGINES, compiled=None)
    return bundle(checked.plan, {artifact.path: artifact.text for artifact in files})


def owner_of(files: Bundle, view: str) -> tuple[str, View]:
    """The peer that has a view, and the view; CommandError with the nearest names if there is none."""
    for peer in files.peers.values():
        if view in peer.views:
            return peer.name, peer.views[view]
    known = [name for peer in files.peers.values() for name in peer.views]
    raise CommandError(f"spec {files.spec} has no view {view}", hint=near(view, known))


def peer_of(files: Bundle, peer: str) -> str:
    """The name of a peer that has something to install; CommandError if it is none."""
    if peer not in files.peers:
        raise CommandError(f"spec {files.spec} has no peer {peer} with a source", hint=near(peer, files.peers))
    return peer


def near(name: str, known: Iterable[str]) -> str | None:
    """A hint at what an unknown name may mean; None if nothing is known."""
    names = list(known)
    close = closest(name, names)
    if close:
        return f"did you mean {close}?"
    return f"there is {', '.join(names[:12])}" if names else None


@contextmanager
def opened(where: Address, mode: str, missing: str | None = None) -> Iterator[Database]:
    """A database for the time of a block; what it or a row file refuses ends the command.

    ``missing`` is what to do if there is no such file. A file that was made for the block is removed again if the block
    fails.
    """
    existed = not where.is_file or where.path.exists()
    try:
        database = _open(where, mode, existed)
        try:
            yield database
        except BaseException:
            if mode == "create" and not existed:
                _remove_if_empty(database, where.path)
            raise
        finally:
            database.close()
    except RowsError as error:
        raise CommandError(str(error), code=1) from error
    except DatabaseError as error:
        place = "" if where.shown in str(error) else f"{where.shown}: "
        hint = None if existed else missing
        raise CommandError(f"{place}{error}", path=where.shown, hint=hint) from error


def _open(where: Address, mode: str, existed: bool) -> Database:
    try:
        return open_database(where, mode)
    except DatabaseError:
        if where.engine == "duckdb" and not existed and where.path.is_file() and engine_of(where.path) is None:
            where.path.unlink()  # the disk was full before there was a database
        raise


def _remove_if_empty(database: Database, path: Path) -> None:
    """Remove a database that was made for nothing, unless another program has begun to use it meanwhile."""
    with suppress(DatabaseError, OSError), transaction(database, keep=False):
        if not database.objects():
            for file in _files_of(path):
                file.unlink(missing_ok=True)


def _files_of(path: Path) -> list[Path]:
    """A database's file and the files that its engine keeps beside it."""
    return [path, *(path.with_name(path.name + suffix) for suffix in ("-journal", "-wal", "-shm", ".wal"))]
