"""Expressions of a database → text in the language of specs, where it has them with the same meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal as PyDecimal
from decimal import InvalidOperation

from bxc import types as t
from bxc.database.expression import Node

PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# Words that the reader of a spec could take for something else where a column's name stands.
RESERVED = frozenset(
    {"and", "or", "not", "in", "between", "is", "null", "like", "case", "when", "then", "else", "end", "true", "false"}
    | {"fresh", "check", "primary", "unique", "determines"}
)
LEVELS = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "||": 5, "*": 6, "negate": 7}
COMPARISON = 4
ATOM = 8
COMPARING = frozenset({"=", "<>", "<", "<=", ">", ">=", "in", "not in", "between", "not between"})


class UntranslatableError(Exception):
    """The language has no such expression, or the engine gives it another meaning."""


def spec_name(name: str) -> str:
    """A name as a spec writes it."""
    if PLAIN_NAME.fullmatch(name) and name.lower() not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def spec_string(text: str) -> str:
    """A text as a spec writes it."""
    return "'" + text.replace("'", "''") + "'"


def spec_literal(node: Node, type_: t.Type, engine: str) -> str:
    """A constant of a column's type; UntranslatableError if it is not one."""
    while node.kind == "cast" and len(node.parts) == 1:
        node = node.parts[0]
    if node.kind == "word" and (node.text == "null" or isinstance(type_, t.Bool)):
        return node.text
    match type_:
        case t.Bool() if node.text in ("0", "1") and engine == "sqlite":
            return "true" if node.text == "1" else "false"
        case t.Decimal() if node.kind == "number":
            return _decimal(node.text, type_, engine)
        case t.Int() | t.Real() if node.kind == "number":
            return node.text
        case t.Bytes() if node.kind == "blob":
            return spec_string(node.text)
        case t.Text() | t.Varchar() | t.Enum() | t.Date() | t.Timestamp() | t.Uuid() if node.kind == "string":
            return spec_string(node.text)
        case _:
            raise UntranslatableError(node.text)


def _decimal(digits: str, type_: t.Decimal, engine: str) -> str:
    try:
        value = PyDecimal(digits)
    except InvalidOperation as error:
        raise UntranslatableError(digits) from error
    if engine == "sqlite":
        value = value.scaleb(-type_.scale)
    return f"{value:f}"


def spec_condition(node: Node, columns: Mapping[str, t.Type], engine: str) -> str:
    """A condition over columns; UntranslatableError if the language has none with this meaning."""
    return _Translation(columns, engine).text(node, None)[0]


