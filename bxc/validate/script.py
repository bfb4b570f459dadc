"""A script of one engine → its statements.

CREATE of tables, views and triggers, which sqlglot cannot read in all their forms, is read here.
"""

from __future__ import annotations

from functools import lru_cache

from bxc.validate import sql as s
from bxc.validate import tokens as t
from bxc.validate.create_table import create_table
from bxc.validate.read_query import read_query, read_statement
from bxc.validate.script_postgres import postgres_statement
from bxc.validate.tokens import Token, text_of
from bxc.validate.unsupported import Unsupported

SETTINGS = {"duckdb": ("set preserve_insertion_order = false",)}
"""Statements that change how an engine works, and nothing that it says of rows."""


@lru_cache(maxsize=1024)
def read_script(engine: str, text: str) -> tuple[s.Statement, ...]:
    """The statements of a script; views and triggers are read when they are used."""
    return tuple(_statement(engine, text, listed) for listed in t.statements(text))


def _statement(engine: str, text: str, listed: list[Token]) -> s.Statement:
    if engine == "postgres":
        return postgres_statement(text, listed)
    if listed[0].is_("create"):
        return _create(engine, text, listed)
    if listed[0].is_("drop"):
        if len(listed) != 3 or not listed[1].is_("table", "sequence", "view"):
            raise Unsupported("drop", text_of(text, listed))
        return s.Drop(listed[2].as_name)
    if text_of(text, listed) in SETTINGS.get(engine, ()):
        return s.Ignored(text_of(text, listed))
    return read_statement(engine, text_of(text, listed))


def _create(engine: str, text: str, listed: list[Token]) -> s.Statement:
    at = 1
    replace = False
    if listed[at].is_("or"):
        replace, at = True, at + 2
    at += listed[at].is_("temp")
    what, at = listed[at], at + 1
    if_missing = listed[at].is_("if")
    if if_missing:
        at += 3
    name = listed[at].as_name
    rest = listed[at + 1 :]
    if what.is_("table") and rest[0].is_("as"):
        return s.CreateTableAs(name, read_query(engine, text_of(text, rest[1:])), if_missing)
    if what.is_("table") and not replace:
        return create_table(engine, text, name, rest)
    if what.is_("view") and not replace:
        return _view(text, name, rest)
    if what.is_("trigger") and engine == "sqlite":
        return _trigger(text, name, rest)
    if what.is_("sequence") and not rest:
        return s.CreateSequence(name)
    if what.is_("index") and rest[0].is_("on"):
        return s.Ignored(text_of(text, listed))
    raise Unsupported("create", text_of(text, listed)[:80])


def _view(text: str, name: str, rest: list[Token]) -> s.CreateView:
    columns = None
    if rest[0].is_("("):
        end = t.closing(rest, 0)
        columns = tuple(part[0].as_name for part in t.split(rest[1:end], ","))
        rest = rest[end + 1 :]
    if not rest[0].is_("as"):
        raise Unsupported("create view", text_of(text, rest)[:80])
    return s.CreateView(name, columns, text_of(text, rest[1:]))


def _trigger(text: str, name: str, rest: list[Token]) -> s.CreateTrigger:
    at = 0
    instead = rest[at].is_("instead") and rest[at + 1].is_("of")
    if not instead and not rest[at].is_("after"):
        raise Unsupported("create trigger", text_of(text, rest)[:80])
    at += 2 if instead else 1
    event, at = rest[at].text.lower(), at + 1
    if event not in ("insert", "update", "delete"):
        raise Unsupported("create trigger", event)
    of = None
    if rest[at].is_("of"):
        end = next(i for i in range(at, len(rest)) if rest[i].is_("on"))
        of = tuple(part[0].as_name for part in t.split(rest[at + 1 : end], ","))
        at = end
    if not rest[at].is_("on"):
        raise Unsupported("create trigger", text_of(text, rest)[:80])
    table, at = rest[at + 1].as_name, at + 2
    begin = next(i for i in range(at, len(rest)) if rest[i].is_("begin"))
    when = None
    if begin > at:
        if not rest[at].is_("when"):
            raise Unsupported("create trigger", text_of(text, rest)[:80])
        when = text_of(text, rest[at + 1 : begin])
    if not rest[-1].is_("end"):
        raise Unsupported("create trigger", f"no end of {name}")
    body = tuple(text_of(text, part) for part in t.split(rest[begin + 1 : -1], ";"))
    return s.CreateTrigger(name, instead, event, of, table, when, body)
