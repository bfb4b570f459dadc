"""Laws of example views, proved of their emitted SQL over symbolic rows, and refuted for mutants of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from symexec.beside import unnumbered
from symexec.claims import Claim, Emitted, get_put, hidden_kept, legal, put_get, start, symbolic
from symexec.symbols import Under, random_values, terms

from bxc.laws.solver import Budget, Model, Nothing, Solver
from bxc.laws.term import and_, arena, not_, variables
from bxc.validate.run import run

GENERATED = Path(__file__).parents[1] / "generated" / "medical"


def emitted(engine: str, peer: str, source: str, view: str) -> Emitted:
    def text(name: str) -> str:
        return (GENERATED / peer / engine / f"{name}.sql").read_text(encoding="utf-8")

    install = (text("schema"), text(view))
    return Emitted(engine, install, source, view, text(f"{view}.get"), text(f"{view}.put"))


def proved(claim: Claim) -> bool | None:
    solver = Solver(Budget.seconds(60, 30_000))
    solver.add(claim.given)
    some = [v for name, v in variables(claim.given).items() if name.endswith("is there")]
    assert not isinstance(solver.ask(and_(*some)), Nothing)  # with all rows there, it is not claimed of nothing
    if solver.proves(not_(claim.doubt)) is not True:
        return None
    return solver.proves(claim.shown)


@pytest.mark.parametrize(("peer", "source", "view"), [("Patient", "D1", "D13"), ("Doctor", "D3", "D32")])
@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_a_put_of_symbolic_rows_does_under_any_values_what_it_does_with_these_rows(
    engine: str, peer: str, source: str, view: str
) -> None:
    one = emitted(engine, peer, source, view)
    script = (GENERATED / peer / engine / f"{view}.put_delta.sql").read_text(encoding="utf-8")
    random = Random(view)
    codes = set()
    with arena():
        staging = f"bxc_delta_{view}"
        database = start(one, 2)
        database = database.with_rows(staging, symbolic(database, staging, 2))
        result = run(database, script)
        given = legal(database, source, ())
        asked = terms([*database.content(source), *database.content(staging)])
        for _ in range(400):
            values = random_values(asked, random)
            for name in values:
                if name.endswith("bxc_op"):
                    values[name] = random.choice(["insert", "update", "delete", "update"])
                elif name.endswith("patient_id"):
                    values[name] = random.choice([187, 188, 188])
            under = Under(values)
            if not under.holds(given):
                continue
            ground = run(under.database(database), script)
            code = next(iter(ground.refused), None)
            assert under.holds(result.accepted if code is None else result.refused[code])
            codes.add(code)
            if code is None:
                after = unnumbered(under.content(result.database))
                assert after[source.lower()] == unnumbered(under.content(ground.database))[source.lower()]
                changes = f"bxc_change_{source.lower()}"
                assert after[changes] == unnumbered(under.content(ground.database))[changes]
    assert len(codes) >= 4


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_the_laws_of_a_selecting_view_are_proved_of_its_sql(engine: str) -> None:
    one = emitted(engine, "Patient", "D1", "D13")
    with arena():
        assert proved(get_put(one, 2))
        assert proved(put_get(one, 2, 1))
        assert proved(hidden_kept(one, 2, 1, ["patient_id"], ["address"]))


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_the_laws_of_a_view_that_drops_the_key_are_proved_of_its_sql(engine: str) -> None:
    dependency = (("medication_name",), ("mechanism_of_action",))
    one = replace(emitted(engine, "Doctor", "D3", "D32"), dependencies=(dependency,))
    with arena():
        assert proved(get_put(one, 2))
        assert proved(put_get(one, 2, 1))
        assert proved(hidden_kept(one, 2, 1, ["patient_id"], ["clinical_data", "dosage"]))


def test_a_mutant_that_forgets_a_hidden_column_is_refuted() -> None:
    one = emitted("duckdb", "Patient", "D1", "D13")
    old = "case when bxc_kind <> 'delete' then s.address end as address"
    assert old in one.put
    mutant = replace(one, put=one.put.replace(old, "w.dosage as address"))
    with arena():
        claim = hidden_kept(mutant, 1, 1, ["patient_id"], ["address"])
        solver = Solver()
        solver.add(claim.given)
        assert isinstance(solver.ask(not_(claim.shown)), Model)


def test_a_mutant_that_leaves_out_the_condition_of_the_view_is_refuted() -> None:
    one = emitted("duckdb", "Patient", "D1", "D13")
    old = "not (e.patient_id = 188) is true"
    assert old in one.put
    mutant = replace(one, put=one.put.replace(old, "false"))
    with arena():
        claim = put_get(mutant, 0, 1)
        solver = Solver()
        solver.add(claim.given)
        assert isinstance(solver.ask(not_(claim.shown)), Model)
