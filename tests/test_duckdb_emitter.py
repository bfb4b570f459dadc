"""What the emitted files do in DuckDB beyond the laws: what a refusal leaves, odd names, capture, overflows, plans."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bxc.codegen.sql.duckdb import emit
from bxc.codegen.sql.files import capture_path, view_path
from bxc.compile import check

SPEC = """spec ward version 1
peer Ward
source Treatment at Ward {
  patient   int           primary key
  bed       int           unique
  medicine  text          not null
  dose      decimal(8,2)  not null
  open      bool          not null default true
  note      text
  check dose: (dose >= 0)
}
source Visit at Ward {
  id       int  primary key
  patient  int  not null references Treatment(patient)
}
view Current from Treatment {
  where open
  keep patient, bed, medicine, dose
}
"""
CONTENT = [(1, 10, "a", 1, True, "one"), (2, 20, "b", 2, True, None), (3, None, "c", 3, False, "hidden")]


class Site:
    """A database in memory with the files of a spec's only peer installed."""

    def __init__(self, path: Path, spec: str = SPEC) -> None:
        path.joinpath("test.bxc").write_text(spec, encoding="utf-8")
        checked = check(path / "test.bxc", proving=None)
        assert checked.plan is not None, checked.diagnostics
        (peer,) = checked.plan.peers
        self.files = {file.path: file.text for file in emit(peer, "test", 1)}
        self.views = [view.name for view in peer.views]
        self.sources = [source.name for source in peer.sources]
        self.connection = duckdb.connect(":memory:", config={"threads": 1})
        self.install()

    def install(self) -> None:
        self.connection.execute(self.files["schema.sql"])
        for view in self.views:
            self.connection.execute(self.files[view_path(view)])

    def fill(self, source: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Rows that are no news."""
        marks = ", ".join("?" * len(rows[0]))
        self.connection.executemany(f'insert into "{source}" values ({marks})', rows)
        self.capture()
        for name in self.sources:
            self.connection.execute(f'delete from "bxc_change_{name}"')

    def capture(self) -> None:
        for name in self.sources:
            self.connection.execute(self.files[capture_path(name)])

    def stage(self, view: str, *rows: tuple[object, ...]) -> None:
        table = f'"bxc_delta_{view}"'
        self.connection.execute(f"delete from {table}")
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"insert into {table} values ({marks})", rows)

    def put(self, view: str, *rows: tuple[object, ...]) -> None:
        """A delta put in a transaction of its own."""
        self.stage(view, *rows)
        self.run(view, "put_delta")

    def put_whole(self, view: str, *rows: tuple[object, ...]) -> None:
        table = f'"bxc_new_{view}"'
        self.connection.execute(f"delete from {table}")
        for row in rows:
            self.connection.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
        self.run(view, "put")

    def run(self, view: str, action: str) -> None:
        self.connection.execute("begin")
        try:
            self.connection.execute(self.files[view_path(view, action)])
        except duckdb.Error:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        if " " not in query:
            query = f'select * from "{query}"'
        return sorted(self.connection.execute(query).fetchall(), key=repr)

    def violations(self, view: str) -> set[tuple[object, ...]]:
        return set(self.rows(f'select bxc_code, bxc_staged from "bxc_violations_{view}"'))

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows of all tables but the temporary ones, and these by name."""
        tables = self.rows("select table_name from duckdb_tables() where not temporary")
        return {str(name): self.rows(f'select * from "{name}"') for (name,) in tables}

    def temporary(self) -> list[tuple[object, ...]]:
        return self.rows("select table_name from duckdb_tables() where temporary")

    def refused(self, code: str, put: Callable[[], None]) -> str:
        """A put's error; it begins with this code, which the violations view lists too as the lowest."""
        with pytest.raises(duckdb.InvalidInputException, match=f"^Invalid Input Error: {code} ") as caught:
            put()
        return str(caught.value)


@pytest.fixture
def ward(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.fill("Treatment", CONTENT)
    return site


# --- refusals -------------------------------------------------------------------------------------------------------

LEGAL = ("update", 1, 1, 10, "new", 5)
ILLEGAL = {
    "BXC10": ("insert", None, 2, None, "x", 0),
    "BXC11": ("insert", None, 3, None, "x", 0),
    "BXC16": ("insert", None, 9, None, None, 0),
    "BXC17": ("insert", None, 9, None, "x", -1),
    "BXC18": ("update", 9, 9, None, "x", 0),
}


@pytest.mark.parametrize("code", ILLEGAL)
def test_a_refused_put_leaves_every_table_as_it_was(ward: Site, code: str) -> None:
    ward.stage("Current", LEGAL, ILLEGAL[code])
    before = ward.everything()
    ward.refused(code, lambda: ward.run("Current", "put_delta"))
    assert ward.everything() == before
    assert ward.violations("Current") == {(code, "delta")}


def test_a_refusal_names_the_code_the_view_and_where_to_look(ward: Site) -> None:
    said = ward.refused("BXC18", lambda: ward.put("Current", ILLEGAL["BXC18"]))
    assert said.splitlines()[0] == (
        "Invalid Input Error: BXC18 Current: an update speaks of a key that no row has; see bxc_violations_Current"
    )


def test_the_lowest_code_is_raised_and_all_are_listed(ward: Site) -> None:
    ward.refused("BXC10", lambda: ward.put("Current", *reversed(ILLEGAL.values())))
    assert {code for code, _ in ward.violations("Current")} == set(ILLEGAL)


def test_temporary_tables_are_gone_after_a_put_and_in_nobodys_way_after_a_refused_one(ward: Site) -> None:
    ward.stage("Current", ILLEGAL["BXC17"])
    with pytest.raises(duckdb.Error):  # without a transaction the tables made so far stay
        ward.connection.execute(ward.files[view_path("Current", "put_delta")])
    assert ward.temporary()
    ward.put("Current", LEGAL)
    assert not ward.temporary()
    ward.put_whole("Current", (1, 10, "a", 1))
    assert not ward.temporary()
    assert [row[0] for row in ward.rows("Current")] == [1]


def test_nothing_is_written_before_the_guard_has_passed(ward: Site) -> None:
    ward.stage("Current", LEGAL, ILLEGAL["BXC17"])
    before = ward.everything()
    with pytest.raises(duckdb.Error):
        ward.connection.execute(ward.files[view_path("Current", "put_delta")])
    assert ward.everything() == before


def test_what_is_staged_twice_is_refused_as_a_whole_put_even_where_nothing_differs(ward: Site) -> None:
    content = ward.rows("Current")
    ward.refused("BXC10", lambda: ward.put_whole("Current", *content, content[0]))
    assert ward.violations("Current") == {("BXC10", "new")}
    ward.refused("BXC10", lambda: ward.put_whole("Current", *content, (None, None, "x", 1)))
    ward.put_whole("Current", *content)
    assert not ward.rows("bxc_change_Treatment")


# --- transactions and scripts ---------------------------------------------------------------------------------------


def test_files_hold_no_transaction_and_run_twice(ward: Site) -> None:
    ward.install()
    for name, text in ward.files.items():
        assert not re.search(r"^\s*(begin|commit|rollback)\b", text, re.MULTILINE | re.IGNORECASE), name
    assert len(ward.rows("Treatment")) == 3


def test_several_puts_go_into_one_transaction(ward: Site) -> None:
    run = ward.connection.execute
    run("begin")
    for number in range(3):
        run("delete from bxc_delta_Current")
        run("insert into bxc_delta_Current values ('update', 1, 1, 10, ?, ?)", [f"m{number}", number])
        run(ward.files[view_path("Current", "put_delta")])
    run("commit")
    assert ward.rows("Current")[0] == (1, 10, "m2", 2)
    ward.capture()
    changes = ward.connection.execute(ward.files[view_path("Current", "changes")]).fetchall()
    assert [row[:5] for row in changes] == [("update", 1, 1, 10, "m2")]


def test_capture_finds_the_edits_of_others_between_puts_and_no_puts_own(ward: Site) -> None:
    ward.put("Current", LEGAL, ("delete", 2, None, None, None, None))
    ward.connection.execute("update Treatment set note = 'mine' where patient = 3")
    ward.put("Current", ("insert", None, 7, None, "late", 1))
    ward.connection.execute("update Treatment set medicine = 'theirs' where patient = 7")
    ward.capture()
    logged = ward.rows("select bxc_op, bxc_via, coalesce(bxc_old_patient, patient) from bxc_change_Treatment")
    assert logged == [
        ("delete", "Current", 2),
        ("insert", "Current", 7),
        ("update", "Current", 1),
        ("update", None, 3),
        ("update", None, 7),
    ]
    assert not ward.rows("bxc_journal_Treatment")
    assert ward.rows("bxc_state_Treatment") == ward.rows("Treatment")
    ward.capture()
    assert len(ward.rows("bxc_change_Treatment")) == 5


# --- what moves -----------------------------------------------------------------------------------------------------


def test_keys_and_unique_values_swap(ward: Site) -> None:
    ward.put("Current", ("update", 1, 2, 20, "a", 1), ("update", 2, 1, 10, "b", 2))
    assert [row[:3] for row in ward.rows("Treatment")][:2] == [(1, 10, "b"), (2, 20, "a")]
    ward.put("Current", ("update", 1, 1, 20, "b", 2), ("update", 2, 2, 10, "a", 1))
    assert [row[:3] for row in ward.rows("Treatment")][:2] == [(1, 20, "b"), (2, 10, "a")]


def test_a_row_keeps_what_the_view_hides_when_its_key_changes(ward: Site) -> None:
    ward.put("Current", ("update", 1, 5, 10, "a", 1), ("delete", 2, None, None, None, None))
    assert (5, 10, "a", 1, True, "one") in ward.rows("Treatment")


def test_a_row_that_others_refer_to_keeps_its_key(ward: Site) -> None:
    ward.fill("Visit", [(1, 2)])
    ward.refused("BXC17", lambda: ward.put("Current", ("delete", 2, None, None, None, None)))
    ward.refused("BXC17", lambda: ward.put("Current", ("update", 2, 8, 20, "b", 2)))
    ward.put("Current", ("update", 2, 2, 20, "changed", 2), ("delete", 1, None, None, None, None))


REVIVE = """spec s version 1
peer P
source T at P {
  id      int   primary key
  grp     text  not null
  label   text
  active  bool  not null default true
  determines grp -> label
}
view V from T {
  where active
  drop label default null determined by grp
  drop active default true
  on delete set active = false
  on hidden revive
}
"""


def test_what_is_determined_follows_also_in_a_row_that_comes_back(tmp_path: Path) -> None:
    site = Site(tmp_path, REVIVE)
    site.fill("T", [(1, "a", "A", True), (2, "b", "B", False), (3, "c", "C", False)])
    site.put("V", ("insert", None, 2, "a"), ("insert", None, 3, "c"), ("insert", None, 4, "a"))
    assert site.rows("T") == [(1, "a", "A", True), (2, "a", "A", True), (3, "c", "C", True), (4, "a", "A", True)]


# --- sizes and names ------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_rows_are_put(tmp_path: Path) -> None:
    site = Site(tmp_path)
    run = site.connection.execute
    run("insert into Treatment select n, null, 'm', 1, true, 'kept' from range(150000) as r(n)")
    site.capture()
    run("delete from bxc_change_Treatment")
    run("insert into bxc_delta_Current select 'update', n, n, null, 'new', 2 from range(80000) as r(n)")
    run("insert into bxc_delta_Current select 'delete', n, null, null, null, null from range(80000, 90000) as r(n)")
    run("insert into bxc_delta_Current select 'insert', null, n, null, 'i', 3 from range(150000, 160000) as r(n)")
    site.run("Current", "put_delta")
    counts = "select medicine, note, count(*) from Treatment group by all"
    assert site.rows(counts) == [("i", None, 10000), ("m", "kept", 60000), ("new", "kept", 80000)]
    assert site.rows("select count(*) from bxc_change_Treatment") == [(100000,)]


def test_two_hundred_columns_are_put(tmp_path: Path) -> None:
    columns = [f"c{n}" for n in range(200)]
    declared = "\n".join(f"  {c}  text" for c in columns)
    spec = f"spec s version 1\npeer P\nsource T at P {{\n  id  int  primary key\n{declared}\n  seen  bool\n}}\n"
    site = Site(tmp_path, f"{spec}view V from T {{\n  keep id, {', '.join(columns)}\n}}\n")
    site.fill("T", [(1, *columns, True)])
    site.put("V", ("update", 1, 1, *["x"] * 200), ("insert", None, 2, *columns))
    assert site.rows("T") == [(1, *["x"] * 200, True), (2, *columns, None)]
    assert not site.violations("V")


ODD = """spec s version 1
peer P
source "select" at P {
  "from"       int   primary key
  "two words"  text  not null
  "it's"       int   unique
  "a and b"    int
  "x -- y; z"  text
  check "not, so": ("a and b" > 0 or "it's" is null)
}
view "order ""by"" it" from "select" {
  where "a and b" > 1
  keep "from", "two words", "it's", "a and b"
}
"""


def test_names_of_all_kinds_are_put(tmp_path: Path) -> None:
    site = Site(tmp_path, ODD)
    view = site.views[0]
    quoted = view.replace('"', '""')
    site.fill("select", [(1, "a", 1, 2, "hidden"), (2, "b", 2, 2, None), (3, "c", 3, 1, None)])
    site.stage(quoted, ("update", 1, 4, "new", 1, 5), ("delete", 2, None, None, None, None))
    site.run(view, "put_delta")
    assert site.rows("select") == [(3, "c", 3, 1, None), (4, "new", 1, 5, "hidden")]
    site.stage(quoted, ("insert", None, 3, "x", None, 1))
    site.refused("BXC11", lambda: site.run(view, "put_delta"))
    assert site.violations(quoted) == {
        ("BXC11", "delta"),
    }
    site.connection.execute(site.files[capture_path("select")])
    assert len(site.connection.execute(site.files[view_path(view, "changes")]).fetchall()) == 2


@pytest.mark.parametrize("key", ["id", "id, part"])
def test_a_column_may_bear_the_name_of_the_engines_row_number(tmp_path: Path, key: str) -> None:
    columns = "  id  int\n  part  int\n  RowId  int  unique\n  note  text\n"
    spec = f"spec s version 1\npeer P\nsource T at P {{\n{columns}  primary key ({key})\n}}\n"
    site = Site(tmp_path, spec + "view V from T {\n  keep id, part, RowId\n}\n")
    site.fill("T", [(1, 1, 20, "a"), (2, 1, 10, "b"), (3, 1, 30, "c")])
    nulls = key.count(",") * (None,)
    ones = key.count(",") * (1,)
    site.put("V", ("update", 1, *ones, 1, 1, 10), ("update", 2, *ones, 2, 1, 20), ("insert", None, *nulls, 4, 1, 1))
    assert site.rows("T") == [(1, 1, 10, "a"), (2, 1, 20, "b"), (3, 1, 30, "c"), (4, 1, 1, None)]
    site.refused("BXC17", lambda: site.put("V", ("update", 1, *ones, 1, 1, 30)))
    site.put("V", ("delete", 3, *ones, None, None, None))
    assert len(site.rows("T")) == 3


# --- values that fit no type ----------------------------------------------------------------------------------------

NUMBERS = """spec s version 1
peer P
source T at P {
  id     int            primary key
  a      int            not null
  b      int            not null
  price  decimal(9,2)   not null
  check small: (a between 0 and 1000000 and b between 0 and 1000000)
  check product: (a * b * 4 - a < 2000000000)
  check total: (price * 1.5 + 0.125 <= 1000000)
}
view V from T {
  where a * b + a < 1000000 and -price < 0
  keep id, a, b, price
  add product = a * b
  add cost = price * 2.5 + 0.125
}
"""
HUGE = 2**63 - 1


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("BXC12", (HUGE, HUGE, 1, 0, 0)),
        ("BXC15", (HUGE, -HUGE - 1, 1, 0, 0)),
        ("BXC15", (HUGE, -1, 1, 0, 0)),
        ("BXC15", (1, 1, 1, HUGE, 0)),
        ("BXC16", (1, 1, 10**20, 1, Decimal(10**20) * Decimal("2.5") + Decimal("0.125"))),
        ("BXC15", (1, 1, 10**35, 1, 0)),
        ("BXC12", (1, 1, -(10**35), 1, 0)),
        ("BXC17", (HUGE // 2**20, -(2**20), 1, -(HUGE // 2**20) * 2**20, Decimal("2.625"))),
        ("BXC10", (None, None, None, None, None)),
    ],
)
def test_what_exceeds_the_engines_numbers_is_refused_with_a_code(
    tmp_path: Path, code: str, values: tuple[object, ...]
) -> None:
    site = Site(tmp_path, NUMBERS)
    site.fill("T", [(1, 2, 3, 4)])
    key = None if code == "BXC10" else 1
    for operation, old, new in (("update", 1, key), ("insert", None, None if code == "BXC10" else 2)):
        site.stage("V", (operation, old, new, *values))
        lowest = min(str(code) for code, _ in site.violations("V"))
        site.refused(code, lambda: site.run("V", "put_delta"))
        assert lowest == code
    site.refused(code, lambda: site.put_whole("V", (key, *values)))


BOUNDED = """spec s version 1
peer P
source T at P {
  id  int   primary key
  b   int
  t   text
}
view V from T {
  where b between 0 and 100 and t = 'x' or b between 0 and 50 and t = 'y'
  where b * b > 50
  keep id, b, t
  add thrice = b * 3
}
"""


def test_rows_that_a_condition_hides_may_have_numbers_that_another_could_not_compute_with(tmp_path: Path) -> None:
    site = Site(tmp_path, BOUNDED)
    site.fill("T", [(1, HUGE, "y"), (2, 10, "x"), (3, -HUGE - 1, "x")])
    assert site.rows("V") == site.rows(site.files["V.get.sql"]) == [(2, 10, "x", 30)]
    site.refused("BXC11", lambda: site.put("V", ("insert", None, 1, 20, "x", 60)))
    site.put("V", ("update", 2, 2, 20, "x", 60), ("insert", None, 4, 30, "y", 90))
    site.put_whole("V", (2, 10, "x", 30))
    site.connection.execute("update T set b = 20 where id = 1")
    site.connection.execute(f"update T set b = {HUGE} where id = 2")
    site.capture()
    changes = {row[:3] for row in site.rows(site.files["V.changes.sql"])}
    assert changes == {("insert", None, 1), ("delete", 2, None)}


TYPES = """spec s version 1
peer P
source T at P {
  id    int  primary key
  d     date
  t     timestamp
  r     real
  v     varchar(3)
  e     enum('x', 'y')
  n     decimal(4,2)
  s     text
}
view V from T {
  keep id, d, t, r, v, e, n, s
}
"""


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("d", "date 'infinity'"),
        ("d", "date '-infinity'"),
        ("d", "date '10000-01-01'"),
        ("d", "date '0001-12-31 (BC)'"),
        ("t", "timestamp 'infinity'"),
        ("t", "timestamp '294247-01-10 04:00:54.775806'"),
        ("t", "timestamp '290309-12-22 (BC) 00:00:00'"),
        ("r", "'nan'::double"),
        ("r", "'-inf'::double"),
        ("v", "'four'"),
        ("v", "'a' || chr(0)"),
        ("e", "'z'"),
        ("n", "100"),
        ("n", "-99999999999999999999999999.99"),
        ("s", "chr(0)"),
    ],
)
def test_a_value_outside_its_type_is_refused_with_its_code(tmp_path: Path, column: str, text: str) -> None:
    site = Site(tmp_path, TYPES)
    site.connection.execute("insert into T (id) values (1)")
    site.connection.execute(
        f"insert into bxc_delta_V (bxc_op, bxc_old_id, id, {column}) values ('update', 1, 1, {text})"
    )
    site.connection.execute(f"insert into bxc_new_V (id, {column}) values (1, {text})")
    assert site.violations("V") == {("BXC16", "delta"), ("BXC16", "new")}
    site.refused("BXC16", lambda: site.run("V", "put_delta"))
    site.refused("BXC16", lambda: site.run("V", "put"))


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("d", "date '0001-01-01'"),
        ("d", "date '9999-12-31'"),
        ("t", "timestamp '9999-12-31 23:59:59.999999'"),
        ("r", "-1.7976931348623157e308"),
        ("v", "'äöü'"),
        ("n", "-99.99"),
        ("s", "'🙂'"),
    ],
)
def test_the_outermost_values_of_a_type_are_put(tmp_path: Path, column: str, text: str) -> None:
    site = Site(tmp_path, TYPES)
    site.connection.execute(f"insert into bxc_delta_V (bxc_op, id, {column}) values ('insert', 1, {text})")
    site.run("V", "put_delta")
    assert site.rows(f"select {column} = {text} from T") == [(True,)]


# --- plans ----------------------------------------------------------------------------------------------------------


def plans(site: Site, view: str, action: str) -> list[str]:
    """The plans of a script's statements, each with what it reads at its time."""
    found = []
    for statement in duckdb.extract_statements(site.files[view_path(view, action)]):
        if not statement.query.strip().startswith("drop"):
            explained = site.connection.execute(f"explain {statement.query}").fetchall()
            found.append("\n".join(str(row[1]) for row in explained))
        site.connection.execute(statement)
    return found


@pytest.mark.parametrize("action", ["put_delta", "put"])
def test_a_put_joins_by_hashed_keys_alone(ward: Site, action: str) -> None:
    for plan in plans(ward, "Current", action):
        assert not re.search(r"CROSS_PRODUCT|NESTED_LOOP|BLOCKWISE_NL|DELIM", plan), plan


def test_a_delta_put_reads_the_source_once_for_keys_and_once_for_each_unique_value(ward: Site) -> None:
    """The delete finds its rows by number, and reads none of their values."""
    reads = [plan.count("Table: Treatment") + plan.count(".Treatment ") for plan in plans(ward, "Current", "put_delta")]
    assert sum(reads[:4]) == 2, reads
