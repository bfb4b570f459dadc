"""Faulty statements are refuted with a witness that has happened on the engine; what lies beside the sources counts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb
import pytest
from test_validate_laws import emit

from bxc.check.cache import VerdictCache
from bxc.check.run import prove_all
from bxc.check.statements import Known, Statements
from bxc.codegen.sql.files import SqlFile
from bxc.compile import check
from bxc.laws.limits import Limits
from bxc.laws.term import TRUE, arena
from bxc.laws.verdict import Fault, Finding, Law, Status, Verdict
from bxc.plan import PeerPlan
from bxc.validate.database import Database
from bxc.validate.ground import ground, shown
from bxc.validate.laws import Translated, Validation
from bxc.validate.run import query, run
from bxc.witness import Witness

SPECS = Path(__file__).parents[1] / "specs"
KINDS = ("get", "back", "insert", "update", "delete")


@cache
def peers(spec: str) -> tuple[PeerPlan, ...]:
    plan = check(SPECS / f"{spec}.bxc", proving=None).plan
    assert plan is not None
    return plan.peers


def verdicts(engine: str, view: str, kind: str, path: str, old: str, new: str) -> dict[Law, Verdict]:
    """What is found of one kind of put where a file has one text instead of another."""
    spec = "medical" if view.startswith("D") else "supply_chain"
    (peer,) = (p for p in peers(spec) if any(v.name == view for v in p.views))

    def faulty(engine: str, peer: PeerPlan) -> tuple[SqlFile, ...]:
        files = emit(engine, peer)
        assert any(old in f.text for f in files if f.path == path)
        return tuple(replace(f, text=f.text.replace(old, new)) if f.path == path else f for f in files)

    validation = Validation(Translated(engine, peer, view, faulty), Limits())
    ask = list(validation.kinds())[KINDS.index(kind)]
    with arena():
        return {v.law: v for v in validation.verdicts(*ask())}


def witness_of(verdict: Verdict) -> Witness:
    assert verdict.status is Status.REFUTED
    assert verdict.finding is not None
    assert verdict.finding.code != "BX901"
    assert verdict.finding.witness is not None
    return verdict.finding.witness


@pytest.mark.parametrize("column", ["uncaptured", "putting"])
def test_a_put_that_leaves_the_session_busy_is_refuted(column: str) -> None:
    found = verdicts("sqlite", "Catalogue", "update", "Catalogue.sql", f"update bxc_session set {column} = null;", "")
    witness = witness_of(found[Law.PUT_GET])
    assert witness.outcome.endswith("leaves `bxc_session` otherwise than it was.")
    before, delta, wanted, left = witness.tables
    assert before.title == "Component, as it was"
    assert delta.title == "Catalogue, staged delta"
    assert delta.rows[0][0] == "update"
    assert wanted.rows == left.rows


def test_the_first_edit_of_all_has_its_exact_number() -> None:
    noted = "moved = (select coalesce(max(bxc_seq), {})"
    found = verdicts("sqlite", "Offer", "insert", "Offer.sql", noted.format(0), noted.format(1))
    assert any(v.status is Status.REFUTED for v in found.values())


def test_a_put_that_leaves_its_work_is_refuted() -> None:
    found = verdicts("sqlite", "D13", "update", "D13.sql", "  delete from bxc_work_D13;\nend", "end")
    assert "`bxc_work_d13`" in witness_of(found[Law.PUT_GET]).outcome


def test_a_put_that_leaves_its_tables_is_refuted() -> None:
    found = verdicts("duckdb", "D13", "update", "D13.put_delta.sql", "drop table bxc_work_D13;", "")
    assert "leaves other tables than there were" in witness_of(found[Law.PUT_GET]).outcome


def test_a_put_that_numbers_its_edits_differently_is_refuted() -> None:
    number = "(select nextval('bxc_seq_D1')), bxc_old"
    found = verdicts(
        "duckdb", "D13", "update", "D13.put_delta.sql", number, number.replace("nextval('bxc_seq_D1')", "0")
    )
    assert "`bxc_journal_D1`" in witness_of(found[Law.PUT_GET]).outcome


def test_a_wrong_row_is_shown_as_it_should_be_and_as_it_is() -> None:
    found = verdicts("duckdb", "D13", "update", "D13.put_delta.sql", "then w.clinical_data", "then s.clinical_data")
    *_, wanted, left = witness_of(found[Law.PUT_GET]).tables
    assert wanted.title == "D1, as it should be"
    assert left.title == "D1, as the SQL leaves it"
    assert wanted.rows != left.rows


def test_a_wrong_code_is_told() -> None:
    found = verdicts("duckdb", "D13", "update", "D13.put_delta.sql", "then 'BXC18'", "then 'BXC12'")
    outcome = witness_of(found[Law.PUT_TOTAL]).outcome
    assert "The put should be refused with BXC18; on duckdb the SQL refuses it with BXC12" in outcome


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_violations_that_are_not_listed_are_refuted(engine: str) -> None:
    found = verdicts(engine, "D13", "update", "D13.sql", "'BXC18'", "'BXC19'")
    assert "lists BXC18 where it should not, or does not where it should" in witness_of(found[Law.PUT_TOTAL]).outcome


def test_a_table_that_is_not_there_is_an_error_of_the_engine() -> None:
    found = verdicts("duckdb", "D13", "delete", "D13.put_delta.sql", "from bxc_delta_D13", "from bxc_lost_D13")
    assert "fails with an error of the engine" in witness_of(found[Law.PUT_TOTAL]).outcome


def test_what_the_engine_does_otherwise_than_foretold_is_a_fault_of_the_evaluator() -> None:
    (peer,) = (p for p in peers("medical") if p.peer == "Patient")

    def faulty(engine: str, peer: PeerPlan) -> tuple[SqlFile, ...]:
        return tuple(replace(f, text=f.text.replace("then 'BXC18'", "then 'BXC12'")) for f in emit(engine, peer))

    asked = Translated("duckdb", peer, "D13", faulty)
    validation = Validation(asked, Limits())
    with arena():
        setting, question = list(validation.kinds())[KINDS.index("update")]()
        setting.files = {f.path: f.text for f in emit("duckdb", asked.shape)}  # the engine gets the right ones
        (found,) = (v for v in validation.verdicts(setting, question) if v.law is Law.PUT_TOTAL)
    assert found.status is Status.UNKNOWN
    assert found.finding is not None
    assert found.finding.code == "BX901"
    assert "the put ends with BXC18, not with BXC12" in found.finding.message


UNNESTED = """
select b.x as x, bxc_broken.code as code, bxc_broken.detail as detail
from (
  select r.x, unnest([
    case when r.x > 1 then {'code': 'A', 'detail': 'more than 1'} end,
    case when r.y is null then {'code': 'B', 'detail': 'none'} when r.y then {'code': 'C', 'detail': null} end
  ]) as bxc_broken
  from r
) as b
where bxc_broken is not null
"""


def test_a_list_of_structs_becomes_rows_as_on_the_engine() -> None:
    rows = [(1, None), (2, True), (2, True), (3, False), (None, True)]
    schema = "create table r (x bigint, y boolean);"
    with duckdb.connect(":memory:") as connection:
        connection.execute(schema)
        connection.executemany("insert into r values (?, ?)", rows)
        wanted = connection.execute(UNNESTED).fetchall()
    database = run(Database("duckdb"), schema).database
    kinds = [c.kind for c in database.columns("r")]
    database = database.with_rows(
        "r", [(TRUE, [ground(*pair) for pair in zip(kinds, row, strict=True)]) for row in rows]
    )
    found = [tuple(map(shown, cells)) for present, cells in query(database, UNNESTED).rows if present is TRUE]
    assert sorted(found, key=repr) == sorted(wanted, key=repr)
    assert len(wanted) == 7


def test_a_fault_of_the_evaluator_is_not_kept_between_runs(tmp_path: Path) -> None:
    (peer,) = (p for p in peers("medical") if p.peer == "Patient")
    limits, store = Limits(), VerdictCache(tmp_path, "tool", Limits())

    class Faulty(Translated):
        """One whose counterexample does not happen, or that fails; a sound one else."""

        how = "sound"

        def prove(self, limits: Limits) -> tuple[Verdict, ...]:
            if self.how == "failing":
                raise KeyError("w")
            verdict = Verdict(Law.PUT_GET, self.subject, "update on duckdb", Status.PROVED)
            if self.how == "sound":
                return (verdict,)
            finding = Finding("BX901", "error", "does not happen", Fault("view", (self.name,)))
            return (replace(verdict, status=Status.UNKNOWN, finding=finding),)

    known: Known = {}
    asked = Faulty("duckdb", peer, "D13", emit)
    for how, broken in (("failing", 1), ("unseen", 1), ("unseen", 1), ("sound", 0)):
        Faulty.how = how
        proofs = prove_all([Statements(asked, known)], limits, store)
        assert (proofs.broken, proofs.cached) == (broken, 0)
        assert [v.status for v in proofs.verdicts] == [Status.UNKNOWN if broken else Status.PROVED]
    assert prove_all([Statements(asked, {})], limits, store).cached == 1
