"""Characters that are in no spec → findings, and the tokens that were probably meant.

Most of them are habits from SQL and from word processors. Reading goes on with what was meant, so that one smart quote
does not hide the other mistakes of its line.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic, Label
from bxc.scan import BAD, NAME, SIGN, STRING, WORD, Token
from bxc.text import SourceFile, Span

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_SIGNS = {
    "==": "=",
    "≠": "<>",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "↔": "<->",
    "<-->": "<->",
    "<=>": "<->",
    "−": "-",
    "–": "-",
    "—": "-",
    "×": "*",
    "&&": "and",
    "&": "and",
    "|": "or",
    "!": "not",
}
_NAME_HELP = 'a name with characters other than letters, digits and `_` stands in double quotes: "like this"'


@dataclass(frozen=True, slots=True)
class Meant:
    """What is wrong with a token, how to write it, and the token that was meant (None: nothing).

    ``guessed`` tells that it may as well have been something else.
    """

    message: str
    help: str | None = None
    token: Token | None = None
    guessed: bool = False


def hidden_characters(source: SourceFile, limit: int) -> list[Diagnostic]:
    """One finding for each character, also in comments and strings, that a reader cannot see, up to a limit.

    A spec grants rights, so what a reviewer sees must be what is read: no control characters, no marks that turn the
    direction of the text.
    """
    found: list[Diagnostic] = []
    for match in _HIDDEN.finditer(source.text):
        if len(found) == limit:
            break
        span = Span(source, match.start(), match.end())
        message = f"an invisible character, {_described(match[0])}, stands here"
        found.append(Diagnostic("BX001", message, Label(span), help="delete it"))
    return found


def explain(source: SourceFile, tokens: list[Token]) -> tuple[list[Diagnostic], list[Token], bool]:
    """The findings about the bad tokens of a statement, the statement as it was meant, and whether that is a guess."""
    if path := _bare_path(tokens):
        label = Label(Span(source, path.start, path.end))
        found = Diagnostic("BX001", "a path stands in single quotes", label, help=f"write {path.text}")
        return [found], [tokens[0], path], False
    findings = []
    meant = []
    guessed = False
    for token in _joined(tokens):
        if token.kind != BAD:
            meant.append(token)
            continue
        what = _quoted(token) or _sign(token, source)
        guessed |= what.guessed
        if what.message:
            label = Label(Span(source, token.start, token.end))
            findings.append(Diagnostic("BX001", what.message, label, help=what.help))
        if what.token:
            meant.append(what.token)
    return findings, meant, guessed


def _bare_path(tokens: list[Token]) -> Token | None:
    """The path of an `import` that stands there without quotes, as a text."""
    if tokens[0].symbol != "import" or len(tokens) < 2 or any(t.kind in (STRING, NAME) for t in tokens):
        return None
    touching = all(left.end == right.start for left, right in pairwise(tokens[1:]))
    path = "".join(token.text for token in tokens[1:])
    if not touching or path[0] in "'\"‘’“”„`":
        return None
    return Token(STRING, STRING, f"'{path}'", tokens[1].start, tokens[-1].end)


def _joined(tokens: list[Token]) -> list[Token]:
    """Tokens with neighbouring bad characters that have no meaning of their own made one, as in a name of emoji."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last and last.end == token.start and _meaningless(last) and _meaningless(token):
            joined[-1] = last._replace(text=last.text + token.text, end=token.end)
        else:
            joined.append(token)
    return joined


def _meaningless(token: Token) -> bool:
    text = token.text
    alone = len(text) == 1 or ord(text[0]) > 0x2FFF
    return token.kind == BAD and alone and text not in _SIGNS and text not in ";.[]'\"" and not _HIDDEN.match(text)


def _quoted(token: Token) -> Meant | None:
    """What was meant by a text, a name or a comment that is not written as one."""
    text = token.text
    match text[0]:
        case "'":
            help_ = "close it with ' in the same line; a ' inside is written ''"
            return Meant("this text is not closed", help_, _string(token, text[1:]), guessed=True)
        case '"' if text == '""':
            return Meant("a name cannot be empty", None, _name(token, "?"), guessed=True)
        case '"':
            help_ = 'close it with " in the same line'
            return Meant("this name is not closed", help_, _name(token, text[1:]), guessed=True)
        case "‘" | "’" if len(text) > 1:
            meant = _string(token, text[1:-1])
            return Meant("curly quotes do not quote", f"write {meant.text} with straight quotes", meant)
        case "“" | "”" | "„" if len(text) > 1:
            help_ = "write ' around a text, \" around a name"
            return Meant("curly quotes do not quote", help_, _name(token, text[1:-1]), guessed=True)
        case "`" if len(text) > 2:
            name = _name(token, text[1:-1])
            return Meant("backquotes do not quote", f"write {name.text}", name)
        case "-" if len(text) > 1:
            help_ = "a comment begins with `#`; two minus signs need a space between them"
            return Meant("`--` begins no comment", help_)
        case "/" if len(text) > 1:
            return Meant(f"`{text[:2]}` begins no comment", "a comment begins with `#`")
    return None


def _sign(token: Token, source: SourceFile) -> Meant:
    """What was meant by a character that is not in the language."""
    text = token.text
    message = f"`{text}` is not in the language"
    if sign := _SIGNS.get(text):
        kind = WORD if sign.isalpha() else SIGN
        return Meant(message, f"write `{sign}`", Token(kind, sign, sign, token.start, token.end))
    if text == ";":
        return Meant(message, "a statement ends with its line")
    if text == ".":
        return Meant(
            message, _point_help(source.text[token.start - 1], source.text[token.end : token.end + 1]), guessed=True
        )
    if text in "[]":
        return Meant(message, guessed=True)
    if _HIDDEN.match(text):
        return Meant("")  # reported by `hidden_characters`
    if unicodedata.category(text[0]) == "Zs":
        return Meant(f"{_described(text[0])} is not a plain space", "write a plain space")
    return Meant(message, _NAME_HELP, guessed=True)


def _point_help(before: str, after: str) -> str:
    """What to write for a `.` between two characters."""
    if before.isdigit():
        return "a number has one `.`, with digits on both sides"
    return (
        "a number has a digit before `.`"
        if after.isdigit()
        else "write a column without its table, a reference as T(c)"
    )


def _string(token: Token, text: str) -> Token:
    return token._replace(kind=STRING, symbol=STRING, text="'" + text.replace("'", "''") + "'")


def _name(token: Token, text: str) -> Token:
    quoted = '"' + text.replace('"', '""') + '"'
    return token._replace(kind=NAME, symbol=NAME, text=quoted)


def _described(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'control character').lower()})"
