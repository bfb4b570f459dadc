"""The text of a CREATE TABLE → what SQLite's pragmas do not tell: CHECKs, collations, and comments behind columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from bxc.database.tokens import Token, tokens

COMMENT = re.compile(r"--[ \t]*([^\n]*)|/\*[ \t]*(.*?)[ \t]*\*/")
CONSTRAINT_WORDS = ("constraint", "primary", "unique", "check", "foreign")


def created_checks(sql: str) -> list[tuple[str | None, str]]:
    """Name (None without one) and expression of each CHECK, in the order of the text."""
    found: list[tuple[str | None, str]] = []
    body = tokens(sql)
    depth = 0
    for index, token in enumerate(body):
        if token.is_symbol("("):
            depth += 1
        elif token.is_symbol(")"):
            depth -= 1
        elif depth == 1 and token.is_word("check") and index + 1 < len(body) and body[index + 1].is_symbol("("):
            named = index >= 2 and body[index - 2].is_word("constraint")
            found.append((body[index - 1].text if named else None, _parenthesised(sql, body, index + 1)))
    return found


def _parenthesised(sql: str, body: list[Token], start: int) -> str:
    """The text between the parenthesis at a token and its partner."""
    depth = 0
    for token in body[start:]:
        depth += token.is_symbol("(") - token.is_symbol(")")
        if depth == 0:
            return sql[body[start].end : token.start].strip()
    return sql[body[start].end :].strip()


def created_notes(sql: str) -> list[str]:
    """Notes on collations other than the default, which change what `=` and `<` mean."""
    notes = []
    for name, part in _columns(sql):
        for before, after in pairwise(part):
            if before.is_word("collate") and after.text.lower() != "binary":
                notes.append(f"{name} compares by the collation {after.text}")
    return notes


def created_comments(sql: str) -> dict[str, str]:
    """The first comment in a column's definition or at the end of its line, by column."""
    comments = {}
    for name, part in _columns(sql):
        line_end = sql.find("\n", part[-1].end)
        match = COMMENT.search(sql, part[0].end, line_end if line_end >= 0 else len(sql))
        if match:
            comments[name] = (match[1] or match[2] or "").strip()
    return comments


def _columns(sql: str) -> Iterator[tuple[str, list[Token]]]:
    """Each column's name and the tokens of its definition."""
    part: list[Token] = []
    depth = 0
    for token in tokens(sql):
        closing = depth == 1 and token.is_symbol(")")
        if depth == 1 and (closing or token.is_symbol(",")):
            if part and not part[0].is_word(*CONSTRAINT_WORDS):
                yield part[0].text, part
            part = []
            if closing:
                return
            continue
        if depth >= 1:
            part.append(token)
        depth += token.is_symbol("(") - token.is_symbol(")")
