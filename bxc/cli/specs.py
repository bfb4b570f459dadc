"""SPEC arguments, or the configured ones → checked specs and a report about them."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bxc.cli.console import Console
from bxc.cli.errors import CommandError, reason
from bxc.config import Config, ConfigError, load_config
from bxc.diagnostic import Diagnostic
from bxc.report.model import Problem, Report

if TYPE_CHECKING:
    from bxc.compile import Checked


@dataclass(frozen=True, slots=True)
class Checks:
    """The specs of one run, each as checked (those that could be read), and what there is to say about all of them."""

    checked: tuple[Checked, ...]
    report: Report


def configuration() -> Config:
    """The defaults in force in the working folder."""
    try:
        return load_config(Path.cwd())
    except ConfigError as error:
        raise CommandError(str(error)) from error


def chosen(specs: Sequence[str], config: Config) -> list[Path]:
    """The root files to work on: those named, else those configured."""
    if specs:
        return list(dict.fromkeys(Path(spec) for spec in specs))
    patterns = [str(config.folder / pattern) for pattern in config.specs]
    paths = [path for pattern in patterns for path in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
    found = [Path(os.path.relpath(path)) for path in paths]
    if config.specs and not found:
        raise CommandError(f"`specs` in the configuration matches no file: {', '.join(config.specs)}")
    if not found:
        raise CommandError("no SPEC is named", hint="name one (`bxc check my.bxc`), or set `specs` in bxc.toml")
    return list(dict.fromkeys(found))


def only(spec: str | None, config: Config) -> Path:
    """The one root file to work on: the one named, else the only one configured."""
    found = chosen([spec] if spec else [], config)
    if len(found) > 1:
        raise CommandError(f"bxc.toml lists {len(found)} specs", hint="name the one that is meant")
    return found[0]


def check_all(command: str, roots: Sequence[Path], today: date | None, strict: bool, console: Console) -> Checks:
    """Check each root file; what cannot be read becomes a problem of the report, not an end of the run."""
    from bxc.compile import check

    checked, problems = [], []
    for root in roots:
        start = time.perf_counter()
        try:
            checked.append(check(_readable(root), today))
        except OSError as error:
            problems.append(unreadable(root, error))
        console.detail(f"{root}: checked in {time.perf_counter() - start:.3f} s")
    files = dict.fromkeys(file.source.name for one in checked for file in one.files)
    report = Report(command, tuple(files), _distinct(checked), tuple(problems), strict)
    return Checks(tuple(checked), report)


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


def _distinct(checked: Sequence[Checked]) -> tuple[Diagnostic, ...]:
    """All findings in order; one about a file that several specs import stands there once."""
    found = {d.sort_key: d for one in checked for d in one.diagnostics}
    return tuple(found[key] for key in sorted(found))
