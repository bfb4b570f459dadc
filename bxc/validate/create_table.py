"""The tokens of CREATE TABLE → columns, their kinds, and every constraint that the engine enforces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from bxc.dataclass import dataclass
from bxc.validate import kinds
from bxc.validate import sql as s
from bxc.validate import tokens as t
from bxc.validate.read_query import read_expression
from bxc.validate.tokens import Token
from bxc.validate.unsupported import Unsupported

_ENDS_DEFAULT = ("not", "null", "primary", "unique", "check", "references", "default", "constraint")


@dataclass(slots=True)
class _Draft:
    """What is read so far."""

    engine: str
    name: str
    text: str
    columns: list[s.Column] = field(default_factory=list)
    primary: tuple[str, ...] | None = None
    keys: list[tuple[str, ...]] = field(default_factory=list)
    checks: list[s.Expr] = field(default_factory=list)
    foreign_keys: list[s.ForeignKey] = field(default_factory=list)

    def expression(self, listed: list[Token]) -> s.Expr:
        return read_expression(self.engine, self.text[listed[0].start : listed[-1].end])


def create_table(engine: str, text: str, name: str, rest: list[Token]) -> s.CreateTable:
    """A table; ``rest`` are the tokens behind its name."""
    end = t.closing(rest, 0)
    options = {token.text.lower() for token in rest[end + 1 :]} - {",", "without"}
    if options - {"strict", "rowid"} or (engine == "sqlite") != ("strict" in options):
        raise Unsupported("create table", f"{name} {' '.join(sorted(options))}")
    draft = _Draft(engine, name, text)
    for part in t.split(rest[1:end], ","):
        _part(draft, part)
    if draft.primary is not None:
        draft.keys.insert(0, draft.primary)
    return s.CreateTable(
        name,
        tuple(_columns(draft)),
        tuple(draft.keys),
        tuple(draft.checks),
        tuple(draft.foreign_keys),
        None if "rowid" in options or engine != "sqlite" else _rowid(draft),
    )


def _columns(draft: _Draft) -> Iterator[s.Column]:
    """A primary key is not NULL; the row id of SQLite is filled in before that is asked."""
    rowid = _rowid(draft) if draft.engine == "sqlite" else None
    for c in draft.columns:
        in_key = c.name in (draft.primary or ()) and c.name != rowid and _primary_refuses_null(draft)
        yield s.Column(c.name, c.kind, c.not_null or in_key, c.default)


def _primary_refuses_null(draft: _Draft) -> bool:
    return draft.primary is not None  # in SQLite too, as the tables are strict or without row ids


def _rowid(draft: _Draft) -> str | None:
    """The column that is the row id: the whole primary key, of SQLite's type `integer`."""
    if draft.primary is None or len(draft.primary) != 1:
        return None
    (name,) = draft.primary
    return next((c.name for c in draft.columns if c.name == name and c.kind == kinds.INT64), None)


def _part(draft: _Draft, part: list[Token]) -> None:
    """A column or a table constraint."""
    if part[0].is_("constraint"):
        part = part[2:]
    match part[0].text.lower() if part[0].kind == "word" else "":
        case "primary" if part[1].is_("key"):
            draft.primary = _names(part[2:])
        case "unique" if part[1].is_("("):
            draft.keys.append(_names(part[1:]))
        case "check" if part[1].is_("("):
            draft.checks.append(draft.expression(part[1:]))
        case "foreign" if part[1].is_("key"):
            end = t.closing(part, 2)
            _references(draft, _names(part[2 : end + 1]), part[end + 1 :])
        case _:
            _column(draft, part)


def _names(listed: list[Token]) -> tuple[str, ...]:
    if not listed or not listed[0].is_("(") or t.closing(listed, 0) != len(listed) - 1:
        raise Unsupported("create table", " ".join(token.text for token in listed))
    return tuple(part[0].as_name for part in t.split(listed[1:-1], ","))


def _references(draft: _Draft, columns: tuple[str, ...], rest: list[Token]) -> None:
    if not rest[0].is_("references"):
        raise Unsupported("create table", " ".join(token.text for token in rest))
    if draft.engine == "postgres":
        target, at = t.object_name(rest, 1)
        if rest[-1].is_("deferrable"):  # which is no other thing until a transaction defers it
            rest = rest[:-1]
        draft.foreign_keys.append(s.ForeignKey(columns, target, _names(rest[at:])))
    else:
        draft.foreign_keys.append(s.ForeignKey(columns, rest[1].as_name, _names(rest[2:])))


def _column(draft: _Draft, part: list[Token]) -> None:
    name = part[0].as_name
    at = 2
    if draft.engine == "postgres" and part[1].is_("double"):
        at = 3
    if len(part) > 2 and part[2].is_("("):
        at = t.closing(part, 2) + 1
    kind = kinds.named(draft.engine, draft.text[part[1].start : part[at - 1].end])
    if draft.engine == "postgres":
        at = _collation(draft, part, at, kind)
    not_null, default = False, None
    while at < len(part):
        word = part[at]
        if word.is_("not") and part[at + 1].is_("null"):
            not_null, at = True, at + 2
        elif word.is_("primary") and part[at + 1].is_("key"):
            draft.primary, at = (name,), at + 2
        elif word.is_("unique"):
            draft.keys.append((name,))
            at += 1
        elif word.is_("check"):
            end = t.closing(part, at + 1)
            draft.checks.append(draft.expression(part[at + 1 : end + 1]))
            at = end + 1
        elif word.is_("default"):
            end = next((i for i in range(at + 2, len(part)) if part[i].is_(*_ENDS_DEFAULT)), len(part))
            default, at = draft.expression(part[at + 1 : end]), end
        else:
            raise Unsupported("create table", f"{word.text} of {name}")
    draft.columns.append(s.Column(name, kind, not_null, default))


def _collation(draft: _Draft, part: list[Token], at: int, kind: kinds.Kind) -> int:
    """PostgreSQL compares texts by code points in columns of collation "C" alone; none else is to have an order."""
    if len(part) > at + 1 and part[at].is_("collate"):
        if part[at + 1].text != '"C"':
            raise Unsupported("create table", f"collation {part[at + 1].text}")
        return at + 2
    own = part[0].text.startswith("bxc_") and not part[0].text.startswith("bxc_old_")
    if kind == kinds.TEXT and not own and draft.name not in ("bxc_session", "bxc_rights"):
        raise Unsupported("create table", f"a text of no collation: {part[0].text}")
    return at
