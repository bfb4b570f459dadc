"""SQL text → tokens, as both SQLite and DuckDB read it."""

from __future__ import annotations

import re

from bxc.dataclass import dataclass

TOKEN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|/\*.*?\*/)
    | (?P<blob>[xX]'[0-9A-Fa-f]*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<symbol><>|!=|!~~|~~|==|<=|>=|\|\||::|<<|>>|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is `blob`, `string`, `name` (quoted), `number`, `word` or `symbol`; quotes are removed from ``text``."""

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, in whatever case."""
        return self.kind == "word" and self.text.lower() in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind == "symbol" and self.text in symbols


def tokens(sql: str) -> list[Token]:
    """The tokens of a text, without spaces and comments. A quote that never ends is a symbol."""
    found = []
    for match in TOKEN.finditer(sql):
        kind, text = str(match.lastgroup), match.group()
        if kind == "space":
            continue
        if kind == "quoted":
            kind, text = "name", _unquoted(text)
        elif kind == "string":
            text = text[1:-1].replace("''", "'")
        elif kind == "blob":
            text = text[2:-1].lower()
        found.append(Token(kind, text, match.start(), match.end()))
    return found


def _unquoted(text: str) -> str:
    quote = text[-1]
    return text[1:-1] if quote == "]" else text[1:-1].replace(quote * 2, quote)
