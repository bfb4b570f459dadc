"""Symbols of the grammar → the user's words."""

from __future__ import annotations

from collections.abc import Sequence

from bxc.grammar import END
from bxc.scan import NAME, NUMBER, STRING, Token

OPERATORS = frozenset(
    {"=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "and", "or", "not", "in", "is", "like", "between"}
)
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_NOUNS = {
    "spec": "a name",
    "peer": "a name",
    "source": "a name",
    "view": "a name",
    "share": "a name",
    "at": "a peer",
    "by": "a peer",
    "authority": "a peer",
    "from": "a source or view",
    "<->": "a view",
    "join": "a source or view",
    "union": "a source or view",
    "minus": "a source or view",
    "references": "a source",
    "check": "a name",
    "(": "a column",
    "determined": "a column",
}
_STARTS = {
    "declaration": "a declaration",
    "constraint": "a constraint",
    "step": "a step",
    "item": "a line of a share",
}


def expected(start: str, before: Sequence[Token], accepted: set[str]) -> str:
    """What may follow the tokens ``before`` of a statement of a kind, as a phrase without a verb."""
    if not before and start in _STARTS:
        return f"{_STARTS[start]}, which begins with {_listed([f'`{word}`' for word in sorted(accepted)])}"
    words = set(accepted)
    phrases = []
    if words >= _COMPARISONS:
        words -= OPERATORS | {"("}
        phrases.append("an operator")
    elif "*" in words:
        words -= {"*", "/", "%", "+", "-", "||"}
        phrases.append("an operator")
    if {"case", STRING} <= words:
        words -= {"case", "true", "false", "null", "fresh", "not", "(", "-", NAME, NUMBER, STRING}
        phrases.append("a value")
    elif "fresh" in words:
        words -= {"fresh", "true", "false", "null", "-", NUMBER, STRING}
        phrases.append("a literal")
    phrases += [f"`{word}`" for word in sorted(words - {NAME, NUMBER, STRING, END})]
    phrases += [noun for symbol, noun in ((NUMBER, "a number"), (STRING, "a text in single quotes")) if symbol in words]
    if NAME in words:
        phrases.insert(0, noun(start, before))
    if END in words:
        phrases.append(_end(start, before))
    return _listed(phrases)


def noun(start: str, before: Sequence[Token]) -> str:
    """What kind of name is meant behind the last keyword or sign that tells it."""
    if start == "column" and len(before) < 2:
        return ("a column", "a type")[len(before)]
    if start == "declaration" and before[-1].symbol == "=":
        return "a view"
    if len(before) == 1:
        return _NOUNS.get(before[0].symbol, "a column")
    symbols = [token.symbol for token in before[1:] if token.symbol in _NOUNS]
    if "determined" in symbols:
        return "a column"
    return _NOUNS[symbols[-1]] if symbols else "a column"


def _end(start: str, before: Sequence[Token]) -> str:
    opens_block = start == "declaration" and before[0].symbol in ("source", "view", "share")
    return "`{`" if opens_block else "the end of the line"


def _listed(phrases: Sequence[str]) -> str:
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} or {phrases[-1]}"


def found(token: Token | None) -> str:
    """A token as the user sees it; None is the end of the statement."""
    if token is None:
        return "the end of the line"
    text = token.text if len(token.text) <= 40 else token.text[:37] + "…"
    return text if token.kind == STRING else f"`{text}`"
