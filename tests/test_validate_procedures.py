"""PostgreSQL's own constructs: in the evaluator as on a server, or refused."""

# ruff: noqa: E501 - a case a line

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from postgres_server import a_server

from bxc.laws.term import FALSE, TRUE, arena
from bxc.validate.database import Database
from bxc.validate.ground import shown
from bxc.validate.run import run
from bxc.validate.script_postgres import check_names
from bxc.validate.unsupported import Unsupported

TABLES = """
create table if not exists public.t (
  a bigint not null, b text collate "C", n numeric(4, 1) check (n < 900), primary key (a), unique (b)
);
create table if not exists public.r (
  a bigint, foreign key (a) references public.t (a) deferrable
);
create table if not exists public."bxc_log" (bxc_op text, bxc_n bigint);
create sequence if not exists public."bxc_seq";
insert into public.t values (1, 'x', 1.5), (2, 'y', null), (3, null, 2);
insert into public.r values (1), (null);
"""
SAFE = "language plpgsql set search_path = pg_catalog, pg_temp"


def function(body: str, returns: str = "void", declared: str = "") -> str:
    block = f"{'declare ' + declared if declared else ''} begin {body} end"
    return f"create or replace function public.f() returns {returns} {SAFE} as $bxc$ {block} $bxc$;"


def log(query: str) -> str:
    return f'insert into public."bxc_log" (bxc_op, bxc_n) {query};'


def told(condition: str) -> str:
    return log(f"select case when {condition} then 'yes' when not ({condition}) then 'no' else 'unknown' end, 0")


