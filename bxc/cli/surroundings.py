"""What `bxc doctor` looks at: each library and program that some part of bxc uses, and how to get it."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bxc.dataclass import dataclass

SECONDS = 20.0  # for a program to tell its version
BYTES = 1_000_000
NUMBER = re.compile(r"\d+(?:\.\d+)+")
SERVERS = Path("/usr/lib/postgresql")  # Debian keeps them off PATH
SQLITE = (3, 39)  # `is distinct from`

RELEASES = {
    "sqlite": "select 'SQLite ' || sqlite_version()",
    "duckdb": "select 'DuckDB ' || version()",
    "postgres": "select 'PostgreSQL ' || current_setting('server_version')",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing: whether it is there, whether `check` and `compile` need it, and what it is, or why it will not do.

    ``use`` says what it is for, ``get`` how to get it.
    """

    name: str
    found: bool
    needed: bool
    detail: str
    use: str
    get: str


def items() -> tuple[Item, ...]:
    """All of them, in the order in which they are shown."""
    return tuple(look() for look in LOOKS)


def python() -> Item:
    """The interpreter."""
    number = ".".join(map(str, sys.version_info[:3]))
    return Item("Python", sys.version_info >= (3, 11), True, number, "everything", "install Python 3.11 or newer")


def duckdb() -> Item:
    """The engine, loaded."""
    use, get = "an engine; replays counterexamples", "pip install 'duckdb>=2,<3'"
    return _library("DuckDB", "duckdb", lambda module: str(module.__version__), use, get)


def sqlite() -> Item:
    """The library that Python was built with."""
    use, get = "an engine; replays counterexamples", "a Python built with SQLite 3.39 or newer"
    item = _library("SQLite", "sqlite3", lambda module: str(module.sqlite_version), use, get)
    if item.found and tuple(map(int, item.detail.split(".")[:2])) < SQLITE:
        return Item("SQLite", False, True, f"{item.detail} is too old", use, get)
    return item


def z3() -> Item:
    """The solver, loaded with its own library."""
    get = "pip install 'z3-solver>=5.4,<6'"
    return _library("Z3", "z3", lambda module: str(module.get_version_string()), "proofs", get)


def cache() -> Item:
    """Where proofs and bytecode are kept."""
    from bxc.check.folder import cache_folder

    folder = cache_folder()
    detail = "nowhere to write" if folder is None else str(folder)
    get = "set BXC_CACHE_DIR to a folder that can be written"
    return Item("cache", folder is not None, False, detail, "proofs and bytecode of earlier runs", get)


def node() -> Item:
    """The program that runs npm's compiler."""
    from bxc.solc.search import node as path

    return _program("Node", path(), "runs npm's solc", "install Node 18 or newer from nodejs.org or your system")


def solc() -> Item:
    """The compiler that `bxc compile` would use."""
    from bxc.codegen.evm import RELEASE
    from bxc.solc import NoCompiler, find
    from bxc.solc.process import ProgramError
    from bxc.solc.search import is_pinned, release_of

    use = "ABI and bytecode of the contract"
    try:
        compiler = find()
        release = release_of(compiler)
    except NoCompiler as error:
        return Item("solc", False, False, error.why, use, "; or ".join(error.ways))
    except ProgramError as error:
        return Item("solc", False, False, f"{compiler.path}: {error}", use, "install Node 18 or newer, or --solc PATH")
    detail = f"{release} ({'pinned' if is_pinned(release) else f'not {RELEASE}'}; {compiler.origin}: {compiler.path})"
    return Item("solc", is_pinned(release), False, detail, use, "--solc PATH")


def solcx() -> Item:
    """The library that fetches a compiler."""
    return _package("py-solc-x", ("py-solc-x",), "`bxc doctor --install`", "pip install 'py-solc-x>=2.0.5,<3'")


def chain_libraries() -> Item:
    """What `deploy`, `plan` and `apply` talk to a chain with."""
    return _package("web3", ("web3",), "bxc deploy, plan, apply", "pip install 'web3>=8,<9'")


