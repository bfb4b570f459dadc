"""The tokens of one statement → lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bxc import lalr
from bxc.dataclass import dataclass
from bxc.scan import NAME, NUMBER, STRING, WORD, Token, is_word

WIDTH = 100
_CONTINUED = 4  # further indentation of the second and later lines of a statement
_OPERATORS = frozenset(
    {"=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "(", ",", "and", "or", "not", "between", "like"}
    | {"when", "then", "else", "where", "default"}
)
_SPACED = frozenset(
    {"key", "unique", "check", "in", "and", "or", "not", "when", "then", "else", "where", "between", "like", "case"}
)
_BREAKS = frozenset({"and", "or", "when", "else", "||"})  # inside parentheses a line may begin with these


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment inside or behind a statement: the number of tokens before it, and whether it has a line of its own."""

    text: str
    after: int
    own_line: bool


def spelled(token: Token) -> str:
    """The canonical spelling of a token: `<>` for `!=`, and double quotes only where they are needed."""
    if token.kind != NAME:
        return token.text if token.kind in (STRING, NUMBER) else token.symbol
    bare = token.text[1:-1]
    return bare if is_word(bare) and bare.lower() not in lalr.keywords() else token.text


def gaps(kind: str, tokens: Sequence[Token]) -> list[int]:
    """How many spaces stand before each token of a statement of a kind, alignment apart."""
    typed = _end_of_type(tokens) if kind == "column" else 0
    return [0, *(_gap(tokens, place, typed) for place in range(1, len(tokens)))]


def _gap(tokens: Sequence[Token], place: int, typed: int) -> int:
    before, token = tokens[place - 1], tokens[place]
    if token.symbol in (",", ")", ":", "}") or before.symbol == "(":
        return 0
    if before.symbol == "-" and (place < 2 or tokens[place - 2].symbol in _OPERATORS):
        return int(token.symbol == "-")  # the minus is a sign, and two without a space are no signs
    if token.symbol == "(":
        return int(place > typed and (before.kind not in (WORD, NAME) or before.symbol in _SPACED))
    if before.kind == NUMBER and token.kind == WORD:
        return int(tokens[0].symbol != "ack")
    if before.symbol == "," and place < typed:
        return int(token.kind != NUMBER)  # decimal(10,2), but enum('a', 'b')
    return 1


def _end_of_type(tokens: Sequence[Token]) -> int:
    """The place behind the type of a column."""
    if len(tokens) < 3 or tokens[2].symbol != "(":
        return 2
    return next(place for place, token in enumerate(tokens) if token.symbol == ")") + 1


def joined(kind: str, tokens: Sequence[Token], start: int, end: int) -> str:
    """The text of the tokens from one place to another."""
    spaces = gaps(kind, tokens)
    return "".join(" " * spaces[place] * (place > start) + spelled(tokens[place]) for place in range(start, end))


def cells(kind: str, tokens: Sequence[Token]) -> tuple[int, ...]:
    """The places that are aligned with those of the lines around: type and modifiers of a column, `by` of an update."""
    if kind == "column":
        end = _end_of_type(tokens)
        return (1, end) if end < len(tokens) else (1,)
    if kind == "item" and tokens[0].symbol == "update":
        place = 2
        while tokens[place].symbol == ",":
            place += 2
        return (place,)
    return ()


def laid_out(
    kind: str, tokens: Sequence[Token], remarks: Sequence[Remark], indent: int, pads: Mapping[int, int]
) -> list[str]:
    """The lines of a statement, or of a comment alone; ``pads`` gives the spaces before tokens that are aligned."""
    if not tokens:
        return [" " * indent + remark.text for remark in remarks]
    spaces = [pads.get(place, gap) for place, gap in enumerate(gaps(kind, tokens))]
    chunks = _chunks(tokens, spaces, {remark.after for remark in remarks})
    lines = [" " * indent]
    fresh = True  # nothing stands on the last line yet
    remaining = list(remarks)
    for start, end, text in chunks:
        if not fresh and len(lines[-1]) + spaces[start] + len(text) > WIDTH:
            lines.append(" " * (indent + _CONTINUED))
            fresh = True
        lines[-1] += text if fresh else " " * spaces[start] + text
        fresh = False
        while remaining and remaining[0].after == end:
            remark = remaining.pop(0)
            if remark.own_line:
                lines += [] if fresh else [" " * (indent + _CONTINUED)]
                lines[-1] += remark.text
            else:
                lines[-1] += f"  {remark.text}"
            if end < len(tokens):
                lines.append(" " * (indent + _CONTINUED))
                fresh = True
    return lines


def _chunks(tokens: Sequence[Token], spaces: Sequence[int], ends: set[int]) -> list[tuple[int, int, str]]:
    """Runs of tokens that stay on one line, with their text; a run ends at each place of ``ends``."""
    chunks = []
    start = depth = 0
    for place, token in enumerate(tokens, 1):
        depth += (token.symbol == "(") - (token.symbol == ")")
        if place == len(tokens) or place in ends or _may_break(tokens, spaces, place, depth):
            text = "".join(" " * spaces[at] * (at > start) + spelled(tokens[at]) for at in range(start, place))
            chunks.append((start, place, text))
            start = place
    return chunks


def _may_break(tokens: Sequence[Token], spaces: Sequence[int], place: int, depth: int) -> bool:
    """Whether a new line may begin with the token at a place, which stands in that many open parentheses."""
    if tokens[place - 1].symbol == ",":
        return spaces[place] > 0
    return depth > 0 and tokens[place].symbol in _BREAKS and tokens[place - 1].symbol != "("
