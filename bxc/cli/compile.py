"""`bxc compile`: specs → the files of `generated/`, if the specs are without errors."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bxc import __version__
from bxc.cli import options
from bxc.cli.bytecode import Bytecode
from bxc.cli.check import show
from bxc.cli.console import Console
from bxc.cli.errors import CommandError
from bxc.cli.files import Change, Remove, Write, apply
from bxc.cli.specs import check_all, chosen, configuration, proving_of
from bxc.dataclass import dataclass
from bxc.diagnostic import Severity
from bxc.report.text import counted

if TYPE_CHECKING:
    from bxc.compile import Checked

EXAMPLES = """
bxc compile specs/medical.bxc
bxc compile                          the specs that bxc.toml names
bxc compile --engine sqlite --peer Doctor specs/medical.bxc
bxc compile --locked                 in continuous integration: 1 if generated files are not up to date
"""
MANIFEST = "manifest.json"
OUTPUT = "generated"


@dataclass(frozen=True, slots=True)
class Output:
    """What a spec's folder is to hold: files by path in it, and what has to be done for that."""

    spec: str
    folder: Path
    changes: tuple[Change, ...]
    files: int


def _complete_engine(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    from bxc.compile import OFFERED

    return [engine for engine in OFFERED if engine.startswith(incomplete)]


@options.command("compile", EXAMPLES)
@options.specs
@click.option("-o", "--output", type=options.PATH, metavar="DIR", help="Where the files go.  [default: generated]")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    shell_complete=_complete_engine,
    help="Only for this engine; may be repeated.",
)
@click.option("--peer", "peers", multiple=True, metavar="NAME", help="Only for this peer; may be repeated.")
@click.option("--locked", is_flag=True, help="Write nothing; exit with 1 if a file would differ, and name it.")
@click.option("--check-only-changed", is_flag=True, help="Do not generate anew what means the same as before.")
@click.option("--solc", type=options.PATH, metavar="PATH", help="The Solidity compiler to use.  [default: BXC_SOLC]")
@click.option(
    "--bytecode/--no-bytecode",
    default=None,
    envvar="BXC_BYTECODE",
    help="Insist on the contract's bytecode, or run no compiler.  [default: if one is at hand]",
)
@options.report_format
@options.strict
@options.today
@options.k
@options.timeout
@options.statements
@options.cache
def command(
    console: Console,
    specs: tuple[str, ...],
    output: str | None,
    engines: tuple[str, ...],
    peers: tuple[str, ...],
    locked: bool,
    check_only_changed: bool,
    solc: str | None,
    bytecode: bool | None,
    form: str | None,
    strict: bool | None,
    today: date | None,
    k: int | None,
    timeout: float | None,
    statements: bool | None,
    cache: bool | None,
) -> int:
    """Check specs and write the generated files.

    Each spec's files go to DIR/<spec>/. If any spec has an error, nothing is written. Files that are as they should be
    keep their time; files that an earlier run wrote and that are not made any more are removed, unless someone has
    changed them. All files change together, or none does.
    """
    config = configuration()
    strict = config.strict if strict is None else strict
    roots = chosen(specs, config)
    target = Path(output) if output else config.folder / (config.output or OUTPUT)
    checks = check_all("compile", roots, today, strict, console, proving_of(config, k, timeout, cache, statements))
    form = form or config.format or "text"
    code = checks.report.exit_code
    if form != "text" or code:
        show(checks.report, form, console)
    elif grave := tuple(d for d in checks.report.diagnostics if d.severity is not Severity.NOTE):
        show(replace(checks.report, diagnostics=grave), form, console)  # notes are for who asks: `bxc check`
    if code:
        console.say("nothing was written")
        return code
    wanted = _engines(engines or config.engines), _peers(peers or config.peers, checks.checked)
    target = Path(os.path.relpath(target))
    compiler = Bytecode(console, solc, bytecode, cache is not False and config.cache, [])
    changed = [c for c in checks.checked if not (check_only_changed and _is_current(c, target, *wanted, compiler))]
    outputs = [_output(checked, target, *wanted, compiler) for checked in changed]
    _distinct(outputs)
    for checked in checks.checked:
        if checked not in changed and checked.spec is not None:
            console.done(f"compiled {checked.spec.name} before: nothing has changed")
    code = _compare(outputs, console) if locked else _write(outputs, console)
    compiler.tell()
    return code


def _engines(names: Sequence[str]) -> tuple[str, ...]:
    """The engines to write for, in the compiler's order; where none is named, all but those that few need."""
    from bxc.compile import ENGINES, OFFERED

    for name in names:
        if name not in OFFERED:
            raise CommandError(f"there is no engine {name}", hint=f"there is {', '.join(OFFERED)}")
    return tuple(engine for engine in OFFERED if engine in (names or ENGINES))


def _peers(names: Sequence[str], checked: Sequence[Checked]) -> tuple[str, ...] | None:
    """The peers to write for; None means all."""
    known = {peer.name for one in checked if one.spec is not None for peer in one.spec.peers}
    for name in names:
        if name not in known:
            raise CommandError(f"no spec has a peer {name}", hint=f"there is {', '.join(sorted(known))}")
    return tuple(names) or None


