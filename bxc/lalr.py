"""Tokens of one statement → its node, by the LALR table of `grammar.json`; or where and why it is stuck.

This is the loop that Lark would run over the table that Lark has computed. It differs in one point, which makes the
keywords contextual: a word is offered to the grammar as the keyword it looks like and, where that keyword is not
accepted, as a name. Being no more than the loop, it starts at once and reads ten thousand lines in a fraction of a
second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from bxc import tree
from bxc.dataclass import dataclass
from bxc.grammar import END, TABLE
from bxc.scan import NAME, NUMBER, STRING, WORD, Token
from bxc.text import SourceFile, Span

LEAVES = (NAME, NUMBER, STRING)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: the nonterminal it makes, how many symbols it takes, the children it keeps, and what it does with them.

    ``action`` is a function of `bxc.tree`; or ``none``, ``one``, ``more`` for lists; or ``child`` to hand on the first.
    """

    origin: str
    length: int
    action: Callable[..., object] | str
    kept: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The automaton: start state by start rule, and by state what to do on a symbol and where to go after a rule."""

    starts: dict[str, int]
    rules: list[Rule]
    actions: list[dict[str, int]]
    gotos: list[dict[str, int]]

    def follow(self, states: list[int], symbol: str) -> bool:
        """Take a symbol, changing ``states``; False, and ``states`` as they were, if it is not accepted."""
        kept = len(states)  # of ``states``, below the states that rules have led to
        above: list[int] = []
        while (action := self.actions[above[-1] if above else states[kept - 1]].get(symbol)) is not None:
            if action >= 0:
                states[kept:] = [*above, action]
                return True
            if -action > len(self.rules):
                return True
            rule = self.rules[-action - 1]
            kept -= max(0, rule.length - len(above))
            del above[max(0, len(above) - rule.length) :]
            above.append(self.gotos[above[-1] if above else states[kept - 1]][rule.origin])
        return False

    def accepted(self, states: Sequence[int]) -> set[str]:
        """The symbols that may come next."""
        return {symbol for symbol in self.actions[states[-1]] if self.follow(list(states), symbol)}

    def walk(self, states: list[int], tokens: Sequence[Token]) -> int:
        """Take tokens as far as they fit, changing ``states``; the number of those taken."""
        for place, token in enumerate(tokens):
            if not (self.follow(states, token.symbol) or (token.kind == WORD and self.follow(states, NAME))):
                return place
        return len(tokens)

    def reach(self, states: Sequence[int], tokens: Sequence[Token]) -> int:
        """How many of the tokens fit one after the other; one more than there are if the statement may end then."""
        return self.walk(list(states), (*tokens, ended(tokens)))


@dataclass(frozen=True, slots=True)
class Stuck:
    """The place of the token that no rule takes (the number of tokens, if more must come), and the states before it."""

    place: int
    states: tuple[int, ...]


@cache
def table() -> Table:
    """The table of the grammar, read when the first statement is parsed."""
    data = json.loads(TABLE.read_text("utf-8"))
    rules = [Rule(origin, length, _action(name), tuple(kept)) for origin, length, name, kept in data["rules"]]
    actions, gotos = zip(*data["states"], strict=True)
    return Table(data["starts"], rules, list(actions), list(gotos))


def _action(name: str | None) -> Callable[..., object] | str:
    if name in ("none", "one", "more"):
        return name
    return "child" if name is None else tree.function_of(name)


@cache
def keywords() -> frozenset[str]:
    """Every word that is a keyword somewhere."""
    return frozenset(symbol for row in table().actions for symbol in row if symbol.isidentifier())


def parse(start: str, tokens: Sequence[Token], file: SourceFile) -> Any:
    """The node that a start rule (declaration, column, constraint, step or item) makes of tokens, or `Stuck`."""
    automaton = table()
    actions, gotos, rules = automaton.actions, automaton.gotos, automaton.rules
    states = [automaton.starts[start]]
    values: list[Any] = []
    places: list[tuple[int, int]] = []  # offsets of the values
    for place, token in enumerate((*tokens, ended(tokens))):
        symbol = token.symbol
        while True:
            row = actions[states[-1]]
            wanted = symbol
            action = row.get(symbol)
            if action is None:
                if token.kind == WORD:
                    wanted = NAME
                    action = row.get(NAME)
                if action is None:
                    return _stuck(automaton, start, tokens[:place])
            if action >= 0:
                states.append(action)
                values.append(tree.leaf(file, token) if wanted in LEAVES else token)
                places.append((token.start, token.end))
                break
            if -action > len(rules):
                return values[0]
            rule = rules[-action - 1]
            _reduce(rule, values, places, token.start, file)
            if rule.length:
                del states[-rule.length :]
            states.append(gotos[states[-1]][rule.origin])
    raise AssertionError("the end of the tokens is always accepted or stuck")


def ended(tokens: Sequence[Token]) -> Token:
    """The token that marks the end of a statement."""
    end = tokens[-1].end if tokens else 0
    return Token(END, END, "", end, end)


def _stuck(automaton: Table, start: str, before: Sequence[Token]) -> Stuck:
    """Being stuck behind tokens, in the states before the next token made any rule give up."""
    states = [automaton.starts[start]]
    automaton.walk(states, before)
    return Stuck(len(before), tuple(states))


def _reduce(rule: Rule, values: list[Any], places: list[tuple[int, int]], here: int, file: SourceFile) -> None:
    """Replace a rule's children at the end of ``values`` by what the rule makes of them."""
    length, action, kept = rule.length, rule.action, rule.kept
    if not length:
        values.append([])
        places.append((here, here))
        return
    first = len(values) - length
    start, end = places[first][0], places[-1][1]
    if action == "child":
        value = values[first + kept[0]]
    elif action == "one":
        value = [values[first]]
    elif action == "more":
        value = values[first]
        value.append(values[-1])
    else:
        value = action(Span(file, start, end), *[values[first + place] for place in kept])  # type: ignore[operator]
    if length > 1:
        del values[first + 1 :]
        del places[first + 1 :]
        places[first] = (start, end)
    values[first] = value
