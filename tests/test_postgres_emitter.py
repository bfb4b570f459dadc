"""What PostgreSQL has and the other engines have not: roles, transactions side by side, statements as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgres_server import a_server

from bxc.compile import artifacts, check

SPECS = Path(__file__).parents[1] / "specs"
Connection = psycopg.Connection[tuple[Any, ...]]


class Site:
    """A peer's database, installed from the emitted files; ``files`` by name."""

    def __init__(self, path: Path, peer: str, conninfo: str) -> None:
        checked = check(path, proving=None)
        assert checked.plan is not None, checked.diagnostics
        prefix = f"{peer}/postgres/"
        files = artifacts(checked, ("postgres",), (peer,), compiled=None)
        self.files = {f.path.removeprefix(prefix): f.text for f in files if f.path.startswith(prefix)}
        plan = next(p for p in checked.plan.peers if p.peer == peer)
        self.conninfo = conninfo
        self.install_order = ["schema.sql", *(f"{view.name}.sql" for view in plan.views)]
        self.connection = self.connect()
        self.install()

    def connect(self) -> Connection:
        return psycopg.connect(self.conninfo, autocommit=True)

    def install(self) -> None:
        for name in self.install_order:
            self.run(self.files[name])

    def run(self, sql: str) -> None:
        self.connection.execute(sql.encode())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql.encode()).fetchall()

    def put(self, view: str, *delta: str) -> None:
        """Stages rows of a delta, puts them and clears staging, in one transaction."""
        with self.connection.transaction():
            for row in delta:
                self.run(f'insert into "bxc_delta_{view}" values ({row})')
            self.run(self.files[f"{view}.put_delta.sql"])
            self.run(f'delete from "bxc_delta_{view}"')

    def refused(self, sql: str, connection: Connection | None = None) -> str:
        """The SQLSTATE with which a statement is refused."""
        with pytest.raises(psycopg.Error) as caught:
            (connection or self.connection).execute(sql.encode())
        assert caught.value.sqlstate is not None
        return caught.value.sqlstate


@pytest.fixture
def conninfo() -> Iterator[str]:
    server = a_server()
    name = server.borrow()
    yield server.conninfo(name)
    server.give_back(name)


@pytest.fixture
def patient(conninfo: str) -> Iterator[Site]:
    site = Site(SPECS / "medical.bxc", "Patient", conninfo)
    site.run("update bxc_session set loading = true")
    site.run(
        "insert into \"D1\" values (188, 'Ibuprofen', 'CliD1', 'Sapporo', 'one'), (189, 'Wellbutrin', 'C', 'O', 'two')"
    )
    site.run("update bxc_session set loading = false")
    site.run('delete from "bxc_change_D1"')
    yield site
    site.connection.close()


@pytest.fixture
def doctor(conninfo: str) -> Iterator[Site]:
    site = Site(SPECS / "medical.bxc", "Doctor", conninfo)
    site.run("update bxc_session set loading = true")
    site.run(
        "insert into \"D3\" values (188, 'Ibuprofen', 'CliD1', 'MeA1', 'one'), (189, 'Wellbutrin', 'C', 'MeA2', 'two')"
    )
    site.run("update bxc_session set loading = false")
    site.run('delete from "bxc_change_D3"')
    yield site
    site.connection.close()


def of(spec: str, conninfo: str, folder: Path) -> Site:
    """The database of peer P of a spec."""
    path = folder / "x.bxc"
    path.write_text(f"spec x version 1\npeer P\n{spec}", encoding="utf-8")
    return Site(path, "P", conninfo)


CATALOG = """
select relname, relkind, relacl::text, reloptions::text from pg_class where relnamespace = 'public'::regnamespace
union all
select proname, 'f', pg_get_functiondef(oid), proacl::text from pg_proc where pronamespace = 'public'::regnamespace
union all
select tgname, 't', pg_get_triggerdef(oid), null from pg_trigger where not tgisinternal
union all
select conname, 'c', pg_get_constraintdef(oid), null from pg_constraint where connamespace = 'public'::regnamespace
order by 1, 2, 3"""


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.bxc")), ids=lambda path: path.stem)
def test_installing_again_changes_nothing(path: Path, conninfo: str) -> None:
    plan = check(path, proving=None).plan
    if plan is None:
        return
    for peer in plan.peers:
        site = Site(path, peer.peer, conninfo)
        before = site.rows(CATALOG)
        site.install()
        assert site.rows(CATALOG) == before
        site.run("drop schema public cascade; create schema public")
        site.connection.close()


def test_a_refusal_is_an_error_whose_text_and_state_are_the_code(patient: Site) -> None:
    with pytest.raises(psycopg.Error, match=r"^BXC18 D13: .* see bxc_violations_D13") as caught:
        patient.put("D13", "'update', 7, 7, 'a', 'b', 'c'")
    assert caught.value.sqlstate == "BXC18"


# --- edits of a view --------------------------------------------------------------------------------------------------


