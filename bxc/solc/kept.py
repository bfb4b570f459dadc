"""Compiled contracts, kept by the digest of the compiler's input and release: they are equal wherever they are made."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from bxc.check.folder import cache_folder, replace
from bxc.codegen.evm import RELEASE

MOST = 64  # files
LARGEST = 16_000_000  # bytes of one


def recall(question: str) -> dict[str, Any] | None:
    """What is kept for a compiler's input; None if nothing is, or if the file is not as it was written."""
    file = _file(question)
    if file is None:
        return None
    try:
        if file.stat().st_size > LARGEST:
            return None
        digest, _, text = file.read_text("utf-8").partition("\n")
        if digest != sha256(text.encode()).hexdigest():
            return None
        os.utime(file)
        found = json.loads(text)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def keep(question: str, answer: dict[str, Any]) -> None:
    """Keep an answer, and the latest of the others; where that is impossible, it is made anew next time."""
    file = _file(question)
    if file is None:
        return
    text = json.dumps(answer, sort_keys=True)
    if replace(file, f"{sha256(text.encode()).hexdigest()}\n{text}".encode()):
        for old in _oldest(file.parent):
            with suppress(OSError):
                old.unlink()


def _file(question: str) -> Path | None:
    folder = cache_folder()
    if folder is None:
        return None
    try:
        (folder / "solc").mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    key = sha256(f"{RELEASE}\n{question}".encode()).hexdigest()[:40]
    return folder / "solc" / f"{key}.json"


def _oldest(folder: Path) -> Iterator[Path]:
    """All but the latest of the files."""
    try:
        files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime)
    except OSError:
        return
    yield from files[:-MOST]
