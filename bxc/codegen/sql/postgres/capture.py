"""A source → the table of its captured edits, and the statement-level triggers that write there.

All edits of one statement bear one number, for they happen at once. Puts capture what they write themselves.
"""

from __future__ import annotations

from bxc.codegen.sql import names
from bxc.codegen.sql.dialect import POSTGRES
from bxc.codegen.sql.postgres.rights import judge_name
from bxc.codegen.sql.postgres.text import col, function, null, object_, q, quoted
from bxc.codegen.sql.setwise.layout import differ, indented, listed
from bxc.model import Source


def change_table(source: Source) -> str:
    """The statements that create the table of captured edits."""
    name, sequence = names.change_table(source.name), object_(names.helper("seq", source.name))
    definitions = ["bxc_seq bigint not null", "bxc_op text not null", "bxc_via text"]
    for name_of in (names.old_column, str):
        definitions += [f"{q(name_of(c.name))} {POSTGRES.column_type(c.type)}" for c in source.columns]
    index = q(names.helper("log", source.name))
    session = object_(names.SESSION)
    return (
        f"create sequence if not exists {sequence};\n\n"
        f"create table if not exists {object_(name)} (\n  {listed(definitions, 2)}\n);\n\n"
        f"create index if not exists {index} on {object_(name)} (bxc_seq);\n\n"
        f"insert into {session} (source) values ({quoted(source.name)}) on conflict do nothing;"
    )


def triggers(source: Source, *, judged: bool) -> str:
    """The function that captures, and its triggers; ``judged`` if some view of the source is shared."""
    name = object_(names.helper("capture", source.name))
    columns = [c.name for c in source.columns]
    nulls = [null(c.type) for c in source.columns]
    was, now = [col("o", c) for c in columns], [col("n", c) for c in columns]
    paired = (
        "(select row_number() over () as bxc_row, t.* from bxc_was as t) as o\n"
        "join (select row_number() over () as bxc_row, t.* from bxc_now as t) as n on n.bxc_row = o.bxc_row\n"
        f"where {differ(was, now)}"
    )
    by_operation = {
        "INSERT": _log(source, "insert", [*nulls, *now], "bxc_now as n"),
        "UPDATE": _log(source, "update", [*was, *now], paired),
        "DELETE": _log(source, "delete", [*was, *nulls], "bxc_was as o"),
    }
    emptied = _log(source, "delete", [*was, *nulls], f"{object_(source.name)} as o")
    branches = "\nels".join(f"if tg_op = '{op}' then\n{indented(text, 2)}" for op, text in by_operation.items())
    session = f"select 1 from {object_(names.SESSION)} as s where s.source = {quoted(source.name)}"
    statements = [
        f"if exists ({session} and s.uncaptured) then\n  return null;\nend if;",
        f"bxc_number := nextval({quoted(object_(names.helper('seq', source.name)))});",
        f"{branches}\nelse\n{indented(emptied, 2)}\nend if;",
    ]
    if judged:
        statements.append(f"if found then\n  perform {judge_name(source.name)}(bxc_number);\nend if;")
    statements.append("return null;")
    made = function(f"{name}()", "trigger", ["bxc_number bigint"], statements, "security definer")
    events = (
        ("insert", "after insert", "referencing new table as bxc_now\n"),
        ("update", "after update", "referencing old table as bxc_was new table as bxc_now\n"),
        ("delete", "after delete", "referencing old table as bxc_was\n"),
        ("truncate", "before truncate", ""),
    )
    listening = [
        f"create or replace trigger bxc_capture_{event}\n{when} on {object_(source.name)}\n"
        f"{tables}for each statement execute function {name}();"
        for event, when, tables in events
    ]
    comment = "-- capture; as definer, for who edits a table has no rights on what is captured of it"
    return "\n\n".join([f"{comment}\n{made}", *listening])


def _log(source: Source, operation: str, values: list[str], rows: str) -> str:
    columns = [c.name for c in source.columns]
    logged = ["bxc_seq", "bxc_op", *(q(names.old_column(c)) for c in columns), *map(q, columns)]
    return (
        f"insert into {object_(names.change_table(source.name))} (\n  {listed(logged, 2)}\n)\n"
        f"select\n  {listed(['bxc_number', quoted(operation), *values], 2)}\nfrom {rows};"
    )
