"""Statements of PostgreSQL's scripts, and of the functions in them, which sqlglot cannot read in all their forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bxc.validate import kinds as k
from bxc.validate import sql as s
from bxc.validate import tokens as t
from bxc.validate.create_table import create_table
from bxc.validate.read_query import read_query, read_statement
from bxc.validate.tokens import Token, object_name, text_of
from bxc.validate.unsupported import Unsupported

SAFE = ("set", "search_path", "=", "pg_catalog", ",", "pg_temp")
QUIET = ("set", "client_min_messages", "=", "warning")
RIGHTS = ("grant", "revoke")


def postgres_statement(text: str, listed: list[Token]) -> s.Statement:
    """One statement of a script or a function."""
    first = listed[0]
    if first.is_("create"):
        return _create(text, listed)
    if first.is_("drop"):
        return _drop(text, listed)
    if first.is_(*RIGHTS, "lock", "analyze"):
        return s.Ignored(text_of(text, listed))
    if first.is_("do"):
        return _role(listed)
    return read_statement("postgres", text_of(text, listed))


def _role(listed: list[Token]) -> s.Statement:
    """A block that makes a role, or gives it rights, and nothing else."""
    body = body_of(listed[-1])
    if len(listed) != 2 or not only_rights(t.tokens(body)):
        raise Unsupported("do", body[:80])
    return s.Ignored(body)


def only_rights(listed: Sequence[Token]) -> bool:
    """Whether all that a block does is to make a role and to give and take rights: no row and no table changes so."""
    allowed = (*RIGHTS, "if", "end", "return", "null", "raise", "create", "exception", "when", "begin")
    for n, token in enumerate(listed):
        begins = n == 0 or listed[n - 1].is_(";", "begin", "then", "else", "exception")
        if begins and not token.is_(*allowed):
            return False
        if begins and token.is_("create") and not listed[n + 1].is_("role"):
            return False
        if begins and token.is_("raise") and not listed[n + 1].is_("warning"):
            return False
        calls = token.is_("public") and len(listed) > n + 3 and listed[n + 3].is_("(")
        if calls or token.is_("nextval", "setval"):
            return False
    return True


def body_of(token: Token) -> str:
    """What stands between dollars."""
    if token.kind != "body":
        raise Unsupported("body", token.text[:80])
    mark = token.text[: token.text.index("$", 1) + 1]
    return token.text[len(mark) : -len(mark)]


def _drop(text: str, listed: list[Token]) -> s.Statement:
    if not listed[1].is_("table"):
        raise Unsupported("drop", text_of(text, listed))
    if_exists = listed[2].is_("if") and listed[3].is_("exists")
    name, at = object_name(listed, 4 if if_exists else 2)
    if at != len(listed):
        raise Unsupported("drop", text_of(text, listed))
    return s.Drop(name, if_exists)


# --- create ---------------------------------------------------------------------------------------------------------


def _create(text: str, listed: list[Token]) -> s.Statement:
    at = 1
    if listed[at].is_("or") and listed[at + 1].is_("replace"):
        at += 2
    temporary = listed[at].is_("temporary")
    at += temporary
    what, at = listed[at], at + 1
    if listed[at].is_("if") and listed[at + 1].is_("not") and listed[at + 2].is_("exists"):
        at += 3
    if what.is_("index"):
        return s.Ignored(text_of(text, listed))
    if what.is_("trigger"):
        return _trigger(text, listed, at)
    name, at = object_name(listed, at)
    if temporary != name.startswith("pg_temp."):
        raise Unsupported("create", f"{name} without its schema")
    rest = listed[at:]
    if what.is_("table") and temporary:
        return _temporary(text, name, rest)
    if what.is_("table"):
        if not listed[1].is_("table") or not listed[2].is_("if"):
            raise Unsupported("create table", f"{name} where it is there already")
        return create_table("postgres", text, name, rest)
    if what.is_("view"):
        return _view(text, name, rest)
    if what.is_("sequence") and not rest:
        return s.CreateSequence(name)
    if what.is_("function"):
        return _function(text, name, rest)
    raise Unsupported("create", text_of(text, listed)[:80])


def _temporary(text: str, name: str, rest: list[Token]) -> s.Statement:
    words = ("on", "commit", "drop", "as")
    if not all(token.is_(word) for token, word in zip(rest, words, strict=False)):
        raise Unsupported("create temporary table", f"{name}, which stays")
    return s.CreateTemporary(name, read_query("postgres", text_of(text, rest[len(words) :])))


def _view(text: str, name: str, rest: list[Token]) -> s.CreateView:
    columns = None
    if rest[0].is_("("):
        end = t.closing(rest, 0)
        columns = tuple(part[0].as_name for part in t.split(rest[1:end], ","))
        rest = rest[end + 1 :]
    if rest[0].is_("with"):
        end = t.closing(rest, 1)
        options = [token.text for part in t.split(rest[2:end], ",") for token in part]
        if set(options) - {"security_barrier", "security_invoker", "=", "true"}:
            raise Unsupported("create view", " ".join(options))
        rest = rest[end + 1 :]
    if not rest[0].is_("as"):
        raise Unsupported("create view", text_of(text, rest)[:80])
    query = rest[1:]
    if query[-1].is_("option") and query[-2].is_("check"):
        query = query[: -4 if query[-3].is_("local", "cascaded") else -3]
    return s.CreateView(name, columns, text_of(text, query))


def _trigger(text: str, listed: list[Token], at: int) -> s.Statement:
    """A trigger after statements; others are for edits of views, and for TRUNCATE, which no put does."""
    name, at = listed[at].as_name, at + 1
    if listed[at].is_("instead") or (listed[at].is_("before") and listed[at + 1].is_("truncate")):
        return s.Ignored(text_of(text, listed))
    if not listed[at].is_("after"):
        raise Unsupported("create trigger", text_of(text, listed)[:80])
    events, at = [listed[at + 1].text.lower()], at + 2
    while listed[at].is_("or"):
        events.append(listed[at + 1].text.lower())
        at += 2
    if set(events) - {"insert", "update", "delete"} or not listed[at].is_("on"):
        raise Unsupported("create trigger", text_of(text, listed)[:80])
    table, at = object_name(listed, at + 1)
    named: dict[str, str] = {}
    if listed[at].is_("referencing"):
        at += 1
        while listed[at].is_("old", "new") and listed[at + 1].is_("table") and listed[at + 2].is_("as"):
            named[listed[at].text.lower()] = f"pg_temp.{listed[at + 3].as_name}"
            at += 4
    words = ("for", "each", "statement", "execute", "function")
    if not all(token.is_(word) for token, word in zip(listed[at:], words, strict=False)):
        raise Unsupported("create trigger", text_of(text, listed)[:80])
    function, at = object_name(listed, at + len(words))
    if text_of(text, listed[at:]) != "()":
        raise Unsupported("create trigger", text_of(text, listed)[:80])
    return s.CreateStatementTrigger(name, tuple(events), table, function, named.get("new"), named.get("old"))


# --- functions ------------------------------------------------------------------------------------------------------


def _function(text: str, name: str, rest: list[Token]) -> s.Statement:
    """A function in PL/pgSQL in which bare names are those of temporary tables."""
    end = t.closing(rest, 0)
    parameters = tuple(_variable(text, part) for part in t.split(rest[1:end], ","))
    rest = rest[end + 1 :]
    if not rest[0].is_("returns") or not rest[2].is_("language") or not rest[3].is_("plpgsql"):
        raise Unsupported("function", text_of(text, rest)[:80])
    options = [token.text.lower() for token in rest[4:-2]]
    for wanted in (SAFE, QUIET, ("security", "definer")):
        found = [n for n in range(len(options)) if tuple(options[n : n + len(wanted)]) == wanted]
        if wanted is SAFE and not found:
            raise Unsupported("function", f"{name} without a search path")
        if found:
            del options[found[0] : found[0] + len(wanted)]
    if options or not rest[-2].is_("as"):
        raise Unsupported("function", f"{name}: {' '.join(options)}")
    body = body_of(rest[-1])
    listed = t.tokens(body)
    begin = next((n for n, token in enumerate(listed) if token.is_("begin")), 0)
    if not listed[begin].is_("begin") or not listed[-1].is_("end") or (begin and not listed[0].is_("declare")):
        raise Unsupported("function", f"{name}: {body[:80]}")
    declared = tuple(_variable(body, part) for part in t.split(listed[1:begin], ";")) if begin else ()
    inner = text_of(body, listed[begin + 1 : -1]) if len(listed) > begin + 2 else ""
    if rest[1].is_("trigger") and not begin and only_rights(listed[1:]):
        inner = "return null;"
    return s.CreateFunction(name, parameters, declared, rest[1].text.lower(), inner)


def _variable(text: str, part: Sequence[Token]) -> tuple[str, k.Kind]:
    return part[0].as_name, k.named("postgres", text_of(text, part[1:]))


# --- names ----------------------------------------------------------------------------------------------------------


def check_names(texts: Sequence[str]) -> None:
    """Refuses names that are the same but for case: PostgreSQL keeps them apart where they are quoted.

    Elsewhere names are compared without case. Tables are told from columns by the schema before them, and aliases may
    be so, which stand behind `as` or before a point.
    """
    quoted: dict[tuple[bool, str], str] = {}
    bare: set[tuple[bool, str]] = set()
    for text in texts:
        for listed in _all_tokens(text):
            for n, token in enumerate(listed):
                if token.kind not in ("name", "word") or (n and listed[n - 1].is_("collate")):
                    continue
                key = (n > 1 and listed[n - 1].is_(".") and listed[n - 2].is_("public", "pg_temp"), token.as_name)
                if token.kind == "name" and token.as_name != token.text[1:-1]:
                    if quoted.setdefault(key, token.text) != token.text:
                        raise Unsupported("name", f"{token.text} and {quoted[key]}")
                elif token.kind == "name" or not _is_alias(listed, n):
                    bare.add(key)
    both = bare & set(quoted)
    if both:
        raise Unsupported("name", f"{quoted[min(both)]} with and without its case")


def _is_alias(listed: Sequence[Token], n: int) -> bool:
    behind = n > 0 and listed[n - 1].is_("as")
    return behind or (n + 1 < len(listed) and listed[n + 1].is_("."))


def _all_tokens(text: str) -> Iterator[list[Token]]:
    """The tokens of a text, and of all bodies in it."""
    listed = t.tokens(text)
    yield listed
    for token in listed:
        if token.kind == "body":
            yield from _all_tokens(body_of(token))
