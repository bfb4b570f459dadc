"""Which emitted statements are local: a few rows of the source stand for any number. And which mutants are not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from bxc.check.statements import Statements, statement_obligations
from bxc.codegen.sql.files import SqlFile
from bxc.compile import check
from bxc.laws.limits import Limits
from bxc.laws.verdict import Status
from bxc.plan import Fresh, PeerPlan
from bxc.validate.laws import Translated, Validation
from bxc.validate.local import Locality, of_get, of_put
from bxc.validate.local_rows import Reach, roles

ROOT = Path(__file__).parents[1]
ENGINES = ("sqlite", "duckdb")
EXAMPLES = ("medical", "hospital_network", "research_consortium", "supply_chain")
GROUPED = "stands for any number of rows"
REFERRED = "rows refer to rows of other sources"
SEVERAL = "are looked up together, and may be of different rows"
NUMBERED = "looks up"  # a number made for a new row, which is not followed through all of its ways
OF_ANOTHER = "looks up rows of"  # DuckDB compares rows before and after
BOUNDED = {
    "OrdersAtLab": SEVERAL,
    "StudyOfNorth": SEVERAL,
    "StudyOfSouth": SEVERAL,
    "ToDeliver": SEVERAL,
    "Ordered": SEVERAL,
    "D32": GROUPED,
    "PriceList": GROUPED,
    "OrdersForLab": REFERRED,
    "Released": REFERRED,
    "RxAtHospital": REFERRED,
}


def emit(engine: str, peer: PeerPlan) -> tuple[SqlFile, ...]:
    files: tuple[SqlFile, ...] = import_module(f"bxc.codegen.sql.{engine}").emit(peer, "local", 1)
    return files


@cache
def peers(path: Path) -> tuple[PeerPlan, ...]:
    plan = check(path, proving=None).plan
    assert plan is not None
    return plan.peers


def translated(path: Path) -> list[Translated]:
    return [
        Translated(engine, peer, view.name, emit)
        for peer in peers(path)
        for view in peer.views
        if view.key
        for engine in ENGINES
    ]


def reach(asked: Translated, files: dict[str, str] | None = None) -> Reach:
    held = Validation(asked, Limits()).held
    return Reach(asked.engine, asked.files if files is None else files, held, asked.name)


EVERY = [asked for name in EXAMPLES for asked in translated(ROOT / "specs" / f"{name}.bxc")]


@pytest.mark.parametrize("asked", EVERY, ids=lambda asked: f"{asked.name}-{asked.engine}")
def test_the_statements_of_the_examples_are_local_or_it_is_said_why_not(asked: Translated) -> None:
    found = reach(asked)
    assert found.why_few("get") is None
    why = found.why_few("delete")
    if asked.name in BOUNDED:
        assert why is not None
        assert BOUNDED[asked.name] in why
    elif (asked.name, asked.engine) == ("D31", "duckdb"):
        assert "looks up rows of d3 by medication_name of another" in str(why)
    else:
        assert why is None
    assert found.why_few("whole put of 1") is not None
    assert found.why_few("get then put") is not None


GOOD = sorted((ROOT / "tests" / "corpus" / "good").glob("*.bxc"))


@pytest.mark.parametrize("part", range(4))
def test_the_statements_of_sound_specs_are_local_or_it_is_said_why_not(part: int) -> None:
    """Where the meaning is a matter of lookups, so is the SQL."""
    local = 0
    for path in GOOD[part::24]:
        for asked in translated(path):
            found = reach(asked)
            assert found.why_few("get") is None, (path, asked.engine)
            why = found.why_few("delete")
            fresh = any(isinstance(a.value, Fresh) for a in asked.shape.views[0].inserts)
            told = (GROUPED, REFERRED, SEVERAL, *([NUMBERED] if fresh else []))
            told += (OF_ANOTHER,) if asked.engine == "duckdb" else ()
            assert why is None or any(word in why for word in told), (path, asked.engine, why)
            local += why is None
    assert local > 0


# --- mutants --------------------------------------------------------------------------------------------------------

SPEC = """
spec local version 1
peer P
source Bed at P {
  ward     text  not null
  number   int   primary key
  tag      text  not null
  floor    int
  patient  text
  note     text
  unique (tag)
}
source Old at P {
  id    int  primary key
  ward  text
}
view Beds from Bed {
  keep ward, number, tag, patient
}
view Kept from Old {
  keep id, ward
}
"""


COMPOSITE = SPEC.replace("int   primary key", "int   not null").replace(
    "  unique (tag)", "  primary key (ward, number)\n  unique (tag)"
)
NULLS = SPEC.replace("tag      text  not null", "tag      text")
DETERMINED = SPEC.replace("  unique (tag)", "  determines ward -> floor")


@cache
def beds(engine: str, spec: str = SPEC) -> Translated:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "local.bxc"
        path.write_text(spec, encoding="utf-8")
        (peer,) = peers(path)
    return Translated(engine, peer, "Beds", emit)


def judged(engine: str, change: Callable[[str], str] = lambda text: text, spec: str = SPEC) -> Locality:
    """How the put reads sources when its SQL has been changed: DuckDB's script, SQLite's triggers."""
    asked = beds(engine, spec)
    held = Validation(asked, Limits()).held
    path = "Beds.put_delta.sql" if engine == "duckdb" else "Beds.sql"
    text = change(asked.files[path])
    (view,) = held.views
    return of_put(engine, {**asked.files, path: text}, held, view)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_put_is_local_and_sees_the_rows_of_its_lookups(engine: str) -> None:
    found = judged(engine)
    assert found.reason is None
    assert {tuple(sorted(lookup.columns)) for _, lookup in found.lookups} >= {("number",), ("tag",)}
    asked = beds(engine)
    (view,) = asked.shape.views
    sizes = {
        operations: len(list(roles(asked.shape, view, found, operations)))
        for operations in (("insert",), ("update",), ("delete",), ("insert", "insert"), ("update", "update"))
    }
    # the old key, the new key, the new tag; a lone insert may state an old key
    assert list(sizes.values()) == [3, 3, 1, 4, 6]


def sees(locality: Locality, *operations: str) -> int:
    asked = beds("duckdb")
    return len(list(roles(asked.shape, asked.shape.views[0], locality, operations)))


def test_constants_in_lookups_find_a_row_each_and_a_lookup_where_null_equals_null_two() -> None:
    one = judged("duckdb", added("select 1 from Bed as s where s.tag = 'x'"))
    two = judged(
        "duckdb", added("select 1 from Bed as s where s.tag = 'x' union all select 1 from Bed as s where s.tag = 'y'")
    )
    assert (sees(judged("duckdb"), "delete"), sees(one, "delete"), sees(two, "delete")) == (1, 2, 3)
    nulls = judged("sqlite", inside("select 1 from bxc_delta_Beds as w join Bed as s on s.tag is w.tag"), NULLS)
    assert nulls.reason is None
    assert sees(nulls, "delete") == sees(judged("sqlite", spec=NULLS), "delete") + 2


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def added(sql: str) -> Callable[[str], str]:
    """A statement more, at the end of the script."""

    def change(text: str) -> str:
        return f"{text}\n{sql};\n"

    return change


def inside(sql: str) -> Callable[[str], str]:
    """A statement more in the trigger that takes a delta."""

    def change(text: str) -> str:
        head, middle, tail = text.partition("when new.bxc_staged = 'delta'\nbegin\n")
        return f"{head}{middle}  {sql};\n{tail}"

    return change


GUARDS = {
    "a correlation by no key": (
        "select 'BXC17' as c from bxc_delta_Beds as w where exists (select 1 from Bed as s where s.ward = w.ward)",
        "looks at all rows of bed by EXISTS",
    ),
    "limit 1": ("select s.patient from Bed as s, bxc_delta_Beds as w where s.tag = w.tag limit 1", "LIMIT"),
    "an aggregate over the table": ("select count(*) from Bed", "takes all rows of bed together"),
    "a comparison of counts": (
        "select 1 where (select count(*) from Bed) <> (select count(*) from bxc_delta_Beds)",
        "takes all rows of bed together",
    ),
    "not in over a table": (
        "select 1 from bxc_delta_Beds as w where not w.tag in (select s.tag from Bed as s)",
        "which may be NULL, by IN",
    ),
    "not in over a table that the view hides": (
        "select 1 from bxc_delta_Beds as w where not w.ward in (select o.ward from Old as o)",
        "reads old",
    ),
    "exists over the table": ("select 1 where exists (select 1 from Bed)", "looks at all rows of bed by EXISTS"),
    "a window over the table": (
        "select row_number() over (order by s.ward) from Bed as s",
        "numbers rows",
    ),
    "a lookup by what is no value of the column": (
        "select 1 from bxc_delta_Beds as w where exists (select 1 from Bed as s where s.tag = w.patient)",
        "looks up bed.tag by what is no value of it",
    ),
    "a lookup by a computed value": (
        "select 1 from bxc_delta_Beds as w where exists (select 1 from Bed as s where s.number = w.number + 1)",
        "looks up bed.number by what is no value of it",
    ),
    "rows that differ in NULL alone": (
        "select 1 from bxc_delta_Beds as w where exists "
        "(select 1 from Bed as s where s.tag is not distinct from w.tag and s.patient = w.patient)",
        "reads patient of the rows of bed that share tag",
    ),
    "a lookup by a number after the greatest": (
        "select 1 from Bed as s where s.number = (select max(o.number) from Bed as o) + 1",
        "looks up bed.number by what is no value of it",
    ),
    "a lookup by what is staged for another put": (
        "select 1 from bxc_new_Beds as w join Bed as s on s.number = w.number",
        "looks up bed.number by what is no value of it",
    ),
    "a lookup by edits that were captured before": (
        "select 1 from bxc_change_Bed as c join Bed as s on s.number = c.number",
        "looks up bed.number by what is no value of it",
    ),
    "a delete by no key": (
        "delete from Bed where ward in (select ward from bxc_delta_Beds)",
        "looked up by no key",
    ),
    "a delete of all": ("delete from Bed", "looked up by no key"),
    "a sum": ("select max(s.floor + s.number) from Bed as s", "takes all rows of bed together"),
    "a greatest value of some rows": (
        "select max(s.floor) from Bed as s where s.ward = 'A'",
        "takes all rows of bed together",
    ),
    "either of two keys": (
        "select 1 from bxc_delta_Beds as w where exists "
        "(select 1 from Bed as s where s.tag = w.tag or s.number = w.number)",
        "looks at all rows of bed by EXISTS",
    ),
}


OF_NULLS = {"not in over a table": NULLS, "rows that differ in NULL alone": NULLS}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", GUARDS)
def test_a_statement_that_reads_more_than_it_looks_up_is_not_local(name: str, engine: str) -> None:
    sql, reason = GUARDS[name]
    if engine == "sqlite":
        sql = sql.replace("is not distinct from", "is")
    elif name in OF_NULLS:
        reason = "looks up rows of bed by tag of another"  # by the put itself
    found = judged(engine, added(sql) if engine == "duckdb" else inside(sql), OF_NULLS.get(name, SPEC))
    assert found.reason is not None
    assert reason in found.reason
    assert found.reason.startswith("Beds.put_delta.sql" if engine == "duckdb" else "trigger bxc_stage_delta_beds")


HARMLESS = (
    "select 1 from bxc_delta_Beds as w where exists (select 1 from Bed as s where w.tag = s.tag and s.patient is null)",
    "select s.note from bxc_delta_Beds as w join Bed as s on s.number = w.number and w.ward = s.ward",
    "select max(s.number) from Bed as s",
    "select 1 from Bed as s where (s.ward, s.number) in (select w.ward, w.number from bxc_delta_Beds as w)",
    "select 1 from bxc_delta_Beds as w join Bed as s on s.number = w.bxc_old_number join Bed as o on o.tag = s.tag",
)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sql", HARMLESS)
def test_a_statement_more_that_only_looks_rows_up_keeps_a_put_local(sql: str, engine: str) -> None:
    assert judged(engine, added(sql) if engine == "duckdb" else inside(sql)).reason is None


@pytest.mark.parametrize(
    ("engine", "old", "new"),
    [
        ("sqlite", "s.number = w.bxc_old_number", "s.floor = w.bxc_old_number"),
        ("sqlite", "s.number = w.number", "s.ward = w.ward"),
        ("sqlite", "where c.bxc_seq > (select moved from bxc_session)", "where true"),
        ("sqlite", "moved = (select coalesce(max(bxc_seq), 0)", "moved = (select coalesce(min(bxc_seq), 0)"),
        ("sqlite", "and exists (select 1 from bxc_new_Beds)\n", ""),
        ("duckdb", "s.number = w.number", "s.ward = w.ward"),
        ("duckdb", "where s.rowid in (", "where s.ward in (select ward from bxc_effect_Beds) or s.rowid in ("),
    ],
)
def test_mutants_of_the_puts_own_lookups_are_not_local(engine: str, old: str, new: str) -> None:
    assert judged(engine, replaced(old, new)).reason is not None


@pytest.mark.parametrize("engine", ENGINES)
def test_the_list_of_violations_is_local_too(engine: str) -> None:
    asked = beds(engine)
    (view,) = asked.shape.views
    held = Validation(asked, Limits()).held
    old = "exists (select 1 from bxc_new_Beds)"
    text = asked.files["Beds.sql"]
    assert old in text
    found = of_put(engine, {**asked.files, "Beds.sql": text.replace(old, "exists (select 1 from Bed)")}, held, view)
    assert str(found.reason).startswith("bxc_violations_Beds")


MIXED = (
    "select 1 from bxc_delta_Beds as w join bxc_delta_Beds as v on v.number <> w.number "
    "join Bed as s on s.ward = w.ward and s.number = v.number"
)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sql", [None, MIXED])
def test_a_lookup_by_several_columns_may_mix_rows_and_is_not_local(engine: str, sql: str | None) -> None:
    change = (lambda text: text) if sql is None else added(sql) if engine == "duckdb" else inside(sql)
    assert "which may be of different rows" in str(judged(engine, change, COMPOSITE).reason)
    why = reach(beds(engine, COMPOSITE)).why_few("update and update")
    assert why == "number, ward of Bed are looked up together, and may be of different rows"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_lookup_of_rows_that_share_what_another_row_has_is_not_local(engine: str) -> None:
    sql = (
        "select 1 from bxc_delta_Beds as w join Bed as s on s.number = w.number "
        "where exists (select 1 from Bed as o where o.ward = s.ward and o.floor = 3)"
    )
    found = judged(engine, added(sql) if engine == "duckdb" else inside(sql), DETERMINED)
    assert "looks up rows of bed by ward of another" in str(found.reason)


def test_a_view_that_is_more_than_a_selection_of_rows_is_not_local() -> None:
    asked = beds("duckdb")
    held = Validation(asked, Limits()).held
    (view,) = held.views
    for sql in (
        "select s.ward, s.number, s.tag, s.patient from Bed as s limit 1",
        "select s.ward, s.number, s.tag, s.patient from Bed as s where s.floor = (select max(floor) from Bed)",
        "select s.ward, s.number, s.tag, s.patient from Bed as s join Bed as o on s.tag = o.tag",
        "select s.ward, max(s.number), max(s.tag), max(s.patient) from Bed as s group by s.ward",
        "select v.ward, v.number, v.tag, v.patient from Old as v",
    ):
        assert of_get("duckdb", {**asked.files, "Beds.get.sql": sql}, held, view).reason is not None
    assert of_get("duckdb", asked.files, held, view).reason is None


# --- verdicts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_looked_at_in_all_its_rows_is_proved_and_the_rest_is_bounded_with_a_reason(engine: str) -> None:
    verdicts = beds(engine).prove(Limits())
    proved = {v.scope.rpartition(" on ")[0] for v in verdicts if v.status is Status.PROVED}
    bounded = {v.scope.rpartition(" on ")[0]: v for v in verdicts if v.status is Status.BOUNDED}
    assert {v.status for v in verdicts} == {Status.PROVED, Status.BOUNDED}
    assert proved >= {"get", "insert", "update", "delete", "delete and delete"}
    assert {"get then put", "whole put of 1", "whole put of 2", "update and update"} <= set(bounded)
    assert all(v.k == 2 and v.reason for v in bounded.values())
    assert "6 rows of Bed" in str(bounded["update and update"].reason)


def test_statements_that_are_not_local_are_not_proved() -> None:
    asked = beds("duckdb")

    def odd(engine: str, peer: PeerPlan) -> tuple[SqlFile, ...]:
        more = "select count(*) from Bed;\n"  # does nothing
        files = emit(engine, peer)
        return tuple(SqlFile(f.path, f.text + more) if f.path == "Beds.put_delta.sql" else f for f in files)

    verdicts = Translated("duckdb", asked.peer, "Beds", odd).prove(Limits())
    assert {v.scope for v in verdicts if v.status is Status.PROVED} == {"get on duckdb"}
    assert any("takes all rows of bed together" in str(v.reason) for v in verdicts)


# --- equal but for names --------------------------------------------------------------------------------------------


def of_two(first: str, second: str, folder: Path) -> list[Statements]:
    """The obligations of two views, each of a source and a peer of its own, on SQLite."""
    path = folder / "two.bxc"
    source = "source T{0} at {0} {{\n  id int primary key\n  word text\n}}\n"
    peer = f"peer {{0}}\n{source}view V{{0}} from T{{0}} {{{{\n  {{1}}\n  keep id, word\n}}}}\n"
    path.write_text(f"spec two version 1\n{peer.format('Pa', first)}{peer.format('Pb', second)}", encoding="utf-8")
    plan = check(path, proving=None).plan
    assert plan is not None
    return [o for o in statement_obligations(plan) if o.engine == "sqlite"]


def test_views_that_are_equal_but_for_names_are_proved_once_and_told_each_by_its_name(tmp_path: Path) -> None:
    one, two = of_two("where id > 3", "where id > 3", tmp_path)
    assert one.key != two.key
    assert one.alike(Limits()) == two.alike(Limits())
    assert {v.subject for v in one.prove(Limits())} == {"view VPa"}
    told = two.prove(Limits())
    assert {v.subject for v in told} == {"view VPb"}
    alone = of_two("where id > 3", "where id > 3", tmp_path)[1]
    assert alone.prove(Limits()) == told


@pytest.mark.parametrize(
    ("first", "second"),
    [("where id > 3", "where id > 4"), ("where word = 'x'", "where word = 'VPb'"), ("where id > 3", "")],
)
def test_views_that_differ_in_more_than_names_are_proved_each_by_itself(
    first: str, second: str, tmp_path: Path
) -> None:
    one, two = of_two(first, second, tmp_path)
    assert one.alike(Limits()) != two.alike(Limits())


def test_a_name_that_is_a_constant_too_is_no_mere_name(tmp_path: Path) -> None:
    for obligation in of_two("where word = 'VPa'", "where word = 'VPb'", tmp_path):
        assert obligation.alike(Limits()) is None
