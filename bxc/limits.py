"""Limits of a spec's size, and findings where a statement exceeds them (BX007)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bxc import syntax
from bxc.diagnostic import Diagnostic, Label
from bxc.scan import BAD, NUMBER, Token
from bxc.statements import MAX_NESTING, MAX_STATEMENT
from bxc.text import SourceFile, Span

MAX_FILE = 10_000_000  # bytes
MAX_DIGITS = 100
MAX_FINDINGS = 500


def excess(source: SourceFile, token: Token) -> Diagnostic:
    """The finding about a statement that was cut off at a token."""
    if token.symbol == "(":
        return _too_much(source, token.start, token.end, f"more than {MAX_NESTING} parentheses are open here")
    place = token.start if token.kind == BAD else token.end
    message = f"a statement of more than {MAX_STATEMENT:,} characters"
    return _too_much(source, place, min(place + 1, len(source.text)), message)


def long_numbers(source: SourceFile, tokens: Sequence[Token]) -> list[Diagnostic]:
    """Findings about numbers that are too long."""
    message = f"a number of more than {MAX_DIGITS} digits"
    long = (t for t in tokens if t.kind == NUMBER and t.end - t.start > MAX_DIGITS)
    return [_too_much(source, token.start, token.end, message) for token in long]


def deep_expression(node: object) -> Diagnostic | None:
    """The finding about a statement whose operations are nested too deeply; a chain of one operator counts as one."""
    level = list(_expressions(node))
    for _ in range(MAX_NESTING + 1):
        level = [operand for expression in level for operand in operands(expression)]
        if not level:
            return None
    span = level[0].span
    return _too_much(span.file, span.start, span.end, f"an expression nested more than {MAX_NESTING} deep")


def _expressions(node: object) -> tuple[syntax.Expr, ...]:
    match node:
        case syntax.Where() | syntax.Check():
            return (node.condition,)
        case syntax.Add():
            return (node.value,)
        case syntax.Column():
            return tuple(check.condition for check in node.checks)
        case _:
            return ()


def operands(expression: syntax.Expr) -> tuple[syntax.Expr, ...]:
    """The expressions directly inside an expression; ``a and b and c`` has three, however long it is."""
    match expression:
        case syntax.Ref() | syntax.Number() | syntax.String() | syntax.Bool() | syntax.Null() | syntax.Fresh():
            return ()
        case syntax.Unary(operand=operand) | syntax.IsNull(operand=operand):
            return (operand,)
        case syntax.Binary(op=op):
            return _chain(expression, op)
        case syntax.Between(operand=operand, low=low, high=high):
            return (operand, low, high)
        case syntax.In(operand=operand, items=items):
            return (operand, *items)
        case syntax.Like(operand=operand, pattern=pattern):
            return (operand, pattern)
        case syntax.Case(whens=whens, otherwise=otherwise):
            inner = tuple(part for when in whens for part in (when.condition, when.value))
            return inner if otherwise is None else (*inner, otherwise)
        case syntax.Call(arguments=arguments):
            return arguments
        case _:
            assert_never(expression)


def _chain(expression: syntax.Expr, op: str) -> tuple[syntax.Expr, ...]:
    """The operands of ``a op b op c …``, the last first."""
    found: list[syntax.Expr] = []
    while isinstance(expression, syntax.Binary) and expression.op == op:
        found.append(expression.right)
        expression = expression.left
    return (*found, expression)


def too_many(source: SourceFile, offset: int) -> Diagnostic:
    """The finding that closes a file with too many syntax errors."""
    message = f"more than {MAX_FINDINGS} syntax errors: the rest of the file is not read"
    return _too_much(source, offset, min(offset + 1, len(source.text)), message)


def _too_much(source: SourceFile, start: int, end: int, message: str) -> Diagnostic:
    return Diagnostic("BX007", message, Label(Span(source, start, end)))
