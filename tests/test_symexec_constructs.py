"""Each construct of the emitted SQL over symbolic rows means, under any values, what it means to the engine."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import duckdb
import pytest
from symexec.symbols import Under, random_values, symbolic_row, terms, with_symbols

from bxc.laws.solver import Model, Solver
from bxc.laws.term import FALSE, TRUE, any_, arena, or_
from bxc.validate.database import Database
from bxc.validate.run import query, run
from bxc.validate.unsupported import Unsupported

SCHEMA = {
    "sqlite": "create table t (k integer not null, a integer, b text) strict; "
    "create table u (k integer not null, a integer, b text) strict",
    "duckdb": "create table t (k bigint not null, a bigint, b varchar); "
    "create table u (k bigint not null, a bigint, b varchar)",
}
BOTH = [
    "select * from t where a = 1 or b is null",
    "select k, a + k * 2 - 1 as s from t where not a > k",
    "select case when a is null then 'x' when a = k then b else 'y' end as c from t",
    "select case a when 0 then 'zero' when 1 then b end as c from t",
    "select coalesce(b, 'none') as c, a between 0 and 1 as d from t",
    "select t.k, u.b from t join u on u.k = t.k and u.a <> t.a",
    "select t.k, u.b from t left join u on u.k = t.k",
    "select t.k, u.k as m from t full join u on u.k = t.k where t.k is null or u.k is null or t.b <> u.b",
    "select t.k, u.k as m from t cross join u",
    "select distinct a, b from t",
    "select a from t union all select a from u",
    "select a, b from t union select a, b from u",
    "select a, count(*) as n, count(b) as m, min(b) as x, max(k) as y from t group by a",
    "select a from t group by a having count(*) > 1",
    "select count(*) as n, min(a) as m from t where k > 0",
    "select k from t where exists (select 1 from u where u.k = t.k and u.b = t.b)",
    "select k from t where a in (select a from u)",
    "select k from t where a not in (select a from u)",
    "select k, (select max(u.a) from u where u.k = t.k) as m from t",
    "select k, row_number() over (partition by a order by k) as n from t where k in (0, 1)",
    "select k, count(*) over (partition by b) as n from t",
    "with c as materialized (select k, a from t where a > 0), d (x) as (select k from c) select * from c, d".replace(
        "c, d", "c cross join d"
    ),
    "select x.k from (select k, b from t where b <> 'a') as x where x.k = 1",
]
SQLITE = [
    "select k from t where (a, b) is not (k, 'a')",
    "select k from t where (a, b) in (select a, b from u)",
    "select k, a is 1 as i, b is null as j, a is not true as l, iif(a, 'y', 'n') as m from t",
    "select k from t where a and not b is 'a'",
    "select (select count(*) from t) - (select count(*) from u) as d, max(2, null) as m",
    "select k from t where +a = 1 and likelihood(b = 'a', 0.5)",
    "select column1, column2 from (values (1, 'a'), (2, null)) where column1 > 1",
]
DUCKDB = [
    "select k from t where a is distinct from k and (b is not distinct from 'a')",
    "select t.* from t semi join u on u.k = t.k",
    "select t.* from t anti join u on u.k = t.k and u.b = t.b",
    "select a, bool_or(b = 'a') as x from t group by all",
    "select k from t qualify row_number() over (partition by a order by k desc) = 1",
    "select k + 1 as n, n * 2 as m from t",
    "select k, try(cast(a as hugeint) + 9223372036854775807) as x from t",
    "select greatest(max(a), 0) as g, max(k) % 2 as r from t where starts_with(b, 'a')",
    "select k from t where cast(a as decimal(5, 2)) > 0.50",
]


def engine_rows(engine: str, content: dict[str, Counter[Any]], text: str) -> Counter[tuple[Any, ...]]:
    """The rows of a query in the real engine."""
    connection: Any = sqlite3.connect(":memory:") if engine == "sqlite" else duckdb.connect(":memory:")
    for statement in SCHEMA[engine].split(";"):
        connection.execute(statement)
    for table, rows in content.items():
        for row in rows.elements():
            connection.execute(f"insert into {table} values (?, ?, ?)", row)
    found = Counter(tuple(row) for row in connection.execute(text).fetchall())
    connection.close()
    return found


def symbolic(engine: str) -> Database:
    database = run(Database(engine), SCHEMA[engine]).database
    return with_symbols(with_symbols(database, "t", 2), "u", 2)


CASES = [("sqlite", q) for q in BOTH + SQLITE] + [("duckdb", q) for q in BOTH + DUCKDB]


@pytest.mark.parametrize(("engine", "text"), CASES)
def test_a_query_over_symbolic_rows_gives_what_the_engine_gives_under_any_values(engine: str, text: str) -> None:
    random = Random(text)
    with arena():
        database = symbolic(engine)
        asked = terms([*database.content("t"), *database.content("u")])
        relation = query(database, text)
        for _ in range(12):
            under = Under(random_values(asked, random))
            content = under.content(database)
            if "over" in text and any(len(rows) < rows.total() for rows in content.values()):
                continue  # equal rows: their numbers are open
            mine = Counter(under.rows(relation.rows))
            assert mine == engine_rows(engine, content, text), content


@pytest.mark.parametrize(("engine", "text"), CASES)
def test_a_model_of_a_query_giving_a_row_makes_the_engine_give_one(engine: str, text: str) -> None:
    with arena():
        database = symbolic(engine)
        relation = query(database, text)
        found = Solver().ask(any_(present for present, _ in relation.rows))
        assert isinstance(found, Model)
        asked = terms([*database.content("t"), *database.content("u")])
        values = random_values(asked, Random(1)) | found.values
        under = Under(values)
        mine = Counter(under.rows(relation.rows))
        assert mine
        assert mine == engine_rows(engine, under.content(database), text)


@pytest.mark.parametrize(
    "text", ["select a from nowhere", "select nothing from t", "select k from t join u on t.a = u.a"]
)
def test_what_the_engine_refuses_outright_is_an_error(text: str) -> None:
    result = run(symbolic("sqlite"), text)
    assert result.accepted is FALSE
    assert set(result.refused) == {"error"}


def test_what_is_not_known_is_refused() -> None:
    database = symbolic("sqlite")
    for text in (
        "select soundex(b) from t",
        "select a from t order by a",
        "select a from t limit 2",
        "select sum(a) from t",
        "select a from t where b = 1",
        "select a from t except select a from u",
        "select a from t group by 1",
        "insert into t (k) values (1) returning k",
        "update t set a = 1 order by k limit 1",
        "insert or replace into t (k) values (1)",
        "create temp view x as select 1 as y; select rank() over () from x",
        "pragma foreign_keys = off",
    ):
        with pytest.raises(Unsupported):
            run(database, text)


REFUSALS = [
    ("sqlite", "create table p (k integer primary key, a text not null check (a <> 'b')) strict", "p"),
    ("duckdb", "create table p (k bigint primary key, a varchar not null check (a <> 'b'))", "p"),
]


@pytest.mark.parametrize(("engine", "schema", "table"), REFUSALS)
def test_an_insert_is_refused_exactly_where_the_engine_refuses_it(engine: str, schema: str, table: str) -> None:
    random = Random(3)
    source = SCHEMA[engine].split(";")[0]
    connect: Callable[[], Any] = (
        (lambda: sqlite3.connect(":memory:")) if engine == "sqlite" else (lambda: duckdb.connect(":memory:"))
    )
    with arena():
        database = run(Database(engine), f"{schema}; {source}").database
        there = [symbolic_row(database, table, "p0")]
        database = with_symbols(database.with_rows(table, there), "t", 2)
        result = run(database, f"insert into {table} (k, a) select k, b from t")
        asked = terms([*database.content(table), *database.content("t")])
        refused = or_(*result.refused.values())
        seen = set()
        for _ in range(60):
            under = Under(random_values(asked, random))
            before = under.content(database)
            if any(row[1] in (None, "b") or row[0] is None for row in before[table]):
                continue  # not legal
            connection = connect()
            connection.execute(schema)
            connection.execute(source)
            for name, rows in before.items():
                for row in rows.elements():
                    connection.execute(f"insert into {name} values ({', '.join('?' * len(row))})", row)
            try:
                connection.execute(f"insert into {table} (k, a) select k, b from t")
                assert not under.holds(refused), before
                after = Counter(tuple(row) for row in connection.execute(f"select * from {table}").fetchall())
                assert Counter(under.rows(result.database.content(table))) == after
                seen.add(True)
            except (sqlite3.IntegrityError, duckdb.ConstraintException):
                assert under.holds(refused), before
                seen.add(False)
            connection.close()
        assert seen == {True, False}


def test_a_statement_behind_a_refusal_is_not_reached() -> None:
    with arena():
        database = with_symbols(run(Database("duckdb"), SCHEMA["duckdb"]).database, "t", 1)
        script = (
            "select case when max(a) = 1 then error('BXC12 x') end from t; "
            "select case when max(a) = 1 then error('BXC17 y') when max(a) = 2 then error('BXC17 y') end from t"
        )
        result = run(database, script)
        assert set(result.refused) == {"BXC12", "BXC17"}
        solver = Solver()
        assert solver.proves(any_([result.accepted, *result.refused.values()])) is True
        assert isinstance(solver.ask(result.refused["BXC17"]), Model)
        assert not isinstance(solver.ask(result.refused["BXC17"], result.refused["BXC12"]), Model)
        assert result.doubt is FALSE


def test_a_trigger_runs_for_each_row_under_the_condition_that_it_is_there() -> None:
    script = """
