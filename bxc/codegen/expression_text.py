"""Expressions turned back into the language's own text, the same whatever the layout of the spec."""

from __future__ import annotations

import re
from datetime import date
from enum import IntEnum
from typing import assert_never
from uuid import UUID

from bxc import expr as e

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_WORDS = frozenset(
    ["and", "or", "not", "in", "between", "is", "null", "true", "false", "like", "case", "when", "then", "else", "end"]
)


class _Level(IntEnum):
    """How tightly an operator binds."""

    OR = 1
    AND = 2
    NOT = 3
    COMPARISON = 4
    CONCAT = 5
    SUM = 6
    PRODUCT = 7
    SIGNED = 8
    ATOM = 9


def expression_text(expr: e.Expr) -> str:
    """The text of an expression; conversions between decimals, which the language leaves out, are left out."""
    return _text(expr)[0]


def literal_text(literal: e.Literal) -> str:
    """The text of a constant: `null`, `true`, `-1.50`, `'it''s'`, `'2026-01-31'`."""
    value = literal.value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return f"'{value.hex()}'"
    if isinstance(value, str):
        return _quoted(value, "'")
    return f"'{value}'" if isinstance(value, date | UUID) else str(value)


def name_text(name: str) -> str:
    """A name, in double quotes where it is no plain word."""
    return name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else _quoted(name, '"')


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark * 2) + mark


def _at(level: _Level, expr: e.Expr) -> str:
    """The text, in parentheses if it binds less tightly than a level."""
    text, own = _text(expr)
    return text if own >= level else f"({text})"


def _text(expr: e.Expr) -> tuple[str, _Level]:
    match expr:
        case e.Column():
            return name_text(expr.name), _Level.ATOM
        case e.Literal():
            text = literal_text(expr)
            return text, _Level.SIGNED if text.startswith("-") else _Level.ATOM
        case e.Or():
            return " or ".join(_at(_Level.AND, operand) for operand in expr.operands), _Level.OR
        case e.And():
            return " and ".join(_at(_Level.NOT, operand) for operand in expr.operands), _Level.AND
        case e.Not():
            return f"not {_at(_Level.COMPARISON, expr.operand)}", _Level.NOT
        case e.Compare():
            return f"{_at(_Level.CONCAT, expr.left)} {expr.op} {_at(_Level.CONCAT, expr.right)}", _Level.COMPARISON
        case e.In():
            items = ", ".join(map(literal_text, expr.items))
            return f"{_at(_Level.CONCAT, expr.operand)} in ({items})", _Level.COMPARISON
        case e.IsNull():
            return f"{_at(_Level.CONCAT, expr.operand)} is null", _Level.COMPARISON
        case e.StartsWith():
            return f"{_at(_Level.CONCAT, expr.operand)} like {_quoted(expr.prefix + '%', chr(39))}", _Level.COMPARISON
        case e.Concat():
            return " || ".join(_at(_Level.SUM, operand) for operand in expr.operands), _Level.CONCAT
        case e.Arithmetic():
            level = _Level.PRODUCT if expr.op == "*" else _Level.SUM
            return f"{_at(level, expr.left)} {expr.op} {_at(_Level(level + 1), expr.right)}", level
        case e.Negate():
            return f"-{_at(_Level.ATOM, expr.operand)}", _Level.SIGNED
        case e.Rescale():
            return _text(expr.operand)
        case e.Case():
            return _case(expr), _Level.ATOM
        case _:
            assert_never(expr)


def _case(expr: e.Case) -> str:
    whens = "".join(f" when {expression_text(when)} then {expression_text(then)}" for when, then in expr.whens)
    otherwise = "" if expr.otherwise is None else f" else {expression_text(expr.otherwise)}"
    return f"case{whens}{otherwise} end"
