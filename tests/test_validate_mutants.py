"""Mutants of emitted puts: each is refuted, or not understood, or shown to do the same by testing.

A mutant that is `proved` and does otherwise on some rows is a failure of the validator. `BXC_SOAK=n` tries n times 304
mutants, each that is proved on 200 instances. What was found of each is added to the file `BXC_JUDGED`, if that is
given, and those that are in it are not judged again.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from properties.contents import random_database
from properties.deltas import propose, random_delta, scene, spoil
from properties.evaluator import Database as Content
from properties.evaluator import Staged, Unfit, shown
from properties.expressions import Row, fits
from properties.stack import Stack
from symexec.mutants import Mutant, is_sql, mutants
from symexec.real import Put, RealDuck, RealSqlite

from bxc.codegen.sql.files import SqlFile
from bxc.compile import Checked, check
from bxc.laws.limits import Limits
from bxc.laws.term import arena
from bxc.laws.verdict import Status
from bxc.plan import PeerPlan, ViewPlan
from bxc.types import Bool, Type
from bxc.types import Decimal as DecimalType
from bxc.validate.ground import Raw
from bxc.validate.laws import Translated, Validation
from bxc.validate.unsupported import Unsupported

SOAK = int(os.environ.get("BXC_SOAK", "0"))
BATCHES = 4
MUTANTS = 76 * SOAK if SOAK else 6
INSTANCES = 200 if SOAK else 40
SPECS = Path(__file__).parents[1] / "specs"
NAMES = ("medical", "supply_chain")

# --- one mutant ------------------------------------------------------------------------------------------------------


@cache
def spec(name: str) -> Checked:
    return check(SPECS / f"{name}.bxc", proving=None)


def emit(engine: str, peer: PeerPlan) -> tuple[SqlFile, ...]:
    files: tuple[SqlFile, ...] = import_module(f"bxc.codegen.sql.{engine}").emit(peer, "mutants", 1)
    return files


@dataclass(frozen=True)
class Target:
    """A view on an engine; its peer's plan is cut down to what the put depends on."""

    engine: str
    peer: PeerPlan
    view: ViewPlan
    checked: Checked

    def emit(self, mutant: Mutant | None) -> dict[str, str]:
        files = {file.path: file.text for file in emit(self.engine, self.peer)}
        return files if mutant is None else {**files, mutant.path: mutant.text}


def targets() -> list[Target]:
    found = []
    for name in NAMES:
        checked = spec(name)
        assert checked.plan is not None
        for peer in checked.plan.peers:
            for view in peer.views:
                for engine in ("sqlite", "duckdb"):
                    shape = Translated(engine, peer, view.name, emit).shape
                    (slim,) = shape.views
                    found.append(Target(engine, shape, slim, checked))
    return found


def judged(target: Target, mutant: Mutant) -> str:
    """`refuted`, `held` or why it is unsupported; the first question that settles it is the last."""

    def mutated(engine: str, peer: PeerPlan) -> tuple[SqlFile, ...]:
        files = emit(engine, peer)
        return tuple(replace(f, text=mutant.text) if f.path == mutant.path else f for f in files)

    validation = Validation(Translated(target.engine, target.peer, target.view.name, mutated), Limits(query_ms=3000))
    whole = mutant.path.endswith(".put.sql")
    unsure = False
    for ask in validation.kinds():
        try:
            with arena():
                setting, question = ask()
                is_whole = question.what.startswith(("whole", "get then"))
                if target.engine == "duckdb" and mutant.path != f"{target.view.name}.sql" and is_whole != whole:
                    continue
                found = {verdict.status for verdict in validation.verdicts(setting, question, telling=False)}
        except Unsupported as error:
            return f"unsupported {error}"
        if Status.REFUTED in found:
            return "refuted"
        unsure |= Status.UNKNOWN in found
    return "unsupported, too hard" if unsure else "held"


# --- ground instances -------------------------------------------------------------------------------------------------


def raw(engine: str, value: object, type_: Type) -> Raw:
    """A value as the engine's driver takes it."""
    if engine == "sqlite":
        match value:
            case bool():
                return int(value)
            case Decimal():
                assert isinstance(type_, DecimalType)
                return int(value.scaleb(type_.scale))
            case datetime():
                return value.isoformat(sep=" ", timespec="microseconds")
            case date() | UUID():
                return str(value)
    assert not isinstance(type_, Bool) or value is None or isinstance(value, bool)
    return value  # type: ignore[return-value]


@dataclass(frozen=True)
class Instance:
    """Sources, and what is staged for which put."""

    content: Content
    action: str
    delta: tuple[Staged, ...]
    rows: tuple[Row, ...]