def chain_tester() -> Item:
    """The chain in the tests' own process."""
    names = ("eth-tester", "py-evm")
    return _package("eth-tester", names, "the contract's tests", "`make setup` in bxc's source tree")


def anvil() -> Item:
    """The development chain."""
    get = "`make setup` in bxc's source tree, or `npm install @foundry-rs/anvil`"
    return _program("anvil", anvil_path(), "a chain to develop and test on", get)


def psycopg() -> Item:
    """The library that speaks to PostgreSQL."""
    return _package("psycopg", ("psycopg", "psycopg-binary"), "peers on PostgreSQL", "pip install 'psycopg[binary]'")


def server(url: str) -> Item:
    """A database that was asked for: whether it can be opened, and its engine's release."""
    from bxc.database.connection import DatabaseError, open_database, parse_url

    use, get = "the database asked for", "see `bxc install --help`"
    try:
        where = parse_url(url)
        database = open_database(where, "read")
    except DatabaseError as error:
        return Item("database", False, True, str(error), use, get)
    try:
        ((release, *_),) = database.query(RELEASES[where.engine]).rows
    except DatabaseError as error:
        return Item("database", False, True, str(error), use, get)
    finally:
        database.close()
    return Item("database", True, True, f"{release} ({where.shown})", use, get)


def psql() -> Item:
    """PostgreSQL's client."""
    get = "install PostgreSQL's client with your system's packages"
    return _program("psql", shutil.which("psql"), "looking at peers on PostgreSQL", get)


def initdb() -> Item:
    """PostgreSQL's server."""
    found = shutil.which("initdb")
    if found is None:
        servers = sorted(SERVERS.glob("*/bin/initdb"))
        found = str(servers[-1]) if servers else None
    get = "install PostgreSQL's server with your system's packages"
    return _program("initdb", found, "peers on PostgreSQL of one's own", get)


LOOKS: tuple[Callable[[], Item], ...] = (
    python, duckdb, sqlite, z3, cache, node, solc, solcx, chain_libraries, chain_tester, anvil, psycopg, psql, initdb,
)  # fmt: skip


def anvil_path() -> str | None:
    """The path of anvil: on PATH, or where npm puts it, upwards from here and in bxc's source tree."""
    if found := shutil.which("anvil"):
        return found
    for folder in _npm_folders():
        program = folder / ".bin" / "anvil"
        if os.access(program, os.X_OK) and program.is_file():
            return str(program)
    return None


def _npm_folders() -> Iterator[Path]:
    from bxc.solc.search import npm_folders

    for package in npm_folders():
        yield package.parent


def _library(name: str, module: str, tell: Callable[..., str], use: str, get: str) -> Item:
    """A library that `check` needs: one that is there but cannot be loaded will not do."""
    try:
        return Item(name, True, True, tell(importlib.import_module(module)), use, get)
    except ModuleNotFoundError as error:
        detail = "not installed" if error.name == module else str(error)
    except Exception as error:  # whatever a broken library raises is what there is to tell
        detail = f"cannot be loaded: {error}"
    return Item(name, False, True, " ".join(detail.split()), use, get)


def _package(name: str, packages: tuple[str, ...], use: str, get: str) -> Item:
    """Libraries that are not worth loading to see that they are there."""
    found = []
    try:
        for package in packages:
            found.append(version(package) if len(packages) == 1 else f"{package} {version(package)}")  # noqa: PERF401
    except PackageNotFoundError as error:
        return Item(name, False, False, f"{error.name} is not installed", use, get)
    return Item(name, True, False, ", ".join(found), use, get)


def _program(name: str, path: str | None, use: str, get: str) -> Item:
    """A program, and the version that it tells."""
    from bxc.solc.process import ProgramError, run

    if path is None:
        return Item(name, False, False, "not found", use, get)
    try:
        done = run([path, "--version"], timeout=SECONDS, most=BYTES)
    except ProgramError as error:
        return Item(name, False, False, f"{path}: {error}", use, get)
    said = NUMBER.search(done.out.decode("utf-8", "replace"))
    if done.code or said is None:
        return Item(name, False, False, f"{path} does not tell its version", use, get)
    return Item(name, True, False, f"{said.group()} ({path})", use, get)
