"""Where results are kept between runs, and the digest of the tool that made them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from importlib.machinery import PathFinder
from pathlib import Path

from bxc import __version__

PACKAGE = Path(__file__).parent.parent
SUFFIXES = (".py", ".json", ".lark")
APART = ("cli", "report")  # what shows results has no part in them
LIBRARIES = ("z3", "sqlglot", "duckdb", "lark")


def cache_folder() -> Path | None:
    """The folder for what is kept, made if it is missing, for nobody else to read; None if there can be none."""
    folder = _named()
    if folder is None:
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def _named() -> Path | None:
    if own := os.environ.get("BXC_CACHE_DIR"):
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if shared and Path(shared).is_absolute():  # others are to be ignored, says the XDG specification
        return Path(shared) / "bxc"
    try:
        home = Path.home()
    except RuntimeError:  # a user without home
        return None
    return home / ".cache" / "bxc" if home.is_absolute() else None


def replace(path: Path, content: bytes) -> bool:
    """Write a file so that others meet the old one or the new one, and never a part; False if it cannot be."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError:
        return False
    return True


def tool_digest(folder: Path) -> str:
    """A digest of all that decides what is proved: this program's sources, Python, the solver and the engines.

    The sources are read once; after that the digest is looked up by their sizes and times, in ``folder``.
    """
    files = sorted(_sources(PACKAGE))
    stamps = repr([(name, status.st_size, status.st_mtime_ns) for name, _, status in files])
    surroundings = repr((__version__, sys.version, sys.platform, _libraries()))
    memo = folder / f"tool-{sha256((surroundings + stamps).encode()).hexdigest()[:32]}"
    with suppress(OSError, ValueError):
        known = memo.read_text("ascii")
        if len(bytes.fromhex(known)) == 32:
            return known
    whole = sha256(surroundings.encode())
    for name, path, _ in files:
        content = Path(path).read_bytes()
        whole.update(f"{name} {len(content)}\n".encode())
        whole.update(content)
    for old in _old_memos(folder):
        with suppress(OSError):
            old.unlink()
    replace(memo, whole.hexdigest().encode())
    return whole.hexdigest()


def _sources(folder: Path, prefix: str = "") -> Iterator[tuple[str, str, os.stat_result]]:
    """The files that matter: name from the package's folder, path, status."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name[:1] not in "_." and (prefix or entry.name not in APART):
                    yield from _sources(Path(entry.path), f"{prefix}{entry.name}/")
            elif entry.name.endswith(SUFFIXES):
                yield prefix + entry.name, entry.path, entry.stat()


def _libraries() -> list[str]:
    """The versions of the libraries that prove and run, as their folders of metadata say: nothing is imported."""
    found: set[str] = set()
    specs = (PathFinder.find_spec(name) for name in LIBRARIES)
    places = {str(Path(spec.origin).parent.parent) for spec in specs if spec is not None and spec.origin}
    for place in places:
        with suppress(OSError):
            names = os.listdir(place)  # noqa: PTH208
            found.update(name for name in names if name.endswith(".dist-info") and name.startswith(LIBRARIES))
    return sorted(found)


def _old_memos(folder: Path) -> list[Path]:
    """All but the latest of these small files, where there are many."""
    try:
        memos = sorted(folder.glob("tool-*"), key=lambda path: path.stat().st_mtime)
    except OSError:
        return []
    return memos[:-16]
