"""Findings with scenarios → a folder for each, with scripts that show it on a real database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from bxc import witness as w
from bxc.check.replay_steps import ENGINES, Recipe, columns_of, emitted, needed, recipe
from bxc.codegen.sql.dialect import iso_timestamp
from bxc.codegen.sql.files import SqlFile, view_path
from bxc.codegen.sql.names import quote
from bxc.database.types import DIALECTS
from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic
from bxc.model import Spec
from bxc.plan import PeerPlan, Plan
from bxc.report.model import Step
from bxc.report.text import diagnostic_text
from bxc.types import Value

LISTING = "bxc-repro.json"
FORMAT = "bxc-repro/1"
RUN = Path(__file__).with_name("repro_run.py")
UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST_NAME = 60
EXECUTABLE = 0o755
RUN_SH = '#!/bin/sh\n# Shows the finding: {headline}\nexec "${{PYTHON:-python3}}" "$(dirname "$0")/run.py" "$@"\n'


class ReproError(Exception):
    """The folder cannot be written; ``path`` is at fault, ``hint`` says what to do."""

    def __init__(self, message: str, path: Path, hint: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.hint = hint


def write_repro(diagnostics: Iterable[Diagnostic], spec: Spec, plan: Plan, folder: Path) -> list[Path]:
    """Write a folder for each finding with a scenario, and give these folders in order.

    Folders of an earlier run are replaced, where nobody has changed their files. ReproError, with nothing written, if a
    file stands in the way that is not of an earlier run, or the system refuses.
    """
    files: dict[str, str] = {}
    names: list[str] = []
    with_scenario = [d for d in diagnostics if d.witness is not None and d.witness.scenario is not None]
    for number, diagnostic in enumerate(with_scenario, start=1):
        name = folder_name(number, diagnostic)
        names.append(name)
        files.update({f"{name}/{path}": text for path, text in case_files(diagnostic, spec, plan).items()})
    try:
        _write(folder, {path: text.encode() for path, text in files.items()})
    except OSError as error:
        place = Path(str(error.filename)) if error.filename else folder
        said = error.strerror or str(error)
        raise ReproError(f"cannot write {place}: {said[:1].lower()}{said[1:]}", place) from error
    return [folder / name for name in names]


def folder_name(number: int, diagnostic: Diagnostic) -> str:
    """`01-BX208-D23`: the subject is the view of the last put, or what the scenario looks at."""
    assert diagnostic.witness is not None
    scenario = diagnostic.witness.scenario
    assert scenario is not None
    views = [put.view for put in scenario.puts] or [content.relation for content in (*scenario.before, *scenario.after)]
    subject = UNSAFE.sub("-", views[-1] if views else "").strip("-")[:LONGEST_NAME]
    return "-".join(part for part in (f"{number:02}", diagnostic.code, subject) if part)


# --- one case -------------------------------------------------------------------------------------------------------


def case_files(diagnostic: Diagnostic, spec: Spec, plan: Plan) -> dict[str, str]:
    """The files of one finding by their paths. UnfitError if its scenario does not fit the plan."""
    assert diagnostic.witness is not None
    witness = diagnostic.witness
    assert witness.scenario is not None
    files: dict[str, str] = {}
    engines = {}
    peers = needed(witness.scenario, plan)
    listed: tuple[str, ...] = ()
    for engine in ENGINES:
        steps = recipe(witness.scenario, plan, engine)
        laid = _laid_out(witness.scenario, steps)
        files.update({f"{engine}/{path}": text for path, text in laid.files.items()})
        listed = listed or tuple(f"{engine}/{path}" for path in laid.files)
        engines[engine] = _case(witness.scenario, peers, laid, engine, plan)
    case = {
        "format": FORMAT,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "outcome": witness.outcome,
        "engines": engines,
    }
    headline = " ".join(f"{diagnostic.code}: {diagnostic.message}".split())
    return {
        "README.md": _story(diagnostic, witness.scenario, spec, listed),
        "case.json": json.dumps(case, indent=2) + "\n",
        "run.py": RUN.read_text(encoding="utf-8"),
        "run.sh": RUN_SH.format(headline=headline),
        **files,
    }


@dataclass(frozen=True, slots=True)
class _LaidOut:
    """The scripts as files, in folders by database: ``prepare`` and ``puts`` list them by transaction."""

    files: dict[str, str]
    prepare: dict[str, list[list[str]]]
    puts: list[list[str]]


def _laid_out(scenario: w.Scenario, steps: Recipe) -> _LaidOut:
    """Names that tell the order: `1-Doctor/01-schema.sql`."""
    files: dict[str, str] = {}
    counts: dict[str, int] = {}
    folders = {
        database.label: f"{number}-{UNSAFE.sub('-', database.label).strip('-')[:LONGEST_NAME]}".rstrip("-")
        for number, database in enumerate(scenario.databases, start=1)
    }

    def add(step: Step, what: str) -> str:
        counts[step.database] = counts.get(step.database, 0) + 1
        name = step.file.rpartition("/")[2] if step.file is not None else f"{what}.sql"
        path = f"{folders[step.database]}/{counts[step.database]:02}-{name}"
        files[path] = step.text
        return path

    prepare: dict[str, list[list[str]]] = {database.label: [] for database in scenario.databases}
    for group, what in ((steps.install, "install"), (steps.fill, "rows")):
        for label, transactions in prepare.items():
            if listed := [add(step, what) for step in group if step.database == label]:
                transactions.append(listed)
    puts = [[add(step, "stage") for step in put] for put in steps.puts]
    return _LaidOut(files, prepare, puts)


def _case(
    scenario: w.Scenario, peers: Mapping[str, PeerPlan], laid: _LaidOut, engine: str, plan: Plan
) -> dict[str, Any]:
    """What `run.py` reads about an engine."""
    emitted_files = {label: emitted(engine, peer, plan) for label, peer in peers.items()}

    def content(database: str, relation: str, rows: Sequence[w.Row] | None) -> dict[str, Any]:
        columns = columns_of(peers[database], relation)
        return {
            "database": database,
            "relation": relation,
            "columns": [[name, str(type_)] for name, type_ in columns.items()],
            "query": _query(peers[database], relation, list(columns), engine, emitted_files[database]),
            "rows": None if rows is None else [[_text(value) for value in row] for row in rows],
        }

    def contents(foretold: Sequence[w.Content], *, start: bool) -> list[dict[str, Any]]:
        """The sources that have rows first, unless something is said of them, then what is foretold."""
        told = {(c.database, c.relation) for c in foretold}
        sources = [
            content(database.label, rows.source, rows.rows if start else None)
            for database in scenario.databases
            for rows in database.sources
            if (database.label, rows.source) not in told
        ]
        return [*sources, *(content(c.database, c.relation, c.rows) for c in foretold)]

    return {
        "databases": [{"label": label, "transactions": files} for label, files in laid.prepare.items()],
        "before": contents(scenario.before, start=True),
        "puts": [
            {"database": put.database, "view": put.view, "files": files}
            for put, files in zip(scenario.puts, laid.puts, strict=True)
        ],
        "refused": scenario.refused,
        "after": contents(scenario.after, start=False),
    }


def _query(peer: PeerPlan, relation: str, columns: Sequence[str], engine: str, files: Sequence[SqlFile]) -> str:
    if any(view.name == relation for view in peer.views):
        return next(file.text for file in files if file.path == view_path(relation, "get"))
    dialect = DIALECTS[engine]
    return f"select {', '.join(quote(column, dialect) for column in columns)} from {quote(relation, dialect)}"


def _text(value: Value) -> str | None:
    """A value's canonical text, as `run.py` makes it of what is stored."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value + 0.0)  # without the sign of zero
        case bytes():
            return value.hex()
        case datetime():
            return iso_timestamp(value)
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def _story(diagnostic: Diagnostic, scenario: w.Scenario, spec: Spec, files: Sequence[str]) -> str:
    """The README, with the files of the first engine."""
    assert diagnostic.witness is not None
    ends = f"the last is refused with {scenario.refused}" if scenario.refused else "all are accepted"
    puts = f"Puts to run: {len(scenario.puts)}; {ends}." if scenario.puts else "Nothing is put: the contents speak."
    listed = "\n".join(f"- `{path}`" for path in files)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", diagnostic_text(diagnostic))), default=0))
    return (
        f"# {diagnostic.code} in the spec {spec.name}\n\n{diagnostic.witness.outcome}\n\n"
        f"{fence}\n{diagnostic_text(diagnostic)}\n{fence}\n\n"
        "## See it happen\n\n```\nsh run.sh            # on SQLite, with Python 3 alone\n"
        "sh run.sh duckdb     # on DuckDB, with its package for Python\n```\n\n"
        f"The databases are in memory. `reproduced` and exit code 0 say that it happened as told. {puts}\n\n"
        "The scripts, each database's in the order of their numbers (`duckdb/` has the same for DuckDB). The generated "
        "files among them are cut down to the sources and views concerned; run each put, with what is "
        f"staged for it, in one transaction.\n\n{listed}\n"
    )


