"""PostgreSQL's statements, functions and all: read, evaluated beside a server, and looked at by the laws.

`make test` compares 200 puts, proves one view and judges four mutants; `BXC_SOAK=n` compares n times 2,000 puts, proves
all views of the example specs and judges n times 40 mutants.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import psycopg
import pytest
from postgres_server import a_server
from properties.pipeline import emitted
from properties.postgres import Postgres
from properties.specs import random_spec
from symexec.compiled import compile_unproved
from symexec.instances import Tally, exercise
from symexec.mutants import Mutant, mutants
from symexec.real import RealPostgres
from test_symexec_replay import EXAMPLES, of_peer
from test_validate_laws import LAWS, PATIENT, VIEWS, emit, example, told
from test_validate_mutants import NAMES, Target, as_put, instances, judged, spec

from bxc.check.statements import statement_obligations
from bxc.cli.specs import proving_of
from bxc.codegen.sql.files import SqlFile
from bxc.compile import check
from bxc.config import Config
from bxc.laws.term import arena
from bxc.laws.verdict import Law, Status
from bxc.plan import PeerPlan
from bxc.validate.laws import Translated, Validation
from bxc.validate.local import of_put
from bxc.validate.shape import as_held

SOAK = int(os.environ.get("BXC_SOAK", "0"))
INSTANCES = 2000 * SOAK if SOAK else 200
ROUNDS = 3 if SOAK else 14
MUTANTS = 20 * SOAK if SOAK else 2
BATCHES = 2

# --- ground rows beside a server --------------------------------------------------------------------------------------


def test_puts_of_random_specs_do_in_the_evaluator_what_they_do_on_a_server() -> None:
    a_server()
    tally = Tally()
    number = 1000 if SOAK else 50
    while tally.compared < INSTANCES:
        random = Random(number)
        compiled = compile_unproved(random_spec(random))
        database = Postgres(of_peer(compiled, "P"), "P")
        try:
            exercise(database, random, tally, rounds=ROUNDS)
        except AssertionError as error:
            raise AssertionError(f"seed {number}\n{compiled.text}\n{error}") from error
        finally:
            database.close()
        number += 1
    print(tally)
    assert not tally.unsupported
    assert len(tally.codes) >= 7  # accepted, and most codes
    assert tally.unshown <= tally.compared // 20
    assert tally.codes[None] > tally.open + tally.made


@pytest.mark.skipif(not SOAK, reason="BXC_SOAK")
@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_puts_of_the_example_specs_do_in_the_evaluator_what_they_do_on_a_server(path: Path) -> None:
    a_server()
    tally = Tally()
    compiled = emitted(path.read_text(encoding="utf-8"), check(path, proving=None), Counter())
    for peer in compiled.spec.peers:
        database = Postgres(of_peer(compiled, peer.name), peer.name)
        exercise(database, Random(path.stem), tally, rounds=4 * SOAK)
        database.close()
    assert tally.compared > 4
    assert not tally.unsupported


# --- laws -------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SOAK, reason="BXC_SOAK")
@pytest.mark.parametrize(("name", "peer", "view"), VIEWS)
def test_all_laws_are_proved_of_the_statements_of_the_examples(name: str, peer: str, view: str) -> None:
    plan = next(p for p in example(name) if p.peer == peer)
    verdicts = Translated("postgres", plan, view, emit).prove(PATIENT)
    assert told(verdicts) == []
    assert {v.law for v in verdicts} == LAWS


def test_a_put_of_few_rows_is_proved_for_sources_of_any_size() -> None:
    (plan,) = (p for p in example("medical") if p.peer == "Patient")
    verdicts = Translated("postgres", plan, "D13", emit).prove(PATIENT)
    assert told(verdicts) == []
    assert {v.law for v in verdicts} == LAWS
    bounded = {v.scope for v in verdicts if v.status is Status.BOUNDED}
    assert bounded == {f"{what} on postgres" for what in ("get then put", "whole put of 1", "whole put of 2")}


def altered(old: str, new: str) -> Translated:
    """The put of D13 with another text in its functions."""

    def faulty(engine: str, peer: PeerPlan) -> tuple[SqlFile, ...]:
        files = emit(engine, peer)
        assert any(old in f.text for f in files if f.path == "D13.sql")
        return tuple(replace(f, text=f.text.replace(old, new)) if f.path == "D13.sql" else f for f in files)

    (plan,) = (p for p in example("medical") if p.peer == "Patient")
    return Translated("postgres", plan, "D13", faulty)


def test_what_is_wrong_is_told_as_unknown_as_no_server_has_shown_it() -> None:
    validation = Validation(altered("not (e.patient_id = 188) is true", "false"), PATIENT)
    asked = list(validation.kinds())[3]  # an update
    with arena():
        verdicts = {v.law: v for v in validation.verdicts(*asked())}
    assert verdicts[Law.PUT_TOTAL].status is Status.UNKNOWN
    assert "refuses with BXC12 where it should not, or does not" in str(verdicts[Law.PUT_TOTAL].reason)
    assert "not seen on a server" in str(verdicts[Law.PUT_TOTAL].reason)
    assert all(v.finding is None for v in verdicts.values())
    assert verdicts[Law.SOURCE_KEPT].status is Status.PROVED


def test_what_is_not_read_is_unknown() -> None:
    for new in (
        'perform pg_sleep(1); analyze "bxc_batch_D13";',
        'while true loop null; end loop; analyze "bxc_batch_D13";',
    ):
        verdicts = altered('analyze "bxc_batch_D13";', new).prove(PATIENT)
        assert {v.status for v in verdicts} == {Status.PROVED, Status.UNKNOWN}
        assert {v.law for v in verdicts if v.status is Status.PROVED} == {Law.VIEW_SCHEMA}
        assert all("not understood" in str(v.reason) for v in verdicts if v.status is Status.UNKNOWN)


def test_the_statements_of_postgres_are_looked_at_where_it_is_among_the_engines() -> None:
    plan = spec("medical").plan
    assert plan is not None
    asked = [Counter(o.engine for o in statement_obligations(plan, e)) for e in ((), ("postgres",), ("sqlite",))]
    assert asked[0] == asked[1]
    assert asked[0]["postgres"] == asked[0]["sqlite"] > 0
    assert asked[2]["postgres"] == 0
    assert proving_of(Config(engines=("sqlite",), statements=True)).engines == ("sqlite",)


# --- mutants ----------------------------------------------------------------------------------------------------------


@cache
def targets() -> tuple[Target, ...]:
    found = []
    for name in NAMES:
        checked = spec(name)
        assert checked.plan is not None
        for peer in checked.plan.peers:
            for view in peer.views:
                shape = Translated("postgres", peer, view.name, emit).shape
                (slim,) = shape.views
                found.append(Target("postgres", shape, slim, checked))
    return tuple(found)


def is_sql(target: Target, mutant: Mutant) -> bool:
    """Whether PostgreSQL takes a mutant's file."""
    files = target.emit(mutant)
    try:
        RealPostgres(files, target.view.name, target.view.key).close()
    except psycopg.Error:
        return False
    return True