def test_a_plain_view_is_edited_by_postgresql_itself_and_a_grouped_one_by_a_trigger(
    doctor: Site, patient: Site
) -> None:
    updatable = "select is_updatable, check_option from information_schema.views where table_name = '{}'"
    assert patient.rows(updatable.format("D13")) == [("YES", "CASCADED")]
    assert doctor.rows(updatable.format("D32")) == [("NO", "NONE")]
    assert patient.refused('update "D13" set patient_id = 190') == "44000"


def test_an_editor_may_write_the_columns_that_the_shares_grant(patient: Site) -> None:
    editor = patient.connect()
    editor.execute('set role "bxc_medical_Patient"')
    editor.execute("update \"D13\" set clinical_data = 'new'")
    assert patient.refused("update \"D13\" set dosage = 'three'", editor) == "42501"
    assert patient.refused("insert into \"D13\" values (188, 'a', 'b', 'c')", editor) == "42501"
    assert patient.refused('delete from "D13"', editor) == "42501"
    assert patient.refused('select * from "D1"', editor) == "42501"
    assert patient.refused('select * from "bxc_change_D1"', editor) == "42501"
    assert patient.refused(patient.files["D13.put_delta.sql"], editor) == "42501"
    assert patient.rows('select bxc_op, clinical_data from "bxc_change_D1"') == [("update", "new")]
    editor.close()


def test_an_editor_sees_no_row_that_the_view_hides(patient: Site) -> None:
    editor = patient.connect()
    seen: list[str] = []
    editor.add_notice_handler(lambda notice: seen.append(str(notice.message_primary)))
    editor.execute('set role "bxc_medical_Patient"')
    editor.execute(
        "create function pg_temp.tell(text) returns boolean language plpgsql cost 0.0001 as "
        "$$ begin raise notice 'saw %', $1; return true; end $$"
    )
    editor.execute('select * from "D13" where pg_temp.tell(medication_name)')
    assert seen == ["saw Ibuprofen"]
    editor.close()


def test_rights_that_come_and_go_are_granted_and_revoked(patient: Site) -> None:
    editor = patient.connect()
    editor.execute('set role "bxc_medical_Patient"')
    asked = "where share = 'clinical' and operation = 'update' and attribute = 'dosage'"
    patient.run(f"update bxc_rights set granted = true {asked}")
    editor.execute("update \"D13\" set dosage = 'three'")
    patient.run(f"update bxc_rights set granted = false {asked}")
    assert patient.refused("update \"D13\" set dosage = 'four'", editor) == "42501"
    editor.close()


def test_an_editor_edits_a_view_behind_which_is_a_trigger(doctor: Site) -> None:
    editor = doctor.connect()
    editor.execute('set role "bxc_medical_Doctor"')
    editor.execute("update \"D31\" set dosage = 'half'")
    assert doctor.rows('select dosage, mechanism_of_action from "D3" where patient_id = 188') == [("half", "MeA1")]
    assert doctor.refused("update \"D32\" set mechanism_of_action = 'x'", editor) == "42501"
    editor.close()


def test_a_statement_edits_many_rows_of_a_view_behind_which_is_a_trigger(conninfo: str, tmp_path: Path) -> None:
    site = of(
        "source S at P {\n  id int primary key\n  k int not null\n  a int not null\n  determines k -> a\n}\n"
        "view G from S {\n  keep k, a default id = fresh\n  on delete delete\n}\n",
        conninfo,
        tmp_path,
    )
    site.run('insert into "G" (k, a) select n, 10 * n from generate_series(1, 5) as n')
    site.run('insert into "S" values (100, 5, 50)')
    site.run('update "G" set a = a + 1 where k > 2; delete from "G" where k = 1; update "G" set k = 9 where k = 5')
    assert site.rows('select * from "S" order by id') == [(2, 2, 20), (3, 3, 31), (4, 4, 41), (5, 9, 51), (100, 9, 51)]
    assert site.rows('select distinct bxc_via from "bxc_change_S" order by 1') == [("G",), (None,)]
    assert site.refused('insert into "G" (k, a) values (9, 1)') == "BXC10"


def test_the_owner_too_is_refused_an_edit_of_a_source_without_the_right(patient: Site) -> None:
    assert patient.refused("update \"D1\" set dosage = 'three'") == "BXC13"
    patient.run("update \"D1\" set dosage = 'three' where patient_id = 189")
    patient.run("update \"D1\" set address = 'Kyoto'")
    assert patient.rows('select count(*) from "bxc_change_D1"') == [(3,)]


# --- statements and transactions --------------------------------------------------------------------------------------

PLAIN = """
source S at P {
  id int primary key
  code text unique
  parent int references S(id)
  note text not null default ''
}
view V from S { keep id, code, parent, note }
"""


