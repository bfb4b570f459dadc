"""SPEC arguments, or the configured ones → checked specs and a report about them."""

from __future__ import annotations

import glob
import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bxc.cli.console import Console
from bxc.cli.errors import CommandError, reason
from bxc.config import Config, ConfigError, load_config
from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic
from bxc.report.model import Problem, Report
from bxc.report.text import counted

if TYPE_CHECKING:
    from bxc.check.settings import Proving
    from bxc.compile import Checked
    from bxc.plan import Plan


STDIN = Path("-")
"""What stands for standard input among root files."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The specs of one run, each as checked (those that could be read), and what there is to say about all of them."""

    checked: tuple[Checked, ...]
    report: Report


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say of one spec, and its plan; where an earlier run is remembered, its root file instead."""

    diagnostics: tuple[Diagnostic, ...]
    planned: Plan | None = None
    root: Path | None = None


def configuration() -> Config:
    """The defaults in force in the working folder."""
    try:
        return load_config(Path.cwd())
    except ConfigError as error:
        raise CommandError(str(error)) from error


def chosen(specs: Sequence[str], config: Config) -> list[Path]:
    """The root files to work on: those named, else those configured."""
    if specs:
        return list(dict.fromkeys(STDIN if spec == "-" else Path(spec) for spec in specs))
    patterns = [str(config.folder / pattern) for pattern in config.specs]
    paths = [path for pattern in patterns for path in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
    found = [Path(os.path.relpath(path)) for path in paths]
    if config.specs and not found:
        raise CommandError(f"`specs` in the configuration matches no file: {', '.join(config.specs)}")
    if not found:
        if any(Path().glob("*.bxc")):
            raise CommandError("no SPEC is named", hint="name one (`bxc check my.bxc`), or set `specs` in bxc.toml")
        raise CommandError(
            "no SPEC is named, and there is none in this folder", hint="`bxc init` starts a project here"
        )
    return list(dict.fromkeys(found))


def only(spec: str | None, config: Config) -> Path:
    """The one root file to work on: the one named, else the only one configured."""
    found = chosen([spec] if spec else [], config)
    if len(found) > 1:
        raise CommandError(f"bxc.toml lists {len(found)} specs", hint="name the one that is meant")
    return found[0]


def check_all(
    command: str,
    roots: Sequence[Path],
    today: date | None,
    strict: bool,
    console: Console,
    proving: Proving | None,
    content: bytes | None = None,
) -> Checks:
    """Check each root file; what cannot be read becomes a problem of the report, not an end of the run.

    Without ``proving`` the laws are not looked at. ``content`` is that of `STDIN`.
    """
    checked, problems = [], []
    for root in roots:
        try:
            checked.append(_check(root, today, proving, console, content if root == STDIN else None))
        except OSError as error:
            problems.append(unreadable(root, error))
    files = dict.fromkeys(file.source.name for one in checked for file in one.files)
    found = _distinct([one.diagnostics for one in checked])
    return Checks(tuple(checked), Report(command, tuple(files), found, tuple(problems), strict))


def report_all(
    roots: Sequence[Path],
    today: date | None,
    strict: bool,
    console: Console,
    proving: Proving,
    content: bytes | None = None,
) -> tuple[Report, tuple[Told, ...]]:
    """As the report of `check_all`, but of specs that have not changed since, it tells what an earlier run found."""
    from bxc.check.memory import Memory, open_memory

    memory: Memory | None = open_memory(proving) if proving.cache else None
    day = today or date.today()
    files: dict[str, None] = {}
    told: list[Told] = []
    problems = []
    for root in roots:
        given = content if root == STDIN else None
        try:
            known = memory.recall(_readable(root), day) if memory is not None and given is None else None
            if known is not None:
                console.detail(f"{root}: nothing has changed since it was checked")
                files.update(dict.fromkeys(known.files))
                told.append(Told(known.diagnostics, root=root))
                continue
            checked = _check(root, day, proving, console, given)
        except OSError as error:
            problems.append(unreadable(root, error))
            continue
        files.update(dict.fromkeys(file.source.name for file in checked.files))
        told.append(Told(checked.diagnostics, checked.planned))
        if memory is not None and given is None:
            memory.keep(root, day, checked)
    found = _distinct([one.diagnostics for one in told])
    return Report("check", tuple(files), found, tuple(problems), strict), tuple(told)


def stdin_content(roots: Sequence[Path]) -> bytes | None:
    """What standard input holds, as much of it as a spec may have; None if no root file is meant to come from there."""
    from bxc.limits import MAX_FILE

    return sys.stdin.buffer.read(MAX_FILE + 1) if STDIN in roots else None


def proving_of(
    config: Config,
    k: int | None = None,
    timeout: float | None = None,
    cache: bool | None = None,
    statements: bool | None = None,
) -> Proving:
    """How far to prove: as a flag says, else the configuration."""
    from bxc.check.settings import Proving

    plain = Proving()
    return Proving(
        k or config.k or plain.k,
        timeout or config.timeout or plain.timeout,
        config.cache if cache is None else cache,
        config.statements if statements is None else statements,
        tuple(config.engines or ()),
    )


def _check(root: Path, today: date | None, proving: Proving | None, console: Console, content: bytes | None) -> Checked:
    from bxc.cli.progress import progress
    from bxc.compile import check

    start = time.perf_counter()
    with progress(f"proving {root}", console, "laws") as meter:
        checked = check(root if content is not None else _readable(root), today, proving, meter.reach, content)
    if (proofs := checked.proofs) is not None:
        fresh = proofs.obligations - proofs.cached - proofs.skipped
        skipped = f", {proofs.skipped} left for want of time" if proofs.skipped else ""
        console.detail(
            f"{root}: {counted(proofs.obligations, 'obligation')}, {fresh} looked at in {proofs.seconds:.3f} s, "
            f"{proofs.cached} known from before{skipped}"
        )
    console.detail(f"{root}: checked in {time.perf_counter() - start:.3f} s")
    return checked


def unreadable(path: Path, error: OSError) -> Problem:
    """What to say about a spec that cannot be read."""
    near = [] if path.exists() else sorted(p.name for p in path.parent.glob("*.bxc") if p.is_file())[:5]
    hint = f"in the same folder there is {', '.join(near)}" if near else None
    if isinstance(error, IsADirectoryError):
        hint = "name the root file of the spec (`bxc fmt` takes folders)"
    return Problem(f"cannot read {path}: {reason(error)}", str(path), hint)


def _readable(root: Path) -> Path:
    """The path itself, if it is something to read from."""
    if root.is_dir():
        raise IsADirectoryError(root)
    return root


def _distinct(findings: Sequence[tuple[Diagnostic, ...]]) -> tuple[Diagnostic, ...]:
    """All findings in order; one about a file that several specs import stands there once."""
    found = {d.sort_key: d for those in findings for d in those}
    return tuple(found[key] for key in sorted(found))
