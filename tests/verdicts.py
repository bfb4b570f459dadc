"""Obligations made by hand, for the tests of what runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from commands import SMALL

from bxc import model, syntax
from bxc.diagnostic import Severity
from bxc.laws.limits import Limits
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict
from bxc.load import load
from bxc.resolve import resolve

VIEW = Fault("view", ("V",))


@dataclass(frozen=True)
class Fake:
    """An obligation that gives these verdicts, and notes with which limits it was asked."""

    key: str
    verdicts: tuple[Verdict, ...]
    asked: list[Limits] = field(default_factory=list, compare=False)
    before: Callable[[], None] = lambda: None
    law: Law = Law.PUT_TOTAL
    subject: str = "view V"

    def prove(self, limits: Limits) -> tuple[Verdict, ...]:
        self.asked.append(limits)
        self.before()
        return self.verdicts


def verdict(
    status: Status, subject: str = "view V", finding: Finding | None = None, law: Law = Law.PUT_TOTAL
) -> Verdict:
    k = 2 if status is Status.BOUNDED else None
    reason = "it is too hard" if status in (Status.UNKNOWN, Status.BOUNDED) else None
    return Verdict(law, subject, "insert by A", status, k, reason, finding)


def fake(key: str, status: Status = Status.PROVED, finding: Finding | None = None, subject: str = "view V") -> Fake:
    return Fake(key, (verdict(status, subject, finding),), subject=subject)


def warning(code: str = "BX205", fault: Fault = VIEW, severity: str = "warning") -> Finding:
    return Finding(code, severity, "a put through V may break a CHECK", fault, "here", (), "state it in the view")


def small(folder: Path, text: str = SMALL) -> tuple[model.Spec, tuple[syntax.File, ...]]:
    path = folder / "small.bxc"
    path.write_text(text, encoding="utf-8")
    files, found = load(path)
    spec, more = resolve(files)
    assert [d.message for d in (*found, *more) if d.severity is Severity.ERROR] == []
    assert spec is not None
    return spec, files