class _Translation:
    """Column types by name as the spec will have them; SQLite's names are found in whatever case."""

    def __init__(self, columns: Mapping[str, t.Type], engine: str) -> None:
        self.columns = columns
        self.engine = engine
        self.folded = {name.lower(): name for name in columns}

    def text(self, node: Node, context: t.Type | None) -> tuple[str, int]:
        """The text of a part, and how tightly it binds; ``context`` is the type that constants beside it have."""
        match node.kind:
            case "name":
                return spec_name(self.column(node)), ATOM
            case "op":
                return self.operation(node, context)
            case "call":
                return self.call(node), ATOM
            case "case":
                return self.case(node, context), ATOM
            case "word" if node.text in ("true", "false"):
                return node.text, ATOM
            case _ if context is None:
                return spec_literal(node, t.Int(), self.engine), ATOM
            case _:
                return spec_literal(node, context, self.engine), ATOM

    def column(self, node: Node) -> str:
        name = node.text if node.text in self.columns else self.folded.get(node.text.lower())
        if name is None:
            raise UntranslatableError(node.text)
        return name

    def type_of(self, node: Node) -> t.Type | None:
        """The type of the first column in a part."""
        if node.kind == "name":
            return self.columns[self.column(node)]
        if node.kind == "call":
            return None
        return next((found for part in node.parts if (found := self.type_of(part))), None)

    def operation(self, node: Node, context: t.Type | None) -> tuple[str, int]:
        op, parts = node.text, node.parts
        prefix = self.prefix_test(node)
        if prefix is not None:
            return prefix, COMPARISON
        if op in ("is", "is not"):
            if parts[1] != Node("word", "null"):
                raise UntranslatableError(op)
            return f"{self.at(parts[0], COMPARISON + 1, None)} {op} null", COMPARISON
        if op in COMPARING:
            return self.compare(op, parts, self.type_of(node)), COMPARISON
        if op in ("like", "not like"):
            return self.like(op, parts), COMPARISON
        if op not in LEVELS:
            raise UntranslatableError(op)
        return self.connective(op, parts, context), LEVELS[op]

    def connective(self, op: str, parts: tuple[Node, ...], context: t.Type | None) -> str:
        level = LEVELS[op]
        arithmetic = op in ("+", "-", "*", "negate")
        if arithmetic and self.engine == "sqlite" and isinstance(context, t.Decimal):
            raise UntranslatableError("arithmetic on scaled integers")
        inner = context if arithmetic else t.Text() if op == "||" else None
        if op in ("not", "negate"):
            return f"{'not ' if op == 'not' else '-'}{self.at(parts[0], level + 1, inner)}"
        rest = [self.at(part, level + 1, inner) for part in parts[1:]]
        return f" {op} ".join([self.at(parts[0], level, inner), *rest])

    def compare(self, op: str, parts: tuple[Node, ...], type_: t.Type | None) -> str:
        left, *others = (self.at(part, COMPARISON + 1, type_) for part in parts)
        if op.endswith("in"):
            return f"{left} {op} ({', '.join(others)})"
        return f"{left} {op} {' and '.join(others)}"

    def like(self, op: str, parts: tuple[Node, ...]) -> str:
        """LIKE means the same only where the engine minds case."""
        pattern = parts[1]
        if self.engine == "sqlite" or pattern.kind != "string":
            raise UntranslatableError(op)
        return f"{self.at(parts[0], COMPARISON + 1, t.Text())} {op} {spec_string(pattern.text)}"

    def prefix_test(self, node: Node) -> str | None:
        """`substr(c, 1, n) = 'prefix'` as LIKE."""
        if node.text != "=" or node.parts[0].kind != "call" or node.parts[0].text not in ("substr", "substring"):
            return None
        call, prefix = node.parts
        match call.parts:
            case (operand, Node("number", "1"), Node("number", length)) if (
                prefix.kind == "string" and str(len(prefix.text)) == length
            ):
                return self.starts_with(operand, prefix.text)
            case _:
                return None

    def call(self, node: Node) -> str:
        if node.text == "starts_with" and len(node.parts) == 2 and node.parts[1].kind == "string":
            return f"({self.starts_with(node.parts[0], node.parts[1].text)})"
        raise UntranslatableError(node.text)

    def starts_with(self, operand: Node, prefix: str) -> str:
        if "%" in prefix or "_" in prefix:
            raise UntranslatableError("like")
        return f"{self.at(operand, COMPARISON + 1, t.Text())} like {spec_string(prefix + '%')}"

    def case(self, node: Node, context: t.Type | None) -> str:
        texts = ["case"]
        pairs = len(node.parts) // 2
        for index in range(pairs):
            condition, value = node.parts[2 * index], node.parts[2 * index + 1]
            texts.append(f"when {self.text(condition, None)[0]} then {self.text(value, context)[0]}")
        if len(node.parts) % 2:
            texts.append(f"else {self.text(node.parts[-1], context)[0]}")
        return " ".join([*texts, "end"])

    def at(self, node: Node, level: int, context: t.Type | None) -> str:
        """A part's text, in parentheses if it binds less tightly than ``level``."""
        text, own = self.text(node, context)
        return text if own >= level else f"({text})"