def differs(target: Target, mutant: Mutant, random: Random) -> object:
    """Rows on which a mutant does otherwise on the server; None if there are none."""
    true, false = (RealPostgres(target.emit(x), target.view.name, target.view.key) for x in (None, mutant))
    try:
        for instance in instances(target, 120 if SOAK else 40, random):
            put = as_put(target, instance, random)
            if true.put(put).differs(false.put(put)):
                return instance
        return None
    finally:
        true.close()
        false.close()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_mutant_that_is_proved_does_the_same(batch: int) -> None:
    a_server()
    tally: Counter[str] = Counter()
    listed = targets() if SOAK else [t for t in targets() if t.view.name in ("D13", "D23")]
    for number in range(MUTANTS):
        random = Random(f"postgres {batch} {number} {SOAK}")
        target = random.choice(listed)
        files = {file.path: file.text for file in emit("postgres", target.peer)}
        mutant = next(m for m in mutants(files, "postgres", target.view.name, random) if is_sql(target, m))
        with arena():
            how = judged(target, mutant)
        found = differs(target, mutant, random) if how == "held" else None
        print(how, mutant.told, flush=True)
        assert found is None, f"{mutant.told}\n{found}"
        tally[how.split()[0].strip(",")] += 1
    assert tally["refuted"] >= MUTANTS // 4, tally


# --- how many rows stand for all --------------------------------------------------------------------------------------

NOT_LOCAL = {
    "rows by no key": (
        "D13.sql",
        'join public."D1" as s on s.patient_id = w.patient_id',
        'cross join public."D1" as s',
    ),
    "all rows": ("D13.sql", 'select 1 from "bxc_batch_D13" limit 501', 'select 1 from public."D1" limit 501'),
    "capture": ("D13.sql", "update public.bxc_session set uncaptured = true where source = 'D1';", ""),
    "capture elsewhere": (
        "D13.sql",
        "uncaptured = true where source = 'D1';",
        "uncaptured = true where source = 'D2';",
    ),
    "capture, perhaps": (
        "D13.sql",
        "update public.bxc_session set uncaptured = true where source = 'D1';",
        "if exists (select 1 from bxc_effect_D13) then update public.bxc_session set uncaptured = true where source = 'D1'; end if;",  # noqa: E501
    ),
    "capture all the same": ("schema.sql", "s.source = 'D1' and s.uncaptured", "s.source = 'D1' and s.loading"),
    "one of several": ("D13.sql", "select s.patient_id", "select distinct on (s.address) s.patient_id"),
}


@pytest.mark.parametrize("name", NOT_LOCAL)
def test_statements_that_may_read_other_rows_are_not_proved_for_any_number_of_them(name: str) -> None:
    (plan,) = (p for p in example("medical") if p.peer == "Patient")
    asked = Translated("postgres", plan, "D13", emit)
    held = as_held(asked.shape, "postgres")
    (view,) = held.views
    assert of_put("postgres", asked.files, held, view).reason is None
    path, old, new = NOT_LOCAL[name]
    assert old in asked.files[path]
    changed = {**asked.files, path: asked.files[path].replace(old, new)}
    assert of_put("postgres", changed, held, view).reason is not None
