"""The text of a file → its statements, one after the other.

A statement is what stands on a line; a trailing comma or an open parenthesis joins the next line to it, and `{` or `}`
ends it. A reader may go on at any place of the text, which is how reading recovers from an unclosed parenthesis.
"""

from __future__ import annotations

import re

from bxc.dataclass import dataclass
from bxc.scan import BAD, COMMENT, Token, scan
from bxc.text import SourceFile

MAX_NESTING = 200
MAX_STATEMENT = 1_000_000  # characters

_NAME = r'(?:[^\W\d]\w*|"(?:[^"\n]|"")+")'
_OPERATORS = "and|or|not|in|is|like|between|then|else|end|when|by"
_DECLARATION = re.compile(
    rf"""[ \t]*(?:
      spec [ \t]+ {_NAME} [ \t]+ version \b
    | import [ \t]* '
    | peer [ \t]+ (?! (?: {_OPERATORS} ) \b ) {_NAME} [ \t]* (?: as [ \t]* ' | \# | $ )
    | source [ \t]+ {_NAME} [ \t]+ at \b
    | view [ \t]+ {_NAME} [ \t]+ from \b
    | share [ \t]+ {_NAME} [ \t]* = [ \t]* {_NAME} [ \t]* <->
    )""",
    re.VERBOSE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """The tokens of a statement without comments, and the brace that ends it (None: the end of its line).

    ``excess`` is the token at which it grew beyond a limit, the last of its tokens that is kept; ``guessed`` tells
    that it held characters that are in no spec, and that what was meant had to be guessed.
    """

    tokens: list[Token]
    ender: Token | None = None
    excess: Token | None = None
    guessed: bool = False


class Statements:
    """Reads the statements of a file; ``comments`` holds the comments read so far, in the order of the text."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.comments: list[Token] = []
        self._line = 0  # number of the line that is being read, counted from 1
        self._tokens: list[Token] = []
        self._place = 0
        self._scanned: dict[int, list[Token]] = {}  # the lines of the last statement, which may be read again

    def next(self) -> Statement | None:
        """The next statement that has a token or an ender; None at the end of the file."""
        tokens: list[Token] = []
        depth = 0
        last = excess = None
        if self._line + 1 not in self._scanned:
            self._scanned.clear()
        while True:
            if self._place == len(self._tokens):
                if last and (not (depth or last.symbol == ",") or self._declaration_follows()):
                    return Statement(tokens, None, excess)
                if not self._read_line():
                    return Statement(tokens, None, excess) if tokens else None
                continue
            token = self._tokens[self._place]
            self._place += 1
            symbol = token.symbol
            if symbol == "{" or symbol == "}":
                return Statement(tokens, token, excess)
            if symbol == "(":
                depth += 1
            elif symbol == ")":
                depth -= depth > 0
            elif symbol == COMMENT:
                self.comments.append(token)
                continue
            last = token
            if excess is None:
                tokens.append(token)
                if depth > MAX_NESTING or token.end - tokens[0].start > MAX_STATEMENT:
                    excess = token

    def resume(self, offset: int) -> None:
        """Go on reading at an offset, which may lie before or behind what has been read."""
        line = self.source.position(offset).line
        while self.comments and self.comments[-1].start >= offset:
            self.comments.pop()
        self._line = line - 1
        self._read_line()
        self._tokens = [token for token in self._tokens if token.start >= offset]

    def _read_line(self) -> bool:
        """Turn to the next line; False if there is none."""
        starts = self.source.line_starts
        if self._line == len(starts):
            return False
        start = starts[self._line]
        self._line += 1
        end = starts[self._line] - 1 if self._line < len(starts) else len(self.source.text)
        self._place = 0
        if end - start > MAX_STATEMENT:
            self._tokens = [Token(BAD, BAD, "", start, start + MAX_STATEMENT + 1)]
        else:
            if self._line not in self._scanned:
                self._scanned[self._line] = scan(self.source.text, start, end)
            self._tokens = self._scanned[self._line]
        return True

    def _declaration_follows(self) -> bool:
        """Whether the next line begins a declaration, so that nothing that stands open can be meant to go on in it."""
        starts = self.source.line_starts
        return self._line < len(starts) and begins_declaration(self.source, starts[self._line])


def begins_declaration(source: SourceFile, offset: int) -> bool:
    """Whether the text at an offset reads like the beginning of a whole declaration."""
    return _DECLARATION.match(source.text, offset) is not None