# --- writing --------------------------------------------------------------------------------------------------------


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files with a listing of their digests in the place of what an earlier run left, and of nothing else."""
    other = "name another folder"
    if folder.exists() and not folder.is_dir():
        raise ReproError(f"{folder} is a file, not a folder", folder, other)
    listing = folder / LISTING
    ours = _listed(listing)
    if ours is None:
        raise ReproError(f"{listing} was not written by `bxc check --repro`", listing, other)
    for name in files:
        target = folder / name
        if target.exists() and not _is_ours(target, ours.get(name)):
            raise ReproError(f"{target} is there already, and not as `bxc check --repro` wrote it", target, other)
    for name, digest in ours.items():
        if _is_ours(folder / name, digest):
            (folder / name).unlink()
            _remove_empty(folder, (folder / name).parent)
    folder.mkdir(parents=True, exist_ok=True)
    # The listing comes first: what a run that breaks off leaves behind is then known as ours.
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    _replace(listing, (json.dumps({"format": FORMAT, "files": digests}, indent=2) + "\n").encode())
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        _replace(folder / name, content)
        if name.endswith(".sh"):
            (folder / name).chmod(EXECUTABLE)


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


def _listed(listing: Path) -> dict[str, str] | None:
    """What an earlier run wrote, with digests; None if the file is no such listing."""
    try:
        document = json.loads(listing.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            return None
        return {str(path): str(digest) for path, digest in document["files"].items() if _is_inside(str(path))}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_inside(path: str) -> bool:
    return not Path(path).is_absolute() and ".." not in Path(path).parts


def _is_ours(path: Path, digest: str | None) -> bool:
    return path.is_file() and not path.is_symlink() and sha256(path.read_bytes()).hexdigest() == digest


def _remove_empty(root: Path, folder: Path) -> None:
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
