"""SQL text → tokens → the texts of its statements; the bodies of triggers are kept whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bxc.dataclass import dataclass
from bxc.validate.sql import fold
from bxc.validate.unsupported import Unsupported

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|/\*[\s\S]*?\*/)
    | (?P<blob>[xX]'[0-9A-Fa-f]*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*")
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<body>\$(?P<tag>\w*)\$[\s\S]*?\$(?P=tag)\$)
    | (?P<symbol><>|!=|<=|>=|\|\||::|:=|[^\s'"])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is `blob string name number word body symbol`; ``text`` as written. A body is in dollars."""

    kind: str
    text: str
    start: int
    end: int

    def is_(self, *words: str) -> bool:
        """Whether it is one of these keywords or symbols, in whatever case."""
        return self.kind in ("word", "symbol") and self.text.lower() in words

    @property
    def as_name(self) -> str:
        """The name that it is, folded."""
        if self.kind == "name":
            return fold(self.text[1:-1].replace('""', '"'))
        if self.kind == "word":
            return fold(self.text)
        raise Unsupported("name", self.text)


def tokens(text: str) -> list[Token]:
    """The tokens of a text, without spaces and comments."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unsupported("text", text[position : position + 20])
        position = match.end()
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match.group(), match.start(), position))
    return found


def statements(text: str) -> Iterator[list[Token]]:
    """The tokens of each statement of a script, without the semicolon."""
    statement: list[Token] = []
    depth = 0
    for token in tokens(text):
        if token.is_(";") and depth == 0:
            if statement:
                yield statement
            statement = []
            continue
        statement.append(token)
        if is_trigger(statement):
            depth += token.is_("begin", "case")
            depth -= token.is_("end")
    if statement:
        yield statement


def is_trigger(statement: Sequence[Token]) -> bool:
    """Whether a statement, so far, creates a trigger."""
    return len(statement) > 1 and statement[0].is_("create") and statement[1].is_("trigger")


def split(listed: Sequence[Token], separator: str) -> list[list[Token]]:
    """Tokens between separators that stand outside parentheses; empty parts are left out."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in listed:
        depth += token.is_("(")
        depth -= token.is_(")")
        if depth == 0 and token.is_(separator):
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def closing(listed: Sequence[Token], opening: int) -> int:
    """The index of the parenthesis that closes the one at an index."""
    depth = 0
    for index in range(opening, len(listed)):
        depth += listed[index].is_("(")
        depth -= listed[index].is_(")")
        if depth == 0:
            return index
    raise Unsupported("text", "a parenthesis that never closes")


def object_name(listed: Sequence[Token], at: int) -> tuple[str, int]:
    """The name of an object in PostgreSQL from an index on, and the index behind it.

    `pg_temp.` stands before bare names: sources and all beside them are in the schema `public`.
    """
    if listed[at + 1 : at + 2] and listed[at + 1].is_("."):
        schema = listed[at].as_name
        if schema not in ("public", "pg_temp"):
            raise Unsupported("schema", schema)
        name = listed[at + 2].as_name
        return (name if schema == "public" else f"pg_temp.{name}"), at + 3
    return f"pg_temp.{listed[at].as_name}", at + 1


def text_of(text: str, listed: Sequence[Token]) -> str:
    """The text that some tokens in a row stand for."""
    return text[listed[0].start : listed[-1].end]
