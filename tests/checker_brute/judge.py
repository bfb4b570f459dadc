"""What the checker says of a spec against what enumeration finds, and against the evaluator of its witnesses."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from properties.constraints import is_valid
from properties.evaluator import Database, Staged, key_of, put_rows, same_row, shown
from properties.expressions import Row
from properties.stack import Stack

from bxc import model
from bxc.check.settings import Proving
from bxc.compile import Checked, check
from bxc.diagnostic import Diagnostic, Severity
from bxc.witness import Scenario

from .enumeration import Brute, Refusal, allowed, frozen

PUTS = {"BX105", "BX202", "BX203", "BX204", "BX205", "BX206", "BX207", "BX208", "BX311"}
OTHERS = {"BX303", "BX343"}
"""Errors beside which what a put refuses may not be told."""
TODAY = date(2026, 1, 1)


@dataclass(frozen=True)
class Judged:
    """What is wrong with the findings of a spec, in words; nothing if there are none to compare."""

    comparable: bool
    errors: tuple[str, ...] = ()
    refusal: Refusal | None = None
    wrong: str = ""


def checked(text: str) -> Checked:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "brute.bxc"
        path.write_text(text, encoding="utf-8")
        return check(path, TODAY, Proving())


GROUPS = {
    "BXC10": set(),
    "BXC11": {"BX208"},
    "BXC12": {"BX207", "BX311"},
    "BXC14": {"BX105"},
    "BXC15": {"BX311"},
    "BXC16": {"BX202", "BX105"},
    "BXC17": {"BX203", "BX204", "BX205", "BX206", "BX208", "BX311"},
    "BXC18": set(),
    "BXC19": {"BX105", "BX207"},
}


def well_formed(text: str) -> bool:
    """Whether nothing but proofs can find fault."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "brute.bxc"
        path.write_text(text, encoding="utf-8")
        return not any(d.severity is Severity.ERROR for d in check(path, TODAY, None).diagnostics)


def finds_fault_in_puts(diagnostic: Diagnostic) -> bool:
    return diagnostic.code in PUTS


def rights_of(spec: model.Spec, view: str, peer: str) -> frozenset[tuple[str, str]]:
    """The rights of a peer on the share of a view."""
    share = next(s for s in spec.shares if view in s.views)
    return frozenset((r.operation, r.attribute) for r in share.rights if r.peer == peer)


def judge(text: str, random: Random, budget: int = 3000) -> Judged:
    found = checked(text)
    if found.proofs is None or found.resolved is None:
        return Judged(False)
    spec = found.resolved
    errors = [d for d in found.diagnostics if d.severity is Severity.ERROR]
    others = [d.code for d in errors if d.code not in PUTS | OTHERS]
    unsure = [d.code for d in found.diagnostics if d.code in ("BX401", "BX402", "BX901")]
    told = tuple(d.code for d in errors)
    if others or unsure:
        return Judged(True, told, None, f"unexpected {others} {unsure}")
    by_receiver: dict[str, set[str]] = {}
    for diagnostic in errors:
        if finds_fault_in_puts(diagnostic):
            wrong = false_alarm(spec, diagnostic)
            if wrong:
                line = diagnostic.primary.span.first.line
                return Judged(True, told, None, f"FALSE ALARM {diagnostic.code} line {line}: {wrong}")
            by_receiver.setdefault(receiver_of(diagnostic), set()).add(diagnostic.code)
    if "BX343" in told:
        return Judged(True, told)
    brute = Brute(spec, random, budget)
    refusal = None
    for refusal in brute.refusals():
        codes = by_receiver.get(refusal.receiver, set())
        if not any(GROUPS[code] & codes for code in refusal.codes):
            return Judged(True, told, refusal, f"MISS {refusal}")
    for opening in brute.openings():
        codes = by_receiver.get(opening.receiver, set())
        never = any(d.code == "BX312" for d in found.diagnostics)
        if not never and not any(GROUPS[code] & codes for code in opening.codes):
            return Judged(True, told, opening, f"MISS, opening {opening}")
    return Judged(True, told, refusal)


def scenario_of(diagnostic: Diagnostic) -> Scenario | None:
    return diagnostic.witness.scenario if diagnostic.witness else None


