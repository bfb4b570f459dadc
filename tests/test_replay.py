from __future__ import annotations

import time
from dataclasses import replace

import pytest
from witnesses import (
    ALL_TYPES,
    D1_ROWS,
    DOSAGE,
    HIDDEN,
    RENAMED,
    STOCK,
    TWICE,
    TYPES,
    UNIQUE,
    compiled,
    medical,
)

from bxc.check.replay import Replayer, replay
from bxc.check.replay_steps import emitted
from bxc.codegen.sql.files import SqlFile
from bxc.plan import PeerPlan, Plan
from bxc.witness import Content, Database, Edit, Put, Scenario, SourceRows

ENGINES = pytest.mark.parametrize("engine", ["sqlite", "duckdb"])

CASES = {
    "an accepted update": (medical, DOSAGE),
    "an update that changes another view": (medical, RENAMED),
    "a hidden key": (lambda: compiled(STOCK), HIDDEN),
    "a UNIQUE, after an accepted put": (lambda: compiled(STOCK), UNIQUE),
    "all types and rows that refer to each other": (lambda: compiled(TYPES), ALL_TYPES),
    "two databases of one peer": (medical, TWICE),
}


@ENGINES
@pytest.mark.parametrize("case", CASES)
def test_what_happens_as_it_says_is_reproduced(case: str, engine: str) -> None:
    spec, scenario = CASES[case]
    assert replay(scenario, *spec(), engine) is None


OTHER_ROW = Content("Shop", "Open", (("b", 9),))
WRONG: dict[str, tuple[Scenario, str]] = {
    "content at the start": (
        replace(HIDDEN, before=(OTHER_ROW,)),
        "Open of Shop at the start lacks ('b', 9) and has ('b', 2) as well",
    ),
    "content at the end": (
        replace(HIDDEN, after=(OTHER_ROW,)),
        "Open of Shop at the end lacks ('b', 9) and has ('b', 2) as well",
    ),
    "a row too many": (
        replace(HIDDEN, after=(Content("Shop", "Open", ()),)),
        "Open of Shop at the end has ('b', 2) as well",
    ),
    "another code": (
        replace(HIDDEN, refused="BXC17"),
        "the put through Open of Shop is refused with BXC11, not with BXC17",
    ),
    "accepted, not refused": (
        replace(HIDDEN, puts=(Put("Shop", "Open", (Edit("insert", None, ("c", 3)),)),)),
        "the put through Open of Shop is accepted, not refused with BXC11",
    ),
    "refused, not accepted": (
        replace(HIDDEN, refused=None),
        "the put through Open of Shop is refused with BXC11, though it is to be accepted",
    ),
    "an earlier put is refused": (
        replace(UNIQUE, puts=(HIDDEN.puts[0], UNIQUE.puts[1])),
        "the put through Open of Shop is refused with BXC11, though it is to be accepted",
    ),
    "two rows with one key": (
        replace(HIDDEN, databases=(Database("Shop", "Shop", (SourceRows("Item", (("a", 1, True), ("a", 2, True))),)),)),
        "the rows of Shop cannot be",
    ),
    "nothing is put": (replace(HIDDEN, puts=(), after=()), "there is no put that could be refused with BXC11"),
    "no such peer": (replace(HIDDEN, databases=(Database("Shop", "Nobody", ()),)), "there is no peer Nobody"),
    "no such view": (replace(HIDDEN, before=(Content("Shop", "Nothing", ()),)), "Shop has no source or view Nothing"),
    "no such database": (replace(HIDDEN, after=(Content("Home", "Open", ()),)), "there is no database Home"),
    "a row of another width": (
        replace(HIDDEN, puts=(Put("Shop", "Open", (Edit("insert", None, ("c",)),)),)),
        "a row has 1 values, not 2",
    ),
    "a put through a source": (
        replace(HIDDEN, puts=(Put("Shop", "Item", ()),)),
        "Shop has no view Item",
    ),
    "half a surrogate pair": (
        replace(HIDDEN, puts=(Put("Shop", "Open", (Edit("insert", None, ("\ud800", 3)),)),)),
        "a text holds half a surrogate pair",
    ),
}


@ENGINES
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_expectation_is_not_reproduced(case: str, engine: str) -> None:
    scenario, reason = WRONG[case]
    found = replay(scenario, *compiled(STOCK), engine)
    assert found is not None
    assert found.startswith(reason)


FOREIGN = """
spec tied version 1
peer P
source Customer at P {
  id int primary key
  name text not null
}
source Visit at P {
  id int primary key
  customer int not null references Customer(id)
  weight int check (weight > 0)
  determines customer -> weight
}
view Names from Customer { keep id, name }
"""