def _output(
    checked: Checked, target: Path, engines: tuple[str, ...], peers: tuple[str, ...] | None, compiler: Bytecode
) -> Output:
    """What to change so that a spec's folder holds its files and no others that bxc wrote."""
    from bxc.codegen.sql.names import file_name
    from bxc.compile import artifacts

    assert checked.spec is not None
    folder = target / file_name(checked.spec.name)
    files: dict[str, bytes] = {}
    made = deque(artifacts(checked, engines, peers, compiler.compiled(checked, folder)))
    while made:  # each text goes when its bytes are there: all of both at once would take twice the memory
        artifact = made.popleft()
        files[artifact.path] = artifact.text.encode()
    writes = [Write(folder / path, content) for path, content in files.items() if _differs(folder / path, content)]
    # The manifest says what is there, so it changes last.
    writes.sort(key=lambda write: write.path.name == MANIFEST)
    removals = [Remove(folder / path) for path in _stale(folder, frozenset(files))]
    return Output(checked.spec.name, folder, (*removals, *writes), len(files))


def _is_current(
    checked: Checked, target: Path, engines: tuple[str, ...], peers: tuple[str, ...] | None, compiler: Bytecode
) -> bool:
    """Whether a folder holds, unchanged, what this version made of a spec of the same meaning for the same targets."""
    from bxc.codegen.digest import spec_digest
    from bxc.codegen.sql.names import file_name
    from bxc.database.manifest import ManifestError, read_folder, read_manifest

    assert checked.spec is not None
    assert checked.plan is not None
    folder = target / file_name(checked.spec.name)
    try:
        manifest = read_manifest(folder)
        read_folder(folder)  # compares every file with its digest
    except ManifestError:
        return False
    wanted = {(p.peer, engine) for p in checked.plan.peers for engine in engines if peers is None or p.peer in peers}
    made = {(peer["name"], engine) for peer in manifest["peers"] for engine in peer["engines"]}
    same = manifest["digest"] == spec_digest(checked.spec) and manifest["tool_version"] == __version__
    return same and made == wanted and _same_verdicts(checked, folder) and compiler.is_current(checked, manifest)


def _same_verdicts(checked: Checked, folder: Path) -> bool:
    """Whether a folder lists what was proved now: it may be more than before."""
    from bxc.compile import VERDICTS, verdicts

    made = verdicts(checked)
    return made is None or not _differs(folder / VERDICTS, made.encode())


def _listed(folder: Path) -> dict[str, str]:
    """The files that an earlier run wrote; none if its manifest cannot be read."""
    from bxc.database.manifest import ManifestError, listed_files, read_manifest

    try:
        return listed_files(read_manifest(folder))
    except (ManifestError, KeyError, TypeError, AttributeError):
        return {}


def _differs(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() != content
    except (FileNotFoundError, NotADirectoryError):
        return True


def _stale(folder: Path, made: frozenset[str]) -> list[str]:
    """Files that the manifest of an earlier run lists, that are not made any more, and that nobody has changed."""
    found = []
    for path, digest in _listed(folder).items():
        file = folder / path
        if Path(path).is_absolute() or ".." in Path(path).parts:
            continue  # no file of ours
        if path not in made and file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == digest:
            found.append(path)
    return sorted(found)


def _distinct(outputs: Sequence[Output]) -> None:
    """Two specs of one name would write one folder."""
    folders: set[str] = set()
    for output in outputs:
        folder = output.folder.name.lower()
        if folder in folders:
            raise CommandError(f"two specs are called {output.spec}, so both would write {output.folder}")
        folders.add(folder)


def _write(outputs: Sequence[Output], console: Console) -> int:
    apply([change for output in outputs for change in output.changes])
    for output in outputs:
        written = sum(isinstance(change, Write) for change in output.changes)
        removed = len(output.changes) - written
        effect = f"{counted(written, 'file')} written" if written else "nothing to write"
        gone = f", {removed} removed" if removed else ""
        console.done(f"compiled {output.spec} to {output.folder}: {effect}{gone} ({output.files} in all)")
        for change in output.changes:
            console.detail(f"  {'removed' if isinstance(change, Remove) else 'wrote'} {change.path}")
    return 0


def _compare(outputs: Sequence[Output], console: Console) -> int:
    """`--locked`: name what differs."""
    differing = [change for output in outputs for change in output.changes]
    if not differing:
        console.done(f"compiled {', '.join(o.spec for o in outputs)}: all files are up to date")
        return 0
    for change in differing:
        if isinstance(change, Remove):
            what = "is not made any more"
        else:
            what = "differs" if change.path.exists() else "is missing"
        sys.stderr.write(f"{change.path} {what}\n")
    raise CommandError(
        f"{counted(len(differing), 'generated file')} would change",
        hint="run `bxc compile` and commit the result",
        code=1,
    )