def receiver_of(diagnostic: Diagnostic) -> str:
    """The peer that refuses the put of a witness."""
    scenario = scenario_of(diagnostic)
    assert scenario is not None
    return next(d.peer for d in scenario.databases if d.label == scenario.puts[0].database)


def false_alarm(spec: model.Spec, diagnostic: Diagnostic) -> str:
    """Why the witness of a receiver's failure is no legal edit, or is not refused; empty if all is in order."""
    scenario = scenario_of(diagnostic)
    if scenario is None:
        return "no witness"
    databases = {d.label: (d.peer, database_of(spec, d.sources)) for d in scenario.databases}
    for label, (_, database) in databases.items():
        if not is_valid(spec, database):
            return f"{label} is illegal"
    if len(scenario.puts) != 1:
        return f"{len(scenario.puts)} puts"
    put = scenario.puts[0]
    receiver, database = databases[put.database]
    stack = Stack(spec, put.view)
    delta = []
    for edit in put.edits:
        row = dict(zip(stack.columns, edit.row, strict=True)) if edit.row is not None else None
        old = edit.old_key if edit.old_key is not None else (None,) * len(stack.key)
        if row is None:
            row = next((r for r in shown(stack, database) if key_of(stack, r) == old), {})
        delta.append(Staged(edit.operation, tuple(old), row))
    outcome = put_rows(stack, database, delta)
    if not outcome.codes:
        return "the evaluator accepts the put"
    if outcome.expected != scenario.refused:
        return f"refused with {outcome.expected}, not {scenario.refused}"
    return edit_is_legal(spec, databases, receiver, stack, database, delta)


def edit_is_legal(
    spec: model.Spec,
    databases: dict[str, tuple[str, Database]],
    receiver: str,
    stack: Stack,
    database: Database,
    delta: list[Staged],
) -> str:
    share = next(s for s in spec.shares if stack.name in s.views)
    views = {v.name: v for v in spec.views}
    contents = shown(stack, database)
    befores = [(p, d) for label, (p, d) in databases.items() if p != receiver and "before" in label]
    afters = [(p, d) for label, (p, d) in databases.items() if p != receiver and "after" in label]
    if not afters:
        openers = [(p, d) for p, d in databases.values() if p != receiver]
        if len(openers) == 1 and openers[0][0] == share.opener and all(s.op == "insert" for s in delta):
            sender = Stack(spec, next(n for n in share.views if views[n].peer == share.opener))
            if contents == [] and frozen([s.row for s in delta]) == frozen(shown(sender, openers[0][1])):
                return ""
        return f"no sender after the edit among {list(databases)}"
    peer = afters[0][0]
    sender = Stack(spec, next(n for n in share.views if views[n].peer == peer))
    before = shown(sender, befores[0][1]) if befores else []
    after = shown(sender, afters[0][1])
    if frozen(before) != frozen(contents):
        return "the views differ before"
    result = applied(sender, before, delta)
    if frozen(result) != frozen(after):
        return "the edit does not lead to the content after"
    rights = rights_of(spec, stack.name, peer)
    if not allowed(sender, {key_of(sender, row): row for row in before}, delta, rights):
        if share.opener == peer and before == [] and all(s.op == "insert" for s in delta) and contents == []:
            return ""
        return f"{peer} has no right to this edit"
    return ""


def applied(stack: Stack, before: list[Row], delta: list[Staged]) -> list[Row]:
    gone = {s.old for s in delta if s.op != "insert"}
    rows = [row for row in before if key_of(stack, row) not in gone]
    rows += [s.row for s in delta if s.op != "delete"]
    found: list[Row] = []
    for row in rows:
        if not any(same_row(row, other) for other in found):
            found.append(row)
    return found


def database_of(spec: model.Spec, sources: object) -> Database:
    database: Database = {s.name: [] for s in spec.sources}
    for filled in sources:  # type: ignore[attr-defined]
        source = next(s for s in spec.sources if s.name == filled.source)
        names = [c.name for c in source.columns]
        database[source.name] = [dict(zip(names, row, strict=True)) for row in filled.rows]
    return database