def instances(target: Target, number: int, random: Random) -> Iterator[Instance]:
    assert target.checked.spec is not None
    stack = Stack(target.checked.spec, target.view.name)
    types = {c.name: c.type for c in target.view.columns}
    for _ in range(number):
        content = random_database(target.checked.spec, random)
        delta = (
            random_delta(stack, content, random)
            if random.randint(0, 1)
            else propose(scene(stack, content, random), True)
        )
        if random.randint(0, 1):
            delta = spoil(stack, content, random, delta)
        delta = [s for s in delta if s.op in ("insert", "update", "delete")][: random.choice([1, 2, 2, 3])]
        if any(
            isinstance(s.row[n], Unfit) or (s.row[n] is not None and not fits(type_, s.row[n]))
            for s in delta
            for n, type_ in types.items()
        ):
            continue
        if random.randint(0, 2):
            yield Instance(content, "put_delta", tuple(delta), ())
            continue
        rows = [row for row in shown(stack, content) if random.randint(0, 3)]
        yield Instance(content, "put", (), (*rows, *(s.row for s in delta if s.op != "delete")))


def as_put(target: Target, instance: Instance, random: Random) -> Put:
    """An instance as the engine's rows."""
    engine, view = target.engine, target.view
    sources = {}
    for plan in target.peer.sources:
        kept = {c.name: c.type for c in plan.source.columns}
        sources[plan.name] = [
            {n: raw(engine, row[n], type_) for n, type_ in kept.items()} for row in instance.content[plan.name]
        ]
    of = {c.name: c.type for c in view.columns}
    delta: list[dict[str, Raw]] = []
    for staged in instance.delta:
        old = {f"bxc_old_{n}": raw(engine, v, of[n]) for n, v in zip(view.key, staged.old, strict=True)}
        delta.append({"bxc_op": staged.op, **old, **{n: raw(engine, staged.row[n], type_) for n, type_ in of.items()}})
    content = [{n: raw(engine, row[n], type_) for n, type_ in of.items()} for row in instance.rows]
    if instance.action == "put_delta" and delta and random.randint(0, 1):
        content = [{n: delta[0][n] for n in of}]  # what is staged for another put does not matter
    session = {
        name: random.randint(0, 1 if name == "careful" else 9) for name in ("mark", "careful", "moved", "written")
    }
    staged_rows = {f"bxc_delta_{view.name}": delta, f"bxc_new_{view.name}": content}
    return Put(sources, instance.action, staged_rows, session, random.randint(0, 1) == 1)


def difference(target: Target, mutant: Mutant, random: Random) -> Instance | None:
    """Rows on which a mutant does otherwise, in the engine."""
    real = {"sqlite": RealSqlite, "duckdb": RealDuck}[target.engine]
    true, false = (real(target.emit(x), target.view.name, target.view.key) for x in (None, mutant))
    true.lists = false.lists = mutant.path == f"{target.view.name}.sql"
    number = INSTANCES // 3 if target.engine == "duckdb" else INSTANCES  # which takes 30 times as long
    for instance in instances(target, number, random):
        put = as_put(target, instance, random)
        if true.put(put).differs(false.put(put)):
            return instance
    return None


JUDGED = os.environ.get("BXC_JUDGED")
Known = dict[str, tuple[str, str]]
"""By batch and number: how a mutant was judged, and what is told of it."""


def judged_before() -> Known:
    if JUDGED is None or not Path(JUDGED).exists():
        return {}
    lines = Path(JUDGED).read_text(encoding="utf-8").splitlines()
    return {name: (how, told) for name, how, told in map(json.loads, lines)}


def note(name: str, how: str, told: str) -> None:
    if JUDGED is not None:
        with Path(JUDGED).open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, how, told]) + "\n")


def judge_one(name: str, all_targets: list[Target]) -> tuple[str, str]:
    """`refuted`, `equal`, `missed` or why it is unsupported, of the mutant of this name; and what is told of it."""
    random = Random(f"mutants {name}")
    target = random.choice(all_targets)
    files = target.emit(None)
    found = mutants(files, target.engine, target.view.name, random)
    mutant = next(m for m in found if is_sql(target.engine, files, m))
    how = judged(target, mutant)
    told = f"{target.engine} {target.view.name} {mutant.operator}: {mutant.told}"
    if how == "held":
        instance = difference(target, mutant, random)
        how = "equal" if instance is None else "missed"
        if instance is not None:
            told = f"{told}\n{instance}"
    return how, told


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_mutant_that_is_proved_does_the_same(batch: int) -> None:
    tally: Counter[str] = Counter()
    faults = []
    all_targets = targets()
    before = judged_before()
    for number in range(MUTANTS):
        name = f"{batch}.{number}.{SOAK}"
        known = before.get(name)
        how, told = known or judge_one(name, all_targets)
        if known is None:
            note(name, how, told)
        print(how, told, flush=True)
        tally[how.split()[0].strip(",")] += 1
        if how == "missed":
            faults.append(told)
    print(dict(sorted(tally.items())))
    assert not faults, "\n".join(faults)
    assert tally["refuted"] >= MUTANTS // 6