def test_a_statement_that_moves_all_keys_is_captured_row_by_row(conninfo: str, tmp_path: Path) -> None:
    site = of(PLAIN.replace("references S(id)", ""), conninfo, tmp_path)
    site.run("insert into \"S\" select n, 'c' || n, null, 'n' from generate_series(1, 200) as n")
    site.run('delete from "bxc_change_S"')
    site.run('update "S" set id = id + 1000')
    paired = "bool_and(id = bxc_old_id + 1000 and code = bxc_old_code)"
    moved = f'select count(*), count(distinct bxc_seq), {paired} from "bxc_change_S"'
    assert site.rows(moved) == [(200, 1, True)]
    changes = site.rows(site.files["V.changes.sql"])
    assert len(changes) == 200
    assert {(row[0], row[2] - row[1]) for row in changes} == {("update", 1000)}


def test_a_statement_that_empties_a_table_is_captured(conninfo: str, tmp_path: Path) -> None:
    site = of(PLAIN, conninfo, tmp_path)
    site.run("insert into \"S\" values (1, 'a', null), (2, 'b', 1)")
    site.run('delete from "bxc_change_S"; truncate "S"')
    assert site.rows('select bxc_op, bxc_old_id from "bxc_change_S" order by 2') == [("delete", 1), ("delete", 2)]


def test_an_update_that_changes_nothing_is_not_captured(conninfo: str, tmp_path: Path) -> None:
    site = of(PLAIN, conninfo, tmp_path)
    site.run('insert into "S" values (1, \'a\', null); delete from "bxc_change_S"; update "S" set note = note')
    assert site.rows('select * from "bxc_change_S"') == []


def test_rows_swap_keys_and_unique_values_while_others_refer_to_them(conninfo: str, tmp_path: Path) -> None:
    site = of(PLAIN, conninfo, tmp_path)
    site.run("insert into \"S\" values (1, 'a', null), (2, 'b', 1), (3, 'c', 3)")
    site.put("V", "'update', 1, 2, 'b', null, 'x'", "'update', 2, 1, 'a', 2, 'y'")
    assert site.rows('select * from "S" order by id') == [(1, "a", 2, "y"), (2, "b", None, "x"), (3, "c", 3, "")]
    site.put("V", "'delete', 3, null, null, null, null")
    assert site.rows('select id from "S" order by id') == [(1,), (2,)]


def test_tables_may_refer_to_each_other_in_a_circle(conninfo: str, tmp_path: Path) -> None:
    spec = "source {} at P {{\n  id int primary key\n  other int references {}(id)\n}}\n"
    site = of(f"{spec.format('A', 'B')}{spec.format('B', 'A')}view V from A {{ keep id, other }}\n", conninfo, tmp_path)
    kinds = "select conrelid::regclass::text, condeferrable from pg_constraint where contype = 'f' order by 1"
    assert site.rows(kinds) == [('"A"', True), ('"B"', True)]
    site.install()
    assert len(site.rows(kinds)) == 2


def test_a_put_waits_for_other_writers_and_they_for_it(patient: Site) -> None:
    other = patient.connect()
    other.execute("set lock_timeout = '50ms'")
    with patient.connection.transaction():
        patient.run("insert into \"bxc_delta_D13\" values ('update', 188, 188, 'Ibuprofen', 'x', 'one')")
        patient.run(patient.files["D13.put_delta.sql"])
        assert patient.refused("update \"D1\" set address = 'Kyoto'", other) == "55P03"
        assert other.execute('select count(*) from "D13"').fetchall() == [(1,)]
    other.execute("update \"D1\" set address = 'Kyoto'")
    other.close()


def test_objects_of_other_schemas_stand_in_for_nothing(patient: Site) -> None:
    patient.run(
        'create schema evil; create table evil."D1" (like public."D1"); create table evil.bxc_session (x int);'
        "create function evil.lower(text) returns text language sql as 'select null::text';"
        'create temporary table "D1" (like public."D1"); set search_path = evil, public'
    )
    patient.run("insert into public.\"bxc_delta_D13\" values ('update', 188, 188, 'Ibuprofen', 'evil?', 'one')")
    patient.run(patient.files["D13.put_delta.sql"])
    assert patient.rows('select clinical_data from public."D1" where patient_id = 188') == [("evil?",)]
    assert patient.rows('select * from evil."D1"') == []


def test_each_function_has_a_search_path_and_only_triggers_run_as_their_owner(doctor: Site) -> None:
    functions = doctor.rows(
        "select proname, prosecdef, prorettype::regtype::text, proconfig from pg_proc "
        "where pronamespace = 'public'::regnamespace"
    )
    assert functions
    for name, as_owner, returns, settings in functions:
        assert "search_path=pg_catalog, pg_temp" in settings, name
        assert not as_owner or (returns == "trigger" and re.match(r"bxc_(capture|edit)_", name)), name


def test_texts_are_compared_by_code_points(conninfo: str, tmp_path: Path) -> None:
    site = of(PLAIN, conninfo, tmp_path)
    collations = "select distinct collation_name from information_schema.columns where table_schema = 'public' and {}"
    for table in ("S", "bxc_new_V", "bxc_delta_V", "bxc_change_S"):
        wanted = f"table_name = '{table}' and data_type = 'text' and column_name not in ('bxc_op', 'bxc_via')"
        assert site.rows(collations.format(wanted)) == [("C",)]
