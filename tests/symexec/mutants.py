"""A view's put → the same with one fault in it: of the kinds that a compiler may make."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

import duckdb

from bxc.validate import tokens as t
from bxc.validate.tokens import Token

SWAPS = {
    "and": "or",
    "or": "and",
    "=": "<>",
    "<>": "=",
    "<": "<=",
    ">": ">=",
    ">=": ">",
    "min": "max",
    "max": "min",
    "true": "false",
    "false": "true",
    "semi": "anti",
    "anti": "semi",
    "left": "inner",
    "full": "left",
    "bool_or": "bool_and",
}
PUT = ("bxc_at_", "bxc_move_", "bxc_stage_", "bxc_apply_")
"""How the names of the triggers begin that a put runs; others are for interactive edits."""
FUNCTIONS = ("steps", "apply", "put", "put_delta")
"""PostgreSQL's functions that a put runs."""
OPERATIONS = {"'insert'": "'update'", "'update'": "'delete'", "'delete'": "'insert'", "'keep'": "'insert'"}
ENDS = ("and", "or", "then", "when", "else", "group", "order", "union", "where", "having", "end", "from", "as", "limit")


@dataclass(frozen=True, slots=True)
class Mutant:
    """``path`` holds ``text``; ``told`` says what was done to it, and where."""

    path: str
    text: str
    operator: str
    told: str


def mutants(files: Mapping[str, str], engine: str, view: str, random: Random) -> Iterator[Mutant]:
    """Mutants of the statements that a put runs, at random; without end."""
    path, spans = _places(files, engine, view, random)
    while True:
        text = files[path]
        listed = _within(text, spans)
        operator = random.choice(list(OPERATORS))
        edits = list(OPERATORS[operator](text, listed))
        if edits:
            start, end, new = random.choice(edits)
            line = text.count("\n", 0, start) + 1
            told = f"{path}:{line}: {text[start:end][:60]!r} becomes {new[:60]!r}"
            yield Mutant(path, text[:start] + new + text[end:], operator, told)
        path, spans = _places(files, engine, view, random)


def is_sql(engine: str, files: Mapping[str, str], mutant: Mutant) -> bool:
    """Whether an engine's parser takes a mutant: others tell nothing."""
    try:
        if engine == "duckdb":
            duckdb.extract_statements(mutant.text)
        else:
            with closing(sqlite3.connect(":memory:")) as connection:
                connection.executescript(files["schema.sql"])
                connection.executescript(mutant.text)
    except (duckdb.Error, sqlite3.Error):
        return False
    return True


def _within(text: str, spans: list[tuple[int, int]]) -> list[Token]:
    return [token for token in _all_tokens(text) if any(a <= token.start < b for a, b in spans)]


