"""The text of a constraint or default, as a database's catalog gives it → a tree to compare and translate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bxc.database.tokens import Token, tokens
from bxc.dataclass import dataclass

COMPARISONS = {"=": "=", "==": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression.

    ``kind`` is `name`, `number`, `string`, `blob`, `word` (`null`, `true`, `false`), `call` (``text`` is the function),
    `cast` (the type), `case` (conditions and values in turn, then perhaps the value of `else`) or `op`. Operators are
    in lower case, `not in`, `is not`, `between` and the like written out; `and` and `or` are flat.
    """

    kind: str
    text: str
    parts: tuple[Node, ...] = ()


class UnknownSyntaxError(Exception):
    """The expression has something in it that this reader does not know."""


def read(sql: str) -> Node | None:
    """The tree of an expression; None if it cannot be read."""
    reader = _Reader(tokens(sql))
    try:
        node = reader.disjunction()
        return node if reader.at_end() else None
    except (UnknownSyntaxError, IndexError):
        return None


class _Reader:
    """Recursive descent over a list of tokens."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.position = 0
        self.depth = 0

    def at_end(self) -> bool:
        return self.position == len(self.tokens)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level of nesting; what is nested too deeply is not read."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnknownSyntaxError("too deep")
        yield
        self.depth -= 1

    def peek(self, ahead: int = 0) -> Token:
        index = self.position + ahead
        return self.tokens[index] if index < len(self.tokens) else Token("end", "", 0, 0)

    def take(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def word(self, *words: str) -> str | None:
        """Take one of these words if it is next."""
        return self.take().text.lower() if self.peek().is_word(*words) else None

    def symbol(self, *symbols: str) -> str | None:
        """Take one of these symbols if it is next."""
        return self.take().text if self.peek().is_symbol(*symbols) else None

    def expect(self, symbol: str) -> None:
        if not self.symbol(symbol):
            raise UnknownSyntaxError(symbol)

    def expect_word(self, word: str) -> None:
        if not self.word(word):
            raise UnknownSyntaxError(word)

    def disjunction(self) -> Node:
        with self.deeper():
            parts = [self.conjunction()]
            while self.word("or"):
                parts.append(self.conjunction())
        return _flat("or", parts)

    def conjunction(self) -> Node:
        parts = [self.negation()]
        while self.word("and"):
            parts.append(self.negation())
        return _flat("and", parts)

    def negation(self) -> Node:
        if self.word("not"):
            with self.deeper():
                return Node("op", "not", (self.negation(),))
        return self.comparison()

    def comparison(self) -> Node:
        left = self.sum()
        while True:
            if symbol := self.symbol(*COMPARISONS):
                left = Node("op", COMPARISONS[symbol], (left, self.sum()))
            elif symbol := self.symbol("~~", "!~~"):
                left = Node("op", "like" if symbol == "~~" else "not like", (left, self.sum()))
            elif self.word("is"):
                negated = "is not" if self.word("not") else "is"
                left = Node("op", negated, (left, self.sum()))
            elif word := self.word("isnull", "notnull"):
                left = Node("op", "is" if word == "isnull" else "is not", (left, Node("word", "null")))
            else:
                negated = "not " if self._negated_operator() else ""
                word = self.word("in", "between", "like", "glob")
                if word is None:
                    return left
                left = Node("op", negated + word, (left, *self._operands(word)))

    def _negated_operator(self) -> bool:
        if self.peek().is_word("not") and self.peek(1).is_word("in", "between", "like", "glob"):
            self.take()
            return True
        return False

    def _operands(self, word: str) -> tuple[Node, ...]:
        if word == "in":
            self.expect("(")
            return self._list()
        low = self.sum()
        if word != "between":
            return (low,)
        self.expect_word("and")
        return (low, self.sum())

    def _list(self) -> tuple[Node, ...]:
        """The rest of a list after `(`."""
        items: list[Node] = []
        if self.symbol(")"):
            return ()
        while True:
            items.append(self.disjunction())
            if self.symbol(")"):
                return tuple(items)
            self.expect(",")

    def sum(self) -> Node:
        left = self.product()
        while symbol := self.symbol("+", "-", "||"):
            left = Node("op", symbol, (left, self.product()))
        return left

    def product(self) -> Node:
        left = self.signed()
        while symbol := self.symbol("*", "/", "%"):
            left = Node("op", symbol, (left, self.signed()))
        return left

    def signed(self) -> Node:
        if self.symbol("-"):
            with self.deeper():
                operand = self.signed()
            if operand.kind == "number" and not operand.text.startswith("-"):
                return Node("number", f"-{operand.text}")
            return Node("op", "negate", (operand,))
        if self.symbol("+"):
            with self.deeper():
                return self.signed()
        return self.cast(self.atom())

    def cast(self, operand: Node) -> Node:
        while self.symbol("::"):
            operand = Node("cast", self._type(), (operand,))
        return operand

    def _type(self) -> str:
        name = self.take().text.lower()
        if not self.symbol("("):
            return name
        arguments = ",".join(part.text for part in self._list())
        return f"{name}({arguments})"

    def atom(self) -> Node:
        token = self.take()
        match token.kind:
            case "string" | "number" | "blob" | "name":
                return Node(token.kind, token.text)
            case "symbol" if token.text == "(":
                inner = self.disjunction()
                self.expect(")")
                return inner
            case "word":
                return self._word(token)
            case _:
                raise UnknownSyntaxError(token.text)

    def _word(self, token: Token) -> Node:
        lower = token.text.lower()
        if lower in ("null", "true", "false"):
            return Node("word", lower)
        if lower == "case":
            return self._case()
        if lower == "cast" and self.symbol("("):
            operand = self.disjunction()
            self.expect_word("as")
            made = Node("cast", self._type(), (operand,))
            self.expect(")")
            return made
        if lower in ("date", "timestamp", "uuid") and self.peek().kind == "string":
            return Node("cast", lower, (Node("string", self.take().text),))
        if self.symbol("("):
            return Node("call", lower, self._list())
        return Node("name", token.text)

    def _case(self) -> Node:
        parts: list[Node] = []
        while self.word("when"):
            parts.append(self.disjunction())
            self.expect_word("then")
            parts.append(self.disjunction())
        if self.word("else"):
            parts.append(self.disjunction())
        self.expect_word("end")
        return Node("case", "", tuple(parts))


def _flat(op: str, parts: list[Node]) -> Node:
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if part.kind == "op" and part.text == op else (part,))
    return Node("op", op, tuple(flat))


# --- comparing ------------------------------------------------------------------------------------------------------

FLIPPED = {">": "<", ">=": "<="}
COMPARING = {*COMPARISONS.values(), "between", "in"}


def conjuncts(node: Node) -> tuple[Node, ...]:
    """The operands of a conjunction; the node itself where it is none."""
    return node.parts if node.kind == "op" and node.text == "and" else (node,)


def same(one: Node, other: Node) -> bool:
    """Whether two conditions are one but for the way they are written."""
    return canonical(one) == canonical(other)


def _shortest(node: Node) -> Node:
    """A number without the zeros that end its fraction: what is compared with 0 is compared with 0.00."""
    if node.kind != "number" or "." not in node.text or "e" in node.text.lower():
        return node
    return Node("number", node.text.rstrip("0").rstrip("."))


def canonical(node: Node) -> Node:
    """A condition in a form that many ways to write it share.

    Names are in lower case, casts of constants and double negations gone, `between` spelled out, negated operators
    split, greater turned into less, and numbers that something is compared with have no zeros that say nothing.
    """
    if node.kind == "cast" and node.parts[0].kind in ("string", "number"):
        return canonical(node.parts[0])
    parts = tuple(map(canonical, node.parts))
    if node.kind != "op":
        return Node(node.kind, node.text.lower() if node.kind == "name" else node.text, parts)
    if node.text in COMPARING:
        parts = tuple(map(_shortest, parts))
    if node.text == "is not" or node.text.startswith("not "):
        positive = "is" if node.text == "is not" else node.text.removeprefix("not ")
        return Node("op", "not", (canonical(Node("op", positive, node.parts)),))
    if node.text == "not" and parts[0].kind == "op" and parts[0].text == "not":
        return parts[0].parts[0]
    if node.text == "between":
        return _flat("and", [Node("op", "<=", (parts[1], parts[0])), Node("op", "<=", (parts[0], parts[2]))])
    if node.text in FLIPPED:
        return Node("op", FLIPPED[node.text], (parts[1], parts[0]))
    return _flat(node.text, list(parts)) if node.text in ("and", "or") else Node("op", node.text, parts)