CONFLICT = "on conflict (a) do update set b = excluded.b, n = excluded.n;"
BODIES = {
    "a row that is there is overwritten": f"insert into public.t as s (a, b, n) select 1, 'z', 3 {CONFLICT}",
    "no row is overwritten twice": f"insert into public.t as s (a, b) values (1, 'z'), (1, 'w') {CONFLICT}",
    "no new row is overwritten": f"insert into public.t as s (a, b) values (7, 'z'), (7, 'w') {CONFLICT}",
    "another key is no target": f"insert into public.t as s (a, b) values (7, 'x') {CONFLICT}",
    "an overwritten row keeps other keys": f"insert into public.t as s (a, b) values (3, 'x') {CONFLICT}",
    "a check is asked of what is not inserted": "insert into public.t as s (a, n) values (1, 950) on conflict (a) do nothing;",
    "nothing is done": "insert into public.t as s (a, b) values (1, 'q'), (8, 'q') on conflict (a) do nothing;",
    "not to whatever clashes": "insert into public.t (a, b) values (8, 'x') on conflict (a) do nothing;",
    "to whatever clashes": "insert into public.t (a, b) values (8, 'x'), (9, 'v') on conflict do nothing;",
    "rows leave before others come": f"""
        with gone as (delete from public.t as s where s.a = 2 returning 1)
        insert into public.t as s (a, b) select w.a, w.b from (values (5, 'y'), (2, 'u')) as w (a, b)
        where w.a > 0 and (select count(*) from gone) >= 0 {CONFLICT}""",
    "the query sees the rows that leave": f"""
        with gone as (delete from public.t as s where s.b = 'y' returning 1)
        insert into public.t as s (a, b) select s.a + 10, s.b from public.t as s
        where s.b = 'y' and (select count(*) from gone) >= 0 {CONFLICT}""",
    "references are asked when the statement ends": "delete from public.t as s where s.a = 1;",
    "a reference that is kept by the statement": f"""
        with gone as (delete from public.t as s where s.a = 1 returning 1)
        insert into public.t as s (a, b) select 1, 'k' where (select count(*) from gone) >= 0 {CONFLICT}""",
    "an update is seen by the next statement": f"update public.t set b = 'new' where a = 3; {log('select b, a from public.t')}",
    "digits are rounded away from zero": "insert into public.t (a, n) values (7, 1.25), (8, -1.25), (9, 1.24);",
    "too many digits": "insert into public.t (a, n) values (7, 999.96);",
    "too great a sum": f"{log('select null, s.a + 9223372036854775807 from public.t as s')}",
    "a sum of decimals has no end": told("cast(9223372036854775807 as numeric) + 1 > 9223372036854775807"),
    "arrays": told("array[cast(null as bigint)] = array[cast(null as bigint)]"),
    "null is not true": told("(cast(null as bigint) = 1) is true"),
    "unknown": told("cast(null as bigint) = 1"),
    "in with null": told("2 in (select r.a from public.r as r)"),
    "round": told("cast(1.25 as numeric) <> round(cast(1.25 as numeric), 1)"),
    "no number": told("cast(1.5 as numeric) <> 'NaN'"),
    "codes of letters": told("'Z' < 'a' and 'a' < 'é'"),
    "greatest leaves out null": log("select 'g', greatest(max(s.a), cast(null as bigint), 2) from public.t as s"),
    "distinct counts": log("select 'd', count(distinct s.n is null) from public.t as s"),
    "one of each": log("select distinct on (w.a) 'e', w.a from (values (1, 2), (1, 2), (3, 4)) as w (a, b)"),
    "lateral values": log("""
        select b.code, s.a from public.t as s
        cross join lateral (values ('one', s.a = 1), ('null', s.b is null)) as b (code, broken) where b.broken"""),
    "lateral query": log("select k.kind, s.a from public.t as s cross join lateral (select case when s.a > 1 then s.b end as kind) as k"),
    "full join": log("""
        select coalesce(x.b, w.b), coalesce(x.a, w.a) from public.t as x full join (values (2, 'v'), (9, 'w')) as w (a, b)
        on w.a = x.a"""),
    "a temporary table": f"""drop table if exists pg_temp.w;
        create temporary table w on commit drop as select s.a, s.b from public.t as s; {log("select b, a from w")}
        drop table if exists pg_temp.w; create temporary table w on commit drop as select 1 as a;""",
    "a temporary table twice": "create temporary table w on commit drop as select 1 as a; create temporary table w on commit drop as select 1 as a;",
    "no temporary table": log("select b, a from w"),
    "a table without its schema": log("select b, a from t"),
    "a number as a condition": "if (select count(*) from public.t as s) then delete from public.r; end if;",
    "a number that is no condition": log("select 'n', s.a from public.t as s where s.a and true"),
    "a number beside a condition": log("select 'n', s.a from public.t as s where s.a = (s.b is null)"),
    "a column that is not there": log("select s.c, s.a from public.t as s"),
    "an error with a code": "raise exception using errcode = 'BXC12', message = 'BXC12 v: no';",
    "an error with another code in its message": "raise exception using errcode = 'BXC12', message = 'v: BXC12';",
    "an error without a message": "raise exception using errcode = 'BXC12', message = case 'a' when 'b' then 'BXC12 v' end;",
    "an error in a branch": "if exists (select 1 from public.t as s where s.a = 9) then raise exception using errcode = 'BXC12', message = 'BXC12 v'; end if;",
    "unknown is not true": "if cast(null as boolean) then delete from public.r; elsif false then delete from public.r; else delete from public.r where a is null; end if;",
    "what comes back early": "if true then return; end if; delete from public.r;",
    "what comes back in a branch": "if exists (select 1 from public.t as s where s.a = 1) then return; end if; delete from public.r;",
}  # fmt: skip
VALUES = {
    "a variable": ("v bigint;", f"""v := (select max(s.a) from public.t as s) + 1; {log("select 'v', v")}"""),
    "a row into variables": ("v bigint; w text;", f"select s.a, s.b into v, w from public.t as s where s.a = 2; {log('select w, v')}"),
    "no row into a variable": ("v bigint;", f"""v := 5; select s.a into v from public.t as s where s.a = 9; if not found then {log("select 'none', v")} end if;"""),
    "a variable that is a column": ("a bigint;", f"""a := 5; {log("select 'a', a from public.t")}"""),
    "a number of a sequence": ("v bigint;", f"""v := nextval('public."bxc_seq"'); {log("select 'n', v")} v := nextval('public."bxc_seq"'); {log("select 'n', v")}"""),
    "found after a change": ("v bigint;", f"""delete from public.r where a = 77; if found then {log("select 'found', 1")} end if; update public.t set n = 1 where a = 2; if found then {log("select 'found', 2")} end if;"""),
}  # fmt: skip
SCRIPTS = [
    *((name, function(body)) for name, body in BODIES.items()),
    *((name, function(body, declared=declared)) for name, (declared, body) in VALUES.items()),
    ("a function that does not come back", function("delete from public.r;", "bigint")),
    (
        "a trigger",
        """create or replace function public.g() returns trigger language plpgsql
        set search_path = pg_catalog, pg_temp as $bxc$ begin
          if tg_op = 'DELETE' then insert into public."bxc_log" (bxc_op, bxc_n) select 'gone', o.a from was as o;
          end if; return null; end $bxc$;
        create or replace trigger c after delete on public.t referencing old table as was
        for each statement execute function public.g();"""
        + function("delete from public.t as s where s.a > 1; delete from public.t as s where s.a > 7;"),
    ),
]
CALL = "select public.f();"


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection]:
    found = a_server()
    name = found.borrow()
    with psycopg.connect(found.conninfo(name), autocommit=True) as connection:
        yield connection
    found.give_back(name)


def on_server(connection: psycopg.Connection, script: str) -> tuple[str | None, dict[str, Counter[object]]]:
    """How a call ends, and what the tables hold then."""
    connection.execute("begin")
    try:
        connection.execute((TABLES + script).encode())
        connection.execute("savepoint s")
        try:
            connection.execute(CALL)
            code = None
        except psycopg.IntegrityError:
            code = "constraint"
        except psycopg.Error as error:
            code = str(error)[:5] if str(error).startswith("BXC") else "error"
        if code is not None:
            connection.execute("rollback to s")
        tables = {name: Counter(connection.execute(f"select * from public.{name}").fetchall()) for name in ("t", "r", "bxc_log")}  # fmt: skip
        return code, tables  # type: ignore[return-value]
    finally:
        connection.execute("rollback")