create table log (n integer primary key, k integer, op text) strict;
create view w as select k, a from t;
create trigger at_t after insert on t when new.a is not null
begin
  insert into log (k, op) values (new.k, 'in');
end;
create trigger at_w instead of insert on w
begin
  select raise(abort, 'BXC12 k') where new.k = 2;
  insert into t (k, a) values (new.k, new.a);
  update t set b = 'seen' where t.k = new.k and changes() = 1;
end;
"""
    with arena():
        installed = run(Database("sqlite"), SCHEMA["sqlite"] + ";" + script)
        assert installed.accepted is TRUE
        database = with_symbols(installed.database, "u", 2)
        result = run(database, "insert into w (k, a) select u.k, u.a from u")
        random = Random(5)
        codes = set()
        for _ in range(30):
            under = Under(random_values(terms(database.content("u")), random))
            before = under.content(database)
            connection = sqlite3.connect(":memory:", isolation_level=None)
            connection.executescript(SCHEMA["sqlite"] + ";" + script)
            for row in before["u"].elements():
                connection.execute("insert into u values (?, ?, ?)", row)
            try:
                connection.execute("insert into w (k, a) select u.k, u.a from u")
            except sqlite3.IntegrityError as error:
                codes.add(str(error)[:5])
                assert under.holds(result.refused["BXC12"])
                continue
            assert under.holds(result.accepted)
            assert Counter(under.rows(result.database.content("t"))) == Counter(
                connection.execute("select * from t").fetchall()
            )
            mine = Counter(row[1:] for row in under.rows(result.database.content("log")))
            assert mine == Counter(connection.execute("select k, op from log").fetchall())
        assert codes == {"BXC12"}


@pytest.mark.parametrize(("engine", "kind"), [("sqlite", " strict"), ("duckdb", "")])
def test_a_table_made_of_a_query_takes_rows_that_the_table_behind_it_would_not(engine: str, kind: str) -> None:
    text = (
        f"create table t (k integer primary key, a integer unique){kind}; insert into t values (1, 1); "
        "create table u as select * from t; insert into u values (1, 2), (2, 1); select k, a from u;"
    )
    result = run(Database(engine), text)
    assert result.accepted is TRUE
    rows = query(result.database, "select k, a from u").rows
    assert [tuple(cell.term.data for cell in cells) for present, cells in rows if present is TRUE] == [
        (1, 1),
        (1, 2),
        (2, 1),
    ]
    joined = query(result.database, "select x.a from t join u as x on x.k = t.k").rows
    assert sum(present is TRUE for present, _ in joined) == 2
