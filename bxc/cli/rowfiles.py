"""The name of a file, a pipe or `-` → a file of rows that can be read more than once."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bxc.cli.errors import CommandError, reason

if TYPE_CHECKING:
    from bxc.database.rows import RowFile

STDIN = "-"


@contextmanager
def row_file(name: str, form: str | None, null: str, delimiter: str | None) -> Iterator[RowFile]:
    """The file of rows of a name; ``form`` overrides its suffix.

    Rows are read twice (the header, and again where a put is refused), so what is no regular file is copied to one.
    """
    from bxc.database import rows

    if name == STDIN and form is None:
        raise CommandError("what form do the rows on standard input have?", hint="say --format csv, parquet or ndjson")
    with tempfile.TemporaryDirectory(prefix="bxc-") as folder:
        try:
            file = rows.row_file(Path(name), form, null, delimiter)
            yield _regular(file, Path(folder))
        except rows.RowsError as error:
            raise CommandError(str(error), path=name) from error


def _regular(file: RowFile, folder: Path) -> RowFile:
    """The file itself, if it can be read again, else a copy in a folder."""
    copy = folder / "rows"
    try:
        if file.shown == STDIN:
            _copy(sys.stdin.buffer, copy)
            return replace(file, path=copy, shown="<stdin>")
        with file.path.open("rb") as source:
            if stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                return file
            _copy(source, copy)
            return replace(file, path=copy)
    except OSError as error:
        raise CommandError(f"cannot read {file.shown}: {reason(error)}", path=file.shown) from error


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as out:
        shutil.copyfileobj(source, out)