def _all_tokens(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens of a text; those of a function's body instead of the body."""
    for token in t.tokens(text):
        if token.kind == "body":
            mark = token.text.index("$", 1) + 1
            yield from _all_tokens(token.text[mark:-mark], start + token.start + mark)
        else:
            yield replace(token, start=start + token.start, end=start + token.end)


def _places(files: Mapping[str, str], engine: str, view: str, random: Random) -> tuple[str, list[tuple[int, int]]]:
    """A file of a put, and which parts of it are the put's: the violations, and on SQLite its triggers."""
    if engine == "duckdb" and random.randint(0, 2):
        path = f"{view}.{random.choice(('put', 'put_delta'))}.sql"
        return path, [(0, len(files[path]))]
    path = f"{view}.sql"
    spans = []
    for statement in t.statements(files[path]):
        text = files[path][statement[0].start : statement[-1].end]
        head = text.split("\n", 1)[0]
        function = engine == "postgres" and any(f'"bxc_{x}_{view}"' in head for x in FUNCTIONS)
        if (
            f"bxc_violations_{view}" in head
            or (statement[1].is_("trigger") and any(x in head for x in PUT))
            or function
        ):
            spans.append((statement[0].start, statement[-1].end))
    return path, spans


# --- operators ------------------------------------------------------------------------------------------------------

Edits = Iterator[tuple[int, int, str]]


def _swapped_words(text: str, listed: list[Token]) -> Edits:
    for token in listed:
        if token.kind in ("word", "symbol") and token.text.lower() in SWAPS:
            yield token.start, token.end, SWAPS[token.text.lower()]


def _swapped_operations(text: str, listed: list[Token]) -> Edits:
    for token in listed:
        if token.text in OPERATIONS:
            yield token.start, token.end, OPERATIONS[token.text]


def _dropped_not(text: str, listed: list[Token]) -> Edits:
    for a, b in pairwise(listed):
        if a.is_("not") and not b.is_("null", "exists"):
            yield a.start, b.start, ""


def _negated_exists(text: str, listed: list[Token]) -> Edits:
    for a, b in pairwise(listed):
        if b.is_("exists") and a.is_("not"):
            yield a.start, b.start, ""
        elif b.is_("exists"):
            yield b.start, b.start, "not "


def _dropped_operand(text: str, listed: list[Token], word: str) -> Edits:
    for n, token in enumerate(listed):
        if not token.is_(word) or (n > 1 and any(x.is_("between") for x in listed[max(0, n - 4) : n])):
            continue
        depth = 0
        for last in range(n + 1, len(listed)):
            depth += listed[last].is_("(", "case")
            if depth == 0 and listed[last].is_(*ENDS, ")", ",", ";"):
                yield token.start, listed[last].start, ""
                break
            depth -= listed[last].is_(")", "end")
            if depth < 0:
                yield token.start, listed[last].start, ""
                break


def _dropped_conjunct(text: str, listed: list[Token]) -> Edits:
    yield from _dropped_operand(text, listed, "and")


def _dropped_disjunct(text: str, listed: list[Token]) -> Edits:
    yield from _dropped_operand(text, listed, "or")


def _dropped_branch(text: str, listed: list[Token]) -> Edits:
    for n, token in enumerate(listed):
        if not token.is_("union"):
            continue
        depth = 0
        for last in range(n + 1, len(listed)):
            depth += listed[last].is_("(")
            depth -= listed[last].is_(")")
            if depth < 0 or (depth == 0 and listed[last].is_("union", ";")):
                yield token.start, listed[last].start, ""
                break


def _swapped_columns(text: str, listed: list[Token]) -> Edits:
    for n in range(len(listed) - 7):
        a, dot, x, comma, b, dot2, y = listed[n : n + 7]
        if dot.is_(".") and comma.is_(",") and dot2.is_(".") and a.text == b.text and x.text != y.text:
            yield x.start, y.end, f"{y.text}{text[x.end : y.start]}{x.text}"


def _other_column(text: str, listed: list[Token]) -> Edits:
    """A column of the row after instead of the one before, and the other way round."""
    for token in listed:
        if token.kind == "word" and token.text.startswith("bxc_old_"):
            yield token.start, token.end, token.text.removeprefix("bxc_old_")


def _changed_constant(text: str, listed: list[Token]) -> Edits:
    for token in listed:
        if token.kind == "number":
            yield token.start, token.end, "0" if token.text == "1" else "1"


def _dropped_statement(text: str, listed: list[Token]) -> Edits:
    starts = [n for n, token in enumerate(listed) if token.is_(";", "begin")]
    for a, b in pairwise(starts):
        if listed[b].is_(";"):
            yield listed[a].end, listed[b].end if listed[a].is_(";") else listed[b].start, ""


OPERATORS = {
    "word": _swapped_words,
    "operation": _swapped_operations,
    "not": _dropped_not,
    "exists": _negated_exists,
    "conjunct": _dropped_conjunct,
    "disjunct": _dropped_disjunct,
    "branch": _dropped_branch,
    "columns": _swapped_columns,
    "old for new": _other_column,
    "constant": _changed_constant,
    "statement": _dropped_statement,
}
