"""PostgreSQL databases, by psycopg. All names are of the schema `public`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bxc.database.catalog import Check, Column, ForeignKey, Table
from bxc.database.connection import ConstraintError, DatabaseError, RefusedError, Result, Row

CODE = re.compile(r"(BXC\d\d)[:\s]*(.*)", re.DOTALL)
BATCH = 10_000
PATIENCE = 10  # seconds to connect
OLDEST = 15
ACTIONS = {"c": "cascade", "n": "set null", "d": "set default", "r": "restrict"}
KINDS = {"r": "table", "p": "table", "v": "view", "m": "view", "i": "index", "S": "sequence", "f": "table"}
BY_CODE_POINT = ("C", "POSIX", "C.UTF-8", "C.utf8", "ucs_basic")

STRING = r"'(?:[^']|'')*'"
REWRITTEN = re.compile(
    rf"""
      '(?P<number>-?\d+(?:\.\d+)?)'::(?:smallint|integer|bigint|numeric|double\ precision)
    | (?P<text>{STRING})::(?:text|character\ varying)\b(?!\[)
    | {STRING}
    | (?P<list>=\ ANY|<>\ ALL)\ \((?P<cast>\()?ARRAY\[(?P<items>(?:{STRING}|[^\]'])*)\](?(cast)\)::[a-z ]+\[\])\)
    | ::(?P<type>character\ varying|timestamp\ without\ time\ zone|double\ precision)
    | \((?P<name>\w+|"(?:[^"]|"")*")\)::text
    """,
    re.VERBOSE,
)
SHORT = {"character varying": "varchar", "timestamp without time zone": "timestamp", "double precision": "double"}

RELATIONS = """
select c.relname, c.relkind::text,
  case c.relkind
    when 'v' then pg_get_viewdef(c.oid) || coalesce(array_to_string(c.reloptions, ','), '') || coalesce((
      select string_agg(pg_get_triggerdef(t.oid), ';' order by t.tgname)
      from pg_trigger as t where t.tgrelid = c.oid and not t.tgisinternal), '')
    when 'i' then pg_get_indexdef(c.oid)
    when 'S' then ''
    else (select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attnotnull::text, ','
        order by a.attnum)
      from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
  end
from pg_class as c
where c.relnamespace = 'public'::regnamespace
  and (c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') or c.relkind = 'i' and starts_with(c.relname, 'bxc_'))
order by c.oid"""

COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
  a.attgenerated <> '', a.attidentity <> '',
  case when l.collname = 'default' then (select datcollate from pg_database where datname = current_database())
    else l.collname end
from pg_class as c
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
left join pg_collation as l on l.oid = a.attcollation
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
order by c.oid, a.attnum"""

NAMES = """(
    select array_agg(a.attname::text order by p.place)
    from unnest({numbers}) with ordinality as p (number, place)
    join pg_attribute as a on a.attrelid = {table} and a.attnum = p.number)"""

CONSTRAINTS = f"""
select c.relname, k.contype::text, k.conname, pg_get_expr(k.conbin, k.conrelid),
  {NAMES.format(numbers="k.conkey", table="k.conrelid")},
  t.relname,
  {NAMES.format(numbers="k.confkey", table="k.confrelid")},
  k.confdeltype::text, k.confupdtype::text, k.convalidated, k.condeferrable
from pg_constraint as k
join pg_class as c on c.oid = k.conrelid
left join pg_class as t on t.oid = k.confrelid
where c.relnamespace = 'public'::regnamespace and k.contype in ('p', 'u', 'c', 'f') and k.conparentid = 0
order by c.oid, k.oid"""

UNIQUE_INDEXES = f"""
select c.relname, n.relname,
  case when i.indpred is null and i.indexprs is null
    then {NAMES.format(numbers="i.indkey::int2[]", table="c.oid")} end
from pg_index as i
join pg_class as c on c.oid = i.indrelid
join pg_class as n on n.oid = i.indexrelid
where c.relnamespace = 'public'::regnamespace and i.indisunique
  and not exists (select 1 from pg_constraint as k where k.conindid = i.indexrelid)
order by c.oid, n.oid"""


class PostgresDatabase:
    """A PostgreSQL database; transactions are the caller's."""

    engine = "postgres"

    def __init__(self, url: str, mode: str) -> None:
        with errors():
            patience = conninfo_to_dict(url).get("connect_timeout") or PATIENCE
            self.connection = psycopg.connect(url, autocommit=True, connect_timeout=int(patience))
            self.numbers = count(1)
            release = self.connection.info.server_version // 10_000
            if release < OLDEST:
                self.connection.close()
                raise DatabaseError(f"this is PostgreSQL {release}; bxc needs {OLDEST} or newer")
            self.connection.execute("set client_min_messages = warning")
            self.connection.execute("set search_path = public")
            self.connection.execute("set timezone = 'UTC'")
            self.connection.execute("set application_name = 'bxc'")
            if mode == "read":
                self.connection.execute("set default_transaction_read_only = on")

    def tables(self) -> dict[str, Table]:
        """See `Database`."""
        columns: dict[str, list[Column]] = {}
        notes: dict[str, list[str]] = {}
        for relation, name, type_, not_null, default, generated, identity, collation in self._all(COLUMNS):
            table = str(relation)
            columns.setdefault(table, []).append(
                Column(str(name), str(type_), not not_null, None if default is None else usual(str(default)))
            )
            noted = notes.setdefault(table, [])
            if generated:
                noted.append(f"{name} is a generated column")
            if identity:
                noted.append(f"{name} is an identity column")
            if collation is not None and collation not in BY_CODE_POINT:
                noted.append(f'{name} compares by the collation {collation}, not "C"')
        constraints: dict[str, list[Row]] = {}
        for relation, *constraint in self._all(CONSTRAINTS):
            constraints.setdefault(str(relation), []).append(tuple(constraint))
        uniques: dict[str, list[tuple[str, ...]]] = {}
        for relation, index, names in self._all(UNIQUE_INDEXES):
            if names is None:
                notes[str(relation)].append(f"{index} is a unique index on expressions or on some rows")
            else:
                uniques.setdefault(str(relation), []).append(_names(names))
        return {
            name: _table(name, found, constraints.get(name, []), uniques.get(name, []), notes[name])
            for name, found in columns.items()
        }

    def objects(self) -> dict[str, tuple[str, str]]:
        """See `Database`; triggers are told with their view, functions and others' indexes not at all."""
        return {str(name): (KINDS[str(kind)], str(text)) for name, kind, text in self._all(RELATIONS)}

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """For the time of a block in a transaction, an empty schema `public`; all that the block does is undone."""
        self.run("savepoint bxc_emptied")
        self.run("alter schema public rename to bxc_public_aside; create schema public")
        yield
        self.run("rollback to savepoint bxc_emptied; release savepoint bxc_emptied")

    def statements(self, script: str) -> list[str]:
        """See `Database`: the whole script, which repeats nothing that is done."""
        return [script]

    def run(self, script: str) -> None:
        """See `Database`."""
        with errors():
            self.connection.execute(script.encode())

    def query(self, sql_: str) -> Result:
        """See `Database`: read by a cursor of the server's, so that memory is bounded."""
        with errors():
            outside = self.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            cursor = self.connection.cursor(f"bxc_{next(self.numbers)}", withhold=outside)
            cursor.execute(sql_.rstrip().rstrip(";").encode())
            columns = tuple(column.name for column in cursor.description or ())
        return Result(columns, _fetched(cursor))

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """See `Database`."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        text = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
        with errors(constraints=True), self.connection.cursor() as cursor, cursor.copy(text) as copy:
            for row in rows:
                copy.write_row(row)

    def begin(self) -> None:
        self.run("begin")

    def commit(self) -> None:
        self.run("commit")

    def rollback(self) -> None:
        with suppress(psycopg.Error):
            self.connection.execute("rollback")

    def close(self) -> None:
        self.connection.close()

    def _all(self, text: str) -> list[Row]:
        with errors():
            return self.connection.execute(text.encode()).fetchall()


def _fetched(cursor: psycopg.ServerCursor[Row]) -> Iterator[Row]:
    while True:
        with errors():
            batch = cursor.fetchmany(BATCH)
            if len(batch) < BATCH:
                cursor.close()
        yield from batch
        if len(batch) < BATCH:
            return


def _table(
    name: str,
    columns: list[Column],
    constraints: Iterable[Row],
    unique_indexes: Sequence[tuple[str, ...]],
    notes: Sequence[str],
) -> Table:
    key: tuple[str, ...] = ()
    uniques, checks, foreign, noted = [], [], [], list(notes)
    for kind, constraint, text, names, target, targets, on_delete, on_update, valid, deferrable in constraints:
        if not valid:
            noted.append(f"{constraint} was never checked for rows that were there before it")
        if kind == "c":
            checks.append(Check(str(constraint), usual(str(text))))
        elif kind == "f":
            actions = [("delete", ACTIONS.get(str(on_delete))), ("update", ACTIONS.get(str(on_update)))]
            listed = " ".join(f"on {event} {action}" for event, action in actions if action)
            foreign.append(ForeignKey(_names(names), str(target), _names(targets), listed))
        elif deferrable:
            noted.append(f"{constraint} is deferrable")
        elif kind == "p":
            key = _names(names)
        else:
            uniques.append(_names(names))
    return Table(
        name, tuple(columns), key, (*uniques, *unique_indexes), tuple(checks), tuple(foreign), strict=True,
        notes=tuple(noted),
    )  # fmt: skip


def usual(text: str) -> str:
    """An expression as PostgreSQL's catalog writes it, in the form in which others write it."""

    def rewritten(match: re.Match[str]) -> str:
        if (constant := match["number"] or match["text"]) is not None:
            return constant
        if match["list"] is not None:
            return f"{'in' if match['list'] == '= ANY' else 'not in'} ({usual(match['items'])})"
        if match["type"] is not None:
            return f"::{SHORT[match['type']]}"
        return match["name"] or match[0]

    return REWRITTEN.sub(rewritten, text)


def _names(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(map(str, value))


@contextmanager
def errors(*, constraints: bool = False) -> Iterator[None]:
    """Errors of psycopg as ours; with ``constraints``, those of rows that break a table's own constraints, too."""
    try:
        yield
    except psycopg.Error as error:
        text = error.diag.message_primary or str(error).strip().splitlines()[0]
        code = CODE.match(text)
        if code:
            raise RefusedError(code[1], code[2].strip()) from error
        if constraints and isinstance(error, psycopg.IntegrityError):
            raise ConstraintError(text) from error
        raise DatabaseError(f"PostgreSQL: {text}") from error
