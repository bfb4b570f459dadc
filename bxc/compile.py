"""The whole pipeline: spec files → findings, and a spec without errors → the files of `generated/`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bxc import model, syntax
from bxc.check.settings import Proving
from bxc.codegen.solidity_limits import excess as contract_excess
from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic, has_errors
from bxc.flatten import flatten
from bxc.laws.ends import ends_agree
from bxc.laws.verdict import Edge
from bxc.load import load
from bxc.plan import Plan
from bxc.resolve import resolve
from bxc.resolve.suppress import suppress

if TYPE_CHECKING:
    from bxc.check.run import Proofs
    from bxc.codegen.solidity import Contract

VERDICTS = "verdicts.json"
ENGINES = ("sqlite", "duckdb", "postgres")
OFFERED = (*ENGINES, "spark")
"""The engines that files are written for: the last one only if it is asked for."""

PLAIN = Proving()
"""Proofs as by default, of which nothing is kept between runs."""

# What the resolver finds in a line that could be read is true whatever stood in the lines that could not; a name that
# it does not know may have been declared in one of those.
STANDS_ALONE = frozenset(("BX003", "BX004", "BX005", "BX007", "BX009", "BX012", "BX013", "BX014"))


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a spec: its files, all findings in order, and, where there is no error, model and plan.

    ``proofs`` are there if its laws were looked at, within ``proving``: if nothing else was wrong. Then ``resolved``
    and ``planned`` are model and plan, whatever was found.
    """

    files: tuple[syntax.File, ...]
    spec: model.Spec | None
    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]
    proofs: Proofs | None = None
    proving: Proving | None = None
    resolved: model.Spec | None = None
    planned: Plan | None = None

    @property
    def ok(self) -> bool:
        return self.plan is not None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file to write: its path below the output folder, with `/`, and its text."""

    path: str
    text: str


def check(
    root: Path,
    today: date | None = None,
    proving: Proving | None = PLAIN,
    advance: Callable[[int, int], None] = lambda done, all_: None,  # noqa: ARG005
    content: bytes | None = None,
) -> Checked:
    """Parse, resolve and prove a spec with its imports. Never raises for what the spec says; OSError if unreadable.

    Without ``proving`` the laws are not looked at. ``advance`` is told how many of how many obligations are done.
    ``content`` stands for the root file where it comes from standard input.
    """
    files, found = load(root, content)
    plan: Plan | None = None
    proofs: Proofs | None = None
    broken = has_errors(found)
    spec, more = resolve(files, whole=not broken)
    found = [*found, *(d for d in more if not broken or d.code in STANDS_ALONE)]
    if spec is not None and not broken:
        broken = has_errors(found)
        plan, more = flatten(spec)
        found = [*found, *more, *ends_agree(spec, plan), *contract_excess(spec)]
    if spec is not None and plan is not None and proving is not None and not broken:
        from bxc.check.prove import prove  # late: it may need a solver and engines
        from bxc.check.tell import news

        proofs, told = prove(spec, plan, files, proving, advance)
        found = [*found, *news(told, found, spec)]
    found = sorted(suppress(files, found, today or date.today()), key=lambda d: d.sort_key)
    proved = (proofs, proving, spec, plan) if proofs is not None else ()
    if has_errors(found):
        return Checked(files, None, None, tuple(found), *proved)
    return Checked(files, spec, plan, tuple(found), *proved)


def planned(root: Path) -> Plan | None:
    """The plan of a spec, as far as there is one, without a look at its laws; OSError if it is unreadable."""
    files, found = load(root)
    spec, _ = resolve(files, whole=not has_errors(found))
    return None if spec is None else flatten(spec)[0]


def uncompiled(_: Contract) -> tuple[Artifact, ...]:
    """No compiler: the contract's source alone."""
    return ()


def artifacts(
    checked: Checked,
    engines: tuple[str, ...] = ENGINES,
    peers: tuple[str, ...] | None = None,
    compiled: Callable[[Contract], tuple[Artifact, ...]] | None = uncompiled,
) -> tuple[Artifact, ...]:
    """All files of `generated/<spec>/`, for some engines and peers only if asked; the spec must be without errors.

    If its laws were not looked at, there is no `verdicts.json`. ``compiled`` gives the files that a compiler makes of
    the contract; without it, there is no contract.
    """
    from bxc.codegen.generate import generate  # late: `check` needs none of it

    assert checked.spec is not None
    assert checked.plan is not None
    proved = verdicts(checked)
    more = () if proved is None else (Artifact(VERDICTS, proved),)
    files = generate(checked.spec, checked.plan, engines, peers, more, edges(checked), compiled)
    return tuple(Artifact(f.path, f.text) for f in files)


def edges(checked: Checked) -> tuple[Edge, ...] | None:
    """The edges of the cascade graph, as far as they were proved; None if the laws were not looked at."""
    if checked.proofs is None:
        return None
    return tuple(v.edge for v in checked.proofs.verdicts if v.edge is not None)


def verdicts(checked: Checked) -> str | None:
    """The text of `verdicts.json`; None if the laws were not looked at."""
    if checked.resolved is None or checked.proofs is None or checked.proving is None:
        return None
    from bxc.check.document import document

    return document(checked.resolved, checked.proofs.verdicts, checked.proving.limits)
