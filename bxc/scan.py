"""The text of one physical line → tokens.

A token's symbol is what the grammar asks for: a word or a sign is its own symbol, the other kinds share one each. No
token crosses a line end, so a string that is not closed costs one line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

WORD = "<word>"  # a keyword or an unquoted name: the grammar tells which
SIGN = "<sign>"
NAME = "<name>"  # a name in double quotes
NUMBER = "<number>"
STRING = "<string>"
COMMENT = "<comment>"
BAD = "<bad>"  # what is in no spec

_TOKEN = re.compile(
    r"""[ \t]*(?:
      (?P<word> [^\W\d]\w*+ )
    | (?P<arrow> <--> | <=> )
    | (?P<sign> [,(){}] | <-> | -> | <> | <= | >= | != | \|\| | [=<>:+*%] (?!=) | /(?![*/]) | -(?!-) )
    | (?P<number> [0-9]+ (?: \.[0-9]+ )? (?: [eE][+-]?[0-9]+ )? )
    | (?P<string> '(?> [^']* (?: '' [^']* )* )' )
    | (?P<comment> \#.* )
    | (?P<name> "(?> (?: [^"] | "" )+ )" )
    | (?P<bad> "" | ["'].* | [‘’][^‘’]*[‘’] | [“”„][^“”„]*[“”„] | `[^`]*` | (?: -- | // | /\* ).* | == | && | . )
    )""",
    re.VERBOSE,
)
_KINDS = {
    "word": WORD,
    "sign": SIGN,
    "number": NUMBER,
    "string": STRING,
    "comment": COMMENT,
    "name": NAME,
    "arrow": BAD,
    "bad": BAD,
}


_WORD = re.compile(r"[^\W\d]\w*")


class Token(NamedTuple):
    """A token of a file: its kind, the grammar's symbol for it, its text, and its offsets in the file."""

    kind: str
    symbol: str
    text: str
    start: int
    end: int


def is_word(text: str) -> bool:
    """Whether a text may be a name without double quotes, keywords apart: letters, digits and `_`, no digit first."""
    return _WORD.fullmatch(text) is not None


def scan(text: str, start: int, end: int) -> list[Token]:
    """The tokens of ``text[start:end]``, which holds no line end; comments and what is in no spec are among them."""
    line = text[start:end].rstrip(" \t")
    tokens = []
    for match in _TOKEN.finditer(line):
        group = match.lastgroup or "bad"
        first, last = match.span(group)
        word, kind = match[group], _KINDS[group]
        symbol = ("<>" if word == "!=" else word) if kind in (WORD, SIGN) else kind
        tokens.append(Token(kind, symbol, word, start + first, start + last))
    return tokens