@pytest.mark.parametrize(("name", "script"), SCRIPTS, ids=[name for name, _ in SCRIPTS])
def test_a_function_does_in_the_evaluator_what_it_does_on_a_server(
    server: psycopg.Connection, name: str, script: str
) -> None:
    wanted, tables = on_server(server, script)
    with arena():
        before = run(Database("postgres"), TABLES + script)
        assert before.accepted is TRUE
        result = run(before.database, CALL)
        assert result.doubt is FALSE
        (code,) = result.refused or (None,)
        assert code == wanted
        for table, rows in tables.items() if code is None else ():
            found = Counter(tuple(map(shown, cells)) for p, cells in result.database.content(table) if p is TRUE)
            assert found == rows, table
        assert not any(table.startswith("pg_temp.") for table in result.database.tables)


REFUSED = {
    "a loop": function("for i in 1..2 loop delete from public.r; end loop;"),
    "text that is executed": function("execute 'delete from public.r';"),
    "an exception that is caught": function("delete from public.r; exception when others then null;"),
    "rows of a deletion": function("with g as (delete from public.t returning 1) insert into public.r select count(*) from g;"),
    "rows that come before others leave": function("""with g as (delete from public.t returning 1)
        insert into public.r select 4 where true or (select count(*) from g) >= 0;"""),
    "other values of a deletion": function("""with g as (delete from public.t returning a)
        insert into public.r select 4 where (select count(*) from g) >= 0;"""),
    "what comes back of a change": function("delete from public.r returning a;"),
    "a window that is not known": function("insert into public.r select lag(s.a) over (order by s.a) from public.t as s;"),
    "a group by the name of an item": function("insert into public.r select s.a + 1 as m from public.t as s group by m;"),
    "a row as a value": function("insert into public.r select count(s) from public.t as s;"),
    "a column of the system": function("insert into public.r select count(s.ctid) from public.t as s;"),
    "another schema": function("insert into public.r select 1 from pg_catalog.pg_class;"),
    "an order": function("insert into public.r select s.a from public.t as s order by s.a limit 1;"),
    "a collation": function("insert into public.r select 1 from public.t as s where s.b < 'a' collate \"C\";"),
    "the catalogue": function("insert into public.r select count(*) from pg_class as c;"),
    "a query in what is overwritten": function(
        "insert into public.t as s (a) values (1) on conflict (a) do update set n = (select max(w.n) from public.t as w);"
    ),
    "an absolute value": function("insert into public.r select abs(s.a) from public.t as s;"),
    "a quotient": function("insert into public.r select s.a / 2 from public.t as s;"),
    "a pattern": function("insert into public.r select 1 from public.t as s where s.b like 'a%';"),
    "a table that may not be made": function(
        "if exists (select 1 from public.t as s where s.a = 1) then create table public.q (a bigint); end if;"
    ),
    "deferred constraints": function("set constraints all deferred;"),
    "another statement": function("truncate public.r;"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_is_refused(name: str) -> None:
    with arena(), pytest.raises(Unsupported):
        run(run(Database("postgres"), TABLES + REFUSED[name]).database, CALL)


HEADS = {
    "no search path": "create or replace function public.f() returns void language plpgsql as $$ begin end $$;",
    "another language": f"create or replace function public.f() returns void {SAFE.replace('plpgsql', 'sql')} as $$ $$;",
    "another property": f"create or replace function public.f() returns void {SAFE} strict as $$ begin end $$;",
    "a text of another order": "create table if not exists public.q (a text, primary key (a));",
    "a trigger for each row": f"{function('')} create or replace trigger c after delete on public.t for each row execute function public.f();",
    "a rule": "create rule r as on delete to public.t do nothing;",
    "a block": "do $$ begin delete from public.r; end $$;",
    "a block that makes more than a role": "do $$ begin create role x; drop table public.r; end $$;",
    "a block that calls": "do $$ begin if exists (select public.f()) then return; end if; create role x; end $$;",
    "a table that stays": function("create temporary table w as select 1 as a;"),
    "a view that asks others": "create or replace view public.v with (check_option = local) as select 1 as a;",
}


@pytest.mark.parametrize("name", HEADS)
def test_what_is_not_known_of_definitions_is_refused(name: str) -> None:
    with arena(), pytest.raises(Unsupported):
        run(run(Database("postgres"), TABLES + HEADS[name]).database, CALL)


def test_names_that_differ_in_case_are_two() -> None:
    check_names(['select s."A" from public."S" as s', 'create view public."V" as select v."A" from public."S" as v'])
    check_names(['select released from public."Released"', 'create table public.c (c text collate "C")'])
    for text in ('select a from public."S" where "A" = 1', 'select 1 from public."S", public.s', 'select "Ab", "aB"'):
        with pytest.raises(Unsupported):
            check_names([text])