@ENGINES
def test_sources_that_no_view_is_of_are_there_where_a_put_could_be_refused_for_them(engine: str) -> None:
    rows = (SourceRows("Visit", ((1, 7, 2),)), SourceRows("Customer", ((7, "Ann"),)))
    gone = Put("P", "Names", (Edit("delete", (7,), None),))
    scenario = Scenario((Database("P", "P", rows),), puts=(gone,), refused="BXC17")
    assert replay(scenario, *compiled(FOREIGN), engine) is None
    only_view = replace(scenario, databases=(Database("P", "P", rows[1:]),), refused=None)
    assert replay(only_view, *compiled(FOREIGN), engine) is None


@ENGINES
@pytest.mark.parametrize(
    "visits", [((1, 8, 2),), ((1, 7, 0),), ((1, 7, 2), (2, 7, 3))], ids=["foreign key", "CHECK", "determines"]
)
def test_rows_that_break_the_spec_are_no_start(visits: tuple[tuple[int, ...], ...], engine: str) -> None:
    rows = (SourceRows("Visit", visits), SourceRows("Customer", ((7, "Ann"),)))
    found = replay(Scenario((Database("P", "P", rows),)), *compiled(FOREIGN), engine)
    assert found is not None
    assert found.startswith(("the start is not legal: in Visit of P a row breaks", "the rows of P cannot be"))


@ENGINES
def test_other_sql_is_found_out(engine: str) -> None:
    """SQL in which the view forgets its `where`, and SQL that does not run."""

    def forgets(engine: str, peer: PeerPlan, plan: Plan) -> tuple[SqlFile, ...]:
        files = emitted(engine, peer, plan)
        return tuple(
            SqlFile(
                f.path,
                f.text.replace("where not s.sold", "").replace("s.sold = 0", "true").replace("s.sold = false", "true"),
            )
            for f in files
        )

    def broken(engine: str, peer: PeerPlan, plan: Plan) -> tuple[SqlFile, ...]:
        return tuple(SqlFile(f.path, f.text.replace("create", "creates")) for f in emitted(engine, peer, plan))

    spec, plan = compiled(STOCK)
    found = replay(HIDDEN, spec, plan, engine, forgets)
    assert found == "Open of Shop at the start has ('a', 1) as well"
    assert (replay(HIDDEN, spec, plan, engine, broken) or "").startswith("the generated files do not run")


def test_a_replayer_plays_each_scenario_as_if_it_were_the_first() -> None:
    spec, plan = compiled(STOCK)
    replayer = Replayer(spec, plan)
    wrong = [scenario for scenario, _ in WRONG.values()]
    for scenario in [UNIQUE, HIDDEN, *wrong, HIDDEN, UNIQUE]:
        expected = replay(scenario, spec, plan)
        assert replayer.replay(scenario) == expected
    replayer.close()


def test_a_replayer_keeps_a_bounded_number_of_databases() -> None:
    spec, plan = medical()
    replayer = Replayer(spec, plan)
    many = Scenario(tuple(Database(f"copy {n}", "Patient", (SourceRows("D1", D1_ROWS),)) for n in range(40)))
    assert replayer.replay(many) is None
    assert len(replayer._idle) <= 32
    replayer.close()


def test_a_replay_takes_milliseconds_once_its_files_are_emitted() -> None:
    spec, plan = medical()
    replayer = Replayer(spec, plan)
    assert replayer.replay(RENAMED) is None
    start = time.perf_counter()
    for _ in range(20):
        assert replayer.replay(RENAMED) is None
    assert (time.perf_counter() - start) / 20 < 0.2  # 2 ms on an idle machine
    replayer.close()


STACK = """
spec stack version 1
peer P
source Person at P {
  id    int  primary key
  name  text not null
  boss  int  references Desk(id)
  age   int
}
source Desk at P {
  id     int  primary key
  owner  int  references Person(id)
}
view Adults from Person {
  where age >= 18
  keep id, name, age
}
view Names from Adults { keep id, name  default age = 30 }
"""
CIRCLE = (
    SourceRows("Person", ((1, "Ann", 5, 40), (2, "Bob", None, 7))),
    SourceRows("Desk", ((5, 1), (6, 2))),
)


@ENGINES
def test_a_view_of_a_view_is_played_alone_and_rows_may_refer_to_each_other_in_a_circle(engine: str) -> None:
    put = Put("P", "Names", (Edit("insert", None, (3, "Cid")), Edit("update", (1,), (1, "Ada"))))
    scenario = Scenario(
        (Database("P", "P", CIRCLE),),
        (Content("P", "Names", ((1, "Ann"),)),),
        (put,),
        after=(Content("P", "Person", ((1, "Ada", 5, 40), (2, "Bob", None, 7), (3, "Cid", None, 30))),),
    )
    assert replay(scenario, *compiled(STACK), engine) is None
