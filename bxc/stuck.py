"""A statement that the grammar does not take: where it is stuck, what would fit, whether a correction would help."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

from bxc import lalr
from bxc.dataclass import dataclass
from bxc.diagnostic import Diagnostic, Label
from bxc.grammar import END
from bxc.scan import Token
from bxc.text import SourceFile, Span


@dataclass(frozen=True, slots=True)
class Mend:
    """A finding, the tokens to read in place of the statement (None: drop it), and where the next statement begins.

    ``resume`` is an offset; None means behind the statement.
    """

    finding: Diagnostic
    tokens: list[Token] | None = None
    resume: int | None = None


class Mistake:
    """A statement of a kind, the place where the grammar is stuck, and what can be known about it."""

    def __init__(self, file: SourceFile, start: str, tokens: list[Token], stuck: lalr.Stuck) -> None:
        self.file = file
        self.start = start
        self.tokens = tokens
        self.place = stuck.place
        self.states = stuck.states

    @property
    def token(self) -> Token | None:
        """The token that does not fit; None if the statement ends too early."""
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    @property
    def previous(self) -> Token | None:
        return self.tokens[self.place - 1] if self.place else None

    @property
    def before(self) -> list[Token]:
        return self.tokens[: self.place]

    @cached_property
    def accepted(self) -> set[str]:
        """The symbols that would fit."""
        return lalr.table().accepted(self.states)

    @cached_property
    def may_end(self) -> bool:
        """Whether the statement would be whole if it ended here."""
        return END in self.accepted

    @property
    def on_new_line(self) -> bool:
        """Whether the token that does not fit is the first of its line."""
        return self.token is not None and self.place > 0 and self.begins_line(self.place)

    def begins_line(self, place: int) -> bool:
        """Whether a line end stands before the token at a place."""
        return "\n" in self.file.text[self.tokens[place - 1].end : self.tokens[place].start]

    def replaced(self, token: Token, place: int) -> list[Token]:
        """The statement with another token at a place."""
        return [*self.tokens[:place], token, *self.tokens[place + 1 :]]

    def helps(self, tokens: list[Token]) -> bool:
        """Whether the grammar gets past the place in a corrected statement, and past one more token if there is one."""
        return self.reaches(tokens) > min(self.place + 1, len(tokens))

    def cures(self, tokens: list[Token]) -> bool:
        """Whether a corrected statement is right as a whole."""
        return self.reaches(tokens) > len(tokens)

    def reaches(self, tokens: list[Token]) -> int:
        """How many tokens of a corrected statement fit; one more than there are if it is right as a whole."""
        table = lalr.table()
        same = self.place if tokens[: self.place] == self.before else 0
        states = self.states if same else (table.starts[self.start],)
        return same + table.reach(states, tokens[same:])

    def next_whole_line(self) -> int | None:
        """Where, behind the place, a line begins that is a statement by itself although a comma joins it to the others.

        So a wrong column does not hide those below it where all end in a comma, as in a CREATE TABLE.
        """
        table, tokens = lalr.table(), self.tokens
        kinds = ("column", "constraint") if self.start in ("column", "constraint") else (self.start,)
        places = [0, *(place for place in range(1, len(tokens)) if self.begins_line(place)), len(tokens)]
        depth = 0
        for (before, place), end in zip(pairwise(places), places[2:], strict=False):
            depth = max(0, depth + sum((t.symbol == "(") - (t.symbol == ")") for t in tokens[before:place]))
            line = tokens[place : end - (tokens[end - 1].symbol == ",")]
            if depth or place <= self.place:
                continue
            if any(table.reach([table.starts[kind]], line) > len(line) for kind in kinds):
                return tokens[place].start
        return None

    def span(self, token: Token) -> Span:
        return Span(self.file, token.start, token.end)

    def says(self, message: str, at: Token, help_: str | None = None, *secondary: Label) -> Diagnostic:
        return Diagnostic("BX001", message, Label(self.span(at)), secondary, help_)
